/* SPDX-License-Identifier: MIT */
/* --all: every /dev/shm that some process sees, and what is said of whose it is. */
#pragma once

#include "core/json.h"
#include "core/shm_folders.h"
#include "progs/folder.h"

/* 0, or after a message -errno. The caller gives ret back with shm_folders_deinit(). */
int all_folders_find(struct shm_folders *ret);

/* As folder_open(); the path is borrowed. `found` is one that could be opened. */
int all_folders_open(const struct shm_folder *found, struct folder *ret);

/* "4711(1) nginx", escaped; the caller frees it. 0 or -ENOMEM. */
int all_folders_name(const struct shm_folder *found, char **ret);

/* Say on standard error which could not be opened, and why. `name`: our own. */
void all_folders_say_unseen(const struct shm_folders *folders, const char *name);

/* {"path": …, "pid": …, "inner_pid": …, "command": …}; the caller's. 0 or -ENOMEM. */
int all_folders_json(const struct shm_folder *found, struct json_object **ret);

/* An array of those that could not be opened, each with an "error". 0 or -ENOMEM. */
int all_folders_unseen_json(const struct shm_folders *folders, struct json_object **ret);
