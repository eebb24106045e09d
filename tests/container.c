/* SPDX-License-Identifier: MIT */
/* Starting actors in namespaces, and finding out which numbers they have outside. */
#include "tests/container.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"

/* unshare(1) kills its child when it ends, and with process 1 its whole namespace. */
#define UNSHARE "unshare --propagation unchanged --kill-child "

void container_start_program(struct actor *ret, const struct container_kind *kind, bool own_shm,
			     const char *const argv[])
{
	const char *words[16] = {"-c"};
	const char *proc = kind->nested ? "mount -t proc proc /proc && " : "";
	const char *shm = own_shm ? "mount -t tmpfs -o mode=1777 shm /dev/shm && " : "";
	size_t n = 1;

	if (kind->outer)
		words[n++] = pathf("exec " UNSHARE "%s sh -c '" UNSHARE "%s sh -c \"$0\" \"$@\"' "
				   "\"$0\" \"$@\"",
				   kind->outer, kind->flags);
	else
		words[n++] = pathf("exec " UNSHARE "%s sh -c \"$0\" \"$@\"", kind->flags);
	words[n++] = pathf("%s%sexec \"$0\" \"$@\"", proc, shm);
	while (*argv && n < 15)
		words[n++] = *argv++;
	setenv("CONTAINER_SHELL", "sh", 1);
	actor_start_argv(ret, "CONTAINER_SHELL", words);
}

void container_start_argv(struct actor *ret, const struct container_kind *kind, bool own_shm,
			  const char *const arguments[])
{
	const char *argv[16] = {getenv("PSHM_ACTOR")};

	for (size_t n = 0; n < 14 && arguments[n]; n++)
		argv[n + 1] = arguments[n];
	container_start_program(ret, kind, own_shm, argv);
}

/* Not by pathf(): so many processes would take the buffers of the caller's other arguments. */
static void process_path(pid_t pid, const char *file, char ret[64])
{
	snprintf(ret, 64, "/proc/%d/%s", pid, file);
}

/* The number behind a key of /proc/PID/status; the last one of its line. */
static pid_t status_number(pid_t pid, const char *key)
{
	_cleanup_free_ char *text = NULL;
	const char *line, *end;
	char path[64];

	process_path(pid, "status", path);
	if (read_file(path, &text, NULL) < 0)
		return 0;
	line = strstr(text, key);
	end = line ? strchr(line + 1, '\n') : NULL;
	while (end && end > line && end[-1] != '\t')
		end--;
	return end ? atoi(end) : 0;
}

static bool is_called(pid_t pid, const char *comm)
{
	_cleanup_free_ char *text = NULL;
	char path[64];

	process_path(pid, "comm", path);
	/* The kernel keeps 15 bytes. */
	return read_file(path, &text, NULL) == 0 && strlen(text) > 1 &&
	       strncmp(text, comm, strcspn(text, "\n")) == 0;
}

static bool is_below(pid_t pid, pid_t ancestor)
{
	while (pid > 1 && pid != ancestor)
		pid = status_number(pid, "\nPPid:");
	return pid == ancestor;
}

pid_t container_pid(const struct actor *actor, const char *comm, pid_t own)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	assert_non_null(proc);
	while (!found && (entry = readdir(proc))) {
		const pid_t pid = atoi(entry->d_name);

		if (pid > 0 && status_number(pid, "\nNSpid:") == own && is_called(pid, comm) &&
		    is_below(pid, actor->child.pid))
			found = pid;
	}
	closedir(proc);
	if (!found)
		fail_msg("no process %d (%s) in the container", own, comm);
	return found;
}

const char *container_number(const struct actor *actor, const struct container_kind *kind, size_t n)
{
	static char numbers[8][32];
	static size_t next;
	char *number = numbers[next++ % 8];
	const pid_t own = actor->pids[n];

	if (kind->nested)
		snprintf(number, 32, "%d(%d)", container_pid(actor, "actor", own), own);
	else
		snprintf(number, 32, "%d", own);
	return number;
}
