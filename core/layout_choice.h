/* SPDX-License-Identifier: MIT */
/* Which layout an object has, and how that is known. */
#pragma once

#include "core/layouts.h"

/* Programs say with it which layout their object has; tmpfs takes it from Linux 6.6 on. */
#define LAYOUT_XATTR "user.pshmfs.layout"

/* Room for the name of any layout and its NUL; PROGRAM:STRUCT can be long. */
#define LAYOUT_NAME_SIZE 1024

/* What users have set in a mount: a list of GLOB=LAYOUT rules. May be shared between threads. */
struct layout_rules;

int layout_rules_create(struct layout_rules **ret);
void layout_rules_destroy(struct layout_rules *rules);

/*
 * layout_rules_add() - Objects whose name matches `glob` (glob(7); a leading / is dropped) have the
 * layout called `layout` (layout_named(), from where we are; or what the layouts file declares). A
 * later rule goes before an earlier one.
 *
 * Returns 0; as layout_named(); -ENOSPC for more than 1,000 rules; -ENOMEM.
 */
int layout_rules_add(struct layout_rules *rules, const char *glob, const char *layout);

/*
 * layout_rules_set() - Objects called `name` (to the letter) have the layout called `layout`
 * (as layout_rules_add(), from the folder `dirfd`), or with "" their choice is automatic again.
 * Of more than 1,000 rules the oldest that was set so is forgotten. Returns as layout_rules_add().
 */
int layout_rules_set(struct layout_rules *rules, const char *name, const char *layout, int dirfd);

/* The first row of the layout that is set for `name`, or NULL; the rule in words in `how`. */
const struct layout *layout_rules_get(struct layout_rules *rules, const char *name, FILE *how);

/*
 * layout_rules_load() - Take the rules and structs of the layouts file at `path` (NULL: of none) in
 * the place of those of the file before. They rank after what is set otherwise.
 *
 * What is wrong in it is told by layout_rules_complaints(), and all else applies. Returns 0, or why
 * it cannot be read (layout_file_read()): then the file before stays in effect.
 */
int layout_rules_load(struct layout_rules *rules, const char *path);

/* As layout_rules_get(), of the layouts file: "the layouts file FILE, line N". */
const struct layout *layout_rules_by_file(struct layout_rules *rules, const char *name, FILE *how);

/* What is wrong in the layouts file, "FILE:LINE: WHAT", or why it cannot be read: lines. */
void layout_rules_complaints(struct layout_rules *rules, const char *before, FILE *out);

/* Which layouts file is in effect, since when, what it declares, what is wrong in it. */
void layout_rules_about(struct layout_rules *rules, FILE *out);

/* The object's LAYOUT_XATTR, if it has one and may be asked. */
struct layout_attribute {
	bool there;
	char value[LAYOUT_NAME_SIZE];
};

void layout_attribute(const struct object *object, struct layout_attribute *ret);

/* What programs' debug information says of an object, found before it is asked (discover.h). */
struct layout_found {
	const struct layout *layout; /* by its holders; or NULL */
	const char *evidence; /* … in words behind "from "; without a layout, why there is none */
	bool certain;         /* by more than its size */
	/* The PROGRAM:STRUCT that the object's attribute had, and the layout; or NULL. */
	const struct layout *attribute;
	const char *attribute_value;
};

/* What has to be known to choose: the object `name`, and its first bytes. */
struct layout_question {
	struct layout_rules *rules; /* or NULL */
	const char *name;
	const struct object *object;
	const struct image *image;
	const struct layout_attribute *attribute; /* or NULL: it is asked for where it matters */
	const struct layout_found *found;         /* or NULL */
};

/*
 * layout_choose() - The object's layout, or NULL where nothing fits.
 *
 * The first way that applies: a rule of this mount; the layouts file; the extended attribute; the
 * name with plausible bytes; a magic word; what was found by its holders' debug information; the
 * bytes alone. Never fails, and never keeps anything: what the bytes say now counts.
 */
const struct layout *layout_choose(const struct layout_question *question);

/* Is layout_choose() sure without `found`, by a rule, attribute, name or magic word? */
bool layout_settled(const struct layout_question *question);

/*
 * layout_look() - Read the first bytes of question->object, choose its layout, and read on where
 * that is larger than what was read.
 *
 * The image is question->image. 0, also where there is no layout: *ret is NULL then; or why the
 * object cannot be read, as image_load(), with *ret as far as it was known.
 */
int layout_look(const struct layout_question *question, struct image *image,
		const struct layout **ret);

/*
 * layout_explain() - How layout_choose() comes to its answer, with the evidence, as one line to be
 * read after "from "; for NULL what was looked for and not found.
 */
void layout_explain(const struct layout_question *question, FILE *out);

/*
 * layout_suspect() - Is something wrong with an object of which no layout is known?
 *
 * True where its name promises a layout that the bytes are not of (a sem.* that is no semaphore),
 * or where the bytes would be of one if their sem_t were shared (sem_init with pshared 0). What it
 * is goes to `out` (or NULL), in words.
 */
bool layout_suspect(const struct layout_question *question, FILE *out);
