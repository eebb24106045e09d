/* SPDX-License-Identifier: MIT */
/* Making types, and what they are called. */
#include "core/type_make.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/dwarf_name.h"

/* A type that is made, and what it says: one piece of the arena. */
struct made {
	struct field_type type;
	struct type_detail detail;
};

int type_make_new(struct arena *arena, enum type_made kind, const char *name,
		  const struct type_detail *detail, const struct field_type **ret)
{
	struct made *made = arena_alloc(arena, sizeof(*made));
	char safe[DWARF_NAME_SIZE] = "";
	char *own;

	dwarf_put_name(safe, name, false);
	own = made ? arena_text(arena, safe) : NULL;
	if (!own)
		return arena->left < sizeof(*made) + sizeof(safe) ? -EFBIG : -ENOMEM;
	made->detail = *detail;
	made->type = type_make(kind, own, &made->detail);
	*ret = &made->type;
	return 0;
}

int type_make_opaque(struct arena *arena, const char *name, const struct field_type **ret)
{
	return type_make_new(arena, MADE_OPAQUE, name, &(const struct type_detail){0}, ret);
}

int type_make_line(struct arena *arena, uint64_t size, const struct field_type **ret)
{
	char name[40];

	snprintf(name, sizeof(name), "char[%ju]", (uintmax_t)size);
	return type_make_new(arena, MADE_LINE, name, &(const struct type_detail){0}, ret);
}

/* `element` with its dimensions behind those of the array that it is in: char[3][10]. */
static void put_dims(char *ret, size_t room, const struct field_type *element, const uint64_t *dims,
		     unsigned n)
{
	const char *own = strchr(element->name, '[');
	const int length = own ? (int)(own - element->name) : (int)strlen(element->name);
	size_t at = (size_t)snprintf(ret, room, "%.*s", length, element->name);

	for (unsigned i = 0; i < n && at < room; i++)
		at += (size_t)snprintf(ret + at, room - at, dims[i] ? "[%ju]" : "[]",
				       (uintmax_t)dims[i]);
	if (own && at < room)
		snprintf(ret + at, room - at, "%s", own);
}

int type_make_array(struct arena *arena, const struct field_type *element, uint64_t element_size,
		    const uint64_t *dims, unsigned n, const struct field_type **ret)
{
	const struct field_type *inner = element;
	char name[128];
	int r = 0;

	*ret = element;
	for (unsigned i = n; r == 0 && i-- > 0;) {
		const struct type_detail detail = {
			.element = inner, .element_size = element_size, .inner = i > 0};

		put_dims(name, sizeof(name), element, dims + i, n - i);
		r = type_make_new(arena, MADE_ARRAY, name, &detail, ret);
		inner = *ret;
		element_size *= dims[i];
	}
	return r;
}

int type_make_bits(struct arena *arena, const struct field_type *element, uint64_t element_size,
		   unsigned bit, unsigned width, const struct field_type **ret)
{
	const struct type_detail detail = {
		.element = element,
		.element_size = element_size,
		.bit = bit,
		.width = width,
		.is_signed = element->detail
				     ? element->detail->is_signed
				     : element->number == NUMBER_SIGNED || element == &type_char,
	};
	char name[128];

	snprintf(name, sizeof(name), "%s:%u", element->name, width);
	return type_make_new(arena, MADE_BITS, name, &detail, ret);
}
