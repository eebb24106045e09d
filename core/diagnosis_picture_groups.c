/* SPDX-License-Identifier: MIT */
/* Processes of one name that do the same: one node for them all. */
#include "core/diagnosis_picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* An edge as it looks from the process at one of its ends. */
struct side {
	size_t process;
	const struct picture_edge *edge;
	size_t other;
	bool out;
};

struct grouping {
	const struct picture *picture;
	struct side *sides; /* by process, then in one order for all */
	size_t n_sides;
	size_t *first; /* of each process, and one more */
	size_t *order; /* the processes that are shown, equal ones side by side */
	size_t n;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Does the process alone wait for that lock? Then which one it is need not be told. */
static bool is_private(const struct picture *picture, const struct side *side)
{
	return side->out && side->edge->kind == EDGE_WAITS &&
	       picture->nodes[side->other].waits == 1;
}

/* 0: two locks that differ by where they lie in their object, and by nothing else. */
static int compare_locks(const struct picture *picture, size_t a, size_t b)
{
	static const struct lock none;
	const struct picture_node *nodes = picture->nodes;
	const struct graph_lock *one = &picture->graph->locks[a - picture_lock(picture, 0)];
	const struct graph_lock *other = &picture->graph->locks[b - picture_lock(picture, 0)];
	const struct lock *x = one->lock ? one->lock : &none;
	const struct lock *y = other->lock ? other->lock : &none;
	int r = compare_numbers(one->ino, other->ino);

	if (r == 0)
		r = compare_numbers(one->verdict, other->verdict);
	if (r == 0)
		r = compare_numbers(one->moved, other->moved);
	if (r == 0)
		r = compare_numbers((uintptr_t)x->kind, (uintptr_t)y->kind);
	if (r == 0)
		r = compare_numbers(x->inferred, y->inferred);
	if (r == 0)
		r = compare_numbers(x->after.state, y->after.state);
	if (r == 0)
		r = compare_numbers(x->after.value, y->after.value);
	if (r == 0)
		r = compare_numbers((uint64_t)x->after.owner, (uint64_t)y->after.owner);
	if (r == 0)
		r = compare_numbers(nodes[a].n, nodes[b].n);
	for (size_t i = 0; r == 0 && i < nodes[a].n; i++)
		r = compare_numbers(picture->edges[nodes[a].first + i].to,
				    picture->edges[nodes[b].first + i].to);
	return r;
}

/* But for whose they are. */
static int compare_ends(const struct side *a, const struct side *b)
{
	int r = compare_numbers(a->out, b->out);

	if (r == 0)
		r = compare_numbers(a->edge->kind, b->edge->kind);
	if (r == 0)
		r = compare_numbers(a->edge->timed, b->edge->timed);
	if (r == 0)
		r = compare_numbers(a->edge->state, b->edge->state);
	return r ? r : compare_numbers(a->edge->threads, b->edge->threads);
}

static int compare_others(const struct picture *picture, const struct side *a, const struct side *b)
{
	const bool private = is_private(picture, a);
	int r = compare_numbers(private, is_private(picture, b));

	if (r == 0)
		r = private ? compare_locks(picture, a->other, b->other)
			    : compare_numbers(a->other, b->other);
	return r;
}

static int compare_sides(const void *left, const void *right)
{
	const struct side *a = left, *b = right;
	int r = compare_numbers(a->process, b->process);

	if (r == 0)
		r = compare_numbers(a->other, b->other);
	return r ? r : compare_ends(a, b);
}

static int compare_does(const struct picture_node *a, const struct picture_node *b)
{
	int r = memcmp(a->does, b->does, sizeof(a->does));

	if (r == 0)
		r = compare_numbers(a->matters, b->matters);
	return r ? r : strcmp(a->call ? a->call : "", b->call ? b->call : "");
}

/* 0: they look the same in the picture. */
static int compare_looks(const struct grouping *grouping, size_t a, size_t b)
{
	const struct picture *picture = grouping->picture;
	const struct graph_process *processes = picture->graph->processes;
	const size_t n = grouping->first[a + 1] - grouping->first[a];
	int r = compare_numbers(n, grouping->first[b + 1] - grouping->first[b]);

	if (r == 0)
		r = strncmp(processes[a].process->comm, processes[b].process->comm,
			    PROCESS_COMM_SIZE);
	if (r == 0)
		r = compare_does(&picture->nodes[a], &picture->nodes[b]);
	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct side *x = &grouping->sides[grouping->first[a] + i];
		const struct side *y = &grouping->sides[grouping->first[b] + i];

		r = compare_ends(x, y);
		if (r == 0)
			r = compare_others(picture, x, y);
	}
	return r;
}

static int compare_processes(const void *left, const void *right, void *data)
{
	const size_t a = *(const size_t *)left, b = *(const size_t *)right;
	int r = compare_looks(data, a, b);

	return r ? r : compare_numbers(a, b);
}

static void add_side(struct grouping *grouping, const struct picture_edge *edge, size_t process,
		     size_t other)
{
	if (process < grouping->picture->graph->n_processes)
		grouping->sides[grouping->n_sides++] = (struct side){
			.process = process,
			.edge = edge,
			.other = other,
			.out = process == edge->from,
		};
}

static int grouping_init(const struct picture *picture, struct grouping *ret)
{
	const size_t n = picture->graph->n_processes;
	size_t side = 0;

	*ret = (struct grouping){
		.picture = picture,
		.sides = calloc(2 * picture->n_edges + 1, sizeof(*ret->sides)),
		.first = calloc(n + 1, sizeof(*ret->first)),
		.order = calloc(n + 1, sizeof(*ret->order)),
	};
	if (!ret->sides || !ret->first || !ret->order)
		return -ENOMEM;
	for (size_t i = 0; i < picture->n_edges; i++) {
		add_side(ret, &picture->edges[i], picture->edges[i].from, picture->edges[i].to);
		add_side(ret, &picture->edges[i], picture->edges[i].to, picture->edges[i].from);
	}
	qsort(ret->sides, ret->n_sides, sizeof(*ret->sides), compare_sides);
	for (size_t i = 0; i <= n; i++) {
		while (side < ret->n_sides && ret->sides[side].process < i)
			side++;
		ret->first[i] = side;
	}
	for (size_t i = 0; i < n; i++)
		if (picture->nodes[i].shown)
			ret->order[ret->n++] = i;
	qsort_r(ret->order, ret->n, sizeof(*ret->order), compare_processes, ret);
	return 0;
}

static void grouping_deinit(struct grouping *grouping)
{
	free(grouping->sides);
	free(grouping->first);
	free(grouping->order);
}

static void stand_for(struct picture *picture, size_t first, size_t node)
{
	picture->nodes[node].group = first;
	if (node != first)
		picture->nodes[first].members++;
}

/* The first one stands for all, and so do the locks that it alone waits for. */
static void join(const struct grouping *grouping, struct picture *picture, const size_t *members,
		 size_t n)
{
	const struct side *first = &grouping->sides[grouping->first[members[0]]];
	const size_t n_sides = grouping->first[members[0] + 1] - grouping->first[members[0]];

	for (size_t i = 0; i < n && n >= PICTURE_GROUP; i++) {
		const struct side *sides = &grouping->sides[grouping->first[members[i]]];

		stand_for(picture, members[0], members[i]);
		for (size_t k = 0; k < n_sides; k++)
			if (is_private(picture, &sides[k]))
				stand_for(picture, first[k].other, sides[k].other);
	}
}

int picture_group(struct picture *picture)
{
	struct grouping grouping;
	int r = grouping_init(picture, &grouping);

	for (size_t i = 0, end = 0; r == 0 && i < grouping.n; i = end) {
		while (end < grouping.n &&
		       compare_looks(&grouping, grouping.order[i], grouping.order[end]) == 0)
			end++;
		join(&grouping, picture, &grouping.order[i], end - i);
	}
	grouping_deinit(&grouping);
	return r;
}
