/* SPDX-License-Identifier: MIT */
/* A stream whose short text stays in the buffer until it ends. */
#include "core/text_stream.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

/* Room for `size` bytes and a NUL: just that at first, since that is all for a short text. */
static int make_room(struct text_stream *stream, size_t size)
{
	size_t room = stream->room ? stream->room * 2 : size + 1;
	char *text;

	if (size < stream->room)
		return 0;
	if (room <= size)
		room = size + 1;
	text = realloc(stream->text, room);
	if (!text)
		return -ENOMEM;
	stream->text = text;
	stream->room = room;
	return 0;
}

static ssize_t append(void *cookie, const char *bytes, size_t size)
{
	struct text_stream *stream = cookie;

	if (make_room(stream, stream->size + size) < 0)
		return 0; /* an error, to fopencookie(3) */
	memcpy(stream->text + stream->size, bytes, size);
	stream->size += size;
	return (ssize_t)size;
}

int text_stream_open(struct text_stream *stream)
{
	stream->text = NULL;
	stream->size = stream->room = 0;
	stream->out = fopencookie(stream, "w", (cookie_io_functions_t){.write = append});
	if (!stream->out)
		return -ENOMEM;
	setvbuf(stream->out, stream->buffer, _IOFBF, sizeof(stream->buffer));
	/* One thread writes it: a lock for each of a table's cells is a third of its time. */
	__fsetlocking(stream->out, FSETLOCKING_BYCALLER);
	return 0;
}

/* A text may be kept for long; what is too much of it is as much as itself at most. */
static void give_rest(struct text_stream *stream)
{
	char *text =
		stream->room > stream->size + 1 ? realloc(stream->text, stream->size + 1) : NULL;

	if (text)
		stream->text = text;
}

int text_stream_close(struct text_stream *stream, char **ret, size_t *ret_size)
{
	/* fclose(3) only tells what comes of the last bytes. */
	const bool failed = ferror(stream->out);

	if (fclose(stream->out) != 0 || failed || make_room(stream, stream->size) < 0) {
		free(stream->text);
		return -ENOMEM;
	}
	stream->text[stream->size] = '\0';
	give_rest(stream);
	*ret = stream->text;
	*ret_size = stream->size;
	return 0;
}

/* A stream that is nobody's but its own. */
struct text_memory {
	struct text_stream stream;
	char **ret;
	size_t *ret_size;
	bool failed;
};

static ssize_t memory_append(void *cookie, const char *bytes, size_t size)
{
	struct text_memory *memory = cookie;
	ssize_t n = append(&memory->stream, bytes, size);

	memory->failed = memory->failed || n == 0;
	return n;
}

static int memory_close(void *cookie)
{
	struct text_memory *memory = cookie;
	struct text_stream *stream = &memory->stream;
	const bool failed = memory->failed || make_room(stream, stream->size) < 0;

	if (failed) {
		free(stream->text);
	} else {
		stream->text[stream->size] = '\0';
		*memory->ret = stream->text;
		*memory->ret_size = stream->size;
	}
	free(memory);
	return failed ? EOF : 0;
}

FILE *text_open(char **ret, size_t *ret_size)
{
	const cookie_io_functions_t functions = {.write = memory_append, .close = memory_close};
	struct text_memory *memory = malloc(sizeof(*memory));
	FILE *out;

	*ret = NULL;
	*ret_size = 0;
	if (!memory)
		return NULL;
	*memory = (struct text_memory){.ret = ret, .ret_size = ret_size};
	out = fopencookie(memory, "w", functions);
	if (!out) {
		free(memory);
		return NULL;
	}
	setvbuf(out, memory->stream.buffer, _IOFBF, sizeof(memory->stream.buffer));
	__fsetlocking(out, FSETLOCKING_BYCALLER);
	return out;
}
