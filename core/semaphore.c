/* SPDX-License-Identifier: MIT */
/* Decoding a sem_t and telling one from garbage. */
#include "core/semaphore.h"

#include <string.h>

const struct semaphore_abi semaphore_glibc64 = {
	.name = "glibc 64-bit",
	.size = 32,
	.alignment = 8,
	.value = 0,
	.nwaiters = 4,
	.pshared = 8,
	.post = semaphore_post_glibc64,
	.ambiguous = "musl shared or glibc private",
};

const struct semaphore_abi semaphore_glibc32 = {
	.name = "glibc 32-bit",
	.size = 16,
	.alignment = 4,
	.value = 0,
	.value_shift = 1,
	.nwaiters = 12,
	.pshared = 4,
	.post = semaphore_post_glibc32,
};

const struct semaphore_abi semaphore_musl64 = {
	.name = "musl 64-bit",
	.size = 32,
	.alignment = 4,
	.value = 0,
	.nwaiters = 4,
	.pshared = 8,
	.inverted = true,
	.waiting_bit = true,
	.post = semaphore_post_musl,
};

/* musl sets it in the word of a semaphore that somebody waits for. */
#define WAITING 0x80000000u

static uint32_t word(const void *bytes, size_t offset)
{
	uint32_t w;

	memcpy(&w, (const char *)bytes + offset, sizeof(w));
	return w;
}

uint32_t semaphore_value(const struct semaphore_abi *abi, uint32_t word)
{
	if (abi->waiting_bit)
		return word == UINT32_MAX ? 0 : word & ~WAITING;
	return word >> abi->value_shift;
}

struct semaphore semaphore_decode(const struct semaphore_abi *abi, const void *bytes)
{
	uint32_t flag = word(bytes, abi->pshared);

	return (struct semaphore){
		.value = semaphore_value(abi, word(bytes, abi->value)),
		.nwaiters = word(bytes, abi->nwaiters),
		.flag = flag,
		.shared = flag == (abi->inverted ? 0 : SEMAPHORE_SHARED),
	};
}

bool semaphore_waited(const struct semaphore_abi *abi, const void *bytes)
{
	return word(bytes, abi->value) & WAITING && word(bytes, abi->nwaiters) > 0;
}

/* The words that no form uses are padding, and sem_init() leaves them zero. */
static bool padding_zero(const struct semaphore_abi *abi, const void *bytes)
{
	for (size_t at = 0; at < abi->size; at += sizeof(uint32_t))
		if (at != abi->value && at != abi->nwaiters && at != abi->pshared &&
		    word(bytes, at) != 0)
			return false;
	return true;
}

static bool refuse(FILE *why, const char *text)
{
	if (why)
		fputs(text, why);
	return false;
}

bool semaphore_plausible(const struct semaphore_abi *abi, const void *bytes, FILE *why)
{
	struct semaphore s = semaphore_decode(abi, bytes);

	if (s.flag != 0 && s.flag != SEMAPHORE_SHARED) {
		if (why)
			fprintf(why, "its shared flag is neither 0 nor 0x80 but %#x", s.flag);
		return false;
	}
	if (!padding_zero(abi, bytes))
		return refuse(why, "its padding is not zero");
	if (s.value > SEMAPHORE_VALUE_MAX) {
		if (why)
			fprintf(why, "%#x is above SEM_VALUE_MAX, so no value of glibc%s", s.value,
				semaphore_waited(abi, bytes) ? " (musl's with a waiter?)" : "");
		return false;
	}
	if (s.value == 0 && s.nwaiters == 0 && s.flag == 0 && !abi->inverted)
		return refuse(why, "all of it is zero (not yet initialised?)");
	return true;
}
