/* SPDX-License-Identifier: MIT */
/* What a file allows somebody, in the order in which the kernel looks. */
#include "core/access_rights.h"

#include <endian.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ALL (R_OK | W_OK | X_OK)

/* How the kernel shows a number that this user namespace does not know. */
#define OVERFLOW_ID 65534u

/* Is the group one of his? More than one can look like this one: then nobody knows. */
static bool in_group(const struct credentials *reader, gid_t gid, bool mapped, bool *unsure)
{
	if (mapped)
		return credentials_in_group(reader, gid);
	if (credentials_in_group(reader, OVERFLOW_ID))
		*unsure = true;
	return false;
}

static int allowed(const struct access_right *right, unsigned want)
{
	return (right->has & right->mask & want) == want ? 0 : -EACCES;
}

/* One entry of an ACL, in the machine's byte order. */
struct entry {
	unsigned tag, perm;
	uint32_t id;
};

struct acl {
	const char *bytes;
	size_t n;
};

static struct entry entry_at(const struct acl *acl, size_t i)
{
	struct posix_acl_xattr_entry raw;

	memcpy(&raw, acl->bytes + sizeof(struct posix_acl_xattr_header) + i * sizeof(raw),
	       sizeof(raw));
	return (struct entry){le16toh(raw.e_tag), le16toh(raw.e_perm), le32toh(raw.e_id)};
}

static int acl_parse(const struct access_file *file, struct acl *ret)
{
	const size_t head = sizeof(struct posix_acl_xattr_header);
	struct posix_acl_xattr_header header;

	if (file->acl_size < head ||
	    (file->acl_size - head) % sizeof(struct posix_acl_xattr_entry) != 0)
		return -EIO;
	memcpy(&header, file->acl, sizeof(header));
	if (le32toh(header.a_version) != POSIX_ACL_XATTR_VERSION)
		return -EIO;
	*ret = (struct acl){.bytes = file->acl,
			    .n = (file->acl_size - head) / sizeof(struct posix_acl_xattr_entry)};
	return 0;
}

/* Is it an entry for him, and of which class? */
static bool entry_fits(const struct access_file *file, const struct credentials *reader,
		       const struct entry *entry, struct access_right *ret, bool *unsure)
{
	switch (entry->tag) {
	case ACL_USER:
		ret->as = ACCESS_ACL_USER;
		ret->id = entry->id;
		return entry->id == reader->uid;
	case ACL_GROUP_OBJ:
		ret->as = ACCESS_ACL_OWNING_GROUP;
		ret->id = file->st.stx_gid;
		return in_group(reader, ret->id, file->gid_mapped, unsure);
	case ACL_GROUP:
		ret->as = ACCESS_ACL_GROUP;
		ret->id = entry->id;
		return in_group(reader, ret->id, entry->id != (uint32_t)ACL_UNDEFINED_ID, unsure);
	default:
		return false;
	}
}

static unsigned acl_mask(const struct acl *acl)
{
	for (size_t i = 0; i < acl->n; i++)
		if (entry_at(acl, i).tag == ACL_MASK)
			return entry_at(acl, i).perm;
	return ALL;
}

/* The first entry of a user, or of a group that has it all; the others where none fits. */
static int ask_acl(const struct access_file *file, const struct credentials *reader, unsigned want,
		   struct access_right *ret, bool *unsure)
{
	struct access_right right = {.capability = -1}, refused = {.error = 0};
	struct acl acl = {0};
	int r = acl_parse(file, &acl);

	right.mask = acl_mask(&acl);
	for (size_t i = 0; r == 0 && i < acl.n; i++) {
		const struct entry entry = entry_at(&acl, i);

		right.has = entry.perm;
		if (entry.tag == ACL_OTHER) {
			right.as = ACCESS_OTHERS;
			right.mask = ALL;
			*ret = refused.error ? refused : right;
			return refused.error ? -EACCES : allowed(ret, want);
		}
		if (!entry_fits(file, reader, &entry, &right, unsure))
			continue;
		*ret = right;
		if (right.as == ACCESS_ACL_USER || (right.has & want) == want)
			return allowed(ret, want);
		if (!refused.error)
			refused = right;
		refused.error = -EACCES;
	}
	return -EIO;
}

static void ask_mode(const struct access_file *file, const struct credentials *reader,
		     unsigned want, struct access_right *ret, bool *unsure)
{
	const unsigned mode = file->st.stx_mode;

	/* Where both have the same, the kernel does not ask for groups. */
	if (in_group(reader, file->st.stx_gid, file->gid_mapped, unsure)) {
		ret->as = ACCESS_GROUP;
		ret->id = file->st.stx_gid;
		ret->has = mode >> 3 & ALL;
	} else {
		ret->as = ACCESS_OTHERS;
		ret->has = mode & ALL;
	}
	if (*unsure && ((mode >> 3 ^ mode) & want) == 0)
		*unsure = false;
	ret->error = allowed(ret, want);
	ret->owner_may = ret->error && (mode >> 6 & want) == want;
}

/* An ACL is not asked where the mode's group bits, which are then its mask, are all 0. */
static void ask(const struct access_file *file, const struct credentials *reader, unsigned want,
		struct access_right *ret)
{
	const unsigned mode = file->st.stx_mode;
	bool unsure = false;

	if (file->uid_mapped && file->st.stx_uid == reader->uid) {
		ret->as = ACCESS_OWNER;
		ret->has = mode >> 6 & ALL;
		ret->error = allowed(ret, want);
	} else if (file->acl_size && (mode & S_IRWXG)) {
		ret->error = ask_acl(file, reader, want, ret, &unsure);
	} else {
		ask_mode(file, reader, want, ret, &unsure);
	}
	if (unsure) {
		ret->error = -EAGAIN;
		ret->owner_may = false;
	}
}

bool access_capable(const struct access_file *file, const struct credentials *reader,
		    unsigned capability)
{
	return file->uid_mapped && file->gid_mapped && credentials_have(reader, capability);
}

/* Which one helps where the file itself refuses, or -1. */
static int override(const struct access_file *file, const struct credentials *reader, unsigned want)
{
	const bool folder = S_ISDIR(file->st.stx_mode);

	if ((folder ? !(want & W_OK) : want == R_OK) &&
	    access_capable(file, reader, CAP_DAC_READ_SEARCH))
		return CAP_DAC_READ_SEARCH;
	/* What nobody may execute root may not either; a folder is searched. */
	if ((folder || !(want & X_OK) || (file->st.stx_mode & 0111)) &&
	    access_capable(file, reader, CAP_DAC_OVERRIDE))
		return CAP_DAC_OVERRIDE;
	return -1;
}

void access_right(const struct access_file *file, const struct credentials *reader, unsigned want,
		  struct access_right *ret)
{
	*ret = (struct access_right){.mask = ALL, .capability = -1};
	ask(file, reader, want, ret);
	if (ret->error != -EACCES && ret->error != -EAGAIN)
		return;
	ret->capability = override(file, reader, want);
	if (ret->capability >= 0)
		ret->error = 0;
}

void access_letters(unsigned rights, char ret[4])
{
	ret[0] = rights & R_OK ? 'r' : '-';
	ret[1] = rights & W_OK ? 'w' : '-';
	ret[2] = rights & X_OK ? 'x' : '-';
	ret[3] = '\0';
}

static const char *overriding(const struct access_right *right)
{
	if (right->capability < 0)
		return "";
	return right->capability == CAP_DAC_OVERRIDE ? "; CAP_DAC_OVERRIDE"
						     : "; CAP_DAC_READ_SEARCH";
}

void access_right_words(const struct access_right *right, char ret[ACCESS_RIGHT_WORDS])
{
	static const char *const words[] = {
		[ACCESS_OWNER] = "owner",          [ACCESS_GROUP] = "group",
		[ACCESS_OTHERS] = "others",        [ACCESS_ACL_USER] = "ACL, user",
		[ACCESS_ACL_GROUP] = "ACL, group", [ACCESS_ACL_OWNING_GROUP] = "ACL, owning group",
	};
	char id[16] = "", letters[4], mask[16] = "";

	if (right->error == -EIO || right->error == -EAGAIN) {
		snprintf(ret, ACCESS_RIGHT_WORDS, "%s",
			 right->error == -EIO ? "an ACL that makes no sense"
					      : "its group has no number in this user namespace");
		return;
	}
	if (right->as != ACCESS_OWNER && right->as != ACCESS_OTHERS)
		snprintf(id, sizeof(id), " %u", right->id);
	access_letters(right->mask, letters);
	if (right->mask != ALL)
		snprintf(mask, sizeof(mask), ", mask %s", letters);
	access_letters(right->has, letters);
	snprintf(ret, ACCESS_RIGHT_WORDS, "%s%s: %s%s%s", words[right->as], id, letters, mask,
		 overriding(right));
}
