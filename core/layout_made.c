/* SPDX-License-Identifier: MIT */
/* The store of layouts that are made at run time, and when two are the same. */
#include "core/layout_made.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/layouts.h"
#include "core/link.h"
#include "core/types_made.h"

enum { LAYOUTS_MAX = 4096, ROWS_MAX = 65536 };

struct kept_layout {
	struct kept_layout *next;
	const struct layout *layout;
};

static struct {
	pthread_mutex_t lock;
	struct kept_layout *first;
	size_t n, rows;
} store = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool text_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool type_same(const struct field_type *a, const struct field_type *b);

static bool detail_same(const struct type_detail *a, const struct type_detail *b)
{
	if (a == b)
		return true;
	if (!a || !b || a->element_size != b->element_size || a->bit != b->bit ||
	    a->width != b->width || a->n_names != b->n_names || a->is_signed != b->is_signed ||
	    a->inner != b->inner || !text_same(a->otherwise, b->otherwise))
		return false;
	for (size_t i = 0; i < a->n_names; i++)
		if (a->names[i].value != b->names[i].value ||
		    !text_same(a->names[i].name, b->names[i].name))
			return false;
	if (a->record != b->record &&
	    !(a->record && b->record && layout_same(a->record, b->record)))
		return false;
	return a->element == b->element ||
	       (a->element && b->element && type_same(a->element, b->element));
}

/* Those of types.c are one each; the others are of one kind if they are shown by one function. */
static bool type_same(const struct field_type *a, const struct field_type *b)
{
	return a == b || (text_same(a->name, b->name) && a->print == b->print &&
			  a->made_print == b->made_print && a->size == b->size &&
			  a->members == b->members && detail_same(a->detail, b->detail));
}

static bool folder_same(const struct field_folder *a, const struct field_folder *b)
{
	while (a != b && a && b && a->offset == b->offset && text_same(a->name, b->name)) {
		a = a->in;
		b = b->in;
	}
	return a == b;
}

static bool number_same(const struct link_number *a, const struct link_number *b)
{
	return a->at == b->at && a->type == b->type && a->self == b->self;
}

/* What they lead to has no links of its own: there is an end. */
static bool link_same(const struct link *a, const struct link *b)
{
	return a == b || (a && b && number_same(&a->first, &b->first) &&
			  number_same(&a->next, &b->next) && layout_same(a->target, b->target));
}

static bool field_same(const struct field *a, const struct field *b)
{
	return folder_same(a->folder, b->folder) && text_same(a->file, b->file) &&
	       text_same(a->name, b->name) && a->offset == b->offset && a->size == b->size &&
	       a->render == b->render && text_same(a->length, b->length) &&
	       a->length_at == b->length_at && a->length_type == b->length_type &&
	       a->element == b->element && type_same(a->type, b->type) &&
	       link_same(a->link, b->link);
}

bool layout_same(const struct layout *a, const struct layout *b)
{
	if (!text_same(a->name, b->name) || !text_same(a->abi, b->abi) || a->size != b->size ||
	    a->open_ended != b->open_ended || a->n_fields != b->n_fields)
		return false;
	for (size_t i = 0; i < a->n_fields; i++)
		if (!field_same(&a->fields[i], &b->fields[i]))
			return false;
	return true;
}

static bool is_characters(const struct field_type *type)
{
	return type == &type_bytes || type == &type_text;
}

/*
 * Is `made` the member that the row of a built-in layout is of? What is nothing but a lock (`lone`)
 * has no name for it.
 */
static bool row_fits(const struct field *row, const struct field *made, bool lone)
{
	if ((!text_same(row->name, made->name) && !(lone && row->type->members)) ||
	    row->offset != made->offset)
		return false;
	if (row->length)
		return is_characters(row->type) && is_characters(made->type);
	return row->type == made->type && row->size == made->size;
}

/* What is computed is in no struct. A built-in buffer is the last member of its struct. */
static bool rows_fit(const struct layout *built_in, const struct layout *made)
{
	size_t n = 0;

	for (size_t i = 0; i < built_in->n_fields; i++) {
		if (built_in->fields[i].render)
			continue;
		if (n == made->n_fields ||
		    !row_fits(&built_in->fields[i], &made->fields[n], made->n_fields == 1))
			return false;
		n++;
	}
	return n > 0 && n == made->n_fields &&
	       (built_in->open_ended ? made->size >= built_in->size
				     : made->size == built_in->size && !made->open_ended);
}

const struct layout *layout_built_in(const struct layout *made)
{
	for (size_t i = 0; i < n_layouts; i++)
		if (rows_fit(&layouts[i], made))
			return &layouts[i];
	return NULL;
}

/* The lock is held. */
static const struct layout *find_same(const struct layout *made)
{
	for (const struct kept_layout *kept = store.first; kept; kept = kept->next)
		if (layout_same(kept->layout, made))
			return kept->layout;
	return NULL;
}

/* The lock is held. */
static int keep(const struct layout *made)
{
	struct kept_layout *kept;

	if (store.n == LAYOUTS_MAX || made->n_fields > ROWS_MAX - store.rows)
		return -ENOSPC;
	kept = malloc(sizeof(*kept));
	if (!kept)
		return -ENOMEM;
	*kept = (struct kept_layout){store.first, made};
	store.first = kept;
	store.n++;
	store.rows += made->n_fields;
	return 0;
}

int layout_keep(const struct layout *made, void (*give_back)(const struct layout *layout),
		const struct layout **ret)
{
	const struct layout *same = layout_built_in(made);
	int r = 0;

	pthread_mutex_lock(&store.lock);
	if (!same)
		same = find_same(made);
	if (!same)
		r = keep(made);
	pthread_mutex_unlock(&store.lock);
	*ret = same ? same : made;
	if (same || r < 0)
		give_back(made);
	return r;
}
