/* SPDX-License-Identifier: MIT */
/* Whether those who wait can ever wake: of an object, and of all. */
#pragma once

#include "fusefs/tree.h"

int render_verdict(struct subject *subject, const void *arg, FILE *out);

/* A line an object that needs attention, worst first; then who has waited for long. */
int render_stuck(struct subject *subject, const void *arg, FILE *out);

/* Who waits for whom, for Graphviz. */
int render_graph(struct subject *subject, const void *arg, FILE *out);

/* "verdict" of one object: its word, and the lines of its reasons. */
int verdict_add_json(struct json_object *top, struct subject *subject);
