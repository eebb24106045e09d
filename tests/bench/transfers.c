/* SPDX-License-Identifier: MIT */
/* How fast the transfer pair is: against pipes, one process, and the exercise by the book. */
#include "tests/bench/bench.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/sandbox.h"
#include "tests/support.h"

#define IN SANDBOX_WORK "/in"
#define OUT SANDBOX_WORK "/out"
#define SMALL SANDBOX_WORK "/small" /* for what takes long */

enum { MIB = 1 << 20, BYTES = 512 * MIB, SMALL_BYTES = 8 * MIB };

/* Commands of the shell; $IN and $OUT are files of one length in a tmpfs, $P our programs. */
#define PAIR(options, in, out)                                                                     \
	"$P/pshm_xfr_writer " options " <" in " & $P/pshm_xfr_reader " out "; wait"
#define PLAIN(size) "$B/tests/plain-xfr-gcc-O2-" size
#define UNTIL_THERE "until [ -s /dev/shm/pshm_xfr ]; do :; done; "
#define TO_FILE "1<>" OUT

static const char ours_1k[] = PAIR("-b 1K", SMALL, "1<>" OUT),
		  plain_1k[] =
			  PLAIN("1024") " writer <" SMALL
					" & " UNTIL_THERE PLAIN("1024") " reader 1<>" OUT "; wait",
		  ours_to_plain[] = "$P/pshm_xfr_writer -b 1K <" SMALL
				    " & " UNTIL_THERE PLAIN("1024") " reader 1<>" OUT "; wait",
		  plain_to_ours[] =
			  PLAIN("1024") " writer <" SMALL " & $P/pshm_xfr_reader 1<>" OUT "; wait",
		  ours_1k_long[] = PAIR("-b 1K", IN, TO_FILE),
		  ours_64k[] = PAIR("-b 64K", IN, TO_FILE),
		  ours_64k_quiet[] = "export LD_PRELOAD=$B/tests/bench/libno_ticks.so; " PAIR(
			  "-b 64K", IN, TO_FILE),
		  ours_blocks[] = PAIR("-B 4", IN, TO_FILE),
		  ours_blocks_null[] = PAIR("-B 4", IN, ">/dev/null"),
		  cats[] = "cat " IN " | cat " TO_FILE, cats_null[] = "cat " IN " | cat >/dev/null",
		  one_cat[] = "cat <" IN " " TO_FILE,
		  copy[] = "$B/tests/bench/streams copy <" IN " " TO_FILE,
		  tuned_pipe[] = "$B/tests/bench/streams pipe <" IN " " TO_FILE,
		  reading[] = "$B/tests/bench/streams read <" IN,
		  writing[] = "$B/tests/bench/streams write " TO_FILE,
		  memory[] = "$B/tests/bench/streams memory <" IN;

static void run_command(const void *command)
{
	const char *const argv[] = {"sh", "-c", command, NULL};

	run_program(argv);
}

static void run_on_one(const void *command)
{
	const char *const argv[] = {"taskset", "-c", "0", "sh", "-c", command, NULL};

	run_program(argv);
}

/* How many times as fast as theirs ours is. */
static void faster(void (*run)(const void *data), const char *ours, const char *theirs,
		   double wanted, const char *what)
{
	struct measure measure =
		compare((struct work){run, theirs, 1}, (struct work){run, ours, 1});

	row_add(&measure, "", wanted > 0 ? AT_LEAST : TARGET_NONE, wanted, "speed of %s", what);
}

struct commands {
	const char *ours, *theirs;
};

static double processor_seconds(const char *command)
{
	struct rusage before, after;

	getrusage(RUSAGE_CHILDREN, &before);
	run_command(command);
	getrusage(RUSAGE_CHILDREN, &after);
	timeradd(&after.ru_utime, &after.ru_stime, &after.ru_utime);
	timeradd(&before.ru_utime, &before.ru_stime, &before.ru_utime);
	timersub(&after.ru_utime, &before.ru_utime, &after.ru_utime);
	return (double)after.ru_utime.tv_sec + (double)after.ru_utime.tv_usec / 1e6;
}

static double processor_ratio(const void *data, bool turn)
{
	const struct commands *commands = data;
	double ours = turn ? processor_seconds(commands->ours) : 0,
	       theirs = processor_seconds(commands->theirs);

	return (turn ? ours : processor_seconds(commands->ours)) / theirs;
}

static void fill(const char *path, off_t size)
{
	_cleanup_close_ int from = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int to = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	for (off_t done = 0; done < size;) {
		static char bytes[MIB];
		ssize_t n = read(from, bytes, sizeof(bytes));

		if (n <= 0 || write(to, bytes, (size_t)n) != n)
			give_up("%s", path);
		done += n;
	}
}

/* All in memory that is there already: a page that is new to tmpfs costs more than to copy it. */
static void set_up(void)
{
	if (mount("tmpfs", SANDBOX_WORK, NULL, MS_REMOUNT | MS_NOSUID, "size=2g") < 0)
		give_up(SANDBOX_WORK);
	setenv("P", pathf("%s/progs", getenv("PSHM_BUILD")), 1);
	setenv("B", getenv("PSHM_BUILD"), 1);
	fill(IN, BYTES);
	fill(OUT, BYTES);
	fill(SMALL, SMALL_BYTES);
}

void bench_transfer(void)
{
	struct measure measure;

	set_up();
	faster(run_command, ours_1k, plain_1k, 40,
	       "the pair, blocks of 1 KiB: the course's protocol by the book");
	faster(run_command, ours_to_plain, plain_1k, 1,
	       "our writer with a reader by the book, 1 KiB: both by the book");
	faster(run_command, plain_to_ours, plain_1k, 1,
	       "a writer by the book with our reader, 1 KiB: both by the book");
	faster(run_on_one, ours_1k, plain_1k, 1.2, "the pair on one processor, 1 KiB: by the book");
	faster(run_command, ours_1k_long, cats, 1.2, "the pair, blocks of 1 KiB: `cat | cat`");
	faster(run_command, ours_64k, cats, 2, "the pair, blocks of 64 KiB: `cat | cat`");
	faster(run_command, ours_blocks, cats, 2.7, "the pair, 4 blocks of 256 KiB: `cat | cat`");
	faster(run_command, ours_blocks, tuned_pipe, 1.6,
	       "the pair, 4 blocks: a pipe of 1 MiB, 256 KiB a read");
	faster(run_command, ours_blocks, copy, 1.2,
	       "the pair, 4 blocks: one process, 256 KiB a read");
	faster(run_command, ours_blocks, one_cat, 1, "the pair, 4 blocks: `cat <in >out`");
	faster(run_command, ours_blocks_null, cats_null, 3.5,
	       "the pair, 4 blocks, to /dev/null: `cat | cat`");
	measure = measure_runs(processor_ratio, &(struct commands){ours_blocks, cats});
	row_add(&measure, "", AT_MOST, 0.5, "processor time of the pair, 4 blocks: `cat | cat`");
	measure = compare((struct work){run_command, ours_64k, 1},
			  (struct work){run_command, ours_64k_quiet, 1});
	row_add(&measure, "", AT_MOST, 1.01,
		"time of the pair, 64 KiB: the same when nobody looks whether the other side "
		"lives");
	faster(run_command, reading, ours_blocks, 0, "read(2) alone, 256 KiB: the pair, 4 blocks");
	faster(run_command, writing, ours_blocks, 0, "write(2) alone, 256 KiB: the pair, 4 blocks");
	faster(run_command, memory, ours_blocks, 0, "memcpy(3) alone: the pair, 4 blocks");
	unlink(IN);
	unlink(OUT);
	unlink(SMALL);
}
