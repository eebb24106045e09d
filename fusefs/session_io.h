/* SPDX-License-Identifier: MIT */
/* How requests are read and answered: an end that is regular is not to be complained about. */
#pragma once

#include <fuse_lowlevel.h>

/* Where libfuse was built without it (possible from 3.18.3 on) it complains, no more. */
void session_set_io(struct fuse_session *session);
