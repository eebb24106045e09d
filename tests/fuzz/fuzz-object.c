/* SPDX-License-Identifier: MIT */
/* Any bytes as an object: which layout it has, and what each built-in one shows of it. */
#include <stdlib.h>

#include "core/cleanup.h"
#include "core/layout_choice.h"
#include "tests/exercise.h"
#include "tests/fuzz/fuzz.h"

/* Names that promise something, and one that does not. */
static const char *const names[] = {"x", "sem.x", "pshm_xfr", "sem.\xff\n"};

/* The first look at an object is of so many bytes; less, and it must do with less. */
static const size_t looks[] = {4096, 0, 33, 80};

static void choose(const char *name, struct exercise *exercise)
{
	const struct layout_attribute attribute = {0};
	const struct layout_question question = {.name = name,
						 .object = &exercise->object,
						 .image = &exercise->image,
						 .attribute = &attribute};
	struct words words;
	const struct layout *layout;

	words_open(&words);
	layout_explain(&question, words.out);
	layout_suspect(&question, words.out);
	layout_settled(&question);
	layout_look(&question, &exercise->image, &layout);
	/* A choice must explain itself, and suspicion is of those that have none. */
	if (layout != layout_choose(&question) && exercise->image.size == exercise->image.total)
		abort();
	words_close(&words);
}

static void match(const struct layout *layout, const struct image *image)
{
	struct words words;

	for (int named = 0; named < 2; named++) {
		words_open(&words);
		if (layout_match(layout, image, named, NULL) !=
		    layout_match(layout, image, named, words.out))
			abort();
		words_close(&words);
	}
}

/* Which name, how much of it is known, as what to show it, how many zeros are behind; the bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = {bytes, size};
	const char *name = names[input_number(&input, 1) % 4];
	const size_t look = looks[input_number(&input, 1) % 4];
	const struct layout *layout = &layouts[input_number(&input, 1) % n_layouts];
	const size_t hole = input_number(&input, 2) % 8192;
	struct exercise exercise;

	exercise_open(input.at, input.left, input.left + hole, look, &exercise);
	choose(name, &exercise);
	image_load(&exercise.object, look, &exercise.image);
	match(layout, &exercise.image);
	exercise_image(layout, &exercise.image);
	exercise_close(&exercise);
	return 0;
}
