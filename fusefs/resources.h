/* SPDX-License-Identifier: MIT */
/* How much of the machine this process takes. */
#pragma once

/*
 * limit_heaps() - Few heaps for all threads; before there is a second one.
 *
 * Ten threads would have as many, each with its own holes, and what is freed of large blocks (the
 * names of a full SOURCE) would stay in them: malloc(3) puts ever larger ones there unless it is
 * told from which size on they are to be mapped.
 */
void limit_heaps(void);

/*
 * limit_stacks() - 2 MiB for each thread from now on, libfuse's too
 * (pthread_setattr_default_np(3)).
 *
 * The deepest of them (libdw) does not come near; the usual 8 MiB of each are many addresses where
 * those are few (RLIMIT_AS).
 */
void limit_stacks(void);

/*
 * raise_descriptor_limit() - As many descriptors as this process may have at all (setrlimit(2)):
 * an open file may keep one.
 */
void raise_descriptor_limit(void);
