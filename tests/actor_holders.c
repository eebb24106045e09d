/* SPDX-License-Identifier: MIT */
/* Situations: processes that have an object, and nothing to do. */
#include "tests/actor.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define OBJECT_SIZE 12288

static int open_object(const char *name)
{
	int fd = shm_open(name, O_CREAT | O_RDWR, 0644);

	actor_must(fd >= 0 && ftruncate(fd, OBJECT_SIZE) == 0, name);
	return fd;
}

static void wait_for_end(const char *name)
{
	actor_ready(NULL, 0);
	while (actor_line())
		actor_answer("done");
	shm_unlink(name);
}

/* All of it writable, its last page read-only, its second one private; the descriptor is closed. */
void play_map(char **arguments)
{
	int fd = open_object(arguments[0]);
	void *all = mmap(NULL, OBJECT_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	void *last = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 8192);
	void *copy = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 4096);

	actor_must(all != MAP_FAILED && last != MAP_FAILED && copy != MAP_FAILED, "mmap");
	close(fd);
	wait_for_end(arguments[0]);
}

static void move_fd(int fd, int to)
{
	actor_must(fd >= 0 && dup2(fd, to) == to && close(fd) == 0, "dup2");
}

/*
 * Descriptors 10 to 12: read and write, read-only, O_PATH; no mapping. And some that are no
 * objects: a pipe, a device, memory, the folder itself.
 */
void play_open(char **arguments)
{
	int ends[2];
	char path[300];

	snprintf(path, sizeof(path), "/dev/shm/%s", arguments[0]);
	move_fd(open_object(arguments[0]), 10);
	move_fd(open(path, O_RDONLY), 11);
	move_fd(open(path, O_PATH), 12);
	actor_must(pipe(ends) == 0 && open("/dev/null", O_RDONLY) >= 0, "pipe");
	actor_must(memfd_create(path, 0) >= 0 && open("/dev/shm", O_RDONLY) >= 0, "memfd_create");
	wait_for_end(arguments[0]);
}
