/* SPDX-License-Identifier: MIT */
/* One process, looked into from outside: its modules, and the memory that is its own. */
#pragma once

#include <elfutils/libdwfl.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/discover_program.h"
#include "core/process_maps.h"

enum { PAGES_KEPT = 64, PAGE_BYTES = 4096 };

/* A program or library, as it lies in the process. */
struct module {
	uint64_t start, end;
	uint64_t dev, ino;
	struct mapping first;
	uint64_t bias;           /* from addresses of the file to those of the process */
	struct program *program; /* NULL: it cannot be read, or need not be */
	bool is_exe;
};

struct page {
	uint64_t address; /* 0: none */
	int error;
	unsigned char bytes[PAGE_BYTES];
};

struct inspected {
	pid_t pid;
	pid_t inner; /* to be told beside it: process_inner() */
	int dirfd;   /* /proc/PID */
	int mem;     /* its memory, or -1: it may not be read (Yama, another user's) */
	uint64_t object_dev;
	struct programs *programs;
	struct maps maps;
	struct module *modules; /* by address */
	size_t n_modules;
	Dwfl *dwfl;         /* or NULL */
	bool is_32bit;      /* known when it can be unwound */
	uint64_t stack, pc; /* of the thread that is being unwound */
	struct page *pages;
};

/*
 * inspected_open() - Look at the process, whose objects lie on the device `object_dev`.
 *
 * Nothing is stopped or traced. 0; -ENODATA: none of its modules, the system's aside, has debug
 * information; -ESRCH where it has ended; or why it may not be looked at.
 */
int inspected_open(int procfd, pid_t pid, uint64_t object_dev, struct programs *programs,
		   struct inspected *ret);
void inspected_close(struct inspected *inspected);

/*
 * inspected_read() - Bytes of the process's own memory, by pread(2) of /proc/PID/mem.
 *
 * Only of mappings that are private to it, of no file or of a module: a shared one may be an
 * object, where a hole would be filled by looking (tmpfs), or a device. -EFAULT else.
 */
int inspected_read(struct inspected *inspected, uint64_t address, void *ret, size_t size);

/* Has all of its debug information been read? */
bool inspected_is_whole(const struct inspected *inspected);

const struct module *inspected_module(const struct inspected *inspected, uint64_t address);

/* Open the modules that have no debug information, too: their unwinding tables are needed. */
int inspected_read_all(struct inspected *inspected);

/* Be ready to unwind: 0, or -ENOTSUP. */
int inspected_unwinder(struct inspected *inspected);

/*
 * The frames of a thread that is blocked in a system call, by the stack pointer and the program
 * counter that the kernel tells (/proc/PID/task/TID/syscall), the innermost first. A value other
 * than 0 of `fn` ends it. -ENODATA: it is not blocked; or -errno.
 */
int inspected_frames(struct inspected *inspected, pid_t tid,
		     int (*fn)(struct inspected *inspected, Dwfl_Frame *frame, uint64_t pc,
			       void *data),
		     void *data);
