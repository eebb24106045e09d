/* SPDX-License-Identifier: MIT */
/* Walking the tables of nodes, and rendering one. */
#include "fusefs/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "core/text_stream.h"
#include "fusefs/viewer.h"

struct layout_question subject_question(const struct subject *subject)
{
	return (struct layout_question){
		.rules = subject->mirror->rules,
		.name = subject->name,
		.object = &subject->object,
		.image = &subject->image,
		.attribute = &subject->attribute,
		.found = subject->found ? &subject->found->known : NULL,
	};
}

/* Of one that may not be read, a rule may tell the layout all the same. */
static int subject_look(struct subject *subject)
{
	struct layout_question question;

	subject->found = found_get(subject->viewer->found, &subject->object.id);
	question = subject_question(subject);
	layout_attribute(&subject->object, &subject->attribute);
	if (subject->object.fd >= 0)
		return layout_look(&question, &subject->image, &subject->layout);
	subject->layout = layout_choose(&question);
	return 0;
}

int subject_of(struct mirror *mirror, struct viewer *viewer, const char *name,
	       const struct object *object, struct subject *ret)
{
	int r;

	*ret = (struct subject){
		.mirror = mirror, .viewer = viewer, .name = name, .object = *object};
	r = subject_look(ret);
	if (r < 0)
		subject_close(ret);
	return r;
}

int subject_open(struct mirror *mirror, struct viewer *viewer, const char *name,
		 struct subject *ret)
{
	struct object object;
	int r = object_open(mirror->source, name, &object);

	return r < 0 ? r : subject_of(mirror, viewer, name, &object, ret);
}

void subject_close(struct subject *subject)
{
	found_put(subject->found);
	subject->found = NULL;
	image_deinit(&subject->image);
	object_close(&subject->object);
}

int tree_render(struct subject *subject, const struct node *node, char **ret, size_t *ret_size)
{
	_cleanup_free_ char *text = NULL;
	struct text_stream stream;
	int r = text_stream_open(&stream), closed;

	if (r < 0)
		return r;
	r = node->render(subject, node->arg, stream.out);
	closed = text_stream_close(&stream, &text, ret_size);
	if (r < 0 || closed < 0)
		return r < 0 ? r : closed;
	*ret = text;
	text = NULL;
	return 0;
}

bool node_writable(const struct mirror *mirror, const struct node *node)
{
	return (node->write || node->write_at) && (!node->changes || mirror->write);
}

static int compare_name(const void *name, const void *node)
{
	return strcmp(name, (*(const struct node *const *)node)->name);
}

const struct node *tree_find(const struct dir *dir, const char *name)
{
	if (dir->by_name) {
		const struct node *const *found = bsearch(name, dir->by_name, dir->n_nodes,
							  sizeof(*dir->by_name), compare_name);

		return found ? *found : NULL;
	}
	for (size_t i = 0; i < dir->n_nodes; i++)
		if (strcmp(dir->nodes[i].name, name) == 0)
			return &dir->nodes[i];
	return NULL;
}

/* Depth first; `*row` counts. Ends at the node that is wanted, or at the number that is. */
static const struct node *walk(const struct node *top, const struct node *wanted,
			       unsigned wanted_row, unsigned *row)
{
	for (size_t i = 0; top->dir && i < top->dir->n_nodes; i++) {
		const struct node *node = &top->dir->nodes[i], *below;

		++*row;
		if (node == wanted || *row == wanted_row)
			return node;
		below = walk(node, wanted, wanted_row, row);
		if (below)
			return below;
	}
	return NULL;
}

unsigned tree_row(const struct node *top, const struct node *node)
{
	unsigned row = 1;

	if (node == top)
		return row;
	return walk(top, node, 0, &row) ? row : 0;
}

const struct node *tree_node(const struct node *top, unsigned row)
{
	unsigned counted = 1;

	return row == 1 ? top : walk(top, NULL, row, &counted);
}
