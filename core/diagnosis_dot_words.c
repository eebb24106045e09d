/* SPDX-License-Identifier: MIT */
/* What is written in the picture: short, for the long sentences are in `verdict`. */
#include "core/diagnosis_dot.h"

#include <string.h>

#include "core/age.h"
#include "core/text.h"

void dot_quote(const char *text, size_t size, char newline, FILE *out)
{
	fputc('"', out);
	for (size_t i = 0; i < size; i++) {
		/* U+FFFE and U+FFFF are UTF-8, but no XML. */
		if (size - i >= 3 && memcmp(&text[i], "\xef\xbf", 2) == 0 &&
		    (unsigned char)text[i + 2] >= 0xbe) {
			fprintf(out, "\\\\xef\\\\xbf\\\\x%02x", (unsigned char)text[i + 2]);
			i += 2;
		} else if (text[i] == '\n') {
			fprintf(out, "\\%c", newline);
		} else if (text[i] == '&') {
			fputs("&amp;", out); /* else &#0; would be a character */
		} else {
			if (text[i] == '"' || text[i] == '\\')
				fputc('\\', out);
			fputc(text[i], out);
		}
	}
	fputc('"', out);
}

void dot_name(const char *name, size_t most, FILE *out)
{
	const size_t length = strlen(name);
	size_t n = 0;

	while (n < length && n < most) {
		const size_t step = text_utf8((const unsigned char *)name + n, length - n);

		n += step ? step : 1;
	}
	text_escape(name, n, out);
	if (n < length)
		fputs("…", out);
}

/* Which thread it is, where it is not the only one that one thinks of. */
static void print_thread(const struct picture *picture, const struct picture_edge *edge, FILE *out)
{
	const struct process *process = picture->graph->processes[edge->from].process;
	const struct waiter *waiter = edge->waiter;

	if (edge->threads > 1) {
		fprintf(out, "%zu threads\n", edge->threads);
		return;
	}
	if (!waiter || waiter->tid == process->pid)
		return;
	fputs("thread ", out);
	process_print_tid(process, waiter->tid, waiter->own, out);
	if (strncmp(waiter->comm, process->comm, PROCESS_COMM_SIZE) != 0) {
		fputs(" (", out);
		reason_print_comm(waiter->comm, out);
		fputc(')', out);
	}
	fputc('\n', out);
}

static void print_wait(const struct picture *picture, const struct picture_edge *edge, FILE *out)
{
	static const char *const states[] = {[WAITER_ASLEEP] = "",
					     [WAITER_STOPPED] = ",\nstopped meanwhile",
					     [WAITER_FROZEN] = ",\nfrozen meanwhile"};
	const int64_t age = picture->graph->question->after->ended - edge->since;

	print_thread(picture, edge, out);
	fprintf(out, "wait%s%s ", edge->threads > 1 ? "" : "s", edge->threads > 1 ? " up to" : "");
	age_print(age > 0 ? (uint64_t)age : 0, edge->about, out);
	fputs(edge->timed ? ",\nwith a timeout" : "", out);
	fputs(states[edge->state], out);
}

void dot_edge(const struct picture *picture, const struct picture_edge *edge, FILE *out)
{
	switch (edge->kind) {
	case EDGE_WAITS:
		print_wait(picture, edge, out);
		break;
	case EDGE_MAY:
		print_thread(picture, edge, out);
		fputs("may wait", out);
		break;
	case EDGE_REAPS:
		fputs("waits for\nits end", out);
		break;
	case EDGE_OWNS:
		fputs("owned by", out);
		break;
	default:
		break;
	}
}

/* "2 stuck, 1 waiting" */
static void print_summary(const struct graph *graph, FILE *out)
{
	const char *separator = "locks: ";
	bool any = false;

	for (int verdict = VERDICT_BROKEN; verdict > VERDICT_OK; verdict--) {
		size_t n = 0;

		for (size_t i = 0; i < graph->n_locks; i++)
			n += (int)graph->locks[i].verdict == verdict;
		if (n == 0)
			continue;
		fprintf(out, "%s%zu %s", separator, n, verdict_word((enum verdict)verdict));
		separator = ", ";
		any = true;
	}
	fputs(any ? "\n" : "Nobody waits.\n", out);
}

static void print_unseen(const struct graph *graph, FILE *out)
{
	const struct snapshot *after = graph->question->after;
	size_t n = snapshot_unfinished(after, 0);

	for (size_t i = 0; i < after->n_denied; i++)
		n += after->denied[i].n;
	if (n > 0)
		fprintf(out, "%zu process%s could not be looked at.\n", n, n == 1 ? "" : "es");
	if (graph->question->hides)
		fputs("Processes of other users are hidden (hidepid).\n", out);
}

void dot_legend(const struct picture *picture, FILE *out)
{
	print_summary(picture->graph, out);
	print_unseen(picture->graph, out);
	if (picture->n_edges > 0)
		fputs("box: process, ellipse: lock, solid arrow: waits for, "
		      "dashed arrow: could be released by\n",
		      out);
	for (size_t i = 0; i < picture->n_edges; i++) {
		if (!picture->edges[i].circle)
			continue;
		fputs("thick arrows: a circle that nobody in it can leave\n", out);
		break;
	}
}
