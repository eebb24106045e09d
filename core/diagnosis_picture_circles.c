/* SPDX-License-Identifier: MIT */
/* The circles of those who wait for each other: strong components (R. Tarjan, 1972). */
#include "core/diagnosis_picture.h"

#include <errno.h>
#include <stdlib.h>

#include "core/cleanup.h"

struct walk {
	const struct picture *picture;
	size_t *number; /* of each node, in the order in which they were met, from 1 on */
	size_t *low;    /* the lowest number that is reached from it, by those on the stack */
	size_t *next;   /* the edge that is looked at next */
	size_t *came;   /* from where it was met */
	size_t *stack;  /* met, and in no component yet */
	bool *stacked;
	size_t depth, met;
};

static void meet(struct walk *walk, size_t node, size_t from)
{
	walk->number[node] = walk->low[node] = ++walk->met;
	walk->next[node] = walk->picture->nodes[node].first;
	walk->came[node] = from;
	walk->stack[walk->depth++] = node;
	walk->stacked[node] = true;
}

static void lower(struct walk *walk, size_t node, size_t low)
{
	if (low < walk->low[node])
		walk->low[node] = low;
}

/* All that lie on the stack from the node on are a component. */
static void take_component(struct walk *walk, struct picture *picture, size_t node)
{
	size_t at;

	do {
		at = walk->stack[--walk->depth];
		walk->stacked[at] = false;
		picture->nodes[at].circle = node;
	} while (at != node);
}

/* Follows the node's next edge, or goes back where there is none: the node to go on from. */
static size_t step(struct walk *walk, struct picture *picture, size_t node)
{
	const struct picture_node *at = &picture->nodes[node];

	while (walk->next[node] < at->first + at->n) {
		const struct picture_edge *edge = &picture->edges[walk->next[node]++];

		if (!edge->dead)
			continue;
		if (walk->number[edge->to] == 0) {
			meet(walk, edge->to, node);
			return edge->to;
		}
		if (walk->stacked[edge->to])
			lower(walk, node, walk->number[edge->to]);
	}
	if (walk->low[node] == walk->number[node])
		take_component(walk, picture, node);
	if (walk->came[node] != GRAPH_NONE)
		lower(walk, walk->came[node], walk->low[node]);
	return walk->came[node];
}

/* A component of one node is no circle: there are no edges from a node to itself but of children.
 */
static void mark(struct picture *picture)
{
	for (size_t i = 0; i < picture->n_edges; i++) {
		struct picture_edge *edge = &picture->edges[i];

		edge->circle = edge->dead && edge->from != edge->to &&
			       picture->nodes[edge->from].circle == picture->nodes[edge->to].circle;
	}
	for (size_t i = 0; i < picture->n_nodes; i++) {
		const struct picture_node *node = &picture->nodes[i];
		bool circle = false;

		for (size_t k = node->first; k < node->first + node->n; k++)
			circle |= picture->edges[k].circle;
		if (!circle)
			picture->nodes[i].circle = GRAPH_NONE;
	}
}

int picture_find_circles(struct picture *picture)
{
	const size_t n = picture->n_nodes + 1;
	_cleanup_free_ size_t *number = calloc(n, sizeof(size_t)), *low = calloc(n, sizeof(size_t));
	_cleanup_free_ size_t *next = calloc(n, sizeof(size_t)), *came = calloc(n, sizeof(size_t));
	_cleanup_free_ size_t *stack = calloc(n, sizeof(size_t));
	_cleanup_free_ bool *stacked = calloc(n, sizeof(bool));
	struct walk walk = {.picture = picture,
			    .number = number,
			    .low = low,
			    .next = next,
			    .came = came,
			    .stack = stack,
			    .stacked = stacked};

	if (!number || !low || !next || !came || !stack || !stacked)
		return -ENOMEM;
	for (size_t i = 0; i < picture->n_nodes; i++) {
		if (number[i] || picture->nodes[i].n == 0)
			continue;
		meet(&walk, i, GRAPH_NONE);
		for (size_t node = i; node != GRAPH_NONE;)
			node = step(&walk, picture, node);
	}
	mark(picture);
	return 0;
}
