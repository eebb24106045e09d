/* SPDX-License-Identifier: MIT */
/* Making and telling apart objects that are replaced. */
#include "tests/generation.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_SIZE 9 /* "00000041;" */

static size_t make_text(unsigned generation, char text[GENERATION_TEXT_MAX])
{
	const size_t times = 1 + generation % (GENERATION_TEXT_MAX / NUMBER_SIZE);
	char number[NUMBER_SIZE + 1];

	snprintf(number, sizeof(number), "%08u;", generation % 100000000);
	for (size_t i = 0; i < times; i++)
		memcpy(text + i * NUMBER_SIZE, number, NUMBER_SIZE);
	return times * NUMBER_SIZE;
}

size_t generation_make(unsigned generation, char bytes[GENERATION_SIZE_MAX])
{
	const uint32_t wsem[8] = {1, 0, 0x80}, rsem[8] = {0, 0, 0x80};
	const int cnt = (int)make_text(generation, bytes + GENERATION_HEAD);

	memcpy(bytes, wsem, sizeof(wsem));
	memcpy(bytes + 32, rsem, sizeof(rsem));
	memcpy(bytes + 64, &cnt, sizeof(cnt));
	return GENERATION_HEAD + (size_t)cnt;
}

bool generation_of_text(const char *text, size_t size, unsigned *ret)
{
	char number[NUMBER_SIZE + 1] = "", whole[GENERATION_TEXT_MAX];

	if (size < NUMBER_SIZE)
		return false;
	memcpy(number, text, NUMBER_SIZE);
	*ret = (unsigned)strtoul(number, NULL, 10);
	return make_text(*ret, whole) == size && memcmp(text, whole, size) == 0;
}

bool generation_of_bytes(const char *bytes, size_t size, unsigned *ret)
{
	char whole[GENERATION_SIZE_MAX];

	return size > GENERATION_HEAD &&
	       generation_of_text(bytes + GENERATION_HEAD, size - GENERATION_HEAD, ret) &&
	       generation_make(*ret, whole) == size && memcmp(bytes, whole, size) == 0;
}
