/* SPDX-License-Identifier: MIT */
/* From two looks to findings. */
#include "core/diagnosis.h"

#include <errno.h>
#include <stdlib.h>

#include "core/array.h"
#include "core/diagnosis_graph.h"
#include "core/diagnosis_reasons.h"

static int add_findings(const struct graph *graph, struct diagnosis *ret)
{
	int r = 0;

	ret->findings = calloc(graph->n_locks + 1, sizeof(*ret->findings));
	if (!ret->findings)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < graph->n_locks; i++) {
		const struct graph_lock *lock = &graph->locks[i];
		struct finding *finding = &ret->findings[ret->n_findings++];

		*finding = (struct finding){
			.ino = lock->ino,
			.offset = lock->offset,
			.lock = lock->lock,
			.object = lock->object,
			.verdict = lock->verdict,
			.sleepers = lock->waiters,
			.hidden = lock->hidden,
			.first = ret->n_reasons,
		};
		r = reasons_collect(graph, i, ret);
		finding->n = ret->n_reasons - finding->first;
	}
	return r;
}

int diagnose(const struct diagnosis_question *question, struct diagnosis *ret)
{
	struct graph graph;
	int r = graph_init(question, &graph);

	*ret = (struct diagnosis){.now = question->after->ended};
	if (r == 0) {
		graph_judge(&graph);
		ret->beyond = graph.beyond;
		r = add_findings(&graph, ret);
	}
	graph_deinit(&graph);
	if (r < 0)
		diagnosis_deinit(ret);
	return r;
}

void diagnosis_deinit(struct diagnosis *diagnosis)
{
	free(diagnosis->findings);
	free(diagnosis->reasons);
	*diagnosis = (struct diagnosis){0};
}

const struct diagnosis_object *diagnosis_object_find(const struct diagnosis_object *objects,
						     size_t n, uint64_t ino)
{
	const size_t at = ARRAY_FIRST(objects, n, ino, ino);

	return at < n && objects[at].ino == ino ? &objects[at] : NULL;
}

enum verdict diagnosis_verdict(const struct diagnosis *diagnosis, uint64_t ino)
{
	enum verdict worst = VERDICT_OK;

	for (size_t i = ARRAY_FIRST(diagnosis->findings, diagnosis->n_findings, ino, ino);
	     i < diagnosis->n_findings && diagnosis->findings[i].ino == ino; i++)
		if (diagnosis->findings[i].verdict > worst)
			worst = diagnosis->findings[i].verdict;
	return worst;
}
