/* SPDX-License-Identifier: MIT */
/* Walking the tables of nodes, and rendering one. */
#include "fusefs/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"

/* Enough for the fixed part of every built-in layout, and for the course's whole struct pshm_xfr.
 */
#define FIRST_LOOK 4096

struct layout_question subject_question(const struct subject *subject)
{
	return (struct layout_question){
		.rules = subject->mirror->rules,
		.name = subject->name,
		.object = &subject->object,
		.image = &subject->image,
	};
}

static int subject_look(struct subject *subject)
{
	struct layout_question question = subject_question(subject);
	int r = subject->object.fd < 0 ? 0
				       : image_load(&subject->object, FIRST_LOOK, &subject->image);

	if (r < 0)
		return r;
	subject->layout = layout_choose(&question);
	if (subject->layout && subject->layout->size > subject->image.size &&
	    subject->image.size < subject->image.total)
		r = image_load(&subject->object, subject->layout->size, &subject->image);
	return r;
}

int subject_open(struct mirror *mirror, const char *name, struct subject *ret)
{
	int r;

	*ret = (struct subject){.mirror = mirror, .name = name, .object = OBJECT_NONE};
	r = object_open(mirror->source, name, &ret->object);
	if (r == 0)
		r = subject_look(ret);
	if (r < 0)
		subject_close(ret);
	return r;
}

void subject_close(struct subject *subject)
{
	image_deinit(&subject->image);
	object_close(&subject->object);
}

int tree_render(struct subject *subject, const struct node *node, char **ret, size_t *ret_size)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int r;

	if (!out)
		return -ENOMEM;
	r = node->render(subject, node->arg, out);
	if (fclose(out) != 0 && r == 0)
		r = -ENOMEM;
	if (r < 0)
		return r;
	*ret = text;
	*ret_size = size;
	text = NULL;
	return 0;
}

static int render_field(struct subject *subject, const void *arg, FILE *out)
{
	if (subject->object.fd < 0)
		return subject->object.error;
	return leaf_render(arg, &subject->image, out);
}

static struct node field_node(const struct leaf *leaf)
{
	return (struct node){
		.name = leaf->name,
		.mode = S_IFREG | 0444,
		.render = render_field,
		.arg = leaf,
		.help = leaf->member ? leaf->member->help : leaf->field->help,
	};
}

/* The leaves stay where they are: the nodes point to them. */
static int fields_create(const struct layout *layout, struct field_nodes *next,
			 struct field_nodes **ret)
{
	struct field_nodes *fields = calloc(1, sizeof(*fields));
	struct leaf *leaves = NULL;
	int r = fields ? layout_leaves(layout, &leaves, &fields->count) : -ENOMEM;

	if (r == 0)
		fields->nodes = calloc(fields->count, sizeof(*fields->nodes));
	if (r < 0 || !fields->nodes) {
		free(leaves);
		free(fields);
		return -ENOMEM;
	}
	fields->next = next;
	fields->layout = layout;
	for (size_t i = 0; i < fields->count; i++)
		fields->nodes[i] = field_node(&leaves[i]);
	*ret = fields;
	return 0;
}

int tree_fields(const struct layout *layout, const struct field_nodes **ret)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct field_nodes none; /* the head of the list: of no layout */
	struct field_nodes *fields = &none;
	int r = 0;

	pthread_mutex_lock(&lock);
	while (fields && fields->layout != layout)
		fields = fields->next;
	if (!fields) {
		r = fields_create(layout, none.next, &fields);
		if (r == 0)
			none.next = fields;
	}
	pthread_mutex_unlock(&lock);
	*ret = fields;
	return r;
}

const struct node *tree_find(const struct node *nodes, size_t n_nodes, const char *name)
{
	for (size_t i = 0; i < n_nodes; i++)
		if (strcmp(nodes[i].name, name) == 0)
			return &nodes[i];
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
