/* SPDX-License-Identifier: MIT */
/*
 * soak [-m MINUTES | -s SECONDS]: pshmfs for a long time in a storm of changes, with 4 readers.
 *
 * Ends with a failure where a reader has seen what it must not, where the program says anything (a
 * sanitizer's report), where its memory or its descriptors have grown, or where the unmount does
 * not end it with status 0. All happens in the tests' own sandbox.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/layouts.h"
#include "tests/support.h"

static long seconds = 600;

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

/* What changes, and those who look. They are told by lines, see actor.c. */
static const char *const storms[][5] = {
	{"storm", "/dev/shm/storm"},
	{"swap", "/dev/shm/swap"},
	{"churn", "/churn"},
	{"resize", "/resize", "0", "40"},
	{"resize", "/large", "70", "200000"},
	{"rewrite-xfr", "/block"},
	{"rewrite-list", "/list", "5000"},
};
#define N_STORMS (sizeof(storms) / sizeof(storms[0]))

static const struct {
	const char *situation, *path;
} readers[] = {
	{"reader", "storm"},
	{"swapped", "swap"},
	{"walker", ""},
	{"walker", ""},
};
#define N_READERS (sizeof(readers) / sizeof(readers[0]))

/*
 * The heaps of ten threads go on to fray for some minutes, by 5 MB in all; a leak of one allocation
 * an object is 50 MB in 10 minutes. A sanitizer keeps what was freed for a while.
 */
#if defined(__SANITIZE_ADDRESS__)
#define GROWTH_MAX_KB 65536
#elif defined(__SANITIZE_THREAD__)
#define GROWTH_MAX_KB 1048576 /* all that was ever touched has its shadow */
#else
#define GROWTH_MAX_KB 16384
#endif

static struct {
	struct actor storms[N_STORMS], readers[N_READERS];
	unsigned round;
} soak;

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static void start_all(void)
{
	mount_start(&mount, NULL, "layout=large=xfr,layout=resize=seqnum");
	for (size_t i = 0; i < N_STORMS; i++)
		actor_start_argv(&soak.storms[i], "PSHM_ACTOR", storms[i]);
	for (size_t i = 0; i < N_READERS; i++)
		actor_start(&soak.readers[i], readers[i].situation, AT("%s", readers[i].path));
}

/* Two of them at a time, so that the readers have their share of the machine. */
static void choose_storms(void)
{
	for (size_t i = 0; i < N_STORMS; i++) {
		bool blows = i == soak.round % N_STORMS || i == soak.round * 3 % N_STORMS;

		assert_int_equal(kill(soak.storms[i].child.pid, blows ? SIGCONT : SIGSTOP), 0);
	}
}

/* Many objects that come, are looked at under layouts set by hand, and go. */
static void change_many(void)
{
	for (unsigned i = 0; i < 200; i++) {
		const char *name = pathf("many.%03u", i);
		const char *layout = layouts[(soak.round + i) % n_layouts].name;
		int r;

		put_seqnum(name, (int)i);
		r = i % 4 ? 0 : write_file(AT("%s/layout", name), layout);
		assert_int_equal(r, 0);
	}
	for (unsigned i = 0; i < 200; i++)
		assert_int_equal(unlink(shm_path(pathf("many.%03u", i))), 0);
	for (unsigned i = 0; i < 20; i++) {
		int r = write_file(AT("block/layout"),
				   i % 2 ? "\n" : layouts[(soak.round + i) % n_layouts].name);

		assert_int_equal(r, 0);
	}
}

static void ask_readers(bool show)
{
	for (size_t i = 0; i < N_READERS; i++) {
		const char *answer = actor_tell(&soak.readers[i], "");

		if (show)
			print_message("  %s: %s\n", readers[i].situation, answer);
		if (strncmp(answer, "wrong", strlen("wrong")) == 0)
			fail_msg("%s", answer);
	}
}

/* Returns the memory after a tenth of the time, when all that is kept has been seen once. */
static long blow(void)
{
	const time_t start = now();
	time_t shown = start;
	long early = 0;

	for (; now() < start + seconds || soak.round < 2 * N_STORMS; soak.round++) {
		choose_storms();
		change_many();
		if (!early && now() >= start + seconds / 10 && soak.round >= N_STORMS)
			early = mount_resident(&mount);
		if (now() >= shown + 60) {
			shown = now();
			print_message("%ld s, %u rounds, VmRSS %ld kB\n", (long)(shown - start),
				      soak.round, mount_resident(&mount));
		}
		ask_readers(false);
	}
	return early;
}

static void stop_all(void)
{
	for (size_t i = 0; i < N_STORMS; i++)
		kill(soak.storms[i].child.pid, SIGCONT);
	for (size_t i = 0; i < N_READERS; i++)
		actor_stop(&soak.readers[i]);
	for (size_t i = 0; i < N_STORMS; i++)
		actor_stop(&soak.storms[i]);
}

static void test_soak(void **state)
{
	long before, early, late;

	(void)state;
	start_all();
	before = mount_resident(&mount);
	early = blow();
	ask_readers(true);
	stop_all();
	late = mount_resident(&mount);
	print_message("%ld s, %u rounds; VmRSS %ld kB at the start, %ld kB early, %ld kB late; %d "
		      "descriptors\n",
		      seconds, soak.round, before, early, late, fds_count(mount.daemon.pid));
	if (late > early + GROWTH_MAX_KB)
		fail_msg("the daemon has grown by %ld kB", late - early);
	/* Descriptors, what was said, and the status: */
	mount_stop(&mount);
}

static long number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	return *text && !*end && value > 0 && value < 100000 ? value : 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {SANDBOXED(test_soak)};
	int option;

	while ((option = getopt(argc, argv, "m:s:")) == 'm' || option == 's')
		seconds = number(optarg) * (option == 'm' ? 60 : 1);
	if (option != -1 || optind < argc || seconds == 0) {
		fputs("usage: soak [-m MINUTES | -s SECONDS]\n", stderr);
		return 2;
	}
	sandbox_enter_alone(SOAK_BUILD);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
