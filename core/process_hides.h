/* SPDX-License-Identifier: MIT */
/* A /proc that does not show all processes to everybody: hidepid of proc(5). */
#pragma once

#include <stdbool.h>

/*
 * process_hides() - Does this /proc not even list processes of others to this thread?
 *
 * By the rights that it opens files with: credentials_user(). It does to root never, and not to the
 * group of gid=, which counts with hidepid=2 and not with 4 (has_pid_permissions() in the kernel's
 * fs/proc/base.c).
 */
bool process_hides(int procfd);
