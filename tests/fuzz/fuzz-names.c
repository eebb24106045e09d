/* SPDX-License-Identifier: MIT */
/* Any words where users name layouts: PROGRAM:STRUCT, GLOB=LAYOUT, and the objects meant by it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/dwarf.h"
#include "core/dwarf_scope.h"
#include "core/layout_choice.h"
#include "core/layout_name.h"
#include "tests/exercise.h"
#include "tests/fuzz/fuzz.h"

/* Programs in C and C++, by debug information alone: what the build has made of seed.c, seed.cc. */
static const char *const programs[] = {FUZZ_C, FUZZ_CXX};

static void by_program(const char *path, const char *name)
{
	static int fds[2] = {-1, -1};
	int *fd = &fds[path == programs[1]];
	const struct layout *layout = NULL;
	struct words words;
	int r;

	if (*fd < 0 && dwarf_open(path, fd) < 0)
		abort();
	r = dwarf_layout(*fd, NULL, name, &layout);
	if (r == 0)
		exercise_layout(layout);
	dwarf_layout_free(layout);
	words_open(&words);
	dwarf_explain(r, name, words.out);
	words_close(&words);
}

static void by_scope(const char *name, const char *other)
{
	const struct dwarf_scope scopes[] = {{"ns", false, false}, {other, true, true}, {NULL}};
	bool exact;

	dwarf_name_fits(name, scopes, 3, other, &exact);
	dwarf_same_name(name, other);
	if (*dwarf_last_part(name) && !strstr(name, dwarf_last_part(name)))
		abort();
}

/* A name of a file that is not there, with any struct; and the other way round. */
static void by_name(const char *name)
{
	const struct layout *layout;
	struct words words;
	int r;

	if (*name == '/')
		return;
	r = layout_named(name, AT_FDCWD, &layout);
	words_open(&words);
	if (r < 0)
		layout_name_explain(name, r, words.out);
	words_close(&words);
}

static void by_rule(const char *glob, const char *layout, const char *object)
{
	struct layout_rules *rules;
	struct words words;

	if (layout_rules_create(&rules) < 0)
		abort();
	words_open(&words);
	if (*layout != '/') {
		layout_rules_add(rules, glob, layout);
		layout_rules_set(rules, object, layout, AT_FDCWD);
		layout_rules_add(rules, object, "seqnum");
	}
	layout_rules_get(rules, object, words.out);
	layout_rules_set(rules, object, "", AT_FDCWD);
	layout_rules_get(rules, object, words.out);
	layout_rules_by_file(rules, object, words.out);
	layout_rules_complaints(rules, "x: ", words.out);
	layout_rules_about(rules, words.out);
	words_close(&words);
	layout_rules_destroy(rules);
}

/* Three words, a line each: of a struct, of a glob or a scope, of an object. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = {bytes, size};
	char *name = input_until(&input, '\n'), *other = input_until(&input, '\n');
	char *object = input_text(&input);

	if (name && other) {
		by_program(programs[size % 2], name);
		by_scope(name, other);
		by_name(name);
		by_rule(other, name, object);
	}
	free(name);
	free(other);
	free(object);
	return 0;
}
