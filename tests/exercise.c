/* SPDX-License-Identifier: MIT */
/* What comes of it is of no interest: only that it comes, that it is text, and sanitizers agree. */
#include "tests/exercise.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/json.h"
#include "core/layout_json.h"
#include "core/object.h"
#include "core/text.h"

enum { OBJECT_SIZE = 64 << 10 };

int exercise_file(const void *bytes, size_t size)
{
	int fd = memfd_create("exercise", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	return fd;
}

void exercise_open(const void *bytes, size_t size, size_t total, size_t want, struct exercise *ret)
{
	*ret = (struct exercise){.object = {.fd = exercise_file(bytes, size)}};
	if (total > size && ftruncate(ret->object.fd, (off_t)total) < 0)
		abort();
	if (statx(ret->object.fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &ret->object.st) < 0 ||
	    image_load(&ret->object, want, &ret->image) < 0)
		abort();
}

void exercise_close(struct exercise *exercise)
{
	image_deinit(&exercise->image);
	close(exercise->object.fd);
}

static _Noreturn void complain(const char *what, const char *text, size_t size)
{
	fprintf(stderr, "%s: ", what);
	fwrite(text, 1, size, stderr);
	abort();
}

/* Of "\n", "\t", "\\" and "\xHH" (text.h) how many bytes, or 0. */
static size_t escape_length(const char *at, size_t left)
{
	if (left >= 2 && strchr("nt\\", at[1]))
		return 2;
	return left >= 4 && at[1] == 'x' && isxdigit((unsigned char)at[2]) &&
			       isxdigit((unsigned char)at[3])
		       ? 4
		       : 0;
}

static bool is_control(const char *at, size_t length)
{
	const unsigned char *c = (const unsigned char *)at;

	return length == 1 ? c[0] < 0x20 || c[0] == 0x7f
			   : length == 2 && c[0] == 0xc2 && c[1] < 0xa0;
}

FILE *words_open(struct words *ret)
{
	*ret = (struct words){0};
	ret->out = open_memstream(&ret->text, &ret->size);
	if (!ret->out)
		abort();
	return ret->out;
}

void words_close(struct words *words)
{
	size_t n;

	if (fclose(words->out) != 0)
		abort();
	for (size_t at = 0; at < words->size; at += n) {
		const char *c = words->text + at;

		n = text_utf8((const unsigned char *)c, words->size - at);
		if (*c == '\\')
			n = escape_length(c, words->size - at);
		else if (*c != '\n' && *c != '\t' && is_control(c, n))
			n = 0;
		if (n == 0)
			complain("no printable text", words->text, words->size);
	}
	free(words->text);
}

void exercise_json(struct json_object *value)
{
	_cleanup_(json_putp) struct json_object *again = NULL;
	struct json_tokener *tokener = json_tokener_new_ex(JSON_TOKENER_DEFAULT_DEPTH);
	struct words words;

	if (json_write(value, words_open(&words)) < 0 || fflush(words.out) != 0 || !tokener)
		abort();
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	again = json_tokener_parse_ex(tokener, words.text, (int)words.size);
	if (json_tokener_get_error(tokener) != json_tokener_success)
		complain("no JSON", words.text, words.size);
	json_tokener_free(tokener);
	/* A backslash means something else there. */
	if (memchr(words.text, '\n', words.size) != words.text + words.size - 1)
		complain("more than a line", words.text, words.size);
	fclose(words.out);
	free(words.text);
}

/* Always the same object: what a fuzzer finds must be found again. */
static void open_object(struct exercise *ret)
{
	static unsigned char bytes[OBJECT_SIZE];
	uint64_t random = 7;

	for (size_t i = 0; i < OBJECT_SIZE; i++) {
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		bytes[i] = (unsigned char)(random >> 56);
	}
	exercise_open(bytes, OBJECT_SIZE, 0, OBJECT_SIZE, ret);
}

static void to_json(const struct layout *layout, const struct image *image)
{
	_cleanup_json_ struct json_object *fields = json_object_new_object();
	_cleanup_json_ struct json_object *errors = json_object_new_object();
	_cleanup_json_ struct json_object *rows = NULL;
	_cleanup_json_ struct json_object *summary = NULL;

	if (layout_json_rows(layout, &rows) < 0 ||
	    layout_json_fields(layout, image, 0, fields, errors) < 0 ||
	    layout_json_summary(layout, image, &summary) < 0)
		abort();
	exercise_json(rows);
	exercise_json(fields);
	exercise_json(errors);
	exercise_json(summary);
}

static void to_text(const struct layout *layout, const struct image *image)
{
	struct words words;
	struct findings findings = {.out = words_open(&words)};

	layout_print_rows(layout, words.out);
	layout_print_fields(layout, image, words.out);
	layout_print_summary(layout, image, words.out);
	layout_health(layout, image, &findings);
	findings_end(&findings);
	words_close(&words);
}

/* Each file by itself: what is in one may be any bytes, and as many as the object has. */
static void to_files(const struct layout *layout, struct image *image)
{
	_cleanup_free_ struct leaf *leaves = NULL;
	_cleanup_fclose_ FILE *out = fopen("/dev/null", "we");
	size_t n;

	if (!out || layout_leaves(layout, &leaves, &n) < 0)
		abort();
	for (size_t i = 0; i < n; i++)
		leaf_render(&leaves[i], image, out);
}

void exercise_image(const struct layout *layout, struct image *image)
{
	const size_t known = image->size;

	to_text(layout, image);
	to_json(layout, image);
	if (layout_json_load(layout, image) == 0 && image->size != known)
		to_json(layout, image);
	to_files(layout, image);
}

void exercise_layout(const struct layout *layout)
{
	struct exercise exercise;

	open_object(&exercise);
	exercise_image(layout, &exercise.image);
	exercise_close(&exercise);
}
