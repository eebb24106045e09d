/* SPDX-License-Identifier: MIT */
/* Making objects out of bytes, and strings out of what is printed. */
#include "tests/specimen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/support.h"

void specimen_make_part(struct specimen *ret, const void *bytes, size_t size, size_t want)
{
	*ret = (struct specimen){0};
	ret->object.fd = memfd_create("specimen", MFD_CLOEXEC);
	assert_true(ret->object.fd >= 0);
	assert_int_equal(write(ret->object.fd, bytes, size), size);
	assert_int_equal(
		statx(ret->object.fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &ret->object.st), 0);
	assert_int_equal(image_load(&ret->object, want < size ? want : size, &ret->image), 0);
}

void specimen_make(struct specimen *ret, const void *bytes, size_t size)
{
	specimen_make_part(ret, bytes, size, size);
}

void specimen_open(struct specimen *ret, const char *name)
{
	int folder = open("/dev/shm", O_PATH | O_DIRECTORY | O_CLOEXEC);

	*ret = (struct specimen){0};
	assert_int_equal(object_open(folder, name, &ret->object), 0);
	assert_int_equal(ret->object.error, 0);
	close(folder);
	assert_int_equal(image_load(&ret->object, ret->object.st.stx_size, &ret->image), 0);
}

void specimen_deinit(struct specimen *specimen)
{
	image_deinit(&specimen->image);
	object_close(&specimen->object);
}

void sink_init(struct sink *ret)
{
	*ret = (struct sink){0};
	ret->out = open_memstream(&ret->text, &ret->size);
	assert_non_null(ret->out);
}

const char *sink_text(struct sink *sink)
{
	assert_int_equal(fclose(sink->out), 0);
	free(sink->latest);
	sink->latest = sink->text;
	sink->latest_size = sink->size;
	sink->out = open_memstream(&sink->text, &sink->size);
	assert_non_null(sink->out);
	return sink->latest;
}

void sink_deinit(struct sink *sink)
{
	fclose(sink->out);
	free(sink->text);
	free(sink->latest);
}

int render_named(const struct layout *layout, const char *name, struct specimen *specimen,
		 FILE *out)
{
	struct leaf *leaves;
	size_t n;
	int r = -ENOENT;

	assert_int_equal(layout_leaves(layout, &leaves, &n), 0);
	for (size_t i = 0; i < n; i++)
		if (strcmp(leaves[i].name, name) == 0)
			r = leaf_render(&leaves[i], &specimen->image, out);
	free(leaves);
	return r;
}

const struct layout *layout_of_abi(const char *name, const char *abi)
{
	for (size_t i = 0; i < n_layouts; i++)
		if (strcmp(layouts[i].name, name) == 0 && strcmp(layouts[i].abi, abi) == 0)
			return &layouts[i];
	fail_msg("no layout %s (%s)", name, abi);
	return NULL;
}

void choice_is(struct layout_rules *rules, const char *name, struct specimen *specimen,
	       const char *wanted, const char *how)
{
	const struct layout_question question = {rules, name, &specimen->object, &specimen->image};
	const struct layout *layout = layout_choose(&question);
	struct sink sink;

	sink_init(&sink);
	if (layout)
		fprintf(sink.out, "%s (%s)", layout->name, layout->abi);
	else
		fputs("unknown", sink.out);
	sink_equals(&sink, wanted);
	layout_explain(&question, sink.out);
	if (how)
		sink_equals(&sink, how);
	assert_int_equal(layout_suspect(&question, NULL), layout_suspect(&question, sink.out));
	if (!layout && layout_suspect(&question, NULL) && how)
		sink_equals(&sink, how + strlen("nothing: "));
	sink_deinit(&sink);
}

void bytes_are(const char *name, const void *bytes, size_t size, const char *wanted,
	       const char *how)
{
	struct specimen specimen;

	specimen_make(&specimen, bytes, size);
	choice_is(NULL, name, &specimen, wanted, how);
	specimen_deinit(&specimen);
}

void garbage_fill(unsigned char *bytes, size_t size, unsigned pattern)
{
	static const uint32_t words[] = {0, 1, 0x80, 5, 0x7fffffff, 0x80000000, 0xffffffff, 68};
	unsigned seed = pattern * 1000 + (unsigned)size;

	for (size_t i = 0; i < size; i++)
		bytes[i] = pattern == 0 ? 0 : pattern == 1 ? 0xff : (unsigned char)rand_r(&seed);
	/* Words that mean something, where words are. */
	for (size_t i = 0; pattern > 3 && i + 4 <= size; i += 4)
		memcpy(bytes + i, &words[(unsigned)rand_r(&seed) % (pattern % 2 ? 3 : 8)], 4);
	if (pattern == 2)
		memcpy(bytes, PSHM_LINKEDLIST_MAGIC, size < 8 ? size : 8);
}
