/* SPDX-License-Identifier: MIT */
/* Objects with the very bytes that other programs give them. */
#include <fcntl.h>
#include <semaphore.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

void make_object(const char *name, const void *bytes, size_t size)
{
	_cleanup_close_ int fd = -1;

	unlink(shm_path(name));
	fd = open(shm_path(name), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	if (bytes)
		assert_int_equal(write(fd, bytes, size), size);
	else
		assert_int_equal(ftruncate(fd, (off_t)size), 0);
}

/* A semaphore as sem_init(3) makes it. */
static sem_t native(unsigned value)
{
	union {
		char bytes[sizeof(sem_t)];
		sem_t sem;
	} made = {0};

	assert_int_equal(sem_init(&made.sem, 1, value), 0);
	return made.sem;
}

void put_seqnum(const char *name, int seqnum)
{
	struct {
		sem_t sem;
		int seqnum;
	} object;

	memset(&object, 0, sizeof(object));
	object.sem = native(1);
	object.seqnum = seqnum;
	make_object(name, &object, sizeof(object));
}

void put_xfr(const char *name, unsigned wsem, unsigned rsem, int cnt, const char *text)
{
	struct {
		sem_t wsem;
		sem_t rsem;
		int cnt;
		char buf[1024];
	} object;

	memset(&object, 0, sizeof(object));
	object.wsem = native(wsem);
	object.rsem = native(rsem);
	object.cnt = cnt;
	memcpy(object.buf, text, strnlen(text, sizeof(object.buf)));
	make_object(name, &object, sizeof(object));
}

void put_sem(const char *name, unsigned value)
{
	sem_t sem = native(value);

	make_object(pathf("sem.%s", name), &sem, sizeof(sem));
}

/* sem_t of i386: value << 1 | somebody waits, the shared flag, padding, waiters. */
struct sem32 {
	uint32_t word[4];
};

static struct sem32 foreign(unsigned value)
{
	return (struct sem32){{value << 1, 0x80}};
}

void put_seqnum32(const char *name, int seqnum)
{
	const struct {
		struct sem32 sem;
		int seqnum;
	} object = {foreign(1), seqnum};

	make_object(name, &object, sizeof(object));
}

void put_xfr32(const char *name, unsigned wsem, unsigned rsem, int cnt, const char *text)
{
	struct {
		struct sem32 wsem;
		struct sem32 rsem;
		int cnt;
		char buf[1024];
	} object = {foreign(wsem), foreign(rsem), cnt};

	memcpy(object.buf, text, strnlen(text, sizeof(object.buf)));
	make_object(name, &object, sizeof(object));
}

void put_sem32(const char *name, unsigned value)
{
	struct sem32 sem = foreign(value);

	make_object(pathf("sem.%s", name), &sem, sizeof(sem));
}
