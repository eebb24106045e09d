/* SPDX-License-Identifier: MIT */
/* Starting programs, and asking what they have. */
#include "tests/discovered.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/object.h"
#include "tests/support.h"

const char *discovered_program(const char *name)
{
	return pathf("%s/discover-%s", getenv("PSHM_PLAIN"), name);
}

void discovered_ready(struct child *child, bool asleep)
{
	_cleanup_free_ char *line = child_line(child->out);
	const uint64_t ino = shm_ino("d");
	const uint64_t deadline = clock_ns() + (uint64_t)DEADLINE_MS * 1000000;
	bool seen = !asleep;

	assert_non_null(line);
	assert_string_equal(line, "ready");
	while (!seen) {
		struct snapshot snapshot;

		look(NULL, &snapshot);
		for (size_t i = 0; i < snapshot.n_waiters; i++)
			seen = seen ||
			       (snapshot.waiters[i].ino == ino &&
				snapshot.processes[snapshot.waiters[i].process].pid == child->pid);
		snapshot_deinit(&snapshot);
		assert_true(clock_ns() < deadline);
	}
}

void discovered_begin(struct child *ret, const char *path, const char *situation)
{
	const char *const argv[] = {path, situation, "/d", NULL};

	child_start(ret, argv, &(const struct child_setup){.in = STREAM_PIPE, .out = STREAM_PIPE});
	discovered_ready(ret, strcmp(situation, "calls") != 0);
}

void discovered_ask(struct discoverer *discoverer, struct discovery *ret)
{
	struct snapshot_question question = question_open();
	struct snapshot snapshot;
	struct object object;

	assert_int_equal(object_open(shm_folder(), "d", &object), 0);
	assert_int_equal(snapshot_take(&question, NULL, &snapshot), 0);
	assert_int_equal(discover(discoverer, question.procfd, &snapshot, &object, ret), 0);
	snapshot_deinit(&snapshot);
	object_close(&object);
	question_close(&question);
}

static void ask_once(struct discovery *ret)
{
	struct discoverer *discoverer;

	assert_int_equal(discoverer_create(&discoverer), 0);
	discovered_ask(discoverer, ret);
	discoverer_destroy(discoverer);
}

void discovered_is(const char *layout, const char *part)
{
	struct discovery discovery;

	ask_once(&discovery);
	if (!discovery.layout || strcmp(discovery.layout->name, layout) != 0 ||
	    !strstr(discovery.evidence, part))
		fail_msg("wanted %s, %s; is %s, %s", layout, part,
			 discovery.layout ? discovery.layout->name : "nothing",
			 discovery.evidence ? discovery.evidence : "");
	free(discovery.evidence);
}

void discovered_nothing(const char *why)
{
	struct discovery discovery;

	ask_once(&discovery);
	assert_null(discovery.layout);
	assert_string_equal(discovery.evidence ? discovery.evidence : "", why);
	assert_false(discovery.certain);
	assert_false(discovery.again);
	free(discovery.evidence);
}

void discovered_end(struct child *child)
{
	child_kill(child);
	unlink(shm_path("d"));
}
