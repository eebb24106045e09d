/* SPDX-License-Identifier: MIT */
/* From a graph to what is drawn of it. */
#include "core/diagnosis_picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/diagnosis_reasons.h"

/* What its threads do, but for those that are at the beginning of an edge. */
static void describe_process(const struct graph *graph, const struct graph_process *process,
			     struct picture_node *ret)
{
	for (size_t i = process->first; i < process->first + process->n; i++) {
		const struct graph_thread *thread = &graph->threads[i];
		const struct reason reason = reason_of_thread(graph, thread);

		if (reason.kind == REASON_PARTLY || reason.kind == REASON_WAITS ||
		    (reason.kind == REASON_CAN && reason.waiter &&
		     graph->lock_of[thread->first] != GRAPH_NONE))
			continue;
		if (reason.kind == REASON_CAN && ret->does[REASON_CAN - DOES_FIRST] == 0)
			ret->call = reason.waiter ? "futex" : thread->thread->call;
		ret->does[reason.kind - DOES_FIRST]++;
	}
	if (process->unread)
		ret->does[(process->late ? REASON_PARTLY : REASON_UNREAD) - DOES_FIRST]++;
	else if (process->n == 0 || process->after == GRAPH_NONE)
		ret->does[REASON_RAN - DOES_FIRST]++;
}

static int compare_edges(const void *left, const void *right)
{
	const struct picture_edge *a = left, *b = right;

	if (a->from != b->from)
		return a->from < b->from ? -1 : 1;
	if (a->to != b->to)
		return a->to < b->to ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->timed != b->timed)
		return a->timed < b->timed ? -1 : 1;
	return (a->state > b->state) - (a->state < b->state);
}

static void unite_edge(struct picture_edge *edge, const struct picture_edge *other)
{
	edge->threads += other->threads;
	edge->dead |= other->dead;
	if (other->since < edge->since) {
		edge->since = other->since;
		edge->about = other->about;
	}
	if (other->waiter && other->waiter->tid < edge->waiter->tid)
		edge->waiter = other->waiter;
}

/* Of all edges that are the same one is left, between those who stand for groups. */
static void unite_edges(struct picture *picture)
{
	size_t n = 0;

	for (size_t i = 0; i < picture->n_edges; i++) {
		struct picture_edge *edge = &picture->edges[i];

		edge->from = picture->nodes[edge->from].group;
		edge->to = picture->nodes[edge->to].group;
	}
	if (picture->n_edges > 0)
		qsort(picture->edges, picture->n_edges, sizeof(*picture->edges), compare_edges);
	for (size_t i = 0; i < picture->n_edges; i++) {
		if (n > 0 && compare_edges(&picture->edges[n - 1], &picture->edges[i]) == 0)
			unite_edge(&picture->edges[n - 1], &picture->edges[i]);
		else
			picture->edges[n++] = picture->edges[i];
	}
	picture->n_edges = n;
}

static void index_edges(struct picture *picture)
{
	for (size_t i = 0; i < picture->n_nodes; i++)
		picture->nodes[i].n = picture->nodes[i].waits = 0;
	for (size_t i = picture->n_edges; i-- > 0;) {
		const struct picture_edge *edge = &picture->edges[i];

		picture->nodes[edge->from].first = i;
		picture->nodes[edge->from].n++;
		picture->nodes[edge->to].waits +=
			edge->kind == EDGE_WAITS || edge->kind == EDGE_MAY;
	}
}

static int allocate(struct picture *picture)
{
	const struct graph *graph = picture->graph;

	picture->n_nodes = graph->n_processes + 2 * graph->n_locks;
	picture->nodes = calloc(picture->n_nodes + 1, sizeof(*picture->nodes));
	if (!picture->nodes)
		return -ENOMEM;
	for (size_t i = 0; i < picture->n_nodes; i++) {
		picture->nodes[i].group = i;
		picture->nodes[i].members = 1;
		picture->nodes[i].circle = picture->nodes[i].hub = GRAPH_NONE;
	}
	return 0;
}

int picture_init(const struct graph *graph, struct picture *ret)
{
	int r;

	*ret = (struct picture){.graph = graph};
	r = allocate(ret);
	if (r == 0)
		r = picture_add_edges(ret);
	if (r < 0)
		return r;
	for (size_t i = 0; i < graph->n_processes; i++)
		if (ret->nodes[i].shown)
			describe_process(graph, &graph->processes[i], &ret->nodes[i]);
	unite_edges(ret);
	index_edges(ret);
	r = picture_group(ret);
	if (r < 0)
		return r;
	unite_edges(ret);
	index_edges(ret);
	return picture_find_circles(ret);
}

void picture_deinit(struct picture *picture)
{
	free(picture->nodes);
	free(picture->edges);
	*picture = (struct picture){0};
}
