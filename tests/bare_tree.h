/* SPDX-License-Identifier: MIT */
/* The tree of /dev/shm without a mount: for a test of what answers its requests. */
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include "fusefs/content.h"
#include "tests/support.h"

static struct filesystem fs;

static int setup(void **state)
{
	int r = sandbox_setup(state);

	fs = (struct filesystem){.mirror = {
					 .source = open("/dev/shm", O_PATH | O_CLOEXEC),
					 .source_path = "/dev/shm",
					 .options = "",
					 .lock = PTHREAD_MUTEX_INITIALIZER,
				 }};
	if (layout_rules_create(&fs.mirror.rules) < 0 || inodes_create(&fs.inodes) < 0)
		r = -1;
	return r;
}

static int teardown(void **state)
{
	inodes_destroy(fs.inodes);
	layout_rules_destroy(fs.mirror.rules);
	close(fs.mirror.source);
	return sandbox_clean(state);
}

#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
