/* SPDX-License-Identifier: MIT */
/* From the rows of a layout to files: names, values, and what is wrong with them. */
#include "core/layout.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/leaf_names.h"
#include "core/text.h"

/* How much of a value `fields` shows. */
#define SUMMARY_MAX 60

/* The files of an object's directory, those of later versions included (docs/pshmfs.1). */
static const char *const reserved[] = {
	"raw", "fields", "layout", "stat", "holders", "waiters", "verdict", "access", "json",
};

bool layout_name_reserved(const char *name)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (strcmp(reserved[i], name) == 0)
			return true;
	return false;
}

/* How many leaves there are at most. */
static size_t count_leaves(const struct layout *layout)
{
	size_t n = 0;

	for (size_t i = 0; i < layout->n_fields; i++)
		n += layout->fields[i].type->members ? layout->fields[i].type->n_members : 1;
	return n;
}

static int add_leaf(const struct field *field, const struct field *member, struct leaf_names *names,
		    struct leaf *ret)
{
	char name[LEAF_NAME_SIZE];

	ret->field = field;
	ret->member = member;
	leaf_name(ret, name);
	return leaf_names_take(names, name, leaf_offset(ret), ret->name);
}

int layout_files(const struct layout *layout, struct leaf **ret, size_t *ret_n)
{
	struct leaf *leaves = calloc(count_leaves(layout) + 1, sizeof(*leaves));
	struct leaf_names names = {.reserved = true};
	size_t n = 0;
	int r = leaves ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < layout->n_fields; i++) {
		const struct field *field = &layout->fields[i];
		const struct field *members = field->type->members;

		for (size_t m = 0; r == 0 && m < (members ? field->type->n_members : 1); m++)
			r = add_leaf(field, members ? &members[m] : NULL, &names, &leaves[n++]);
	}
	leaf_names_deinit(&names);
	if (r < 0) {
		free(leaves);
		return r;
	}
	*ret = leaves;
	*ret_n = n;
	return 0;
}

int layout_leaves(const struct layout *layout, struct leaf **ret, size_t *ret_n)
{
	size_t all = 0, n = 0;
	int r = layout_files(layout, ret, &all);

	for (size_t i = 0; r == 0 && i < all; i++)
		if (leaf_in_memory(&(*ret)[i]))
			(*ret)[n++] = (*ret)[i];
	*ret_n = n;
	return r;
}

enum field_kind leaf_kind(const struct leaf *leaf)
{
	const enum field_kind kind = leaf->member ? leaf->member->kind : leaf->field->kind;

	return kind == FIELD_MEMORY && leaf_type(leaf)->address ? FIELD_POINTER : kind;
}

bool leaf_in_memory(const struct leaf *leaf)
{
	return leaf_kind(leaf) <= FIELD_POINTER;
}

bool type_sleeps_at(const struct field_type *type, uint64_t offset)
{
	for (size_t i = 0; i < type->n_words; i++)
		if (type->words[i] == offset)
			return true;
	return false;
}

/* Is it shown from all bytes of the compound? */
static bool is_whole(const struct leaf *leaf)
{
	return !leaf->member || leaf->member->type->whole;
}

size_t leaf_offset(const struct leaf *leaf)
{
	return leaf->field->offset + (is_whole(leaf) ? 0 : leaf->member->offset);
}

const struct field_type *leaf_type(const struct leaf *leaf)
{
	return leaf->member ? leaf->member->type : leaf->field->type;
}

int leaf_size(const struct leaf *leaf, const struct image *image, size_t *ret)
{
	const struct field *field = leaf->field;
	size_t size = is_whole(leaf) ? field->size : leaf->member->size;
	int r = field->length ? field_count(field, image, &size) : 0;

	if (r < 0)
		return r;
	if (leaf_offset(leaf) > image->total)
		return -ENODATA;
	if (!leaf->member && field->size == 0 && !field->length)
		size = image->total - leaf_offset(leaf);
	if (leaf_offset(leaf) + size > image->total)
		return -ENODATA;
	if (leaf_offset(leaf) + size > IMAGE_SIZE_MAX)
		return -EFBIG;
	*ret = size;
	return 0;
}

/* The leaf's bytes, loaded anew as long as the count asks for more than the image has. */
static int leaf_load(const struct leaf *leaf, struct image *image, size_t *ret)
{
	for (int tries = 0; tries < 8; tries++) {
		int r = leaf_size(leaf, image, ret);

		if (r < 0)
			return r;
		if (leaf_offset(leaf) + *ret <= image->size)
			return 0;
		r = image_load(image->object, leaf_offset(leaf) + *ret, image);
		if (r < 0)
			return r;
	}
	return -EBADMSG;
}

int leaf_value(const struct leaf *leaf, struct image *image, FILE *out)
{
	size_t size = 0;
	int r = leaf_load(leaf, image, &size);

	return r < 0 ? r : type_print(leaf_type(leaf), image->bytes + leaf_offset(leaf), size, out);
}

int leaf_render(const struct leaf *leaf, struct image *image, FILE *out)
{
	int r;

	if (leaf->field->render)
		return leaf->field->render(leaf->field, image, out);
	r = leaf_value(leaf, image, out);
	if (r < 0)
		return r;
	if (!leaf_type(leaf)->exact)
		fputc('\n', out);
	return 0;
}

/* The beginning of the leaf's text, from what the image has; false: there is more of it. */
static int leaf_head(const struct leaf *leaf, const struct image *image, FILE *out, bool *ret_whole)
{
	size_t size, have;
	int r;

	*ret_whole = true;
	if (leaf->field->render)
		return leaf->field->render(leaf->field, image, out);
	r = leaf_size(leaf, image, &size);
	if (r < 0)
		return r;
	have = leaf_offset(leaf) >= image->size ? 0 : image->size - leaf_offset(leaf);
	if (have < size && leaf->field->size)
		return -EFBIG; /* the object has it, the image does not reach so far */
	*ret_whole = have >= size;
	if (have == 0 || size == 0)
		return 0;
	return type_print(leaf_type(leaf), image->bytes + leaf_offset(leaf),
			  have < size ? have : size, out);
}

static void print_summary(const char *text, size_t size, bool whole, FILE *out)
{
	size_t end = size;

	if (size > SUMMARY_MAX) {
		whole = false;
		for (end = 0; end < SUMMARY_MAX;) {
			size_t n = text_utf8((const unsigned char *)text + end, size - end);

			end += n ? n : 1;
		}
	}
	text_escape(text, end, out);
	if (!whole)
		fputs("…", out);
}

/*
 * The text goes to a buffer that it need not fit into, however much there is: the stream then has
 * an error, without a buffer of its own at once, and what makes the text can stop.
 */
static int print_value(const struct leaf *leaf, const struct image *image, FILE *out)
{
	char text[4 * SUMMARY_MAX];
	FILE *head = fmemopen(text, sizeof(text), "w");
	bool whole = true;
	size_t size;
	int r;

	if (!head)
		return -ENOMEM;
	setbuf(head, NULL);
	r = leaf_head(leaf, image, head, &whole);
	size = (size_t)ftell(head);
	whole = whole && !ferror(head);
	fclose(head);
	if (r < 0)
		fprintf(out, "!%s", strerrorname_np(-r));
	else if (leaf_type(leaf)->escaped)
		fwrite(text, 1, size, out);
	else if (leaf->field->render && whole && size > 0)
		print_summary(text, size - 1, whole, out); /* without its newline */
	else
		print_summary(text, size, whole, out);
	return 0;
}

int layout_print_fields(const struct layout *layout, const struct image *image, FILE *out)
{
	_cleanup_free_ struct leaf *leaves = NULL;
	size_t n = 0;
	int r = layout_leaves(layout, &leaves, &n);

	for (size_t i = 0; r == 0 && i < n; i++) {
		fprintf(out, "%s\t", leaves[i].name);
		r = print_value(&leaves[i], image, out);
		fputc('\n', out);
	}
	return r;
}

int layout_summary(const struct layout *layout, struct leaf **ret, size_t *ret_n)
{
	size_t all = 0, n = 0;
	int r = layout_leaves(layout, ret, &all);

	for (size_t i = 0; r == 0 && i < all; i++) {
		const struct leaf *leaf = &(*ret)[i];

		if (leaf->field->summary &&
		    (!leaf->member || leaf->member == leaf->field->type->members))
			(*ret)[n++] = *leaf;
	}
	*ret_n = n > 0 || all == 0 ? n : 1;
	return r;
}

int layout_print_summary(const struct layout *layout, const struct image *image, FILE *out)
{
	_cleanup_free_ struct leaf *leaves = NULL;
	size_t n = 0;
	int r = layout_summary(layout, &leaves, &n);

	for (size_t i = 0; r == 0 && i < n; i++) {
		if (n > 1)
			fprintf(out, "%s%s=", i > 0 ? "," : "", leaves[i].name);
		r = print_value(&leaves[i], image, out);
	}
	return r;
}

int layout_each_row(const struct layout *layout,
		    int (*fn)(const struct layout_row *row, void *data), void *data)
{
	_cleanup_free_ struct leaf *leaves = NULL;
	size_t n = 0;
	int r = layout_leaves(layout, &leaves, &n);

	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct leaf *leaf = &leaves[i];
		const struct field *field = leaf->field, *member = leaf->member;

		/* A compound stands before its members, under its name in the struct. */
		if (member && member == field->type->members)
			r = fn(&(const struct layout_row){field, field->offset, field->name}, data);
		if (r == 0)
			r = fn(&(const struct layout_row){member ? member : field,
							  field->offset +
								  (member ? member->offset : 0),
							  leaf->name},
			       data);
	}
	return r;
}

static int print_row(const struct layout_row *row, void *data)
{
	const struct field *field = row->field;
	FILE *out = data;

	if (field->render)
		fprintf(out, "-\t-\t");
	else if (field->size)
		fprintf(out, "%zu\t%zu\t", row->offset, field->size);
	else
		fprintf(out, "%zu\t%s\t", row->offset, field->length ? field->length : "-");
	fprintf(out, "%s\t%s\n", field->type->name, row->name);
	return 0;
}

int layout_print_rows(const struct layout *layout, FILE *out)
{
	return layout_each_row(layout, print_row, out);
}
