/* SPDX-License-Identifier: MIT */
/* Situations: who looks at an object while it is replaced, and believes nothing. */
#include "tests/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/generation.h"

/* What one look has shown: the directory, and what was open in it. */
struct look {
	int folder, raw, buf;
	unsigned generation;
	char text[GENERATION_TEXT_MAX];
	size_t size;
};

#define LOOK_NONE                                                                                  \
	(struct look)                                                                              \
	{                                                                                          \
		.folder = -1, .raw = -1, .buf = -1                                                 \
	}

static unsigned looks, missed;
static char wrong[512];

/* What must never be seen: told to whoever asks, and the end of reading. */
__attribute__((format(printf, 1, 2))) static int fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!*wrong)
		vsnprintf(wrong, sizeof(wrong), format, args);
	va_end(args);
	return -1;
}

/* It was replaced: that may be said, and nothing else. Returns 1. */
static int gone(const char *what)
{
	return errno == ENOENT || errno == ESTALE ? 1 : fail("%s: %s", what, strerror(errno));
}

/* All of an open file from its start; 0, 1 (stale) or -1. */
static int read_whole(int fd, const char *what, char *text, size_t room, size_t *ret)
{
	ssize_t n;

	for (*ret = 0; *ret < room; *ret += (size_t)n) {
		n = pread(fd, text + *ret, room - *ret, (off_t)*ret);
		if (n < 0)
			return gone(what);
		if (n == 0)
			return 0;
	}
	return fail("%s is endless", what);
}

/* What fstat(2) says of an open file is how much can be read of it. */
static int check_size(int fd, const char *what, size_t size)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return gone(what);
	if ((size_t)st.st_size != size)
		return fail("%s: size %ld, but %zu bytes", what, (long)st.st_size, size);
	return 0;
}

static int open_in(const struct look *look, const char *name, int *ret)
{
	*ret = openat(look->folder, name, O_RDONLY | O_CLOEXEC);
	return *ret < 0 ? gone(name) : 0;
}

static int look_at_raw(struct look *look)
{
	char bytes[GENERATION_SIZE_MAX + 1];
	size_t size;
	int r = open_in(look, "raw", &look->raw);

	if (r == 0)
		r = check_size(look->raw, "raw", look->size + GENERATION_HEAD);
	/* Whatever has become of the name: these bytes are of the object that was opened. */
	if (look->raw < 0)
		return r;
	if (read_whole(look->raw, "raw", bytes, sizeof(bytes), &size) != 0)
		return fail("raw cannot be read: %s", strerror(errno));
	if (size != look->size + GENERATION_HEAD ||
	    memcmp(bytes + GENERATION_HEAD, look->text, look->size) != 0)
		return fail("raw is not of generation %u, but begins %.9s", look->generation,
			    bytes + GENERATION_HEAD);
	return r;
}

static int look_at_buf(struct look *look)
{
	char text[GENERATION_TEXT_MAX + 1];
	int r = open_in(look, "buf", &look->buf);

	if (r == 0)
		r = read_whole(look->buf, "buf", text, sizeof(text), &look->size);
	if (r)
		return r;
	if (!generation_of_text(text, look->size, &look->generation))
		return fail("buf is of no generation: %.40s", text);
	memcpy(look->text, text, look->size);
	return check_size(look->buf, "buf", look->size);
}

/* A small file of the same directory has this line. */
static int look_for_line(const struct look *look, const char *name, const char *line)
{
	_cleanup_close_ int fd = -1;
	char text[4096];
	size_t size;
	int r = open_in(look, name, &fd);

	if (r == 0)
		r = read_whole(fd, name, text, sizeof(text) - 1, &size);
	if (r)
		return r;
	text[size] = '\0';
	return strstr(text, line) ? 0 : fail("no \"%s\" in %s: %.300s", line, name, text);
}

static int look_at_numbers(const struct look *look)
{
	char line[64];
	int r;

	snprintf(line, sizeof(line), "%zu\n", look->size);
	r = look_for_line(look, "cnt", line);
	snprintf(line, sizeof(line), "\nsize\t%zu\n", look->size + GENERATION_HEAD);
	if (r == 0)
		r = look_for_line(look, "stat", line);
	snprintf(line, sizeof(line), "\nbuf\t%08u;", look->generation);
	if (r == 0)
		r = look_for_line(look, "fields", line);
	return r;
}

/* Long after: what was open is the same as ever, or stale. */
static int look_again(const struct look *look)
{
	char text[GENERATION_SIZE_MAX + 1];
	size_t size;
	int r = look->buf < 0 ? 1 : read_whole(look->buf, "buf", text, sizeof(text), &size);

	if (r == 0 && (size != look->size || memcmp(text, look->text, size) != 0))
		return fail("buf was of %u, and is %.9s", look->generation, text);
	if (r < 0 || look->raw < 0)
		return r;
	if (read_whole(look->raw, "raw", text, sizeof(text), &size) != 0 ||
	    size != look->size + GENERATION_HEAD ||
	    memcmp(text + GENERATION_HEAD, look->text, look->size) != 0)
		return fail("raw was of %u, and is %.9s", look->generation, text + GENERATION_HEAD);
	return r;
}

static int look_at(const char *path, struct look *look)
{
	int r;

	look->folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (look->folder < 0)
		return gone(path);
	r = look_at_buf(look);
	if (r == 0)
		r = look_at_raw(look);
	return r ? r : look_at_numbers(look);
}

static void look_end(struct look *look)
{
	close_fdp(&look->folder);
	close_fdp(&look->raw);
	close_fdp(&look->buf);
	*look = LOOK_NONE;
}

void play_reader(char **arguments)
{
	struct look last = LOOK_NONE, look = LOOK_NONE;

	actor_ready(NULL, 0);
	do {
		int r = *wrong ? -1 : look_at(arguments[0], &look);

		if (r == 0)
			looks++;
		else
			missed++;
		if (!*wrong)
			look_again(&last);
		look_end(&last);
		last = look;
		look = LOOK_NONE;
	} while (*wrong ? actor_line_answered("wrong: %s", wrong)
			: !actor_called() || actor_line_answered("%u %u", looks, missed));
	look_end(&last);
}
