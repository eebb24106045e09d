/* SPDX-License-Identifier: MIT */
/* An open file: the content as it was when it was opened, or last read from its start. */
#pragma once

#include "fusefs/content.h"

struct handle;

/*
 * handle_open() - Open the file at `place` for `pid`, and for the place's viewer.
 *
 * `flags` as open(2) has them. What is rendered is rendered now, unless it is only written to; what
 * can be read in pieces keeps the object open, and with O_TRUNC it is cut. The handle pins the
 * place, and uses its viewer: whoever reads it later is told what he may see. 0 or -errno, which is
 * what open(2) of the file says: -ENODATA, -EBADMSG, -ESTALE, -EACCES …
 */
int handle_open(struct filesystem *fs, const struct place *place, pid_t pid, int flags,
		struct handle **ret);

/*
 * handle_read() - Up to `size` bytes at `offset`, into what the caller gives to buffer_give().
 *
 * The content stays fixed while one reads on; reading offset 0 again looks again, as in procfs. It
 * is copied out under the handle's lock: nothing of the handle is needed to send it. Returns the
 * number of bytes or -errno.
 */
ssize_t handle_read(struct handle *handle, struct scan *scan, uint64_t offset, size_t size,
		    char **ret);

/* Would reading there look again? Then its place may need a look at processes, as for open(2). */
bool handle_looks(struct handle *handle, uint64_t offset);
const struct place *handle_place(const struct handle *handle);

/*
 * handle_write() - Write to a node that can be written: all these bytes or none. 0 or -errno.
 *
 * What is rendered takes each write as one whole command, wherever it is said to go.
 */
int handle_write(struct handle *handle, pid_t writer, struct scan *scan, uint64_t offset,
		 const char *bytes, size_t size);

/* The descriptor of the object whose bytes are read as they are asked for, or -1; and its slot. */
int handle_object(const struct handle *handle);
struct slot *handle_slot(const struct handle *handle);

/* Somebody else reads the object from now on: that descriptor is closed. Was it so? */
void handle_delegate(struct handle *handle);
bool handle_delegated(const struct handle *handle);

void handle_close(struct handle *handle);
