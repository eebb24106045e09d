/* SPDX-License-Identifier: MIT */
/* The tree of /dev/shm without a mount: for a test of what answers its requests. */
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include "fusefs/content.h"
#include "fusefs/viewer.h"
#include "tests/support.h"

static struct filesystem fs;

static int setup(void **state)
{
	int r = sandbox_setup(state);

	fs = (struct filesystem){.mirror = {
					 .source = open("/dev/shm", O_PATH | O_CLOEXEC),
					 .source_path = "/dev/shm",
					 .options = "",
				 }};
	if (layout_rules_create(&fs.mirror.rules) < 0 || inodes_create(&fs.inodes) < 0 ||
	    viewers_create(-1, false, &fs.mirror.viewers) < 0)
		r = -1;
	return r;
}

static int teardown(void **state)
{
	inodes_destroy(fs.inodes);
	viewers_destroy(fs.mirror.viewers);
	layout_rules_destroy(fs.mirror.rules);
	close(fs.mirror.source);
	return sandbox_clean(state);
}

/* The place is asked about with the test's own rights. */
static inline void by_us(struct place *place)
{
	place->viewer = viewers_own(fs.mirror.viewers);
}

#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
