/* SPDX-License-Identifier: MIT */
/* Reaching objects by those who hold them. */
#include "core/unlinked.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/names.h"

/* The link of procfs to what the holder has. */
static void make_link(const struct snapshot *snapshot, const struct holder *holder, char ret[96])
{
	const struct process *process = &snapshot->processes[holder->process];

	/* Of a process whose first thread has ended, only another's entry has them. */
	if (holder->kind == HOLDER_FD)
		snprintf(ret, 96, "%d/fd/%d", process->reader, holder->fd);
	else
		snprintf(ret, 96, "%d/map_files/%" PRIx64 "-%" PRIx64, process->reader,
			 holder->start, holder->end);
}

/* What the link leads to, if that is the object; nothing is opened by it yet. */
static int locate(int procfd, const char *link, uint64_t dev, uint64_t ino, struct statx *ret)
{
	_cleanup_close_ int fd = openat(procfd, link, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, ret) < 0)
		return -errno;
	/* A descriptor of that number may be another one by now. */
	if (!S_ISREG(ret->stx_mode) || ret->stx_ino != ino ||
	    ((uint64_t)ret->stx_dev_major << 32 | ret->stx_dev_minor) != dev)
		return -ESTALE;
	return take_fd(&fd);
}

static int open_located(int path)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	char link[sizeof("/proc/self/fd/") + 3 * sizeof(int)];
	int fd;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", path);
	fd = open(link, flags | O_NOATIME);
	if (fd < 0 && errno == EPERM)
		fd = open(link, flags);
	return fd < 0 ? -errno : fd;
}

/* By the first holder that leads to it. 1: by none, and *ret_error is why. */
static int open_by_holder(int procfd, const struct snapshot *snapshot, uint64_t ino,
			  struct object *ret, int *ret_error)
{
	for (size_t i = 0; i < snapshot->n_holders; i++) {
		const struct holder *holder = &snapshot->holders[i];
		_cleanup_close_ int path = -1;
		char link[96];

		if (holder->ino != ino)
			continue;
		make_link(snapshot, holder, link);
		path = locate(procfd, link, holder->dev, ino, &ret->st);
		if (path < 0) {
			if (path == -EACCES || path == -EPERM || *ret_error == -ESTALE)
				*ret_error = path;
			continue;
		}
		if (ret->st.stx_nlink > 0)
			return -ESTALE;
		ret->fd = open_located(path);
		ret->error = ret->fd < 0 ? ret->fd : 0;
		return 0;
	}
	return 1;
}

static bool is_deleted(int procfd, const char *link)
{
	static const char suffix[] = " (deleted)";
	char text[PATH_MAX];
	ssize_t n = readlinkat(procfd, link, text, sizeof(text));
	const ssize_t end = sizeof(suffix) - 1;

	return n >= end && memcmp(text + n - end, suffix, (size_t)end) == 0;
}

static bool has_name(int dirfd, uint64_t ino)
{
	struct names *names = NULL;
	/* Where the folder cannot be read, it might. */
	bool found = names_load(dirfd, &names) < 0 || names_find(names, ino);

	names_free(names);
	return found;
}

/* Is there a text that says so, and no name in the folder that says otherwise? */
static bool seems_unlinked(int procfd, int dirfd, const struct snapshot *snapshot, uint64_t ino)
{
	bool deleted = false;
	char link[96];

	for (size_t i = 0; !deleted && i < snapshot->n_holders; i++) {
		if (snapshot->holders[i].ino != ino)
			continue;
		make_link(snapshot, &snapshot->holders[i], link);
		deleted = is_deleted(procfd, link);
	}
	return deleted && !has_name(dirfd, ino);
}

static uint64_t device(const struct snapshot *snapshot, uint64_t ino)
{
	for (size_t i = 0; i < snapshot->n_holders; i++)
		if (snapshot->holders[i].ino == ino)
			return snapshot->holders[i].dev;
	return 0;
}

int unlinked_open(int procfd, int dirfd, const struct snapshot *snapshot, uint64_t ino,
		  struct object *ret)
{
	int error = -ESTALE;
	int r;

	*ret = OBJECT_NONE;
	r = open_by_holder(procfd, snapshot, ino, ret, &error);
	if (r < 0)
		return r;
	if (r == 1) {
		if (error == -ESTALE || !seems_unlinked(procfd, dirfd, snapshot, ino))
			return -ESTALE;
		/* EPERM is what map_files says to who lacks the capability: no more than EACCES. */
		ret->error = error == -EPERM ? -EACCES : error;
		ret->st = (struct statx){.stx_mode = S_IFREG, .stx_ino = ino};
	}
	ret->id = (struct object_id){.dev = device(snapshot, ino), .ino = ino};
	return 0;
}

static int compare_inos(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* The inode numbers of the snapshot, each once; the caller frees them. */
static int inos_of(const struct snapshot *snapshot, uint64_t **ret, size_t *ret_n)
{
	uint64_t *inos = calloc(snapshot->n_holders + 1, sizeof(*inos));
	size_t n = 0;

	if (!inos)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->n_holders; i++)
		inos[i] = snapshot->holders[i].ino;
	qsort(inos, snapshot->n_holders, sizeof(*inos), compare_inos);
	for (size_t i = 0; i < snapshot->n_holders; i++)
		if (n == 0 || inos[n - 1] != inos[i])
			inos[n++] = inos[i];
	*ret = inos;
	*ret_n = n;
	return 0;
}

int unlinked_list(int procfd, int dirfd, const struct snapshot *snapshot,
		  int (*fn)(uint64_t ino, void *data), void *data)
{
	_cleanup_free_ uint64_t *inos = NULL;
	struct names *names = NULL;
	size_t n = 0;
	int r = inos_of(snapshot, &inos, &n);

	if (r == 0)
		r = names_load(dirfd, &names);
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct object object;

		if (names_find(names, inos[i]) ||
		    unlinked_open(procfd, dirfd, snapshot, inos[i], &object) < 0)
			continue;
		object_close(&object);
		r = fn(inos[i], data);
	}
	names_free(names);
	return r;
}

int unlinked_label(int procfd, const struct snapshot *snapshot, uint64_t ino, char **ret)
{
	for (size_t i = 0; i < snapshot->n_holders; i++) {
		char link[96], text[PATH_MAX], *slash;
		ssize_t n;

		if (snapshot->holders[i].ino != ino)
			continue;
		make_link(snapshot, &snapshot->holders[i], link);
		n = readlinkat(procfd, link, text, sizeof(text) - 1);
		if (n < 0)
			continue;
		text[n] = '\0';
		slash = strrchr(text, '/');
		*ret = strdup(slash ? slash + 1 : text);
		return *ret ? 0 : -ENOMEM;
	}
	return -ENOENT;
}
