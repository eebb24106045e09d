/* SPDX-License-Identifier: MIT */
/* Who looks at an object that is replaced sees one object or an error: never two, never a wrong
 * size. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/layouts.h"
#include "tests/ext4.h"
#include "tests/support.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

#define READERS 4

/* Waits until each of the readers has seen enough, as `enough` has it of its answer. */
struct crowd {
	struct actor readers[READERS];
	bool (*enough)(const char *answer);
};

static void crowd_start(struct crowd *ret, const char *situation, const char *path)
{
	for (size_t i = 0; i < READERS; i++)
		actor_start(&ret->readers[i], situation, path);
}

static bool crowd_has_seen(void *data)
{
	struct crowd *crowd = data;
	size_t enough = 0;

	for (size_t i = 0; i < READERS; i++) {
		const char *answer = actor_tell(&crowd->readers[i], "");

		if (strncmp(answer, "wrong", strlen("wrong")) == 0)
			fail_msg("%s", answer);
		enough += crowd->enough(answer);
	}
	return enough == READERS;
}

static void crowd_await_end(struct crowd *crowd)
{
	if (!wait_until(DEADLINE_MS, crowd_has_seen, crowd))
		fail_msg("a reader has seen too little: %s", crowd->readers[0].answer);
	for (size_t i = 0; i < READERS; i++) {
		print_message("a reader: %s\n", actor_tell(&crowd->readers[i], ""));
		actor_stop(&crowd->readers[i]);
	}
}

static bool enough_of_storm(const char *answer)
{
	unsigned looks, missed;

	return sscanf(answer, "%u %u", &looks, &missed) == 2 && looks >= 60 && missed >= 5;
}

/* Returns how often the inode number came back. */
static unsigned weather(const char *object)
{
	struct crowd crowd = {.enough = enough_of_storm};
	unsigned rounds, reused;
	struct actor storm;

	actor_start(&storm, "storm", object);
	crowd_start(&crowd, "reader", AT("storm"));
	crowd_await_end(&crowd);
	assert_int_equal(sscanf(actor_tell(&storm, ""), "%u %u", &rounds, &reused), 2);
	print_message("%u rounds, inode back %u times\n", rounds, reused);
	actor_stop(&storm);
	return reused;
}

static void test_storm(void **state)
{
	(void)state;
	mount_start(&mount, NULL, NULL);
	weather("/dev/shm/storm");
	mount_stop(&mount);
}

static void test_storm_strict(void **state)
{
	(void)state;
	mount_start(&mount, NULL, "strict");
	weather("/dev/shm/storm");
	mount_stop(&mount);
}

/* Where the next object gets the number of the one before it (ext4). */
static void test_storm_on_ext4(void **state)
{
	bool certain = ext4_setup("ext4");
	unsigned reused;

	(void)state;
	mount_start(&mount, EXT4, NULL);
	reused = weather(EXT4 "/storm");
	assert_true(reused > 0 || !certain);
	mount_stop(&mount);
}

struct birth {
	ino_t inode;
	struct statx_timestamp time;
};

static struct birth make_number(const char *path, int number)
{
	struct pshm_seqnum object = {.seqnum = number};
	_cleanup_close_ int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
	struct statx st;

	assert_true(fd >= 0);
	assert_int_equal(sem_init(&object.sem, 1, 1), 0);
	assert_int_equal(write(fd, &object, sizeof(object)), sizeof(object));
	assert_int_equal(statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &st), 0);
	return (struct birth){st.stx_ino, st.stx_btime};
}

static bool same_birth(struct birth a, struct birth b)
{
	return a.inode == b.inode && a.time.tv_sec == b.time.tv_sec &&
	       a.time.tv_nsec == b.time.tv_nsec;
}

/* A field, its directory and raw of an object of which just the number is left, and the time. */
static void check_stale(int folder, int field)
{
	char text[64];
	int fd;

	assert_int_equal(pread(field, text, sizeof(text), 0), -1);
	assert_int_equal(errno, ESTALE);
	fd = openat(folder, "raw", O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		fail_msg("the directory of one object has another's raw");
	assert_true(errno == ESTALE || errno == ENOENT);
}

/* ext4 gives the number again at once, and the clock of birth times ticks slowly. */
static void test_twins(void **state)
{
	bool certain = ext4_setup("ext3");
	unsigned twins = 0;

	(void)state;
	mount_start(&mount, EXT4, "strict");
	for (int i = 0; i < 100; i++) {
		struct birth before = make_number(EXT4 "/twin", i), after;
		char text[64] = "";
		int folder = open(AT("twin"), O_PATH | O_DIRECTORY | O_CLOEXEC);
		int field = openat(folder, "seqnum", O_RDONLY | O_CLOEXEC);

		assert_true(pread(field, text, sizeof(text) - 1, 0) > 0);
		assert_int_equal(atoi(text), i);
		assert_int_equal(unlink(EXT4 "/twin"), 0);
		after = make_number(EXT4 "/twin", -i);
		twins += same_birth(before, after);
		check_stale(folder, field);
		cat_equals(AT("twin/seqnum"), pathf("%d\n", -i));
		close(field);
		close(folder);
		assert_int_equal(unlink(EXT4 "/twin"), 0);
	}
	print_message("%u twins\n", twins);
	/* A slow machine does not make two within one tick of its clock. */
	assert_true(twins > 0 || !certain || slow_ms(1) > 1);
	mount_stop(&mount);
}

static bool enough_of_swaps(const char *answer)
{
	unsigned objects, odds, refused;

	return sscanf(answer, "%u %u %u", &objects, &odds, &refused) == 3 && objects >= 60 &&
	       odds >= 60 && refused >= 10;
}

/* FIFO, symbolic link, directory and device come and go: none of them is opened or followed. */
static void swaps(const char *options)
{
	struct crowd crowd = {.enough = enough_of_swaps};
	struct actor swap;

	mount_start(&mount, NULL, options);
	actor_start(&swap, "swap", "/dev/shm/swap");
	crowd_start(&crowd, "swapped", AT("swap"));
	crowd_await_end(&crowd);
	if (atoi(actor_tell(&swap, "")) < 100)
		fail_msg("%s", swap.answer);
	print_message("%s swaps\n", swap.answer);
	actor_stop(&swap);
	mount_stop(&mount);
}

static void test_swaps(void **state)
{
	(void)state;
	swaps(NULL);
	swaps("strict");
}

/* The line about a FIFO is not of the symbolic link that has its name now. */
static void test_stale_oddity(void **state)
{
	char text[64];
	int fd;

	(void)state;
	mount_start(&mount, NULL, "strict");
	assert_int_equal(mkfifo(shm_path("a"), 0644), 0);
	fd = open(AT("a"), O_RDONLY | O_CLOEXEC);
	assert_true(pread(fd, text, sizeof(text), 0) > 0);
	assert_memory_equal(text, "FIFO: ", 6);
	assert_true(pread(fd, text, sizeof(text), 0) > 0);
	assert_int_equal(symlink("b", shm_path("b")), 0);
	assert_int_equal(rename(shm_path("b"), shm_path("a")), 0);
	assert_int_equal(pread(fd, text, sizeof(text), 0), -1);
	assert_int_equal(errno, ESTALE);
	cat_contains(AT("a"), "symbolic link: ");
	close(fd);
	mount_stop(&mount);
}

static int ext4_teardown(void **state)
{
	int r = sandbox_clean(state);

	ext4_clean();
	return r;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_storm),
		SANDBOXED(test_storm_strict),
		SANDBOXED(test_swaps),
		SANDBOXED(test_stale_oddity),
		cmocka_unit_test_setup_teardown(test_storm_on_ext4, sandbox_setup, ext4_teardown),
		cmocka_unit_test_setup_teardown(test_twins, sandbox_setup, ext4_teardown),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
