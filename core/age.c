/* SPDX-License-Identifier: MIT */
/* Ages to text and to JSON. */
#include "core/age.h"

#include <inttypes.h>

#include "core/json.h"

void age_print(uint64_t ns, bool about, FILE *out)
{
	const uint64_t seconds = ns / 1000000000;

	if (about)
		fputc('~', out);
	if (seconds < 60)
		fprintf(out, "%" PRIu64 ".%us", seconds, (unsigned)(ns / 100000000 % 10));
	else if (seconds < 3600)
		fprintf(out, "%" PRIu64 "m", seconds / 60);
	else if (seconds < 48 * 3600)
		fprintf(out, "%" PRIu64 "h", seconds / 3600);
	else
		fprintf(out, "%" PRIu64 "d", seconds / 86400);
}

struct json_object *age_json(uint64_t ns)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 ".%03u", ns / 1000000000,
		 (unsigned)(ns / 1000000 % 1000));
	return json_object_new_double_s((double)ns / 1e9, text);
}
