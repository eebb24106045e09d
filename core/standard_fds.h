/* SPDX-License-Identifier: MIT */
/* Descriptors 0, 1 and 2, which whoever starts a program may have closed. */
#pragma once

/*
 * standard_fds_open() - Open those of descriptors 0 to 2 that are closed. The first call of main().
 *
 * Else the next file that is opened becomes one of them, and gets what is printed or dup2()ed
 * there. They are /dev/null, opened the wrong way round: using them still is the error (EBADF) that
 * it should be.
 */
void standard_fds_open(void);
