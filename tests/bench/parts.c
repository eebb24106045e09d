/* SPDX-License-Identifier: MIT */
/* The figures of issue 4: a field, listings, searching, memory. */
#include "tests/bench/bench.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

#define MANY 10000
#define ROUNDS 10

void read_once(const void *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char bytes[4096];

	if (fd < 0 || read(fd, bytes, sizeof(bytes)) < 0)
		give_up("%s", (const char *)path);
}

/* The path is kept by the caller. */
static struct work reading(const char *path)
{
	return (struct work){read_once, path, 100};
}

void bench_field(void)
{
	struct mirror *mirror = mirror_create(1, NULL);
	struct bare *bare = bare_create(mirror, 1);
	_cleanup_free_ char *field = strdup(pathf("%s/psm_00000/seqnum", mirror_path(mirror)));
	_cleanup_free_ char *hello = strdup(pathf("%s/psm_00000/seqnum", bare_path(bare)));
	_cleanup_free_ char *object = strdup(pathf("%s/psm_00000", mirror_source(mirror)));
	struct measure measure = compare(reading(field), reading(hello));

	row_add(&measure, "", AT_MOST, 1.3, "open, read, close of a field: bare FUSE file");
	measure = compare(reading(field), reading(object));
	row_add(&measure, "", TARGET_NONE, 0, "open, read, close of a field: tmpfs file");
	measure = compare(reading(hello), reading(object));
	row_add(&measure, "", TARGET_NONE, 0,
		"(open, read, close of the bare FUSE file: tmpfs file)");
	bare_destroy(bare);
	mirror_destroy(mirror);
}

struct ls {
	const char *argv[4];
};

static struct work listing(struct ls *ls, const char *option, const char *folder)
{
	*ls = (struct ls){{"ls", option, folder, NULL}};
	return (struct work){run_program, ls->argv, 1};
}

static void compare_ls(const char *option, const struct mirror *mirror, unsigned count)
{
	struct ls ours, theirs;
	struct measure measure = compare(listing(&ours, option, mirror_path(mirror)),
					 listing(&theirs, option, mirror_source(mirror)));
	bool wanted = option[1] == 'l' && count == MANY;

	row_add(&measure, "", wanted ? AT_MOST : TARGET_NONE, 3,
		"`ls%s` of %u objects: tmpfs folder", option[1] == 'l' ? " -l" : "", count);
}

struct linearity {
	struct work nothing, thousand, many;
};

/* How many times as long an object takes, without what the program itself does. */
static double excess(const void *data, bool turn)
{
	const struct linearity *l = data;
	double nothing = 0, thousand = 0, many = 0;

	do {
		nothing += seconds_of(l->nothing);
		if (turn)
			many += seconds_of(l->many);
		thousand += seconds_of(l->thousand);
		if (!turn)
			many += seconds_of(l->many);
		turn = !turn;
	} while (many < RUN_SECONDS);
	return (many - nothing) / (thousand - nothing) * 1000 / MANY;
}

static void add_linearity(const char *thousand, const char *many, bool ours)
{
	struct ls ls[3];
	struct linearity l = {
		listing(&ls[0], "-l", SANDBOX_WORK "/nothing"),
		listing(&ls[1], "-l", thousand),
		listing(&ls[2], "-l", many),
	};
	struct measure measure = measure_runs(excess, &l);

	row_add(&measure, "", ours ? AT_MOST : TARGET_NONE, 1.25,
		ours ? "`ls -l`, each of 10,000 objects: each of 1,000"
		     : "(the same on the tmpfs itself)");
}

void bench_ls(void)
{
	static const unsigned counts[] = {100, 1000, MANY};
	struct mirror *mirrors[3];

	if (mkdir(SANDBOX_WORK "/nothing", 0755) < 0)
		give_up(SANDBOX_WORK "/nothing");
	for (size_t i = 0; i < 3; i++)
		mirrors[i] = mirror_create(counts[i], NULL);
	for (size_t i = 0; i < 3; i++)
		compare_ls("-C", mirrors[i], counts[i]);
	for (size_t i = 0; i < 3; i++)
		compare_ls("-l", mirrors[i], counts[i]);
	add_linearity(mirror_path(mirrors[1]), mirror_path(mirrors[2]), true);
	add_linearity(mirror_source(mirrors[1]), mirror_source(mirrors[2]), false);
	for (size_t i = 0; i < 3; i++)
		mirror_destroy(mirrors[i]);
	rmdir(SANDBOX_WORK "/nothing");
}

/* What is looked for is nowhere: else grep, whose output is /dev/null, would end at the first. */
#define GREP(path, ...)                                                                            \
	{                                                                                          \
		"grep", "-r", ##__VA_ARGS__, "no such text", (path), NULL                          \
	}

/* The files for which processes are looked at are left out. */
#define WITHOUT_PROCESSES                                                                          \
	"--exclude=holders", "--exclude=waiters", "--exclude=*_waiters", "--exclude=json"

void bench_grep(void)
{
	struct mirror *mirror = mirror_create(MANY, NULL);
	struct bare *bare = bare_create(mirror, MANY);
	const char *const ours[] = GREP(mirror_path(mirror), WITHOUT_PROCESSES);
	const char *const theirs[] = GREP(bare_path(bare), WITHOUT_PROCESSES);
	const char *const all[] = GREP(mirror_path(mirror));
	struct measure measure =
		compare((struct work){run_program, ours, 1}, (struct work){run_program, theirs, 1});

	row_add(&measure, "", AT_MOST, 1.2,
		"`grep -r` of 10,000 objects, without what is told of processes: a bare FUSE tree "
		"with the same files");
	measure = compare((struct work){run_program, all, 1}, (struct work){run_program, ours, 1});
	row_add(&measure, "", AT_MOST, 2, "`grep -r` of 10,000 objects, all of it: without that");
	bare_destroy(bare);
	mirror_destroy(mirror);
}

/* One field of each object, and all names and attributes. */
static void look_at_all(const struct mirror *mirror)
{
	const char *const ls[] = {"ls", "-lR", mirror_path(mirror), NULL};

	run_program(ls);
	for (unsigned i = 0; i < MANY; i++)
		read_once(pathf("%s/psm_%05u/fields", mirror_path(mirror), i));
}

void bench_memory(void)
{
	struct mirror *mirror = mirror_create(MANY, NULL);
	const char *const grep[] = {"grep", "-r", "no such text", mirror_path(mirror), NULL};
	double start = mirror_memory(mirror), looked, last, samples[ROUNDS];
	struct measure measure;

	run_program(grep);
	look_at_all(mirror);
	looked = mirror_memory(mirror);
	for (unsigned round = 0; round < ROUNDS; round++) {
		look_at_all(mirror);
		samples[round] = mirror_memory(mirror) / looked;
	}
	last = samples[ROUNDS - 1];
	measure = (struct measure){.median = looked, .runs = 1};
	row_add(&measure, " MB", AT_MOST, 10,
		"resident memory when all of 10,000 objects was read (at the start: %.1f MB)",
		start);
	measure = measure_of(samples, ROUNDS);
	measure.median = last;
	row_add(&measure, "", AT_MOST, 1.05, "the same after %d more rounds: after the first",
		ROUNDS);
	mirror_destroy(mirror);
}
