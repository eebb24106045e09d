/* SPDX-License-Identifier: MIT */
/*
 * streams copy|pipe|read|write|memory: what a transfer is measured against.
 *
 * copy: one process that reads and writes 256 KiB at a time; pipe: two, with a pipe of 1 MiB
 * between them, the best that a pipe can be tuned to. read, write: half of a copy, over the whole
 * of standard input or output; memory: as many bytes copied from memory to memory.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIECE = 256 * 1024, PIPE = 1024 * 1024 };

static char piece[PIECE], other[PIECE];

static void must(int right, const char *what)
{
	if (right)
		return;
	perror(what);
	exit(2);
}

static void put(int fd, ssize_t size)
{
	for (ssize_t done = 0, n; done < size; done += n) {
		n = write(fd, piece + done, (size_t)(size - done));
		must(n > 0, "write");
	}
}

static void copy(int from, int to)
{
	ssize_t n;

	while ((n = read(from, piece, PIECE)) > 0)
		put(to, n);
	must(n == 0, "read");
}

static void through_pipe(void)
{
	int ends[2], status;
	pid_t reader;

	must(pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[1], F_SETPIPE_SZ, PIPE) >= PIPE, "pipe");
	reader = fork();
	must(reader >= 0, "fork");
	if (reader == 0) {
		close(ends[1]);
		copy(ends[0], STDOUT_FILENO);
		_exit(0);
	}
	close(ends[0]);
	copy(STDIN_FILENO, ends[1]);
	close(ends[1]);
	must(waitpid(reader, &status, 0) == reader && status == 0, "reader");
}

/* How many bytes the file has. */
static off_t length(int fd)
{
	struct stat st;

	must(fstat(fd, &st) == 0, "fstat");
	return st.st_size;
}

static void each_piece(off_t bytes, void (*fn)(void))
{
	for (off_t done = 0; done < bytes; done += PIECE)
		fn();
}

static void read_piece(void)
{
	must(read(STDIN_FILENO, piece, PIECE) >= 0, "read");
}

static void write_piece(void)
{
	put(STDOUT_FILENO, PIECE);
}

static void copy_piece(void)
{
	memcpy(other, piece, PIECE);
	__asm__ volatile("" ::"r"(other) : "memory");
}

int main(int argc, char *argv[])
{
	const char *what = argc == 2 ? argv[1] : "";

	if (strcmp(what, "copy") == 0)
		copy(STDIN_FILENO, STDOUT_FILENO);
	else if (strcmp(what, "pipe") == 0)
		through_pipe();
	else if (strcmp(what, "read") == 0)
		each_piece(length(STDIN_FILENO), read_piece);
	else if (strcmp(what, "write") == 0)
		each_piece(length(STDOUT_FILENO), write_piece);
	else if (strcmp(what, "memory") == 0)
		each_piece(length(STDIN_FILENO), copy_piece);
	else
		return 2;
	return 0;
}
