/* SPDX-License-Identifier: MIT */
/* Any bytes as each kind of lock, of each C library, and as what threads sleep on. */
#include <stdlib.h>
#include <string.h>

#include "core/lock.h"
#include "core/pthreads.h"
#include "core/semaphore.h"
#include "tests/exercise.h"
#include "tests/fuzz/fuzz.h"

/* Just as many bytes as a lock has, for sanitizers to see who reads on. */
static void read_kind(const struct lock_kind *kind, const uint8_t *bytes, size_t size)
{
	uint8_t *copy = calloc(1, kind->type->size);
	const struct field_type *type = kind->type;
	struct lock_reading reading;
	struct words words;

	if (!copy)
		abort();
	memcpy(copy, bytes, size < type->size ? size : type->size);
	lock_read(kind, copy, type->size, &reading);
	lock_read(kind, copy, 0, &reading);
	words_open(&words);
	if (type->plausible && type->plausible(copy, NULL) != type->plausible(copy, words.out))
		abort();
	words_close(&words);
	free(copy);
}

/* What is done at once to a semaphore is what so many calls would do: all, or nothing. */
static void post(const struct semaphore_abi *abi, const uint8_t *bytes, size_t size, uint32_t n)
{
	_Alignas(8) uint8_t copy[32] = {0}, before[32];
	struct semaphore was, is;
	struct words words;
	int wake = 0, r;

	memcpy(copy, bytes, size < abi->size ? size : abi->size);
	memcpy(before, copy, sizeof(before));
	words_open(&words);
	if (semaphore_plausible(abi, copy, NULL) != semaphore_plausible(abi, copy, words.out))
		abort();
	words_close(&words);
	semaphore_waited(abi, copy);
	was = semaphore_decode(abi, copy);
	if (!semaphore_plausible(abi, copy, NULL) || n == 0)
		return;
	r = abi->post(copy, n, &wake);
	is = semaphore_decode(abi, copy);
	if (r < 0 ? memcmp(before, copy, sizeof(copy)) != 0 : is.value != was.value + n)
		abort();
}

/* How a thread sleeps, how often to post, and then the bytes around it. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = {bytes, size};
	const uint64_t start = input_number(&input, 1) % 2 ? UINT64_C(0xfffffffffffff000) : 0;
	const struct waiter waiter = {
		.place = WAITER_OBJECT,
		.op = (uint32_t)input_number(&input, 2),
		.expected = (uint32_t)input_number(&input, 4),
		.offset = start + input_number(&input, 1),
	};
	const uint32_t n = (uint32_t)input_number(&input, 4) & SEMAPHORE_VALUE_MAX;
	struct words words;
	struct lock lock;

	for (size_t i = 0; i < n_lock_kinds; i++)
		read_kind(&lock_kinds[i], input.at, input.left);
	post(&semaphore_glibc64, input.at, input.left, n);
	post(&semaphore_glibc32, input.at, input.left, n);
	post(&semaphore_musl64, input.at, input.left, n);
	words_open(&words);
	if (lock_infer(&waiter, input.at, input.left, start, &lock))
		lock_print_name(&lock, words.out);
	words_close(&words);
	return 0;
}
