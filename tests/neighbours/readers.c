/* SPDX-License-Identifier: MIT */
/* One pass after another over all that a mount shows, as grep -r and ls -lR do it. */
#include "tests/neighbours/readers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"

/* Of many names alike, one in so many is entered at a time. */
#define ONE_IN 64

/* What an object that changes is refused with, and what nobody had the time to find out. */
static bool may_happen(int error)
{
	static const int errors[] = {ENOENT,  ESTALE, ENOTDIR, EISDIR, ELOOP,    ENODATA,
				     EBADMSG, EFBIG,  EAGAIN,  EACCES, ETIMEDOUT};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i] == error)
			return true;
	return false;
}

static void begin(struct reader *reader, size_t kind)
{
	reader->kind = kind;
	reader->since = clock_ns();
}

/* Takes the time of a call that has said `r`, and what became of it. */
static void end(struct reader *reader, enum kind_call call, ssize_t r, const char *name)
{
	struct tally *tally = &reader->tallies[reader->kind];
	const int error = errno;

	timings_add(&tally->calls[call], (clock_ns() - reader->since) / 1000);
	reader->since = 0;
	if (r >= 0)
		return;
	tally->refused++;
	tally->late += error == ETIMEDOUT;
	if (!may_happen(error) && !*reader->wrong)
		snprintf(reader->wrong, sizeof(reader->wrong), "%s %.255s: %s",
			 kinds[reader->kind].path, name, strerror(error));
}

static void note_done(struct reader *reader, size_t kind, bool done)
{
	if (done)
		reader->done[kind] = true;
}

static int open_at(struct reader *reader, int folder, const char *name, size_t kind, int flags)
{
	int fd;

	begin(reader, kind);
	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags);
	end(reader, CALL_OPEN, fd, name);
	return fd;
}

static void read_file_at(struct reader *reader, int folder, const char *name, size_t kind)
{
	_cleanup_close_ int fd = open_at(reader, folder, name, kind, 0);
	char bytes[65536];
	ssize_t n = fd < 0 ? -1 : 1;

	/* One that grows as fast as it is read is left. */
	for (int i = 0; i < 64 && n > 0; i++) {
		begin(reader, kind);
		n = read(fd, bytes, sizeof(bytes));
		end(reader, CALL_READ, n, name);
	}
	note_done(reader, kind, n >= 0);
}

static void walk(struct reader *reader, int parent, const char *name, size_t kind,
		 const struct kind_folder *folder);

static bool is_dot(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Not all of a flood; and of what is left, each reader in its own order. */
static bool passes_by(struct reader *reader, const struct kind_folder *folder, const char *name)
{
	const bool alike =
		strncmp(name, "flood.", 6) == 0 || (folder->dir && folder->dir->unlinked);
	const bool object = alike || (folder->dir && folder->dir->objects);

	return rand_r(&reader->seed) % (alike ? ONE_IN : object ? 2 : 1) != 0;
}

static void look_at(struct reader *reader, int parent, const char *name, size_t in,
		    const struct kind_folder *folder)
{
	struct kind_folder inside;
	struct stat st;
	size_t kind;
	int r;

	/* Which kind it is says stat(2). */
	begin(reader, in);
	r = fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW);
	kind = kind_of(folder, name, r < 0 ? S_IFREG : st.st_mode, &inside);
	if (kind == n_kinds)
		snprintf(reader->wrong, sizeof(reader->wrong), "no such kind of file: %s %.255s",
			 folder->path, name);
	reader->kind = kind == n_kinds ? in : kind;
	end(reader, CALL_STAT, r, name);
	if (kind == n_kinds || r < 0)
		return;
	if (S_ISDIR(st.st_mode))
		walk(reader, parent, name, kind, &inside);
	else
		read_file_at(reader, parent, name, kind);
}

/* Of what waits for something not even the attributes are asked. */
static bool may_ask(const struct reader *reader, const struct kind_folder *folder, const char *name)
{
	const struct node *node = folder->dir ? tree_find(folder->dir, name) : NULL;

	return !reader->cheap || (folder->dir && folder->dir->objects) ||
	       (node && !node->scan && !node->layout && !(node->dir && node->dir->unlinked));
}

static void walk(struct reader *reader, int parent, const char *name, size_t kind,
		 const struct kind_folder *folder)
{
	_cleanup_close_ int fd = open_at(reader, parent, name, kind, O_DIRECTORY);
	char bytes[32768];
	ssize_t n = fd < 0 ? -1 : 1;

	while (n > 0 && !*reader->ending) {
		begin(reader, kind);
		n = getdents64(fd, bytes, sizeof(bytes));
		end(reader, CALL_LIST, n, name);
		for (ssize_t at = 0; at < n && !*reader->ending;) {
			const struct dirent64 *entry = (const struct dirent64 *)(bytes + at);

			at += entry->d_reclen;
			if (!is_dot(entry->d_name) && !passes_by(reader, folder, entry->d_name) &&
			    may_ask(reader, folder, entry->d_name))
				look_at(reader, fd, entry->d_name, kind, folder);
		}
	}
	note_done(reader, kind, n == 0);
}

/* Some names and the attributes of each, as one answer of a mount has them. */
static ssize_t list_directly(int folder)
{
	char bytes[8192];
	struct stat st;
	ssize_t n = getdents64(folder, bytes, sizeof(bytes));

	for (ssize_t at = 0; at < n;) {
		const struct dirent64 *entry = (const struct dirent64 *)(bytes + at);

		at += entry->d_reclen;
		fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW);
	}
	return n;
}

/* What the folder itself answers, without a mount: the same calls, in the same storm. */
static void control(struct reader *reader)
{
	const struct timespec pause = {.tv_nsec = 1000000};
	_cleanup_close_ int fd = open_at(reader, AT_FDCWD, "/dev/shm", KIND_SOURCE, O_DIRECTORY);
	ssize_t n = 1;
	struct stat st;

	while (n > 0) {
		begin(reader, KIND_SOURCE);
		n = list_directly(fd);
		end(reader, CALL_LIST, n, "");
		begin(reader, KIND_SOURCE);
		end(reader, CALL_STAT, fstatat(fd, "record", &st, 0), "record");
		read_file_at(reader, fd, "record", KIND_SOURCE);
		nanosleep(&pause, NULL);
	}
}

static void *read_on(void *data)
{
	const struct kind_folder top = {.dir = root_node.dir};
	struct reader *reader = data;

	for (; !*reader->ending && !*reader->wrong; reader->passes++)
		if (reader->mount)
			walk(reader, AT_FDCWD, reader->mount, KIND_TOP, &top);
		else
			control(reader);
	return NULL;
}

void reader_start(struct reader *reader)
{
	pthread_create(&reader->thread, NULL, read_on, reader);
}

void reader_stop(struct reader *reader)
{
	pthread_join(reader->thread, NULL);
}
