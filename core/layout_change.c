/* SPDX-License-Identifier: MIT */
/* From what users write to bytes. */
#include "core/layout_change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"

/* Longer text means no value: the longest arrays that are shown as text are far below. */
#define TEXT_MAX ((size_t)64 * 1024)

bool leaf_writable(const struct leaf *leaf)
{
	return leaf_in_memory(leaf) && leaf_type(leaf)->parse && !leaf->field->render;
}

int text_line(const char *text, size_t size, char **ret)
{
	if (size > 0 && text[size - 1] == '\n')
		size--;
	if (size > TEXT_MAX)
		return -EFBIG;
	if (memchr(text, '\0', size))
		return -EINVAL;
	*ret = strndup(text, size);
	return *ret ? 0 : -ENOMEM;
}

/* Would a count that the change sets be one that the object has room for? */
static int check_counts(const struct layout *layout, const struct image *image,
			const struct change *change)
{
	for (size_t i = 0; i < layout->n_fields; i++) {
		const struct field *field = &layout->fields[i];

		if (field->length && field->length_at == change->offset &&
		    field->length_type->size == change->size &&
		    !field_has_room(field, image, change->bytes))
			return -ERANGE;
	}
	return 0;
}

int leaf_parse(const struct layout *layout, const struct leaf *leaf, const struct image *image,
	       const char *text, size_t size, struct change *ret)
{
	_cleanup_free_ char *line = NULL;
	struct change change = {.offset = leaf_offset(leaf)};
	int r = leaf_size(leaf, image, &change.size);

	if (r == 0)
		r = text_line(text, size, &line);
	if (r < 0)
		return r;
	change.bytes = malloc(change.size ? change.size : 1);
	if (!change.bytes)
		return -ENOMEM;
	r = leaf_type(leaf)->parse(line, change.bytes, change.size);
	if (r == 0)
		r = check_counts(layout, image, &change);
	if (r < 0)
		change_deinit(&change);
	else
		*ret = change;
	return r;
}

void change_deinit(struct change *change)
{
	free(change->bytes);
	*change = (struct change){0};
}
