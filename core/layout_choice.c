/* SPDX-License-Identifier: MIT */
/* Choosing a layout: what the user set, what the program said, the name, the bytes. */
#include "core/layout_choice.h"

#include <errno.h>
#include <string.h>
#include <sys/xattr.h>

/* Of the rows of one name (a row an ABI): the one that the bytes are of, else one of that size. */
static const struct layout *variant(const struct layout *first, const struct image *image)
{
	const struct layout *sized = NULL, *end = layouts + n_layouts;

	for (const struct layout *l = first; l && l < end && !strcmp(l->name, first->name); l++) {
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

static const struct layout *choose_by_xattr(const struct layout_question *q)
{
	char value[LAYOUT_NAME_SIZE] = "";

	if (q->object->fd < 0 ||
	    fgetxattr(q->object->fd, LAYOUT_XATTR, value, sizeof(value) - 1) <= 0)
		return NULL;
	return variant(layouts_find(value), q->image);
}

static void explain_xattr(const struct layout_question *q, const struct layout *layout, FILE *out)
{
	(void)q;
	fprintf(out, "the object's attribute " LAYOUT_XATTR " (%s)", layout->abi);
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

static const struct layout *choose_by_bytes(const struct layout_question *q)
{
	for (size_t i = 0; i < n_layouts; i++)
		if (layout_match(&layouts[i], q->image, false, NULL))
			return &layouts[i];
	return NULL;
}

static void explain_bytes(const struct layout_question *q, const struct layout *layout, FILE *out)
{
	fputs(layout->magic ? "its bytes: " : "its bytes, a guess: ", out);
	layout_match(layout, q->image, false, out);
	fprintf(out, " (%s)", layout->abi);
}

/* The ways in which a layout is found, in the order in which they are tried. */
static const struct {
	const struct layout *(*choose)(const struct layout_question *q);
	void (*explain)(const struct layout_question *q, const struct layout *layout, FILE *out);
} ways[] = {
	{choose_by_rule, explain_rule},
	{choose_by_xattr, explain_xattr},
	{choose_by_name, explain_name},
	{choose_by_bytes, explain_bytes},
};

const struct layout *layout_choose(const struct layout_question *question)
{
	const struct layout *layout = NULL;

	for (size_t i = 0; !layout && i < sizeof(ways) / sizeof(ways[0]); i++)
		layout = ways[i].choose(question);
	return layout;
}

bool layout_misnomer(const struct layout_question *question, FILE *out)
{
	const struct image *image = question->image;
	const struct layout *nearest = NULL;

	for (size_t i = 0; i < n_layouts; i++) {
		if (!expected(&layouts[i], question->name))
			continue;
		if (layout_match(&layouts[i], image, true, NULL))
			return false;
		if (!nearest || layout_size_fits(&layouts[i], image->total))
			nearest = &layouts[i];
	}
	if (nearest && out) {
		fprintf(out, "named %s* but no %s: ", nearest->prefix, nearest->name);
		layout_match(nearest, image, true, out);
	}
	return nearest;
}

static void explain_nothing(const struct layout_question *q, FILE *out)
{
	if (q->object->fd < 0)
		fprintf(out, "nothing: its bytes cannot be read: %s",
			strerrordesc_np(-q->object->error));
	else if (layout_misnomer(q, NULL))
		layout_misnomer(q, out);
	else if (q->image->total == 0)
		fputs("nothing: 0 bytes present: not yet sized?", out);
	else
		fputs("nothing: no built-in layout has this size and such bytes", out);
}

void layout_explain(const struct layout_question *question, FILE *out)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct layout *layout = ways[i].choose(question);

		if (layout) {
			ways[i].explain(question, layout, out);
			return;
		}
	}
	explain_nothing(question, out);
}
