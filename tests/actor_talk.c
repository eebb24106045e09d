/* SPDX-License-Identifier: MIT */
/* What situations say and are told, and what they are made with. */
#include "tests/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void actor_ready(const pid_t *others, size_t n)
{
	printf("ready %d", getpid());
	for (size_t i = 0; i < n; i++)
		printf(" %d", others[i]);
	putchar('\n');
	fflush(stdout);
}

const char *actor_line(void)
{
	static char *line;
	static size_t size;

	if (getline(&line, &size, stdin) < 0)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return line;
}

bool actor_called_within(int ms)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&in, 1, ms) > 0;
}

bool actor_called(void)
{
	return actor_called_within(0);
}

void actor_answer(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

bool actor_line_answered(const char *format, ...)
{
	va_list args;

	if (!actor_line())
		return false;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	return true;
}

void actor_must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "actor: %s: %s\n", what, strerror(errno));
	exit(1);
}

long actor_number(const char *text)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(text, &end, 10);
	if (!*text || *end)
		errno = EINVAL;
	actor_must(errno == 0, text);
	return number;
}

void *actor_map(const char *name, size_t size)
{
	int fd = shm_open(name, O_CREAT | O_RDWR, 0644);
	void *mapped;

	actor_must(fd >= 0, name);
	actor_must(ftruncate(fd, (off_t)size) == 0, name);
	mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	actor_must(mapped != MAP_FAILED, name);
	close(fd);
	return mapped;
}

bool actor_is_in_call(pid_t pid, const char *beginning)
{
	char path[64], line[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	file = fopen(path, "re");
	actor_must(file, path);
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	return strncmp(line, beginning, strlen(beginning)) == 0;
}
