/* SPDX-License-Identifier: MIT */
/* A stream into memory: as open_memstream(3), but with no block of 8 KiB for each short text. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

struct text_stream {
	FILE *out; /* to be written to */
	char *text;
	size_t size, room;
	bool failed; /* something is missing */
	char buffer[2048];
};

/* 0 or -ENOMEM. The stream stays where it is until text_stream_close(). */
int text_stream_open(struct text_stream *stream);

/*
 * text_stream_close() - End the stream: 0 and all that was written, and a NUL behind its *ret_size
 * bytes, which the caller frees; or -ENOMEM.
 */
int text_stream_close(struct text_stream *stream, char **ret, size_t *ret_size);

/*
 * text_open() - A stream that ends as fclose(3) says: 0, and all that was written is in *ret, with
 * a NUL behind its *ret_size bytes, which the caller frees; or an error, and *ret is NULL.
 *
 * Unlike that of open_memstream(3) of glibc, where text is left out for want of memory, or all of
 * it, and nobody is told. Until then *ret is NULL. Returns NULL: -ENOMEM.
 */
FILE *text_open(char **ret, size_t *ret_size);
