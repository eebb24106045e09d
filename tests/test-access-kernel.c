/* SPDX-License-Identifier: MIT */
/* What is said of access is what the kernel does, for each reader, object and folder. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/access_facts.h"
#include "core/cleanup.h"
#include "tests/support.h"

#define FOLDER SANDBOX_WORK "/folder"
#define VIEW SANDBOX_WORK "/view"
#define NAME "object"

/* Users and groups; none of them needs a name. */
enum { OWNER = 4001, NAMED, KEEPER, STRANGER, GROUP = 5001, NAMED_GROUP, KEEPERS };

#define CAPABILITY(name) (UINT64_C(1) << (name))
#define EVERY UINT64_MAX

static const struct reader {
	const char *name;
	unsigned uid, gid;
	gid_t groups[3]; /* until 0 */
	uint64_t capabilities;
} readers[] = {
	{"owner", OWNER, OWNER, {0}, 0},
	{"owner, in the group", OWNER, GROUP, {0}, 0},
	{"group", STRANGER, GROUP, {0}, 0},
	{"supplementary group", STRANGER, STRANGER, {77, GROUP}, 0},
	{"another", STRANGER, STRANGER, {77}, 0},
	{"owner of the folder", KEEPER, KEEPER, {0}, 0},
	{"group of the folder", STRANGER, KEEPERS, {0}, 0},
	{"named user", NAMED, STRANGER, {0}, 0},
	{"named user, in both groups", NAMED, STRANGER, {GROUP, NAMED_GROUP}, 0},
	{"named group", STRANGER, NAMED_GROUP, {0}, 0},
	{"both groups", STRANGER, STRANGER, {GROUP, NAMED_GROUP}, 0},
	{"root", 0, 0, {0}, EVERY},
	{"root without capabilities", 0, 0, {0}, 0},
	{"root, in the group, without", 0, GROUP, {0}, 0},
	{"CAP_DAC_READ_SEARCH", STRANGER, STRANGER, {0}, CAPABILITY(CAP_DAC_READ_SEARCH)},
	{"CAP_DAC_OVERRIDE", STRANGER, STRANGER, {0}, CAPABILITY(CAP_DAC_OVERRIDE)},
	{"CAP_FOWNER", STRANGER, STRANGER, {0}, CAPABILITY(CAP_FOWNER)},
	{"CAP_FOWNER and CAP_DAC_OVERRIDE",
	 STRANGER,
	 STRANGER,
	 {0},
	 CAPABILITY(CAP_FOWNER) | CAPABILITY(CAP_DAC_OVERRIDE)},
};

struct entry {
	unsigned tag, perm, id;
};

/* An object or a folder, as it is made. */
struct made {
	const char *name;
	unsigned uid, gid, mode;
	struct entry acl[7]; /* until tag 0; the mode's group bits are then its mask */
	unsigned flags;      /* of chattr(1); where they cannot be set, nothing has them */
	bool bound;          /* seen by a mount that is read-only; */
	bool read_only;      /* all of the filesystem is */
};

static const struct made objects[] = {
	{"0600", OWNER, GROUP, 0600, {{0}}, 0, false, false},
	{"0644", OWNER, GROUP, 0644, {{0}}, 0, false, false},
	{"0640", OWNER, GROUP, 0640, {{0}}, 0, false, false},
	{"0664", OWNER, GROUP, 0664, {{0}}, 0, false, false},
	{"0666", OWNER, GROUP, 0666, {{0}}, 0, false, false},
	{"0066", OWNER, GROUP, 0066, {{0}}, 0, false, false},
	{"0606", OWNER, GROUP, 0606, {{0}}, 0, false, false},
	{"0024", OWNER, GROUP, 0024, {{0}}, 0, false, false},
	{"0000", OWNER, GROUP, 0000, {{0}}, 0, false, false},
	{"root's", 0, 0, 0644, {{0}}, 0, false, false},
	{"the folder owner's", KEEPER, GROUP, 0666, {{0}}, 0, false, false},
	{.name = "ACL, user",
	 .uid = OWNER,
	 .gid = GROUP,
	 .acl = {{ACL_USER_OBJ, 6, -1u},
		 {ACL_USER, 6, NAMED},
		 {ACL_GROUP_OBJ, 0, -1u},
		 {ACL_MASK, 6, -1u},
		 {ACL_OTHER, 0, -1u}}},
	{.name = "ACL, user cut by the mask",
	 .uid = OWNER,
	 .gid = GROUP,
	 .acl = {{ACL_USER_OBJ, 6, -1u},
		 {ACL_USER, 6, NAMED},
		 {ACL_GROUP_OBJ, 6, -1u},
		 {ACL_MASK, 4, -1u},
		 {ACL_OTHER, 6, -1u}}},
	{.name = "ACL, user with less than others",
	 .uid = OWNER,
	 .gid = GROUP,
	 .acl = {{ACL_USER_OBJ, 0, -1u},
		 {ACL_USER, 0, NAMED},
		 {ACL_GROUP_OBJ, 4, -1u},
		 {ACL_MASK, 6, -1u},
		 {ACL_OTHER, 6, -1u}}},
	{.name = "ACL, groups that have half each",
	 .uid = OWNER,
	 .gid = GROUP,
	 .acl = {{ACL_USER_OBJ, 6, -1u},
		 {ACL_GROUP_OBJ, 4, -1u},
		 {ACL_GROUP, 2, NAMED_GROUP},
		 {ACL_MASK, 6, -1u},
		 {ACL_OTHER, 0, -1u}}},
	{.name = "ACL, group",
	 .uid = OWNER,
	 .gid = GROUP,
	 .acl = {{ACL_USER_OBJ, 6, -1u},
		 {ACL_GROUP_OBJ, 4, -1u},
		 {ACL_GROUP, 6, NAMED_GROUP},
		 {ACL_MASK, 6, -1u},
		 {ACL_OTHER, 6, -1u}}},
	{.name = "ACL whose mask is empty",
	 .uid = OWNER,
	 .gid = GROUP,
	 .acl = {{ACL_USER_OBJ, 6, -1u},
		 {ACL_USER, 6, NAMED},
		 {ACL_GROUP_OBJ, 6, -1u},
		 {ACL_MASK, 0, -1u},
		 {ACL_OTHER, 4, -1u}}},
	{"immutable", OWNER, GROUP, 0644, {{0}}, FS_IMMUTABLE_FL, false, false},
	{"only to be appended to", OWNER, GROUP, 0664, {{0}}, FS_APPEND_FL, false, false},
};

static const struct made folders[] = {
	{"1777", 0, 0, 01777, {{0}}, 0, false, false},
	{"0777", 0, 0, 0777, {{0}}, 0, false, false},
	{"1777 of another", KEEPER, KEEPERS, 01777, {{0}}, 0, false, false},
	{"1775 of a group", KEEPER, KEEPERS, 01775, {{0}}, 0, false, false},
	{"0755", KEEPER, KEEPERS, 0755, {{0}}, 0, false, false},
	{"0700", KEEPER, KEEPERS, 0700, {{0}}, 0, false, false},
	{"0766", KEEPER, KEEPERS, 0766, {{0}}, 0, false, false},
	{"1733", KEEPER, KEEPERS, 01733, {{0}}, 0, false, false},
	{.name = "ACL",
	 .uid = KEEPER,
	 .gid = KEEPERS,
	 .acl = {{ACL_USER_OBJ, 7, -1u},
		 {ACL_USER, 7, NAMED},
		 {ACL_GROUP_OBJ, 5, -1u},
		 {ACL_GROUP, 1, GROUP},
		 {ACL_MASK, 7, -1u},
		 {ACL_OTHER, 0, -1u}}},
	{"immutable", KEEPER, KEEPERS, 0777, {{0}}, FS_IMMUTABLE_FL, false, false},
	{"only to be appended to", KEEPER, KEEPERS, 0755, {{0}}, FS_APPEND_FL, false, false},
	{"mounted read-only", 0, 0, 01777, {{0}}, 0, true, false},
	{"mounted read-only, 0700", KEEPER, KEEPERS, 0700, {{0}}, 0, true, false},
	{"read-only filesystem", 0, 0, 01777, {{0}}, 0, false, true},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void set_acl(int fd, const struct entry *entries)
{
	struct posix_acl_xattr_header header = {htole32(POSIX_ACL_XATTR_VERSION)};
	struct posix_acl_xattr_entry raw;
	char bytes[sizeof(header) + 7 * sizeof(raw)];
	size_t size = sizeof(header);

	memcpy(bytes, &header, sizeof(header));
	for (; entries->tag; entries++, size += sizeof(raw)) {
		raw = (struct posix_acl_xattr_entry){htole16((uint16_t)entries->tag),
						     htole16((uint16_t)entries->perm),
						     htole32(entries->id)};
		memcpy(bytes + size, &raw, sizeof(raw));
	}
	assert_int_equal(fsetxattr(fd, "system.posix_acl_access", bytes, size, 0), 0);
}

/* The kernel may not have them on tmpfs, nor a user namespace the right: then without. */
static void set_flags(int fd, unsigned flags)
{
	unsigned now = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &now) == 0) {
		now = (now & ~(unsigned)(FS_IMMUTABLE_FL | FS_APPEND_FL)) | flags;
		ioctl(fd, FS_IOC_SETFLAGS, &now);
	}
}

static void dress(const char *path, const struct made *made)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fchown(fd, made->uid, made->gid), 0);
	assert_int_equal(fchmod(fd, made->mode), 0);
	if (made->acl[0].tag)
		set_acl(fd, made->acl);
	set_flags(fd, made->flags);
}

static void undress(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		set_flags(fd, 0);
}

/* The object in the folder, anew, and seen as the folder says; where it is seen. */
static const char *make(const struct made *folder, const struct made *object)
{
	_cleanup_close_ int fd = -1;

	assert_int_equal(mount("tmpfs", FOLDER, "tmpfs", MS_NOSUID, NULL), 0);
	fd = open(FOLDER "/" NAME, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(take_fd(&fd));
	dress(FOLDER "/" NAME, object);
	dress(FOLDER, folder);
	if (folder->read_only)
		assert_int_equal(mount(NULL, FOLDER, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	if (!folder->bound)
		return FOLDER;
	assert_int_equal(mount(FOLDER, VIEW, NULL, MS_BIND, NULL), 0);
	assert_int_equal(
		mount(NULL, VIEW, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID, NULL), 0);
	return VIEW;
}

static void unmake(void)
{
	undress(FOLDER);
	undress(FOLDER "/" NAME);
	umount2(VIEW, 0);
	assert_int_equal(umount2(FOLDER, 0), 0);
}

static bool become(const struct reader *reader)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];
	size_t n = 0;

	while (n < COUNT(reader->groups) && reader->groups[n])
		n++;
	if (syscall(SYS_capget, &header, data) < 0 || prctl(PR_SET_KEEPCAPS, 1) < 0)
		return false;
	for (unsigned i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(reader->capabilities >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	/* In a user namespace of an ordinary user there are no groups to be set. */
	if (sandbox_has_user(reader->uid ? reader->uid : OWNER) && setgroups(n, reader->groups) < 0)
		return false;
	return setresgid(reader->gid, reader->gid, reader->gid) == 0 &&
	       setresuid(reader->uid, reader->uid, reader->uid) == 0 &&
	       syscall(SYS_capset, &header, data) == 0;
}

static const struct question {
	const char *word;
	int flags; /* of open(2); -1: unlink(2) */
} questions[] = {
	{"read-only", O_RDONLY},
	{"read-write", O_RDWR},
	{"create", O_RDWR | O_CREAT},
	{"unlink", -1},
};

/* What the kernel answers, in the words of the table. */
static const char *really(int folder, const struct question *question)
{
	int fd;

	if (question->flags == -1)
		return unlinkat(folder, NAME, 0) < 0 ? strerrorname_np(errno) : "yes";
	fd = openat(folder, NAME, question->flags | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return strerrorname_np(errno);
	close(fd);
	return "yes";
}

/* In a child: how many answers differ. */
static int compare(int folder, struct access_facts *facts, const struct reader *reader)
{
	_cleanup_close_ int procfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct credentials own;
	struct access_answer said;
	int wrong = 0;

	if (!become(reader) || credentials_of_thread(procfd, 0, &own) < 0)
		return 99;
	facts->reader = &own;
	for (size_t i = 0; i < COUNT(questions); i++) {
		const char *real;

		access_ask(facts, questions[i].word, &said);
		real = really(folder, &questions[i]);
		if (strcmp(said.answer, real) == 0 && *said.why)
			continue;
		wrong++;
		fprintf(stderr, "%s, %s: %s (%s), but it is %s\n", reader->name, questions[i].word,
			said.answer, said.why, real);
	}
	credentials_deinit(&own);
	return wrong;
}

static bool try(const struct made *folder, const struct made *object, const struct reader *reader)
{
	_cleanup_close_ int procfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int source = open(make(folder, object), O_PATH | O_CLOEXEC);
	struct access_facts facts;
	struct object opened;
	int status;
	pid_t pid;

	assert_int_equal(object_open(source, NAME, &opened), 0);
	assert_int_equal(access_facts_take(procfd, source, NAME, &opened, &facts), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(compare(source, &facts, reader));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	access_facts_deinit(&facts);
	object_close(&opened);
	close(take_fd(&source));
	unmake();
	if (status)
		fprintf(stderr, "… in folder %s, object %s\n", folder->name, object->name);
	return status == 0;
}

/* Where there is no other user, only what is root's. */
static bool possible(const struct made *made)
{
	return !made->uid && !made->gid && !made->acl[0].tag;
}

/* All objects in the first two folders, in each other one half of them. */
static bool wanted(size_t f, size_t o, const struct reader *reader)
{
	if (f > 1 && (f + o) % 2)
		return false;
	if (sandbox_has_user(OWNER))
		return true;
	return possible(&folders[f]) && possible(&objects[o]) && !reader->uid && !reader->gid;
}

static void test_like_the_kernel(void **state)
{
	unsigned tried = 0, wrong = 0;

	(void)state;
	assert_int_equal(mkdir(FOLDER, 0755), 0);
	assert_int_equal(mkdir(VIEW, 0755), 0);
	for (size_t f = 0; f < COUNT(folders); f++)
		for (size_t o = 0; o < COUNT(objects); o++)
			for (size_t r = 0; r < COUNT(readers); r++) {
				if (!wanted(f, o, &readers[r]))
					continue;
				tried++;
				wrong += !try(&folders[f], &objects[o], &readers[r]);
			}
	print_message("%u cases\n", tried);
	assert_int_equal(wrong, 0);
	assert_true(tried >= (sandbox_has_user(OWNER) ? 2000u : 4u));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_like_the_kernel),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
