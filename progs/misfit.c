/* SPDX-License-Identifier: MIT */
/* The messages about objects of the wrong size or content. */
#include "progs/misfit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/cleanup.h"
#include "core/semaphore.h"
#include "core/text_stream.h"
#include "progs/cli.h"

int misfit_size(const char *argument, const char *what, uint64_t size, size_t wanted)
{
	cli_message("%s: not %s (%" PRIu64 " bytes, %zu wanted)", argument, what, size, wanted);
	return CLI_FAILED;
}

bool misfit_semaphore(const char *argument, const char *what, const sem_t *sem)
{
	_cleanup_free_ char *why = NULL;
	size_t size;
	FILE *out = text_open(&why, &size);
	bool plausible = semaphore_plausible(&semaphore_glibc64, sem, out);

	if (out)
		fclose(out);
	if (!plausible)
		cli_message("%s: not %s (%s)", argument, what, why ? why : "no semaphore in it");
	return !plausible;
}

bool misfit_shared_semaphore(const char *argument, const char *what, const sem_t *sem)
{
	if (misfit_semaphore(argument, what, sem))
		return true;
	if (semaphore_decode(&semaphore_glibc64, sem).flag == SEMAPHORE_SHARED)
		return false;
	cli_message("%s: not %s (its semaphore is not shared between processes)", argument, what);
	return true;
}
