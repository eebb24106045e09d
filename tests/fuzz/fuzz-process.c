/* SPDX-License-Identifier: MIT */
/* Any text in each file of /proc that is read: a process of files, looked at as all are. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/diagnosis_dot.h"
#include "core/diagnosis_report.h"
#include "core/holders.h"
#include "core/process_shm.h"
#include "core/unlinked.h"
#include "core/verdict.h"
#include "core/verdict_json.h"
#include "tests/exercise.h"
#include "tests/files.h"
#include "tests/fuzz/fuzz.h"
#include "tests/sandbox.h"

#define PROC SANDBOX_WORK "/proc"
#define CGROUP SANDBOX_WORK "/cgroup"

/* What the input calls a file, in a line "@NAME" before its text; and where that is. */
static const struct {
	const char *name, *path;
} files[] = {
	{"stat", PROC "/77/stat"},
	{"status", PROC "/77/status"},
	{"maps", PROC "/77/maps"},
	{"mountinfo", PROC "/77/mountinfo"},
	{"cgroup", PROC "/77/cgroup"},
	{"auxv", PROC "/77/auxv"},
	{"fdinfo", PROC "/77/fdinfo/5"},
	{"mem", PROC "/77/mem"},
	{"pagemap", PROC "/77/pagemap"},
	{"thread", PROC "/77/task/78/stat"},
	{"own", PROC "/77/task/78/status"},
	{"wchan", PROC "/77/task/78/wchan"},
	{"syscall", PROC "/77/task/78/syscall"},
	{"runs", PROC "/77/task/78/schedstat"},
	{"sched", PROC "/77/task/78/sched"},
	{"children", PROC "/77/task/78/children"},
	{"clock", PROC "/thread-self/sched"},
	{"filesystems", PROC "/filesystems"},
	{"self", PROC "/self/mountinfo"},
	{"events", CGROUP "/a/cgroup.events"},
	{"freezer", CGROUP "/freezer/a/freezer.state"},
};

enum { N_FILES = sizeof(files) / sizeof(files[0]) };

/* What the link of a descriptor says; the object, should it be asked. */
#define LINK PROC "/77/fd/5"

static uint64_t device, object;
static int procfd, cgroupfd, entry, folder;

static void make_folders(const char *path)
{
	for (const char *slash = path + 1; (slash = strchr(slash, '/')); slash++)
		if (mkdir(pathf("%.*s", (int)(slash - path), path), 0755) < 0 && errno != EEXIST)
			abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct statx st;

	(void)argc;
	(void)argv;
	sandbox_enter();
	for (size_t i = 0; i < N_FILES; i++)
		make_folders(files[i].path);
	make_folders(LINK);
	make_object("x", "1", 1);
	procfd = open(PROC, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cgroupfd = open(CGROUP, O_PATH | O_DIRECTORY | O_CLOEXEC);
	entry = open(PROC "/77", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	folder = open("/dev/shm", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (procfd < 0 || cgroupfd < 0 || entry < 0 ||
	    statx(folder, "x", 0, STATX_BASIC_STATS, &st) < 0)
		abort();
	device = object_device(st.stx_dev_major, st.stx_dev_minor);
	object = st.stx_ino;
	return 0;
}

/* The numbers that only this machine knows: %D is our device, %I the object's inode. */
static void put_text(const char *text, size_t size, FILE *out)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '%' && i + 1 < size && text[i + 1] == 'D')
			fprintf(out, "%x:%x", (unsigned)(device >> 32), (unsigned)device);
		else if (text[i] == '%' && i + 1 < size && text[i + 1] == 'I')
			fprintf(out, "%lu", (unsigned long)object);
		else
			fputc(text[i], out);
		i += text[i] == '%' && i + 1 < size && strchr("DI", text[i + 1]);
	}
}

static void put_file(const char *path, const char *text, size_t size)
{
	FILE *out = fopen(path, "we");

	if (!out)
		abort();
	put_text(text, size, out);
	fclose(out);
}

static void put_link(const char *text, size_t size)
{
	_cleanup_free_ char *target = strndup(text, size);

	unlink(LINK);
	if (target && *target && symlink(target, LINK) < 0 && errno != ENAMETOOLONG)
		abort();
}

/* "NAME\n" and a text. */
static void put_section(const char *section, size_t size)
{
	const char *end = memchr(section, '\n', size);
	const size_t n = end ? (size_t)(end - section) : size;

	for (size_t i = 0; end && i < N_FILES; i++)
		if (strlen(files[i].name) == n && memcmp(files[i].name, section, n) == 0)
			put_file(files[i].path, end + 1, size - n - 1);
	if (end && n == 4 && memcmp(section, "link", 4) == 0)
		put_link(end + 1, size - n - 1);
}

static void put_all(struct input *input)
{
	for (size_t i = 0; i < N_FILES; i++)
		unlink(files[i].path);
	unlink(LINK);
	while (input->left > 0) {
		const uint8_t *end = memchr(input->at, '@', input->left);
		const size_t n = end ? (size_t)(end - input->at) : input->left;

		put_section((const char *)input->at, n);
		input->at += n + (end != NULL);
		input->left -= n + (end != NULL);
	}
}

static void print_tables(const struct snapshot *snapshot)
{
	const struct table table = {.snapshot = snapshot, .ino = object};
	struct json_object *values[3] = {0};
	struct words words;

	words_open(&words);
	if (holders_print(&table, words.out) < 0 || waiters_print(&table, words.out) < 0 ||
	    holders_json(&table, &values[0]) < 0 || waiters_json(&table, &values[1]) < 0 ||
	    unseen_json(snapshot, 0, &values[2]) < 0)
		abort();
	words_close(&words);
	for (size_t i = 0; i < 3; i++) {
		exercise_json(values[i]);
		json_object_put(values[i]);
	}
}

static void print_finding(const struct diagnosis *diagnosis, const struct finding *finding)
{
	_cleanup_json_ struct json_object *value = NULL;
	struct words words;

	words_open(&words);
	finding_print_name(finding, words.out);
	finding_print_target(finding, words.out);
	finding_advise(diagnosis, finding, words.out);
	words_close(&words);
	if (finding_json(diagnosis, finding, &value) < 0)
		abort();
	exercise_json(value);
}

static void print_verdicts(const struct verdicts *verdicts)
{
	_cleanup_json_ struct json_object *value = NULL;
	const struct object asked = {.fd = -1, .id.ino = object};
	struct report report;

	if (report_make(&verdicts->diagnosis, &report) < 0 ||
	    verdicts_dot(verdicts, fuzz_nowhere()) < 0 ||
	    verdict_json(verdicts, &asked, &value) < 0)
		abort();
	for (size_t i = 0; i < report.n; i++)
		print_finding(&verdicts->diagnosis, report.items[i]);
	exercise_json(value);
	report_deinit(&report);
}

static int ignore(uint64_t ino, void *data)
{
	(void)ino;
	(void)data;
	return 0;
}

static void look(unsigned flags)
{
	const struct verdict_question question = {
		.look = {.procfd = procfd,
			 .cgroupfd = cgroupfd,
			 .dev = device,
			 .ino = flags & 1 ? object : 0,
			 .flags = SNAPSHOT_FDS | SNAPSHOT_WAITERS | SNAPSHOT_THREADS |
				  (flags & 2 ? SNAPSHOT_FDS_TABLES : 0)},
		.dirfd = folder,
	};
	struct since_table *since;
	struct looks looks;

	if (since_table_new(&since) < 0)
		abort();
	for (int judged = 0; judged < 2; judged++) {
		if (looks_take(&question, since, judged, &looks) < 0)
			continue;
		print_tables(looks.snapshot);
		unlinked_list(procfd, folder, looks.snapshot, ignore, NULL);
		if (judged)
			print_verdicts(&looks.verdicts);
		looks_deinit(&looks);
	}
	since_table_free(since);
}

/* How it is looked at, and then the files. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = {bytes, size};
	const unsigned flags = (unsigned)input_number(&input, 1);
	struct shm_place place;

	put_all(&input);
	if (shm_place_read(entry, &place) == 0) {
		const int fd = shm_place_open(procfd, entry, &place);

		if (fd >= 0)
			close(fd);
	}
	look(flags);
	return 0;
}
