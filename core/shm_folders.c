/* SPDX-License-Identifier: MIT */
/* From all processes to what they see as /dev/shm. */
#include "core/shm_folders.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/array.h"
#include "core/cleanup.h"
#include "core/object.h"
#include "core/process_file.h"
#include "core/process_shm.h"
#include "core/process_task.h"

#define NONE SIZE_MAX

/* What processes of one mount namespace and root see. */
struct view {
	char *key;
	size_t folder; /* index, or NONE: they have no such folder */
};

struct search {
	int procfd;
	void *views; /* tsearch(3) */
	struct shm_folders *ret;
};

static int compare(const void *left, const void *right)
{
	const struct view *a = left, *b = right;

	return strcmp(a->key, b->key);
}

static void view_free(void *data)
{
	struct view *view = data;

	free(view->key);
	free(view);
}

/* The texts of two links, which need the same right as what they lead to. */
static int view_key(int entry, char **ret)
{
	char namespace[64], root[PATH_MAX];
	ssize_t n = readlinkat(entry, "ns/mnt", namespace, sizeof(namespace) - 1), length;

	if (n < 0)
		return -errno;
	namespace[n] = '\0';
	length = readlinkat(entry, "root", root, sizeof(root) - 1);
	if (length < 0)
		return -errno;
	root[length] = '\0';
	return asprintf(ret, "%s %s", namespace, root) < 0 ? -ENOMEM : 0;
}

static int add_view(struct search *search, char *key, size_t folder)
{
	struct view *view = malloc(sizeof(*view));

	if (view)
		*view = (struct view){strdup(key), folder};
	if (view && view->key && tsearch(view, &search->views, compare))
		return 0;
	if (view)
		view_free(view);
	return -ENOMEM;
}

static int add_folder(struct search *search, const struct shm_folder *folder, size_t *ret)
{
	struct shm_folders *folders = search->ret;
	int r = array_grow(&folders->items, folders->n, sizeof(*folders->items));

	if (r < 0)
		return r;
	*ret = folders->n;
	folders->items[folders->n++] = *folder;
	return 0;
}

/* Whose it is: the first process, until one comes that is the first of its pid namespace. */
static void name_folder(struct shm_folder *folder, int entry, pid_t pid)
{
	struct process process = {.pid = pid};
	struct task task;

	if (folder->process.pid && folder->process.own == 1)
		return;
	if (task_status(entry, &process) < 0 || task_read(entry, ".", &task) < 0 ||
	    (folder->process.pid && process.own != 1))
		return;
	memcpy(process.comm, task.comm, sizeof(process.comm));
	process.started = task.started;
	folder->process = process;
}

/* By its inode; one that could not be opened by its device alone. */
static size_t find_folder(const struct shm_folders *folders, const struct shm_folder *like)
{
	for (size_t i = 0; i < folders->n; i++) {
		const struct shm_folder *folder = &folders->items[i];

		if (like->dev && folder->dev == like->dev && folder->ino == like->ino &&
		    (folder->fd < 0) == (like->fd < 0))
			return i;
	}
	return NONE;
}

/* Takes its descriptor. */
static int take_folder(struct search *search, struct shm_folder *folder, size_t *ret)
{
	int r = 0;

	*ret = find_folder(search->ret, folder);
	if (*ret == NONE)
		r = add_folder(search, folder, ret);
	else
		close_fdp(&folder->fd);
	if (r < 0)
		close_fdp(&folder->fd);
	return r;
}

/* Who it is, or in place of its descriptor why that cannot be told. */
static void identify(struct shm_folder *folder)
{
	struct statx st;
	int error;

	if (statx(folder->fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &st) < 0) {
		error = errno;
		close(folder->fd);
		folder->fd = -error;
		return;
	}
	folder->dev = object_device(st.stx_dev_major, st.stx_dev_minor);
	folder->ino = st.stx_ino;
}

/* What is seen by who has this entry; *ret is NONE where that is nothing. */
static int look(struct search *search, int entry, size_t *ret)
{
	struct shm_folder folder = {.fd = -1};
	struct shm_place place;
	int r = shm_place_read(entry, &place);

	*ret = NONE;
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	folder.fd = shm_place_open(search->procfd, entry, &place);
	if (folder.fd >= 0)
		identify(&folder);
	if (folder.fd == -ENOENT || folder.fd == -ENOTDIR || folder.fd == -ESRCH)
		return 0;
	if (folder.fd < 0) {
		folder.error = folder.fd;
		folder.fd = -1;
		folder.dev = place.dev;
	}
	return take_folder(search, &folder, ret);
}

/* Of whom nothing may be opened: has it another device there than all that are known? */
static int look_denied(struct search *search, int entry, size_t *ret)
{
	struct shm_folder folder = {.fd = -1, .error = -EACCES};
	struct shm_place place;

	*ret = NONE;
	if (shm_place_read(entry, &place) < 0 || !place.dev)
		return 0;
	for (size_t i = 0; i < search->ret->n; i++) {
		const struct shm_folder *known = &search->ret->items[i];

		if (known->fd < 0 || known->dev != place.dev)
			continue;
		/* It may name ours; by its root nothing could be opened. */
		*ret = known->ours ? i : NONE;
		return 0;
	}
	folder.dev = place.dev;
	return take_folder(search, &folder, ret);
}

static int look_by_key(struct search *search, int entry, char *key, size_t *ret)
{
	const struct view wanted = {.key = key};
	struct view **known = tfind(&wanted, &search->views, compare);
	int r;

	if (known) {
		*ret = (*known)->folder;
		return 0;
	}
	r = look(search, entry, ret);
	return r == 0 ? add_view(search, key, *ret) : r;
}

/* A thread that lives tells what its process sees, where the first one has ended. */
static int living(int entry, char **ret_key)
{
	struct numbers tids = {0};
	int r = numbers_read(entry, "task", &tids), fd = -ESRCH;

	for (size_t i = 0; r == 0 && i < tids.n && fd < 0; i++) {
		char name[32];

		snprintf(name, sizeof(name), "task/%d", tids.items[i]);
		fd = process_open(entry, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0 || view_key(fd, ret_key) == 0)
			continue;
		close(fd);
		fd = -ESRCH;
	}
	numbers_deinit(&tids);
	return fd;
}

static int look_at(struct search *search, int entry, size_t *ret)
{
	_cleanup_free_ char *key = NULL;
	_cleanup_close_ int thread = -1;
	int r = view_key(entry, &key);

	*ret = NONE;
	if (r == -EACCES || r == -EPERM)
		return look_denied(search, entry, ret);
	if (process_gone(r)) {
		thread = living(entry, &key);
		return thread < 0 ? 0 : look_by_key(search, thread, key, ret);
	}
	return r == 0 ? look_by_key(search, entry, key, ret) : r == -ENOMEM ? r : 0;
}

static int look_at_process(struct search *search, pid_t pid)
{
	_cleanup_close_ int entry = -1;
	char name[16];
	size_t folder;
	int r;

	snprintf(name, sizeof(name), "%d", pid);
	entry = process_open(search->procfd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (entry < 0)
		return 0;
	r = look_at(search, entry, &folder);
	if (r == 0 && folder != NONE)
		name_folder(&search->ret->items[folder], entry, pid);
	return r;
}

/* The one that we see ourselves, however it is reached. */
static int look_at_ours(struct search *search)
{
	_cleanup_free_ char *key = NULL;
	_cleanup_close_ int entry =
		process_open(search->procfd, "self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct shm_folder folder = {.ours = true};
	size_t index = NONE;
	int r = 0;

	folder.fd = open("/dev/shm", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder.fd >= 0)
		identify(&folder);
	if (folder.fd < 0)
		return 0;
	r = take_folder(search, &folder, &index);
	if (r == 0 && entry >= 0 && view_key(entry, &key) == 0)
		r = add_view(search, key, index);
	return r;
}

/* What one may not open another may have led to. */
static void forget_known(struct shm_folders *folders)
{
	size_t n = 0;

	for (size_t i = 0; i < folders->n; i++) {
		const struct shm_folder *folder = &folders->items[i];
		bool known = false;

		for (size_t k = 0; folder->error == -EACCES && k < folders->n; k++)
			known = known ||
				(folders->items[k].fd >= 0 && folders->items[k].dev == folder->dev);
		if (!known)
			folders->items[n++] = *folder;
	}
	folders->n = n;
}

static void name_path(struct shm_folder *folder)
{
	if (folder->ours)
		snprintf(folder->path, sizeof(folder->path), "/dev/shm");
	else
		snprintf(folder->path, sizeof(folder->path), "/proc/%d/root/dev/shm",
			 folder->process.pid);
}

int shm_folders_find(int procfd, struct shm_folders *ret)
{
	struct search search = {.procfd = procfd, .ret = ret};
	struct numbers pids = {0};
	int r;

	*ret = (struct shm_folders){0};
	r = look_at_ours(&search);
	if (r == 0)
		r = numbers_read(procfd, ".", &pids);
	for (size_t i = 0; r == 0 && i < pids.n; i++)
		r = look_at_process(&search, pids.items[i]);
	numbers_deinit(&pids);
	tdestroy(search.views, view_free);
	forget_known(ret);
	for (size_t i = 0; i < ret->n; i++)
		name_path(&ret->items[i]);
	if (r < 0)
		shm_folders_deinit(ret);
	return r;
}

void shm_folders_deinit(struct shm_folders *folders)
{
	for (size_t i = 0; i < folders->n; i++)
		close_fdp(&folders->items[i].fd);
	free(folders->items);
	*folders = (struct shm_folders){0};
}
