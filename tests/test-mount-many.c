/* SPDX-License-Identifier: MIT */
/*
 * Very many objects, 10,000 and 50,000: listed whole and in time, and what comes and goes disturbs
 * no other.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/layouts.h"
#include "tests/support.h"

#define MANY 10000

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

static unsigned seen[MANY];

static void make_objects(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		int fd = open(pathf("/dev/shm/psm_%05u", i), O_CREAT | O_EXCL | O_WRONLY, 0600);

		assert_true(fd >= 0);
		close(fd);
	}
}

static void make_many(void)
{
	make_objects(MANY);
}

/* A sanitizer's shadow is not ours: what counts is what all those objects have added. */
static void resident_is_small(long before)
{
	const long added = mount_resident(&mount) - before;

	if (added > 80000)
		fail_msg("the daemon has grown by %ld kB", added);
}

static void command_lists(const char *command, const char *wanted)
{
	const struct child_setup setup = {
		.out = STREAM_MEMORY, .err = STREAM_MEMORY, .folder = mount.path};
	const uint64_t start = now_ms();
	struct result result;

	run_argv(&result, (const char *const[]){"sh", "-c", command, NULL}, &setup);
	assert_string_equal(result.err, "");
	assert_string_equal(result.out, wanted);
	result_deinit(&result);
	/* It takes some 100 ms; scanning anything for each of the names would be minutes. */
	assert_in_range(now_ms() - start, 0, slow_ms(20000));
}

static void test_ten_thousand(void **state)
{
	long before;

	(void)state;
	mount_start(&mount, NULL, NULL);
	before = mount_resident(&mount);
	make_many();
	command_lists("ls -U | wc -l", "10000\n");
	command_lists("ls -l | grep -c ^dr", "10000\n");
	command_lists("find . -maxdepth 1 -name 'psm_*' -type d | wc -l", "10000\n");
	command_lists("cat psm_0000*/stat | grep -c '^name.psm_0'", "10\n");
	assert_int_equal(unlink(shm_path("psm_00001")), 0);
	cat_fails(AT("psm_00001/stat"), ENOENT);
	command_lists("ls -U | wc -l", "9999\n");
	resident_is_small(before);
	mount_stop(&mount);
}

static void test_fifty_thousand(void **state)
{
	long before;

	(void)state;
	mount_start(&mount, NULL, NULL);
	before = mount_resident(&mount);
	make_objects(50000);
	command_lists("ls -U | wc -l", "50000\n");
	command_lists("ls -l | grep -c ^dr", "50000\n");
	command_lists("cat psm_4999*/stat | grep -c '^name.psm_4'", "10\n");
	resident_is_small(before);
	mount_stop(&mount);
}

/* Counts the stable names; others come and go. */
static void count_name(const char *name)
{
	unsigned number;
	int end = 0;

	if (sscanf(name, "psm_%5u%n", &number, &end) == 1 && !name[end] && number < MANY)
		seen[number]++;
}

/* One listing, in the middle of which objects are made and removed again and again. */
static void list_and_disturb(unsigned round)
{
	_cleanup_closedir_ DIR *dir = opendir(mount.path);
	const struct dirent *entry;
	unsigned n = 0;

	assert_non_null(dir);
	memset(seen, 0, sizeof(seen));
	while ((entry = readdir(dir))) {
		count_name(entry->d_name);
		if (n++ % 50)
			continue;
		unlink(pathf("/dev/shm/guest.%u", n - 50));
		make_object(pathf("guest.%u", n), "x", 1);
	}
	for (unsigned i = 0; i < MANY; i++)
		if (seen[i] != 1)
			fail_msg("round %u: psm_%05u is listed %u times", round, i, seen[i]);
}

static void test_listing_among_change(void **state)
{
	(void)state;
	mount_start(&mount, NULL, NULL);
	make_many();
	for (unsigned round = 0; round < 5; round++)
		list_and_disturb(round);
	mount_stop(&mount);
}

/* Somebody else changes the folder all the time, with a process of its own. */
static void test_listing_beside_churn(void **state)
{
	struct actor churn;

	(void)state;
	mount_start(&mount, NULL, NULL);
	make_many();
	actor_start(&churn, "churn", "/churn");
	for (unsigned round = 0; round < 10; round++)
		list_and_disturb(round);
	assert_true(atoi(actor_tell(&churn, "")) > 1);
	actor_stop(&churn);
	mount_stop(&mount);
}

/* rewinddir(3) takes the names anew, seekdir(3) goes on where telldir(3) was. */
static void test_rewind_and_seek(void **state)
{
	_cleanup_closedir_ DIR *dir = NULL;
	char name[256];
	long at;

	(void)state;
	mount_start(&mount, NULL, NULL);
	put_seqnum("a", 1);
	dir = opendir(mount.path);
	assert_string_equal(readdir(dir)->d_name, ".");
	assert_string_equal(readdir(dir)->d_name, "..");
	assert_string_equal(readdir(dir)->d_name, ".pshmfs");
	at = telldir(dir);
	strcpy(name, readdir(dir)->d_name);
	assert_string_equal(name, "a");
	assert_null(readdir(dir));
	seekdir(dir, at);
	assert_string_equal(readdir(dir)->d_name, "a");
	put_seqnum("b", 1);
	rewinddir(dir);
	for (unsigned n = 0; n < 5; n++)
		assert_non_null(readdir(dir));
	assert_null(readdir(dir));
	closedir(dir);
	dir = NULL;
	mount_stop(&mount);
}

/* A list of 400 texts of 1 MiB that are holes, each byte of which is four when escaped. */
static void make_hollow_list(void)
{
	const uint64_t step = 1024 * 1024 + 16;
	struct pshm_linkedlist list = {.magic = "PSHMLIST", .head = sizeof(list)};
	int fd = open(shm_path("hollow"), O_CREAT | O_EXCL | O_RDWR, 0600);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)(sizeof(list) + 400 * step)), 0);
	assert_int_equal(pwrite(fd, &list, sizeof(list), 0), sizeof(list));
	for (uint64_t i = 0; i < 400; i++) {
		uint64_t at = sizeof(list) + i * step;
		struct pshm_listnode node = {.next = i < 399 ? at + step : 0,
					     .length = 1024 * 1024};

		assert_int_equal(pwrite(fd, &node, 16, (off_t)at), 16);
	}
	close(fd);
}

/* An object that costs its maker nothing must not cost us much: neither to stat(2), nor to show. */
static void test_hollow_list(void **state)
{
	long before;

	(void)state;
	make_hollow_list();
	mount_start(&mount, NULL, NULL);
	before = mount_resident(&mount);
	cat_fails(AT("hollow/nodes"), EFBIG);
	cat_contains(AT("hollow/fields"), "\nnodes\tOFFSET\\tNEXT\\tTEXT\\n72\\t1048664\\t");
	cat_equals(AT("hollow/head"), "72\n");
	resident_is_small(before);
	mount_stop(&mount);
}

static uint64_t number_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

/* STATX_MNT_ID_UNIQUE (Linux 6.8), which older headers do not have. */
static bool has_unique_ids(void)
{
	struct statx st;

	assert_int_equal(statx(AT_FDCWD, "/", AT_STATX_DONT_SYNC, 0x4000, &st), 0);
	return st.stx_mask & 0x4000;
}

struct kept {
	char path[PATH_MAX];
	uint64_t number;
};

/* What the kernel has forgotten gets another number when it is asked for again. */
static bool has_been_forgotten(void *data)
{
	const struct kept *kept = data;

	return number_of(kept->path) != kept->number;
}

/*
 * Names that come and go do not fill the memory: at 32,768 the kernel is asked to forget those that
 * nobody uses. Where the kernel does not tell mounts apart (before Linux 6.8), it is not asked.
 */
static void test_forgotten(void **state)
{
	char from[32] = "/dev/shm/n.0", to[32];
	struct kept kept;

	(void)state;
	put_seqnum("kept", 41);
	put_seqnum("n.0", 42);
	mount_start(&mount, NULL, NULL);
	snprintf(kept.path, sizeof(kept.path), "%s", mount_path(&mount, "kept"));
	kept.number = number_of(kept.path);
	for (unsigned i = 1; i < 32768; i++) {
		snprintf(to, sizeof(to), "/dev/shm/n.%u", i);
		assert_int_equal(rename(from, to), 0);
		number_of(mount_path(&mount, "n.%u", i));
		memcpy(from, to, sizeof(from));
	}
	if (has_unique_ids())
		assert_true(wait_until(DEADLINE_MS, has_been_forgotten, &kept));
	cat_equals(mount_path(&mount, "kept/seqnum"), "41\n");
	mount_stop(&mount);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_ten_thousand),
		SANDBOXED(test_fifty_thousand),
		SANDBOXED(test_listing_among_change),
		SANDBOXED(test_listing_beside_churn),
		SANDBOXED(test_rewind_and_seek),
		SANDBOXED(test_hollow_list),
		SANDBOXED(test_forgotten),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
