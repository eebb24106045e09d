/* SPDX-License-Identifier: MIT */
/* Small files and folders of numbers, as procfs has them. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * process_open() - openat(2). That there are no descriptors or no memory left is remembered for
 * this thread, however the failure is taken: what then seems to be missing may be there.
 */
int process_open(int dirfd, const char *name, int flags);

/* That error, once (-EMFILE, -ENFILE, -ENOMEM), or 0. */
int process_shortage(void);

/* The entries of a folder whose names are numbers, in its order; start with a zeroed one. */
struct numbers {
	int *items;
	size_t n;
};

/* Replaces what is in `ret`. Returns 0 or -errno; gives back with numbers_deinit(). */
int numbers_read(int dirfd, const char *name, struct numbers *ret);

/* The same of an open folder that was not read yet. */
int numbers_list(int fd, struct numbers *ret);
void numbers_deinit(struct numbers *numbers);

/*
 * process_file_read() - Read a file into a buffer, as much as fits, with a NUL behind it.
 *
 * Returns the number of bytes or -errno; the buffer is a string in both cases.
 */
ssize_t process_file_read(int dirfd, const char *name, char *buffer, size_t size);

/* The task has ended: its entry is missing (ENOENT), or no longer answers (ESRCH). */
bool process_gone(int error);

/* The number behind the first line's beginning `key` ("Uid:"), 0 where there is none. */
uint64_t text_number(const char *text, const char *key, int base);
