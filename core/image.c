/* SPDX-License-Identifier: MIT */
/* Loading the first bytes of an object. */
#include "core/image.h"

#include <errno.h>
#include <stdlib.h>

#include "core/cleanup.h"

/* Into a buffer of its own: what there is of the first `want` bytes, by one pread(2). */
static ssize_t load(const struct object *object, size_t want, unsigned char **ret)
{
	_cleanup_free_ unsigned char *bytes = malloc(want ? want : 1);
	ssize_t n;

	if (!bytes)
		return -ENOMEM;
	n = object_read_some(object, 0, bytes, want);
	if (n < 0)
		return n;
	*ret = bytes;
	bytes = NULL;
	return n;
}

int image_load(const struct object *object, size_t want, struct image *ret)
{
	/* Most objects are small; one byte more than they have shows whether they have grown. */
	const size_t room = object->st.stx_size < want ? (size_t)object->st.stx_size + 1 : want;
	unsigned char *bytes = NULL;
	ssize_t n;

	if (want > IMAGE_SIZE_MAX)
		return -EFBIG;
	n = load(object, room, &bytes);
	if (n == (ssize_t)room && room < want) {
		free(bytes);
		n = load(object, want, &bytes);
	}
	if (n < 0)
		return (int)n;
	image_deinit(ret);
	*ret = (struct image){.object = object, .bytes = bytes, .size = (size_t)n};
	ret->total =
		(size_t)n < want || object->st.stx_size < want ? (uint64_t)n : object->st.stx_size;
	return 0;
}

void image_deinit(struct image *image)
{
	free(image->bytes);
	*image = (struct image){0};
}
