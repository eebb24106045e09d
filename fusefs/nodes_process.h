/* SPDX-License-Identifier: MIT */
/* What is told of processes: in an object's directory, and of all objects. */
#pragma once

#include "core/names.h"
#include "core/process.h"
#include "fusefs/tree.h"

int render_holders(struct subject *subject, const void *arg, FILE *out);
int render_waiters(struct subject *subject, const void *arg, FILE *out);

/* Of all objects, each with its path in the mount. */
int render_all_holders(struct subject *subject, const void *arg, FILE *out);
int render_all_waiters(struct subject *subject, const void *arg, FILE *out);

/* The path in the mount of the object with this inode number; nothing where it has none. */
void print_object_path(struct mirror *mirror, const struct names *names,
		       const struct snapshot *snapshot, uint64_t ino, FILE *out);

/* "holders", "waiters" and "unseen" of one object. */
int processes_add_json(struct json_object *top, struct subject *subject);

/* For `about`: how the viewer's latest look went, and what it could not see, why, and the cure. */
void processes_about(const struct subject *subject, FILE *out);
