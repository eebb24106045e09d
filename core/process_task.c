/* SPDX-License-Identifier: MIT */
/* What procfs says about one task: who it is, what it does, how often and since when. */
#include "core/process_task.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/process_file.h"

/* The field of a line of numbers that is `n` spaces further on, or NULL. */
static const char *skip_fields(const char *at, unsigned n)
{
	while (at && n--) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return at;
}

/* "pid (comm) state ppid …": the last parenthesis ends comm; field 22 is the start,
   39 the processor, proc(5). */
bool task_parse(const char *stat, struct task *ret)
{
	const char *comm = strchr(stat, '('), *end = strrchr(stat, ')');
	const char *started, *cpu;
	size_t length;

	if (!comm || !end || end < comm || end[1] != ' ' || !end[2])
		return false;
	started = skip_fields(end + 2, 19);
	if (!started)
		return false;
	length = (size_t)(end - ++comm);
	if (length >= sizeof(ret->comm))
		length = sizeof(ret->comm) - 1; /* the kernel's own threads have longer ones */
	cpu = skip_fields(started, 17);
	*ret = (struct task){
		.state = end[2],
		.started = strtoull(started, NULL, 10),
		.cpu = cpu ? (unsigned)strtoul(cpu, NULL, 10) : 0,
	};
	memcpy(ret->comm, comm, length);
	return true;
}

/* A file of the task, as process_file_read() does it. */
static ssize_t read_of(int dirfd, const char *prefix, const char *name, char *text, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/%s", prefix, name);
	return process_file_read(dirfd, path, text, size);
}

int task_read(int dirfd, const char *prefix, struct task *ret)
{
	char text[1024];
	ssize_t n = read_of(dirfd, prefix, "stat", text, sizeof(text));

	if (n < 0)
		return (int)n;
	return task_parse(text, ret) ? 0 : -EBADMSG;
}

/* The second number of a line "Uid: real effective saved filesystem". */
static unsigned effective(const char *text, const char *key)
{
	const char *line = strstr(text, key);
	char *at;

	if (!line)
		return 0;
	strtoul(line + strlen(key), &at, 10);
	return (unsigned)strtoul(at, NULL, 10);
}

/* The numbers of a line "KEY: 1 2 3": at most n of them are stored. How many there are. */
static unsigned numbers_of(const char *text, const char *key, unsigned *ret, unsigned n)
{
	const char *line = strstr(text, key), *end = line ? strchr(line + 1, '\n') : NULL;
	unsigned found = 0;

	for (char *at = line ? (char *)(uintptr_t)line + strlen(key) : NULL; at;) {
		char *next;
		unsigned number = (unsigned)strtoul(at, &next, 10);

		if (next == at || (end && next > end))
			break;
		if (found < n)
			ret[found] = number;
		found++;
		at = next;
	}
	return found;
}

/* The last number of NSpid (0: untold). Is it not the only one? */
static bool own_number(const char *text, pid_t *ret)
{
	unsigned numbers[32]; /* the kernel's MAX_PID_NS_LEVEL */
	const unsigned n = numbers_of(text, "\nNSpid:", numbers, 32);

	*ret = n > 0 && n <= 32 ? (pid_t)numbers[n - 1] : 0;
	return n > 1;
}

int task_status(int dirfd, struct process *ret)
{
	char text[8192]; /* Groups may be long */
	ssize_t n = process_file_read(dirfd, "status", text, sizeof(text));

	if (n < 0)
		return (int)n;
	/* Name, the first line, is escaped: no newline of its can feign another one. */
	ret->uid = effective(text, "\nUid:");
	ret->gid = effective(text, "\nGid:");
	ret->caught = text_number(text, "SigCgt:", 16);
	ret->tracer = (pid_t)text_number(text, "TracerPid:", 10);
	ret->n_groups = numbers_of(text, "\nGroups:", ret->groups, PROCESS_GROUPS);
	/* Cut short, it may have lost some. */
	if (n == sizeof(text) - 1)
		ret->n_groups = PROCESS_GROUPS + 1;
	ret->nested = own_number(text, &ret->own);
	return 0;
}

pid_t task_own(int dirfd, const char *prefix)
{
	char text[8192];
	pid_t own;

	if (read_of(dirfd, prefix, "status", text, sizeof(text)) < 0)
		return 0;
	own_number(text, &own);
	return own;
}

uint64_t task_runs(int dirfd, const char *prefix)
{
	char text[4096];
	const char *third;
	uint64_t runs = 0;

	if (read_of(dirfd, prefix, "schedstat", text, sizeof(text)) > 0) {
		third = skip_fields(text, 2);
		runs = third ? strtoull(third, NULL, 10) : 0;
	}
	if (runs || read_of(dirfd, prefix, "status", text, sizeof(text)) < 0)
		return runs;
	return text_number(text, "voluntary_ctxt_switches:", 10) +
	       text_number(text, "nonvoluntary_ctxt_switches:", 10);
}

uint64_t task_ran(int dirfd, const char *prefix)
{
	char text[1024], *at;
	uint64_t ms;

	if (read_of(dirfd, prefix, "sched", text, sizeof(text)) < 0)
		return 0;
	at = strstr(text, "\nse.exec_start");
	at = at ? strchr(at, ':') : NULL;
	if (!at)
		return 0;
	ms = strtoull(at + 1, &at, 10);
	return ms * 1000000 + (*at == '.' ? strtoull(at + 1, NULL, 10) : 0);
}

bool task_is32(int dirfd)
{
	uint32_t pair[2] = {0};
	char bytes[sizeof(pair) + 1];

	if (process_file_read(dirfd, "auxv", bytes, sizeof(bytes)) != sizeof(pair))
		return false;
	memcpy(pair, bytes, sizeof(pair));
	return pair[1] != 0;
}
