/* SPDX-License-Identifier: MIT */
/* Talking to the program `actor`. */
#include "tests/actors.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

static void parse_ready(struct actor *actor, const char *line)
{
	char *at = (char *)line + strlen("ready");

	while (*at == ' ' && actor->n_pids < ACTOR_PIDS_MAX)
		actor->pids[actor->n_pids++] = (pid_t)strtol(at, &at, 10);
}

void actor_start_argv(struct actor *ret, const char *variable, const char *const arguments[])
{
	static const struct child_setup setup = {STREAM_PIPE, STREAM_PIPE, STREAM_INHERIT};
	const char *argv[16] = {getenv(variable)};
	_cleanup_free_ char *line = NULL;

	if (!argv[0])
		fail_msg("%s is not set: run the tests by meson test", variable);
	for (size_t i = 0; i < 14 && arguments[i]; i++)
		argv[i + 1] = arguments[i];
	*ret = (struct actor){0};
	child_start(&ret->child, argv, &setup);
	line = child_line(ret->child.out);
	if (!line || strncmp(line, "ready", strlen("ready")) != 0)
		fail_msg("actor %s: no situation, but \"%s\"", arguments[0], line ? line : "");
	parse_ready(ret, line);
}

pid_t actor_start_as(uid_t user, struct child *ret, const char *situation, const char *object,
		     const char *number)
{
	const struct child_setup setup = {
		.in = STREAM_PIPE, .out = STREAM_PIPE, .err = STREAM_INHERIT, .user = user};
	const char *argv[] = {getenv("PSHM_ACTOR"), situation, object, number, NULL};
	_cleanup_free_ char *line = NULL;

	child_start(ret, argv, &setup);
	line = child_line(ret->out);
	assert_non_null(line);
	return (pid_t)atoi(strrchr(line, ' ') + 1);
}

const char *actor_tell(struct actor *actor, const char *line)
{
	dprintf(actor->child.in, "%s\n", line);
	free(actor->answer);
	actor->answer = child_line(actor->child.out);
	if (!actor->answer)
		fail_msg("the actor did not answer to \"%s\"", line);
	return actor->answer;
}

void actor_stop(struct actor *actor)
{
	struct result result;

	free(actor->answer);
	actor->answer = NULL;
	if (!actor->child.pid)
		return;
	child_finish(&actor->child, &result);
	result_deinit(&result);
	assert_int_equal(result.status, 0);
}

void actor_kill(struct actor *actor)
{
	free(actor->answer);
	actor->answer = NULL;
	child_kill(&actor->child);
}
