/* SPDX-License-Identifier: MIT */
/* Choosing a layout: what the user set, what the program said, the name, the bytes. */
#include "core/layout_choice.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

#include "core/text.h"

/* Of the rows of one name (a row an ABI): the one that the bytes are of, else one of that size. */
static const struct layout *variant(const struct layout *first, const struct image *image)
{
	const struct layout *sized = NULL, *end = layouts + n_layouts;

	/* Of one that was made there is but one row. */
	if (first < layouts || first >= end)
		return first;
	for (const struct layout *l = first; l < end && !strcmp(l->name, first->name); l++) {
		if (layout_match(l, image, true, NULL))
			return l;
		if (!sized && layout_size_fits(l, image->total))
			sized = l;
	}
	return sized ? sized : first;
}

static const struct layout *choose_by_rule(const struct layout_question *q)
{
	return q->rules ? variant(layout_rules_get(q->rules, q->name, NULL), q->image) : NULL;
}

static void explain_rule(const struct layout_question *q, const struct layout *layout, FILE *out)
{
	layout_rules_get(q->rules, q->name, out);
	fprintf(out, " (%s)", layout->abi);
}

static const struct layout *choose_by_file(const struct layout_question *q)
{
	return q->rules ? variant(layout_rules_by_file(q->rules, q->name, NULL), q->image) : NULL;
}

static void explain_file(const struct layout_question *q, const struct layout *layout, FILE *out)
{
	layout_rules_by_file(q->rules, q->name, out);
	fprintf(out, " (%s)", layout->abi);
}

void layout_attribute(const struct object *object, struct layout_attribute *ret)
{
	ssize_t n = object->fd < 0 ? -1
				   : fgetxattr(object->fd, LAYOUT_XATTR, ret->value,
					       sizeof(ret->value) - 1);

	ret->there = n > 0;
	ret->value[n > 0 ? n : 0] = '\0';
}

/* Its value, or NULL where it has none; `room` is for what has to be asked for. */
static const char *attribute_of(const struct layout_question *q, struct layout_attribute *room)
{
	const struct layout_attribute *attribute = q->attribute;

	if (!attribute) {
		layout_attribute(q->object, room);
		attribute = room;
	}
	return attribute->there ? attribute->value : NULL;
}

static const struct layout *choose_by_xattr(const struct layout_question *q)
{
	struct layout_attribute room;
	const char *value = attribute_of(q, &room);

	if (value && q->found && q->found->attribute &&
	    strcmp(q->found->attribute_value, value) == 0)
		return q->found->attribute;
	return value ? variant(layouts_find(value), q->image) : NULL;
}

static void explain_xattr(const struct layout_question *q, const struct layout *layout, FILE *out)
{
	fputs("the object's attribute " LAYOUT_XATTR, out);
	if (q->found && layout == q->found->attribute) {
		fputs(": ", out);
		text_escape(q->found->attribute_value, strlen(q->found->attribute_value), out);
	}
	fprintf(out, " (%s)", layout->abi);
}

static bool expected(const struct layout *layout, const char *name)
{
	return layout->prefix && strncmp(name, layout->prefix, strlen(layout->prefix)) == 0;
}

/* The name says what it should be; the bytes must agree. */
static const struct layout *choose_by_name(const struct layout_question *q)
{
	for (size_t i = 0; i < n_layouts; i++)
		if (expected(&layouts[i], q->name) &&
		    layout_match(&layouts[i], q->image, true, NULL))
			return &layouts[i];
	return NULL;
}

static void explain_name(const struct layout_question *q, const struct layout *layout, FILE *out)
{
	fprintf(out, "its name %s* and its bytes: ", layout->prefix);
	layout_match(layout, q->image, true, out);
	fprintf(out, " (%s)", layout->abi);
}

/* The first layout that the bytes can be of; `named`: even if a sem_t in it is not shared. */
static const struct layout *match_bytes(const struct image *image, bool named)
{
	for (size_t i = 0; i < n_layouts; i++)
		if (!layouts[i].by_hand && layout_match(&layouts[i], image, named, NULL))
			return &layouts[i];
	return NULL;
}

static const struct layout *choose_by_magic(const struct layout_question *q)
{
	for (size_t i = 0; i < n_layouts; i++)
		if (layouts[i].magic && layout_match(&layouts[i], q->image, false, NULL))
			return &layouts[i];
	return NULL;
}

static bool has_row(const struct layout *layout, const struct field *row)
{
	for (size_t i = 0; i < layout->n_fields; i++)
		if (layout->fields[i].offset == row->offset && layout->fields[i].type == row->type)
			return true;
	return false;
}

/* A struct that merely has the size must have the semaphores that the bytes show. */
static bool agrees(const struct layout *layout, const struct layout *by_bytes)
{
	for (size_t i = 0; by_bytes && i < by_bytes->n_fields; i++)
		if (by_bytes->fields[i].type->abi && !has_row(layout, &by_bytes->fields[i]))
			return false;
	return true;
}

static const struct layout *choose_by_found(const struct layout_question *q)
{
	const struct layout *layout = q->found ? q->found->layout : NULL;

	if (!layout || q->found->certain || agrees(layout, match_bytes(q->image, false)))
		return layout;
	return NULL;
}

static void explain_found(const struct layout_question *q, const struct layout *layout, FILE *out)
{
	fprintf(out, "%s (%s)", q->found->evidence, layout->abi);
}

static const struct layout *choose_by_bytes(const struct layout_question *q)
{
	return match_bytes(q->image, false);
}

static void explain_bytes(const struct layout_question *q, const struct layout *layout, FILE *out)
{
	fputs(layout->magic ? "its bytes: " : "its bytes, a guess: ", out);
	layout_match(layout, q->image, false, out);
	fprintf(out, " (%s)", layout->abi);
}

/* The ways in which a layout is found, in the order in which they are tried. */
static const struct way {
	const struct layout *(*choose)(const struct layout_question *q);
	void (*explain)(const struct layout_question *q, const struct layout *layout, FILE *out);
	bool settled; /* debug information would not change it */
} ways[] = {
	{choose_by_rule, explain_rule, true},    {choose_by_file, explain_file, true},
	{choose_by_xattr, explain_xattr, true},  {choose_by_name, explain_name, true},
	{choose_by_magic, explain_bytes, true},  {choose_by_found, explain_found, false},
	{choose_by_bytes, explain_bytes, false},
};

/* The first way that applies, or NULL; and what it says. */
static const struct way *find_way(const struct layout_question *q, const struct layout **ret)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		*ret = ways[i].choose(q);
		if (*ret)
			return &ways[i];
	}
	return NULL;
}

const struct layout *layout_choose(const struct layout_question *question)
{
	const struct layout *layout;

	find_way(question, &layout);
	return layout;
}

bool layout_settled(const struct layout_question *question)
{
	const struct layout *layout;
	const struct way *way = find_way(question, &layout);

	return way && way->settled;
}

/* Enough for the fixed part of every built-in layout, and for the course's whole struct pshm_xfr.
 */
#define FIRST_LOOK 4096

/* Of a larger struct of a program a field further on is read when it is asked for. */
#define SECOND_LOOK ((size_t)1 << 20)

int layout_look(const struct layout_question *question, struct image *image,
		const struct layout **ret)
{
	int r = image_load(question->object, FIRST_LOOK, image);

	*ret = NULL;
	if (r < 0)
		return r;
	*ret = layout_choose(question);
	if (*ret && (*ret)->size > image->size && image->size < image->total)
		r = image_load(question->object,
			       (*ret)->size < SECOND_LOOK ? (*ret)->size : SECOND_LOOK, image);
	return r;
}

/* The layout that the name promises, as far as the size goes; NULL: none, or the bytes keep it. */
static const struct layout *broken_promise(const struct layout_question *q)
{
	const struct layout *nearest = NULL;

	for (size_t i = 0; i < n_layouts; i++) {
		if (!expected(&layouts[i], q->name))
			continue;
		if (layout_match(&layouts[i], q->image, true, NULL))
			return NULL;
		if (!nearest || layout_size_fits(&layouts[i], q->image->total))
			nearest = &layouts[i];
	}
	return nearest;
}

bool layout_suspect(const struct layout_question *question, FILE *out)
{
	const struct layout *promised = broken_promise(question);
	const struct layout *nearly = promised ? promised : match_bytes(question->image, true);

	if (!nearly || question->object->fd < 0)
		return false;
	if (!out)
		return true;
	if (promised)
		fprintf(out, "named %s* but no %s: ", promised->prefix, promised->name);
	else
		fprintf(out, "no %s, but nearly: ", nearly->name);
	layout_match(nearly, question->image, promised, out);
	return true;
}

/* What keeps the bytes from being of a layout of just this size, if there is one. */
static void explain_nearest(const struct layout_question *q, FILE *out)
{
	for (size_t i = 0; i < n_layouts; i++) {
		if (layouts[i].by_hand || layouts[i].open_ended ||
		    layouts[i].size != q->image->total)
			continue;
		fprintf(out, "; as %s: ", layouts[i].name);
		layout_match(&layouts[i], q->image, false, out);
		return;
	}
}

static void explain_nothing(const struct layout_question *q, FILE *out)
{
	fputs("nothing: ", out);
	if (q->object->fd < 0) {
		fprintf(out, "its bytes cannot be read: %s", strerrordesc_np(-q->object->error));
	} else if (layout_suspect(q, out)) {
		return;
	} else if (q->image->total == 0) {
		fputs("0 bytes present: not yet sized?", out);
	} else {
		fputs("no built-in layout has this size and such bytes", out);
		explain_nearest(q, out);
	}
	if (q->found && q->found->evidence && !q->found->layout)
		fprintf(out, "; %s", q->found->evidence);
}

/* An attribute that names no layout is passed over, but not in silence. */
static void explain_bad_xattr(const struct layout_question *q, FILE *out)
{
	struct layout_attribute room;
	const char *value = attribute_of(q, &room);

	if (!value || layouts_find(value) || choose_by_xattr(q))
		return;
	fputs("; its attribute " LAYOUT_XATTR " names no layout: \"", out);
	text_escape(value, strlen(value), out);
	fputc('"', out);
}

void layout_explain(const struct layout_question *question, FILE *out)
{
	const struct layout *layout;
	const struct way *way = find_way(question, &layout);

	if (way)
		way->explain(question, layout, out);
	else
		explain_nothing(question, out);
	explain_bad_xattr(question, out);
}
