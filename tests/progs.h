/* SPDX-License-Identifier: MIT */
/* Running our programs and looking at the objects that they leave. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/child.h"

/*
 * expect_run() - Run a program of ours with arguments, and fail the test unless it ends with this
 * status, has written just `out`, and `err` is in what it said on stderr ("": it said nothing).
 */
#define expect_run(status, out, err, ...)                                                          \
	_expect_run((status), (out), (err), (const char *const[]){__VA_ARGS__, NULL}, __FILE__,    \
		    __LINE__)
void _expect_run(int status, const char *out, const char *err, const char *const argv[],
		 const char *file, int line);

/* The same with its stdout being this file; a stdout that cannot be written is a message. */
#define expect_run_into(path, status, err, ...)                                                    \
	_expect_run(                                                                               \
		(status), "", (err),                                                               \
		(const char *const[]){"sh", "-c", "exec \"$@\" > " path, "sh", __VA_ARGS__, NULL}, \
		__FILE__, __LINE__)

/* Start a program of ours; setup as in child_start(). */
#define start(child, setup, ...)                                                                   \
	start_argv((child), (setup), (const char *const[]){__VA_ARGS__, NULL})
void start_argv(struct child *ret, const struct child_setup *setup, const char *const argv[]);

/* Fail the test unless the child ends with this status, out and err as above. */
#define expect_end(child, status, out, err)                                                        \
	_expect_end((child), (status), (out), (err), __FILE__, __LINE__)
void _expect_end(struct child *child, int status, const char *out, const char *err,
		 const char *file, int line);

/* The 32-bit word at `offset` of the object /dev/shm/NAME. */
uint32_t word_of(const char *name, size_t offset);

/* Wait until the semaphore at `offset` of the object counts a sleeper (facts: nwaiters is at +4).
 */
void wait_for_sleeper(const char *name, size_t offset);

/* Map it, as a program that uses it does; the caller unmaps it. */
void *map_object(const char *name, size_t size);

/* The same of a new one, all of it zero. */
void *map_new_object(const char *name, size_t size);

/* Wait until there is such an object. */
void wait_for_object(const char *name);

/* Wait until it has said this on a stream in memory (child.out, child.err). */
void stream_comes_to_say(int stream, const char *part);
