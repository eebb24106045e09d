/* SPDX-License-Identifier: MIT */
/* Loading the first bytes of an object. */
#include "core/image.h"

#include <errno.h>
#include <stdlib.h>

#include "core/cleanup.h"

int image_load(const struct object *object, size_t want, struct image *ret)
{
	_cleanup_free_ unsigned char *bytes = NULL;
	ssize_t n;

	if (want > IMAGE_SIZE_MAX)
		return -EFBIG;
	bytes = malloc(want ? want : 1);
	if (!bytes)
		return -ENOMEM;
	n = object_read_some(object, 0, bytes, want);
	if (n < 0)
		return (int)n;
	image_deinit(ret);
	*ret = (struct image){.object = object, .bytes = bytes, .size = (size_t)n};
	ret->total =
		(size_t)n < want || object->st.stx_size < want ? (uint64_t)n : object->st.stx_size;
	bytes = NULL;
	return 0;
}

void image_deinit(struct image *image)
{
	free(image->bytes);
	*image = (struct image){0};
}
