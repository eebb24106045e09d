/* SPDX-License-Identifier: MIT */
/* What a process of our own that was forked for one purpose begins with. */
#pragma once

/*
 * helper_begin() - For the child: be called `name`, and keep no descriptor but `fd`, which is
 * another one afterwards: that is returned, or -errno.
 *
 * Neither the mount, the source, a folder nor a terminal is kept. A Ctrl-C or SIGTERM that ends us
 * all does nothing to it: it is to end at the end of `fd`, when what was begun has been done.
 */
int helper_begin(const char *name, int fd);
