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
	/* It may be any other file by now, of a server that does not answer, or of our own. */
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS | STATX_BTIME,
		  ret) < 0)
		return -errno;
	/* A descriptor of that number may be another one by now. */
	if (!S_ISREG(ret->stx_mode) || ret->stx_ino != ino ||
	    object_device(ret->stx_dev_major, ret->stx_dev_minor) != dev)
		return -ESTALE;
	return take_fd(&fd);
}

/* By the first holder that leads to it. Where none does, why: -ESTALE, nobody has it. */
static int locate_any(int procfd, const struct snapshot *snapshot, uint64_t ino, struct statx *ret)
{
	int error = -ESTALE;
	size_t n;
	const size_t *of = snapshot_holders_of(snapshot, ino, &n);

	for (size_t i = 0; i < n; i++) {
		const struct holder *holder = &snapshot->holders[of[i]];
		char link[96];
		int path;

		make_link(snapshot, holder, link);
		path = locate(procfd, link, holder->dev, ino, ret);
		if (path >= 0)
			return path;
		if (path == -EACCES || path == -EPERM || error == -ESTALE)
			error = path;
	}
	return error;
}

/* Has a path of the folder that ends as the text does (its mount may be elsewhere) this inode? */
static bool leads_to(int dirfd, const char *text, uint64_t ino)
{
	struct statx st;

	for (const char *rest = strchr(text, '/'); rest; rest = strchr(rest, '/')) {
		rest++;
		if (object_stat(dirfd, rest, &st) == 0 && st.stx_ino == ino)
			return true;
	}
	return false;
}

/* A name can end so, too, also in a folder below: then the text leads to it. */
static bool is_deleted(int procfd, int dirfd, const char *link, uint64_t ino)
{
	static const char suffix[] = " (deleted)";
	const size_t end = sizeof(suffix) - 1;
	char text[PATH_MAX];
	ssize_t n = readlinkat(procfd, link, text, sizeof(text) - 1);

	if (n < (ssize_t)end || memcmp(text + n - end, suffix, end) != 0)
		return false;
	text[n] = '\0';
	return !leads_to(dirfd, text, ino);
}

/* Is there a text that says so, and no name in the folder that says otherwise? */
static bool seems_unlinked(int procfd, int dirfd, const struct names *names,
			   const struct snapshot *snapshot, uint64_t ino)
{
	char link[96];
	size_t n;
	const size_t *of = snapshot_holders_of(snapshot, ino, &n);

	if (names_find(names, ino))
		return false;
	for (size_t i = 0; i < n; i++) {
		make_link(snapshot, &snapshot->holders[of[i]], link);
		if (is_deleted(procfd, dirfd, link, ino))
			return true;
	}
	return false;
}

static uint64_t device(const struct snapshot *snapshot, uint64_t ino)
{
	size_t n;
	const size_t *of = snapshot_holders_of(snapshot, ino, &n);

	return n ? snapshot->holders[*of].dev : 0;
}

/* Of what no holder lets us look at, the text of a link and the names must do. */
static bool unreached_is(int procfd, int dirfd, const struct names *names,
			 const struct snapshot *snapshot, uint64_t ino, int error)
{
	return error != -ESTALE && seems_unlinked(procfd, dirfd, names, snapshot, ino);
}

bool unlinked_is(int procfd, int dirfd, const struct names *names, const struct snapshot *snapshot,
		 uint64_t ino)
{
	_cleanup_close_ int path = -1;
	struct statx st = {0};

	if (names_find(names, ino))
		return false;
	path = locate_any(procfd, snapshot, ino, &st);
	return path < 0 ? unreached_is(procfd, dirfd, names, snapshot, ino, path)
			: st.stx_nlink == 0;
}

/* Names are not read for what they cannot change: a folder may have very many. */
static int open_unreached(int procfd, int dirfd, const struct names *names,
			  const struct snapshot *snapshot, uint64_t ino, int error,
			  struct object *ret)
{
	struct names *own = NULL;
	int r = error == -ESTALE ? -ESTALE : names ? 0 : names_load(dirfd, &own);

	if (r == 0 && !unreached_is(procfd, dirfd, names ? names : own, snapshot, ino, error))
		r = -ESTALE;
	names_free(own);
	/* EPERM is what map_files says to who lacks the capability: no more than EACCES. */
	ret->error = error == -EPERM ? -EACCES : error;
	ret->st = (struct statx){.stx_mode = S_IFREG, .stx_ino = ino};
	return r;
}

int unlinked_open(int procfd, int dirfd, const struct names *names, const struct snapshot *snapshot,
		  uint64_t ino, struct object *ret)
{
	_cleanup_close_ int path = -1;
	int r = 0;

	*ret = OBJECT_NONE;
	path = locate_any(procfd, snapshot, ino, &ret->st);
	if (path < 0)
		r = open_unreached(procfd, dirfd, names, snapshot, ino, path, ret);
	else if (ret->st.stx_nlink > 0)
		r = -ESTALE;
	if (r < 0)
		return r;
	if (path >= 0)
		object_open_located(path, ret);
	ret->id = (struct object_id){.dev = device(snapshot, ino), .ino = ino};
	return 0;
}

int unlinked_list(int procfd, int dirfd, const struct snapshot *snapshot,
		  int (*fn)(uint64_t ino, void *data), void *data)
{
	struct names *names = NULL;
	uint64_t last = 0; /* no file has that inode number */
	int r = names_load(dirfd, &names);

	for (size_t i = 0; r == 0 && i < snapshot->n_holders; i++) {
		const uint64_t ino = snapshot->holders[snapshot->by_object[i]].ino;

		if (ino != last && unlinked_is(procfd, dirfd, names, snapshot, ino))
			r = fn(ino, data);
		last = ino;
	}
	names_free(names);
	return r;
}

int unlinked_label(int procfd, const struct snapshot *snapshot, uint64_t ino, char **ret)
{
	size_t n;
	const size_t *of = snapshot_holders_of(snapshot, ino, &n);

	for (size_t i = 0; i < n; i++) {
		char link[96], text[PATH_MAX], *slash;
		ssize_t length;

		make_link(snapshot, &snapshot->holders[of[i]], link);
		length = readlinkat(procfd, link, text, sizeof(text) - 1);
		if (length < 0)
			continue;
		text[length] = '\0';
		slash = strrchr(text, '/');
		*ret = strdup(slash ? slash + 1 : text);
		return *ret ? 0 : -ENOMEM;
	}
	return -ENOENT;
}
