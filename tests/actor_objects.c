/* SPDX-License-Identifier: MIT */
/* Situations: objects in use, made the way the course's programs make them. */
#include "tests/actor.h"

#include <fcntl.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The course's structs, declared once more: the tests must not depend on core/layouts.h for them.
 */
struct seqnum {
	sem_t sem;
	int seqnum;
};

struct xfr {
	sem_t wsem;
	sem_t rsem;
	int cnt;
	char buf[1024];
};

void play_seqnum(char **arguments)
{
	struct seqnum *object = actor_map(arguments[0], sizeof(*object));
	const char *line;

	actor_must(sem_init(&object->sem, 1, 1) == 0, "sem_init");
	object->seqnum = (int)actor_number(arguments[1]);
	actor_ready(NULL, 0);
	while ((line = actor_line())) {
		actor_must(sem_wait(&object->sem) == 0, "sem_wait");
		object->seqnum += (int)actor_number(line);
		actor_must(sem_post(&object->sem) == 0, "sem_post");
		actor_answer("done");
	}
	shm_unlink(arguments[0]);
}

static const char *send_block(struct xfr *object, const char *text)
{
	size_t size = strlen(text);

	if (size > sizeof(object->buf))
		return "too long";
	if (sem_trywait(&object->wsem) < 0)
		return "busy";
	memcpy(object->buf, text, size);
	object->cnt = (int)size;
	actor_must(sem_post(&object->rsem) == 0, "sem_post");
	return "done";
}

void play_xfr(char **arguments)
{
	struct xfr *object = actor_map(arguments[0], sizeof(*object));
	const char *line;

	actor_must(sem_init(&object->rsem, 1, 0) == 0, "sem_init");
	actor_must(sem_init(&object->wsem, 1, 1) == 0, "sem_init");
	actor_ready(NULL, 0);
	while ((line = actor_line()))
		actor_answer("%s", send_block(object, line));
	shm_unlink(arguments[0]);
}

static int do_nothing(sem_t *sem)
{
	(void)sem;
	return 0;
}

void play_sem(char **arguments)
{
	static const struct {
		const char *name;
		int (*call)(sem_t *sem);
	} commands[] = {
		{"post", sem_post},   {"trywait", sem_trywait}, {"wait", sem_wait},
		{"close", sem_close}, {"", do_nothing},
	};
	sem_t *sem = sem_open(arguments[0], O_CREAT, 0644, (unsigned)actor_number(arguments[1]));
	const char *line;

	actor_must(sem != SEM_FAILED, arguments[0]);
	actor_ready(NULL, 0);
	while ((line = actor_line())) {
		size_t i = 0;

		while (i < 4 && strcmp(commands[i].name, line) != 0)
			i++;
		actor_answer("%s", commands[i].call(sem) == 0 ? "done" : "busy");
	}
	sem_unlink(arguments[0]);
}

/* glibc on i386: value << 1 | somebody waits, the shared flag, padding, waiters. */
void play_sem32(char **arguments)
{
	char *name = NULL;
	uint32_t *word;
	const char *line;

	actor_must(asprintf(&name, "/sem.%s", arguments[0]) > 0, "asprintf");
	word = actor_map(name, 4 * sizeof(*word));
	word[0] = (uint32_t)actor_number(arguments[1]) << 1;
	word[1] = 0x80;
	actor_ready(NULL, 0);
	while ((line = actor_line())) {
		word[0] = (uint32_t)actor_number(line) << 1;
		actor_answer("done");
	}
	shm_unlink(name);
	free(name);
}
