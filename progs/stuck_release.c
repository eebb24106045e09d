/* SPDX-License-Identifier: MIT */
/* From a name to one post: which semaphore, may it be, is it meant, and is it still so. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/object.h"
#include "core/poster.h"
#include "core/unlinked.h"
#include "progs/cli.h"
#include "progs/ls_names.h"
#include "progs/shared_object.h"
#include "progs/stuck_output.h"
#include "progs/stuck_release.h"

/* What is to be released. */
struct release {
	const char *argument;
	char *name;        /* of the object, as asked for */
	const char *field; /* part of the argument, or NULL: its only one */
	const char *asked[2];
	struct stuck stuck;
	struct object object; /* of it, open */
	const struct finding *finding;
};

static bool exists(const struct release *release, const char *name)
{
	struct ls_names names = {0};
	bool there = ls_names_add(release->stuck.folder.dirfd, name, &names) == 0;

	ls_names_deinit(&names);
	return there;
}

/* "NAME", where there is such an object; else "NAME:FIELD". A name may have any colons. */
static int split(struct release *release)
{
	const char *argument = release->argument, *end, *colon = strrchr(argument, ':');

	if (stuck_nameless(argument, &end))
		colon = *end == ':' ? end : NULL;
	else if (colon && exists(release, argument))
		colon = NULL;
	release->name = colon ? strndup(argument, (size_t)(colon - argument)) : strdup(argument);
	release->field = colon ? colon + 1 : NULL;
	return release->name ? 0 : -ENOMEM;
}

/* As the layout calls it, or "@64". */
static void field_of(const struct lock *lock, char ret[64])
{
	if (lock->field)
		snprintf(ret, 64, "%s", lock->field);
	else
		snprintf(ret, 64, "@%" PRIu64, lock->offset);
}

static bool is_field(const struct lock *lock, const char *field)
{
	char own[64];

	field_of(lock, own);
	return strcmp(own, field) == 0;
}

static const struct finding *find_finding(const struct release *release, const struct lock *lock)
{
	const struct diagnosis *diagnosis = &release->stuck.verdicts.diagnosis;

	for (size_t i = 0; i < diagnosis->n_findings; i++)
		if (diagnosis->findings[i].ino == lock->ino &&
		    diagnosis->findings[i].offset == lock->offset && !diagnosis->findings[i].hidden)
			return &diagnosis->findings[i];
	return NULL;
}

/* The locks of the object that may be meant, and the first of them. */
static size_t count_locks(const struct release *release, bool semaphores, const struct lock **ret)
{
	const struct verdicts *verdicts = &release->stuck.verdicts;
	size_t n = 0;

	for (size_t i = 0; i < verdicts->n_locks; i++) {
		const struct lock *lock = &verdicts->locks[i];

		if (lock->ino != release->stuck.inos[0] || (semaphores && !lock_semaphore(lock)) ||
		    (release->field && !is_field(lock, release->field)))
			continue;
		if (n++ == 0)
			*ret = lock;
	}
	return n;
}

static void list_locks(const struct release *release)
{
	const struct verdicts *verdicts = &release->stuck.verdicts;

	for (size_t i = 0; i < verdicts->n_locks; i++) {
		const struct lock *lock = &verdicts->locks[i];
		const struct finding *finding;
		char field[64];

		if (lock->ino != release->stuck.inos[0] || !lock_semaphore(lock))
			continue;
		finding = find_finding(release, lock);
		field_of(lock, field);
		cli_message("  %s:%s is %s", release->name, field,
			    verdict_word(finding ? finding->verdict : VERDICT_OK));
	}
}

/* The finding about the semaphore that is meant; or after a message the exit status. */
static int choose(struct release *release)
{
	const struct lock *lock = NULL;
	const size_t n = count_locks(release, true, &lock);

	if (n == 0 && count_locks(release, false, &lock) > 0) {
		cli_message(
			"%s: %s is no semaphore, and only its owner may release it: nothing was "
			"changed",
			release->argument, lock->kind ? lock->kind->name : "that");
		return CLI_FAILED;
	}
	if (n == 0) {
		cli_message("%s: no such semaphore is known: nothing was changed",
			    release->argument);
		return CLI_FAILED;
	}
	if (n > 1) {
		cli_message("%s: it has more than one semaphore; which one?", release->argument);
		list_locks(release);
		return CLI_USAGE;
	}
	release->finding = find_finding(release, lock);
	if (release->finding)
		return CLI_OK;
	cli_message("%s: nobody waits for it: nothing was changed", release->argument);
	return CLI_FAILED;
}

/* May it be released? Else why not, and the exit status. */
static int check(const struct release *release)
{
	const struct finding *finding = release->finding;
	const bool right = finding->verdict == VERDICT_STUCK || finding->verdict == VERDICT_ALONE;

	if (right && !finding->lock->after.unshared)
		return CLI_OK;
	if (right)
		cli_message("%s: it is for the threads of one process (pshared 0), and a post from "
			    "outside would wake nobody: nothing was changed",
			    release->argument);
	else
		cli_message("%s: it is %s, and only what is stuck or alone is released: nothing "
			    "was changed",
			    release->argument, verdict_word(finding->verdict));
	stuck_print_finding(&release->stuck, finding, stderr);
	return CLI_FAILED;
}

/* Look at it, for the first time or again: CLI_OK, or after a message the exit status. */
static int judge(struct release *release)
{
	int r = stuck_look(&release->stuck, true);

	if (r == -ENOMEM)
		return cli_error(release->argument, r);
	if (r < 0 || release->stuck.trouble || release->stuck.n_inos != 1)
		return CLI_FAILED; /* which was told */
	r = choose(release);
	return r == CLI_OK ? check(release) : r;
}

static void say_plan(const struct release *release)
{
	const struct finding *finding = release->finding;
	const struct diagnosis *diagnosis = &release->stuck.verdicts.diagnosis;

	stuck_print_finding(&release->stuck, finding, stdout);
	fputs("\nOne post adds 1 to ", stdout);
	finding_print_target(finding, stdout);
	printf(", whose value is %u, and wakes %s:\n", finding->lock->after.value,
	       finding->sleepers == 1 ? "the one who sleeps" : "one of those who sleep");
	for (size_t i = finding->first; i < finding->first + finding->n; i++) {
		const struct reason *reason = &diagnosis->reasons[i];

		if (reason->kind != REASON_SLEEPS)
			continue;
		fputs("  ", stdout);
		reason_print_who(reason, stdout);
		putchar('\n');
	}
	puts("It goes on as if it had been given what the semaphore guards: is that whole?");
	cli_flush();
}

/* Only a person may say yes to that. */
static int ask(const struct release *release)
{
	char answer[16];

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
		cli_message("%s: there is no terminal to ask on: --yes says that it is meant; "
			    "nothing was changed",
			    release->argument);
		return CLI_USAGE;
	}
	fputs("Post it? [y/N] ", stderr);
	if (fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
		return CLI_OK;
	cli_message("nothing was changed");
	return CLI_FAILED;
}

/* The very object that is judged, open for as long as that takes. */
static int open_object(struct release *release)
{
	const struct folder *folder = &release->stuck.folder;
	const struct finding *finding = release->finding;
	const char *name = finding->object ? finding->object->name : NULL;
	int r = name ? object_open(folder->dirfd, name, &release->object)
		     : unlinked_open(folder->procfd, folder->dirfd, NULL,
				     &release->stuck.verdicts.after, finding->ino,
				     &release->object);

	if (r == 0 && release->object.id.ino != finding->ino)
		r = -ESTALE;
	return r;
}

static int post(struct release *release)
{
	const struct finding *finding = release->finding;
	_cleanup_close_ int fd = -1;
	struct poster *poster = NULL;
	int r = open_object(release);

	if (r == 0)
		fd = object_open_writable(&release->object, 0);
	if (r == 0 && fd < 0)
		r = fd;
	if (r == 0)
		r = poster_start(&poster);
	if (r < 0)
		return r;
	r = poster_post(poster, fd, lock_semaphore(finding->lock), finding->offset, 1);
	poster_stop(poster);
	return r;
}

/* Who was woken takes a moment to go on; what it does then is told, whatever it is. */
static void say_outcome(struct release *release)
{
	const struct timespec moment = {.tv_nsec = 20000000};
	const struct lock *lock = NULL;
	enum verdict verdict = VERDICT_STUCK;

	for (int i = 0; i < 25 && verdict > VERDICT_UNKNOWN; i++) {
		nanosleep(&moment, NULL);
		if (stuck_look(&release->stuck, false) < 0 || release->stuck.n_inos != 1 ||
		    count_locks(release, true, &lock) != 1)
			return;
		release->finding = find_finding(release, lock);
		verdict = release->finding ? release->finding->verdict : VERDICT_OK;
	}
	printf("%s is now: %s (%s)\n", release->argument, verdict_word(verdict),
	       verdict_meaning(verdict));
}

static int run(struct release *release, bool yes)
{
	int r = split(release), status;

	if (r < 0)
		return cli_error(release->argument, r);
	release->asked[0] = release->name;
	status = judge(release);
	if (status != CLI_OK)
		return status;
	say_plan(release);
	if (!yes) {
		status = ask(release);
		if (status == CLI_OK)
			status = judge(release); /* time has passed */
	}
	if (status != CLI_OK)
		return status;
	r = post(release);
	if (r < 0)
		return cli_error(release->argument, r);
	puts("Posted once.");
	say_outcome(release);
	return CLI_OK;
}

int stuck_release(const char *path, const char *argument, bool yes)
{
	struct release release = {.argument = argument, .object = OBJECT_NONE};
	int r = stuck_open(path, release.asked, &release.stuck), status;

	status = r < 0 ? cli_error(path, r) : run(&release, yes);
	object_close(&release.object);
	stuck_close(&release.stuck);
	free(release.name);
	return status;
}
