/* SPDX-License-Identifier: MIT */
/* Any bytes as a linked list that a program appends to and walks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "progs/linkedlist.h"
#include "tests/exercise.h"
#include "tests/fuzz/fuzz.h"

static const struct pshm_linkedlist *map(int fd)
{
	struct pshm_linkedlist *list =
		mmap(NULL, sizeof(*list), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (list == MAP_FAILED)
		abort();
	return list;
}

/* The text to be appended, a newline; then the object. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = {bytes, size};
	char *text = input_until(&input, '\n');
	struct pshm_linkedlist *list;
	struct exercise exercise;
	struct words words;
	int r;

	exercise_open(input.at, input.left, input.left < sizeof(*list) ? sizeof(*list) : input.left,
		      4096, &exercise);
	list = (struct pshm_linkedlist *)(uintptr_t)map(exercise.object.fd);
	words_open(&words);
	for (int i = 0; text && i < 2; i++) {
		r = linkedlist_append(exercise.object.fd, list, text);
		if (r < 0 && r != -EBADMSG && r != -ENOSPC && r != -EFBIG)
			abort();
	}
	r = linkedlist_write(&exercise.object, list, fuzz_nowhere());
	if (r < 0 && r != -EBADMSG)
		abort();
	words_close(&words);
	munmap(list, sizeof(*list));
	exercise_close(&exercise);
	free(text);
	return 0;
}
