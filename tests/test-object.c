/* SPDX-License-Identifier: MIT */
/* Finding, opening, reading, listing and unlinking objects, hostile ones included. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/object.h"
#include "tests/support.h"

static void test_regular(void **state)
{
	struct object object;
	char bytes[8] = "";

	(void)state;
	make_object("x", "abcdefgh", 8);
	assert_int_equal(object_open(shm_folder(), "x", &object), 0);
	assert_int_equal(object.error, 0);
	assert_true(S_ISREG(object.st.stx_mode));
	assert_int_equal(object.st.stx_size, 8);
	assert_int_equal(fcntl(object.fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_NONBLOCK);
	assert_int_equal(fcntl(object.fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(object_read(&object, 0, bytes, 8), 0);
	assert_memory_equal(bytes, "abcdefgh", 8);
	object_close(&object);
	assert_int_equal(object.fd, -1);
	assert_int_equal(object_read(&object, 0, bytes, 8), -EBADF);
}

static void test_no_such(void **state)
{
	char name[300];
	struct object object;
	struct statx st;

	(void)state;
	assert_int_equal(object_open(shm_folder(), "missing", &object), -ENOENT);
	assert_int_equal(object.fd, -1);
	assert_int_equal(object_stat(shm_folder(), "missing", &st), -ENOENT);
	assert_int_equal(object_open(shm_folder(), "", &object), -ENOENT);
	assert_int_equal(object_open(shm_folder(), ".", &object), -EINVAL);
	assert_int_equal(object_open(shm_folder(), "..", &object), -EXDEV);
	assert_int_equal(object_open(shm_folder(), "/etc/passwd", &object), -EXDEV);
	assert_int_equal(object_open(shm_folder(), "../../etc/passwd", &object), -EXDEV);
	assert_int_equal(object_open(-1, "x", &object), -EBADF);
	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	assert_int_equal(object_open(shm_folder(), name, &object), -ENAMETOOLONG);
}

/* What is no object is told by its kind, and never opened or followed. */
static void test_odd(void **state)
{
	static const struct {
		const char *name;
		mode_t kind;
	} rows[] = {
		{"odd.dir", S_IFDIR},     {"odd.link", S_IFLNK}, {"odd.dangling", S_IFLNK},
		{"odd.socket", S_IFSOCK}, {"odd.fifo", S_IFIFO}, {"odd.device", S_IFCHR},
	};
	struct object_id id = {0};
	struct object object;
	struct actor actor;
	struct statx st;

	(void)state;
	actor_start(&actor, "odd");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* In a user namespace there are no device files. */
		if (rows[i].kind == S_IFCHR && !sandbox_has_user(1))
			continue;
		assert_int_equal(object_identify(shm_folder(), rows[i].name, &st, &id), 0);
		assert_int_equal(st.stx_mode & S_IFMT, rows[i].kind);
		assert_int_equal(object_open(shm_folder(), rows[i].name, &object), -EINVAL);
		assert_int_equal(object.fd, -1);
		assert_int_equal(object_unlink(shm_folder(), rows[i].name, id), -EINVAL);
	}
	assert_int_equal(object_stat(shm_folder(), "odd.mount", &st), -EXDEV);
	assert_int_equal(object_open(shm_folder(), "odd.mount", &object), -EXDEV);
	assert_int_equal(object_unlink(shm_folder(), "odd.mount", id), -EXDEV);
	actor_stop(&actor);
}

static int open_as_stranger(void *data)
{
	struct object object;
	char byte;
	int r = object_open(shm_folder(), data, &object);

	if (r < 0)
		return r;
	if (object.fd >= 0 || object.st.stx_size != 5 || (object.st.stx_mode & 07777) != 0)
		return -EUCLEAN;
	if (object_read(&object, 0, &byte, 1) != object.error)
		return -EUCLEAN;
	r = object.error;
	object_close(&object);
	return r;
}

static void test_forbidden(void **state)
{
	(void)state;
	make_object("closed", "12345", 5);
	assert_int_equal(chmod(shm_path("closed"), 0), 0);
	assert_int_equal(as_user(1234, open_as_stranger, (void *)"closed"), -EACCES);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A stranger's lease makes open(2) wait for /proc/sys/fs/lease-break-time, 45 seconds. */
static void test_lease(void **state)
{
	struct object object;
	struct actor actor;
	double before;

	(void)state;
	put_seqnum("x", 1);
	actor_start(&actor, "lease", "/x");
	before = seconds();
	assert_int_equal(object_open(shm_folder(), "x", &object), 0);
	assert_true(seconds() - before < 10);
	assert_int_equal(object.fd, -1);
	assert_int_equal(object.error, -EAGAIN);
	assert_int_equal(object.st.stx_size, 40);
	object_close(&object);
	actor_stop(&actor);
	assert_int_equal(object_open(shm_folder(), "x", &object), 0);
	assert_int_equal(object.error, 0);
	object_close(&object);
}

static void test_read(void **state)
{
	struct object object;
	char bytes[16] = "";

	(void)state;
	make_object("x", "0123456789", 10);
	assert_int_equal(object_open(shm_folder(), "x", &object), 0);
	assert_int_equal(object_read(&object, 7, bytes, 3), 0);
	assert_memory_equal(bytes, "789", 3);
	assert_int_equal(object_read(&object, 7, bytes, 4), -ENODATA);
	assert_int_equal(object_read(&object, 10, bytes, 0), 0);
	assert_int_equal(object_read(&object, 10, bytes, 1), -ENODATA);
	assert_int_equal(object_read(&object, (uint64_t)1 << 62, bytes, 1), -ENODATA);
	assert_int_equal(object_read(&object, UINT64_MAX - 1, bytes, 1), -EINVAL);
	assert_int_equal(object_read_some(&object, 8, bytes, 16), 2);
	assert_int_equal(object_read_some(&object, 11, bytes, 16), 0);
	/* Shrunk while open: less, never SIGBUS. */
	assert_int_equal(truncate(shm_path("x"), 4), 0);
	assert_int_equal(object_read(&object, 0, bytes, 10), -ENODATA);
	assert_int_equal(object_read_some(&object, 0, bytes, 10), 4);
	object_close(&object);
}

struct listing {
	size_t n, regular, folders;
	const char *missed; /* this name is to come once */
};

static int note(const struct dirent *entry, void *data)
{
	const char *name = entry->d_name;
	const unsigned char kind = entry->d_type;
	struct listing *listing = data;

	listing->n++;
	listing->regular += kind == DT_REG;
	listing->folders += kind == DT_DIR;
	if (listing->missed && strcmp(name, listing->missed) == 0)
		listing->missed = NULL;
	return 0;
}

static int note_and_list(const struct dirent *entry, void *data)
{
	struct listing inner = {0};

	assert_int_equal(object_list(shm_folder(), note, &inner), 0);
	assert_int_equal(inner.n, 3);
	return note(entry, data);
}

static int stop(const struct dirent *entry, void *data)
{
	(void)entry;
	++*(int *)data;
	return 77;
}

static void test_list(void **state)
{
	struct listing listing = {0};
	int calls = 0;

	(void)state;
	assert_int_equal(object_list(shm_folder(), note, &listing), 0);
	assert_int_equal(listing.n, 0);
	make_object("a", "", 0);
	make_object("b", "", 0);
	assert_int_equal(mkdir(shm_path("c"), 0755), 0);
	assert_int_equal(object_list(shm_folder(), note, &listing), 0);
	assert_int_equal(listing.n, 3);
	assert_int_equal(listing.regular, 2);
	assert_int_equal(listing.folders, 1);
	/* One listing inside another one: neither loses its place. */
	listing.n = 0;
	assert_int_equal(object_list(shm_folder(), note_and_list, &listing), 0);
	assert_int_equal(listing.n, 3);
	assert_int_equal(object_list(shm_folder(), stop, &calls), 77);
	assert_int_equal(calls, 1);
	assert_int_equal(object_list(-1, note, &listing), -EBADF);
}

/* Any bytes but / and NUL are a name. */
static void test_names(void **state)
{
	char longest[256];
	const char *const names[] = {"\n",   "new\nline", "\xff\xfe", "\x1b[31m", " ", "-rf",
				     "%n%s", "\\",        "...",      ".pshmfs",  "é", longest};

	(void)state;
	memset(longest, 'n', 255);
	longest[255] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct listing listing = {.missed = names[i]};
		struct object object;
		char byte;

		make_object(names[i], "x", 1);
		assert_int_equal(object_list(shm_folder(), note, &listing), 0);
		assert_null(listing.missed);
		assert_int_equal(object_open(shm_folder(), names[i], &object), 0);
		assert_int_equal(object_read(&object, 0, &byte, 1), 0);
		assert_int_equal(object_unlink(shm_folder(), names[i], object.id), 0);
		assert_int_equal(object_open(shm_folder(), names[i], &(struct object){0}), -ENOENT);
		object_close(&object);
	}
}

static void test_unlink(void **state)
{
	struct object object;
	struct object_id id;
	struct statx st;
	char bytes[3];

	(void)state;
	make_object("x", "old", 3);
	assert_int_equal(object_open(shm_folder(), "x", &object), 0);
	make_object("x", "new", 3); /* the same name, another object */
	assert_int_equal(object_unlink(shm_folder(), "x", object.id), -ESTALE);
	cat_equals(shm_path("x"), "new");
	/* The old one is what it was. */
	assert_int_equal(object_read(&object, 0, bytes, 3), 0);
	assert_memory_equal(bytes, "old", 3);
	assert_int_equal(object_identify(shm_folder(), "x", &st, &id), 0);
	assert_false(object_id_equal(id, object.id));
	assert_int_equal(object_unlink(shm_folder(), "x", id), 0);
	assert_int_equal(object_unlink(shm_folder(), "x", id), -ENOENT);
	object_close(&object);
}

/* Bytes, times and a second name do not make it another object; a birth time does. */
static void test_identity(void **state)
{
	struct object_id before, after;
	struct statx st;

	(void)state;
	make_object("x", "old", 3);
	assert_int_equal(object_identify(shm_folder(), "x", &st, &before), 0);
	assert_int_equal(write_file(shm_path("x"), "longer"), 0);
	assert_int_equal(link(shm_path("x"), shm_path("y")), 0);
	assert_int_equal(object_identify(shm_folder(), "y", &st, &after), 0);
	assert_int_equal(st.stx_size, 6);
	assert_true(object_id_equal(before, after));
	after.btime_nsec++;
	assert_false(object_id_equal(before, after));
	after = before;
	after.generation++;
	assert_false(object_id_equal(before, after));
}

/* A name that comes and goes all the time: what is read is always one whole object. */
static void test_churn(void **state)
{
	struct actor actor;

	(void)state;
	actor_start(&actor, "churn", "/x");
	for (int i = 0; i < 5000; i++) {
		struct object object;
		unsigned char bytes[40];
		int r = object_open(shm_folder(), "x", &object);

		assert_true(r == 0 || r == -ENOENT);
		if (r < 0)
			continue;
		assert_int_equal(object.error, 0);
		r = object_read(&object, 0, bytes, sizeof(bytes));
		assert_true(r == 0 || r == -ENODATA);
		object_close(&object);
	}
	actor_stop(&actor);
}

/* Looking at one's own object leaves no trace, the time of the last access neither. */
static void test_access_time(void **state)
{
	static const struct timespec old[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
	struct object object;
	struct stat st;
	char byte;

	(void)state;
	make_object("a", "x", 1);
	assert_int_equal(utimensat(AT_FDCWD, shm_path("a"), old, 0), 0);
	assert_int_equal(object_open(shm_folder(), "a", &object), 0);
	assert_int_equal(object_read(&object, 0, &byte, 1), 0);
	object_close(&object);
	assert_int_equal(stat(shm_path("a"), &st), 0);
	assert_int_equal(st.st_atim.tv_sec, 1000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_regular),   SANDBOXED(test_no_such), SANDBOXED(test_odd),
		SANDBOXED(test_forbidden), SANDBOXED(test_lease),   SANDBOXED(test_read),
		SANDBOXED(test_list),      SANDBOXED(test_names),   SANDBOXED(test_unlink),
		SANDBOXED(test_identity),  SANDBOXED(test_churn),   SANDBOXED(test_access_time),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, shm_folder_setup, NULL);
}
