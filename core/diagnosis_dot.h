/* SPDX-License-Identifier: MIT */
/* The words in a picture, for Graphviz. */
#pragma once

#include "core/diagnosis_picture.h"

/*
 * dot_quote() - A string of the language DOT whose lines are those of the text: centred (newline is
 * 'n'), or beginning at the left ('l', and each has an end).
 *
 * What the text has of names must have gone through text_escape().
 */
void dot_quote(const char *text, size_t size, char newline, FILE *out);

/* Names, escaped; cut with "…" after `most` bytes, at a character. */
void dot_name(const char *name, size_t most, FILE *out);

/* What is written in the box of a process (or of those that it stands for); lines, plain. */
void dot_process(const struct picture *picture, size_t process, FILE *out);

/* Its pids, all of them. */
void dot_pids(const struct picture *picture, size_t process, FILE *out);

/* … in the ellipse of a lock; and which one it is, whole. */
void dot_lock(const struct picture *picture, size_t lock, FILE *out);
void dot_lock_name(const struct picture *picture, size_t lock, FILE *out);

/* … of a hub: all others that have the lock's object. */
void dot_hub(const struct picture *picture, size_t lock, FILE *out);

/* … beside an arrow. */
void dot_edge(const struct picture *picture, const struct picture_edge *edge, FILE *out);

/* … below the picture: what there is, what was not seen, and how to read it. */
void dot_legend(const struct picture *picture, FILE *out);
