/* SPDX-License-Identifier: MIT */
/* What the programs of a transfer pair say. */
#pragma once

#include "core/transfer.h"
#include "progs/cli.h"

/* The options of both. */
#define XFR_OPTION_NAME                                                                            \
	{                                                                                          \
		'n', "name", "/NAME", "the object's name, if not /pshm_xfr"                        \
	}
#define XFR_OPTION_VERBOSE                                                                         \
	{                                                                                          \
		'v', "verbose", NULL, "say on standard error how it goes"                          \
	}

/* Who speaks, and of what. */
struct xfr_words {
	const char *object;      /* its name, as it was given */
	const char *stream;      /* "standard input" */
	const char *self, *peer; /* "reader" */
};

/* What went wrong, if it did, on standard error. Returns the exit status. */
int xfr_say_end(const struct xfr_words *words, const struct transfer_result *result);

/*
 * xfr_run() - One half of a transfer, by the options of the command line.
 *
 * `transfer`: transfer_send() or transfer_receive(); `peer`: "reader"; `buffer`, `blocks`: a
 * writer's.
 * Says how it goes where -v is given, and what went wrong. Returns the exit status; where a signal
 * has stopped it, it ends by that signal.
 */
int xfr_run(void (*transfer)(const struct transfer_setup *, struct transfer_result *),
	    const char *self, const char *peer, size_t buffer, unsigned blocks);
