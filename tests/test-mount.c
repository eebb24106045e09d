/* SPDX-License-Identifier: MIT */
/* What the files of the mount say of live objects: values, layouts, health. */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

static void test_seqnum(void **state)
{
	struct actor actor;

	(void)state;
	mount_start(&mount, NULL, NULL);
	actor_start(&actor, "seqnum", "/count", "41");
	cat_equals(AT("count/seqnum"), "41\n");
	cat_equals(AT("count/sem_value"), "1\n");
	cat_equals(AT("count/sem_nwaiters"), "0\n");
	cat_equals(AT("count/sem_pshared"), "1\n");
	cat_equals(AT("count/fields"),
		   "sem_value\t1\nsem_nwaiters\t0\nsem_pshared\t1\nseqnum\t41\n");
	for (int n = 42; n < 60; n++) {
		actor_tell(&actor, "1");
		cat_equals(AT("count/seqnum"), pathf("%d\n", n));
	}
	actor_tell(&actor, "-100");
	cat_equals(AT("count/seqnum"), "-41\n");
	cat_contains(AT("count/fields"), "seqnum\t-41\n");
	actor_stop(&actor);
	cat_fails(AT("count/seqnum"), ENOENT);
	mount_stop(&mount);
}

static void test_layout_file(void **state)
{
	(void)state;
	mount_start(&mount, NULL, NULL);
	put_seqnum("count", 1);
	cat_equals(AT("count/layout"),
		   "seqnum\n"
		   "from its bytes, a guess: 40 bytes, a shared sem_t at +0 (glibc 64-bit)\n"
		   "0\t32\tsem_t\tsem\n"
		   "0\t4\tunsigned int\tsem_value\n"
		   "4\t4\tunsigned int\tsem_nwaiters\n"
		   "8\t4\tint\tsem_pshared\n"
		   "32\t4\tint\tseqnum\n");
	put_sem("lock", 1);
	cat_contains(AT("sem.lock/layout"), "sem\nfrom its name sem.* and its bytes: ");
	make_object("plain", "text", 4);
	cat_contains(AT("plain/layout"), "unknown\nfrom nothing: ");
	cat_equals(AT("plain/fields"), "");
	cat_equals(AT("plain/raw"), "text");
	mount_stop(&mount);
}

/* The writer fills, we play the reader: each block is seen whole, and whose turn it is. */
static void test_xfr(void **state)
{
	struct actor actor;

	(void)state;
	mount_start(&mount, NULL, NULL);
	actor_start(&actor, "xfr", "/pshm_xfr");
	cat_equals(AT("pshm_xfr/turn"), "writer\n");
	cat_equals(AT("pshm_xfr/wsem_value"), "1\n");
	cat_equals(AT("pshm_xfr/rsem_value"), "0\n");
	cat_equals(AT("pshm_xfr/cnt"), "0\n");
	cat_equals(AT("pshm_xfr/buf"), "");
	assert_string_equal(actor_tell(&actor, "hello, reader"), "done");
	cat_equals(AT("pshm_xfr/turn"), "reader\n");
	cat_equals(AT("pshm_xfr/cnt"), "13\n");
	cat_equals(AT("pshm_xfr/buf"), "hello, reader");
	cat_equals(AT("pshm_xfr/fields"), "wsem_value\t0\nwsem_nwaiters\t0\nwsem_pshared\t1\n"
					  "rsem_value\t1\nrsem_nwaiters\t0\nrsem_pshared\t1\n"
					  "cnt\t13\nbuf\thello, reader\nturn\treader\n");
	assert_string_equal(actor_tell(&actor, "not yet"), "busy");
	cat_equals(AT("pshm_xfr/buf"), "hello, reader");
	actor_stop(&actor);
	mount_stop(&mount);
}

/* Every moment of posts and waits: what sem_getvalue(3) says, and never below 0 (case E03). */
static void test_sem(void **state)
{
	struct actor actor;
	int value = 3;

	(void)state;
	mount_start(&mount, NULL, NULL);
	actor_start(&actor, "sem", "/lock", "3");
	for (int i = 0; i < 40; i++) {
		const bool post = i % 7 < 3;
		const char *answer = actor_tell(&actor, post ? "post" : "trywait");

		assert_string_equal(answer, post || value > 0 ? "done" : "busy");
		value += post ? 1 : value > 0 ? -1 : 0;
		cat_equals(AT("sem.lock/sem_value"), pathf("%d\n", value));
	}
	cat_contains(AT("sem.lock/fields"), pathf("sem_value\t%d\n", value));
	actor_stop(&actor);
	mount_stop(&mount);
}

static void test_sem_waiters(void **state)
{
	struct actor actor;

	(void)state;
	mount_start(&mount, NULL, NULL);
	actor_start(&actor, "sem-wait", "/lock", "3");
	cat_equals(AT("sem.lock/sem_value"), "0\n");
	cat_equals(AT("sem.lock/fields"), "sem_value\t0\nsem_nwaiters\t3\nsem_pshared\t1\n");
	assert_string_equal(actor_tell(&actor, "kill"), "done");
	/* The count that glibc keeps in the object outlives the killed. */
	cat_equals(AT("sem.lock/sem_nwaiters"), "3\n");
	actor_stop(&actor);
	mount_stop(&mount);
}

static void test_sem32(void **state)
{
	struct actor actor;

	(void)state;
	mount_start(&mount, NULL, NULL);
	actor_start(&actor, "sem32", "old", "5");
	cat_equals(AT("sem.old/sem_value"), "5\n");
	cat_contains(AT("sem.old/layout"), "(glibc 32-bit)\n");
	actor_tell(&actor, "2147483647");
	cat_equals(AT("sem.old/sem_value"), "2147483647\n");
	put_seqnum32("count", -7);
	cat_equals(AT("count/seqnum"), "-7\n");
	put_xfr32("xfr", 1, 0, 3, "abc");
	cat_equals(AT("xfr/buf"), "abc");
	cat_equals(AT("xfr/turn"), "writer\n");
	actor_stop(&actor);
	mount_stop(&mount);
}

/* The largest value is shown as it is, with a warning; what is above it is none (case E06). */
static void test_sem_limits(void **state)
{
	static const unsigned char above[32] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0x80};

	(void)state;
	mount_start(&mount, NULL, NULL);
	put_sem("max", 2147483647);
	cat_equals(AT("sem.max/sem_value"), "2147483647\n");
	cat_contains(AT("sem.max/stat"),
		     "\nhealth\tsem_value: at SEM_VALUE_MAX, the next post fails");
	make_object("sem.above", above, sizeof(above));
	cat_contains(AT("sem.above/layout"), "unknown\nfrom nothing: named sem.* but no sem: ");
	cat_fails(AT("sem.above/sem_value"), ENOENT);
	assert_int_equal(write_file(AT("sem.above/layout"), "sem\n"), 0);
	cat_fails(AT("sem.above/sem_value"), EBADMSG);
	cat_contains(AT("sem.above/fields"), "sem_value\t!EBADMSG\n");
	mount_stop(&mount);
}

/* Files called sem.* that are no semaphores: no number is invented, and it is said (case E37). */
static void test_misnamed(void **state)
{
	static const char garbage[32] = "thirty-two bytes, and no sem_t!";
	static const char *const names[] = {"empty", "short", "garbage", "zero", "zero4k"};

	(void)state;
	mount_start(&mount, NULL, NULL);
	make_object("sem.empty", "", 0);
	make_object("sem.short", "hello", 5);
	make_object("sem.garbage", garbage, sizeof(garbage));
	make_object("sem.zero", NULL, 32);
	make_object("sem.zero4k", NULL, 4096);
	put_sem("real", 1);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cat_fails(AT("sem.%s/sem_value", names[i]), ENOENT);
		cat_contains(AT("sem.%s/layout", names[i]),
			     "unknown\nfrom nothing: named sem.* but no sem");
		cat_contains(AT("sem.%s/stat", names[i]), "\nhealth\tnamed sem.* but no sem: ");
		cat_equals(AT("sem.%s/fields", names[i]), "");
	}
	assert_int_equal(mkdir(shm_path("sem.dir"), 0755), 0);
	cat_contains(AT("sem.dir"), "directory: ");
	cat_fails(AT("sem.dir/sem_value"), ENOTDIR);
	cat_equals(AT("sem.real/sem_value"), "1\n");
	mount_stop(&mount);
}

/* sem_open(3) wants to read and to write: who may only read is told so beforehand (case E43). */
static void test_sem_modes(void **state)
{
	static const struct {
		mode_t mode;
		const char *who; /* who can read but not write, or NULL */
	} rows[] = {
		{0644, "group and others"},
		{0664, "others"},
		{0604, "others"},
		{0640, "its group"},
		{0600, NULL},
		{0666, NULL},
		{0660, NULL},
	};

	(void)state;
	mount_start(&mount, NULL, NULL);
	put_sem("um", 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(chmod(shm_path("sem.um"), rows[i].mode), 0);
		cat_contains(AT("sem.um/stat"), pathf("\nmode\t%o\n", rows[i].mode));
		if (rows[i].who)
			cat_contains(AT("sem.um/stat"),
				     pathf("\nhealth\treadable but not writable for %s: sem_open "
					   "by another user fails with EACCES\n",
					   rows[i].who));
		else
			cat_contains(AT("sem.um/stat"), "\nhealth\tok\n");
	}
	mount_stop(&mount);
}

static void test_stat_file(void **state)
{
	struct stat st;
	const char *head;

	(void)state;
	mount_start(&mount, NULL, NULL);
	put_seqnum("a\tb\n", 7);
	assert_int_equal(chown(shm_path("a\tb\n"), 0, 0), 0);
	assert_int_equal(stat(shm_path("a\tb\n"), &st), 0);
	head = pathf("name\ta\\tb\\n\ninode\t%lu\nmode\t644\nowner\t0\ngroup\t0\nsize\t40\n"
		     "blocks\t%ld\nnlink\t1\natime\t",
		     st.st_ino, st.st_blocks);
	cat_contains(AT("a\tb\n/stat"), head);
	cat_contains(AT("a\tb\n/stat"), "\nhealth\tok\n");
	mount_stop(&mount);
}

static void test_about(void **state)
{
	(void)state;
	mount_start(&mount, NULL, "strict,layout=a*=sem");
	cat_contains(AT(".pshmfs/about"), "version\t");
	cat_contains(AT(".pshmfs/about"), "\nsource\t/dev/shm\noptions\tstrict,layout=a*=sem\n");
	cat_contains(AT(".pshmfs/about"), "\nlayouts\tsem sem-musl seqnum seqnum-musl xfr xfr-musl "
					  "linkedlist blocks mutex cond "
					  "rwlock barrier spinlock\n");
	cat_contains(AT(".pshmfs/about"), "\nunseen\t");
	mount_stop(&mount);
}

static void test_odd(void **state)
{
	struct actor odd;
	struct stat st;

	(void)state;
	actor_start(&odd, "odd");
	mount_start(&mount, NULL, NULL);
	cat_equals(AT("odd.dir"), "directory: no shared memory object; not entered\n");
	cat_equals(AT("odd.link"), "symbolic link: no shared memory object; not followed\n");
	cat_equals(AT("odd.dangling"), "symbolic link: no shared memory object; not followed\n");
	cat_equals(AT("odd.socket"), "socket: no shared memory object; not opened\n");
	cat_equals(AT("odd.fifo"), "FIFO: no shared memory object; not opened\n");
	cat_equals(AT("odd.mount"), "mount point: another filesystem begins here; not entered\n");
	if (errno_of_open(shm_path("odd.device"), O_PATH) == 0)
		cat_equals(AT("odd.device"),
			   "character device 1:3: no shared memory object; not opened\n");
	assert_int_equal(lstat(AT("odd.link"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0444);
	mount_stop(&mount);
	actor_stop(&odd);
}

/* Found under .pshmfs/named by any name, but listed there only what MNT cannot show. */
static void test_named(void **state)
{
	_cleanup_free_ char *names = NULL;

	(void)state;
	mount_start(&mount, NULL, NULL);
	put_seqnum(".pshmfs", 41);
	put_seqnum("count", 42);
	cat_equals(AT(".pshmfs/named/.pshmfs/seqnum"), "41\n");
	cat_equals(AT(".pshmfs/named/count/seqnum"), "42\n");
	cat_fails(AT(".pshmfs/named/none/seqnum"), ENOENT);
	cat_fails(AT(".pshmfs/seqnum"), ENOENT);
	names = list_names(AT(".pshmfs/named"));
	assert_string_equal(names, ".pshmfs\n");
	mount_stop(&mount);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_seqnum),     SANDBOXED(test_layout_file), SANDBOXED(test_xfr),
		SANDBOXED(test_sem),        SANDBOXED(test_sem_waiters), SANDBOXED(test_sem32),
		SANDBOXED(test_sem_limits), SANDBOXED(test_misnamed),    SANDBOXED(test_sem_modes),
		SANDBOXED(test_stat_file),  SANDBOXED(test_about),       SANDBOXED(test_odd),
		SANDBOXED(test_named),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
