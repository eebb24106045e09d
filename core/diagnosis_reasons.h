/* SPDX-License-Identifier: MIT */
/* Why a lock was judged so, as data. */
#pragma once

#include "core/diagnosis_graph.h"

/* Appends the reasons for lock `lock` of the graph to ret. 0 or -ENOMEM. */
int reasons_collect(const struct graph *graph, size_t lock, struct diagnosis *ret);
