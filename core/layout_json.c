/* SPDX-License-Identifier: MIT */
/* From the rows of a layout to JSON. */
#include "core/layout_json.h"

#include <errno.h>
#include <string.h>

/* How far into the object the leaves reach that are not too long to be shown. */
static size_t leaves_end(const struct leaf *leaves, size_t n, const struct image *image)
{
	size_t end = 0;

	for (size_t i = 0; i < n; i++) {
		size_t size;

		if (leaves[i].field->render || leaf_size(&leaves[i], image, &size) < 0 ||
		    size > LAYOUT_JSON_MAX)
			continue;
		if (leaf_offset(&leaves[i]) + size > end)
			end = leaf_offset(&leaves[i]) + size;
	}
	return end;
}

/* The larger image may have a larger count in it, and so on, but not for ever. */
int layout_json_load(const struct layout *layout, struct image *image)
{
	_cleanup_free_ struct leaf *leaves = NULL;
	size_t n = 0;
	int r = layout_leaves(layout, &leaves, &n);

	for (int tries = 0; r == 0 && tries < 8; tries++) {
		const size_t end = leaves_end(leaves, n, image);

		if (end <= image->size)
			break;
		r = image_load(image->object, end, image);
	}
	return r;
}

static int add_row(const struct layout_row *row, void *data)
{
	const struct field *field = row->field;
	struct json_object *object = json_object_new_object();
	int r = json_append(data, object);

	if (r == 0)
		r = field->render ? json_add_null(object, "offset")
				  : json_add(object, "offset", json_object_new_uint64(row->offset));
	if (r == 0 && field->render)
		r = json_add_null(object, "size");
	else if (r == 0 && field->size)
		r = json_add(object, "size", json_object_new_uint64(field->size));
	else if (r == 0)
		r = field->length ? json_add_text(object, "size", field->length)
				  : json_add_null(object, "size");
	if (r == 0)
		r = json_add_text(object, "type", field->type->name);
	return r == 0 ? json_add_text(object, "name", row->name) : r;
}

int layout_json_rows(const struct layout *layout, struct json_object **ret)
{
	_cleanup_json_ struct json_object *rows = json_object_new_array();
	int r = rows ? layout_each_row(layout, add_row, rows) : -ENOMEM;

	if (r == 0)
		*ret = json_object_get(rows);
	return r;
}

/* Most texts are short: room for more is made only where it is needed. */
#define COMPUTED_FIRST ((size_t)4096)

/* The text of a computed field without its newline; -EFBIG where it has more than `max` bytes. */
static int computed_text(const struct field *field, const struct image *image, size_t max,
			 size_t *ret_size, struct json_object **ret)
{
	_cleanup_free_ char *text = malloc(max + 1);
	FILE *out = text ? fmemopen(text, max + 1, "w") : NULL;
	size_t size;
	int r;

	if (!out)
		return -ENOMEM;
	setbuf(out, NULL);
	r = field->render(field, image, out);
	size = (size_t)ftell(out);
	if (r == 0 && (ferror(out) || size > max))
		r = -EFBIG;
	fclose(out);
	if (r < 0)
		return r;
	*ret_size = size;
	*ret = json_bytes(text, size > 0 ? size - 1 : 0);
	return *ret ? 0 : -ENOMEM;
}

static int computed_json(const struct field *field, const struct image *image, size_t *left,
			 struct json_object **ret)
{
	size_t size = 0;
	int r = computed_text(field, image, *left < COMPUTED_FIRST ? *left : COMPUTED_FIRST, &size,
			      ret);

	if (r == -EFBIG && *left > COMPUTED_FIRST)
		r = computed_text(field, image, *left, &size, ret);
	*left -= size;
	return r;
}

static int leaf_json(const struct leaf *leaf, const struct image *image, size_t *left,
		     struct json_object **ret)
{
	size_t size;
	int r;

	if (leaf->field->json)
		return leaf->field->json(leaf->field, image, left, ret);
	if (leaf->field->render)
		return computed_json(leaf->field, image, left, ret);
	r = leaf_size(leaf, image, &size);
	if (r < 0)
		return r;
	if (size > *left)
		return -EFBIG;
	/* Counted anew each time that it was loaded: as leaf_render() says then. */
	if (leaf_offset(leaf) + size > image->size)
		return -EBADMSG;
	*left -= size;
	return type_json(leaf_type(leaf), image->bytes + leaf_offset(leaf), size, ret);
}

int layout_json_fields(const struct layout *layout, const struct image *image, int error,
		       struct json_object *fields, struct json_object *errors)
{
	_cleanup_free_ struct leaf *leaves = NULL;
	size_t n = 0, left = LAYOUT_JSON_MAX;
	int r = layout_leaves(layout, &leaves, &n);

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct json_object *value = NULL;

		r = error ? error : leaf_json(&leaves[i], image, &left, &value);
		if (r == 0) {
			r = json_add(fields, leaves[i].name, value);
		} else if (r != -ENOMEM) {
			const char *name = strerrorname_np(-r);

			r = json_add_null(fields, leaves[i].name);
			if (r == 0)
				r = json_add_text(errors, leaves[i].name, name ? name : "EIO");
		}
	}
	return r;
}

/* A value, or what keeps it from being shown. NULL: no memory. */
static struct json_object *told_json(const struct leaf *leaf, const struct image *image)
{
	struct json_object *value = NULL;
	size_t left = LAYOUT_JSON_MAX;
	char text[32];
	int r = leaf_json(leaf, image, &left, &value);

	if (r == 0 || r == -ENOMEM)
		return value;
	snprintf(text, sizeof(text), "!%s", strerrorname_np(-r));
	return json_object_new_string(text);
}

int layout_json_summary(const struct layout *layout, const struct image *image,
			struct json_object **ret)
{
	_cleanup_free_ struct leaf *leaves = NULL;
	_cleanup_json_ struct json_object *values = NULL;
	size_t n = 0;
	int r = layout_summary(layout, &leaves, &n);

	if (r == 0)
		values = n == 1 ? told_json(leaves, image) : json_object_new_object();
	if (!values)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && n > 1 && i < n; i++)
		r = json_add(values, leaves[i].name, told_json(&leaves[i], image));
	if (r == 0)
		*ret = json_object_get(values);
	return r;
}
