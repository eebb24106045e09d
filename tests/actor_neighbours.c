/* SPDX-License-Identifier: MIT */
/* Situations: neighbours that do all that they may to names, bytes and leases, over and over. */
#include "tests/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Names with all that a name can have: control bytes, no UTF-8, escapes, and as long as may be. */
static void flood_name(const char *prefix, unsigned number, char ret[600])
{
	static const char *const tails[] = {"",        "\n",    "\t\\", "\xff\xfe",
					    "\033[2J", " %n%s", "-rf *"};
	char wide[256];
	int n;

	snprintf(ret, 600, "/dev/shm/%s.%u%s", prefix, number, tails[number % 7]);
	if (number % 8 != 7)
		return;
	n = snprintf(wide, sizeof(wide), "%s.%u.", prefix, number);
	memset(wide + n, 'w', sizeof(wide) - 1 - (size_t)n);
	wide[255] = '\0';
	snprintf(ret, 600, "/dev/shm/%s", wide);
}

static void flood_make(const char *prefix, unsigned number)
{
	char path[600];
	int fd;

	flood_name(prefix, number, path);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	actor_must(fd >= 0, path);
	close(fd);
}

static void flood_unlink(const char *prefix, unsigned number)
{
	char path[600];

	flood_name(prefix, number, path);
	unlink(path);
}

/* Of the oldest the name goes to the newest, or it goes, and another comes. */
static void flood_move(const char *prefix, unsigned oldest, unsigned newest)
{
	char from[600], to[600];

	if (oldest % 2) {
		flood_unlink(prefix, oldest);
		flood_make(prefix, newest);
		return;
	}
	flood_name(prefix, oldest, from);
	flood_name(prefix, newest, to);
	actor_must(rename(from, to) == 0, to);
}

void play_flood(char **arguments)
{
	const char *prefix = arguments[0];
	const unsigned n = (unsigned)actor_number(arguments[1]);
	unsigned oldest = 0;

	for (unsigned i = 0; i < n; i++)
		flood_make(prefix, i);
	actor_ready(NULL, 0);
	while (!actor_called() || actor_line_answered("%u", oldest)) {
		flood_move(prefix, oldest, oldest + n);
		oldest++;
	}
	for (unsigned i = 0; i < n; i++)
		flood_unlink(prefix, oldest + i);
}

#define GARBLE_SIZE 8192

/* Bytes of all kinds, small numbers, nothing, or those that it had at the beginning. */
static void make_garbage(const unsigned char *original, unsigned way, unsigned *seed,
			 unsigned char ret[GARBLE_SIZE])
{
	if (way % 2) {
		memcpy(ret, original, GARBLE_SIZE);
		return;
	}
	for (size_t i = 0; i < GARBLE_SIZE; i++)
		ret[i] = way == 0   ? (unsigned char)rand_r(seed)
			 : way == 2 ? i % 4 == 0 && rand_r(seed) % 2
				    : 0;
}

/* It is cut, grows again, and is filled as far as it comes. */
static void garble(const char *path, const unsigned char *original, unsigned way, unsigned *seed)
{
	const size_t size = way % 2 ? GARBLE_SIZE : (size_t)rand_r(seed) % GARBLE_SIZE;
	unsigned char bytes[GARBLE_SIZE];
	int fd = open(path, O_RDWR | O_CLOEXEC);

	actor_must(fd >= 0, path);
	make_garbage(original, way, seed, bytes);
	actor_must(ftruncate(fd, (off_t)size) == 0 && ftruncate(fd, GARBLE_SIZE) == 0, "ftruncate");
	actor_must(pwrite(fd, bytes, size, 0) == (ssize_t)size, "pwrite");
	close(fd);
}

/* Behind its end are zeros. */
static void read_original(const char *path, unsigned char ret[GARBLE_SIZE])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	memset(ret, 0, GARBLE_SIZE);
	actor_must(fd >= 0 && read(fd, ret, GARBLE_SIZE) > 0, path);
	close(fd);
}

void play_garble(char **arguments)
{
	unsigned char(*originals)[GARBLE_SIZE];
	unsigned seed = 1, round = 0;
	glob_t found;

	actor_must(glob(arguments[0], 0, NULL, &found) == 0, arguments[0]);
	originals = calloc(found.gl_pathc, GARBLE_SIZE);
	actor_must(originals, "calloc");
	for (size_t i = 0; i < found.gl_pathc; i++)
		read_original(found.gl_pathv[i], originals[i]);
	actor_ready(NULL, 0);
	while (!actor_called() || actor_line_answered("%u", round)) {
		const size_t which = round % found.gl_pathc;

		garble(found.gl_pathv[which], originals[which],
		       round++ / (unsigned)found.gl_pathc % 6, &seed);
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		garble(found.gl_pathv[i], originals[i], 1, &seed);
	globfree(&found);
	free(originals);
}

/* Whoever opens it meanwhile is told to come again, or waits: then the kernel says so by SIGIO. */
void play_leases(char **arguments)
{
	unsigned taken = 0, asked = 0;

	signal(SIGIO, SIG_IGN);
	actor_ready(NULL, 0);
	while (!actor_called() || actor_line_answered("%u %u", asked, taken)) {
		int fd = open(arguments[0], asked % 4 == 3 ? O_RDONLY : O_RDWR);

		actor_must(fd >= 0, arguments[0]);
		if (fcntl(fd, F_SETLEASE, asked++ % 4 == 3 ? F_RDLCK : F_WRLCK) == 0) {
			taken++;
			actor_called_within(1);
		} else {
			actor_must(errno == EAGAIN, "F_SETLEASE");
		}
		close(fd);
	}
}

/* One that will be killed: it has the object, and is about to sleep in it, to fork, to end. */
static void live_shortly(const char *name, unsigned number)
{
	sem_t *sem = actor_map(name, 4096);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (number % 4 == 0)
		_exit(0);
	if (number % 4 == 1)
		raise(SIGSTOP);
	if (number % 4 == 2 && fork() == 0)
		_exit(0);
	while (sem_wait(sem) < 0)
		;
	_exit(0);
}

#define MORTALS 8

static void end(pid_t *pid)
{
	if (!*pid)
		return;
	kill(*pid, SIGKILL);
	waitpid(*pid, NULL, 0);
	*pid = 0;
}

void play_mortals(char **arguments)
{
	pid_t pids[MORTALS] = {0};
	unsigned number = 0;

	actor_must(sem_init(actor_map(arguments[0], 4096), 1, 0) == 0, "sem_init");
	actor_ready(NULL, 0);
	while (!actor_called() || actor_line_answered("%u", number)) {
		pid_t *pid = &pids[number % MORTALS];

		end(pid);
		*pid = fork();
		actor_must(*pid >= 0, "fork");
		if (*pid == 0)
			live_shortly(arguments[0], number);
		number++;
	}
	for (size_t i = 0; i < MORTALS; i++)
		end(&pids[i]);
	shm_unlink(arguments[0]);
}
