/* SPDX-License-Identifier: MIT */
/* Words that are shared with programs whose allocations or threads fail. */
#include "tests/preload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

#define WORDS SANDBOX_WORK "/failing"
#define LEAKS SANDBOX_WORK "/leaks"

/* What libraries leak when they have no memory: glibc 2.36 in dlopen(3), for names of users; json-c
 * 0.16 the key of a member for which its table cannot grow. */
static void suppress_leaks(void)
{
	static const char leaks[] = "leak:dl_open_worker\nleak:json_object_object_add\n";
	_cleanup_close_ int fd = open(LEAKS, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_int_equal(write(fd, leaks, strlen(leaks)), strlen(leaks));
	setenv("LSAN_OPTIONS", "print_suppressions=0:suppressions=" LEAKS, 1);
}

struct failing *preload_start(void)
{
	_cleanup_close_ int fd = open(WORDS, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	const char *options = getenv("ASAN_OPTIONS");
	struct failing *shared;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, sizeof(*shared)), 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(shared, MAP_FAILED);
	suppress_leaks();
	setenv(FAILING_FILE, WORDS, 1);
	setenv("LD_PRELOAD", pathf("%s/libfailing-preload.so", getenv("PSHM_PLAIN")), 1);
	setenv("ASAN_OPTIONS",
	       pathf("%s%sverify_asan_link_order=0", options ? options : "", options ? ":" : ""),
	       1);
	return shared;
}

void preload_stop(void)
{
	unsetenv("LD_PRELOAD");
	unsetenv(FAILING_FILE);
	unsetenv("LSAN_OPTIONS");
}

void preload_end(struct failing *words)
{
	munmap(words, sizeof(*words));
}

void failing_arm(struct failing *words, enum failing_what what, unsigned long nth, bool lasting)
{
	words->counted = words->failed = 0;
	words->nth = nth;
	words->lasting = lasting;
	words->what = what;
}

unsigned long failing_disarm(struct failing *words)
{
	words->what = FAILING_NOTHING;
	return words->failed;
}

static bool all(void)
{
	const char *faults = getenv("PSHM_FAULTS");

	return faults && strcmp(faults, "all") == 0;
}

unsigned long failing_after(unsigned long nth)
{
	/* With sanitizers all takes its time. */
	const bool slow = strcmp(getenv("PSHM_INSTRUMENTED"), "1") == 0;

	return all() ? nth + 1 : slow ? 3 * nth : nth + 1 + nth / 4;
}

const char *failing_times(void)
{
	return all() ? "each one" : "a sample of them";
}

bool failing_same(const char *text, const char *other)
{
	static const char numbers[] = "~0123456789.";

	while (*text && *other) {
		const size_t n = strspn(text, numbers), m = strspn(other, numbers);

		if (n && m) {
			text += n;
			other += m;
		} else if (*text++ != *other++) {
			return false;
		}
	}
	return !*text && !*other;
}

bool failing_said(const char *text)
{
	return strstr(text, "ENOMEM") || strstr(text, strerror(ENOMEM));
}
