/* SPDX-License-Identifier: MIT */
/* look query|text [PID…]: who holds objects of /dev/shm and who waits, but for these processes. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/holders.h"

#define EXCEPTED_MAX 8

/* The inode number is the name. */
static int name(uint64_t ino, void *data, FILE *out, struct table_object *ret)
{
	(void)data;
	(void)ret;
	fprintf(out, "%" PRIu64, ino);
	return 0;
}

/* The third look knows of the sleepers what the others have found: two files of each are enough. */
static int take_third(const struct snapshot_question *question, struct snapshot *ret)
{
	struct since_table *since = NULL;
	int r = since_table_new(&since);

	for (int i = 0; !r && i < 2; i++) {
		r = snapshot_take(question, since, ret);
		if (!r)
			snapshot_deinit(ret);
	}
	if (!r)
		r = snapshot_take(question, since, ret);
	since_table_free(since);
	return r;
}

static int look(const char *way, const pid_t *except, size_t n_except)
{
	struct snapshot_question question = {
		.procfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.cgroupfd = -1,
		.except = except,
		.n_except = n_except,
		.flags = SNAPSHOT_FDS | SNAPSHOT_WAITERS,
	};
	struct snapshot snapshot;
	const struct table table = {.snapshot = &snapshot, .name = name};
	const bool text = strcmp(way, "text") == 0;
	struct statx st;
	int r;

	if (text)
		question.flags |= SNAPSHOT_MAPS_TEXT | SNAPSHOT_FDS_TABLES;
	if (statx(AT_FDCWD, "/dev/shm", 0, STATX_BASIC_STATS | STATX_MNT_ID, &st) < 0)
		return EXIT_FAILURE;
	snapshot_place(&question, &st);
	r = text ? snapshot_take(&question, NULL, &snapshot) : take_third(&question, &snapshot);
	if (r < 0)
		return EXIT_FAILURE;
	if (!r)
		r = holders_print(&table, stdout);
	putchar('\n');
	if (!r)
		r = waiters_print(&table, stdout);
	snapshot_deinit(&snapshot);
	return r || fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	pid_t except[EXCEPTED_MAX];
	size_t n = 0;

	if (argc < 2 || argc > 2 + EXCEPTED_MAX) {
		fprintf(stderr, "usage: look query|text [PID…]\n");
		return 2;
	}
	for (int i = 2; i < argc; i++)
		except[n++] = (pid_t)atoi(argv[i]);
	return look(argv[1], except, n);
}
