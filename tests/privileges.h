/* SPDX-License-Identifier: MIT */
/* Which capabilities a mount is to have, said once more than in fusefs/privileges.c. */
#pragma once

#include <linux/capability.h>

#include "core/capabilities.h"

#define LOOKING                                                                                    \
	(CAPABILITY(CAP_SYS_PTRACE) | CAPABILITY(CAP_DAC_READ_SEARCH) |                            \
	 CAPABILITY(CAP_CHECKPOINT_RESTORE))
#define WRITING                                                                                    \
	(CAPABILITY(CAP_DAC_OVERRIDE) | CAPABILITY(CAP_FOWNER) | CAPABILITY(CAP_LEASE) |           \
	 CAPABILITY(CAP_FSETID))
#define ADMIN CAPABILITY(CAP_SYS_ADMIN)
