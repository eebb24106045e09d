/* SPDX-License-Identifier: MIT */
/* Any bytes, escaped, as JSON, as a name, and any text as a value: there and back again. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/diagnosis_dot.h"
#include "core/dwarf_name.h"
#include "core/json.h"
#include "core/layout_change.h"
#include "core/text.h"
#include "core/types_made.h"
#include "tests/exercise.h"
#include "tests/fuzz/fuzz.h"

/* What text_escape() has done, undone: how many bytes. */
static size_t unescape(const char *text, size_t size, char *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		if (text[i] != '\\') {
			ret[n++] = text[i];
		} else if (text[++i] == 'x') {
			const char hex[3] = {text[i + 1], text[i + 2], '\0'};

			ret[n++] = (char)strtoul(hex, NULL, 16);
			i += 2;
		} else {
			ret[n++] = text[i] == 'n' ? '\n' : text[i] == 't' ? '\t' : '\\';
		}
	}
	return n;
}

static void escape(const uint8_t *bytes, size_t size)
{
	struct words words;
	_cleanup_free_ char *back = NULL;

	text_escape(bytes, size, words_open(&words));
	fflush(words.out);
	back = malloc(words.size + 1);
	if (!back || memchr(words.text, '\n', words.size) || memchr(words.text, '\t', words.size) ||
	    unescape(words.text, words.size, back) != size ||
	    (size > 0 && memcmp(back, bytes, size) != 0))
		abort();
	dot_quote(words.text, words.size, 'n', fuzz_nowhere());
	dot_quote(words.text, words.size, 'l', fuzz_nowhere());
	words_close(&words);
}

static void name(const char *text)
{
	char ret[DWARF_NAME_SIZE] = "x";
	struct words words;

	words_open(&words);
	for (int file = 0; file < 2; file++) {
		for (int i = 0; i < 3; i++)
			dwarf_put_name(ret, text, file);
		if (strlen(ret) >= sizeof(ret))
			abort();
		fprintf(words.out, "%s\n", ret);
	}
	dot_name(ret, 20, fuzz_nowhere());
	words_close(&words);
}

static void json(const uint8_t *bytes, size_t size)
{
	_cleanup_json_ struct json_object *value = json_bytes(bytes, size);

	if (!value)
		abort();
	if (json_object_is_type(value, json_type_string) &&
	    ((size_t)json_object_get_string_len(value) != size ||
	     (size > 0 && memcmp(json_object_get_string(value), bytes, size) != 0)))
		abort();
	exercise_json(value);
}

/* What was taken for a value is shown so that it is the same value again. */
static void value(const struct field_type *type, const char *text)
{
	unsigned char bytes[16] = {0}, again[16] = {0};
	const size_t size = type->size ? type->size : 8;
	struct words words;

	if (!type->parse || type->parse(text, bytes, size) < 0)
		return;
	words_open(&words);
	if (type_print(type, bytes, size, words.out) < 0 || fflush(words.out) != 0)
		abort();
	if (type->number &&
	    (type->parse(words.text, again, size) < 0 || memcmp(bytes, again, sizeof(bytes)) != 0))
		abort();
	words_close(&words);
}

static void values(const char *text)
{
	static const struct field_type *const types[] = {
		&type_bool,   &type_char,   &type_schar, &type_uchar,  &type_short,
		&type_ushort, &type_int,    &type_uint,  &type_long,   &type_ulong,
		&type_llong,  &type_ullong, &type_float, &type_double,
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		value(types[i], text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = {bytes, size};
	_cleanup_free_ char *text = input_text(&input), *line = NULL;

	escape(bytes, size);
	json(bytes, size);
	name(text);
	values(text);
	if (text_line((const char *)bytes, size, &line) == 0)
		values(line);
	return 0;
}
