/* SPDX-License-Identifier: MIT */
/* Values that users write. */
#include "core/parse.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Where the digits begin, and their base; strtoimax(3) would also take blanks before them. */
static const char *find_digits(const char *text, int *ret_base)
{
	const char *digits = text + (*text == '-' || *text == '+');
	bool hexadecimal = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');

	*ret_base = hexadecimal ? 16 : 10;
	if (hexadecimal)
		return isxdigit((unsigned char)digits[2]) ? digits : NULL;
	return isdigit((unsigned char)digits[0]) ? digits : NULL;
}

/* Little-endian, as all that this program reads is: the low bytes come first. */
static int put_number(uintmax_t number, void *bytes, size_t size)
{
	if (size > sizeof(number))
		return -EINVAL;
	memcpy(bytes, &number, size);
	return 0;
}

int parse_signed(const char *text, void *bytes, size_t size)
{
	const intmax_t max = size < sizeof(max) ? ((intmax_t)1 << (8 * size - 1)) - 1 : INTMAX_MAX;
	intmax_t number;
	char *end;
	int base;

	if (!find_digits(text, &base))
		return -EINVAL;
	errno = 0;
	number = strtoimax(text, &end, base);
	if (*end)
		return -EINVAL;
	if (errno == ERANGE || number > max || number < -max - 1)
		return -ERANGE;
	return put_number((uintmax_t)number, bytes, size);
}

int parse_unsigned(const char *text, void *bytes, size_t size)
{
	const uintmax_t max = size < sizeof(max) ? ((uintmax_t)1 << (8 * size)) - 1 : UINTMAX_MAX;
	uintmax_t number;
	char *end;
	int base;

	if (!find_digits(text, &base))
		return -EINVAL;
	errno = 0;
	number = strtoumax(text, &end, base);
	if (*end)
		return -EINVAL;
	/* strtoumax(3) takes -1 for the largest there is. */
	if (errno == ERANGE || number > max || (*text == '-' && number != 0))
		return -ERANGE;
	return put_number(number, bytes, size);
}

/* Underflow to a small number or to 0 is the nearest value that there is, and no error. */
#define PARSE_FLOATING(type, convert)                                                              \
	int parse_##type(const char *text, void *bytes, size_t size)                               \
	{                                                                                          \
		type number;                                                                       \
		char *end;                                                                         \
                                                                                                   \
		if (!*text || isspace((unsigned char)*text) || size != sizeof(number))             \
			return -EINVAL;                                                            \
		errno = 0;                                                                         \
		number = convert(text, &end);                                                      \
		if (*end)                                                                          \
			return -EINVAL;                                                            \
		if (errno == ERANGE && (number > 1 || number < -1))                                \
			return -ERANGE;                                                            \
		memcpy(bytes, &number, size);                                                      \
		return 0;                                                                          \
	}

PARSE_FLOATING(float, strtof)
PARSE_FLOATING(double, strtod)

int parse_bool(const char *text, void *bytes, size_t size)
{
	static const char *const words[] = {"false", "true", "0", "1"};

	for (size_t i = 0; i < 4; i++) {
		if (strcmp(text, words[i]) == 0) {
			memset(bytes, 0, size);
			*(unsigned char *)bytes = i % 2;
			return 0;
		}
	}
	return -EINVAL;
}

int parse_char(const char *text, void *bytes, size_t size)
{
	if (strlen(text) != 1 || size != 1)
		return -EINVAL;
	memcpy(bytes, text, size);
	return 0;
}

int parse_text(const char *text, void *bytes, size_t size)
{
	size_t n = strlen(text);

	if (n > size)
		return -EFBIG;
	memset(bytes, 0, size);
	memcpy(bytes, text, n);
	return 0;
}
