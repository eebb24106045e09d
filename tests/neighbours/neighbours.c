/* SPDX-License-Identifier: MIT */
/*
 * neighbours [-s SECONDS] [-t THREADS] [-n NAMES]: pshmfs among neighbours that do all that they
 * may, and readers of all that it shows.
 *
 * Ends with a failure where an answer has taken longer than its kind of file may, where one was
 * wrong, where a kind of file was never read, where an object has grown by being looked at, where
 * the program says anything (a sanitizer's report), keeps memory or descriptors, or ends otherwise
 * than with status 0. All happens in the tests' own sandbox.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/layouts.h"
#include "tests/neighbours/kinds.h"
#include "tests/neighbours/memory.h"
#include "tests/neighbours/readers.h"
#include "tests/neighbours/times.h"
#include "tests/reliability.h"
#include "tests/support.h"

static long seconds = 60;
static char threads[24] = "10000", names[24] = "2000";

static struct mount mount;

/* What disturbs, see actor.c: first those that only sleep and hold. */
static const char *const neighbours[][5] = {
	{"crowd", "/words", "512", "256"},
	{"leak", "/leak", names},
	{"odd"},
	{"crowd", "/crowd", threads, "1"},
	{"flood", "flood", names},
	{"garble", "/dev/shm/kind.*"},
	{"leases", "/dev/shm/kind.seqnum"},
	{"mortals", "/mortals"},
	{"storm", "/dev/shm/storm"},
	{"swap", "/dev/shm/swap"},
	{"churn", "/churn"},
	{"resize", "/resize", "0", "200000"},
	{"rewrite-xfr", "/block"},
	{"rewrite-list", "/list", "5000"},
	{"rewrite-locks", "/locks"},
};
#define N_NEIGHBOURS (sizeof(neighbours) / sizeof(neighbours[0]))

#define N_QUIET 3

static struct actor actors[N_NEIGHBOURS];

/* One that asks /dev/shm itself, those that wait for nothing, those that read all. */
#define N_READERS 7
#define N_CHEAP_READERS 2

static struct reader readers[N_READERS];
static atomic_bool ending, done[KINDS_MAX];

/* Holes of which no byte may ever be there, as they are, as a list, and as a block of a pair. */
static const char *const hollows[] = {"hollow", "hollow.linkedlist", "hollow.xfr"};
#define N_HOLLOWS (sizeof(hollows) / sizeof(hollows[0]))
#define HOLLOW_SIZE (INT64_C(1) << 40)

#define RECORDS SANDBOX_WORK "/layouts"

static void make_records(void)
{
	FILE *file = fopen(RECORDS, "we");

	assert_non_null(file);
	fputs("struct point { int x, y; };\n"
	      "struct record { pthread_mutex_t lock; struct point at; struct point more[3]; "
	      "sem_t sem; };\n"
	      "record record\n",
	      file);
	assert_int_equal(fclose(file), 0);
}

/* Nothing but zeros is a lock that is free, only of no barrier. */
static void make_kinds(void)
{
	union {
		char bytes[8192];
		pthread_barrier_t barrier;
	} object = {.bytes = {0}};

	pthread_barrier_init(&object.barrier, NULL, 2);
	for (size_t i = 0; i < n_layouts; i++)
		make_object(pathf("kind.%s", layouts[i].name),
			    strcmp(layouts[i].name, "barrier") == 0 ? object.bytes : NULL,
			    sizeof(object));
}

static void make_objects(void)
{
	make_kinds();
	for (size_t i = 0; i < N_HOLLOWS; i++)
		make_object(hollows[i], NULL, (size_t)HOLLOW_SIZE);
	make_object("record", NULL, 4096);
	put_seqnum(".pshmfs", 1);
}

/* Each layout for an object of its own, which need not look like it. */
static void start_mount(void)
{
	char options[2048] = "layouts=" RECORDS ",layout=.pshmfs/unlinked/*=seqnum";

	for (size_t i = 0; i < n_layouts; i++)
		sprintf(options + strlen(options), ",layout=kind.%s=%s", layouts[i].name,
			layouts[i].name);
	strcat(options, ",layout=hollow.linkedlist=linkedlist,layout=hollow.xfr=xfr");
	mount_start(&mount, NULL, options);
}

static void start_neighbours(void)
{
	for (size_t i = 0; i < N_NEIGHBOURS; i++)
		actor_start_argv(&actors[i], "PSHM_ACTOR", neighbours[i]);
}

static void start_readers(void)
{
	for (size_t i = 0; i < N_READERS; i++) {
		readers[i].mount = i ? mount.path : NULL;
		readers[i].cheap = i <= N_CHEAP_READERS;
		readers[i].seed = (unsigned)i + 1;
		readers[i].ending = &ending;
		readers[i].done = done;
		reader_start(&readers[i]);
	}
}

/* A call that does not come back has no time that could be compared. */
static void watch_reader(const struct reader *reader)
{
	const uint64_t since = reader->since;

	if (since && clock_ns() > since + (uint64_t)DEADLINE_MS * 1000000)
		fail_msg("no answer: %s", kinds[reader->kind].path);
	if (*reader->wrong)
		fail_msg("%s", reader->wrong);
}

static void ask_neighbours(void)
{
	for (size_t i = 0; i < N_NEIGHBOURS; i++) {
		const char *answer = actor_tell(&actors[i], "");

		print_message("%s %s: %s\n", neighbours[i][0],
			      neighbours[i][1] ? neighbours[i][1] : "", answer);
		assert_string_not_equal(answer, "the FIFO was opened");
	}
}

static bool all_done(void)
{
	for (size_t i = 0; i < n_kinds; i++)
		if (!done[i])
			return false;
	return true;
}

struct watch {
	uint64_t until;
	bool all; /* or when each kind was read */
};

static bool is_over(void *data)
{
	const struct watch *watch = data;

	for (size_t i = 0; i < N_READERS; i++)
		watch_reader(&readers[i]);
	if (child_ended(&mount.daemon))
		fail_msg("pshmfs has ended");
	return now_ms() >= watch->until || (watch->all && all_done());
}

static void watch_for(int ms, bool all)
{
	struct watch watch = {now_ms() + (uint64_t)ms, all};

	wait_until(ms + DEADLINE_MS, is_over, &watch);
}

/* The last ones first. */
static void stop_neighbours(size_t from)
{
	for (size_t i = N_NEIGHBOURS; i-- > from;)
		actor_stop(&actors[i]);
}

static void stop_readers(void)
{
	ending = true;
	for (size_t i = 0; i < N_READERS; i++)
		reader_stop(&readers[i]);
}

/* All that is left has no byte: neither these, nor what was removed. */
static void check_hollows(const struct statvfs *before)
{
	struct statvfs after;
	struct stat st;

	for (size_t i = 0; i < N_HOLLOWS; i++) {
		assert_int_equal(stat(shm_path(hollows[i]), &st), 0);
		assert_int_equal(st.st_size, HOLLOW_SIZE);
		assert_int_equal(st.st_blocks, 0);
	}
	for (size_t i = 0; i < n_layouts; i++)
		unlink(shm_path(pathf("kind.%s", layouts[i].name)));
	for (size_t i = 0; i < N_HOLLOWS; i++)
		assert_int_equal(unlink(shm_path(hollows[i])), 0);
	assert_int_equal(unlink(shm_path("record")), 0);
	assert_int_equal(unlink(shm_path(".pshmfs")), 0);
	assert_int_equal(statvfs("/dev/shm", &after), 0);
	assert_int_equal(after.f_bfree, before->f_bfree);
	assert_int_equal(after.f_ffree, before->f_ffree);
}

static struct tally sums[KINDS_MAX];

static void sum_tallies(void)
{
	for (size_t i = 0; i < N_READERS; i++)
		for (size_t k = 0; k < n_kinds; k++)
			tally_sum(&sums[k], &readers[i].tallies[k]);
	tallies_print(sums);
}

static void check_kinds(void)
{
	size_t missed = 0;

	for (size_t i = 0; i < n_kinds; i++) {
		if (done[i])
			continue;
		print_message("never read: %s\n", kinds[i].path);
		missed++;
	}
	assert_int_equal(missed, 0);
}

/*
 * Returns its memory after a third of the time. What was never whole in the storm is read in the
 * calm after it.
 */
static long blow(void)
{
	const uint64_t ms = (uint64_t)seconds * 1000;
	long early;

	watch_for((int)(ms / 3), false);
	early = mount_resident(&mount);
	watch_for((int)(ms - ms / 3), false);
	ask_neighbours();
	stop_neighbours(N_QUIET);
	watch_for(DEADLINE_MS, true);
	stop_readers();
	return early;
}

static void report_rest(void)
{
	const char *times = pathf("%ld s", seconds);

	reliability_row("neighbours", "kinds of file that a mount has, each read among them", times,
			"all", "%zu of %zu", n_kinds, n_kinds);
	reliability_row("neighbours", "bytes allocated in objects by looking at them", times, "0",
			"0");
	reliability_row("neighbours", "descriptors, the unmount, the end of the daemon", times,
			"as many as at the start, status 0, nothing said",
			"as many as at the start, status 0, nothing said");
}

static void test_neighbours(void **state)
{
	struct statvfs before;
	long early;

	(void)state;
	kinds_init();
	assert_int_equal(statvfs("/dev/shm", &before), 0);
	make_records();
	make_objects();
	start_neighbours();
	start_mount();
	start_readers();
	early = blow();
	memory_check(&mount, early, seconds);
	stop_neighbours(0);
	sum_tallies();
	check_hollows(&before);
	check_kinds();
	times_check(sums, seconds);
	mount_stop(&mount);
	report_rest();
}

static bool set_number(const char *text, long most, char ret[24])
{
	char *end;
	long value = strtol(text, &end, 10);

	snprintf(ret, 24, "%ld", value);
	return *text && !*end && value > 0 && value <= most;
}

static bool set_option(int option)
{
	char number[24];

	switch (option) {
	case 's':
		if (!set_number(optarg, 100000, number))
			return false;
		seconds = atol(number);
		return true;
	case 't':
		return set_number(optarg, 30000, threads);
	case 'n':
		return set_number(optarg, 60000, names);
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {SANDBOXED(test_neighbours)};
	int option;

	while ((option = getopt(argc, argv, "s:t:n:")) != -1)
		if (!set_option(option))
			break;
	if (option != -1 || optind < argc) {
		fputs("usage: neighbours [-s SECONDS] [-t THREADS] [-n NAMES]\n", stderr);
		return 2;
	}
	sandbox_enter_alone(NEIGHBOURS_BUILD);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
