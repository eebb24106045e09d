/* SPDX-License-Identifier: MIT */
/* From the leaves of a struct to the columns of a table, and to an object of JSON. */
#include "core/record.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/json.h"
#include "core/text.h"
#include "core/text_stream.h"
#include "core/types_made.h"

/* What a value takes in JSON beside its bytes. */
#define JSON_VALUE 32

int record_open(const struct layout *layout, const char *first, struct record *ret)
{
	*ret = (struct record){.first = first};
	return layout_leaves(layout, &ret->leaves, &ret->n);
}

void record_close(struct record *record)
{
	free(record->leaves);
	record->leaves = NULL;
}

/* A column of the struct's own may be called as one of ours. */
static const char *suffix(const struct record *record, const char *name)
{
	return strcasecmp(name, record->first) == 0 || strcmp(name, "error") == 0 ? ".field" : "";
}

static void put_capitals(const char *text, FILE *out)
{
	for (; *text; text++)
		fputc(toupper((unsigned char)*text), out);
}

void record_print_heads(const struct record *record, FILE *out)
{
	fputs(record->first, out);
	for (size_t i = 0; i < record->n; i++) {
		fputc('\t', out);
		put_capitals(record->leaves[i].name, out);
		put_capitals(suffix(record, record->leaves[i].name), out);
	}
}

/* The leaf's bytes, as they are in the image. */
static int find_bytes(const struct leaf *leaf, const struct image *image, size_t *ret_size)
{
	int r = leaf_size(leaf, image, ret_size);

	if (r == 0 && leaf_offset(leaf) + *ret_size > image->size)
		r = -EBADMSG;
	return r;
}

static int print_raw(const struct leaf *leaf, const struct image *image, FILE *out)
{
	size_t size;
	int r = find_bytes(leaf, image, &size);

	return r < 0 ? r : type_print(leaf_type(leaf), image->bytes + leaf_offset(leaf), size, out);
}

static int print_cell(const struct leaf *leaf, const struct image *image, FILE *out)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *raw = text_open(&text, &size);
	int r;

	if (!raw)
		return -ENOMEM;
	r = print_raw(leaf, image, raw);
	if (fclose(raw) != 0 || r == -ENOMEM)
		return -ENOMEM;
	if (r < 0)
		fprintf(out, "!%s", strerrorname_np(-r));
	else if (leaf_type(leaf)->escaped)
		fwrite(text, 1, size, out);
	else
		text_escape(text, size, out);
	return 0;
}

int record_print(const struct record *record, const struct image *image, FILE *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < record->n; i++) {
		fputc('\t', out);
		r = print_cell(&record->leaves[i], image, out);
	}
	return r;
}

/* An error is its name, as a text. */
static int cell_json(const struct leaf *leaf, const struct image *image, size_t *left,
		     struct json_object **ret)
{
	char error[32];
	size_t size;
	int r = find_bytes(leaf, image, &size);

	if (*left < JSON_VALUE || (r == 0 && size > *left - JSON_VALUE))
		return -EFBIG;
	*left -= JSON_VALUE + (r == 0 ? size : 0);
	if (r == 0)
		r = type_json(leaf_type(leaf), image->bytes + leaf_offset(leaf), size, ret);
	if (r == 0 || r == -ENOMEM)
		return r;
	snprintf(error, sizeof(error), "!%s", strerrorname_np(-r));
	return json_made(json_object_new_string(error), ret);
}

int record_json(const struct record *record, const struct image *image, size_t *left,
		struct json_object *object)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < record->n; i++) {
		const char *name = record->leaves[i].name;
		char own[LEAF_NAME_SIZE + 8];
		struct json_object *value = NULL;

		snprintf(own, sizeof(own), "%s%s", name, suffix(record, name));
		r = cell_json(&record->leaves[i], image, left, &value);
		if (r == 0)
			r = json_add(object, own, value);
	}
	return r;
}

static struct image image_of(const struct type_detail *detail, const void *bytes, size_t i)
{
	const size_t size = detail->element_size;

	/* Only looked at, as all that is rendered from an image. */
	return (struct image){
		.bytes = (unsigned char *)bytes + i * size, .size = size, .total = size};
}

int record_print_table(const struct field_type *type, const void *bytes, size_t size, FILE *out)
{
	const struct type_detail *detail = type->detail;
	_cleanup_record_ struct record record = {0};
	int r = record_open(detail->record, "INDEX", &record);

	if (r == 0)
		record_print_heads(&record, out);
	for (size_t i = 0; r == 0 && i < size / detail->element_size && !ferror(out); i++) {
		const struct image image = image_of(detail, bytes, i);

		fprintf(out, "\n%zu", i);
		r = record_print(&record, &image, out);
	}
	return r;
}

int record_table_json(const struct field_type *type, const void *bytes, size_t size,
		      struct json_object **ret)
{
	const struct type_detail *detail = type->detail;
	_cleanup_json_ struct json_object *array = json_object_new_array();
	_cleanup_record_ struct record record = {0};
	size_t left = SIZE_MAX;
	int r = array ? record_open(detail->record, "INDEX", &record) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < size / detail->element_size; i++) {
		const struct image image = image_of(detail, bytes, i);
		struct json_object *object = json_object_new_object();

		r = json_append(array, object);
		if (r == 0)
			r = json_add(object, "index", json_object_new_uint64(i));
		if (r == 0)
			r = record_json(&record, &image, &left, object);
	}
	if (r == 0)
		*ret = json_object_get(array);
	return r;
}
