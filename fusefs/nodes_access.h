/* SPDX-License-Identifier: MIT */
/* What opening and removing an object would answer to who reads that. */
#pragma once

#include "core/json.h"
#include "fusefs/tree.h"

int render_access(struct subject *subject, const void *arg, FILE *out);

/* "access": the same rows; null where it cannot be told. */
int access_add_json(struct json_object *top, struct subject *subject);
