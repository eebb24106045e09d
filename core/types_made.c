/* SPDX-License-Identifier: MIT */
/* How types are shown that only a program's debug information tells of. */
#include "core/types_made.h"

#include <endian.h>
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/record.h"
#include "core/text.h"

int type_print(const struct field_type *type, const void *bytes, size_t size, FILE *out)
{
	return type->made_print ? type->made_print(type, bytes, size, out)
				: type->print(bytes, size, out);
}

int type_json(const struct field_type *type, const void *bytes, size_t size,
	      struct json_object **ret)
{
	return type->made_json ? type->made_json(type, bytes, size, ret)
			       : type->json(bytes, size, ret);
}

/* What print says, as a string: JSON has no such number. */
static int string_json(int (*print)(const void *bytes, size_t size, FILE *out), const void *bytes,
		       size_t size, struct json_object **ret)
{
	char text[64] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");
	int r;

	if (!out)
		return -ENOMEM;
	r = print(bytes, size, out);
	fclose(out);
	return r < 0 ? r : json_made(json_object_new_string(text), ret);
}

#if LDBL_MANT_DIG == 64
#define X87_SIZE 10
#endif

static int print_long_double(const void *bytes, size_t size, FILE *out)
{
#ifdef X87_SIZE
	char text[64];
	long double value = 0;

	if (size != 12 && size != 16)
		return -EBADMSG;
	memcpy(&value, bytes, X87_SIZE);
	for (int precision = 18; precision <= 21; precision++) {
		snprintf(text, sizeof(text), "%.*Lg", precision, value);
		if (strtold(text, NULL) == value)
			break;
	}
	fputs(text, out);
	return 0;
#else
	(void)bytes;
	(void)size;
	(void)out;
	return -ENOTSUP;
#endif
}

static int long_double_json(const void *bytes, size_t size, struct json_object **ret)
{
	return string_json(print_long_double, bytes, size, ret);
}

static void print_digits(unsigned __int128 value, FILE *out)
{
	char digits[40], *at = digits + sizeof(digits) - 1;

	*at = '\0';
	do
		*--at = (char)('0' + (int)(value % 10));
	while (value /= 10);
	fputs(at, out);
}

static int print_uint128(const void *bytes, size_t size, FILE *out)
{
	unsigned __int128 value;

	if (size != sizeof(value))
		return -EBADMSG;
	memcpy(&value, bytes, sizeof(value));
	print_digits(value, out);
	return 0;
}

static int print_int128(const void *bytes, size_t size, FILE *out)
{
	unsigned __int128 value;

	if (size != sizeof(value))
		return -EBADMSG;
	memcpy(&value, bytes, sizeof(value));
	if (value >> 127) {
		fputc('-', out);
		value = -value;
	}
	print_digits(value, out);
	return 0;
}

static int int128_json(const void *bytes, size_t size, struct json_object **ret)
{
	return string_json(print_int128, bytes, size, ret);
}

static int uint128_json(const void *bytes, size_t size, struct json_object **ret)
{
	return string_json(print_uint128, bytes, size, ret);
}

/* RFC 3629; surrogates and what lies above U+10FFFF are no characters. */
static size_t utf8_encode(uint32_t c, unsigned char ret[4])
{
	if (c < 0x80) {
		ret[0] = (unsigned char)c;
		return 1;
	}
	if (c < 0x800) {
		ret[0] = (unsigned char)(0xc0 | c >> 6);
		ret[1] = (unsigned char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		ret[0] = (unsigned char)(0xe0 | c >> 12);
		ret[1] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
		ret[2] = (unsigned char)(0x80 | (c & 0x3f));
		return 3;
	}
	ret[0] = (unsigned char)(0xf0 | c >> 18);
	ret[1] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
	ret[2] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
	ret[3] = (unsigned char)(0x80 | (c & 0x3f));
	return 4;
}

static int char32_bytes(const void *bytes, size_t size, unsigned char ret[4], size_t *ret_n)
{
	uint32_t c;

	if (size != sizeof(c))
		return -EBADMSG;
	memcpy(&c, bytes, sizeof(c));
	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return -EBADMSG;
	*ret_n = utf8_encode(c, ret);
	return 0;
}

static int print_char32(const void *bytes, size_t size, FILE *out)
{
	unsigned char text[4];
	size_t n;
	int r = char32_bytes(bytes, size, text, &n);

	if (r == 0)
		text_escape(text, n, out);
	return r;
}

static int char32_json(const void *bytes, size_t size, struct json_object **ret)
{
	unsigned char text[4];
	size_t n;
	int r = char32_bytes(bytes, size, text, &n);

	return r < 0 ? r : json_made(json_bytes(text, n), ret);
}

static int print_line(const void *bytes, size_t size, FILE *out)
{
	text_escape(bytes, strnlen(bytes, size), out);
	return 0;
}

static int line_json(const void *bytes, size_t size, struct json_object **ret)
{
	return json_made(json_bytes(bytes, strnlen(bytes, size)), ret);
}

const struct field_type type_long_double = {
	.name = "long double", .print = print_long_double, .json = long_double_json};
const struct field_type type_int128 = {
	.name = "__int128", .size = 16, .print = print_int128, .json = int128_json};
const struct field_type type_uint128 = {
	.name = "unsigned __int128", .size = 16, .print = print_uint128, .json = uint128_json};
const struct field_type type_char32 = {
	.name = "char32_t", .size = 4, .print = print_char32, .json = char32_json, .escaped = true};
/* The number of whole elements; what a buffer has behind the last one is none. */
static size_t array_count(const struct field_type *type, size_t size)
{
	return type->detail->element_size ? size / type->detail->element_size : 0;
}

/* The elements of an array of arrays are lines; what they have in them stands between TABs. */
static int print_array(const struct field_type *type, const void *bytes, size_t size, FILE *out)
{
	const struct type_detail *detail = type->detail;
	const size_t n = array_count(type, size);
	const char between = detail->inner ? '\t' : '\n';
	int r = 0;

	for (size_t i = 0; r == 0 && i < n && !ferror(out); i++) {
		if (i > 0)
			fputc(between, out);
		r = type_print(detail->element, (const char *)bytes + i * detail->element_size,
			       detail->element_size, out);
	}
	return r;
}

static int array_json(const struct field_type *type, const void *bytes, size_t size,
		      struct json_object **ret)
{
	_cleanup_json_ struct json_object *array = json_object_new_array();
	const struct type_detail *detail = type->detail;
	const size_t n = array_count(type, size);
	int r = array ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct json_object *value = NULL;

		r = type_json(detail->element, (const char *)bytes + i * detail->element_size,
			      detail->element_size, &value);
		if (r == 0)
			r = json_append(array, value);
	}
	if (r == 0)
		*ret = json_object_get(array);
	return r;
}

/* Little-endian, as bit fields below: dwarf_file.c takes no other program. */
static int take_number(const void *bytes, size_t size, uint64_t *ret)
{
	*ret = 0;
	if (size == 0 || size > sizeof(*ret))
		return -EBADMSG;
	for (size_t i = 0; i < size; i++)
		*ret |= (uint64_t)((const unsigned char *)bytes)[i] << 8 * i;
	return 0;
}

/* Names may be of negative numbers: what counts is the bits that the value has. */
static const char *name_of(const struct type_detail *detail, uint64_t value, size_t size)
{
	const uint64_t mask = size < 8 ? (UINT64_C(1) << 8 * size) - 1 : UINT64_MAX;

	for (size_t i = 0; i < detail->n_names; i++)
		if (((detail->names[i].value ^ value) & mask) == 0)
			return detail->names[i].name;
	return detail->otherwise;
}

/* NULL: the number has none. */
static int find_name(const struct type_detail *detail, const void *bytes, size_t size,
		     const char **ret)
{
	uint64_t value;
	int r = take_number(bytes, size, &value);

	if (r == 0)
		*ret = name_of(detail, value, size);
	return r;
}

static int print_enum(const struct field_type *type, const void *bytes, size_t size, FILE *out)
{
	const char *name = NULL;
	int r = find_name(type->detail, bytes, size, &name);

	if (r < 0)
		return r;
	if (!name)
		return type_print(type->detail->element, bytes, size, out);
	fputs(name, out);
	return 0;
}

static int enum_json(const struct field_type *type, const void *bytes, size_t size,
		     struct json_object **ret)
{
	const char *name = NULL;
	int r = find_name(type->detail, bytes, size, &name);

	if (r < 0)
		return r;
	return name ? json_made(json_bytes(name, strlen(name)), ret)
		    : type_json(type->detail->element, bytes, size, ret);
}

/* A whole value of the element's type that is the number in these bits. */
struct whole {
	unsigned char bytes[8];
};

static int bits_whole(const struct field_type *type, const void *bytes, size_t size,
		      struct whole *ret)
{
	const struct type_detail *detail = type->detail;
	unsigned __int128 all = 0;
	uint64_t value;

	if (size > 9 || detail->width == 0 || detail->width > 64 ||
	    detail->bit + detail->width > 8 * size)
		return -EBADMSG;
	for (size_t i = 0; i < size; i++)
		all |= (unsigned __int128)((const unsigned char *)bytes)[i] << 8 * i;
	value = (uint64_t)(all >> detail->bit) << (64 - detail->width);
	value = detail->is_signed ? (uint64_t)((int64_t)value >> (64 - detail->width))
				  : value >> (64 - detail->width);
	memcpy(ret->bytes, &(uint64_t){htole64(value)}, sizeof(ret->bytes));
	return 0;
}

static int print_bits(const struct field_type *type, const void *bytes, size_t size, FILE *out)
{
	struct whole whole;
	int r = bits_whole(type, bytes, size, &whole);

	return r < 0 ? r
		     : type_print(type->detail->element, whole.bytes, type->detail->element_size,
				  out);
}

static int bits_json(const struct field_type *type, const void *bytes, size_t size,
		     struct json_object **ret)
{
	struct whole whole;
	int r = bits_whole(type, bytes, size, &whole);

	return r < 0 ? r
		     : type_json(type->detail->element, whole.bytes, type->detail->element_size,
				 ret);
}

static int print_pointer(const void *bytes, size_t size, FILE *out)
{
	uint64_t value;
	int r = take_number(bytes, size, &value);

	if (r == 0)
		fprintf(out, "%#" PRIx64, value);
	return r;
}

static int pointer_json(const void *bytes, size_t size, struct json_object **ret)
{
	return string_json(print_pointer, bytes, size, ret);
}

static int print_opaque(const void *bytes, size_t size, FILE *out)
{
	fwrite(bytes, 1, size, out);
	return 0;
}

static int opaque_json(const void *bytes, size_t size, struct json_object **ret)
{
	return json_made(json_bytes(bytes, size), ret);
}

static const struct field_type made[N_MADE] = {
	[MADE_ARRAY] = {.made_print = print_array, .made_json = array_json},
	[MADE_ENUM] = {.made_print = print_enum, .made_json = enum_json},
	[MADE_BITS] = {.made_print = print_bits, .made_json = bits_json},
	[MADE_POINTER] = {.print = print_pointer, .json = pointer_json, .address = true},
	[MADE_LINE] = {.print = print_line, .json = line_json, .escaped = true},
	[MADE_OPAQUE] = {.print = print_opaque, .json = opaque_json, .exact = true},
	[MADE_TABLE] = {.made_print = record_print_table, .made_json = record_table_json},
};

struct field_type type_make(enum type_made kind, const char *name, const struct type_detail *detail)
{
	struct field_type type = made[kind];

	type.name = name;
	type.detail = detail;
	return type;
}
