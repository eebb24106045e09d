/* SPDX-License-Identifier: MIT */
/* Objects that have no name any more, but are still mapped or open. */
#pragma once

#include "core/names.h"
#include "core/object.h"
#include "core/process.h"

/*
 * unlinked_open() - Open the object `ino` of the snapshot's device by one who holds it.
 *
 * By /proc/PID/fd/N, or else /proc/PID/map_files/A-B, which takes CAP_CHECKPOINT_RESTORE or
 * CAP_SYS_ADMIN even for one's own processes (proc(5)); looked at before it is opened, as
 * object_open() does. `names` are those of the folder `dirfd`, or NULL: read here, if needed.
 *
 * Returns 0; -ESTALE where nobody holds it, or it has a name (st_nlink is not 0). Where no holder
 * lets us have it, 0, ret->fd is -1 and ret->error says why; of ret->st only the inode number is
 * right then, and that it has no name is what the text of a link says, and that no name of the
 * folder leads to it: -ESTALE else. ret->id has device and inode only, since the rest may not be
 * known the next time. The caller gives ret back with object_close().
 */
int unlinked_open(int procfd, int dirfd, const struct names *names, const struct snapshot *snapshot,
		  uint64_t ino, struct object *ret);

/*
 * unlinked_is() - Would unlinked_open() find it? Nothing is opened for that.
 *
 * `names` are those of the folder `dirfd`.
 */
bool unlinked_is(int procfd, int dirfd, const struct names *names, const struct snapshot *snapshot,
		 uint64_t ino);

/*
 * unlinked_list() - Call `fn` with the inode number of each object of the snapshot that has no
 * name. A return value other than 0 of `fn` ends it and is returned. Else 0, or -ENOMEM.
 */
int unlinked_list(int procfd, int dirfd, const struct snapshot *snapshot,
		  int (*fn)(uint64_t ino, void *data), void *data);

/*
 * unlinked_label() - What the kernel's text calls it: "ctr (deleted)", which may be the name that
 * it had, or that of a temporary file (sem_open(3) makes sem.XXXXXX). -ENOENT: no text is readable.
 *
 * The caller frees it. To be shown, never to be believed.
 */
int unlinked_label(int procfd, const struct snapshot *snapshot, uint64_t ino, char **ret);
