/* SPDX-License-Identifier: MIT */
#include "tests/pair.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/progs.h"
#include "tests/support.h"

static const char *plain(const char *build)
{
	const char *folder = getenv("PSHM_PLAIN");

	if (!folder)
		fail_msg("PSHM_PLAIN is not set: run the tests by meson test");
	return pathf("%s/plain-xfr-%s", folder, build);
}

void pair_start_writer(struct child *ret, const struct pair *pair, const struct child_setup *setup)
{
	if (pair->writer)
		start(ret, setup, plain(pair->writer), "writer");
	else if (pair->blocks && pair->buffer)
		start(ret, setup, "pshm_xfr_writer", "-B", pair->blocks, "-b", pair->buffer);
	else if (pair->blocks)
		start(ret, setup, "pshm_xfr_writer", "--blocks", pair->blocks);
	else if (pair->buffer)
		start(ret, setup, "pshm_xfr_writer", "-b", pair->buffer);
	else
		start(ret, setup, "pshm_xfr_writer");
}

/* A plain one looks for the object once. */
void pair_start_reader(struct child *ret, const struct pair *pair, const struct child_setup *setup)
{
	if (!pair->reader) {
		start(ret, setup, "pshm_xfr_reader");
		return;
	}
	wait_for_object("pshm_xfr");
	start(ret, setup, plain(pair->reader), "reader");
}

char *pair_bytes(size_t size)
{
	char *bytes = malloc(size + 1);

	assert_non_null(bytes);
	for (size_t done = 0; done < size;)
		done += (size_t)getrandom(bytes + done, size - done, 0);
	return bytes;
}

static void expect_all(struct child *child, const char *who, const struct pair *pair,
		       const void *bytes, size_t size)
{
	struct result result;
	bool right;

	child_finish(child, &result);
	right = result.status == 0 && result.err_size == 0 && result.out_size == size &&
		memcmp(result.out, bytes, size) == 0;
	if (!right)
		fprintf(stderr, "%s of %s -> %s: status %d, %zu of %zu bytes, said: %s\n", who,
			pair->writer ? pair->writer : "ours", pair->reader ? pair->reader : "ours",
			result.status, result.out_size, size, result.err);
	result_deinit(&result);
	assert_true(right);
}

void pair_transfer(const struct pair *pair, const void *bytes, size_t size)
{
	const struct child_setup setup = {STREAM_MEMORY, STREAM_MEMORY, STREAM_MEMORY, bytes, size};
	struct child writer, reader;

	pair_start_writer(&writer, pair, &setup);
	pair_start_reader(&reader, pair, NULL);
	expect_all(&reader, "reader", pair, bytes, size);
	expect_all(&writer, "writer", pair, "", 0);
	pair_expect_nothing_left();
}

bool pair_ends(const struct child *child, int ms)
{
	_cleanup_close_ int fd = pidfd_open(child->pid, 0);
	struct pollfd end = {.fd = fd, .events = POLLIN};

	assert_true(fd >= 0);
	return poll(&end, 1, ms) > 0;
}

void pair_expect_nothing_left(void)
{
	_cleanup_free_ char *names = list_names("/dev/shm");

	assert_string_equal(names, "");
}
