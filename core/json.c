/* SPDX-License-Identifier: MIT */
/* Bytes to JSON, and JSON to a stream. */
#include "core/json.h"

#include <errno.h>
#include <json-c/printbuf.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

int json_add(struct json_object *object, const char *key, struct json_object *value)
{
	if (value && json_object_object_add(object, key, value) == 0)
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

int json_add_null(struct json_object *object, const char *key)
{
	return json_object_object_add(object, key, NULL) == 0 ? 0 : -ENOMEM;
}

int json_append(struct json_object *array, struct json_object *value)
{
	if (value && json_object_array_add(array, value) == 0)
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

int json_append_null(struct json_object *array)
{
	return json_object_array_add(array, NULL) == 0 ? 0 : -ENOMEM;
}

/* The six bits at bit 18, 12, 6 and 0 of each three bytes; '=' where there were fewer. */
static char *encode_base64(const unsigned char *bytes, size_t size)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = malloc((size + 2) / 3 * 4 + 1), *end = text;

	for (size_t i = 0; text && i < size; i += 3) {
		const size_t n = size - i < 3 ? size - i : 3;
		const unsigned bits = (unsigned)bytes[i] << 16 |
				      (n > 1 ? (unsigned)bytes[i + 1] << 8 : 0) |
				      (n > 2 ? bytes[i + 2] : 0u);

		for (size_t d = 0; d < 4; d++)
			*end++ = (char)(d <= n ? digits[bits >> (18 - 6 * d) & 63] : '=');
	}
	if (text)
		*end = '\0';
	return text;
}

static struct json_object *json_base64(const void *bytes, size_t size)
{
	_cleanup_free_ char *text = encode_base64(bytes, size);
	struct json_object *object = text ? json_object_new_object() : NULL;

	if (!object || json_add(object, "base64", json_object_new_string(text)) == 0)
		return object;
	json_object_put(object);
	return NULL;
}

struct json_object *json_bytes(const void *bytes, size_t size)
{
	size_t n = 1;

	if (size > INT_MAX / 2)
		return NULL;
	for (size_t at = 0; at < size && n > 0; at += n)
		n = text_utf8((const unsigned char *)bytes + at, size - at);
	return n > 0 ? json_object_new_string_len(bytes, (int)size) : json_base64(bytes, size);
}

int json_add_text(struct json_object *object, const char *key, const char *text)
{
	return json_add(object, key, json_bytes(text, strlen(text)));
}

/* At most: six bytes a byte of a string ("\u0000"), and what stands around it. */
static size_t string_room(size_t size)
{
	return 6 * size + 4;
}

/* How long it can be when it is written; what is neither is a number or a word. */
static size_t room_for(struct json_object *value)
{
	size_t room = 32;

	switch (json_object_get_type(value)) {
	case json_type_string:
		return string_room((size_t)json_object_get_string_len(value));
	case json_type_array:
		for (size_t i = 0; i < json_object_array_length(value); i++)
			room += room_for(json_object_array_get_idx(value, i)) + 1;
		return room;
	case json_type_object: {
		json_object_object_foreach(value, key, member) room +=
			string_room(strlen(key)) + room_for(member);
		return room;
	}
	default:
		return room;
	}
}

/* In the place of what json-c would write. */
static int reserve(struct json_object *value, struct printbuf *text, int level, int flags)
{
	const size_t room = room_for(value);

	(void)level;
	(void)flags;
	return room > INT_MAX / 2 ? -1 : printbuf_memset(text, 0, ' ', (int)room);
}

/*
 * The value in its own buffer, which is made large enough before: where json-c cannot make it
 * larger it leaves out what it was about to write, and does not say so.
 */
static const char *write_whole(struct json_object *value, size_t *ret_size)
{
	const int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text;

	/* It may have one of its own, and is short. */
	if (json_object_is_type(value, json_type_double))
		return json_object_to_json_string_length(value, flags, ret_size);
	json_object_set_serializer(value, reserve, NULL, NULL);
	text = json_object_to_json_string_length(value, flags, ret_size);
	json_object_set_serializer(value, NULL, NULL, NULL);
	return text ? json_object_to_json_string_length(value, flags, ret_size) : NULL;
}

int json_write(struct json_object *value, FILE *out)
{
	size_t size = 0, done = 0;
	const char *text = write_whole(value, &size);

	if (!text)
		return -ENOMEM;
	/* json-c escapes what is below a space. Other control bytes occur in strings only. */
	for (size_t i = 0; i < size; i++) {
		const bool del = text[i] == 0x7f;
		const bool c1 = text[i] == '\xc2' && i + 1 < size && text[i + 1] < '\xa0';

		if (!del && !c1)
			continue;
		fwrite(text + done, 1, i - done, out);
		i += c1;
		fprintf(out, "\\u%04x", (unsigned char)text[i]);
		done = i + 1;
	}
	fwrite(text + done, 1, size - done, out);
	fputc('\n', out);
	return 0;
}
