/* SPDX-License-Identifier: MIT */
/* Any bytes as a layouts file (layout_file.h), and what its structs make of any bytes. */
#include <stdio.h>
#include <stdlib.h>

#include "core/layout_file.h"
#include "tests/exercise.h"
#include "tests/fuzz/fuzz.h"

/* Each takes a while, and they are alike. */
enum { LAYOUTS_MAX = 2 };

static void ignore(void *data, unsigned line, const char *what)
{
	(void)data;
	(void)line;
	(void)what;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct layout_file_complaints complaints = {ignore, NULL};
	FILE *in = size ? fmemopen((void *)(uintptr_t)bytes, size, "r") : fopen("/dev/null", "re");
	struct layout_file file;

	if (!in)
		abort();
	if (layout_file_read(in, &complaints, &file) == 0) {
		for (size_t i = 0; i < file.n_layouts && i < LAYOUTS_MAX; i++)
			exercise_layout(file.layouts[i]);
		layout_file_deinit(&file);
	}
	fclose(in);
	return 0;
}
