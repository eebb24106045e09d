/* SPDX-License-Identifier: MIT */
/* What is said of access, of facts that this machine may not have. */
#include <string.h>
#include <sys/stat.h>

#include "core/access.h"
#include "tests/support.h"

enum { OWNER = 4001, STRANGER = 4004, GROUP = 5001 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct credentials root = {.capabilities = UINT64_MAX},
				stranger = {.uid = STRANGER, .gid = STRANGER},
				owner = {.uid = OWNER, .gid = OWNER};

/* An object as in /dev/shm, to be asked by another user. */
static struct access_facts plain(void)
{
	struct access_facts facts = {.reader = &stranger, .logind = LOGIND_HERE};

	facts.object.st.stx_mode = S_IFREG | 0644;
	facts.object.st.stx_uid = OWNER;
	facts.object.st.stx_gid = GROUP;
	facts.folder.st.stx_mode = S_IFDIR | 01777;
	facts.object.uid_mapped = facts.object.gid_mapped = true;
	facts.folder.uid_mapped = facts.folder.gid_mapped = true;
	return facts;
}

#define SAYS(facts, question, wanted) says((facts), (question), (wanted), __LINE__)

static void says(const struct access_facts *facts, const char *question, const char *wanted,
		 int line)
{
	struct access_answer said;
	char text[sizeof(said) + 2];

	assert_true(access_ask(facts, question, &said));
	snprintf(text, sizeof(text), "%s\t%s", said.answer, *said.why ? said.why : "-");
	_assert_string_equal(text, wanted, __FILE__, line);
}

/* The machine's value is compared with the kernel above; this is what the others mean. */
static void test_protected_regular(void **state)
{
	static const struct {
		int value;
		unsigned folder_mode, folder_uid;
		const struct credentials *reader;
		const char *answer;
	} rows[] = {
		{0, 01777, 0, &root, "yes"},        {1, 01777, 0, &root, "EACCES"},
		{2, 01777, 0, &root, "EACCES"},     {-1, 01777, 0, &root, "unknown"},
		{1, 01777, OWNER, &root, "yes"},    {2, 01777, OWNER, &stranger, "yes"},
		{2, 01777, 0, &owner, "yes"},       {-1, 01777, 0, &owner, "yes"},
		{1, 01775, 0, &root, "yes"},        {2, 01775, 0, &root, "EACCES"},
		{-1, 01775, 0, &root, "unknown"},   {2, 01755, 0, &root, "yes"},
		{-1, 01755, 0, &root, "yes"},       {2, 0777, 0, &root, "yes"},
		{1, 01777, 0, &stranger, "EACCES"}, {2, 01777, STRANGER, &stranger, "EACCES"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct access_facts facts = plain();
		struct access_answer said;

		facts.object.st.stx_mode = S_IFREG | 0666;
		facts.folder.st.stx_mode = (uint16_t)(S_IFDIR | rows[i].folder_mode);
		facts.folder.st.stx_uid = rows[i].folder_uid;
		facts.protected_regular = rows[i].value;
		facts.reader = rows[i].reader;
		access_ask(&facts, "create", &said);
		if (strcmp(said.answer, rows[i].answer) != 0)
			fail_msg("row %zu: %s (%s)", i, said.answer, said.why);
		access_ask(&facts, "read-write", &said);
		assert_string_equal(said.answer, "yes");
	}
}

static void test_words(void **state)
{
	struct access_facts facts = plain();

	(void)state;
	SAYS(&facts, "reader", "4004:4004\t-");
	SAYS(&facts, "read-only", "yes\tothers: r--");
	SAYS(&facts, "read-write", "EACCES\tothers: r--; owner 4001: rw-; umask at creation?");
	SAYS(&facts, "unlink",
	     "EPERM\tsticky SOURCE: only for owner 4001, SOURCE's owner 0, or CAP_FOWNER");
	facts.protected_regular = 1;
	SAYS(&facts, "create",
	     "EACCES\tfs.protected_regular is 1: in sticky SOURCE O_CREAT is for owner 4001 "
	     "alone, no capability helps; open it without");
	facts.reader = &root;
	SAYS(&facts, "reader", "0:0\tCAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER");
	SAYS(&facts, "read-write", "yes\tothers: r--; CAP_DAC_OVERRIDE");
	SAYS(&facts, "unlink", "yes\tSOURCE: owner: rwx; sticky: owner of SOURCE");
	facts.object.st.stx_mode = S_IFREG | 0600;
	SAYS(&facts, "read-only", "yes\tothers: ---; CAP_DAC_READ_SEARCH");
	facts.reader = &owner;
	SAYS(&facts, "create", "yes\towner: rw-");
	facts.folder.st.stx_mode = S_IFDIR | 0700;
	SAYS(&facts, "read-only", "EACCES\tSOURCE cannot be searched: others: ---");
	assert_false(access_ask(&facts, "", &(struct access_answer){""}));
}

/* What an object without a name answers. */
static void test_unlinked(void **state)
{
	struct access_facts facts = plain();

	(void)state;
	facts.unlinked = true;
	SAYS(&facts, "read-only", "ENOENT\tit has no name to open");
	SAYS(&facts, "create", "ENOENT\tit has no name to open; O_CREAT makes another");
	SAYS(&facts, "unlink", "ENOENT\tit has no name to remove");
	SAYS(&facts, "logind", "no\tit has no name to remove");
}

static void test_logind(void **state)
{
	struct access_facts facts = plain();

	(void)state;
	SAYS(&facts, "logind",
	     "may\twhen the last session of owner 4001 ends, even while it is in use; not with "
	     "RemoveIPC=no in logind.conf, nor while the user lingers");
	facts.object.st.stx_uid = 999;
	SAYS(&facts, "logind", "no\towner 999 is a system user (0 to 999)");
	facts.logind = LOGIND_UNSURE;
	SAYS(&facts, "logind",
	     "unknown\tin a user namespace: logind knows the owner by another number");
	facts.logind = LOGIND_ELSEWHERE;
	SAYS(&facts, "logind", "no\tSOURCE is not this machine's /dev/shm");
	facts.logind = LOGIND_ABSENT;
	SAYS(&facts, "logind", "no\tno systemd-logind here");
}

/* Where numbers are not known it is not said that they are others: they look as 65534. */
static void test_unmapped(void **state)
{
	const struct credentials here = {.uid = STRANGER,
					 .groups = (gid_t[]){65534},
					 .n_groups = 1,
					 .capabilities = UINT64_MAX};
	struct access_facts facts = plain();

	(void)state;
	facts.reader = &here;
	facts.object.st.stx_uid = facts.object.st.stx_gid = 65534;
	facts.object.st.stx_mode = S_IFREG | 0664;
	facts.object.uid_mapped = facts.object.gid_mapped = false;
	SAYS(&facts, "read-only", "yes\tothers: r--");
	SAYS(&facts, "read-write", "unknown\tits group has no number in this user namespace");
	SAYS(&facts, "unlink",
	     "EPERM\tsticky SOURCE: only for owner 65534, SOURCE's owner 0, or CAP_FOWNER");
	facts.reader = &root;
	SAYS(&facts, "read-write", "EACCES\tothers: r--; owner 65534: rw-; umask at creation?");
	facts.folder.uid_mapped = false;
	facts.protected_regular = 1;
	SAYS(&facts, "create",
	     "unknown\tits owner and SOURCE's have no number in this user namespace");
}

/* What no kernel gives: the error that it would have itself. */
static void test_damaged_acl(void **state)
{
	char bytes[12] = {2, 0, 0, 0, 7, 0, 7, 0};
	struct access_facts facts = plain();

	(void)state;
	facts.object.acl = bytes;
	for (size_t size = 1; size <= sizeof(bytes); size++) {
		facts.object.acl_size = size;
		SAYS(&facts, "read-only", "EIO\tan ACL that makes no sense");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_protected_regular), cmocka_unit_test(test_words),
		cmocka_unit_test(test_unlinked),          cmocka_unit_test(test_logind),
		cmocka_unit_test(test_unmapped),          cmocka_unit_test(test_damaged_acl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
