/* SPDX-License-Identifier: MIT */
/* Programs that sleep in an object, /d, and what is found out about it. */
#pragma once

#include "core/discover.h"
#include "tests/child.h"

/* The program discover-NAME of the build (tests/meson.build); see pathf(). */
const char *discovered_program(const char *name);

/* Start the program in this situation, and wait until it is as it is to be. */
void discovered_begin(struct child *ret, const char *path, const char *situation);

/* Wait for the line "ready" of one that was started, and, if it is to, until it sleeps in /d
 * itself. */
void discovered_ready(struct child *child, bool asleep);

/* Those who have /d mapped are asked; the caller frees ret->evidence. */
void discovered_ask(struct discoverer *discoverer, struct discovery *ret);

/* Fail the test unless it is found to be this, and `part` is in the evidence. */
void discovered_is(const char *layout, const char *part);

/* Fail the test unless nothing is found, for this reason ("": none is told). */
void discovered_nothing(const char *why);

/* Kill it, and remove /d. */
void discovered_end(struct child *child);
