/* SPDX-License-Identifier: MIT */
/* A layout and its fields as JSON: the same rows and the same bytes as the files. */
#pragma once

#include "core/json.h"
#include "core/layout.h"

/* The most bytes that the fields of one object have in JSON, all together. */
#define LAYOUT_JSON_MAX ((size_t)1024 * 1024)

/*
 * layout_json_load() - Load a larger image in place of this one where a field needs it, so that one
 * pread has all that layout_json_fields() is going to show. 0, or why the object cannot be read.
 */
int layout_json_load(const struct layout *layout, struct image *image);

/* An array of {offset, size, type, name} in `ret`, as layout_print_rows(). 0 or -ENOMEM. */
int layout_json_rows(const struct layout *layout, struct json_object **ret);

/*
 * layout_json_fields() - Each leaf's value to the object `fields`, under the leaf's name.
 *
 * A value that cannot be shown is null there, and its errno's name is in the object `errors`: that
 * of leaf_render(); EDOM for a NaN or an infinity, which JSON has no number for; EFBIG for a field
 * that is more than is left of LAYOUT_JSON_MAX. `error`: 0, or why nothing of the object can be
 * read (a negative errno), which is then what each of them says. All is of this image, but for what
 * a computed field reads beyond it. Returns 0 or -ENOMEM.
 */
int layout_json_fields(const struct layout *layout, const struct image *image, int error,
		       struct json_object *fields, struct json_object *errors);

/*
 * layout_json_summary() - What layout_print_summary() prints: of one leaf the value, of more an
 * object of them; one that cannot be shown is a string, "!" and its errno's name. The caller owns
 * ret. 0 or -ENOMEM.
 */
int layout_json_summary(const struct layout *layout, const struct image *image,
			struct json_object **ret);
