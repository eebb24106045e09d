/* SPDX-License-Identifier: MIT */
/* The file `access`: what it says to root and to others, and that it is so. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/callers.h"
#include "tests/point.h"
#include "tests/support.h"
#include "tests/tables.h"

/* An ordinary user that every system has a name for, as fusermount3 wants it: nobody. */
#define NOBODY 65534u
#define OTHER 12345u

#define HEAD "QUESTION\tANSWER\tWHY\n"

static bool run_covered;

/* A /run without systemd-logind, whatever the machine has. */
static void cover_run(void)
{
	assert_int_equal(mount("tmpfs", "/run", "tmpfs", MS_NOSUID, "mode=0755"), 0);
	run_covered = true;
}

static int teardown(void **state)
{
	int r = point_teardown(state);

	if (run_covered && umount2("/run", MNT_DETACH) < 0)
		r = -1;
	run_covered = false;
	return r;
}

static int setup(void **state)
{
	int r = point_setup(state);

	if (r == 0)
		cover_run();
	return r;
}

#define COVERED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static void start_logind(void)
{
	assert_int_equal(mkdir("/run/systemd", 0755), 0);
	assert_int_equal(mkdir("/run/systemd/seats", 0755), 0);
}

static void put(const char *name, uid_t owner, mode_t mode)
{
	make_object(name, "x", 1);
	assert_int_equal(chown(shm_path(name), owner, owner), 0);
	assert_int_equal(chmod(shm_path(name), mode), 0);
}

/* The mountpoint and /dev/fuse are nobody's to use. False where there is no other user. */
static bool give_to_nobody(void)
{
	if (!sandbox_has_user(NOBODY))
		return false;
	assert_int_equal(mknod(SANDBOX_WORK "/fuse", S_IFCHR | 0666, makedev(10, 229)), 0);
	assert_int_equal(chmod(SANDBOX_WORK "/fuse", 0666), 0);
	assert_int_equal(mount(SANDBOX_WORK "/fuse", "/dev/fuse", NULL, MS_BIND, NULL), 0);
	assert_int_equal(chown(POINT, NOBODY, NOBODY), 0);
	return true;
}

/* What a shell of nobody's prints; $0 is pshmfs, $1 the mount point. */
static void nobody_says(const char *command, int status, const char *out)
{
	const struct child_setup nobody = {
		.out = STREAM_MEMORY, .err = STREAM_MEMORY, .user = NOBODY};
	struct result result;

	run_argv(&result, (const char *const[]){"sh", "-c", command, pshmfs_path(), POINT, NULL},
		 &nobody);
	if (result.status != status || strcmp(result.out, out) != 0)
		fail_msg("%s: %d, \"%s\", \"%s\"", command, result.status, result.out, result.err);
	result_deinit(&result);
}

/* E43: a semaphore that was meant for all, and whose mode the umask has cut. */
static void test_umask(void **state)
{
	(void)state;
	if (!give_to_nobody())
		return;
	put("sem.um", 0, 0644);
	nobody_says("\"$0\" \"$1\" && cat \"$1/sem.um/access\"", 0,
		    HEAD "reader\t65534:65534\t-\n"
			 "read-only\tyes\tothers: r--\n"
			 "read-write\tEACCES\tothers: r--; owner 0: rw-; umask at creation?\n"
			 "create\tEACCES\tothers: r--; owner 0: rw-; umask at creation?\n"
			 "unlink\tEPERM\tsticky SOURCE: only for owner 0, SOURCE's owner 0, or "
			 "CAP_FOWNER\n"
			 "logind\tno\tno systemd-logind here\n");
	nobody_says("exec 3< /dev/shm/sem.um", 0, "");
	nobody_says("(exec 3<> /dev/shm/sem.um); rm -f /dev/shm/sem.um || ls /dev/shm", 0,
		    "count\nsem.um\n");
	assert_int_equal(chmod(shm_path("sem.um"), 0666), 0);
	nobody_says("grep read-write \"$1/sem.um/access\"", 0, "read-write\tyes\tothers: rw-\n");
	nobody_says("exec 3<> /dev/shm/sem.um && fusermount3 -u \"$1\"", 0, "");
	point_await_end();
}

/* E46: what another user has left behind blocks a program. */
static void test_left_behind(void **state)
{
	(void)state;
	if (!give_to_nobody())
		return;
	put("fastrtps_port7411", OTHER, 0600);
	nobody_says("\"$0\" \"$1\" && cut -f 1,2 \"$1/fastrtps_port7411/access\"", 0,
		    "QUESTION\tANSWER\nreader\t65534:65534\nread-only\tEACCES\nread-write\tEACCES\n"
		    "create\tEACCES\nunlink\tEPERM\nlogind\tno\n");
	nobody_says("sed -n '/^read-only/p' \"$1/fastrtps_port7411/access\"", 0,
		    "read-only\tEACCES\tothers: ---; owner 12345: rw-; umask at creation?\n");
	nobody_says("sed -n '/^unlink/p' \"$1/fastrtps_port7411/access\"", 0,
		    "unlink\tEPERM\tsticky SOURCE: only for owner 12345, SOURCE's owner 0, or "
		    "CAP_FOWNER\n");
	nobody_says("rm -f /dev/shm/fastrtps_port7411", 1, "");
	nobody_says("fusermount3 -u \"$1\"", 0, "");
	point_await_end();
}

/* The line of `question` in MNT/NAME/access; the caller frees it. */
static char *line_of(const char *path, const char *question)
{
	_cleanup_free_ char *text = NULL;
	char *line;

	assert_int_equal(read_file(path, &text, NULL), 0);
	line = strstr(text, pathf("\n%s\t", question));
	if (!line)
		fail_msg("no %s in \"%s\"", question, text);
	return strndup(line + 1, strcspn(line + 1, "\n"));
}

static void line_is(const char *path, const char *question, const char *wanted)
{
	_cleanup_free_ char *line = line_of(path, question);

	assert_string_equal(line, wanted);
}

/* E44: even root is refused, by O_CREAT alone, where the machine protects sticky folders. */
static void test_sticky(void **state)
{
	const uid_t owner = sandbox_has_user(OTHER) ? OTHER : 0;
	_cleanup_free_ char *setting = NULL, *line = NULL;
	struct mount mount;
	int error;

	(void)state;
	put("zm.mmap.1", owner, 0644);
	mount_start(&mount, NULL, NULL);
	line_is(mount_path(&mount, "zm.mmap.1/access"), "read-write",
		owner ? "read-write\tyes\tothers: r--; CAP_DAC_OVERRIDE"
		      : "read-write\tyes\towner: rw-");
	line_is(mount_path(&mount, "zm.mmap.1/access"), "reader",
		"reader\t0:0\tCAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER");
	error = errno_of_open(shm_path("zm.mmap.1"), O_RDWR | O_CREAT);
	assert_int_equal(read_file("/proc/sys/fs/protected_regular", &setting, NULL), 0);
	assert_int_equal(error, owner && atoi(setting) ? EACCES : 0);
	line = line_of(mount_path(&mount, "zm.mmap.1/access"), "create");
	assert_ptr_equal(
		strstr(line, error ? "create\tEACCES\tfs.protected_regular is " : "create\tyes\t"),
		line);
	mount_stop(&mount);
}

/* What logind says of this owner's objects where the sandbox is the machine itself. */
static const char *logind_line(uid_t owner)
{
	if (!sandbox_has_user(OTHER))
		return "logind\tunknown\tin a user namespace: logind knows the owner by another "
		       "number";
	if (owner < 1000)
		return pathf("logind\tno\towner %u is a system user (0 to 999)", owner);
	return pathf(
		"logind\tmay\twhen the last session of owner %u ends, even while it is in use; "
		"not with RemoveIPC=no in logind.conf, nor while the user lingers",
		owner);
}

/* E29: at the end of a user's last session what is his goes, in use or not; the rest stays. */
static void test_logout(void **state)
{
	const uid_t owner = sandbox_has_user(OTHER) ? OTHER : 0;
	struct mount mount;
	struct actor actor;
	const char *unlinked;

	(void)state;
	start_logind();
	actor_start(&actor, "seqnum", "/seg.running", "41");
	assert_int_equal(chown(shm_path("seg.running"), owner, owner), 0);
	put("seg.operational", 0, 0644);
	mount_start(&mount, NULL, NULL);
	line_is(mount_path(&mount, "seg.running/access"), "logind", logind_line(owner));
	line_is(mount_path(&mount, "seg.operational/access"), "logind", logind_line(0));
	unlinked = mount_path(&mount, ".pshmfs/unlinked/%lu/access",
			      (unsigned long)shm_ino("seg.running"));
	assert_int_equal(unlink(shm_path("seg.running")), 0);
	line_is(unlinked, "read-only", "read-only\tENOENT\tit has no name to open");
	line_is(unlinked, "create",
		"create\tENOENT\tit has no name to open; O_CREAT makes another");
	line_is(unlinked, "unlink", "unlink\tENOENT\tit has no name to remove");
	line_is(unlinked, "logind", "logind\tno\tit has no name to remove");
	actor_stop(&actor);
	mount_stop(&mount);
}

/* Another folder is none of logind's business; one that is mounted read-only is not written. */
static void test_other_source(void **state)
{
	struct mount mirror;
	const char *access;

	(void)state;
	start_logind();
	put("a", 0, 0644);
	assert_int_equal(mkdir(SANDBOX_WORK "/source", 0755), 0);
	assert_int_equal(mount("/dev/shm", SANDBOX_WORK "/source", NULL, MS_BIND, NULL), 0);
	assert_int_equal(mount(NULL, SANDBOX_WORK "/source", NULL,
			       MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID, NULL),
			 0);
	mount_start(&mirror, SANDBOX_WORK "/source", NULL);
	access = mount_path(&mirror, "a/access");
	line_is(access, "read-only", "read-only\tyes\towner: rw-");
	line_is(access, "read-write", "read-write\tEROFS\tSOURCE is mounted read-only");
	line_is(access, "unlink", "unlink\tEROFS\tSOURCE is mounted read-only");
	line_is(access, "logind", logind_line(0));
	mount_stop(&mirror);
	assert_int_equal(umount2(SANDBOX_WORK "/source", 0), 0);
	make_object("a", "x", 1);
	assert_int_equal(rename(shm_path("a"), shm_path("b")), 0);
	assert_int_equal(mkdir(shm_path("folder"), 0755), 0);
	assert_int_equal(rename(shm_path("b"), shm_path("folder/b")), 0);
	mount_start(&mirror, shm_path("folder"), NULL);
	line_is(mount_path(&mirror, "b/access"), "logind",
		"logind\tno\tSOURCE is not this machine's /dev/shm");
	mount_stop(&mirror);
}

/* A shell's < opens to read, its <> to write, too, and with O_CREAT. */
#define DIRECT                                                                                     \
	"cd /dev/shm; for o in *; do for way in '<' '<>'; do "                                     \
	"if (eval \"exec 3$way $o\") 2>/dev/null; then echo $o yes; else echo $o EACCES; fi; "     \
	"done; done"
#define TOLD                                                                                       \
	"cd $1; for o in *; do grep -E '^(read-only|create)' $o/access | cut -f 2 | "              \
	"sed \"s/^/$o /\"; done"

/* With allow_other each is told what he may himself, whatever the mount's own user may. */
static void test_others(void **state)
{
	static const char *const callers[] = {
		CALLER_USER("12001"),
		CALLER_USER("12002"),
		CALLER_USER("12003"),
		"--reuid=12002 --regid=13001 --clear-groups",
		"--reuid=12002 --regid=12002 --groups=7,13002,13001",
		("--reuid=12002 --regid=12002 --clear-groups --inh-caps=+dac_read_search "
		 "--ambient-caps=+dac_read_search"),
		"--inh-caps=-all --bounding-set=-all",
		CALLER_ROOT,
	};
	struct mount mirror;

	(void)state;
	if (!sandbox_has_user(CALLER_OWNER))
		return;
	callers_make_objects();
	mount_start(&mirror, NULL, "allow_other");
	for (size_t i = 0; i < sizeof(callers) / sizeof(callers[0]); i++) {
		_cleanup_free_ char *direct = caller_says(mirror.path, callers[i], DIRECT);

		caller_is_told(mirror.path, callers[i], TOLD, direct);
	}
	caller_is_told(mirror.path, callers[4], "grep ^reader $1/private/access",
		       "reader\t12002:12002\t-\n");
	caller_is_told(mirror.path, callers[6], "grep ^reader $1/private/access",
		       "reader\t0:0\t-\n");
	mount_stop(&mirror);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		COVERED(test_umask),  COVERED(test_left_behind),  COVERED(test_sticky),
		COVERED(test_logout), COVERED(test_other_source), COVERED(test_others),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
