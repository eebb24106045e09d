/* SPDX-License-Identifier: MIT */
/* The process that maps objects: what is said to it, and what it does. */
#include "core/poster.h"

#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/capabilities.h"
#include "core/cleanup.h"
#include "core/confine.h"
#include "core/helper.h"

/* What it maps is memory: only a filesystem that hangs could make it slower than this. */
#define ANSWER_MS 5000

struct poster {
	pthread_mutex_t lock; /* one request at a time */
	pid_t pid;
	int socket;
	uint32_t serial; /* of the latest request */
};

/* Who asks may have been taken over: nothing here is more than a number. */
struct request {
	uint32_t serial;
	uint32_t posts; /* how often to post … */
	uint32_t abi;   /* … what: a number of abis[]; 0: store `size` bytes, which follow */
	uint32_t size;
	uint64_t offset;
};

static const struct semaphore_abi *const abis[] = {
	NULL,
	&semaphore_glibc64,
	&semaphore_glibc32,
	&semaphore_musl64,
};

enum { N_ABIS = sizeof(abis) / sizeof(abis[0]) };

struct answer {
	uint32_t serial;
	int error; /* 0 or -errno */
};

/* The rest is run by the process itself, which has one thread. */

static sigjmp_buf beyond; /* where an access goes on whose page is not there */

static void on_sigbus(int signal)
{
	siglongjmp(beyond, signal);
}

static int post(const struct request *request, void *mapped)
{
	const struct semaphore_abi *abi = abis[request->abi];
	int wake = 0, r;

	if (!semaphore_plausible(abi, mapped, NULL))
		return -EBADMSG;
	if (!semaphore_decode(abi, mapped).shared)
		return -ENOTSUP;
	r = abi->post(mapped, request->posts, &wake);
	if (r == 0 && wake > 0)
		syscall(SYS_futex, (char *)mapped + abi->value, FUTEX_WAKE, wake, NULL, NULL, 0);
	return r;
}

/* A reader sees the old number or the new one, never a half of each. */
static void store(const void *bytes, void *to, size_t size)
{
	switch ((uintptr_t)to % size == 0 ? size : 0) {
	case 1:
		__atomic_store_n((uint8_t *)to, *(const uint8_t *)bytes, __ATOMIC_RELEASE);
		break;
	case 2:
		__atomic_store_n((uint16_t *)to, *(const uint16_t *)bytes, __ATOMIC_RELEASE);
		break;
	case 4:
		__atomic_store_n((uint32_t *)to, *(const uint32_t *)bytes, __ATOMIC_RELEASE);
		break;
	case 8:
		__atomic_store_n((uint64_t *)to, *(const uint64_t *)bytes, __ATOMIC_RELEASE);
		break;
	default:
		memcpy(to, bytes, size);
	}
}

/* Each page is looked at before the first byte is changed: what is not there is found out then. */
static void look(const volatile unsigned char *mapped, size_t size)
{
	for (size_t at = 0; at < size; at += 4096)
		(void)mapped[at];
	(void)mapped[size - 1];
}

static int change_mapped(const struct request *request, const void *bytes, void *mapped)
{
	if (sigsetjmp(beyond, 1))
		return -EFAULT;
	look(mapped, request->size);
	if (request->abi)
		return post(request, mapped);
	store(bytes, mapped, request->size);
	return 0;
}

/* Can it be one of ours, with `n` bytes behind it? */
static bool is_request(const struct request *request, size_t n)
{
	if (request->abi >= N_ABIS)
		return false;
	if (request->abi == 0)
		return request->size > 0 && request->size == n;
	return request->size == abis[request->abi]->size &&
	       request->offset % abis[request->abi]->alignment == 0;
}

/* 0, or -ENODATA where the object as it is now ends before. */
static int check_end(const struct request *request, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (request->offset > (uint64_t)st.st_size)
		return -ENODATA;
	return request->size > (uint64_t)st.st_size - request->offset ? -ENODATA : 0;
}

/* A page that is not there although the object goes on is a hole that cannot be filled. */
static int change(const struct request *request, const void *bytes, int fd)
{
	const uint64_t start = request->offset & ~(uint64_t)(sysconf(_SC_PAGESIZE) - 1);
	const size_t skip = (size_t)(request->offset - start), length = skip + request->size;
	char *mapped;
	int r = check_end(request, fd);

	if (r < 0)
		return r;
	mapped = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)start);
	if (mapped == MAP_FAILED)
		return -errno;
	r = change_mapped(request, bytes, mapped + skip);
	munmap(mapped, length);
	if (r == -EFAULT)
		r = check_end(request, fd);
	else
		return r;
	return r < 0 ? r : -ENOSPC;
}

/* Room for the one descriptor that comes with a request. */
union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

/*
 * The next request, how many bytes follow, and its descriptor; false at the end of the socket, and
 * where there is no request, or no descriptor.
 */
static bool receive(int socket, struct request *request, unsigned char *bytes, size_t *ret_n,
		    int *ret_fd)
{
	struct iovec parts[] = {{request, sizeof(*request)}, {bytes, POSTER_STORE_MAX}};
	union control control;
	struct msghdr message = {
		.msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = &control,
		.msg_controllen = CMSG_LEN(sizeof(int)), /* there is no room for a second one */
	};
	ssize_t n;

	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 || message.msg_controllen < CMSG_LEN(sizeof(int)) ||
	    control.header.cmsg_type != SCM_RIGHTS)
		return false;
	*ret_n = (size_t)n - sizeof(*request);
	memcpy(ret_fd, CMSG_DATA(&control.header), sizeof(*ret_fd));
	if (n >= (ssize_t)sizeof(*request))
		return true;
	close(*ret_fd);
	return false;
}

/* The answer to no request says that it is ready. */
void poster_serve(int socket)
{
	static unsigned char bytes[POSTER_STORE_MAX];
	const struct answer ready = {.serial = 0};
	struct request request;
	size_t n;
	int fd;

	if (send(socket, &ready, sizeof(ready), MSG_NOSIGNAL) < 0)
		return;
	while (receive(socket, &request, bytes, &n, &fd)) {
		const struct answer answer = {
			.serial = request.serial,
			.error = is_request(&request, n) ? change(&request, bytes, fd) : -EINVAL,
		};

		close(fd);
		if (send(socket, &answer, sizeof(answer), MSG_NOSIGNAL) < 0)
			return;
	}
}

/*
 * All that it does. Its memory is never to be run, and of futex(2) it wakes others; the rest is for
 * signals, siglongjmp(3) and its end, or abort(3).
 */
static const struct confine_rule calls[] = {
	{"recvmsg"},
	{"sendto"},
	{"fstat"},
	{"newfstatat"},
	{"mmap", CONFINE_NO_BITS(2, PROT_EXEC)},
	{"munmap"},
	{"futex", CONFINE_INT(1, FUTEX_WAKE)},
	{"close"},
	{"rt_sigprocmask"},
	{"rt_sigreturn"},
	{"restart_syscall"},
	{"exit_group"},
	{"getpid"},
	{"gettid"},
	{"tgkill", .own = true},
	/* The same on 32-bit machines. */
	{"fstat64"},
	{"mmap2", CONFINE_NO_BITS(2, PROT_EXEC)},
};

/*
 * In the child. It has what it is given, and could not open, start or connect to anything; where
 * there is no filter of system calls it does the same without.
 */
static _Noreturn void be_poster(int socket)
{
	const struct sigaction jump = {.sa_handler = on_sigbus, .sa_flags = SA_NODEFER};
	int own = helper_begin("pshmfs-poster", socket);

	if (own < 0)
		_exit(1);
	sigaction(SIGBUS, &jump, NULL);
	if (capabilities_keep(0) < 0)
		_exit(1);
	confine(calls, sizeof(calls) / sizeof(calls[0]));
	poster_serve(own);
	_exit(0);
}

void poster_stop(struct poster *poster)
{
	if (!poster)
		return;
	close(poster->socket);
	while (poster->pid > 0 && waitpid(poster->pid, NULL, 0) < 0 && errno == EINTR)
		;
	pthread_mutex_destroy(&poster->lock);
	free(poster);
}

pid_t poster_pid(const struct poster *poster)
{
	return poster->pid;
}

/* The rest is what our threads do. */

static int send_request(int socket, struct request *request, const void *bytes, int fd)
{
	struct iovec parts[] = {{request, sizeof(*request)},
				{(void *)(uintptr_t)bytes, request->abi ? 0 : request->size}};
	union control control = {.header = {.cmsg_level = SOL_SOCKET,
					    .cmsg_type = SCM_RIGHTS,
					    .cmsg_len = CMSG_LEN(sizeof(fd))}};
	struct msghdr message = {
		.msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -EIO : 0;
}

/* An answer to an earlier request, which came too late, is passed over. */
static int await_answer(int socket, uint32_t serial)
{
	struct pollfd waiting = {.fd = socket, .events = POLLIN};
	struct answer answer = {.serial = ~serial};

	while (answer.serial != serial) {
		int n = poll(&waiting, 1, ANSWER_MS);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			return -ETIMEDOUT;
		if (recv(socket, &answer, sizeof(answer), 0) != sizeof(answer))
			return -EIO;
	}
	return answer.error;
}

int poster_start(struct poster **ret)
{
	struct poster *poster = calloc(1, sizeof(*poster));
	int ends[2], r;

	if (!poster)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) {
		free(poster);
		return -errno;
	}
	poster->pid = fork();
	r = poster->pid < 0 ? -errno : 0;
	if (poster->pid == 0)
		be_poster(ends[1]);
	close(ends[1]);
	poster->socket = ends[0];
	pthread_mutex_init(&poster->lock, NULL);
	if (r == 0)
		r = await_answer(poster->socket, 0);
	if (r < 0)
		poster_stop(poster);
	else
		*ret = poster;
	return r;
}

static int ask(struct poster *poster, struct request *request, const void *bytes, int fd)
{
	int r;

	pthread_mutex_lock(&poster->lock);
	request->serial = ++poster->serial;
	r = send_request(poster->socket, request, bytes, fd);
	if (r == 0)
		r = await_answer(poster->socket, request->serial);
	pthread_mutex_unlock(&poster->lock);
	return r;
}

int poster_post(struct poster *poster, int fd, const struct semaphore_abi *abi, uint64_t offset,
		uint32_t n)
{
	struct request request = {.posts = n, .offset = offset, .size = (uint32_t)abi->size};

	if (offset % abi->alignment != 0)
		return -EINVAL;
	for (uint32_t i = 1; i < N_ABIS; i++)
		if (abis[i] == abi)
			request.abi = i;
	return ask(poster, &request, NULL, fd);
}

int poster_store(struct poster *poster, int fd, uint64_t offset, const void *bytes, size_t size)
{
	struct request request = {.offset = offset, .size = (uint32_t)size};

	if (size == 0)
		return 0;
	if (size > POSTER_STORE_MAX)
		return -EFBIG;
	return ask(poster, &request, bytes, fd);
}
