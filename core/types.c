/* SPDX-License-Identifier: MIT */
/* The types that a field can have: one row a type, and how its bytes are printed. */
#include "core/layout.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"

/* Two types of the same name and size are two rows, so that both `long` and `long long` exist. */
#define PRINT_NUMBER(title, ctype, format)                                                         \
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
	const struct field_type type_##title = {                                                   \
		.name = #ctype, .size = sizeof(ctype), .print = print_##title}

PRINT_NUMBER(schar, signed char, "%d");
PRINT_NUMBER(uchar, unsigned char, "%u");
PRINT_NUMBER(short, short, "%d");
PRINT_NUMBER(ushort, unsigned short, "%u");
PRINT_NUMBER(int, int, "%d");
PRINT_NUMBER(uint, unsigned int, "%u");
PRINT_NUMBER(long, long, "%ld");
PRINT_NUMBER(ulong, unsigned long, "%lu");
PRINT_NUMBER(llong, long long, "%lld");
PRINT_NUMBER(ullong, unsigned long long, "%llu");

/* A byte other than 0 and 1 is no _Bool: reading it as one would be undefined behaviour. */
static int print_bool(const void *bytes, size_t size, FILE *out)
{
	unsigned char value = *(const unsigned char *)bytes;

	if (size != 1 || value > 1)
		return -EBADMSG;
	fputs(value ? "true" : "false", out);
	return 0;
}

static int print_char(const void *bytes, size_t size, FILE *out)
{
	if (size != 1)
		return -EBADMSG;
	text_escape(bytes, size, out);
	return 0;
}

/* As many digits as give the same number back, from 15 on: 0.1, not 0.10000000000000001. */
static int print_double(const void *bytes, size_t size, FILE *out)
{
	char digits[40];
	double value;

	if (size != sizeof(value))
		return -EBADMSG;
	memcpy(&value, bytes, sizeof(value));
	for (int precision = 15; precision <= 17; precision++) {
		snprintf(digits, sizeof(digits), "%.*g", precision, value);
		if (strtod(digits, NULL) == value)
			break;
	}
	fputs(digits, out);
	return 0;
}

static int print_float(const void *bytes, size_t size, FILE *out)
{
	char digits[40];
	float value;

	if (size != sizeof(value))
		return -EBADMSG;
	memcpy(&value, bytes, sizeof(value));
	for (int precision = 6; precision <= 9; precision++) {
		snprintf(digits, sizeof(digits), "%.*g", precision, (double)value);
		if (strtof(digits, NULL) == value)
			break;
	}
	fputs(digits, out);
	return 0;
}

static int print_text(const void *bytes, size_t size, FILE *out)
{
	fwrite(bytes, 1, strnlen(bytes, size), out);
	return 0;
}

static int print_bytes(const void *bytes, size_t size, FILE *out)
{
	fwrite(bytes, 1, size, out);
	return 0;
}

const struct field_type type_bool = {.name = "_Bool", .size = 1, .print = print_bool};
const struct field_type type_char = {
	.name = "char", .size = 1, .print = print_char, .escaped = true};
const struct field_type type_float = {.name = "float", .size = sizeof(float), .print = print_float};
const struct field_type type_double = {
	.name = "double", .size = sizeof(double), .print = print_double};
const struct field_type type_text = {.name = "char[]", .print = print_text};
const struct field_type type_bytes = {.name = "bytes", .print = print_bytes, .exact = true};
const struct field_type type_computed = {.name = "computed"};

/* sem_t: the words of both ABIs, given as the numbers that the API speaks of. */

static int print_sem_value(const struct semaphore_abi *abi, const void *bytes, FILE *out)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	word >>= abi->value_shift;
	if (word > SEMAPHORE_VALUE_MAX)
		return -EBADMSG;
	fprintf(out, "%u", word);
	return 0;
}

static int print_sem64_value(const void *bytes, size_t size, FILE *out)
{
	return size == 4 ? print_sem_value(&semaphore_glibc64, bytes, out) : -EBADMSG;
}

static int print_sem32_value(const void *bytes, size_t size, FILE *out)
{
	return size == 4 ? print_sem_value(&semaphore_glibc32, bytes, out) : -EBADMSG;
}

/* What sem_init(3) was given: 0 or 1, not the bit that glibc makes of it. */
static int print_sem_pshared(const void *bytes, size_t size, FILE *out)
{
	uint32_t flag;

	if (size != sizeof(flag))
		return -EBADMSG;
	memcpy(&flag, bytes, sizeof(flag));
	if (flag != 0 && flag != SEMAPHORE_SHARED)
		return -EBADMSG;
	fputs(flag ? "1" : "0", out);
	return 0;
}

static const struct field_type type_sem64_value = {
	.name = "unsigned int", .size = 4, .print = print_sem64_value};
static const struct field_type type_sem32_value = {
	.name = "unsigned int", .size = 4, .print = print_sem32_value};
static const struct field_type type_sem_pshared = {
	.name = "int", .size = 4, .print = print_sem_pshared};

#define SEM_MEMBERS(value_type, value_at, nwaiters_at, pshared_at)                                 \
	{                                                                                          \
		{"value", value_type, value_at, 4, .help = "the value, as sem_getvalue says"},     \
			{"nwaiters", &type_uint, nwaiters_at, 4,                                   \
			 .help = "waiters on record; those killed while they waited stay in it"},  \
			{"pshared", &type_sem_pshared, pshared_at, 4,                              \
			 .help = "1: processes share it, 0: only the threads of one do"},          \
	}

static const struct field sem64_members[] = SEM_MEMBERS(&type_sem64_value, 0, 4, 8);
static const struct field sem32_members[] = SEM_MEMBERS(&type_sem32_value, 0, 12, 4);

const struct field_type type_sem = {
	.name = "sem_t",
	.size = 32,
	.members = sem64_members,
	.n_members = 3,
	.abi = &semaphore_glibc64,
};
const struct field_type type_sem32 = {
	.name = "sem_t (32-bit)",
	.size = 16,
	.members = sem32_members,
	.n_members = 3,
	.abi = &semaphore_glibc32,
};
