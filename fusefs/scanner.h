/* SPDX-License-Identifier: MIT */
/* Looks at processes on behalf of requests, which must not wait themselves. */
#pragma once

#include <stdbool.h>

#include "fusefs/scan.h"

/*
 * Reading /proc can take long: of a process that pages in from a dead server, for ever. So it is
 * done by a thread of its own; others have the queue of who asks, and tell those whom it
 * keeps waiting that it timed out. One look serves all who ask meanwhile, and who asks soon
 * afterwards.
 */
struct scanner;
struct viewer;

/* Who asks. Zeroed but for done; it belongs to the scanner until done is called. */
struct asker {
	/* The answer: a look (its user gives it back by scan_put()), or NULL and -ETIMEDOUT … */
	void (*done)(struct asker *asker, struct scan *scan, int error);
	struct asker *next;
	struct viewer *viewer; /* in use by who asks */
	uint64_t ino;
	int64_t asked, until; /* CLOCK_MONOTONIC, ns */
	bool judge;           /* verdicts are wanted */
	bool queued, withdrawn;
};

/* What is asked: `question`, its look without ino, deadline and flags, no `found` and `vanished`.
 * Its `except` must outlive the scanner. */
int scanner_create(const struct verdict_question *question, unsigned max_age_ms,
		   struct scanner **ret);

/*
 * Answers all who still ask (-ECONNABORTED). False: /proc hangs, and that thread is left behind,
 * with the viewers that it may still use.
 */
bool scanner_destroy(struct scanner *scanner);

/*
 * scanner_fresh() - A look with the viewer's rights that is young enough for who asks about the
 * object `ino` (0: all) now; `judge`: with verdicts.
 *
 * Never older than max_age or five times its own duration; where max_age is 0, none ever is. NULL:
 * there is none. scan_put() it.
 */
struct scan *scanner_fresh(struct scanner *scanner, struct viewer *viewer, uint64_t ino,
			   bool judge);

/*
 * scanner_ask() - With asker->judge as it is wanted: have done() called by another thread, soon:
 * after four seconds at the latest, and at once where the thread that looks is known to hang. Where
 * it was withdrawn already, it is not: false.
 */
bool scanner_ask(struct scanner *scanner, struct viewer *viewer, uint64_t ino, struct asker *asker);

/*
 * scanner_look() - A look as scanner_fresh() gives, or else a new one, for who can wait for it:
 * four seconds at most. 0, -ETIMEDOUT … Give it back by scan_put().
 */
int scanner_look(struct scanner *scanner, struct viewer *viewer, uint64_t ino, struct scan **ret);

/* It need not be answered any more. False: it is being answered; or has not asked yet, and will
 * not.
 */
bool scanner_withdraw(struct scanner *scanner, struct asker *asker);

/* How the viewer's latest look at all went, for `about`: false where there was none. */
struct scanner_report {
	int64_t age, took; /* ns */
	size_t processes, denied, unfinished, words_hidden, unplaced;
	bool hides; /* processes of others are not listed (hidepid) */
	bool hangs; /* the looking thread does not come back */
};
bool scanner_report(struct scanner *scanner, const struct viewer *viewer,
		    struct scanner_report *ret);
