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

	if (make_room(stream, stream->size + size) < 0) {
		stream->failed = true; /* fclose(3) only tells what comes of the last bytes */
		return 0;              /* an error, to fopencookie(3) */
	}
	memcpy(stream->text + stream->size, bytes, size);
	stream->size += size;
	return (ssize_t)size;
}

/* `close` as of fopencookie(3), or NULL: text_stream_close() ends it. */
static int open_stream(struct text_stream *stream, cookie_close_function_t *close)
{
	stream->text = NULL;
	stream->size = stream->room = 0;
	stream->failed = false;
	stream->out =
		fopencookie(stream, "w", (cookie_io_functions_t){.write = append, .close = close});
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

/* What was written, or -ENOMEM where not all of it is there. */
static int take_text(struct text_stream *stream, char **ret, size_t *ret_size)
{
	if (stream->failed || make_room(stream, stream->size) < 0) {
		free(stream->text);
		return -ENOMEM;
	}
	stream->text[stream->size] = '\0';
	give_rest(stream);
	*ret = stream->text;
	*ret_size = stream->size;
	return 0;
}

int text_stream_open(struct text_stream *stream)
{
	return open_stream(stream, NULL);
}

int text_stream_close(struct text_stream *stream, char **ret, size_t *ret_size)
{
	if (fclose(stream->out) != 0)
		stream->failed = true;
	return take_text(stream, ret, ret_size);
}

/* A stream that is nobody's but its own. */
struct text_memory {
	struct text_stream stream; /* first, since that is the cookie */
	char **ret;
	size_t *ret_size;
};

static int memory_close(void *cookie)
{
	struct text_memory *memory = cookie;
	int r = take_text(&memory->stream, memory->ret, memory->ret_size);

	free(memory);
	return r < 0 ? EOF : 0;
}

FILE *text_open(char **ret, size_t *ret_size)
{
	struct text_memory *memory = malloc(sizeof(*memory));

	*ret = NULL;
	*ret_size = 0;
	if (!memory)
		return NULL;
	memory->ret = ret;
	memory->ret_size = ret_size;
	if (open_stream(&memory->stream, memory_close) < 0) {
		free(memory);
		return NULL;
	}
	return memory->stream.out;
}
