/* SPDX-License-Identifier: MIT */
/* What is written of processes in the picture. */
#include "core/diagnosis_dot.h"

/* Of the pids of a group that are not in one row so many are named. */
#define PIDS_MOST 3

static const struct process *process_of(const struct picture *picture, size_t process)
{
	return picture->graph->processes[process].process;
}

static pid_t pid_of(const struct picture *picture, size_t process)
{
	return process_of(picture, process)->pid;
}

/* The next one, after `at`, that the process stands for, or GRAPH_NONE. */
static size_t next_member(const struct picture *picture, size_t process, size_t at)
{
	while (++at < picture->graph->n_processes)
		if (picture->nodes[at].shown && picture->nodes[at].group == process)
			return at;
	return GRAPH_NONE;
}

void dot_pids(const struct picture *picture, size_t process, FILE *out)
{
	fputs("pid", out);
	for (size_t at = process; at != GRAPH_NONE; at = next_member(picture, process, at)) {
		fputc(' ', out);
		process_print_pid(process_of(picture, at), out);
	}
}

/* "pids 101…148" where there is no other one between them, else "pids 101, 105, 108 … 190". */
static void print_group(const struct picture *picture, size_t process, FILE *out)
{
	const size_t n = picture->nodes[process].members;
	size_t last = process, count = 0;

	for (size_t at = process; at != GRAPH_NONE; at = next_member(picture, process, at))
		last = at;
	if (pid_of(picture, last) - pid_of(picture, process) == (pid_t)n - 1) {
		fputs("pids ", out);
		process_print_pid(process_of(picture, process), out);
		fputs("…", out);
		process_print_pid(process_of(picture, last), out);
		return;
	}
	for (size_t at = process; at != GRAPH_NONE; at = next_member(picture, process, at))
		if (count++ < PIDS_MOST) {
			fputs(count == 1 ? "pids " : ", ", out);
			process_print_pid(process_of(picture, at), out);
		}
	fputs(n > PIDS_MOST + 1 ? " … " : ", ", out);
	process_print_pid(process_of(picture, last), out);
}

static void print_can(const struct picture_node *node, FILE *out)
{
	fprintf(out, "can run: %s%s", node->call ? "in " : "it runs", node->call ? node->call : "");
}

static void print_ran(const struct picture_node *node, FILE *out)
{
	(void)node;
	fputs("ran while it was looked at", out);
}

static void print_memory(const struct picture_node *node, FILE *out)
{
	(void)node;
	fputs("waits for a thread of its own", out);
}

static void print_child(const struct picture_node *node, FILE *out)
{
	(void)node;
	fputs("waits until a child ends", out);
}

static void print_unread(const struct picture_node *node, FILE *out)
{
	(void)node;
	fputs("may not be looked at", out);
}

static void print_partly(const struct picture_node *node, FILE *out)
{
	(void)node;
	fputs("no time to look at all of its threads", out);
}

static void print_hidden(const struct picture_node *node, FILE *out)
{
	(void)node;
	fputs("sleeps on a lock: which may not be told", out);
}

/* What stops it, and what would make it go on: the cure of one is that of a group. */
static void print_stopped(const struct process *process, bool one, FILE *out)
{
	if (process->frozen)
		fputs("frozen by its cgroup", out);
	else if (process->state == 't')
		fprintf(out, "stopped by who traces it, pid %d", process->tracer);
	else if (one)
		fprintf(out, "stopped: kill -CONT %d", process->pid);
	else
		fputs("stopped: kill -CONT", out);
}

static void print_does(const struct picture *picture, size_t process, FILE *out)
{
	static void (*const printers[DOES_KINDS])(const struct picture_node *node, FILE *out) = {
		[REASON_CAN - DOES_FIRST] = print_can,
		[REASON_RAN - DOES_FIRST] = print_ran,
		[REASON_MEMORY - DOES_FIRST] = print_memory,
		[REASON_CHILD - DOES_FIRST] = print_child,
		[REASON_UNREAD - DOES_FIRST] = print_unread,
		[REASON_PARTLY - DOES_FIRST] = print_partly,
		[REASON_HIDDEN - DOES_FIRST] = print_hidden,
	};
	const struct picture_node *node = &picture->nodes[process];

	for (size_t i = 0; i < DOES_KINDS; i++) {
		const enum reason_kind kind = (enum reason_kind)(DOES_FIRST + i);

		/* Of a process for which nobody waits it does not matter whether it can run. */
		if (!node->does[i] || (!node->matters && kind < REASON_STOPPED))
			continue;
		fputc('\n', out);
		if (kind == REASON_STOPPED)
			print_stopped(picture->graph->processes[process].process,
				      node->members == 1, out);
		else if (printers[i])
			printers[i](node, out);
		if (node->does[i] > 1 && kind != REASON_STOPPED)
			fprintf(out, " (%u threads)", node->does[i]);
	}
}

void dot_process(const struct picture *picture, size_t process, FILE *out)
{
	const struct picture_node *node = &picture->nodes[process];

	reason_print_comm(picture->graph->processes[process].process->comm, out);
	if (node->members > 1) {
		fprintf(out, " × %zu\n", node->members);
		print_group(picture, process, out);
	} else {
		fputs("\npid ", out);
		process_print_pid(process_of(picture, process), out);
	}
	print_does(picture, process, out);
}
