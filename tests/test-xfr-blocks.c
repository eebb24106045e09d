/* SPDX-License-Identifier: MIT */
/* The block protocol: every size of block, and halves and objects that lie. */
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/transfer_blocks.h"
#include "tests/pair.h"
#include "tests/progs.h"
#include "tests/support.h"

static void test_sizes(void **state)
{
	static const char *const kinds[][2] = {{"1", "10"},    {"1", "64M"},   {"2", "1000"},
					       {"3", "10000"}, {"4", NULL},    {"5", "4097"},
					       {"100", "11"},  {"1024", "10"}, {"1024", "1K"}};
	static const size_t sizes[] = {0, 1, 9, 10, 11, 4096, 65537};
	_cleanup_free_ char *bytes = pair_bytes(3 << 20);

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct pair pair = {.blocks = kinds[i][0], .buffer = kinds[i][1]};

		for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
			pair_transfer(&pair, bytes, sizes[k]);
		if (i > 0)
			pair_transfer(&pair, bytes, 3 << 20);
	}
}

/* What comes in pieces is not held back. */
static void test_pieces(void **state)
{
	static const struct child_setup fed = {STREAM_PIPE, STREAM_MEMORY, STREAM_MEMORY},
					watched = {STREAM_NULL, STREAM_PIPE, STREAM_MEMORY};
	struct child writer, reader;

	(void)state;
	pair_start_writer(&writer, &(struct pair){.blocks = "4"}, &fed);
	assert_int_equal(write(writer.in, "first\n", 6), 6); /* before anybody reads */
	pair_start_reader(&reader, &(struct pair){0}, &watched);
	for (int i = 0; i < 10; i++) {
		_cleanup_free_ char *line = child_line(reader.out);

		assert_non_null(line);
		assert_string_equal(line, i ? pathf("line %d", i) : "first");
		if (i < 9)
			assert_int_equal(dprintf(writer.in, "line %d\n", i + 1), 7);
	}
	expect_end(&writer, 0, "", "");
	expect_end(&reader, 0, "", "");
	pair_expect_nothing_left();
}

/* An object as our writer makes it, whose writer is this test. */
struct fake {
	struct pshm_blocks *object;
	int fd, filled[2], emptied[2];
};

enum { COUNT = 4, SIZE = 100, LENGTH = 8192 };

static void fake_open(struct fake *ret)
{
	struct flock place = {.l_type = F_WRLCK, .l_start = (off_t)1 << 62, .l_len = 1};

	assert_int_equal(pipe2(ret->filled, O_CLOEXEC), 0);
	assert_int_equal(pipe2(ret->emptied, O_CLOEXEC), 0);
	make_object("pshm_xfr", NULL, LENGTH);
	ret->object = map_object("pshm_xfr", LENGTH);
	ret->fd = open(shm_path("pshm_xfr"), O_RDWR | O_CLOEXEC);
	assert_int_equal(fcntl(ret->fd, F_SETLK, &place), 0);
	*ret->object = (struct pshm_blocks){
		.count = COUNT,
		.size = SIZE,
		.data = 4096,
		.filled = (uint32_t)ret->filled[1],
		.emptied = (uint32_t)ret->emptied[0],
	};
	memcpy(ret->object->magic, PSHM_BLOCKS_MAGIC, 8);
}

static void fake_close(struct fake *fake)
{
	munmap(fake->object, LENGTH);
	close(fake->fd);
	for (int i = 0; i < 2; i++) {
		close(fake->filled[i]);
		close(fake->emptied[i]);
	}
	unlink(shm_path("pshm_xfr"));
}

/* The reader has come, and says so first. */
static void expect_hello(const struct fake *fake)
{
	struct pollfd news = {.fd = fake->emptied[0], .events = POLLIN};
	uint32_t word = 0;

	assert_int_equal(poll(&news, 1, DEADLINE_MS), 1);
	assert_int_equal(read(fake->emptied[0], &word, sizeof(word)), sizeof(word));
	assert_int_equal(word, BLOCKS_HELLO);
}

/* Numbers and sizes that cannot be end it with a message; nothing is read beyond a block. */
static void test_hostile_writer(void **state)
{
	static const struct {
		uint32_t number, bytes;
		const char *said;
	} lies[] = {
		{COUNT, 1, "damaged"},
		{0x7fffffff, 1, "damaged"},
		{0, 0, "damaged"},
		{1, SIZE + 1, "damaged"},
		{3, UINT32_MAX, "damaged"},
		{BLOCKS_FAILED, 0, "the writer has failed"},
		{BLOCKS_HELLO, 0, "damaged"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct child reader;
		struct fake fake;

		fake_open(&fake);
		start(&reader, NULL, "pshm_xfr_reader");
		expect_hello(&fake);
		if (lies[i].number < COUNT)
			fake.object->blocks[lies[i].number].bytes = lies[i].bytes;
		assert_int_equal(write(fake.filled[1], &lies[i].number, 4), 4);
		expect_end(&reader, 1, "", lies[i].said);
		fake_close(&fake);
	}
}

static void test_damaged_object(void **state)
{
	static const struct pshm_blocks heads[] = {
		{.count = 0, .size = SIZE, .data = 4096},
		{.count = PSHM_BLOCKS_MAX + 1, .size = 10, .data = 4096},
		{.count = COUNT, .size = 0, .data = 4096},
		{.count = COUNT, .size = UINT32_MAX, .data = 4096},
		{.count = COUNT, .size = SIZE, .data = 0},
		{.count = COUNT, .size = SIZE, .data = 8000},
		{.count = COUNT, .size = SIZE, .data = UINT64_MAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct fake fake;

		fake_open(&fake);
		fake.object->count = heads[i].count;
		fake.object->size = heads[i].size;
		fake.object->data = heads[i].data;
		expect_run(1, "", "/pshm_xfr: damaged", "pshm_xfr_reader");
		fake_close(&fake);
	}
}

/* The descriptors that it names are other ones, or none. */
static void test_other_pipes(void **state)
{
	struct fake fake;

	(void)state;
	for (int i = 0; i < 3; i++) {
		fake_open(&fake);
		if (i == 0)
			fake.object->filled = (uint32_t)fake.fd;
		else if (i == 1)
			fake.object->emptied = 987654321;
		else
			fake.object->filled = UINT32_MAX;
		expect_run(1, "", "the pipes of its writer cannot be opened", "pshm_xfr_reader");
		fake_close(&fake);
	}
}

/* A reader that gives back what it does not have. */
static void test_hostile_reader(void **state)
{
	static const uint32_t lies[][2] = {{BLOCKS_HELLO, COUNT},
					   {BLOCKS_HELLO, 0},
					   {BLOCKS_HELLO, 77777},
					   {BLOCKS_HELLO, BLOCKS_FAILED}};
	static const struct child_setup fed = {STREAM_PIPE, STREAM_MEMORY, STREAM_MEMORY};

	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct pshm_blocks *object;
		struct child writer;
		int pipe;

		pair_start_writer(&writer, &(struct pair){.blocks = "4"}, &fed);
		wait_for_object("pshm_xfr");
		object = map_object("pshm_xfr", 4096);
		pipe = open(pathf("/proc/%d/fd/%u", writer.pid, object->emptied),
			    O_WRONLY | O_CLOEXEC);
		assert_true(pipe >= 0);
		assert_int_equal(write(pipe, lies[i], 8), 8);
		assert_true(pair_ends(&writer, DEADLINE_MS));
		expect_end(&writer, 1, "", "the reader has failed\n");
		close(pipe);
		munmap(object, 4096);
		pair_expect_nothing_left();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_sizes),          SANDBOXED(test_pieces),
		SANDBOXED(test_hostile_writer), SANDBOXED(test_damaged_object),
		SANDBOXED(test_other_pipes),    SANDBOXED(test_hostile_reader),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
