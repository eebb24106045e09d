/* SPDX-License-Identifier: MIT */
/* One transfer of pshm_xfr_bench: two processes, which never outlive it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "progs/cli.h"
#include "progs/xfr.h"
#include "progs/xfr_bench.h"

enum { WRITER, READER, HALVES };

static const char *const roles[HALVES] = {"writer", "reader"};
static const char *const streams[HALVES] = {"the input", "the output"};

/* What a half says of itself, in memory that it shares with us. */
struct report {
	uint64_t begun, ended; /* clock_ns() */
	struct rusage before, after;
	struct transfer_result result;
};

/* Ends of pipes. Halves say that they are ready; all begin when the last writing end is closed. */
struct gate {
	int ready[2], start[2];
};

static const int fatal[] = {SIGHUP, SIGINT, SIGTERM};
enum { N_FATAL = sizeof(fatal) / sizeof(fatal[0]) };

static struct report *own; /* in a half */
static volatile sig_atomic_t caught;
static volatile int pidfds[HALVES] = {-1, -1};

static void end_halves(int signal)
{
	for (int i = 0; i < HALVES; i++)
		if (pidfds[i] >= 0)
			pidfd_send_signal(pidfds[i], signal, NULL, 0);
}

/* They are in groups of their own: a terminal's signal, too, reaches them only once. */
static void on_signal(int signal)
{
	const int error = errno;

	caught = signal;
	end_halves(signal);
	errno = error;
}

void bench_signals_catch(void)
{
	const struct sigaction action = {.sa_handler = on_signal};
	struct sigaction before;

	signal(SIGIO, SIG_IGN); /* core/transfer_peer.c asks for leases */
	signal(SIGCHLD, SIG_DFL);
	for (int i = 0; i < N_FATAL; i++)
		if (sigaction(fatal[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(fatal[i], &action, NULL);
}

int bench_signal(void)
{
	return caught;
}

static void block_signals(int how)
{
	sigset_t set;

	sigemptyset(&set);
	for (int i = 0; i < N_FATAL; i++)
		sigaddset(&set, fatal[i]);
	sigprocmask(how, &set, NULL);
}

static void default_signals(void)
{
	struct sigaction action;

	for (int i = 0; i < N_FATAL; i++)
		if (sigaction(fatal[i], NULL, &action) == 0 && action.sa_handler == on_signal)
			signal(fatal[i], SIG_DFL);
	block_signals(SIG_UNBLOCK);
}

static void close_ends(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

static void wait_for_start(const struct gate *gate)
{
	char byte = 0;

	close(gate->start[1]);
	if (write(gate->ready[1], &byte, 1) < 0)
		_exit(1);
	close_ends(gate->ready);
	while (read(gate->start[0], &byte, 1) < 0 && errno == EINTR)
		;
}

/* To find each other costs a look at all processes: that is not what is measured. */
static void begin(void)
{
	getrusage(RUSAGE_SELF, &own->before);
	own->begun = clock_ns();
}

static _Noreturn void be_half(const struct bench *bench, const struct bench_row *row, int role,
			      const struct gate *gate, struct report *ret)
{
	const struct bench_way *way = row->way;
	const bool writer = role == WRITER;
	const struct transfer_setup setup = {
		.name = bench->object,
		.buffer = row->size,
		.blocks = way->blocks(row->size),
		.fd = writer ? bench->files.input : bench->files.output,
		.met = begin,
	};
	int r;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	default_signals();
	r = bench_cpus_bind(writer ? bench->cpus.writer : bench->cpus.reader);
	if (r < 0) {
		ret->result = (struct transfer_result){.end = TRANSFER_OBJECT, .error = r};
		_exit(1);
	}
	wait_for_start(gate);
	own = ret;
	begin();
	(writer ? way->send : way->receive)(&setup, &ret->result);
	ret->ended = clock_ns();
	getrusage(RUSAGE_SELF, &ret->after);
	_exit(ret->result.end != TRANSFER_DONE);
}

/* 0 or -errno. */
static int fork_half(const struct bench *bench, const struct bench_row *row, int role,
		     const struct gate *gate, struct report *report)
{
	pid_t pid = fork();
	int r = 0;

	if (pid == 0)
		be_half(bench, row, role, gate, report);
	if (pid < 0)
		return -errno;
	pidfds[role] = pidfd_open(pid, 0);
	if (pidfds[role] < 0) {
		r = -errno;
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return r;
}

/* A signal that comes meanwhile is kept until the process is known. */
static int start_half(const struct bench *bench, const struct bench_row *row, int role,
		      const struct gate *gate, struct report *report)
{
	int r;

	block_signals(SIG_BLOCK);
	r = caught ? -EINTR : fork_half(bench, row, role, gate, report);
	block_signals(SIG_UNBLOCK);
	return r;
}

/* Collect one that has ended. */
static siginfo_t reap(int role)
{
	siginfo_t info = {.si_code = CLD_EXITED};
	int fd = pidfds[role];

	while (waitid(P_PIDFD, (id_t)fd, &info, WEXITED) < 0 && errno == EINTR)
		;
	pidfds[role] = -1;
	close(fd);
	return info;
}

static void say_failure(const struct bench *bench, int role, const siginfo_t *info,
			const struct report *report)
{
	const struct xfr_words words = {.object = bench->object,
					.stream = streams[role],
					.self = roles[role],
					.peer = roles[!role]};

	if (info->si_code == CLD_EXITED)
		xfr_say_end(&words, &report->result);
	else
		cli_message("%s: the %s was ended by signal %d (%s)", bench->object, roles[role],
			    info->si_status, strsignal(info->si_status));
}

/* Until both have ended; when one fails, the other has to end, too. 0 or -ECANCELED. */
static int wait_for_halves(const struct bench *bench, const struct report *reports)
{
	int r = 0;

	while (pidfds[WRITER] >= 0 || pidfds[READER] >= 0) {
		struct pollfd ends[HALVES] = {{pidfds[WRITER], POLLIN, 0},
					      {pidfds[READER], POLLIN, 0}};

		if (poll(ends, HALVES, -1) < 0)
			continue;
		for (int i = 0; i < HALVES; i++) {
			siginfo_t info;

			if (!ends[i].revents)
				continue;
			info = reap(i);
			if (info.si_code == CLD_EXITED && info.si_status == 0)
				continue;
			if (r == 0 && !caught)
				say_failure(bench, i, &info, &reports[i]);
			end_halves(SIGTERM);
			r = -ECANCELED;
		}
	}
	return r;
}

/* Let them begin as soon as both are where they belong. */
static void open_gate(const struct gate *gate)
{
	char byte;

	close(gate->ready[1]);
	for (int n = 0; n < HALVES;) {
		ssize_t got = read(gate->ready[0], &byte, 1);

		if (got == 0)
			break; /* one has ended */
		n += got > 0;
	}
	close(gate->ready[0]);
	close_ends(gate->start);
}

static int run_halves(const struct bench *bench, const struct bench_row *row,
		      struct report *reports)
{
	struct gate gate;
	int r = 0, ended;

	if (pipe2(gate.ready, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(gate.start, O_CLOEXEC) < 0) {
		r = -errno;
		close_ends(gate.ready);
		return r;
	}
	for (int i = 0; r == 0 && i < HALVES; i++)
		r = start_half(bench, row, i, &gate, &reports[i]);
	if (r < 0)
		end_halves(SIGKILL); /* it has not begun */
	open_gate(&gate);
	ended = wait_for_halves(bench, reports);
	return caught ? -EINTR : r < 0 ? r : ended;
}

static uint64_t ns_of(struct timeval t)
{
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_usec * 1000;
}

static struct bench_sample sample_of(const struct report reports[HALVES])
{
	const struct report *writer = &reports[WRITER], *reader = &reports[READER];
	const uint64_t begun = writer->begun < reader->begun ? writer->begun : reader->begun;
	const uint64_t ended = writer->ended > reader->ended ? writer->ended : reader->ended;
	struct bench_sample sample = {.bytes = reader->result.bytes,
				      .blocks = reader->result.blocks,
				      .ns = ended - begun};

	for (int i = 0; i < HALVES; i++) {
		const struct rusage *before = &reports[i].before, *after = &reports[i].after;

		sample.switches += (uint64_t)(after->ru_nvcsw - before->ru_nvcsw);
		sample.cpu_ns += ns_of(after->ru_utime) + ns_of(after->ru_stime) -
				 ns_of(before->ru_utime) - ns_of(before->ru_stime);
	}
	return sample;
}

static int run_in(struct bench *bench, const struct bench_row *row, size_t part,
		  struct report *reports, struct bench_sample *ret)
{
	int r = bench_files_rewind(&bench->files, part);

	if (r == 0 && row->way->open)
		r = row->way->open(row->size);
	if (r < 0)
		return r;
	r = run_halves(bench, row, reports);
	if (row->way->close)
		row->way->close();
	if (r < 0) {
		shm_unlink(bench->object); /* killed on the way, they have not done it */
		return r;
	}
	*ret = sample_of(reports);
	return bench_files_equal(&bench->files, part) ? 0 : -EBADMSG;
}

int bench_run(struct bench *bench, const struct bench_row *row, size_t part,
	      struct bench_sample *ret)
{
	const size_t size = HALVES * sizeof(struct report);
	void *reports = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int r;

	if (reports == MAP_FAILED)
		return -errno;
	r = run_in(bench, row, part, reports, ret);
	munmap(reports, size);
	return r;
}
