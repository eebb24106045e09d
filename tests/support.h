/* SPDX-License-Identifier: MIT */
/* All that a test uses: cmocka, the sandbox, programs, files and mounts. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "tests/actors.h"
#include "tests/child.h"
#include "tests/files.h"
#include "tests/mount.h"
#include "tests/sandbox.h"
#include "tests/snapshots.h"

#ifdef NDEBUG
#error "tests mean their assertions: build with -Db_ndebug=false"
#endif
