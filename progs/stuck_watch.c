/* SPDX-License-Identifier: MIT */
/* What was told already is not told again. */
#include "progs/stuck_watch.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/text_stream.h"
#include "progs/cli.h"
#include "progs/stuck_output.h"

/* What was told by the latest look, or before it. */
struct told {
	uint64_t ino, offset;
	bool hidden;
	enum verdict verdict;
	char *target; /* how it is called */
};

static int make_told(const struct finding *finding, struct told *ret)
{
	size_t size;
	FILE *out;

	*ret = (struct told){finding->ino, finding->offset, finding->hidden, finding->verdict};
	out = text_open(&ret->target, &size);
	if (!out)
		return -ENOMEM;
	finding_print_target(finding, out);
	return fclose(out) == 0 ? 0 : -ENOMEM;
}

static void free_told(struct told *told, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(told[i].target);
	free(told);
}

static const struct told *find(const struct told *told, size_t n, const struct told *like)
{
	for (size_t i = 0; i < n; i++)
		if (told[i].ino == like->ino && told[i].offset == like->offset &&
		    told[i].hidden == like->hidden)
			return &told[i];
	return NULL;
}

static int tell_new(const struct watch *watch, struct told *told)
{
	const struct report *report = &watch->stuck->report;
	int r = 0;

	for (size_t i = 0; r == 0 && i < report->n; i++) {
		const struct finding *finding = report->items[i];
		const struct told *before;

		r = make_told(finding, &told[i]);
		before = find(watch->told, watch->n_told, &told[i]);
		if (r == 0 && (!before || before->verdict != finding->verdict))
			r = watch->json ? stuck_print_one_json(watch->stuck, finding)
					: stuck_print_one(watch->stuck, finding);
	}
	return r;
}

/* Good news is no finding: it goes where messages go. */
static void tell_over(const struct watch *watch, const struct told *told, size_t n)
{
	for (size_t i = 0; i < watch->n_told; i++) {
		const struct told *before = &watch->told[i];
		const struct told *now = find(told, n, before);

		if (before->verdict > VERDICT_WAITING && (!now || now->verdict <= VERDICT_WAITING))
			cli_message("%s%s%s: no longer %s", watch->whose ? watch->whose : "",
				    watch->whose ? ": " : "", before->target,
				    verdict_word(before->verdict));
	}
}

int watch_tell(struct watch *watch)
{
	const size_t n = watch->stuck->report.n;
	struct told *told = calloc(n + 1, sizeof(*told));
	int r = told ? tell_new(watch, told) : -ENOMEM;

	if (r < 0) {
		free_told(told, told ? n : 0);
		return r;
	}
	tell_over(watch, told, n);
	free_told(watch->told, watch->n_told);
	watch->told = told;
	watch->n_told = n;
	return cli_flush();
}

void watch_end(struct watch *watch)
{
	free_told(watch->told, watch->n_told);
	watch->told = NULL;
	watch->n_told = 0;
}

void watch_over(const struct watch *watch)
{
	tell_over(watch, NULL, 0);
}

void watch_block(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGTERM);
	sigprocmask(SIG_BLOCK, ret, NULL);
}

bool watch_rest(const sigset_t *signals, uint64_t until)
{
	const uint64_t now = clock_ns();
	const uint64_t left = until > now ? until - now : 0;
	const struct timespec t = {.tv_sec = (time_t)(left / 1000000000),
				   .tv_nsec = (long)(left % 1000000000)};

	return sigtimedwait(signals, NULL, &t) < 0;
}

static void say_begin(const struct stuck *stuck, unsigned seconds)
{
	folder_say_unseen(&stuck->verdicts.after, "pshm_stuck");
	if (isatty(STDERR_FILENO))
		cli_message("%zu objects are looked at every %u s; Ctrl-C ends it", stuck->objects,
			    seconds);
}

int stuck_watch(struct stuck *stuck, unsigned seconds, bool json)
{
	struct watch watch = {.stuck = stuck, .json = json};
	uint64_t begun = clock_ns();
	sigset_t signals;
	int r;

	watch_block(&signals);
	r = stuck_look(stuck, true);
	if (r == 0)
		say_begin(stuck, seconds);
	while (r == 0) {
		r = watch_tell(&watch);
		if (r < 0 || !watch_rest(&signals, begun + seconds * UINT64_C(1000000000)))
			break;
		begun = clock_ns();
		r = stuck_look(stuck, false);
	}
	watch_end(&watch);
	return r;
}
