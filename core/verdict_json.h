/* SPDX-License-Identifier: MIT */
/* Verdicts and findings as JSON. */
#pragma once

#include "core/json.h"
#include "core/verdict.h"

/* The verdict of the object: {"word": …, "reasons": […]}. 0 or -ENOMEM; the caller owns it. */
int verdict_json(const struct verdicts *verdicts, const struct object *object,
		 struct json_object **ret);

/*
 * finding_json() - One lock: "object" (null: it has no name), "inode", "offset", "lock" (its kind)
 * and "field", each null where it is not known, "word", "sleepers", "reasons" and "advice" (lists
 * of texts). 0 or -ENOMEM; the caller owns it.
 */
int finding_json(const struct diagnosis *diagnosis, const struct finding *finding,
		 struct json_object **ret);
