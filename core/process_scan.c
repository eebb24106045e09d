/* SPDX-License-Identifier: MIT */
/* One process: does it hold an object of the device, and who is it. */
#include "core/process_scan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/array.h"
#include "core/clock.h"
#include "core/process_task.h"

bool scan_late(const struct scan *scan)
{
	return clock_over(scan->until);
}

/* Of the time that is left each may have three quarters: one with very many threads leaves the
 * others some. */
static int64_t share_of(int64_t deadline)
{
	const int64_t left = deadline - clock_read(CLOCK_MONOTONIC);

	return deadline ? deadline - left / 4 : 0;
}

/* Maps of another thread: those of a leader that has ended are empty, and so is its fd. */
static int open_living(struct scan *scan)
{
	char name[32];
	int r = numbers_read(scan->entry, "task", &scan->tids);

	if (r < 0)
		return r;
	for (size_t i = 0; i < scan->tids.n; i++) {
		int tid = scan->tids.items[i], fd;

		if (tid == scan->pid)
			continue;
		snprintf(name, sizeof(name), "task/%d", tid);
		fd = process_open(scan->entry, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			continue;
		r = maps_open(fd, scan->question->flags & SNAPSHOT_MAPS_TEXT, &scan->maps);
		if (r == 0) {
			scan->reader = fd;
			scan->reader_id = tid;
			return 0;
		}
		close(fd);
		if (!process_gone(r))
			return r;
	}
	return -ESRCH;
}

/* No memory has who has ended, who is the kernel's, and who has lost its first thread: a zombie. */
static int open_maps(struct scan *scan)
{
	int r = maps_open(scan->entry, scan->question->flags & SNAPSHOT_MAPS_TEXT, &scan->maps);
	struct task leader;

	if (r != -ESRCH || task_read(scan->entry, ".", &leader) < 0 || leader.state != 'Z')
		return r;
	return open_living(scan);
}

static int add_holder(struct scan *scan, const struct holder *holder)
{
	struct snapshot *snapshot = scan->ret;
	int r = array_grow(&snapshot->holders, snapshot->n_holders, sizeof(*holder));

	if (r < 0)
		return r;
	snapshot->holders[snapshot->n_holders] = *holder;
	snapshot->holders[snapshot->n_holders++].process = snapshot->n_processes;
	return 0;
}

static int add_mapping(struct scan *scan, const struct mapping *mapping)
{
	const struct snapshot_question *question = scan->question;

	if (mapping->dev != question->dev || (question->ino && mapping->ino != question->ino))
		return 0;
	return add_holder(scan, &(struct holder){
					.kind = HOLDER_MAPPING,
					.dev = mapping->dev,
					.ino = mapping->ino,
					.readable = mapping->readable,
					.writable = mapping->writable,
					.executable = mapping->executable,
					.shared = mapping->shared,
					.start = mapping->start,
					.end = mapping->end,
					.offset = mapping->offset,
					.fd = -1,
				});
}

static int add_mappings(struct scan *scan)
{
	struct mapping mapping = {.end = 0};
	int r = 0;

	for (size_t i = 1; r == 0; i++) {
		if (i % 1024 == 0 && scan_late(scan))
			return -ETIMEDOUT;
		r = maps_next(&scan->maps, mapping.end, &mapping);
		if (r == 0)
			r = add_mapping(scan, &mapping);
	}
	return r == -ENOENT ? 0 : r;
}

static int add_descriptor(struct scan *scan, const struct descriptor *descriptor)
{
	const struct snapshot_question *question = scan->question;

	if (question->ino && descriptor->ino != question->ino)
		return 0;
	return add_holder(scan, &(struct holder){
					.kind = HOLDER_FD,
					.dev = question->dev,
					.ino = descriptor->ino,
					.readable = descriptor->readable,
					.writable = descriptor->writable,
					.fd = descriptor->fd,
				});
}

static int add_descriptors(struct scan *scan)
{
	struct descriptor descriptor;
	int r = fds_open(scan->reader, &scan->fds);

	for (size_t i = 1; r == 0; i++) {
		if (i % 64 == 0 && scan_late(scan))
			return -ETIMEDOUT;
		r = fds_next(&scan->fds, &scan->mounts, &descriptor);
		if (r == 0)
			break;
		if (r > 0)
			r = add_descriptor(scan, &descriptor);
		else if (r == -EAGAIN)
			r = 0;
	}
	return r;
}

/* Where it cannot be asked, its folder's owner is who it is. */
static void tell_user(const struct scan *scan, struct process *process)
{
	struct stat st;

	if (task_status(scan->reader, process) == 0) {
		/* Of a process whose first thread has ended, that is another one's number. */
		if (process->nested && scan->reader != scan->entry)
			process->own = task_own(scan->entry, ".");
		return;
	}
	if (fstatat(scan->entry, "", &st, AT_EMPTY_PATH) < 0)
		return;
	process->uid = st.st_uid;
	process->gid = st.st_gid;
}

static int add_process(struct scan *scan, bool holds)
{
	struct snapshot *snapshot = scan->ret;
	struct task leader = {.state = '?'};
	struct process *process;
	int r = array_grow(&snapshot->processes, snapshot->n_processes, sizeof(*process));

	if (r < 0)
		return r;
	process = &snapshot->processes[snapshot->n_processes++];
	*process = (struct process){
		.pid = scan->pid,
		.error = scan->error,
		.reader = scan->reader_id,
	};
	task_read(scan->entry, ".", &leader);
	process->state = leader.state;
	process->started = leader.started;
	memcpy(process->comm, leader.comm, sizeof(process->comm));
	tell_user(scan, process);
	if (!holds)
		return 0;
	process->frozen = cgroup_frozen(scan->question->cgroupfd, scan->reader, &scan->cgroup);
	return scan_threads(scan, process);
}

/*
 * The files of a process that is ending are root's, whosever it was (task_dump_owner of
 * fs/proc/base.c: it has no memory any more), and look as if they were forbidden.
 */
static bool has_ended(struct scan *scan)
{
	return maps_open(scan->reader, scan->question->flags & SNAPSHOT_MAPS_TEXT, &scan->maps) ==
	       -ESRCH;
}

/* What it holds, into the snapshot; why it could not be looked at, into scan->error. */
static int add_holders(struct scan *scan)
{
	int r = open_maps(scan);

	if (!r)
		r = add_mappings(scan);
	scan->ret->maps_text |= scan->maps.text;
	if (!r && scan->question->flags & SNAPSHOT_FDS)
		r = add_descriptors(scan);
	if (r == -EACCES && has_ended(scan))
		return -ESRCH;
	if (r == -ENOMEM || process_gone(r))
		return r;
	scan->error = r;
	return 0;
}

static void begin(struct scan *scan, pid_t pid, int entry)
{
	scan->pid = pid;
	scan->entry = entry;
	scan->reader = entry;
	scan->reader_id = pid;
	scan->error = 0;
	scan->until = share_of(scan->question->deadline);
	scan->is32 = -1;
	scan->slept = (struct mapping){0};
}

static void end(struct scan *scan)
{
	maps_close(&scan->maps);
	fds_close(&scan->fds);
	if (scan->reader != scan->entry)
		close(scan->reader);
	close(scan->entry);
}

int scan_process(struct scan *scan, pid_t pid)
{
	const size_t before = scan->ret->n_holders;
	char name[16];
	int entry, r;

	snprintf(name, sizeof(name), "%d", pid);
	process_shortage();
	entry = process_open(scan->question->procfd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (entry < 0)
		return process_shortage();
	begin(scan, pid, entry);
	r = add_holders(scan);
	if (r < 0)
		scan->ret->n_holders = before;
	else if (scan->error || scan->ret->n_holders > before)
		r = add_process(scan, scan->ret->n_holders > before);
	end(scan);
	if (r == 0 || process_gone(r))
		return process_shortage();
	return r;
}
