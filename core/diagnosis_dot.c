/* SPDX-License-Identifier: MIT */
/* The picture as a graph in the language DOT. */
#include "core/diagnosis_dot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/cleanup.h"
#include "core/text_stream.h"

/* Of nodes: four processes and as many locks. */
#define LONG_RING 8

struct dot {
	const struct picture *picture;
	FILE *out;
	int error;
};

/* Each is told by a word in its node, too. */
static const struct style {
	const char *line, *fill;
} verdict_styles[] = {
	[VERDICT_OK] = {"#000000", "#ffffff"},      [VERDICT_WAITING] = {"#000000", "#ffffff"},
	[VERDICT_UNKNOWN] = {"#707070", "#e4e4e4"}, [VERDICT_ALONE] = {"#d97700", "#ffe8c7"},
	[VERDICT_STOPPED] = {"#1f5fbf", "#d6e6ff"}, [VERDICT_STUCK] = {"#d00000", "#ffdcdc"},
	[VERDICT_BROKEN] = {"#7f0000", "#e0a8a8"},
};

static void print_edge_text(const struct picture *picture, size_t at, FILE *out)
{
	const struct picture_edge *edge = &picture->edges[at];

	if (edge->kind != EDGE_RELEASES)
		fputc(' ', out); /* it is put close to the arrow */
	dot_edge(picture, edge, out);
}

static void print_legend(const struct picture *picture, size_t at, FILE *out)
{
	(void)at;
	dot_legend(picture, out);
}

/* ` NAME="…"` with what `print` writes for this node; nothing where that is nothing. */
static void print_text(struct dot *dot, const char *name,
		       void (*print)(const struct picture *picture, size_t at, FILE *out),
		       size_t at)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *out = text_open(&text, &size);

	if (out)
		print(dot->picture, at, out);
	if (!out || fclose(out) != 0) {
		dot->error = -ENOMEM;
		return;
	}
	if (size == 0)
		return;
	fprintf(dot->out, " %s=", name);
	dot_quote(text, size, print == print_legend ? 'l' : 'n', dot->out);
}

/* What a node is called: by pid, by inode and offset, so that it is the same in the next picture.
 */
static void print_id(const struct picture *picture, size_t node, FILE *out)
{
	const struct graph *graph = picture->graph;
	const struct graph_lock *lock;

	if (node < graph->n_processes) {
		const struct graph_process *process = &graph->processes[node];

		fprintf(out, "pid_%d%s", process->process->pid,
			process->after == GRAPH_NONE ? "_gone" : "");
		return;
	}
	lock = &graph->locks[(node - graph->n_processes) % graph->n_locks];
	fprintf(out, node < picture_hub(picture, 0) ? "lock_%" PRIu64 : "object_%" PRIu64,
		lock->ino);
	if (node < picture_hub(picture, 0) && lock->hidden)
		fputs("_hidden", out);
	else if (node < picture_hub(picture, 0))
		fprintf(out, "_%" PRIu64, lock->offset);
}

static struct style process_style(const struct picture_node *node)
{
	if (node->circle != GRAPH_NONE)
		return verdict_styles[VERDICT_STUCK];
	if (node->does[REASON_STOPPED - DOES_FIRST])
		return verdict_styles[VERDICT_STOPPED];
	if (node->does[REASON_UNREAD - DOES_FIRST] || node->does[REASON_PARTLY - DOES_FIRST] ||
	    node->does[REASON_HIDDEN - DOES_FIRST])
		return verdict_styles[VERDICT_UNKNOWN];
	if (node->matters &&
	    (node->does[REASON_CAN - DOES_FIRST] || node->does[REASON_RAN - DOES_FIRST]))
		return (struct style){"#2f7d32", "#e2f2e2"};
	return verdict_styles[VERDICT_OK];
}

static void print_style(const struct dot *dot, struct style style, bool bold)
{
	fprintf(dot->out, " color=\"%s\" fillcolor=\"%s\"%s", style.line, style.fill,
		bold ? " penwidth=2" : "");
}

static void print_process(struct dot *dot, size_t node)
{
	const struct picture_node *at = &dot->picture->nodes[node];

	fputs(at->members > 1 ? " [shape=box3d" : " [shape=box", dot->out);
	print_style(dot, process_style(at), at->circle != GRAPH_NONE);
	print_text(dot, "label", dot_process, node);
	print_text(dot, "tooltip", dot_pids, node);
}

static void print_lock(struct dot *dot, size_t lock)
{
	const enum verdict verdict = dot->picture->graph->locks[lock].verdict;

	fputs(" [shape=ellipse", dot->out);
	print_style(dot, verdict_styles[verdict], verdict > VERDICT_WAITING);
	print_text(dot, "label", dot_lock, lock);
	print_text(dot, "tooltip", dot_lock_name, lock);
}

static void print_node(struct dot *dot, size_t node)
{
	const struct picture *picture = dot->picture;

	if (!picture->nodes[node].shown || picture->nodes[node].group != node)
		return;
	fputc('\t', dot->out);
	print_id(picture, node, dot->out);
	if (node < picture_lock(picture, 0)) {
		print_process(dot, node);
	} else if (node < picture_hub(picture, 0)) {
		print_lock(dot, node - picture_lock(picture, 0));
	} else {
		fputs(" [shape=plaintext style=solid", dot->out);
		print_text(dot, "label", dot_hub, node - picture_hub(picture, 0));
	}
	fputs("]\n", dot->out);
}

static void print_edge(struct dot *dot, size_t edge)
{
	static const char *const styles[] = {[EDGE_WAITS] = "solid",
					     [EDGE_MAY] = "dotted",
					     [EDGE_REAPS] = "solid",
					     [EDGE_OWNS] = "dashed",
					     [EDGE_RELEASES] = "dashed"};
	const struct picture_edge *at = &dot->picture->edges[edge];

	fputc('\t', dot->out);
	print_id(dot->picture, at->from, dot->out);
	fputs(" -> ", dot->out);
	print_id(dot->picture, at->to, dot->out);
	fprintf(dot->out, " [style=%s", styles[at->kind]);
	if (at->circle)
		fprintf(dot->out, " color=\"%s\" penwidth=2.5", verdict_styles[VERDICT_STUCK].line);
	print_text(dot, "label", print_edge_text, edge);
	fputs("]\n", dot->out);
}

/* The edge by which the circle goes on from the node; GRAPH_NONE: there are several. */
static size_t circle_edge(const struct picture *picture, size_t node)
{
	const struct picture_node *at = &picture->nodes[node];
	size_t found = GRAPH_NONE;

	for (size_t i = at->first; i < at->first + at->n; i++) {
		if (!picture->edges[i].circle)
			continue;
		if (found != GRAPH_NONE)
			return GRAPH_NONE;
		found = i;
	}
	return found;
}

/* The circle from this node on, as a list of n nodes; n is 0 where it has crossings. */
static int list_ring(const struct picture *picture, size_t node, size_t **ret, size_t *ret_n)
{
	const size_t begin = node;

	*ret_n = 0;
	*ret = calloc(picture->n_nodes + 1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	do {
		const size_t edge = circle_edge(picture, node);

		if (edge == GRAPH_NONE || *ret_n == picture->n_nodes) {
			*ret_n = 0;
			return 0;
		}
		(*ret)[(*ret_n)++] = node;
		node = picture->edges[edge].to;
	} while (node != begin);
	return 0;
}

/*
 * Its nodes in pairs, one of the way there and one of the way back: so it is drawn as a ring. With
 * the ring the nodes come first, since dot(1) begins to rank there.
 */
static void print_ring(struct dot *dot, size_t begin)
{
	_cleanup_free_ size_t *ring = NULL;
	size_t n = 0;
	int r = list_ring(dot->picture, begin, &ring, &n);

	if (r < 0)
		dot->error = r;
	for (size_t i = 0; i < dot->picture->n_nodes; i++)
		if (i < n || (n == 0 && dot->picture->nodes[i].circle == begin))
			print_node(dot, n > 0 ? ring[i] : i);
	for (size_t i = 1; 2 * i < n; i++) {
		fputs("\t{rank=same ", dot->out);
		print_id(dot->picture, ring[i], dot->out);
		fputc(' ', dot->out);
		print_id(dot->picture, ring[n - i], dot->out);
		fputs("}\n", dot->out);
	}
}

/* A long ring that is most of the picture is drawn downwards: else it is wider than a screen. */
static int is_tall(const struct picture *picture, bool *ret)
{
	size_t shown = 0, longest = 0;

	for (size_t i = 0; i < picture->n_nodes; i++) {
		_cleanup_free_ size_t *ring = NULL;
		size_t n;
		int r;

		shown += picture->nodes[i].shown && picture->nodes[i].group == i;
		if (picture->nodes[i].circle != i)
			continue;
		r = list_ring(picture, i, &ring, &n);
		if (r < 0)
			return r;
		if (n > longest)
			longest = n;
	}
	*ret = longest > LONG_RING && 2 * longest > shown;
	return 0;
}

static void print_graph(struct dot *dot, bool tall)
{
	const struct picture *picture = dot->picture;

	fprintf(dot->out, "digraph pshmfs {\n\trankdir=%s", tall ? "TB" : "LR");
	fputs(" nodesep=0.35 ranksep=0.6 labeljust=l labelloc=b\n"
	      "\tgraph [fontname=\"Helvetica\" fontsize=11]\n"
	      "\tnode [fontname=\"Helvetica\" fontsize=12 style=filled fillcolor=white]\n"
	      "\tedge [fontname=\"Helvetica\" fontsize=10]\n"
	      "\t",
	      dot->out);
	print_text(dot, "label", print_legend, 0);
	fputc('\n', dot->out);
	/* The first node of each circle begins it. */
	for (size_t i = 0; i < picture->n_nodes; i++)
		if (picture->nodes[i].circle == i)
			print_ring(dot, i);
	for (size_t i = 0; i < picture->n_nodes; i++)
		if (picture->nodes[i].circle == GRAPH_NONE)
			print_node(dot, i);
	for (size_t i = 0; i < picture->n_edges; i++)
		print_edge(dot, i);
	fputs("}\n", dot->out);
}

int diagnosis_dot(const struct diagnosis_question *question, FILE *out)
{
	struct picture picture = {0};
	struct graph graph;
	bool tall;
	struct dot dot = {.picture = &picture, .out = out};
	int r = graph_init(question, &graph);

	if (r == 0) {
		graph_judge(&graph);
		r = picture_init(&graph, &picture);
	}
	if (r == 0)
		r = is_tall(&picture, &tall);
	if (r == 0) {
		print_graph(&dot, tall);
		r = dot.error;
	}
	picture_deinit(&picture);
	graph_deinit(&graph);
	return r;
}
