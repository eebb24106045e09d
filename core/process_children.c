/* SPDX-License-Identifier: MIT */
/* The children of a process that waits for one of them to end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/array.h"
#include "core/process_scan.h"

static int add_child(struct snapshot *snapshot, size_t process, pid_t pid)
{
	int r = array_grow(&snapshot->children, snapshot->n_children, sizeof(struct offspring));

	if (r < 0)
		return r;
	snapshot->children[snapshot->n_children++] = (struct offspring){process, pid};
	return 0;
}

/* Of each thread the list of numbers; 0: it cannot be read (CONFIG_PROC_CHILDREN), or is long. */
static int add_children(struct scan *scan, size_t process)
{
	char path[48], text[4096];
	int r = 0;

	for (size_t i = 0; r == 0 && i < scan->tids.n; i++) {
		char *at = text, *end = text;
		ssize_t n;

		snprintf(path, sizeof(path), "task/%d/children", scan->tids.items[i]);
		n = process_file_read(scan->entry, path, text, sizeof(text));
		if ((n < 0 && !process_gone((int)n)) || n == sizeof(text) - 1 ||
		    (n == -ENOENT && i == 0))
			r = add_child(scan->ret, process, 0);
		for (; r == 0; at = end) {
			const pid_t pid = (pid_t)strtol(at, &end, 10);

			if (end == at)
				break;
			r = add_child(scan->ret, process, pid);
		}
	}
	return r;
}

static bool has_reaper(const struct snapshot *snapshot, size_t process)
{
	for (size_t i = snapshot->n_threads; i > 0; i--) {
		const struct thread *thread = &snapshot->threads[i - 1];

		if (thread->process != process)
			break;
		if (thread->reaps)
			return true;
	}
	return false;
}

int scan_children(struct scan *scan, size_t process)
{
	return has_reaper(scan->ret, process) ? add_children(scan, process) : 0;
}
