/* SPDX-License-Identifier: MIT */
/* JSON by json-c: what hostile bytes are in it, and how it is written. */
#pragma once

#include <errno.h>
#include <json-c/json.h>
#include <stddef.h>
#include <stdio.h>

#include "core/cleanup.h"

static inline void json_putp(struct json_object **value)
{
	json_object_put(*value);
}

#define _cleanup_json_ _cleanup_(json_putp)

/*
 * json_add() - Put `value` under `key` (which is copied); the object owns it from now on.
 *
 * A value of NULL is what json-c gives where there is no memory: -ENOMEM, as where the object has
 * no room; then the value is given back. json_add_null() is for a null that is meant.
 */
int json_add(struct json_object *object, const char *key, struct json_object *value);
int json_add_null(struct json_object *object, const char *key);

/* json_append(), json_append_null() - The same for an array. */
int json_append(struct json_object *array, struct json_object *value);
int json_append_null(struct json_object *array);

/*
 * json_bytes() - Any `size` bytes: a string where they are valid UTF-8 (NUL and other control bytes
 * included), else an object with one member, {"base64": "…"} (RFC 4648).
 *
 * NULL: no memory. The caller owns it, as all that json-c makes, and gives it back by
 * json_object_put().
 */
struct json_object *json_bytes(const void *bytes, size_t size);

/* A value that was just made, which is not there for want of memory: 0 or -ENOMEM. */
static inline int json_made(struct json_object *value, struct json_object **ret)
{
	*ret = value;
	return value ? 0 : -ENOMEM;
}

/* "key": what json_bytes() makes of a text. */
int json_add_text(struct json_object *object, const char *key, const char *text);

/*
 * json_write() - The value on one line with a newline: UTF-8, in which no byte is a control byte
 * (not even those of U+007F to U+009F, which terminals obey). 0 or -ENOMEM.
 */
int json_write(struct json_object *value, FILE *out);
