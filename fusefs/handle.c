/* SPDX-License-Identifier: MIT */
/* Open files. */
#include "fusefs/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "fusefs/buffer.h"
#include "fusefs/shared_fd.h"
#include "fusefs/viewer.h"

struct handle {
	struct opened opened; /* what others may know of it: guarded by the inodes' lock */
	struct filesystem *fs;
	struct place place;
	struct object object; /* where the bytes are read as they are asked for */
	bool shared;          /* … by a descriptor that is not ours alone */
	bool delegated;       /* … by others */
	pthread_mutex_t lock; /* guards the rest */
	char *text;
	size_t size;
	bool started; /* offset 0 has been read from this text */
};

static void close_object(struct handle *handle)
{
	if (handle->shared)
		shared_fd_put(handle->place.slot);
	else
		object_close(&handle->object);
	handle->shared = false;
	handle->object = OBJECT_NONE;
}

static void handle_free(struct handle *handle)
{
	close_object(handle);
	free(handle->text);
	free(handle);
}

static void handle_destroy(struct opened *opened)
{
	struct handle *handle = (struct handle *)((char *)opened - offsetof(struct handle, opened));

	pthread_mutex_destroy(&handle->lock);
	handle_free(handle);
}

static int open_again(struct handle *handle, const struct object *object, int flags)
{
	int fd;

	if ((flags & O_ACCMODE) != O_RDONLY)
		return object_open_writable(object, flags & O_APPEND);
	if (object->fd < 0)
		return object->error;
	fd = shared_fd_get(handle->place.slot, object->fd);
	handle->shared = fd >= 0;
	return fd;
}

/* The object stays open, as far as it is to be read or written. */
static int open_bytes(struct handle *handle, const struct place *place, int flags)
{
	struct subject subject;
	int r = content_open(handle->fs, place, &subject);

	if (r < 0)
		return r;
	handle->object = subject.object;
	handle->object.fd = open_again(handle, &subject.object, flags);
	handle->object.error = handle->object.fd < 0 ? handle->object.fd : 0;
	content_close(handle->fs, place, &subject);
	if (handle->object.fd < 0)
		return handle->object.error;
	return flags & O_TRUNC ? handle->place.node->truncate(&handle->object, 0) : 0;
}

/*
 * What write(2) would say is said by open(2), where it can: a shell then has one message, and an
 * -ESTALE makes the kernel look the name up once more.
 */
static int check_writing(struct filesystem *fs, const struct place *place)
{
	_cleanup_close_ int fd = -1;
	struct subject subject;
	int r = content_open(fs, place, &subject);

	if (r < 0)
		return r;
	if (place->node->changes)
		fd = object_open_writable(&subject.object, 0);
	r = place->node->changes && fd < 0 ? fd : 0;
	content_close(fs, place, &subject);
	return r;
}

int handle_open(struct filesystem *fs, const struct place *place, pid_t pid, int flags,
		struct handle **ret)
{
	const bool reading = (flags & O_ACCMODE) != O_WRONLY;
	struct handle *handle;
	int r = viewer_admit(place->viewer);

	if (r < 0)
		return r;
	handle = calloc(1, sizeof(*handle));
	if (!handle) {
		viewer_dismiss(place->viewer);
		return -ENOMEM;
	}
	handle->fs = fs;
	handle->place = *place;
	handle->place.scan = NULL;
	handle->object = OBJECT_NONE;
	if (place->node->read)
		r = open_bytes(handle, place, flags);
	else if (reading)
		r = content_render(fs, place, &handle->text, &handle->size);
	if (r == 0 && place->node->write && (flags & O_ACCMODE) != O_RDONLY)
		r = check_writing(fs, place);
	if (r == 0)
		r = viewer_keeps(place->viewer, 0, handle->size);
	if (r < 0) {
		handle_free(handle);
		viewer_dismiss(place->viewer);
		return r;
	}
	/* Row 0: who only writes has read nothing whose length could be told. */
	handle->opened = (struct opened){.destroy = handle_destroy,
					 .row = reading ? place->row : 0,
					 .pid = pid,
					 .viewer = place->viewer,
					 .length = handle->size};
	pthread_mutex_init(&handle->lock, NULL);
	viewer_get(place->viewer);
	inodes_pin(fs->inodes, place);
	inodes_opened(fs->inodes, place->slot, &handle->opened);
	*ret = handle;
	return 0;
}

/* The place, for a request that has this look. */
static struct place place_at(const struct place *place, struct scan *scan)
{
	struct place ret = *place;

	ret.scan = scan;
	return ret;
}

/* The lock is held. */
static int look_again(struct handle *handle, struct scan *scan)
{
	const struct place place = place_at(&handle->place, scan);
	char *text;
	size_t size;
	int r = content_render(handle->fs, &place, &text, &size);

	if (r < 0)
		return r;
	r = viewer_keeps(place.viewer, handle->size, size);
	if (r < 0) {
		free(text);
		return r;
	}
	free(handle->text);
	handle->text = text;
	handle->size = size;
	inodes_reread(handle->fs->inodes, &handle->opened, size);
	return 0;
}

/* Two threads may read for the first time at once: the second has no look, and needs none. */
static bool can_look(const struct handle *handle, const struct scan *scan)
{
	return scan || (handle->place.node->scan == SCAN_NONE && !content_unlinked(&handle->place));
}

/* The lock is held. */
static ssize_t copy_text(struct handle *handle, struct scan *scan, uint64_t offset, size_t size,
			 char **ret)
{
	size_t n = offset < handle->size ? handle->size - (size_t)offset : 0;
	int r = 0;

	if (offset == 0 && handle->started && can_look(handle, scan))
		r = look_again(handle, scan);
	if (r < 0)
		return r;
	if (offset == 0) {
		handle->started = true;
		n = handle->size;
	}
	n = n < size ? n : size;
	*ret = buffer_take(n, offset);
	if (!*ret)
		return -ENOMEM;
	if (n)
		memcpy(*ret, handle->text + offset, n);
	return (ssize_t)n;
}

static ssize_t copy_bytes(struct handle *handle, uint64_t offset, size_t size, char **ret)
{
	_cleanup_buffer_ char *bytes = buffer_take(size, offset);
	ssize_t n;

	if (!bytes)
		return -ENOMEM;
	n = handle->place.node->read(&handle->object, offset, bytes, size);
	if (n >= 0) {
		*ret = bytes;
		bytes = NULL;
	}
	return n;
}

ssize_t handle_read(struct handle *handle, struct scan *scan, uint64_t offset, size_t size,
		    char **ret)
{
	ssize_t n;

	if (handle->place.node->read)
		return copy_bytes(handle, offset, size, ret);
	pthread_mutex_lock(&handle->lock);
	n = copy_text(handle, scan, offset, size, ret);
	pthread_mutex_unlock(&handle->lock);
	return n;
}

int handle_write(struct handle *handle, pid_t writer, struct scan *scan, uint64_t offset,
		 const char *bytes, size_t size)
{
	const struct place place = place_at(&handle->place, scan);
	const struct node *node = place.node;
	struct subject subject;
	int r;

	if (node->write_at)
		return node->write_at(&handle->object, offset, bytes, size);
	r = content_open(handle->fs, &place, &subject);
	if (r < 0)
		return r;
	subject.writer = writer;
	r = node->write(&subject, node->arg, bytes, size);
	content_close(handle->fs, &place, &subject);
	return r;
}

const struct place *handle_place(const struct handle *handle)
{
	return &handle->place;
}

bool handle_looks(struct handle *handle, uint64_t offset)
{
	bool looks;

	if (handle->place.node->read || offset > 0)
		return false;
	pthread_mutex_lock(&handle->lock);
	looks = handle->started;
	pthread_mutex_unlock(&handle->lock);
	return looks;
}

int handle_object(const struct handle *handle)
{
	return handle->object.fd;
}

struct slot *handle_slot(const struct handle *handle)
{
	return handle->place.slot;
}

void handle_delegate(struct handle *handle)
{
	close_object(handle);
	handle->delegated = true;
}

bool handle_delegated(const struct handle *handle)
{
	return handle->delegated;
}

void handle_close(struct handle *handle)
{
	struct inodes *inodes = handle->fs->inodes;

	inodes_closed(inodes, handle->place.slot, &handle->opened);
	inodes_put(inodes, &handle->place);
	viewer_keeps(handle->place.viewer, handle->size, 0);
	viewer_dismiss(handle->place.viewer);
	viewer_put(handle->place.viewer);
	handle_destroy(&handle->opened);
}
