/* SPDX-License-Identifier: MIT */
/* Situations: an object that is replaced by another of its name over and over, in every way. */
#include "tests/actor.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/generation.h"

/* Paths of the one object and of those that take part. */
static struct {
	const char *name;
	char next[512], link[512];
	unsigned generation, reused;
} storm;

/* Whole before it has the name, so that whoever sees less has seen two. */
static void make_next(void)
{
	char bytes[GENERATION_SIZE_MAX];
	size_t size = generation_make(++storm.generation, bytes);
	int fd = open(storm.next, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

	actor_must(fd >= 0, storm.next);
	actor_must(write(fd, bytes, size) == (ssize_t)size, storm.next);
	close(fd);
}

static ino_t inode(const char *path)
{
	struct stat st;

	actor_must(stat(path, &st) == 0, path);
	return st.st_ino;
}

/* As sem_open(3) makes what it has removed before: by a second name, that goes. */
static void unlink_and_link(void)
{
	ino_t old = inode(storm.name);

	actor_must(unlink(storm.name) == 0, storm.name);
	make_next();
	storm.reused += inode(storm.next) == old;
	actor_must(link(storm.next, storm.name) == 0, storm.name);
	actor_must(unlink(storm.next) == 0, storm.next);
}

static void rename_over(void)
{
	make_next();
	actor_must(rename(storm.next, storm.name) == 0, storm.name);
}

static void exchange(void)
{
	make_next();
	actor_must(renameat2(AT_FDCWD, storm.next, AT_FDCWD, storm.name, RENAME_EXCHANGE) == 0,
		   storm.name);
	actor_must(unlink(storm.next) == 0, storm.next);
}

/* The old one lives on under another name, and comes back. */
static void link_and_return(void)
{
	actor_must(link(storm.name, storm.link) == 0, storm.link);
	rename_over();
	actor_must(rename(storm.link, storm.name) == 0, storm.name);
}

void play_storm(char **arguments)
{
	static void (*const ways[])(void) = {unlink_and_link, unlink_and_link, rename_over,
					     exchange, link_and_return};

	storm.name = arguments[0];
	snprintf(storm.next, sizeof(storm.next), "%s.next", storm.name);
	snprintf(storm.link, sizeof(storm.link), "%s.link", storm.name);
	rename_over();
	actor_ready(NULL, 0);
	/* A lull now and then, in which a reader may see all of an object. */
	while (!actor_called_within(storm.generation % 8 ? 0 : 3) ||
	       actor_line_answered("%u %u", storm.generation, storm.reused))
		ways[storm.generation % (sizeof(ways) / sizeof(ways[0]))]();
	unlink(storm.name);
}
