/* SPDX-License-Identifier: MIT */
/* Any bytes as a program (dwarf.h), and what its structs make of any bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/dwarf.h"
#include "tests/exercise.h"
#include "tests/fuzz/fuzz.h"

/* Those of the seeds, in each form that a name can have; and one that there is not. */
static const char *const names[] = {"struct all", "bits", "ns::Ring<int, 8>", "t", "local", "no"};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	_cleanup_close_ int fd = exercise_file(bytes, size);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct layout *layout = NULL;

		if (dwarf_layout(fd, NULL, names[i], &layout) < 0)
			continue;
		exercise_layout(layout);
		dwarf_layout_free(layout);
	}
	return 0;
}
