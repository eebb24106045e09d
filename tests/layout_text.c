/* SPDX-License-Identifier: MIT */
#include "tests/layout_text.h"

#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/layout_json.h"
#include "tests/exercise.h"
#include "tests/specimen.h"
#include "tests/support.h"

static void write_down(void *data, unsigned line, const char *what)
{
	fprintf(data, "%u: %s\n", line, what);
}

static int read_text(const char *text, size_t size, FILE *out, struct layout_file *ret)
{
	const struct layout_file_complaints complaints = {write_down, out};
	_cleanup_fclose_ FILE *in =
		size ? fmemopen((void *)text, size, "r") : fopen("/dev/null", "re");

	assert_non_null(in);
	return layout_file_read(in, &complaints, ret);
}

void _layout_text_read(const char *text, size_t size, const char *complaints,
		       struct layout_file *ret, const char *file, int line)
{
	struct sink sink;

	sink_init(&sink);
	_assert_int_equal((unsigned)read_text(text, size, sink.out, ret), 0, file, line);
	_assert_string_equal(sink_text(&sink), complaints, file, line);
	sink_deinit(&sink);
}

void layout_text_complaints(const char *text, FILE *out, struct layout_file *ret)
{
	assert_int_equal(read_text(text, strlen(text), out, ret), 0);
}

void layout_text_any(const char *bytes, size_t size)
{
	struct layout_file file;
	struct sink sink;

	sink_init(&sink);
	if (read_text(bytes, size, sink.out, &file) == 0) {
		for (size_t i = 0; i < file.n_layouts; i++)
			layout_print_rows(file.layouts[i], sink.out);
		for (size_t i = 0; i < file.n_layouts && i < 3; i++)
			exercise_layout(file.layouts[i]);
		layout_file_deinit(&file);
	}
	sink_deinit(&sink);
}

unsigned char layout_memory[LAYOUT_MEMORY_SIZE];

void layout_put(size_t at, uint64_t value, size_t size)
{
	memcpy(layout_memory + at, &value, size);
}

void _layout_renders(const struct layout_file *declared, const char *structure, const char *name,
		     size_t size, int r, const char *text, const char *file, int line)
{
	struct specimen specimen;
	struct sink sink;
	int own;

	sink_init(&sink);
	specimen_make(&specimen, layout_memory, size);
	own = render_named(layout_file_find(declared, structure), name, &specimen, sink.out);
	_assert_int_equal((unsigned)own, (unsigned)r, file, line);
	if (text)
		_assert_string_equal(sink_text(&sink), text, file, line);
	specimen_deinit(&specimen);
	sink_deinit(&sink);
}

void layout_json_is(const struct layout_file *declared, const char *structure, const char *text)
{
	struct json_object *fields = json_object_new_object(), *errors = json_object_new_object();
	const struct layout *layout = layout_file_find(declared, structure);
	struct specimen specimen;

	specimen_make(&specimen, layout_memory, sizeof(layout_memory));
	assert_int_equal(layout_json_fields(layout, &specimen.image, 0, fields, errors), 0);
	assert_string_equal(json_object_to_json_string_ext(fields, JSON_C_TO_STRING_PLAIN), text);
	json_object_put(fields);
	json_object_put(errors);
	specimen_deinit(&specimen);
}
