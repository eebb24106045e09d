/* SPDX-License-Identifier: MIT */
/* Which name an inode has. */
#pragma once

#include <stdint.h>

/* The names in a folder by inode number, as readdir(3) tells them. */
struct names;

/* 0 or -errno; the caller gives it back with names_free(). */
int names_load(int dirfd, struct names **ret);
void names_free(struct names *names);

/* One of the names that the inode has, or NULL. */
const char *names_find(const struct names *names, uint64_t ino);
