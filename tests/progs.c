/* SPDX-License-Identifier: MIT */
/* The means of the tests of our programs. */
#include "tests/progs.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/text.h"
#include "tests/support.h"

enum { ARGUMENTS_MAX = 16 };

/* The same arguments, with the first that is a program of ours replaced by its path. */
static void with_paths(const char *const argv[], const char *ret[ARGUMENTS_MAX + 1])
{
	bool found = false;
	size_t n = 0;

	for (; argv[n]; n++) {
		bool ours = strncmp(argv[n], "pshm_", 5) == 0 || strncmp(argv[n], "psem_", 5) == 0;

		assert_true(n < ARGUMENTS_MAX);
		ret[n] = ours && !found ? program(argv[n]) : argv[n];
		found = found || ours;
	}
	ret[n] = NULL;
}

void start_argv(struct child *ret, const struct child_setup *setup, const char *const argv[])
{
	const char *paths[ARGUMENTS_MAX + 1];

	with_paths(argv, paths);
	child_start(ret, paths, setup);
}

static bool said(const struct result *result, const char *err)
{
	return *err ? strstr(result->err, err) != NULL : result->err_size == 0;
}

void _expect_end(struct child *child, int status, const char *out, const char *err,
		 const char *file, int line)
{
	struct result result;
	bool right;

	child_finish(child, &result);
	right = result.status == status && result.out_size == strlen(out) &&
		memcmp(result.out, out, result.out_size) == 0 && said(&result, err);
	if (!right) {
		fprintf(stderr, "status %d (wanted %d)\n  out: ", result.status, status);
		text_escape(result.out, result.out_size, stderr);
		fprintf(stderr, "\n  wanted: ");
		text_escape(out, strlen(out), stderr);
		fprintf(stderr, "\n  err: %s\n  wanted in it: %s\n", result.err, err);
	}
	result_deinit(&result);
	if (!right)
		_fail(file, line);
}

void _expect_run(int status, const char *out, const char *err, const char *const argv[],
		 const char *file, int line)
{
	struct child child;

	start_argv(&child, NULL, argv);
	_expect_end(&child, status, out, err, file, line);
}

uint32_t word_of(const char *name, size_t offset)
{
	_cleanup_close_ int fd = open(shm_path(name), O_RDONLY | O_CLOEXEC);
	uint32_t word;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &word, sizeof(word), (off_t)offset), sizeof(word));
	return word;
}

struct place {
	const char *name;
	size_t offset;
};

static bool has_sleeper(void *data)
{
	const struct place *place = data;

	return word_of(place->name, place->offset + 4) > 0;
}

void wait_for_sleeper(const char *name, size_t offset)
{
	struct place place = {name, offset};

	assert_true(wait_until(DEADLINE_MS, has_sleeper, &place));
}

void *map_object(const char *name, size_t size)
{
	_cleanup_close_ int fd = open(shm_path(name), O_RDWR | O_CLOEXEC);
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	assert_ptr_not_equal(memory, MAP_FAILED);
	return memory;
}

void *map_new_object(const char *name, size_t size)
{
	make_object(name, NULL, size);
	return map_object(name, size);
}

static bool exists(void *data)
{
	return access(shm_path(data), F_OK) == 0;
}

void wait_for_object(const char *name)
{
	assert_true(wait_until(DEADLINE_MS, exists, (void *)name));
}

struct saying {
	int stream;
	const char *part;
};

static bool has_said(void *data)
{
	const struct saying *saying = data;
	_cleanup_free_ char *text = child_said(saying->stream, NULL);

	return strstr(text, saying->part);
}

void stream_comes_to_say(int stream, const char *part)
{
	struct saying saying = {.stream = stream, .part = part};

	if (!wait_until(DEADLINE_MS, has_said, &saying))
		fail_msg("\"%s\" is not said, but: %s", part, child_said(stream, NULL));
}
