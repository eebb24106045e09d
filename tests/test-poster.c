/* SPDX-License-Identifier: MIT */
/* The process that maps objects: what it does to their bytes, and what cannot harm it. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/poster.h"
#include "tests/reliability.h"
#include "tests/support.h"

static struct poster *poster;

static int start(void **state)
{
	return sandbox_setup(state) == 0 && poster_start(&poster) == 0 ? 0 : -1;
}

static int stop(void **state)
{
	poster_stop(poster);
	poster = NULL;
	return sandbox_clean(state);
}

#define WITH_POSTER(test) cmocka_unit_test_setup_teardown(test, start, stop)

static int open_object(const char *name)
{
	int fd = open(shm_path(name), O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

/* An object of these words, posted n times as `abi`: the result, and its words afterwards. */
static int post(const struct semaphore_abi *abi, uint32_t words[8], uint64_t n)
{
	_cleanup_close_ int fd = -1;
	int r;

	make_object("a", words, abi->size);
	fd = open_object("a");
	r = poster_post(poster, fd, abi, 0, (uint32_t)n);
	assert_int_equal(pread(fd, words, abi->size, 0), abi->size);
	return r;
}

#define POSTS(abi, n, wanted, before, after)                                                       \
	do {                                                                                       \
		uint32_t words[8] = before;                                                        \
		assert_int_equal(post(abi, words, n), wanted);                                     \
		assert_memory_equal(words, ((const uint32_t[8])after), (abi)->size);               \
	} while (0)
#define W(...)                                                                                     \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
#define REFUSED(abi, n, error, words) POSTS(abi, n, -(error), W words, W words)

#define MAX 0x7fffffffu

/* The words as each library's own sem_post(3) would leave them. */
static void test_words(void **state)
{
	(void)state;
	POSTS(&semaphore_glibc64, 1, 0, W(0, 0, 0x80), W(1, 0, 0x80));
	POSTS(&semaphore_glibc64, 3, 0, W(4, 2, 0x80), W(7, 2, 0x80));
	POSTS(&semaphore_glibc64, MAX, 0, W(0, 1, 0x80), W(MAX, 1, 0x80));
	POSTS(&semaphore_glibc32, 1, 0, W(0, 0x80, 0, 0), W(2, 0x80, 0, 0));
	POSTS(&semaphore_glibc32, 2, 0, W(1, 0x80, 0, 1), W(5, 0x80, 0, 1));
	POSTS(&semaphore_musl64, 1, 0, W(0, 0, 0), W(1, 0, 0));
	POSTS(&semaphore_musl64, 2, 0, W(UINT32_MAX, 1, 0), W(2, 1, 0));
	POSTS(&semaphore_musl64, 3, 0, W(0x80000000, 2, 0), W(3, 2, 0));
	POSTS(&semaphore_musl64, 1, 0, W(0x80000001, 1, 0), W(2, 1, 0));
	POSTS(&semaphore_glibc32, MAX, 0, W(1, 0x80, 0, 1), W(0xffffffff, 0x80, 0, 1));
}

static void test_refused(void **state)
{
	(void)state;
	REFUSED(&semaphore_glibc64, 1, EOVERFLOW, (MAX, 0, 0x80));
	REFUSED(&semaphore_glibc64, 2, EOVERFLOW, (MAX - 1, 5, 0x80));
	REFUSED(&semaphore_glibc64, 1, ENOTSUP, (1, 0, 0));
	REFUSED(&semaphore_glibc64, 1, EBADMSG, (0, 0, 0));
	REFUSED(&semaphore_glibc64, 1, EBADMSG, (0x80000000, 0, 0x80));
	REFUSED(&semaphore_glibc64, 1, EBADMSG, (1, 0, 0x80, 0, 9));
	REFUSED(&semaphore_musl64, 1, EOVERFLOW, (MAX, 0, 0));
	REFUSED(&semaphore_musl64, 2, EOVERFLOW, (UINT32_MAX - 1, 3, 0));
	REFUSED(&semaphore_musl64, 1, ENOTSUP, (1, 0, 0x80));
	REFUSED(&semaphore_glibc32, 1, EOVERFLOW, (0xfffffffe, 0x80, 0, 0));
	REFUSED(&semaphore_glibc32, 1, ENOTSUP, (2, 0, 0, 0));
}

static void test_where(void **state)
{
	_cleanup_close_ int fd = -1;
	char bytes[64] = {0};
	uint32_t word;

	(void)state;
	bytes[32 + 8] = (char)0x80;
	make_object("a", bytes, sizeof(bytes));
	fd = open_object("a");
	assert_int_equal(poster_post(poster, fd, &semaphore_glibc64, 32, 9), 0);
	assert_int_equal(pread(fd, &word, sizeof(word), 32), sizeof(word));
	assert_int_equal(word, 9);
	assert_int_equal(poster_post(poster, fd, &semaphore_glibc64, 36, 1), -EINVAL);
	assert_int_equal(poster_post(poster, fd, &semaphore_glibc64, 40, 1), -ENODATA);
	assert_int_equal(poster_post(poster, fd, &semaphore_glibc64, UINT64_MAX - 31, 1), -ENODATA);
}

static void test_store(void **state)
{
	static const char wanted[] = "\x01__\x02\x03____\x04\x05\x06\x07____text____";
	_cleanup_close_ int fd = -1;
	char bytes[sizeof(wanted) - 1];

	(void)state;
	memset(bytes, '_', sizeof(bytes));
	make_object("a", bytes, sizeof(bytes));
	fd = open_object("a");
	assert_int_equal(poster_store(poster, fd, 0, "\x01", 1), 0);
	assert_int_equal(poster_store(poster, fd, 3, "\x02\x03", 2), 0);
	assert_int_equal(poster_store(poster, fd, 9, "\x04\x05\x06\x07", 4), 0);
	assert_int_equal(poster_store(poster, fd, 17, "text", 4), 0);
	assert_int_equal(poster_store(poster, fd, 0, "", 0), 0);
	assert_int_equal(poster_store(poster, fd, sizeof(bytes), "x", 1), -ENODATA);
	assert_int_equal(poster_store(poster, fd, sizeof(bytes) - 3, "text", 4), -ENODATA);
	assert_int_equal(poster_store(poster, fd, 0, bytes, POSTER_STORE_MAX + 1), -EFBIG);
	assert_int_equal(pread(fd, bytes, sizeof(bytes), 0), sizeof(bytes));
	assert_memory_equal(bytes, wanted, sizeof(bytes));
	close(take_fd(&fd));
	fd = open(shm_path("a"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(poster_store(poster, fd, 0, "x", 1), -EACCES);
}

/* Text over the end of a page, the second of which is not there any more: neither changes. */
static void test_pages(void **state)
{
	_cleanup_close_ int fd = -1;
	char bytes[8192], read_back[8192];

	(void)state;
	memset(bytes, 'a', sizeof(bytes));
	make_object("a", bytes, sizeof(bytes));
	fd = open_object("a");
	assert_int_equal(poster_store(poster, fd, 4090, "0123456789abcdef", 16), 0);
	assert_int_equal(pread(fd, read_back, sizeof(read_back), 0), sizeof(read_back));
	memcpy(bytes + 4090, "0123456789abcdef", 16);
	assert_memory_equal(read_back, bytes, sizeof(bytes));
}

/* A hole is filled if there is room; where there is none, that is said and nobody dies. */
static void test_full(void **state)
{
	_cleanup_close_ int fd = -1;
	char page[4096] = {1};

	(void)state;
	assert_int_equal(mount("none", "/dev/shm", "tmpfs", MS_REMOUNT, "size=8k"), 0);
	make_object("fill", page, sizeof(page));
	make_object("more", page, sizeof(page));
	make_object("hole", NULL, 8192);
	fd = open_object("hole");
	assert_int_equal(poster_store(poster, fd, 8, "x", 1), -ENOSPC);
	assert_int_equal(unlink(shm_path("more")), 0);
	assert_int_equal(poster_store(poster, fd, 8, "x", 1), 0);
	assert_int_equal(mount("none", "/dev/shm", "tmpfs", MS_REMOUNT, "size=256m"), 0);
}

/* Cuts the object and makes it long again, over and over. */
static atomic_bool resizing;

static void *resize(void *data)
{
	int fd = *(int *)data;

	while (resizing)
		if (ftruncate(fd, 0) < 0 || ftruncate(fd, 64) < 0)
			break;
	return NULL;
}

static bool allowed(int r)
{
	return r == 0 || r == -ENODATA || r == -EBADMSG || r == -ENOSPC;
}

/* Cut while it is mapped: an error at most, and the process lives; never is the object longer. */
static void test_cut(void **state)
{
	_cleanup_close_ int fd = -1;
	unsigned good = 0, cut = 0;
	pthread_t thread;
	struct stat st;

	(void)state;
	make_object("a", NULL, 64);
	fd = open_object("a");
	resizing = true;
	assert_int_equal(pthread_create(&thread, NULL, resize, &fd), 0);
	for (int i = 0; i < 200000 && (i < 2000 || good < 10 || cut < 10); i++) {
		int r = i % 2 ? poster_store(poster, fd, 40, "12345678", 8)
			      : poster_post(poster, fd, &semaphore_glibc64, 0, 1);

		if (!allowed(r))
			fail_msg("%d", r);
		good += r == 0;
		cut += r == -ENODATA;
		assert_int_equal(fstat(fd, &st), 0);
		assert_true(st.st_size == 0 || st.st_size == 64);
	}
	resizing = false;
	pthread_join(thread, NULL);
	assert_true(good >= 10 && cut >= 10);
	reliability_row("faults", "an object cut while it is changed", "2,000 times at least",
			"an error at most, and it is never made longer",
			"%u changes were done, %u were ENODATA; the poster lives", good, cut);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(poster_store(poster, fd, 0, "x", 1), -ENODATA);
	assert_int_equal(ftruncate(fd, 64), 0);
	assert_int_equal(poster_store(poster, fd, 0, "x", 1), 0);
}

static pid_t first_child(void)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(read_file(pathf("/proc/self/task/%d/children", getpid()), &text, NULL), 0);
	return atoi(text);
}

/* It holds no descriptor of ours but its end of the socket, which it has as number 3. */
static void test_holds_nothing(void **state)
{
	static const char all[] = "0\n1\n2\n3\n";
	_cleanup_free_ char *fds = NULL;
	_cleanup_close_ int fd = -1;

	(void)state;
	make_object("a", "x", 1);
	fd = open_object("a");
	assert_int_equal(poster_store(poster, fd, 0, "y", 1), 0);
	fds = list_names(pathf("/proc/%d/fd", first_child()));
	assert_string_equal(fds, all);
	cat_equals(pathf("/proc/%d/comm", first_child()), "pshmfs-poster\n");
}

/* Ctrl-C at a terminal and a kill of the whole group are for the program, which then ends it. */
static void test_signals(void **state)
{
	_cleanup_close_ int fd = -1;

	(void)state;
	make_object("a", "x", 1);
	fd = open_object("a");
	assert_int_equal(kill(first_child(), SIGINT), 0);
	assert_int_equal(kill(first_child(), SIGTERM), 0);
	assert_int_equal(kill(first_child(), SIGHUP), 0);
	assert_int_equal(poster_store(poster, fd, 0, "y", 1), 0);
	assert_int_equal(kill(first_child(), SIGKILL), 0);
	assert_int_equal(poster_store(poster, fd, 0, "z", 1), -EIO);
	assert_int_equal(poster_store(poster, fd, 0, "z", 1), -EIO);
	cat_equals(shm_path("a"), "y");
}

static void send_raw(int socket, const void *bytes, size_t size, int fd)
{
	struct iovec part = {(void *)(uintptr_t)bytes, size};
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS,
				.cmsg_len = CMSG_LEN(sizeof(int))}};
	const struct msghdr message = {.msg_iov = &part,
				       .msg_iovlen = 1,
				       .msg_control = &control,
				       .msg_controllen = sizeof(control)};

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	assert_int_equal(sendmsg(socket, &message, MSG_NOSIGNAL), size);
}

/* Who asks may have been taken over: what it is told is looked at, and refused. */
static void test_hostile(void **state)
{
	static const struct hostile {
		uint32_t serial, posts, abi, size;
		uint64_t offset;
	} requests[] = {
		{1, 1, 0, 0, 0},          /* to store nothing */
		{2, 1, 0, 1u << 20, 0},   /* more than there is room for */
		{3, 1, 4, 32, 0},         /* of no C library */
		{4, 1, UINT32_MAX, 0, 0}, /* of none */
		{5, 1, 1, 4, 0},          /* less than it has */
		{6, 1, 1, 32, 4},         /* where none can be */
	};
	static unsigned char object[2u << 20];
	_cleanup_close_ int fd = -1;
	int ends[2];

	(void)state;
	make_object("a", object, sizeof(object));
	fd = open_object("a");
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		send_raw(ends[0], &requests[i], sizeof(requests[i]), fd);
	shutdown(ends[0], SHUT_WR);
	poster_serve(ends[1]);
	for (uint32_t i = 0; i <= 6; i++) {
		int32_t answer[2];

		assert_int_equal(recv(ends[0], answer, sizeof(answer), 0), sizeof(answer));
		assert_int_equal(answer[0], i);
		assert_int_equal(answer[1], i == 0 ? 0 : -EINVAL);
	}
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	static const struct CMUnitTest cases[] = {
		WITH_POSTER(test_words),   WITH_POSTER(test_refused),
		WITH_POSTER(test_where),   WITH_POSTER(test_store),
		WITH_POSTER(test_pages),   WITH_POSTER(test_full),
		WITH_POSTER(test_cut),     WITH_POSTER(test_holds_nothing),
		WITH_POSTER(test_signals), WITH_POSTER(test_hostile),
	};

	sandbox_enter();
	return cmocka_run_group_tests(cases, NULL, NULL);
}
