/* SPDX-License-Identifier: MIT */
/* The evidence of each program, and the best of it. */
#include "core/discover.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/discover_search.h"
#include "core/dwarf.h"
#include "core/dwarf_layout.h"
#include "core/layout_made.h"
#include "core/process_file.h"
#include "core/text.h"
#include "core/text_stream.h"

enum {
	PROGRAMS_MAX = 8, /* that are asked about one object */
	ASKED_MAX = 4,    /* processes of one program */
	THREADS_MAX = 64, /* of one process */
	MAPPED_MAX = 64,
};

#define TIME_LIMIT_NS UINT64_C(3000000000)

struct discoverer {
	struct programs programs;
};

/* What a program says. */
struct answer {
	dev_t dev; /* the program */
	ino_t ino;
	unsigned asked; /* processes of it */
	enum evidence evidence;
	const struct layout *layout;
	char *words;
};

struct discovering {
	struct discoverer *discoverer;
	int procfd;
	const struct snapshot *snapshot;
	const struct object *object;
	uint64_t deadline;
	struct answer answers[PROGRAMS_MAX];
	size_t n_answers;
	size_t bare, denied; /* processes without debug information; that may not be looked at */
	bool debuggable;     /* one of them has debug information */
};

int discoverer_create(struct discoverer **ret)
{
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

void discoverer_destroy(struct discoverer *discoverer)
{
	if (!discoverer)
		return;
	programs_deinit(&discoverer->programs);
	free(discoverer);
}

static size_t mapped_by(const struct discovering *d, size_t process, struct mapped *ret)
{
	size_t n_holders, n = 0;
	const size_t *holders = snapshot_holders_of(d->snapshot, d->object->id.ino, &n_holders);

	for (size_t i = 0; i < n_holders && n < MAPPED_MAX; i++) {
		const struct holder *holder = &d->snapshot->holders[holders[i]];

		if (holder->process == process && holder->kind == HOLDER_MAPPING)
			ret[n++] = (struct mapped){holder->start, holder->end, holder->offset};
	}
	return n;
}

static int search_threads(struct search *search)
{
	struct numbers threads = {0};
	int r = numbers_read(search->inspected->dirfd, "task", &threads);

	for (size_t i = 0; r == 0 && i < threads.n && i < THREADS_MAX; i++)
		r = search_thread(search, threads.items[i]);
	numbers_deinit(&threads);
	return r;
}

/*
 * Frames first: they are where the object is in use, and of a huge program only a part of the debug
 * information has to be read for them. If that was not enough they are seen anew with all of it.
 */
static void search_process(struct search *search)
{
	const bool whole = inspected_is_whole(search->inspected);
	int r = search_threads(search);

	if (r == 0)
		r = search_globals(search);
	if (r == 0 && !whole)
		search_threads(search);
}

static void search_size(struct search *search, struct program *program)
{
	struct sized sized;

	if (program->system || program_sized(program, search->size, search->deadline, &sized) < 0 ||
	    sized.count != 1)
		return;
	search->best = (struct clue){.evidence = EVIDENCE_SIZE,
				     .type = sized.die,
				     .size = search->size,
				     .program = program};
}

/* "pid 123 /usr/bin/x": the name is the kernel's text, which says of a deleted file that it is. */
static void put_process(const struct inspected *inspected, FILE *out)
{
	char path[PATH_MAX];
	ssize_t n = readlinkat(inspected->dirfd, "exe", path, sizeof(path));

	fprintf(out, "pid %d", inspected->pid);
	if (inspected->inner)
		fprintf(out, "(%d)", inspected->inner);
	if (n <= 0)
		return;
	fputc(' ', out);
	text_escape(path, (size_t)n, out);
}

static void put_found(const struct search *search, const struct clue *found, FILE *out)
{
	if (found->evidence == EVIDENCE_SIZE) {
		fputs("the one struct of ", out);
		put_process(search->inspected, out);
		fprintf(out, " that has the object's size, %ju", (uintmax_t)search->size);
		return;
	}
	fprintf(out, "%s of ", found->words);
	put_process(search->inspected, out);
	fprintf(out, found->size == search->size ? ", size %ju = object size" : ", size %ju of %ju",
		(uintmax_t)found->size, (uintmax_t)search->size);
}

static int make_words(const struct search *search, const struct clue *found, char **ret)
{
	size_t size;
	FILE *out = text_open(ret, &size);

	if (!out)
		return -ENOMEM;
	put_found(search, found, out);
	return fclose(out) == 0 ? 0 : -ENOMEM;
}

/* The type as a layout that is kept. What cannot be one is no evidence. */
static int make_layout(struct clue *found, const struct layout **ret)
{
	const struct layout *made;
	char name[256];
	int r;

	dwarf_full_name(&found->type, name, sizeof(name));
	r = dwarf_layout_of(&found->program->debug.file, &found->type, name, &made);
	return r < 0 ? r : layout_keep(made, dwarf_layout_free, ret);
}

static int take_answer(const struct search *search, struct clue *found, struct answer *answer)
{
	const struct layout *layout;
	char *words = NULL;
	int r;

	if (found->evidence <= answer->evidence || make_layout(found, &layout) < 0)
		return 0;
	r = make_words(search, found, &words);
	if (r < 0) {
		free(words);
		return r;
	}
	free(answer->words);
	answer->words = words;
	answer->layout = layout;
	answer->evidence = found->evidence;
	return 0;
}

static struct answer *answer_of(struct discovering *d, const struct stat *exe)
{
	for (size_t i = 0; i < d->n_answers; i++)
		if (d->answers[i].dev == exe->st_dev && d->answers[i].ino == exe->st_ino)
			return &d->answers[i];
	if (d->n_answers == PROGRAMS_MAX)
		return NULL;
	d->answers[d->n_answers] = (struct answer){.dev = exe->st_dev, .ino = exe->st_ino};
	return &d->answers[d->n_answers++];
}

/*
 * Has the program of the process said enough? One says the same each time, but a process of it may
 * not have begun yet. Of many processes most are not even opened.
 */
static bool is_answered(struct discovering *d, pid_t pid, struct answer **ret)
{
	char name[32];
	struct stat exe;

	snprintf(name, sizeof(name), "%d/exe", pid);
	*ret = NULL;
	if (fstatat(d->procfd, name, &exe, 0) < 0)
		return false; /* inspected_open() says why */
	*ret = answer_of(d, &exe);
	return !*ret || (*ret)->evidence == EVIDENCE_EXACT || (*ret)->asked == ASKED_MAX;
}

static int ask_inspected(struct discovering *d, struct inspected *inspected, size_t process,
			 struct answer *answer)
{
	struct mapped mapped[MAPPED_MAX];
	struct search search = {
		.inspected = inspected,
		.mapped = mapped,
		.n_mapped = mapped_by(d, process, mapped),
		.size = d->object->st.stx_size,
		.deadline = d->deadline,
	};

	answer->asked++;
	d->debuggable = true;
	search_process(&search);
	for (size_t i = 0; i < inspected->n_modules && search.best.evidence == EVIDENCE_NONE; i++)
		if (inspected->modules[i].program)
			search_size(&search, inspected->modules[i].program);
	return take_answer(&search, &search.best, answer);
}

static int ask_process(struct discovering *d, size_t process)
{
	const struct process *holder = &d->snapshot->processes[process];
	const pid_t pid = holder->pid;
	struct inspected inspected;
	struct answer *answer;
	int r;

	if (is_answered(d, pid, &answer))
		return 0;
	r = inspected_open(d->procfd, pid, d->object->id.dev, &d->discoverer->programs, &inspected);
	d->bare += r == -ENODATA;
	d->denied += r == -EACCES || r == -EPERM;
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	inspected.inner = process_inner(holder, holder->own);
	r = answer ? ask_inspected(d, &inspected, process, answer) : 0;
	inspected_close(&inspected);
	return r;
}

static bool sleeps_in(const struct discovering *d, size_t process)
{
	size_t n;
	const size_t *waiters = snapshot_waiters_of(d->snapshot, d->object->id.ino, &n);

	for (size_t i = 0; i < n; i++)
		if (d->snapshot->waiters[waiters[i]].process == process)
			return true;
	return false;
}

/* Those that sleep in it first: of them the frames say most. */
static int ask_all(struct discovering *d, bool asleep)
{
	size_t n_holders, last = SIZE_MAX;
	const size_t *holders = snapshot_holders_of(d->snapshot, d->object->id.ino, &n_holders);
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_holders && clock_ns() < d->deadline; i++) {
		const struct holder *holder = &d->snapshot->holders[holders[i]];

		if (holder->kind != HOLDER_MAPPING || holder->process == last)
			continue;
		last = holder->process;
		if (sleeps_in(d, last) == asleep)
			r = ask_process(d, last);
	}
	return r;
}

/* Why there is nothing, in the order in which it can be cured. */
static int say_nothing(const struct discovering *d, char **ret)
{
	const char *why = NULL;

	if (d->debuggable)
		why = "in the programs that have it mapped no typed variable is seen to point to "
		      "it, "
		      "nor is it the size of just one struct";
	else if (d->bare)
		why = "no program that has it mapped has debug information (cc -g)";
	else if (d->denied)
		why = "who has it mapped may not be looked at";
	*ret = why ? strdup(why) : NULL;
	return why && !*ret ? -ENOMEM : 0;
}

/* Programs that disagree: the better evidence counts, the other is named. */
static int conclude(struct discovering *d, struct discovery *ret)
{
	const struct answer *best = NULL, *other = NULL;
	size_t size;
	FILE *out;

	for (size_t i = 0; i < d->n_answers; i++)
		if (d->answers[i].layout && (!best || d->answers[i].evidence > best->evidence))
			best = &d->answers[i];
	if (!best)
		return say_nothing(d, &ret->evidence);
	for (size_t i = 0; i < d->n_answers; i++)
		if (d->answers[i].layout && d->answers[i].layout != best->layout &&
		    (!other || d->answers[i].evidence > other->evidence))
			other = &d->answers[i];
	out = text_open(&ret->evidence, &size);
	if (!out)
		return -ENOMEM;
	fputs(best->words, out);
	if (other)
		fprintf(out, "; but %s by %s", other->layout->name, other->words);
	if (fclose(out) != 0)
		return -ENOMEM;
	ret->layout = best->layout;
	ret->certain = best->evidence > EVIDENCE_SIZE;
	return 0;
}

int discover(struct discoverer *discoverer, int procfd, const struct snapshot *snapshot,
	     const struct object *object, struct discovery *ret)
{
	struct discovering d = {
		.discoverer = discoverer,
		.procfd = procfd,
		.snapshot = snapshot,
		.object = object,
		.deadline = clock_ns() + TIME_LIMIT_NS,
	};
	int r = ask_all(&d, true);

	*ret = (struct discovery){0};
	if (r == 0)
		r = ask_all(&d, false);
	if (r == 0)
		r = conclude(&d, ret);
	ret->again = d.debuggable && !ret->certain;
	for (size_t i = 0; i < d.n_answers; i++)
		free(d.answers[i].words);
	programs_close(&discoverer->programs);
	return r;
}
