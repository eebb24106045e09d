/* SPDX-License-Identifier: MIT */
/* The options that say which layout objects have. */
#include "fusefs/options_layouts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/layout_name.h"
#include "core/text_stream.h"

int apply_layout(struct settings *settings, const char *text)
{
	if (!strchr(text + strlen("layout="), '='))
		return usage_error("-o %s: GLOB=LAYOUT wanted", text);
	fwrite(text, 1, strlen(text) + 1, settings->layout_out);
	return 0;
}

int apply_layouts(struct settings *settings, const char *text)
{
	const char *path = text + strlen("layouts=");

	if (!*path)
		return usage_error("-o %s: a FILE is wanted", text);
	free(settings->layouts);
	settings->layouts = strdup(path);
	return settings->layouts ? 0 : usage_error("-o %s: %s", text, strerror(ENOMEM));
}

static int refuse_layout(const char *text, const char *layout, int error)
{
	_cleanup_free_ char *why = NULL;
	size_t size;
	FILE *out = text_open(&why, &size);

	if (!out)
		return usage_error("-o %s: %s", text, strerror(ENOMEM));
	layout_name_explain(layout, error, out);
	if (fclose(out) != 0)
		return usage_error("-o %s: %s", text, strerror(ENOMEM));
	return usage_error("-o %s: %s", text, why);
}

static int take_layout(struct settings *settings, const char *text)
{
	_cleanup_free_ char *glob = strdup(text + strlen("layout="));
	char *layout = glob ? strchr(glob, '=') : NULL;
	int r;

	if (!layout)
		return usage_error("-o %s: %s", text, strerror(ENOMEM));
	*layout++ = '\0';
	r = layout_rules_add(settings->rules, glob, layout);
	if (r == -EINVAL && !layout_name_is_program(layout))
		return usage_error("-o %s: there is no layout \"%s\" (see: pshmfs --layouts)", text,
				   layout);
	return r < 0 ? refuse_layout(text, layout, r) : 0;
}

/* What is wrong in the layouts file is said, and the rest of it applies. */
int take_layouts(struct settings *settings)
{
	int r = layouts_file_find(settings->layouts, &settings->layouts_file);

	if (r == 0)
		r = layouts_file_load(&settings->layouts_file, settings->rules);
	if (r < 0 && settings->layouts)
		return usage_error("-o layouts=%s: %s", settings->layouts, strerror(-r));
	layout_rules_complaints(settings->rules, "pshmfs: ", stderr);
	fflush(settings->layout_out);
	r = 0;
	for (size_t at = 0; r == 0 && at < settings->layout_size;
	     at += strlen(settings->layout + at) + 1)
		r = take_layout(settings, settings->layout + at);
	return r;
}
