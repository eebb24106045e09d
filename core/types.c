/* SPDX-License-Identifier: MIT */
/*
 * The types that a field can have: one row a type, and how its bytes are shown, as text or JSON.
 * Those of pthreads are in types_pthread.c.
 */
#include "core/layout.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/parse.h"
#include "core/text.h"

/* Two types of the same name and size are two rows, so that both `long` and `long long` exist. */
#define NUMBER(title, ctype, format, json_new, parser, kind)                                       \
	static int print_##title(const void *bytes, size_t size, FILE *out)                        \
	{                                                                                          \
		ctype value;                                                                       \
                                                                                                   \
		if (size != sizeof(value))                                                         \
			return -EBADMSG;                                                           \
		memcpy(&value, bytes, sizeof(value));                                              \
		fprintf(out, format, value);                                                       \
		return 0;                                                                          \
	}                                                                                          \
	static int title##_json(const void *bytes, size_t size, struct json_object **ret)          \
	{                                                                                          \
		ctype value;                                                                       \
                                                                                                   \
		if (size != sizeof(value))                                                         \
			return -EBADMSG;                                                           \
		memcpy(&value, bytes, sizeof(value));                                              \
		return json_made(json_new(value), ret);                                            \
	}                                                                                          \
	const struct field_type type_##title = {.name = #ctype,                                    \
						.size = sizeof(ctype),                             \
						.print = print_##title,                            \
						.json = title##_json,                              \
						.parse = parser,                                   \
						.number = kind}

NUMBER(schar, signed char, "%d", json_object_new_int64, parse_signed, NUMBER_SIGNED);
NUMBER(uchar, unsigned char, "%u", json_object_new_uint64, parse_unsigned, NUMBER_UNSIGNED);
NUMBER(short, short, "%d", json_object_new_int64, parse_signed, NUMBER_SIGNED);
NUMBER(ushort, unsigned short, "%u", json_object_new_uint64, parse_unsigned, NUMBER_UNSIGNED);
NUMBER(int, int, "%d", json_object_new_int64, parse_signed, NUMBER_SIGNED);
NUMBER(uint, unsigned int, "%u", json_object_new_uint64, parse_unsigned, NUMBER_UNSIGNED);
NUMBER(long, long, "%ld", json_object_new_int64, parse_signed, NUMBER_SIGNED);
NUMBER(ulong, unsigned long, "%lu", json_object_new_uint64, parse_unsigned, NUMBER_UNSIGNED);
NUMBER(llong, long long, "%lld", json_object_new_int64, parse_signed, NUMBER_SIGNED);
NUMBER(ullong, unsigned long long, "%llu", json_object_new_uint64, parse_unsigned, NUMBER_UNSIGNED);

/* A byte other than 0 and 1 is no _Bool: reading it as one would be undefined behaviour. */
static int print_bool(const void *bytes, size_t size, FILE *out)
{
	unsigned char value = *(const unsigned char *)bytes;

	if (size != 1 || value > 1)
		return -EBADMSG;
	fputs(value ? "true" : "false", out);
	return 0;
}

static int bool_json(const void *bytes, size_t size, struct json_object **ret)
{
	unsigned char value = *(const unsigned char *)bytes;

	if (size != 1 || value > 1)
		return -EBADMSG;
	return json_made(json_object_new_boolean(value), ret);
}

static int print_char(const void *bytes, size_t size, FILE *out)
{
	if (size != 1)
		return -EBADMSG;
	text_escape(bytes, size, out);
	return 0;
}

static int char_json(const void *bytes, size_t size, struct json_object **ret)
{
	return size == 1 ? json_made(json_bytes(bytes, size), ret) : -EBADMSG;
}

/* As many digits as give the same number back, from 15 on: 0.1, not 0.10000000000000001. */
struct digits {
	char text[40];
	double value;
};

static int double_digits(const void *bytes, size_t size, struct digits *ret)
{
	if (size != sizeof(ret->value))
		return -EBADMSG;
	memcpy(&ret->value, bytes, sizeof(ret->value));
	for (int precision = 15; precision <= 17; precision++) {
		snprintf(ret->text, sizeof(ret->text), "%.*g", precision, ret->value);
		if (strtod(ret->text, NULL) == ret->value)
			break;
	}
	return 0;
}

static int float_digits(const void *bytes, size_t size, struct digits *ret)
{
	float value;

	if (size != sizeof(value))
		return -EBADMSG;
	memcpy(&value, bytes, sizeof(value));
	ret->value = (double)value;
	for (int precision = 6; precision <= 9; precision++) {
		snprintf(ret->text, sizeof(ret->text), "%.*g", precision, ret->value);
		if (strtof(ret->text, NULL) == value)
			break;
	}
	return 0;
}

/* A whole number has a ".0" in JSON: readers take it for an integer else, and lose the sign of -0.
 */
static int json_digits(struct digits *digits, struct json_object **ret)
{
	if (!isfinite(digits->value))
		return -EDOM;
	if (!strpbrk(digits->text, ".e"))
		strcat(digits->text, ".0");
	return json_made(json_object_new_double_s(digits->value, digits->text), ret);
}

#define FLOATING(title)                                                                            \
	static int print_##title(const void *bytes, size_t size, FILE *out)                        \
	{                                                                                          \
		struct digits digits;                                                              \
		int r = title##_digits(bytes, size, &digits);                                      \
                                                                                                   \
		if (r == 0)                                                                        \
			fputs(digits.text, out);                                                   \
		return r;                                                                          \
	}                                                                                          \
	static int title##_json(const void *bytes, size_t size, struct json_object **ret)          \
	{                                                                                          \
		struct digits digits;                                                              \
		int r = title##_digits(bytes, size, &digits);                                      \
                                                                                                   \
		return r == 0 ? json_digits(&digits, ret) : r;                                     \
	}                                                                                          \
	const struct field_type type_##title = {.name = #title,                                    \
						.size = sizeof(title),                             \
						.print = print_##title,                            \
						.json = title##_json,                              \
						.parse = parse_##title}

FLOATING(float);
FLOATING(double);

static int print_text(const void *bytes, size_t size, FILE *out)
{
	fwrite(bytes, 1, strnlen(bytes, size), out);
	return 0;
}

static int text_json(const void *bytes, size_t size, struct json_object **ret)
{
	return json_made(json_bytes(bytes, strnlen(bytes, size)), ret);
}

static int print_bytes(const void *bytes, size_t size, FILE *out)
{
	fwrite(bytes, 1, size, out);
	return 0;
}

static int bytes_json(const void *bytes, size_t size, struct json_object **ret)
{
	return json_made(json_bytes(bytes, size), ret);
}

const struct field_type type_bool = {
	.name = "_Bool", .size = 1, .print = print_bool, .json = bool_json, .parse = parse_bool};
const struct field_type type_char = {
	.name = "char",
	.size = 1,
	.print = print_char,
	.json = char_json,
	.parse = parse_char,
	.escaped = true,
};
const struct field_type type_text = {
	.name = "char[]", .print = print_text, .json = text_json, .parse = parse_text};
const struct field_type type_bytes = {
	.name = "bytes", .print = print_bytes, .json = bytes_json, .exact = true};
const struct field_type type_computed = {.name = "computed"};

/* sem_t: the words of each ABI, given as the numbers that the API speaks of. */

static int sem_value(const struct semaphore_abi *abi, const void *bytes, size_t size, uint32_t *ret)
{
	if (size != sizeof(*ret))
		return -EBADMSG;
	memcpy(ret, bytes, sizeof(*ret));
	*ret = semaphore_value(abi, *ret);
	return *ret > SEMAPHORE_VALUE_MAX ? -EBADMSG : 0;
}

static int sem64_value(const void *bytes, size_t size, uint32_t *ret)
{
	return sem_value(&semaphore_glibc64, bytes, size, ret);
}

static int sem32_value(const void *bytes, size_t size, uint32_t *ret)
{
	return sem_value(&semaphore_glibc32, bytes, size, ret);
}

static int sem_nwaiters(const void *bytes, size_t size, uint32_t *ret)
{
	if (size != sizeof(*ret))
		return -EBADMSG;
	memcpy(ret, bytes, sizeof(*ret));
	return 0;
}

static int sem_musl_value(const void *bytes, size_t size, uint32_t *ret)
{
	return sem_value(&semaphore_musl64, bytes, size, ret);
}

/* What sem_init(3) was given: 0 or 1, not the bit that the C library makes of it. */
static int sem_pshared(const void *bytes, size_t size, uint32_t *ret)
{
	if (size != sizeof(*ret))
		return -EBADMSG;
	memcpy(ret, bytes, sizeof(*ret));
	if (*ret != 0 && *ret != SEMAPHORE_SHARED)
		return -EBADMSG;
	*ret = *ret != 0;
	return 0;
}

static int sem_musl_pshared(const void *bytes, size_t size, uint32_t *ret)
{
	int r = sem_pshared(bytes, size, ret);

	if (r == 0)
		*ret = !*ret;
	return r;
}

/* The type of a word for which `title` gives the number that it stands for. */
#define SEM_WORD(title, ctype)                                                                     \
	static int print_##title(const void *bytes, size_t size, FILE *out)                        \
	{                                                                                          \
		uint32_t value;                                                                    \
		int r = title(bytes, size, &value);                                                \
                                                                                                   \
		if (r == 0)                                                                        \
			fprintf(out, "%u", value);                                                 \
		return r;                                                                          \
	}                                                                                          \
	static int title##_json(const void *bytes, size_t size, struct json_object **ret)          \
	{                                                                                          \
		uint32_t value;                                                                    \
		int r = title(bytes, size, &value);                                                \
                                                                                                   \
		return r == 0 ? json_made(json_object_new_uint64(value), ret) : r;                 \
	}                                                                                          \
	static const struct field_type type_##title = {                                            \
		.name = #ctype, .size = 4, .print = print_##title, .json = title##_json}

SEM_WORD(sem64_value, unsigned int);
SEM_WORD(sem32_value, unsigned int);
SEM_WORD(sem_musl_value, unsigned int);
SEM_WORD(sem_nwaiters, unsigned int);
SEM_WORD(sem_pshared, int);
SEM_WORD(sem_musl_pshared, int);

#define SEM_MEMBER(title, ctype, at, text)                                                         \
	{                                                                                          \
		.name = title, .type = ctype, .offset = at, .size = 4, .help = text                \
	}

#define SEM_MEMBERS(value_type, value_at, nwaiters_at, pshared_type, pshared_at)                   \
	{                                                                                          \
		SEM_MEMBER("value", value_type, value_at, "the value, as sem_getvalue says"),      \
			SEM_MEMBER(                                                                \
				"nwaiters", &type_sem_nwaiters, nwaiters_at,                       \
				"waiters on record; those killed while they waited stay in it"),   \
			SEM_MEMBER("pshared", pshared_type, pshared_at,                            \
				   "1: processes share it, 0: only the threads of one do"),        \
			{.name = "waiters",                                                        \
			 .type = &type_computed,                                                   \
			 .kind = FIELD_WAITERS,                                                    \
			 .help = "threads that sleep on it now, by /proc"},                        \
			{.name = "post",                                                           \
			 .type = &type_computed,                                                   \
			 .kind = FIELD_POST,                                                       \
			 .help = "with -o write: N written to it posts N times"},                  \
	}

static const struct field sem64_members[] =
	SEM_MEMBERS(&type_sem64_value, 0, 4, &type_sem_pshared, 8);
static const struct field sem32_members[] =
	SEM_MEMBERS(&type_sem32_value, 0, 12, &type_sem_pshared, 4);
static const struct field sem_musl_members[] =
	SEM_MEMBERS(&type_sem_musl_value, 0, 4, &type_sem_musl_pshared, 8);

const struct field_type type_sem = {
	.name = "sem_t",
	.size = 32,
	.members = sem64_members,
	.n_members = 5,
	.abi = &semaphore_glibc64,
	.n_words = 1,
};
const struct field_type type_sem32 = {
	.name = "sem_t (32-bit)",
	.size = 16,
	.members = sem32_members,
	.n_members = 5,
	.abi = &semaphore_glibc32,
	.n_words = 1,
};
const struct field_type type_sem_musl = {
	.name = "sem_t (musl)",
	.size = 32,
	.members = sem_musl_members,
	.n_members = 5,
	.abi = &semaphore_musl64,
	.n_words = 1,
};
