/* SPDX-License-Identifier: MIT */
/* An image: the first bytes of an object, read at one moment by one pread(2). */
#pragma once

#include "core/object.h"

struct image {
	const struct object *object;
	unsigned char *bytes;
	size_t size;    /* how many bytes of the object, from its start, are in `bytes` */
	uint64_t total; /* how many bytes the object had at that moment */
};

/* The most that one image holds; larger fields are refused with -EFBIG instead of being loaded. */
#define IMAGE_SIZE_MAX ((size_t)64 * 1024 * 1024 + 4096)

/*
 * image_load() - Read the first `want` bytes of the object (fewer where it is shorter).
 *
 * `object` must outlive the image. An image already in `ret` is replaced; start with a zeroed one.
 * Returns 0, -EFBIG above IMAGE_SIZE_MAX, -ENOMEM, or why the object cannot be read.
 * The caller owns ret and gives it back with image_deinit().
 */
int image_load(const struct object *object, size_t want, struct image *ret);
void image_deinit(struct image *image);
