/* SPDX-License-Identifier: MIT */
/* Who somebody is for the kernel when it decides what he may: user, groups, capabilities. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* As credentials(7) and capabilities(7) have them, of one thread. */
struct credentials {
	uid_t uid; /* for access to files (setfsuid(2)): most often the effective one */
	gid_t gid;
	gid_t *groups; /* supplementary ones */
	size_t n_groups;
	uint64_t capabilities; /* effective: bit N is capability N */
};

/*
 * credentials_of_thread() - Those of the thread whose /proc/TID/status is in the folder `procfd`.
 *
 * The capabilities are those that it has here: of one in another user namespace, none.
 * `tid` 0: the calling thread. The caller owns ret: credentials_deinit(). 0; -ESRCH, -ENOENT when
 * it has ended; or a negative errno.
 */
int credentials_of_thread(int procfd, pid_t tid, struct credentials *ret);

/* Is the thread in the user namespace of the calling one, where its capabilities count? */
bool credentials_count_here(int procfd, pid_t tid);

/* Another one of the same. 0 or -ENOMEM. */
int credentials_copy(const struct credentials *from, struct credentials *ret);
void credentials_deinit(struct credentials *credentials);

bool credentials_equal(const struct credentials *a, const struct credentials *b);

/* Is the group the thread's own, or one of the supplementary ones? */
bool credentials_in_group(const struct credentials *credentials, gid_t gid);

/* CAP_… of linux/capability.h. */
bool credentials_have(const struct credentials *credentials, unsigned capability);

/* Whose files this thread opens (setfsuid(2)): the effective user, unless it works for another. */
uid_t credentials_user(void);
