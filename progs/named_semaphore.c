/* SPDX-License-Identifier: MIT */
/* Looking at the file of a named semaphore before sem_open(3) maps it. */
#include "progs/named_semaphore.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "core/cleanup.h"
#include "progs/cli.h"
#include "progs/misfit.h"
#include "progs/shared_object.h"

#define WHAT "a semaphore"

int named_semaphore_check(const char *argument)
{
	_cleanup_(object_close) struct object object = OBJECT_NONE;
	char file[NAME_MAX + 1];
	sem_t sem;
	int r;

	snprintf(file, sizeof(file), "sem.%s", cli_semaphore_name(argument));
	r = shared_object_look(file, &object);
	if (r == -EINVAL) {
		cli_message("%s: not " WHAT " (no regular file)", argument);
		return CLI_FAILED;
	}
	if (r < 0)
		return CLI_OK; /* sem_open(3) will say why */
	if (object.st.stx_size != sizeof(sem))
		return misfit_size(argument, WHAT, object.st.stx_size, sizeof(sem));
	if (object_read(&object, 0, &sem, sizeof(sem)) < 0)
		return CLI_OK;
	return misfit_semaphore(argument, WHAT, &sem) ? CLI_FAILED : CLI_OK;
}

sem_t *named_semaphore_open(const char *argument)
{
	sem_t *sem;

	if (named_semaphore_check(argument) != CLI_OK)
		return NULL;
	sem = sem_open(cli_semaphore_name(argument), 0);
	if (sem == SEM_FAILED) {
		cli_error(argument, -errno);
		return NULL;
	}
	return sem;
}
