/* SPDX-License-Identifier: MIT */
/* The completion of bash: what it offers, and that no name of an object is run on the way. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/progs.h"
#include "tests/support.h"

#define INSTALLED SANDBOX_WORK "/installed"
#define EMPTY SANDBOX_WORK "/empty"

/* Names that run something, each in its own way, if they are taken for more than text. */
static const char *const hostile[] = {
	"$(touch run)",
	"`touch run`",
	"a;touch run;",
	"a b  c",
	"x\ny",
	"it's",
	"say \"hi\"",
	"*",
	"?[a]",
	"back\\slash",
	"~root",
	"-n",
	"!!",
	"a:b=c@d",
	"tab\there",
	"\033[2J",
	"$HOME",
	"{a,b}",
	"#",
	"\xff",
};
enum { N_HOSTILE = sizeof(hostile) / sizeof(hostile[0]) };

/* Our programs in PATH, the file installed as each of them, and a folder where nothing should be.
 */
static int setup(void **state)
{
	struct result result;

	if (sandbox_setup(state) < 0 || mkdir(INSTALLED, 0755) < 0 || mkdir(EMPTY, 0755) < 0)
		return -1;
	run(&result, "sh", "-ec",
	    "cd \"$0\"; for p in $(cd \"$PSHM_PROGS\" && ls | grep -x 'ps[a-z]*_[a-z_]*') pshmfs; "
	    "do cp \"$PSHM_DOCS/../completions/pshmfs\" $p; done",
	    INSTALLED);
	assert_string_equal(result.err, "");
	result_deinit(&result);
	return 0;
}

#define COMPLETED(test) cmocka_unit_test_setup_teardown(test, setup, sandbox_clean)

/* The words of a command line, the last of which is being typed: as bash calls the function. */
#define COMPLETE                                                                                   \
	"PATH=$PSHM_PROGS:${PSHMFS%/*}:$PATH; . " INSTALLED "/\"$1\" || exit; "                    \
	"case $(complete -p \"$1\") in *' -F _pshmfs '*) ;; *) exit 9 ;; esac; "                   \
	"COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)); "                                             \
	"_pshmfs \"$1\" \"${!#}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"; "

static void complete_argv(struct result *ret, const char *script, const char *const words[])
{
	static const struct child_setup setup = {
		.out = STREAM_MEMORY, .err = STREAM_MEMORY, .folder = EMPTY};
	const char *argv[16] = {"bash", "--norc", "-c", script, "bash"};
	_cleanup_free_ char *names = NULL;

	for (size_t i = 0; words[i]; i++)
		argv[5 + i] = words[i];
	run_argv(ret, argv, &setup);
	assert_string_equal(ret->err, "");
	assert_int_equal(ret->status, 0);
	names = list_names(EMPTY);
	assert_string_equal(names, "");
}

/* Fail the test unless just these words, each on a line, are offered for the last of the line's. */
#define offers(wanted, ...)                                                                        \
	_offers((wanted), (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
static void _offers(const char *wanted, const char *const words[], const char *file, int line)
{
	struct result result;

	complete_argv(&result,
		      COMPLETE "[[ ${#COMPREPLY[@]} == 0 ]] || printf '%s\\n' \"${COMPREPLY[@]}\"",
		      words);
	if (strcmp(result.out, wanted) != 0) {
		fprintf(stderr, "wanted: %sis: %s", wanted, result.out);
		_fail(file, line);
	}
	result_deinit(&result);
}

static void put_some(void)
{
	put_seqnum("count", 1);
	put_seqnum("county", 1);
	put_sem("lock", 1);
	assert_int_equal(mkdir(shm_path("folder"), 0755), 0);
	assert_int_equal(symlink("count", shm_path("courier")), 0);
}

static void test_names(void **state)
{
	(void)state;
	offers("", "pshm_read", "");
	put_some();
	offers("/count\n/county\n/sem.lock\n", "pshm_read", "");
	offers("/count\n/county\n/sem.lock\n", "pshm_unlink", "/");
	offers("/count\n/county\n", "pshm_seqnum_get", "/co");
	offers("count\ncounty\n", "pshm_seqnum_get", "co");
	offers("//county\n", "pshm_linkedlist", "//county");
	offers("", "pshm_read", "x");
	offers("/lock\n", "psem_wait", "");
	offers("lock\n", "psem_post", "l");
	offers("", "psem_post", "/sem");
}

static void test_places(void **state)
{
	(void)state;
	put_some();
	offers("", "pshm_write", "/count", "c");
	offers("", "pshm_write", "/count", "-");
	offers("/count\n/county\n", "pshm_create", "-c", "/c");
	offers("/count\n/county\n", "pshm_create", "--", "/c");
	offers("/lock\n", "psem_create", "-cx", "");
	offers("", "pshm_xfr_writer", "/c");
	offers("/count\n/county\n", "pshm_xfr_writer", "-n", "/c");
	offers("count\ncounty\n", "pshm_xfr_reader", "--name", "c");
	offers("/count\n/county\n", "pshm_xfr_reader", "--name", "=", "/c");
	offers("", "pshm_xfr_reader", "-n", "/count", "/c");
	offers("", "pshmfs", "/c");
	offers("/count\n/county\n/sem.lock\n", "pshm_ls", "");
	offers("count\ncounty\n", "pshm_ls", "-r", "x", "-J", "co");
	offers("/sem.lock\n", "pshm_ls", "/count", "-n", "/s");
	offers("", "pshm_ls", "--shm", "/c");
	offers("/count\n/county\n", "pshm_stuck", "-J", "/c");
	offers("/sem.lock\n", "pshm_stuck", "--release", "/s");
	offers("", "pshm_stuck", "-w", "/c");
}

static void test_options(void **state)
{
	(void)state;
	offers("-n\n--name\n-v\n--verbose\n--help\n--version\n", "pshm_xfr_reader", "-");
	offers("--name\n", "pshm_xfr_reader", "--n");
	offers("--help\n", "psem_unlink", "--h");
	offers("--options\n", "pshmfs", "--o");
	offers("--version\n", "pshmfs", "/mnt", "--v");
	offers("ro\nrw\nwrite\nforce\nstrict\nnodiscover\nmax_age=\nlayout=\nlayouts=\n"
	       "allow_other\nallow_root\n",
	       "pshmfs", "-o", "");
	offers("ro\nrw\n", "pshmfs", "/mnt", "-o", "r");
	offers("ro,strict\n", "pshmfs", "--options", "=", "ro,s");
	offers("--noheadings\n", "pshm_ls", "/x", "--no");
	offers("PIDS\n", "pshm_ls", "-o", "P");
	offers("NAME,MODE\n", "pshm_ls", "/x", "--output", "=", "NAME,M");
	offers("+AGE\n", "pshm_ls", "-o", "+A");
	offers("+AGE,OWNER\n", "pshm_ls", "-o", "+AGE,O");
}

/* What is offered is the name again when the shell reads it, in whatever quotes it was begun. */
static void test_hostile_names(void **state)
{
	static const char script[] = COMPLETE
		"for reply in \"${COMPREPLY[@]}\"; do eval \"words=(${quote-}$reply${quote-})"
		"\"; printf '%s|' \"${#words[@]}\" \"$words\"; done";

	(void)state;
	for (size_t i = 0; i < N_HOSTILE; i++)
		make_object(hostile[i], "", 0);
	for (size_t i = 0; i < N_HOSTILE; i++) {
		struct result result;
		const char *typed[] = {"pshm_read", NULL, NULL};
		char beginning[3] = {'/', hostile[i][0]};

		if (strchr("\\\"'`;", beginning[1]))
			beginning[1] = '\0';
		typed[1] = beginning;
		complete_argv(&result, script, typed);
		if (!strstr(result.out, pathf("1|/%s|", hostile[i])))
			fail_msg("\"%s\" is not offered: %s", hostile[i], result.out);
		result_deinit(&result);
	}
}

/* A line typed in a bash of one's own. */
static void type(const char *keys)
{
	_cleanup_close_ int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	_cleanup_free_ char *names = NULL;
	const struct child_setup setup = {.folder = EMPTY};
	struct child child;

	assert_int_equal(grantpt(terminal) | unlockpt(terminal), 0);
	child_start(
		&child,
		(const char *const[]){
			"sh", "-c",
			"export PATH=\"$PSHM_PROGS:$PATH\" HISTFILE= INPUTRC=/dev/null TERM=dumb; "
			"exec bash --rcfile " INSTALLED "/pshm_unlink -i < \"$0\" > \"$0\" 2>&1",
			ptsname(terminal), NULL},
		&setup);
	assert_true(write(terminal, keys, strlen(keys)) > 0);
	assert_true(write(terminal, "\nexit\n", 6) > 0);
	child_finish(&child, NULL);
	names = list_names(EMPTY);
	assert_string_equal(names, "");
}

static void test_typed(void **state)
{
	static const struct {
		const char *name, *keys;
	} lines[] = {
		{"plain", "pshm_unlink /pl\t"},
		{"bare", "pshm_unlink b\t"},
		{"e $(touch run) 'x' \"*", "pshm_unlink /e\t"},
		{"e $(touch run) 'x' \"*", "pshm_unlink \"/e\t"},
		{"e $(touch run) \"*", "pshm_unlink '/e\t"},
		{"e `touch run`", "pshm_unlink /e\\ \t"},
		{"e\nf;touch run", "pshm_unlink /e\t"},
		{"a:b=c", "pshm_unlink /a\t"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		make_object(lines[i].name, "", 0);
		type(lines[i].keys);
		if (access(shm_path(lines[i].name), F_OK) == 0)
			fail_msg("\"%s\" was not completed: %s", lines[i].keys, lines[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		COMPLETED(test_names),         COMPLETED(test_places), COMPLETED(test_options),
		COMPLETED(test_hostile_names), COMPLETED(test_typed),
	};

	sandbox_enter();
	setenv("LC_ALL", "C", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
