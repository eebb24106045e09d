/* SPDX-License-Identifier: MIT */
#include "progs/xfr.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/layouts.h"
#include "progs/shared_object.h"

static struct {
	const char *argument;   /* the object's name, as it was given */
	bool verbose, terminal; /* and standard error is a terminal */
	uint64_t begun;
	uint64_t expected; /* how many bytes the input has, or 0: nobody knows */
} pair;

/* "1.2 GiB" */
static const char *in_words(double bytes, char room[32])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	size_t unit = 0;

	for (; bytes >= 1000 && unit < 4; unit++)
		bytes /= 1024;
	snprintf(room, 32, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
	return room;
}

static double rate(uint64_t bytes)
{
	return (double)bytes * 1e9 / (double)(clock_ns() - pair.begun + 1);
}

static void show_progress(const struct transfer_result *sofar)
{
	char amount[32], speed[32], left[48] = "";

	if (pair.begun == 0)
		pair.begun = clock_ns();
	if (pair.expected >= sofar->bytes && rate(sofar->bytes) >= 1) {
		uint64_t s =
			(uint64_t)((double)(pair.expected - sofar->bytes) / rate(sofar->bytes));

		snprintf(left, sizeof(left), ", %" PRIu64 ":%02" PRIu64 " left", s / 60, s % 60);
	}
	fprintf(stderr, CLI_CLEAR_LINE "%s, %s/s%s", in_words((double)sofar->bytes, amount),
		in_words(rate(sofar->bytes), speed), left);
	fflush(stderr);
}

static void say_waiting(bool leftover)
{
	if (leftover)
		cli_message("%s: its writer has ended; waiting for the next one", pair.argument);
	else
		cli_message("%s: waiting for a writer to make it", pair.argument);
}

/* How much there is to be read, where that can be told. */
static uint64_t input_size(int fd)
{
	struct stat st;
	off_t at = lseek(fd, 0, SEEK_CUR);

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || at < 0 || at > st.st_size)
		return 0;
	return (uint64_t)(st.st_size - at);
}

int xfr_say_end(const struct xfr_words *words, const struct transfer_result *result)
{
	const char *what = words->object;

	switch (result->end) {
	case TRANSFER_DONE:
		return CLI_OK;
	case TRANSFER_STOPPED:
		return CLI_FAILED;
	case TRANSFER_OBJECT:
		return shared_object_error(what, result->error);
	case TRANSFER_STREAM:
		return cli_error(words->stream, result->error);
	case TRANSFER_TAKEN:
		if (result->pid)
			cli_message("%s: in use: process %d is its %s", what, result->pid,
				    words->self);
		else
			cli_message("%s: in use, by a process that cannot be seen from here", what);
		break;
	case TRANSFER_PEER_DIED:
		cli_message("%s: the %s has ended before the transfer has", what, words->peer);
		break;
	case TRANSFER_PEER_FAILED:
		cli_message("%s: the %s has failed", what, words->peer);
		break;
	case TRANSFER_PIPES:
		cli_message("%s: the pipes of its writer cannot be opened: %s", what,
			    strerror(-result->error));
		break;
	case TRANSFER_DAMAGED:
		cli_message("%s: damaged: what it says of its blocks or semaphores cannot be",
			    what);
		break;
	case TRANSFER_COUNT:
		cli_message("%s: cnt is %d, not within 0 to %zu: the writer has failed", what,
			    result->count, result->room);
		break;
	case TRANSFER_UNREADY:
		cli_message("%s: not a transfer object (its semaphores are not initialised, or not "
			    "as ones of glibc that processes share)",
			    what);
		break;
	case TRANSFER_FOREIGN:
		cli_message("%s: the %s is of another kind (%s): its semaphores do not fit", what,
			    words->peer, result->abi);
		break;
	}
	return CLI_FAILED;
}

int xfr_run(void (*transfer)(const struct transfer_setup *, struct transfer_result *),
	    const char *self, const char *peer, size_t buffer, unsigned blocks)
{
	struct transfer_setup setup = {.buffer = buffer, .blocks = blocks};
	struct transfer_result result;

	pair.argument = cli_option('n') ? cli_option('n') : PSHM_XFR_NAME;
	pair.verbose = cli_option('v') != NULL;
	pair.terminal = isatty(STDERR_FILENO) == 1;
	setup.name = cli_object_name(pair.argument);
	setup.fd = buffer ? STDIN_FILENO : STDOUT_FILENO;
	pair.expected = buffer ? input_size(setup.fd) : 0;
	setup.progress = pair.verbose && pair.terminal ? show_progress : NULL;
	setup.waiting = pair.verbose || pair.terminal ? say_waiting : NULL;
	signal(SIGIO, SIG_IGN); /* core/transfer_peer.c asks for leases */
	transfer(&setup, &result);
	if (pair.begun)
		fputs(CLI_CLEAR_LINE, stderr);
	if (pair.verbose)
		cli_message("%s: %" PRIu64 " bytes in %" PRIu64 " blocks", pair.argument,
			    result.bytes, result.blocks);
	if (result.end == TRANSFER_STOPPED) {
		signal(result.signal, SIG_DFL);
		raise(result.signal);
	}
	return xfr_say_end(
		&(struct xfr_words){.object = pair.argument,
				    .stream = buffer ? "standard input" : "standard output",
				    .self = self,
				    .peer = peer},
		&result);
}
