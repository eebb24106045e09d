/* SPDX-License-Identifier: MIT */
/* Situations: what strangers may do to objects while somebody looks. */
#include "tests/actor.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#define ODD "/dev/shm/odd."

static void make_socket(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	actor_must(fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0, path);
	close(fd);
}

/* /dev/null's numbers. In a user namespace nobody may make device files. */
static void make_device(const char *path)
{
	actor_must(mknod(path, S_IFCHR | 0666, makedev(1, 3)) == 0 || errno == EPERM, path);
}

static void make_mount(const char *path)
{
	actor_must(mkdir(path, 0755) == 0, path);
	actor_must(mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m") == 0, path);
}

static void wait_for_end(void)
{
	actor_ready(NULL, 0);
	while (actor_line())
		actor_answer("done");
}

void play_odd(char **arguments)
{
	(void)arguments;
	actor_must(mkdir(ODD "dir", 0755) == 0, ODD "dir");
	actor_must(mknod(ODD "dir/file", S_IFREG | 0644, 0) == 0, ODD "dir/file");
	actor_must(symlink("odd.dir/file", ODD "link") == 0, ODD "link");
	actor_must(symlink("nothing", ODD "dangling") == 0, ODD "dangling");
	actor_must(mkfifo(ODD "fifo", 0644) == 0, ODD "fifo");
	make_socket(ODD "socket");
	make_device(ODD "device");
	make_mount(ODD "mount");
	wait_for_end();
	umount2(ODD "mount", MNT_DETACH);
	rmdir(ODD "mount");
	unlink(ODD "device");
	unlink(ODD "socket");
	unlink(ODD "fifo");
	unlink(ODD "dangling");
	unlink(ODD "link");
	unlink(ODD "dir/file");
	rmdir(ODD "dir");
}

struct seqnum {
	sem_t sem;
	int seqnum;
};

static void make_seqnum(const char *name, int seqnum)
{
	struct seqnum *object = actor_map(name, sizeof(*object));

	actor_must(sem_init(&object->sem, 1, 1) == 0, "sem_init");
	object->seqnum = seqnum;
	munmap(object, sizeof(*object));
}

/* Answers lines with the number of rounds so far; false at the end of stdin. */
static bool go_on(int rounds)
{
	if (!actor_called())
		return true;
	if (!actor_line())
		return false;
	actor_answer("%d", rounds);
	return true;
}

void play_churn(char **arguments)
{
	int n = 1;

	make_seqnum(arguments[0], n);
	actor_ready(NULL, 0);
	while (go_on(n)) {
		actor_must(shm_unlink(arguments[0]) == 0, arguments[0]);
		make_seqnum(arguments[0], ++n);
	}
	shm_unlink(arguments[0]);
}

void play_resize(char **arguments)
{
	const long sizes[2] = {actor_number(arguments[1]), actor_number(arguments[2])};
	int fd = shm_open(arguments[0], O_CREAT | O_RDWR, 0644);
	int n = 0;

	actor_must(fd >= 0, arguments[0]);
	actor_must(ftruncate(fd, sizes[0]) == 0, arguments[0]);
	actor_ready(NULL, 0);
	while (go_on(n))
		actor_must(ftruncate(fd, sizes[++n % 2]) == 0, arguments[0]);
	shm_unlink(arguments[0]);
}

/* The kernel tells of the break by SIGIO and waits /proc/sys/fs/lease-break-time seconds. */
void play_lease(char **arguments)
{
	int fd = shm_open(arguments[0], O_RDWR, 0);

	signal(SIGIO, SIG_IGN);
	actor_must(fd >= 0, arguments[0]);
	actor_must(fcntl(fd, F_SETLEASE, F_WRLCK) == 0, "F_SETLEASE");
	wait_for_end();
	close(fd);
}

void play_leak(char **arguments)
{
	long n = actor_number(arguments[1]);

	for (long i = 0; i < n; i++) {
		*(char *)actor_map(arguments[0], 4096) = 'x';
		actor_must(shm_unlink(arguments[0]) == 0, arguments[0]);
	}
	wait_for_end();
}
