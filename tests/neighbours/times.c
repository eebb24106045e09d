/* SPDX-License-Identifier: MIT */
/* How long what may take, and how long it took. */
#include "tests/neighbours/times.h"

#include "tests/reliability.h"
#include "tests/support.h"

/* A p99 may be later by 4 times that of the folder, the latest one by 4 times its latest. */
#define BESIDE ", and 4 times what /dev/shm itself took (at most 2 s more)"
#define SLACK_MAX_MS UINT64_C(2000)

/*
 * In ms. A look at processes begins nothing after 2 s, and who asks is told after 4 (scanner.c);
 * which struct an object is, after half a second (finder.h): what waits for neither must never wait
 * for as long as a look takes. The rest is for the processors, of which 15 greedy neighbours leave
 * little, and for what they do to the folder itself: how long that takes is measured beside.
 */
static const struct class_bound {
	enum kind_class class;
	const char *what;
	const char *bound;
	uint64_t p99, max;
} class_bounds[] = {
	{KIND_CHEAP, "files that wait for nothing (raw, access, listings, odd names)",
	 "p99 250 ms, at most 2 s" BESIDE, 250, 2000},
	{KIND_ASKS, "files that depend on the layout (fields, stat, layout)",
	 "p99 750 ms, at most 2.5 s" BESIDE, 750, 2500},
	{KIND_LOOKS, "files that depend on /proc (holders, waiters, verdict, json, unlinked)",
	 "p99 4.5 s, at most 5 s" BESIDE, 4500, 5000},
};
#define N_CLASS_BOUNDS (sizeof(class_bounds) / sizeof(class_bounds[0]))

static double ms_of(uint64_t us)
{
	return (double)us / 1000;
}

/*
 * The worst that the folder itself has needed may meet an answer at each of four steps: who asks,
 * who reads the request, who looks, who answers. But not for longer than this.
 */
static uint64_t slack_of(const struct timings *folder)
{
	const uint64_t slack = 4 * folder->max;

	return slack < SLACK_MAX_MS * 1000 ? slack : SLACK_MAX_MS * 1000;
}

static void check_class(const struct class_bound *bound, const struct tally *tallies,
			const struct timings *folder)
{
	const uint64_t late = 4 * timings_quantile(folder, .99), slack = slack_of(folder);
	struct timings all;

	tallies_class(tallies, bound->class, &all);
	print_message("%s: %llu calls, p50 %.2f ms, p99 %.1f ms, max %.1f ms\n", bound->what,
		      (unsigned long long)all.n, ms_of(timings_quantile(&all, .5)),
		      ms_of(timings_quantile(&all, .99)), ms_of(all.max));
	assert_true(timings_quantile(&all, .99) <= bound->p99 * 1000 + late);
	assert_true(all.max <= bound->max * 1000 + slack);
}

static void report_class(const struct class_bound *bound, const struct tally *tallies,
			 const struct timings *folder, long seconds)
{
	struct timings all;

	tallies_class(tallies, bound->class, &all);
	reliability_row("neighbours", bound->what, pathf("%ld s", seconds), bound->bound,
			"%llu calls, p50 %.2f ms, p99 %.1f ms, max %.1f ms (/dev/shm itself: "
			"p99 %.1f ms, max %.1f ms)",
			(unsigned long long)all.n, ms_of(timings_quantile(&all, .5)),
			ms_of(timings_quantile(&all, .99)), ms_of(all.max),
			ms_of(timings_quantile(folder, .99)), ms_of(folder->max));
}

/* Where the looking thread hangs, nearly all are late. */
static void check_late(const struct tally *tallies, uint64_t *ret_late, uint64_t *ret_all)
{
	*ret_late = *ret_all = 0;
	for (size_t i = 0; i < n_kinds; i++) {
		*ret_late += tallies[i].late;
		if (kinds[i].class == KIND_LOOKS)
			*ret_all += tallies[i].calls[CALL_STAT].n + tallies[i].calls[CALL_OPEN].n;
	}
	assert_true(*ret_late <= *ret_all / 4);
}

void times_check(const struct tally *tallies, long seconds)
{
	struct timings folder;
	uint64_t late, all;

	tallies_class(tallies, KIND_CONTROL, &folder);
	for (size_t i = 0; i < N_CLASS_BOUNDS; i++)
		check_class(&class_bounds[i], tallies, &folder);
	check_late(tallies, &late, &all);
	for (size_t i = 0; i < N_CLASS_BOUNDS; i++)
		report_class(&class_bounds[i], tallies, &folder, seconds);
	reliability_row("neighbours", "looks at processes that had no time to end",
			pathf("%ld s", seconds), "a quarter of those who ask, and they are told",
			"%llu of %llu: ETIMEDOUT", (unsigned long long)late,
			(unsigned long long)all);
}
