/* SPDX-License-Identifier: MIT */
/* Two looks at processes, the bytes of the locks that they sleep on, and what follows. */
#pragma once

#include "core/diagnosis.h"
#include "core/found.h"
#include "core/layout_choice.h"
#include "core/names.h"
#include "core/vanished.h"

struct verdict_question {
	struct snapshot_question look; /* but for its flags; ino: one object, 0: all */
	int dirfd;                     /* the folder with the objects' names */
	struct layout_rules *rules;    /* or NULL */
	struct found_table *found;     /* or NULL */
	/* What earlier looks have seen, and this one adds to; or NULL. Not for two threads at once.
	 */
	struct vanished_table *vanished;
};

/* An object that is concerned: where it was found. */
struct survey;

struct verdicts {
	struct snapshot before, after;
	uint64_t ino; /* scope of the looks; 0: all, also where one object led to others */
	struct names *names;
	struct survey *surveys;           /* by ino */
	struct diagnosis_object *objects; /* of each of them */
	struct lock *locks;               /* by ino */
	struct vanished *vanished;
	size_t n_surveys, n_objects, n_locks, n_vanished;
	bool late; /* see struct diagnosis_question */
	struct diagnosis diagnosis;
};

/*
 * verdicts_take() - Look twice, read the locks between and afterwards, and judge.
 *
 * Where the object asked about leads to others, all are looked at. Objects are read by pread(2).
 * Returns 0 or as snapshot_take(); what cannot be read is in the findings. The caller owns ret and
 * gives it back with verdicts_deinit(). `since` as in snapshot_take().
 */
int verdicts_take(const struct verdict_question *question, struct since_table *since,
		  struct verdicts *ret);
void verdicts_deinit(struct verdicts *verdicts);

/* One look at processes, or two with what follows from them. It is not moved. */
struct looks {
	const struct snapshot *snapshot; /* of one of these: the later one */
	struct snapshot single;
	struct verdicts verdicts;
	bool judged; /* there are verdicts */
};

/*
 * looks_take() - snapshot_take() of question->look, or where verdicts are wanted (`judge`)
 * verdicts_take(), and as these. The caller gives ret back with looks_deinit().
 */
int looks_take(const struct verdict_question *question, struct since_table *since, bool judge,
	       struct looks *ret);
void looks_deinit(struct looks *looks);

/* The file graph.dot, see diagnosis_dot(). 0 or -ENOMEM. */
int verdicts_dot(const struct verdicts *verdicts, FILE *out);

/* Who may open the object, for diagnosis_could_open(). An access list can let in whom the mode does
 * not; of what may not be opened it is taken for given that there is one. */
void verdict_note_rights(const struct object *object, struct diagnosis_object *ret);
