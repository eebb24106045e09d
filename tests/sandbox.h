/* SPDX-License-Identifier: MIT */
/* A machine of one's own for a test program: its /proc, its /dev/shm, nothing left behind. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* An empty tmpfs of the test's own: the place for mount points and files. */
#define SANDBOX_WORK "/mnt"

/* Where the build (PSHM_BUILD) is seen too, and the variables that name programs point to. */
#define SANDBOX_BUILD "/media"

/*
 * sandbox_enter() - Go on in private mount and pid namespaces. The first call of every main().
 *
 * The rest of the program runs there, with a /proc of its own, an empty tmpfs on /dev/shm (mode
 * 1777, 256 MiB) and another on SANDBOX_WORK. Root needs nothing for it; other users get a user
 * namespace in which they are root. Whatever ends the original process (a signal, a timeout) ends
 * all processes in the sandbox, and with them its mounts.
 *
 * When the program has ended and a process of the sandbox still runs, that is named and a failure.
 * Without namespaces: a message and exit status 99; a test is never skipped.
 */
void sandbox_enter(void);

/*
 * sandbox_enter_alone() - The same for a program that meson does not start as a test: pshmfs and
 * actor are those of this build, and sanitizers keep less of what was freed, so that growth is
 * seen; what the environment says of that counts.
 */
void sandbox_enter_alone(const char *build);

/*
 * sandbox_setup(), sandbox_clean() - The fixture of a test, by SANDBOXED(test).
 *
 * Cleans up after the test, also where it failed: children are killed by their pid, mounts below
 * /dev/shm and SANDBOX_WORK are undone, both folders emptied. A descriptor that the test has left
 * open is a failure.
 */
int sandbox_setup(void **state);
int sandbox_clean(void **state);

#define SANDBOXED(test) cmocka_unit_test_setup_teardown(test, sandbox_setup, sandbox_clean)

/*
 * as_user() - Call `fn` in a child process with this user's rights, and return what it returned.
 *
 * The user has the group of the same number and no other, and no capabilities. In a user namespace
 * (tests run by an ordinary user) there are no other users: only the capabilities are dropped.
 * A child that dies of it fails the test.
 */
int as_user(uid_t user, int (*fn)(void *data), void *data);

/* Is there such a user, or has the sandbox no other than its root? */
bool sandbox_has_user(uid_t user);

/*
 * May links in /proc/PID/map_files be followed? Not in a user namespace (proc(5)): there the bytes
 * of an object without a name are reached by a descriptor alone.
 */
bool sandbox_has_map_files(void);

/* Can a thread of the actor's sleep this way? By futex_wait(2) only from Linux 6.7 on. */
bool sandbox_has_sleep(const char *way);

/* For a child process: have this user's rights from now on, as as_user() says. */
bool become_user(uid_t user);

/*
 * wait_until() - Poll until `predicate` says yes. The only place in which tests wait for time.
 *
 * Returns false after `deadline_ms`.
 */
bool wait_until(int deadline_ms, bool (*predicate)(void *data), void *data);

/* Milliseconds of CLOCK_MONOTONIC. */
uint64_t now_ms(void);

/* How long anything may take that should take no time. */
#define DEADLINE_MS slow_ms(30000)

/* `ms`, and PSHM_SLOW times as long where that says that the machine is slow. */
int slow_ms(int ms);

/* The number of open descriptors of a process, or -errno. */
int fds_count(pid_t pid);

/*
 * fds_settle() - Wait until the process has `expected` open descriptors again: what it closes
 * asynchronously may take a moment. False: it still has others after the deadline, see stderr.
 */
bool fds_settle(pid_t pid, int expected);
