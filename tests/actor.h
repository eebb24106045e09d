/* SPDX-License-Identifier: MIT */
/* What the situations of the program `actor` have in common. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* One live situation: made, announced by actor_ready(), and taken back when stdin ends. */
struct situation {
	const char *name;
	const char *arguments; /* as in a usage line */
	int n_arguments;
	void (*play)(char **arguments);
	const char *help;
};

void play_seqnum(char **arguments);
void play_xfr(char **arguments);
void play_sem(char **arguments);
void play_sem32(char **arguments);
void play_sem_wait(char **arguments);
void play_sem32_wait(char **arguments);
void play_sem_musl(char **arguments);
void play_sem_interrupted(char **arguments);
void play_sleep(char **arguments);
void play_threads(char **arguments);
void play_leaderless(char **arguments);
void play_map(char **arguments);
void play_open(char **arguments);
void play_odd(char **arguments);
void play_churn(char **arguments);
void play_resize(char **arguments);
void play_lease(char **arguments);
void play_leak(char **arguments);
void play_rewrite_xfr(char **arguments);
void play_rewrite_list(char **arguments);
void play_storm(char **arguments);
void play_reader(char **arguments);
void play_swap(char **arguments);
void play_swapped(char **arguments);
void play_walker(char **arguments);
void play_crowd(char **arguments);
void play_flood(char **arguments);
void play_garble(char **arguments);
void play_leases(char **arguments);
void play_mortals(char **arguments);
void play_rewrite_locks(char **arguments);
void play_crew(char **arguments);

#define SLEEPERS_MAX 63

/* Processes that sleep on a semaphore, and how they do it. */
struct sleepers {
	void *sem;
	void (*wait)(void *sem);
	int (*post)(void *sem);
	pid_t pids[SLEEPERS_MAX]; /* 0: it has been waited for */
	size_t count, woken;
};

/* Start `count` of them, which then sleep, and obey: post, wait, kill, await K. */
void play_sleepers(struct sleepers *s, long count);

/* "ready PID…": our own, and those of `n` others. */
void actor_ready(const pid_t *others, size_t n);

/* The next line from stdin without its newline, valid until the next call, or NULL at its end. */
const char *actor_line(void);

/* Is there a line, or the end of stdin? Does not wait, or no longer than some ms. */
bool actor_called(void);
bool actor_called_within(int ms);

/* Answer a line with one line. */
void actor_answer(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Wait for a line and answer it; false at the end of stdin. */
bool actor_line_answered(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* End with a message where `ok` is false (errno says why). */
void actor_must(bool ok, const char *what);

/* A whole number, or the end with a message. */
long actor_number(const char *text);

/* Create the object (mode 0644) or open it, give it this size, and map it. */
void *actor_map(const char *name, size_t size);

/* Process or thread `pid` sleeps on the futex within ten seconds, or there is no situation. */
void actor_await_sleep(pid_t pid, const void *word);

/* Does /proc/PID/syscall begin so: the call it is blocked in, and its arguments (proc(5))? */
bool actor_is_in_call(pid_t pid, const char *beginning);
