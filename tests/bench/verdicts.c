/* SPDX-License-Identifier: MIT */
/* What a verdict costs, in looks at all processes. */
#include "tests/bench/bench.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/verdict.h"

/* The same looks again and again, as a mount makes them. */
struct look_times {
	struct verdict_question question;
	struct since_table *since;
};

static void open_looks(const char *folder, const char *object, struct look_times *ret)
{
	struct statx st;

	*ret = (struct look_times){.question = {.look = {.cgroupfd = -1, .threads = 2}}};
	ret->question.look.procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	ret->question.dirfd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (statx(ret->question.dirfd, object ? object : "", object ? 0 : AT_EMPTY_PATH,
		  STATX_BASIC_STATS | STATX_MNT_ID, &st) < 0 ||
	    since_table_new(&ret->since) < 0)
		give_up("%s", folder);
	snapshot_place(&ret->question.look, &st);
	ret->question.look.ino = object ? st.stx_ino : 0;
}

static void close_looks(struct look_times *looks)
{
	close(looks->question.look.procfd);
	close(looks->question.dirfd);
	since_table_free(looks->since);
}

static double judge(struct look_times *looks)
{
	const uint64_t begun = clock_ns();
	struct verdicts verdicts;

	errno = -verdicts_take(&looks->question, looks->since, &verdicts);
	if (errno)
		give_up("verdicts_take");
	verdicts_deinit(&verdicts);
	return (double)(clock_ns() - begun);
}

static double scan(struct look_times *looks)
{
	struct snapshot_question question = looks->question.look;
	const uint64_t begun = clock_ns();
	struct snapshot snapshot;

	question.flags = SNAPSHOT_FDS | SNAPSHOT_WAITERS;
	errno = -snapshot_take(&question, looks->since, &snapshot);
	if (errno)
		give_up("snapshot_take");
	snapshot_deinit(&snapshot);
	return (double)(clock_ns() - begun);
}

static double ratio(const void *data, bool turn)
{
	struct look_times *looks = (struct look_times *)(uintptr_t)data;
	const double first = turn ? judge(looks) : scan(looks);
	const double second = turn ? scan(looks) : judge(looks);

	return turn ? first / second : second / first;
}

void bench_verdicts(const char *folder, const char *object)
{
	struct measure measure;
	struct look_times looks;

	open_looks(folder, object, &looks);
	measure = measure_runs(ratio, &looks);
	row_add(&measure, "", AT_MOST, object ? 2.2 : 2.5, "time of the verdict of %s: of one look",
		object ? "one object" : "all objects");
	close_looks(&looks);
}
