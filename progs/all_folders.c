/* SPDX-License-Identifier: MIT */
/* Every /dev/shm that some process sees. */
#include "progs/all_folders.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/text.h"
#include "core/text_stream.h"
#include "progs/cli.h"

int all_folders_find(struct shm_folders *ret)
{
	_cleanup_close_ int procfd = folder_open_proc();
	int r = procfd < 0 ? procfd : shm_folders_find(procfd, ret);

	if (procfd < 0)
		cli_message("/proc: %s: which /dev/shm there are cannot be told",
			    r == -ENOENT ? "not mounted" : strerror(-r));
	else if (r < 0)
		cli_error("/proc", r);
	return r;
}

int all_folders_open(const struct shm_folder *found, struct folder *ret)
{
	const int fd = fcntl(found->fd, F_DUPFD_CLOEXEC, 0);

	return folder_take(fd < 0 ? -errno : fd, found->path, ret);
}

int all_folders_name(const struct shm_folder *found, char **ret)
{
	const struct process *process = &found->process;
	struct text_stream stream;
	size_t size;
	int r = text_stream_open(&stream);

	if (r < 0)
		return r;
	if (process->pid) {
		process_print_pid(process, stream.out);
		fputc(' ', stream.out);
		text_escape(process->comm, strnlen(process->comm, sizeof(process->comm)),
			    stream.out);
	} else {
		fputs("this program", stream.out);
	}
	return text_stream_close(&stream, ret, &size);
}

static const char *why(int error)
{
	switch (error) {
	case -EREMOTE:
		return "it lies on a filesystem that might not answer";
	case -ELOOP:
		return "it is a symbolic link, which is not followed";
	default:
		return strerror(-error);
	}
}

void all_folders_say_unseen(const struct shm_folders *folders, const char *name)
{
	const bool root = geteuid() == 0;

	for (size_t i = 0; i < folders->n; i++) {
		const struct shm_folder *folder = &folders->items[i];
		_cleanup_free_ char *whose = NULL;

		if (folder->fd >= 0 || all_folders_name(folder, &whose) < 0)
			continue;
		cli_message("/dev/shm of %s could not be looked at: %s%s%s", whose,
			    why(folder->error), folder->error == -EACCES && !root ? ": sudo " : "",
			    folder->error == -EACCES && !root ? name : "");
	}
}

int all_folders_json(const struct shm_folder *found, struct json_object **ret)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();
	const struct process *process = &found->process;
	const pid_t inner = process_inner(process, process->own);
	int r = object ? json_add_text(object, "path", found->path) : -ENOMEM;

	if (r == 0)
		r = json_add(object, "pid", json_object_new_int64(process->pid));
	if (r == 0 && inner)
		r = json_add(object, "inner_pid", json_object_new_int64(inner));
	if (r == 0)
		r = json_add(
			object, "command",
			json_bytes(process->comm, strnlen(process->comm, sizeof(process->comm))));
	if (r == 0)
		*ret = json_object_get(object);
	return r;
}

int all_folders_unseen_json(const struct shm_folders *folders, struct json_object **ret)
{
	_cleanup_json_ struct json_object *rows = json_object_new_array();
	int r = rows ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < folders->n; i++) {
		struct json_object *row;

		if (folders->items[i].fd >= 0)
			continue;
		r = all_folders_json(&folders->items[i], &row);
		if (r == 0)
			r = json_append(rows, row);
		if (r == 0)
			r = json_add_text(row, "error", why(folders->items[i].error));
	}
	if (r == 0)
		*ret = json_object_get(rows);
	return r;
}
