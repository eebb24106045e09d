/* SPDX-License-Identifier: MIT */
/* What a file allows somebody: by its mode, its POSIX ACL, and his capabilities. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "core/credentials.h"

/* What of a file decides on that. */
struct access_file {
	struct statx st;
	void *acl;       /* the attribute system.posix_acl_access as getxattr(2) gives it */
	size_t acl_size; /* 0: there is none */
	/* Are its owner and group known in this user namespace? Others look as user 65534, and no
	 * capability counts (privileged_wrt_inode_uidgid() of the kernel's capability.c). */
	bool uid_mapped, gid_mapped;
};

/* As which one the file takes him. */
enum access_class {
	ACCESS_OWNER,
	ACCESS_GROUP,
	ACCESS_OTHERS,
	ACCESS_ACL_USER,
	ACCESS_ACL_GROUP,
	ACCESS_ACL_OWNING_GROUP,
};

/* Bits of rights are those of one class of a mode: R_OK, W_OK, X_OK. */
struct access_right {
	int error; /* 0, -EACCES, -EIO: no ACL that makes sense; -EAGAIN: it cannot be told */
	enum access_class as;
	uint32_t id;    /* whose uid or gid that is, but for others */
	unsigned has;   /* the rights of that class */
	unsigned mask;  /* what the ACL's mask leaves of them; all where there is no mask */
	int capability; /* that he has all the same by it; -1: none was needed, or none helps */
	bool owner_may; /* it was refused by bits of the mode that the owner has */
};

/*
 * access_right() - May `reader` do all of `want` with the file?
 *
 * As generic_permission() of the kernel's fs/namei.c and posix_acl_permission() of posix_acl.c
 * have it; read-only mounts and the flags of chattr(1) are not looked at. -EAGAIN: it depends on
 * whether a group that has no number here is one of his.
 */
void access_right(const struct access_file *file, const struct credentials *reader, unsigned want,
		  struct access_right *ret);

/* Has he the capability, and does it count for this file? */
bool access_capable(const struct access_file *file, const struct credentials *reader,
		    unsigned capability);

/* "group 100: r--": as which class, and what it has; then by which capability all the same. */
#define ACCESS_RIGHT_WORDS 96
void access_right_words(const struct access_right *right, char ret[ACCESS_RIGHT_WORDS]);

/* Three letters, "rw-". */
void access_letters(unsigned rights, char ret[4]);
