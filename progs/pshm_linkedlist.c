/* SPDX-License-Identifier: MIT */
/* Keeps texts in shared memory, as a list linked by offsets. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/layouts.h"
#include "progs/cli.h"
#include "progs/hold.h"
#include "progs/linkedlist.h"
#include "progs/misfit.h"
#include "progs/shared_object.h"

#define WHAT "a linked list"

static const struct cli_program program = {
	.name = "pshm_linkedlist",
	.usage = "/NAME [TEXT]...",
	.summary = "Append each TEXT to a list in a POSIX shared memory object, or print the list.",
	.min_arguments = 1,
	.max_arguments = -1,
};

/* -EBADMSG is of the list, not of a system call. */
static int list_error(const char *argument, int error)
{
	if (error != -EBADMSG)
		return shared_object_error(argument, error);
	cli_message("%s: the list is damaged", argument);
	return CLI_FAILED;
}

static bool misfit_magic(const char *argument, const struct pshm_linkedlist *list)
{
	if (memcmp(list->magic, PSHM_LINKEDLIST_MAGIC, sizeof(list->magic)) == 0)
		return false;
	cli_message("%s: not " WHAT " (the magic word " PSHM_LINKEDLIST_MAGIC " is missing)",
		    argument);
	return true;
}

/* Needs no lock: a node is complete before it is linked, and never changes but for its link. */
static int print(const char *argument)
{
	_cleanup_(object_close) struct object object = OBJECT_NONE;
	struct pshm_linkedlist list;
	int r = shared_object_look(cli_object_name(argument), &object);

	if (r == 0)
		r = object_read(&object, 0, &list, sizeof(list));
	if (r == -ENODATA)
		return misfit_size(argument, WHAT, object.st.stx_size, sizeof(list));
	if (r < 0)
		return shared_object_error(argument, r);
	if (misfit_magic(argument, &list))
		return CLI_FAILED;
	r = linkedlist_write(&object, &list, stdout);
	return r < 0 ? list_error(argument, r) : CLI_OK;
}

static int open_or_make(const char *name)
{
	struct pshm_linkedlist empty = {.magic = PSHM_LINKEDLIST_MAGIC, .used = sizeof(empty)};
	int fd;

	sem_init(&empty.sem, 1, 1);
	do { /* EEXIST: somebody has made it between the two calls */
		fd = shared_object_open(name, 0, 0);
		if (fd == -ENOENT)
			fd = shared_object_publish(name, "linkedlist", &empty, sizeof(empty));
	} while (fd == -EEXIST);
	return fd;
}

static int append(const char *argument, char **texts)
{
	_cleanup_close_ int fd = open_or_make(cli_object_name(argument));
	struct pshm_linkedlist *list;
	uint64_t total;
	void *memory;
	int r, posted;

	if (fd < 0)
		return shared_object_error(argument, fd);
	r = shared_object_map(fd, sizeof(*list), &memory, &total);
	if (r == -ENODATA)
		return misfit_size(argument, WHAT, total, sizeof(*list));
	if (r < 0)
		return cli_error(argument, r);
	list = memory;
	if (misfit_magic(argument, list) || misfit_shared_semaphore(argument, WHAT, &list->sem))
		return CLI_FAILED;
	r = hold_take(&list->sem);
	if (r < 0)
		return cli_error(argument, r);
	while (r == 0 && *texts)
		r = linkedlist_append(fd, list, *texts++);
	posted = hold_release(&list->sem);
	return r < 0 || posted < 0 ? list_error(argument, r < 0 ? r : posted) : CLI_OK;
}

int main(int argc, char *argv[])
{
	char **args = cli_start(&program, argc, argv);

	return cli_finish(args[1] ? append(args[0], args + 1) : print(args[0]));
}
