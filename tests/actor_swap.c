/* SPDX-License-Identifier: MIT */
/* Situations: a name that is an object in one moment, and in the next what must not be opened. */
#include "tests/actor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/generation.h"

/* What is seen is generation 1, never what lies behind the symbolic link or in the directory. */
enum { OWN = 1, BEHIND_LINK, IN_FOLDER };

static char others[4][512]; /* FIFO, symbolic link, directory, device */
static char target[512], inside[520];

static void put_generation(const char *path, unsigned generation)
{
	char bytes[GENERATION_SIZE_MAX];
	size_t size = generation_make(generation, bytes);
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);

	actor_must(fd >= 0 && write(fd, bytes, size) == (ssize_t)size, path);
	close(fd);
}

/* Returns how many of the others there are: in a user namespace nobody may make a device. */
static int make_others(const char *path)
{
	static const char *const suffixes[] = {"fifo", "link", "folder", "device"};

	for (size_t i = 0; i < 4; i++)
		snprintf(others[i], sizeof(others[i]), "%s.%s", path, suffixes[i]);
	snprintf(target, sizeof(target), "%s.target", path);
	snprintf(inside, sizeof(inside), "%s/raw", others[2]);
	actor_must(mkfifo(others[0], 0644) == 0, others[0]);
	put_generation(target, BEHIND_LINK);
	actor_must(symlink(target, others[1]) == 0, others[1]);
	actor_must(mkdir(others[2], 0755) == 0, others[2]);
	put_generation(inside, IN_FOLDER);
	if (mknod(others[3], S_IFCHR | 0666, makedev(1, 5)) == 0) /* /dev/zero: endless */
		return 4;
	actor_must(errno == EPERM, others[3]);
	return 3;
}

/*
 * Who opens a FIFO for writing sleeps until anybody opens it for reading, if only for a moment. It
 * is this very one that is opened, whatever its name may be by then.
 */
static pid_t watch_fifo(void)
{
	int fifo = open(others[0], O_PATH | O_CLOEXEC);
	char link[64];
	pid_t pid;

	actor_must(fifo >= 0, others[0]);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fifo);
	pid = fork();
	actor_must(pid >= 0, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(open(link, O_WRONLY | O_CLOEXEC) < 0);
	}
	close(fifo);
	return pid;
}

static void exchange(const char *a, const char *b)
{
	actor_must(renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0, b);
}

void play_swap(char **arguments)
{
	const char *path = arguments[0];
	int n = make_others(path);
	pid_t watcher = watch_fifo();
	unsigned rounds = 0;
	bool opened = false;

	put_generation(path, OWN);
	actor_ready(NULL, 0);
	do {
		exchange(path, others[rounds % (unsigned)n]);
		exchange(path, others[rounds % (unsigned)n]);
		rounds++;
		opened = opened || waitpid(watcher, NULL, WNOHANG) != 0;
	} while (!actor_called() || (opened ? actor_line_answered("the FIFO was opened")
					    : actor_line_answered("%u", rounds)));
	kill(watcher, SIGKILL);
	unlink(inside);
	rmdir(others[2]);
	for (int i = 0; i < n; i++)
		unlink(others[i]);
	unlink(target);
	unlink(path);
}

static unsigned objects, odds, refused;
static char wrong[512];

__attribute__((format(printf, 1, 2))) static void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (!*wrong)
		vsnprintf(wrong, sizeof(wrong), format, args);
	va_end(args);
}

static void refuse(const char *path)
{
	if (errno == ENOENT || errno == ESTALE || errno == ENOTDIR || errno == EISDIR)
		refused++;
	else
		fail("%s: %s", path, strerror(errno));
}

/* What the file of a name says that is no object. */
static bool is_odd_text(const char *text)
{
	static const char *const words[] = {
		"FIFO: ", "symbolic link: ", "directory: ", "character device 1:5: "};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(text, words[i], strlen(words[i])) == 0)
			return true;
	return false;
}

/* The object's own bytes, a line that says what else it is, or an error. */
static void look_at(const char *path, bool object)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char bytes[GENERATION_SIZE_MAX + 1] = "";
	unsigned generation = 0;
	ssize_t n;

	if (fd < 0) {
		refuse(path);
		return;
	}
	n = read(fd, bytes, sizeof(bytes) - 1);
	if (n < 0)
		refuse(path);
	else if (object && generation_of_bytes(bytes, (size_t)n, &generation) && generation == OWN)
		objects++;
	else if (!object && is_odd_text(bytes))
		odds++;
	else
		fail("%s: %zd bytes of generation %u: %.40s", path, n, generation, bytes);
}

/* All names in it, as ls -l and find ask for them. */
static void walk(const char *path)
{
	_cleanup_closedir_ DIR *dir = opendir(path);
	const struct dirent *entry;
	struct stat st;

	while (dir && (entry = readdir(dir)))
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			refuse(path);
	if (!dir)
		refuse(path);
}

void play_swapped(char **arguments)
{
	char raw[512];

	snprintf(raw, sizeof(raw), "%s/raw", arguments[0]);
	actor_ready(NULL, 0);
	do {
		look_at(arguments[0], false);
		look_at(raw, true);
		walk(arguments[0]);
	} while (*wrong ? actor_line_answered("wrong: %s", wrong)
			: !actor_called() ||
				  actor_line_answered("%u %u %u", objects, odds, refused));
}
