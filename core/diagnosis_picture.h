/* SPDX-License-Identifier: MIT */
/* What of a graph is worth a picture: who waits for whom, those who do the same in one node. */
#pragma once

#include "core/diagnosis_graph.h"

/* What a thread can do that is told in its process's box: reasons from here to there. */
#define DOES_FIRST REASON_CAN
#define DOES_KINDS (REASON_HIDDEN - REASON_CAN + 1)

enum edge_kind {
	EDGE_WAITS,    /* process -> lock */
	EDGE_MAY,      /* process -> lock: on which word it sleeps may not be told */
	EDGE_REAPS,    /* process -> process: waits for its child */
	EDGE_OWNS,     /* lock -> process: nobody else can release it */
	EDGE_RELEASES, /* lock -> process: could release it; also lock -> hub -> process */
};

struct picture_edge {
	enum edge_kind kind;
	size_t from, to;             /* nodes */
	size_t threads;              /* that wait */
	const struct waiter *waiter; /* of the first of them, or NULL */
	enum waiter_state state;     /* of them all, as `timed` */
	bool timed;
	int64_t since; /* of the one that has waited for longest, CLOCK_MONOTONIC, ns */
	bool about;
	bool dead;   /* nobody at its ends can ever go on */
	bool circle; /* it is a part of a circle */
};

/*
 * A process, a lock, or a hub: "who has this object", between many of its locks and many processes,
 * each of which could release each.
 */
struct picture_node {
	bool shown;
	size_t group;   /* the node that stands for it: mostly itself */
	size_t members; /* for how many nodes it stands */
	size_t circle;  /* the first node of the circle that it is in, or GRAPH_NONE */
	size_t first;   /* edges that go out from it */
	size_t n;
	size_t waits;              /* edges of those who wait for this lock */
	bool matters;              /* somebody waits for this process */
	size_t hub;                /* of a lock, or GRAPH_NONE */
	bool released;             /* an edge leads from this lock to who could release it */
	unsigned does[DOES_KINDS]; /* threads of a process, but for those that wait for locks */
	const char *call;          /* in which the first one is that can run, or NULL */
};

struct picture {
	const struct graph *graph;
	struct picture_node *nodes; /* processes of the graph, its locks, a hub for each lock */
	struct picture_edge *edges; /* by node */
	size_t n_nodes, n_edges;
};

/* Processes of the same name that do the same are one node, if they are so many. */
#define PICTURE_GROUP 4

/* 0 or -ENOMEM; picture_deinit() in both cases. The graph, judged, must outlive it. */
int picture_init(const struct graph *graph, struct picture *ret);
void picture_deinit(struct picture *picture);

static inline size_t picture_lock(const struct picture *picture, size_t lock)
{
	return picture->graph->n_processes + lock;
}

static inline size_t picture_hub(const struct picture *picture, size_t lock)
{
	return picture->graph->n_processes + picture->graph->n_locks + lock;
}

/* diagnosis_picture_edges.c: all edges, and which nodes these lead to. 0 or -ENOMEM. */
int picture_add_edges(struct picture *picture);

/*
 * diagnosis_picture_groups.c: who stands for whom. Of processes each of which waits for another
 * lock of one object, and those alike but for where they lie, the locks are one node as well.
 * 0 or -ENOMEM.
 */
int picture_group(struct picture *picture);

/* diagnosis_picture_circles.c: which edges are in circles that nobody can leave. 0 or -ENOMEM. */
int picture_find_circles(struct picture *picture);
