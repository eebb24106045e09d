/* SPDX-License-Identifier: MIT */
/* Files as tests make them and look at them. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * pathf() - A path made in the manner of printf(3), in one of 16 buffers that are used in turn:
 * good for the arguments of a call, not to be kept.
 */
const char *pathf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* pathf("/dev/shm/NAME") */
const char *shm_path(const char *name);

/*
 * The folder /dev/shm, as object_open() and its like want it. It stays open: a group of tests that
 * uses it has shm_folder_setup() as its setup, so that no test seems to leave it open.
 */
int shm_folder(void);
int shm_folder_setup(void **state);

/*
 * read_file() - The whole content, read by open(2) and read(2) until it ends.
 *
 * Returns 0 and a buffer that the caller frees, with a NUL behind its *ret_size (or NULL) bytes; or
 * -errno, and then *ret is NULL.
 */
int read_file(const char *path, char **ret, size_t *ret_size);

/* Write `text` to a file that exists, by one write(2): 0 or -errno. */
int write_file(const char *path, const char *text);

/* Open it and close it again: 0 or a positive errno. */
int errno_of_open(const char *path, int flags);

/* Fail the test unless the content is this text; `bytes`: so many of any bytes. */
#define cat_equals(path, text) _cat_equals((path), (text), strlen(text), __FILE__, __LINE__)
#define cat_equals_bytes(path, bytes, size) _cat_equals((path), (bytes), (size), __FILE__, __LINE__)
void _cat_equals(const char *path, const void *bytes, size_t size, const char *file, int line);

/* Fail the test unless open(2) or read(2) fails with this (positive) errno. */
#define cat_fails(path, error) _cat_fails((path), (error), __FILE__, __LINE__)
void _cat_fails(const char *path, int error, const char *file, int line);

/* Fail the test unless the content has `part` in it; on a slow machine, comes to have it. */
#define cat_contains(path, part) _cat_contains((path), (part), __FILE__, __LINE__)
void _cat_contains(const char *path, const char *part, const char *file, int line);

/* The same of a file that settles in a moment: it is read again until it does. */
#define comes_to_contain(path, part) _comes_to_contain((path), (part), __FILE__, __LINE__)
void _comes_to_contain(const char *path, const char *part, const char *file, int line);

/*
 * The names in a folder, sorted, escaped as in text.h, each with a newline; without "." and "..".
 * The caller frees it. Where the folder cannot be read: the errno's name, as "!ENOENT".
 */
char *list_names(const char *folder);

/* Make the file /dev/shm/NAME (mode 0644) anew with these bytes; bytes NULL: `size` of a hole. */
void make_object(const char *name, const void *bytes, size_t size);

/* Objects as the course's programs make them: plain structs, no extended attribute. */
void put_seqnum(const char *name, int seqnum);
void put_xfr(const char *name, unsigned wsem, unsigned rsem, int cnt, const char *text);
void put_sem(const char *name, unsigned value); /* NAME without "sem." */

/* The same as 32-bit programs (glibc, i386) make them. */
void put_seqnum32(const char *name, int seqnum);
void put_xfr32(const char *name, unsigned wsem, unsigned rsem, int cnt, const char *text);
void put_sem32(const char *name, unsigned value);
