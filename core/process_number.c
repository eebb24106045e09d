/* SPDX-License-Identifier: MIT */
/* Numbers of processes and threads as people read them. */
#include "core/process.h"

pid_t process_inner(const struct process *process, pid_t own)
{
	return process->nested ? own : 0;
}

void process_print_tid(const struct process *process, pid_t tid, pid_t own, FILE *out)
{
	fprintf(out, "%d", tid);
	if (process_inner(process, own))
		fprintf(out, "(%d)", own);
}

void process_print_pid(const struct process *process, FILE *out)
{
	process_print_tid(process, process->pid, process->own, out);
}
