/* SPDX-License-Identifier: MIT */
#include "tests/load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "tests/support.h"

static char buffer[1 << 20];

/* 0 at the end of it, or a positive errno. */
static int read_to_end(int fd)
{
	ssize_t n;

	do
		n = read(fd, buffer, sizeof(buffer));
	while (n > 0);
	return n < 0 ? errno : 0;
}

static int read_once(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? errno : read_to_end(fd);
}

static int list_once(const char *path)
{
	_cleanup_closedir_ DIR *dir = opendir(path);

	errno = dir ? 0 : errno;
	while (dir && readdir(dir))
		;
	return errno;
}

/* `fd` is kept from one call to the next. */
static int read_again(const char *path, int *fd)
{
	if (*fd < 0)
		*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 || lseek(*fd, 0, SEEK_SET) < 0)
		return errno;
	return read_to_end(*fd);
}

static _Noreturn void be_reader(const char *path, enum reading_kind kind,
				struct reader_state *state)
{
	int fd = -1, error = 0;

	close_range(3, ~0u, 0);
	while (!state->stop && !error) {
		error = kind == READ_LIST    ? list_once(path)
			: kind == READ_AGAIN ? read_again(path, &fd)
					     : read_once(path);
		state->reads += !error;
	}
	state->when = clock_ns();
	state->error = error;
	_exit(error ? 1 : 0);
}

void load_start(struct load *ret, const char *folder, const struct reading *readings,
		size_t n_readings, size_t n)
{
	assert_true(n <= LOAD_MAX);
	*ret = (struct load){.n = n};
	ret->states = mmap(NULL, n * sizeof(*ret->states), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(ret->states, MAP_FAILED);
	for (size_t i = 0; i < n; i++) {
		const struct reading *reading = &readings[i % n_readings];

		if (child_fork(&ret->children[i]))
			be_reader(pathf("%s/%s", folder, reading->path), reading->kind,
				  &ret->states[i]);
	}
}

struct progress {
	struct load *load;
	uint64_t wanted[LOAD_MAX];
};

static bool has_gone_on(void *data)
{
	struct progress *progress = data;

	for (size_t i = 0; i < progress->load->n; i++)
		if (!progress->load->states[i].error &&
		    progress->load->states[i].reads < progress->wanted[i])
			return false;
	return true;
}

static void show(const struct load *load)
{
	for (size_t i = 0; i < load->n; i++)
		fprintf(stderr, "reader %zu: %lu reads, error %d (%s)\n", i,
			(unsigned long)load->states[i].reads, load->states[i].error,
			strerror(load->states[i].error));
}

void load_goes_on(struct load *load, uint64_t reads)
{
	struct progress progress = {.load = load};

	for (size_t i = 0; i < load->n; i++)
		progress.wanted[i] = load->states[i].reads + reads;
	if (wait_until(DEADLINE_MS, has_gone_on, &progress))
		return;
	show(load);
	fail_msg("readers do not go on");
}

static bool all_wait(void *data)
{
	const struct load *load = data;

	for (size_t i = 0; i < load->n; i++)
		if (!mount_waited_for(load->children[i].pid))
			return false;
	return true;
}

void load_waits(struct load *load)
{
	assert_true(wait_until(DEADLINE_MS, all_wait, load));
}

size_t load_failed(const struct load *load)
{
	size_t n = 0;

	for (size_t i = 0; i < load->n; i++)
		n += load->states[i].error != 0;
	return n;
}

static bool all_failed(void *data)
{
	return load_failed(data) == ((const struct load *)data)->n;
}

static bool is_gone(int error)
{
	return error == ENOTCONN || error == ECONNABORTED || error == EIO;
}

uint64_t load_await_errors(struct load *load, uint64_t since)
{
	uint64_t longest = 0;

	if (!wait_until(DEADLINE_MS, all_failed, load)) {
		show(load);
		fail_msg("a reader was not told");
	}
	for (size_t i = 0; i < load->n; i++) {
		const struct reader_state *state = &load->states[i];
		uint64_t took = state->when > since ? state->when - since : 0;

		if (!is_gone(state->error) && !(load->detached && state->error == ENOENT))
			fail_msg("reader %zu: %s", i, strerror(state->error));
		longest = took > longest ? took : longest;
	}
	load_deinit(load);
	return longest;
}

void load_stop(struct load *load)
{
	for (size_t i = 0; i < load->n; i++)
		load->states[i].stop = true;
	for (size_t i = 0; i < load->n; i++)
		child_finish(&load->children[i], NULL);
	if (load_failed(load)) {
		show(load);
		fail_msg("a reader had an error");
	}
	load_deinit(load);
}

void load_deinit(struct load *load)
{
	for (size_t i = 0; i < load->n; i++)
		child_kill(&load->children[i]);
	if (load->states)
		munmap(load->states, load->n * sizeof(*load->states));
	*load = (struct load){0};
}
