/* SPDX-License-Identifier: MIT */
/* How values of C's types are shown. */
#include "core/c_values.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/type_make.h"

struct c_known {
	struct c_known *next;
	const struct c_type *of;
	const struct field_type *type;
};

void c_title(const struct c_type *type, char *ret, size_t size)
{
	static const char *const words[] = {
		[C_ENUM] = "enum", [C_STRUCT] = "struct", [C_UNION] = "union"};
	unsigned pointers = 0;
	size_t at;

	for (; type->kind == C_POINTER; type = type->to)
		pointers++;
	if (type->kind == C_ARRAY || type->kind == C_NOTHING || type->kind == C_ROW)
		at = (size_t)snprintf(ret, size, "%s",
				      type->row    ? type->row->name
				      : type->name ? type->name
						   : "…");
	else
		at = (size_t)snprintf(ret, size, "%s", type->name ? type->name : words[type->kind]);
	if (pointers && at < size)
		at += (size_t)snprintf(ret + at, size - at, " ");
	while (pointers-- && at + 1 < size) {
		ret[at++] = '*';
		ret[at] = '\0';
	}
}

static int no_room(const struct arena *arena, size_t wanted)
{
	return wanted > arena->left ? -EFBIG : -ENOMEM;
}

static int make_enum(struct arena *arena, const struct c_type *type, const char *title,
		     const struct field_type **ret)
{
	struct type_detail detail = {
		.element = type->row,
		.element_size = type->size,
		.n_names = type->n_names,
		.is_signed = type->row->number == NUMBER_SIGNED,
	};
	const size_t size = type->n_names * sizeof(struct type_name);
	struct type_name *names = arena_alloc(arena, size);

	if (!names)
		return no_room(arena, size);
	for (size_t i = 0; i < type->n_names; i++) {
		names[i].value = type->names[i].value;
		names[i].name = arena_text(arena, type->names[i].name);
		if (!names[i].name)
			return no_room(arena, strlen(type->names[i].name) + 1);
	}
	detail.names = names;
	return type_make_new(arena, MADE_ENUM, title, &detail, ret);
}

static int remember(struct c_values *values, const struct c_type *of, const struct field_type *type)
{
	struct c_known *known = arena_alloc(values->arena, sizeof(*known));

	if (!known)
		return no_room(values->arena, sizeof(*known));
	*known = (struct c_known){values->known, of, type};
	values->known = known;
	return 0;
}

int c_value(struct c_values *values, const struct c_type *type, const struct field_type **ret)
{
	char title[128];
	int r;

	if (type->kind == C_ROW) {
		*ret = type->row;
		return 0;
	}
	for (const struct c_known *known = values->known; known; known = known->next)
		if (known->of == type) {
			*ret = known->type;
			return 0;
		}
	c_title(type, title, sizeof(title));
	if (type->kind == C_ENUM)
		r = make_enum(values->arena, type, title, ret);
	else
		r = type_make_new(values->arena, MADE_POINTER, title,
				  &(const struct type_detail){0}, ret);
	return r < 0 ? r : remember(values, type, *ret);
}
