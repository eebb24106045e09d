/* SPDX-License-Identifier: MIT */
/* A /proc that does not show all processes to everybody: hidepid of proc(5). */
#pragma once

#include <stdbool.h>

/*
 * process_hides() - Does this /proc not even list processes of others to this thread?
 *
 * By the rights that it opens files with: credentials_user(). Never to root; not to the group of
 * gid= either, where that counts (hidepid=2).
 */
bool process_hides(int procfd);
