/* SPDX-License-Identifier: MIT */
/* Why a lock was judged so, as data. */
#pragma once

#include "core/diagnosis_graph.h"

/* Appends the reasons for lock `lock` of the graph to ret. 0 or -ENOMEM. */
int reasons_collect(const struct graph *graph, size_t lock, struct diagnosis *ret);

/* The thread could release a lock: what keeps it from that, or that nothing does. */
struct reason reason_of_thread(const struct graph *graph, const struct graph_thread *thread);

/* Was it asleep on this lock, without a timeout, all the time from the one look to the other? */
bool thread_sleeps_on(const struct graph *graph, const struct graph_thread *thread, size_t lock);
