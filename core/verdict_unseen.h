/* SPDX-License-Identifier: MIT */
/* The verdict of an object in which nobody is seen, though somebody might be there. */
#pragma once

#include "core/verdict.h"

/*
 * verdict_unseen() - Might a process that may not be looked at have this object open for writing?
 *
 * By its owner, group, mode and access list; processes of root's only where root owns it, and not
 * where it is root that looks: what root itself may not look at is a container's supervisor. Of
 * those that /proc does not list, nothing is known: any object might be theirs. So it might sleep
 * there, too.
 */
bool verdict_unseen(const struct snapshot *snapshot, const struct object *object);

/*
 * verdict_of() - The verdict of the object: diagnosis_verdict(), but unknown instead of ok where
 * somebody who was not seen might sleep there, or the look was not finished.
 */
enum verdict verdict_of(const struct verdicts *verdicts, const struct object *object);

/* The file `verdict` of the object: as diagnosis_print(), or "unknown" and who was not seen. */
void verdict_print(const struct verdicts *verdicts, const struct object *object, FILE *out);
