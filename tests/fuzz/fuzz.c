/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

uint64_t input_number(struct input *input, size_t n)
{
	uint64_t number = 0;

	for (size_t i = 0; i < n && input->left > 0; i++, input->left--)
		number |= (uint64_t)*input->at++ << 8 * i;
	return number;
}

size_t input_bytes(struct input *input, void *ret, size_t size)
{
	const size_t n = input->left < size ? input->left : size;

	if (n > 0)
		memcpy(ret, input->at, n);
	input->at += n;
	input->left -= n;
	return n;
}

/* As long as it is: sanitizers see who reads on. */
static char *string_of(const uint8_t *bytes, size_t n)
{
	char *text = n > 0 ? strndup((const char *)bytes, n) : strdup("");

	if (!text)
		abort();
	return text;
}

char *input_until(struct input *input, char end)
{
	const uint8_t *found = input->left > 0 ? memchr(input->at, end, input->left) : NULL;
	const size_t n = found ? (size_t)(found - input->at) : input->left;
	char *text;

	if (input->left == 0)
		return NULL;
	text = string_of(input->at, n);
	input->at += n + (found != NULL);
	input->left -= n + (found != NULL);
	return text;
}

char *input_text(struct input *input)
{
	char *text = string_of(input->at, input->left);

	input->left = 0;
	return text;
}

FILE *fuzz_nowhere(void)
{
	static FILE *out;

	if (!out)
		out = fopen("/dev/null", "we");
	if (!out)
		abort();
	return out;
}
