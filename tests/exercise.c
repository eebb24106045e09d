/* SPDX-License-Identifier: MIT */
/* What comes of it is of no interest: only that it comes, and that sanitizers are content. */
#include "tests/exercise.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/json.h"
#include "core/layout_json.h"
#include "core/object.h"

enum { OBJECT_SIZE = 64 << 10 };

int exercise_file(const void *bytes, size_t size)
{
	int fd = memfd_create("exercise", MFD_CLOEXEC);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		abort();
	return fd;
}

/* Always the same object: what a fuzzer finds must be found again. */
static void open_object(struct object *ret)
{
	static unsigned char bytes[OBJECT_SIZE];
	uint64_t random = 7;

	for (size_t i = 0; i < OBJECT_SIZE; i++) {
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
		bytes[i] = (unsigned char)(random >> 56);
	}
	*ret = (struct object){.fd = exercise_file(bytes, OBJECT_SIZE)};
	if (statx(ret->fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &ret->st) < 0)
		abort();
}

static void to_json(const struct layout *layout, const struct image *image)
{
	_cleanup_json_ struct json_object *fields = json_object_new_object();
	_cleanup_json_ struct json_object *errors = json_object_new_object();
	_cleanup_json_ struct json_object *rows = NULL;

	layout_json_rows(layout, &rows);
	layout_json_fields(layout, image, 0, fields, errors);
	json_object_to_json_string(fields);
}

void exercise_layout(const struct layout *layout)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_fclose_ FILE *out = NULL;
	struct object object;
	struct image image = {0};
	size_t size;

	open_object(&object);
	out = open_memstream(&text, &size);
	if (!out || image_load(&object, OBJECT_SIZE, &image) < 0)
		abort();
	layout_print_rows(layout, out);
	layout_print_fields(layout, &image, out);
	to_json(layout, &image);
	image_deinit(&image);
	close(object.fd);
}
