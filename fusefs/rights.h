/* SPDX-License-Identifier: MIT */
/* The one place where it is settled what a caller may: the kernel is asked with his own rights. */
#pragma once

#include "core/cleanup.h"
#include "core/credentials.h"

/*
 * A thread that works for somebody takes his user, groups and capabilities, and then does what it
 * does for everybody: whatever it opens, lists or looks up of processes, the kernel answers as it
 * would answer him. So there is no rule of ours that could differ from the kernel's: owner, group,
 * mode, access lists, the sticky bit, who may look into which process, Yama, hidepid …
 */
struct rights {
	const struct credentials *before;
	bool changed;
};

/* Who this program is: to be asked before there are threads, and again where it has given up
 * capabilities. 0 or -errno. */
int rights_init(void);

/* Can this program take the rights of others (CAP_SETUID, CAP_SETGID)? */
bool rights_can(void);

/*
 * rights_cover() - May the thread of that user whatever this program might at first, so that
 * nothing needs to be taken? By its capabilities; `procfd` is an open /proc.
 */
bool rights_cover(int procfd, pid_t tid, uid_t uid);

/*
 * rights_enter() - From now on this thread has the rights of `who`, NULL: this program's own.
 *
 * Never more than this program's: of his capabilities those that it has. Back by rights_leave(),
 * also in the case of an error, when nothing was changed: -EACCES where they cannot be taken. While
 * it has somebody's, it can take only its own again, or a part of his: those of the same user.
 * `who` is borrowed until then.
 */
int rights_enter(const struct credentials *who, struct rights *ret);

/* As before; where that fails the program ends: it must not go on with the wrong rights. */
void rights_leave(struct rights *rights);

#define _cleanup_rights_ _cleanup_(rights_leave)
