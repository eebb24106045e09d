/* SPDX-License-Identifier: MIT */
/* pshmfs: from the command line to a served mount, and to its end. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "core/cleanup.h"
#include "core/poster.h"
#include "core/standard_fds.h"
#include "fusefs/finder.h"
#include "fusefs/heap.h"
#include "fusefs/mountpoint.h"
#include "fusefs/ops.h"
#include "fusefs/options.h"
#include "fusefs/ours.h"
#include "fusefs/privileges.h"
#include "fusefs/resources.h"
#include "fusefs/scanner.h"
#include "fusefs/session_io.h"
#include "fusefs/source.h"
#include "fusefs/unmounter.h"

/* The mount, while it is being set up. */
struct program {
	struct settings settings;
	struct mounted mounted;
	char *source_path, *mountpoint;
	struct fuse_session *session;
	struct unmounter *unmounter;
	struct ours ours;
	struct privileges privileges;
};

__attribute__((format(printf, 1, 2))) static int fail(const char *format, ...)
{
	va_list args;

	fputs("pshmfs: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_FAILURE;
}

static void log_fuse(enum fuse_log_level level, const char *format, va_list args)
{
	if (level > FUSE_LOG_WARNING)
		return;
	fputs("pshmfs: ", stderr);
	vfprintf(stderr, format, args);
}

static void announce(const struct program *program)
{
	if (isatty(STDOUT_FILENO))
		printf("pshmfs: %s is mounted on %s; look: ls -l %s; undo: %s %s\n",
		       program->settings.source, program->mountpoint, program->mountpoint,
		       mountpoint_undo(), program->mountpoint);
	fflush(stdout);
}

static void ready_foreground(struct mounted *mounted)
{
	announce((struct program *)((char *)mounted - offsetof(struct program, mounted)));
}

/* From here on nobody reads what we say; the parent speaks, and ends. */
static void ready_background(struct mounted *mounted)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd <= 2; fd++)
		dup2(null, fd);
	if (write(mounted->ready_fd, "", 1) < 0)
		return;
	close(mounted->ready_fd);
	mounted->ready_fd = -1;
}

/*
 * The parent waits until the mount works, so that `pshmfs DIR && ls DIR` does what it says. It must
 * not take down what the child serves: as libfuse's own daemons do, it ends on the spot.
 */
static int wait_ready(const struct program *program, int fd)
{
	char byte;
	ssize_t n;

	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		return EXIT_FAILURE;
	announce(program);
	_exit(EXIT_SUCCESS);
}

/* 0: go on as the child. Else the parent's exit status, plus one. */
static int go_to_background(struct program *program)
{
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return 1 + fail("pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		return 1 + fail("fork: %s", strerror(errno));
	if (pid > 0) {
		close(fds[1]);
		return 1 + wait_ready(program, fds[0]);
	}
	close(fds[0]);
	setsid();
	if (chdir("/") < 0)
		return 1 + fail("/: %s", strerror(errno));
	program->mounted.ready_fd = fds[1];
	program->mounted.ready = ready_background;
	return 0;
}

/* Without it objects are what they say themselves. */
static void start_finder(struct mirror *mirror, uint64_t dev)
{
	const struct finder_setup setup = {
		.scanner = mirror->scanner,
		.rules = mirror->rules,
		.procfd = mirror->procfd,
		.dirfd = mirror->source,
		.dev = dev,
		.user = mirror->user,
	};

	if (mirror->scanner)
		finder_create(&setup, &mirror->finder);
}

/* Who looks at processes, ourselves left out. Its threads may not be forked away, nor kept.h's. */
static void start_scanner(struct mirror *mirror, const struct ours *ours, bool discover)
{
	struct verdict_question question = {
		.look = {.procfd = mirror->procfd,
			 .cgroupfd = mirror->cgroupfd,
			 .except = ours->pids,
			 .n_except = sizeof(ours->pids) / sizeof(ours->pids[0])},
		.dirfd = mirror->source,
		.rules = mirror->rules,
	};
	struct statx st;

	mirror->callers = ops_proc_is_ours(mirror->procfd);
	if (mirror->procfd < 0 ||
	    statx(mirror->source, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_MNT_ID, &st) < 0)
		return;
	snapshot_place(&question.look, &st);
	mirror->whole = st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
	/* Without it nobody looks at processes, and `about` says so. */
	scanner_create(&question, mirror->max_age, &mirror->scanner);
	if (discover)
		start_finder(mirror, question.look.dev);
}

/* Without the thread, one that is killed is a zombie as long as we live. */
static void watch_ours(struct program *program)
{
	const struct poster *poster = program->mounted.fs.mirror.poster;

	program->ours = (struct ours){.pids = {getpid(), poster ? poster_pid(poster) : 0,
					       unmounter_pid(program->unmounter)}};
	ours_watch(&program->ours);
}

/* While there is one thread; all that takes more has been done. */
static int drop_privileges(struct program *program)
{
	struct mirror *mirror = &program->mounted.fs.mirror;
	unsigned uses = PRIVILEGES_LOOK;
	int r;

	if (mirror->write)
		uses |= PRIVILEGES_WRITE;
	if (mirror->others)
		uses |= PRIVILEGES_OTHERS;
	if (program->settings.discover)
		uses |= PRIVILEGES_DISCOVER;
	if (passthrough_possible(mirror))
		uses |= PRIVILEGES_PASSTHROUGH;
	mirror->privileges = &program->privileges;
	r = privileges_drop(uses, &program->privileges);
	return r < 0 ? r : rights_init();
}

static int serve(struct program *program)
{
	struct filesystem *fs = &program->mounted.fs;
	struct fuse_loop_config *config;
	const struct settings *settings = &program->settings;
	struct layouts_reload *reload = NULL;
	bool ended;
	int r;

	r = drop_privileges(program);
	if (r < 0)
		return fail("privileges: %s", strerror(-r));
	config = fuse_loop_cfg_create();
	if (!config)
		return fail("%s", strerror(ENOMEM));
	fuse_loop_cfg_set_max_threads(config, 10);
	layouts_reload_block();
	/* Without it each request looks for its object itself. */
	if (!fs->mirror.strict)
		kept_create(&fs->kept);
	watch_ours(program);
	start_scanner(&fs->mirror, &program->ours, settings->discover);
	/* Without it SIGHUP does nothing. */
	layouts_reload_start(&settings->layouts_file, settings->rules, fs->mirror.viewers, &reload);
	r = fuse_session_loop_mt(program->session, config);
	fuse_loop_cfg_destroy(config);
	layouts_reload_stop(reload);
	ended = finder_destroy(fs->mirror.finder);
	ended = scanner_destroy(fs->mirror.scanner) && ended;
	if (!ended)
		fs->mirror.viewers = NULL; /* left to the thread that hangs */
	kept_destroy(fs->kept);
	/* Above 0 it is the number of the signal that ended it: that is how it is meant to end. */
	if (r >= 0 || r == -ECONNABORTED)
		return EXIT_SUCCESS;
	/* -1 is no errno: the first of libfuse's threads (fuse_session_loop_mt()). */
	return fail("%s: %s", program->mountpoint, r == -1 ? "no thread" : strerror(-r));
}

/*
 * Who changes objects needs a process for that (poster.h), forked while there is one thread. Of
 * what only writers meet, the signals are to do nothing: that of a lease which another opener
 * breaks (object_remove()), and that of the file size limit; the errors say it as well.
 */
static int serve_writing(struct program *program)
{
	struct mirror *mirror = &program->mounted.fs.mirror;
	int r = poster_start(&mirror->poster);

	if (r < 0)
		return fail("fork: %s", strerror(-r));
	signal(SIGIO, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	r = serve(program);
	poster_stop(mirror->poster);
	return r;
}

static int run_mounted(struct program *program)
{
	int r = 0;

	program->mounted.ready = ready_foreground;
	if (!program->settings.foreground)
		r = go_to_background(program);
	if (r)
		return r - 1;
	r = unmounter_start(program->mountpoint, &program->unmounter);
	if (r < 0)
		return fail("fork: %s", strerror(-r));
	heap_when_many(unmounter_forget_names, program->unmounter);
	return program->settings.write ? serve_writing(program) : serve(program);
}

static int run_session(struct program *program)
{
	int status;

	if (fuse_set_signal_handlers(program->session) != 0)
		return fail("signal handlers: %s", strerror(errno));
	if (fuse_session_mount(program->session, program->mountpoint) != 0)
		return fail("%s: the mount was refused (as an ordinary user it needs fusermount3, "
			    "from the package fuse3; in a container --cap-add SYS_ADMIN)",
			    program->mountpoint);
	session_set_io(program->session);
	program->mounted.session_fd = fuse_session_fd(program->session);
	status = run_mounted(program);
	heap_when_many(NULL, NULL);
	unmounter_stop(program->unmounter, program->mountpoint, program->mounted.session_fd);
	ours_stop(&program->ours);
	fuse_session_unmount(program->session);
	fuse_remove_signal_handlers(program->session);
	return status;
}

static int make_session(struct program *program)
{
	_cleanup_free_ char *options = NULL;
	char *argv[] = {"pshmfs", "-o", NULL, NULL};
	struct fuse_args args = FUSE_ARGS_INIT(3, argv);
	int status;

	if (asprintf(&options, "fsname=pshmfs,subtype=pshmfs%s,nosuid,nodev,noexec",
		     program->settings.kernel ? program->settings.kernel : "") < 0)
		return fail("%s", strerror(ENOMEM));
	argv[2] = options;
	program->session =
		fuse_session_new(&args, &filesystem_ops, sizeof(filesystem_ops), &program->mounted);
	fuse_opt_free_args(&args);
	if (!program->session)
		return fail("libfuse cannot start a session");
	status = run_session(program);
	fuse_session_destroy(program->session);
	return status;
}

/* Objects are opened by it; an empty folder would be a machine without processes. */
static bool is_proc(int fd)
{
	struct statfs st;

	return fd >= 0 && fstatfs(fd, &st) == 0 && st.f_type == PROC_SUPER_MAGIC;
}

static int mount_source(struct program *program, int source)
{
	const struct settings *settings = &program->settings;
	struct filesystem *fs = &program->mounted.fs;
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
	_cleanup_close_ int procfd = open("/proc", flags), cgroupfd = open("/sys/fs/cgroup", flags);
	struct complaint complaint;
	int status;

	if (!is_proc(procfd))
		return fail("/proc: not mounted: objects cannot be opened, nor processes be seen");
	if (mountpoint_resolve(settings->mountpoint, source, &program->mountpoint, &complaint) <
		    0 ||
	    mountpoint_check_device(&complaint) < 0)
		return fail("%s", complaint.text);
	program->source_path = source_find_path(settings->source, source);
	if (!program->source_path)
		return fail("%s", strerror(ENOMEM));
	fs->mirror = (struct mirror){
		.source = source,
		.source_path = program->source_path,
		.options = settings->given ? settings->given : "",
		.user = getuid(),
		.strict = settings->strict,
		.write = settings->write,
		.force = settings->force,
		.others = settings->others,
		.max_age = settings->max_age,
		.procfd = procfd,
		.cgroupfd = cgroupfd,
		.rules = settings->rules,
	};
	if (viewers_create(procfd, settings->discover, &fs->mirror.viewers) < 0 ||
	    inodes_create(&fs->inodes) < 0)
		return fail("%s", strerror(ENOMEM));
	status = make_session(program);
	inodes_destroy(fs->inodes);
	viewers_destroy(fs->mirror.viewers);
	return status;
}

int main(int argc, char **argv)
{
	struct program program = {.mounted = {.ready_fd = -1}};
	int status;

	standard_fds_open();
	if (rights_init() < 0)
		return fail("%s", strerror(ENOMEM));
	limit_heaps();
	limit_stacks();
	status = options_parse(argc, argv, &program.settings);
	fuse_set_log_func(log_fuse);
	if (status < 0) {
		_cleanup_close_ int source =
			open(program.settings.source, O_PATH | O_DIRECTORY | O_CLOEXEC);

		raise_descriptor_limit();
		status = source < 0 ? fail("%s: %s", program.settings.source, strerror(errno))
				    : mount_source(&program, source);
	}
	free(program.source_path);
	free(program.mountpoint);
	options_deinit(&program.settings);
	return status;
}
