/* SPDX-License-Identifier: MIT */
/* Access lists of files, as a test sets them. */
#pragma once

#include <sys/types.h>

/* Beside owner, owning group and others, which the mode says: one user, one group (0: none). */
struct acl {
	uid_t user;
	unsigned user_mode; /* 0 to 7 */
	gid_t group;
	unsigned group_mode;
	unsigned mask;
};

/* Fails the test where it cannot be set. */
void acl_set(const char *path, mode_t mode, const struct acl *acl);
