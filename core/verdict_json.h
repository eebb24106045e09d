/* SPDX-License-Identifier: MIT */
/* Verdicts and findings as JSON. */
#pragma once

#include "core/diagnosis.h"
#include "core/json.h"

/* The verdict of the object: {"word": …, "reasons": […]}. 0 or -ENOMEM; the caller owns it. */
int verdict_json(const struct diagnosis *diagnosis, uint64_t ino, struct json_object **ret);

/*
 * finding_json() - One lock: "object" (null: it has no name), "inode", "offset", "lock" (its kind)
 * and "field", each null where it is not known, "word", "sleepers", "reasons" and "advice" (lists
 * of texts). 0 or -ENOMEM; the caller owns it.
 */
int finding_json(const struct diagnosis *diagnosis, const struct finding *finding,
		 struct json_object **ret);
