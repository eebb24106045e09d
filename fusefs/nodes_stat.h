/* SPDX-License-Identifier: MIT */
/* What is said of any object: its attributes, and its health. */
#pragma once

#include "core/json.h"
#include "fusefs/tree.h"

/* The file `stat`: for a row of nodes. */
/*
 * stat_name() - The object's name; of one without a name the one that it had, as far as the
 * kernel's text tells: "ctr (deleted)". What it lies in is *ret (or NULL), which the caller frees.
 */
const char *stat_name(const struct subject *subject, char **ret);

int stat_render(struct subject *subject, const void *arg, FILE *out);

/* The same, but for the name, as "stat" of `top`: numbers, and texts without a newline. -ENOMEM */
int stat_add_json(struct json_object *top, struct subject *subject);

/* "key": what `print` prints about the subject, without its newline. -ENOMEM */
int subject_add_json(struct json_object *object, const char *key, struct subject *subject,
		     void (*print)(struct subject *subject, FILE *out));
