/* SPDX-License-Identifier: MIT */
/* What of a diagnosis needs to be told, in which order, and what can be done about it. */
#pragma once

#include "core/diagnosis.h"

/* Findings, borrowed from their diagnosis: those that are worse than waiting, worst first … */
struct report {
	const struct finding **items;
	size_t n_findings;
	size_t n; /* … then locks on which a thread waits for more than 10 s, with no timeout */
};

/* 0 or -ENOMEM. The diagnosis must outlive ret, which is given back with report_deinit(). */
int report_make(const struct diagnosis *diagnosis, struct report *ret);
void report_deinit(struct report *report);

/* A reason of this kind, or NULL where the finding has none. */
const struct reason *finding_reason(const struct diagnosis *diagnosis,
				    const struct finding *finding, enum reason_kind kind);

/*
 * finding_print_name() - How the object is called: "sem.jobs"; one that has no name by its inode
 * number, "unlinked/12", which no name can be; "object 12" where it was not found.
 */
void finding_print_name(const struct finding *finding, FILE *out);

/* The same with its lock, as one word for a shell: "x:rsem", "x:@64"; a named semaphore has one. */
void finding_print_target(const struct finding *finding, FILE *out);

/* What a command of ours has to be told of the folder: "--shm /proc/12/root/dev/shm ", or nothing.
 */
void diagnosis_print_folder(const struct diagnosis *diagnosis, FILE *out);

/* What can be done about it: a line each. The table is in diagnosis_advice.c. */
void finding_advise(const struct diagnosis *diagnosis, const struct finding *finding, FILE *out);
