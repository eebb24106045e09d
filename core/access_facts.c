/* SPDX-License-Identifier: MIT */
/* Asking the kernel for what decides on access. */
#include "core/access_facts.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/process_file.h"

static const char acl_name[] = "system.posix_acl_access";

/* By the link, since fgetxattr(2) does not take a descriptor of O_PATH. */
static int read_acl(int fd, struct access_file *ret)
{
	char link[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	do {
		n = getxattr(link, acl_name, NULL, 0);
		if (n < 0)
			return errno == ENODATA || errno == EOPNOTSUPP ? 0 : -errno;
		free(ret->acl);
		ret->acl = malloc((size_t)n + 1);
		if (!ret->acl)
			return -ENOMEM;
		n = getxattr(link, acl_name, ret->acl, (size_t)n);
	} while (n < 0 && errno == ERANGE); /* it has grown meanwhile */
	if (n < 0)
		return errno == ENODATA ? 0 : -errno;
	ret->acl_size = (size_t)n;
	return 0;
}

/* The numbers of this user namespace (user_namespaces(7)), as /proc has them. */
struct map {
	bool told;
	char text[4096];
};

struct maps {
	struct map uid, gid;
};

static void read_map(int procfd, const char *name, struct map *ret)
{
	ret->told = process_file_read(procfd, name, ret->text, sizeof(ret->text)) >= 0;
}

/* Is there a number for it? Where that is not told, it is taken to be so. */
static bool is_mapped(const struct map *map, uint32_t id)
{
	const char *line = map->text;
	unsigned first, count;

	if (!map->told)
		return true;
	while (line && sscanf(line, "%u %*u %u", &first, &count) == 2) {
		if (id >= first && id - first < count)
			return true;
		line = strchr(line, '\n');
	}
	return false;
}

static int take_file(const struct maps *maps, int fd, struct access_file *ret)
{
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &ret->st) < 0)
		return -errno;
	ret->uid_mapped = is_mapped(&maps->uid, ret->st.stx_uid);
	ret->gid_mapped = is_mapped(&maps->gid, ret->st.stx_gid);
	return read_acl(fd, ret);
}

/* One that may not be read is not open, and is located anew. */
static int take_object(const struct maps *maps, int source, const char *name,
		       const struct object *object, struct access_facts *ret)
{
	_cleanup_close_ int located = -1;
	struct object_id id;

	if (object->fd >= 0)
		return take_file(maps, object->fd, &ret->object);
	located = object_locate(source, name, &ret->object.st, &id);
	if (located < 0)
		return located;
	if (!object_id_equal(id, object->id))
		return -ESTALE;
	return take_file(maps, located, &ret->object);
}

/* Without the file, but with its folder, the kernel has no such rule (before Linux 4.19). */
static int read_protected_regular(int procfd)
{
	char text[16];
	ssize_t n = process_file_read(procfd, "sys/fs/protected_regular", text, sizeof(text));

	if (n > 0)
		return atoi(text);
	return n == -ENOENT && faccessat(procfd, "sys/fs", F_OK, 0) == 0 ? 0 : -1;
}

/*
 * Is it the filesystem that is read-only, not this mount of it? statvfs(3) does not tell one from
 * the other: the options behind the dash of the mount's line do (proc_pid_mountinfo(5)). Of a mount
 * that is not in our own table only the mount is known to be.
 */
static bool is_filesystem(int procfd, uint64_t mount)
{
	_cleanup_close_ int fd = openat(procfd, "thread-self/mountinfo", O_RDONLY | O_CLOEXEC);
	_cleanup_fclose_ FILE *table = fd < 0 ? NULL : fdopen(fd, "r");
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	if (!table)
		return false;
	take_fd(&fd);
	while (getline(&line, &size, table) >= 0) {
		const char *dash = strstr(line, " - ");
		char options[4] = "";
		uint64_t id;

		if (sscanf(line, "%" SCNu64, &id) == 1 && id == mount)
			return dash && sscanf(dash, " - %*s %*s %3[^,\n]", options) == 1 &&
			       strcmp(options, "ro") == 0;
	}
	return false;
}

static int take_mount(int procfd, int source, struct access_facts *ret)
{
	struct statvfs fs;

	if (fstatvfs(source, &fs) < 0)
		return -errno;
	ret->read_only = fs.f_flag & ST_RDONLY;
	ret->read_only_filesystem = ret->read_only && (ret->folder.st.stx_mask & STATX_MNT_ID) &&
				    is_filesystem(procfd, ret->folder.st.stx_mnt_id);
	return 0;
}

/* Is every number here that of the machine? */
static bool in_first_user_namespace(const struct maps *maps)
{
	unsigned first, outside, count;

	return sscanf(maps->uid.text, "%u %u %u", &first, &outside, &count) == 3 && first == 0 &&
	       outside == 0 && count == UINT32_MAX;
}

/*
 * Whether logind runs is told as systemd's own logind_running() does it, sd-login.c. /dev/shm may
 * be a filesystem that does not answer (ours, even): AT_STATX_DONT_SYNC asks none.
 */
static enum access_logind find_logind(const struct maps *maps, const struct statx *folder)
{
	struct statx st;

	if (access("/run/systemd/seats", F_OK) < 0)
		return LOGIND_ABSENT;
	if (statx(AT_FDCWD, "/dev/shm", AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_INO, &st) < 0 ||
	    st.stx_ino != folder->stx_ino || st.stx_dev_major != folder->stx_dev_major ||
	    st.stx_dev_minor != folder->stx_dev_minor)
		return LOGIND_ELSEWHERE;
	return in_first_user_namespace(maps) ? LOGIND_HERE : LOGIND_UNSURE;
}

int access_facts_take(int procfd, int source, const char *name, const struct object *object,
		      struct access_facts *ret)
{
	struct maps maps;
	int r;

	read_map(procfd, "self/uid_map", &maps.uid);
	read_map(procfd, "self/gid_map", &maps.gid);
	*ret = (struct access_facts){.unlinked = !name, .protected_regular = -1};
	r = take_file(&maps, source, &ret->folder);
	if (r == 0 && name)
		r = take_object(&maps, source, name, object, ret);
	if (r == 0)
		r = take_mount(procfd, source, ret);
	if (r < 0) {
		access_facts_deinit(ret);
		return r;
	}
	ret->protected_regular = read_protected_regular(procfd);
	ret->logind = find_logind(&maps, &ret->folder.st);
	return 0;
}

void access_facts_deinit(struct access_facts *facts)
{
	free(facts->object.acl);
	free(facts->folder.acl);
	*facts = (struct access_facts){.unlinked = false};
}
