/* SPDX-License-Identifier: MIT */
/* system.posix_acl_access, as linux/posix_acl_xattr.h lays it out. */
#include "tests/acl.h"

#include <endian.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/xattr.h>

#include "tests/support.h"

struct list {
	struct posix_acl_xattr_header header;
	struct posix_acl_xattr_entry entries[6];
	size_t n;
};

static void add(struct list *list, unsigned tag, unsigned mode, uint32_t id)
{
	list->entries[list->n++] = (struct posix_acl_xattr_entry){
		htole16((uint16_t)tag), htole16((uint16_t)mode), htole32(id)};
}

/* They have to be in this order. */
void acl_set(const char *path, mode_t mode, const struct acl *acl)
{
	struct list list = {.header.a_version = htole32(POSIX_ACL_XATTR_VERSION)};

	add(&list, ACL_USER_OBJ, mode >> 6 & 7, (uint32_t)ACL_UNDEFINED_ID);
	if (acl->user)
		add(&list, ACL_USER, acl->user_mode, acl->user);
	add(&list, ACL_GROUP_OBJ, mode >> 3 & 7, (uint32_t)ACL_UNDEFINED_ID);
	if (acl->group)
		add(&list, ACL_GROUP, acl->group_mode, acl->group);
	add(&list, ACL_MASK, acl->mask, (uint32_t)ACL_UNDEFINED_ID);
	add(&list, ACL_OTHER, mode & 7, (uint32_t)ACL_UNDEFINED_ID);
	assert_int_equal(setxattr(path, "system.posix_acl_access", &list,
				  sizeof(list.header) + list.n * sizeof(list.entries[0]), 0),
			 0);
}
