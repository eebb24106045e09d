/* SPDX-License-Identifier: MIT */
/* Making and looking at files. */
#include "tests/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/text.h"
#include "tests/support.h"

static const char *vpathf(const char *format, va_list args)
{
	static char buffers[16][PATH_MAX];
	static unsigned next;
	char *buffer = buffers[next++ % 16];

	assert_true(vsnprintf(buffer, PATH_MAX, format, args) < PATH_MAX);
	return buffer;
}

const char *pathf(const char *format, ...)
{
	const char *path;
	va_list args;

	va_start(args, format);
	path = vpathf(format, args);
	va_end(args);
	return path;
}

const char *mount_path(const struct mount *mount, const char *format, ...)
{
	const char *path;
	va_list args;

	va_start(args, format);
	path = vpathf(format, args);
	va_end(args);
	return pathf("%s/%s", mount->path, path);
}

const char *shm_path(const char *name)
{
	return pathf("/dev/shm/%s", name);
}

int shm_folder(void)
{
	static int folder = -1;

	if (folder < 0)
		folder = open("/dev/shm", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return folder;
}

int shm_folder_setup(void **state)
{
	(void)state;
	return shm_folder() < 0 ? -1 : 0;
}

/* 0, or -errno of the read(2) that failed. */
static int read_all(int fd, FILE *memory)
{
	char buffer[16384];
	ssize_t n;

	while ((n = read(fd, buffer, sizeof(buffer))) > 0)
		fwrite(buffer, 1, (size_t)n, memory);
	return n < 0 ? -errno : 0;
}

int read_file(const char *path, char **ret, size_t *ret_size)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	FILE *memory;
	int r;

	*ret = NULL;
	if (fd < 0)
		return -errno;
	memory = open_memstream(ret, &size);
	assert_non_null(memory);
	r = read_all(fd, memory);
	assert_int_equal(fclose(memory), 0);
	if (r < 0) {
		free(*ret);
		*ret = NULL;
	}
	if (ret_size)
		*ret_size = size;
	return r;
}

int write_file(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	return n < 0 ? -errno : (size_t)n == strlen(text) ? 0 : -EIO;
}

int errno_of_open(const char *path, int flags)
{
	_cleanup_close_ int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 ? errno : 0;
}

static void show(const char *what, const void *bytes, size_t size)
{
	const size_t most = 2000;

	fprintf(stderr, "  %s (%zu bytes): ", what, size);
	text_escape(bytes, size < most ? size : most, stderr);
	fputs(size < most ? "\n" : "…\n", stderr);
}

/* The content, where it can be read; else the test fails. */
static char *content(const char *path, size_t *ret_size, const char *file, int line)
{
	char *text;
	int r = read_file(path, &text, ret_size);

	if (r < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(-r));
		_fail(file, line);
	}
	return text;
}

void _cat_equals(const char *path, const void *bytes, size_t size, const char *file, int line)
{
	size_t n;
	_cleanup_free_ char *text = content(path, &n, file, line);

	if (n == size && memcmp(text, bytes, size) == 0)
		return;
	fprintf(stderr, "%s:\n", path);
	show("wanted", bytes, size);
	show("is", text, n);
	_fail(file, line);
}

struct wish {
	const char *path, *part;
};

static bool is_in_it(void *data)
{
	const struct wish *wish = data;
	_cleanup_free_ char *text = NULL;
	size_t n;

	return read_file(wish->path, &text, &n) >= 0 &&
	       memmem(text, n, wish->part, strlen(wish->part));
}

/* No request waits for what takes long: where all does, it is asked again. */
static void ask_slow_machine(const char *path, const char *part)
{
	if (slow_ms(1) > 1)
		wait_until(DEADLINE_MS, is_in_it, &(struct wish){path, part});
}

void _cat_contains(const char *path, const char *part, const char *file, int line)
{
	_cleanup_free_ char *text = NULL;
	size_t n;

	ask_slow_machine(path, part);
	text = content(path, &n, file, line);
	if (memmem(text, n, part, strlen(part)))
		return;
	fprintf(stderr, "%s:\n", path);
	show("wanted part", part, strlen(part));
	show("is", text, n);
	_fail(file, line);
}

void _comes_to_contain(const char *path, const char *part, const char *file, int line)
{
	wait_until(DEADLINE_MS, is_in_it, &(struct wish){path, part});
	_cat_contains(path, part, file, line);
}

void _cat_fails(const char *path, int error, const char *file, int line)
{
	_cleanup_free_ char *text = NULL;
	size_t n;
	int r = read_file(path, &text, &n);

	if (r == -error)
		return;
	fprintf(stderr, "%s: wanted %s, is %s\n", path, strerrorname_np(error),
		r ? strerrorname_np(-r) : "readable");
	if (text)
		show("is", text, n);
	_fail(file, line);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char *list_names(const char *folder)
{
	char **names = NULL, *text = NULL;
	const struct dirent *entry;
	size_t n = 0, size = 0;
	FILE *memory = open_memstream(&text, &size);
	_cleanup_closedir_ DIR *dir = opendir(folder);

	assert_non_null(memory);
	while (dir && (errno = 0, entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		names = realloc(names, (n + 1) * sizeof(*names));
		names[n++] = strdup(entry->d_name);
	}
	if (errno)
		fprintf(memory, "!%s", strerrorname_np(errno));
	if (n)
		qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; i < n; i++) {
		text_escape(names[i], strlen(names[i]), memory);
		fputc('\n', memory);
		free(names[i]);
	}
	free(names);
	assert_int_equal(fclose(memory), 0);
	return text;
}
