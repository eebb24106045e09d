/* SPDX-License-Identifier: MIT */
/* Semaphores of musl: when they are known for it, and what is said of them. */
#include <fcntl.h>
#include <string.h>

#include "tests/specimen.h"
#include "tests/support.h"

/* Only musl writes such a word, and only while somebody waits: else it is not guessed. */
static void test_musl(void **state)
{
	const uint32_t old[8] = {0xffffffff, 1}, new[8] = {0x80000001, 2}, quiet[8] = {1},
		       nobody[8] = {0xffffffff}, wrong[8] = {0xffffffff, 1, 7},
		       private[8] = {0xffffffff, 1, 0x80}, seqnum[9] = {0xffffffff, 1, [8] = 41};
	uint32_t xfr[18] = {1, [8] = 0xffffffff, 1, [16] = 4};

	(void)state;
	bytes_are("jobs", old, 32, "sem-musl (musl 64-bit)",
		  "its bytes, a guess: 32 bytes, a shared sem_t at +0, a waiter at +0 as only musl "
		  "has (musl 64-bit)");
	bytes_are("jobs", new, 32, "sem-musl (musl 64-bit)", NULL);
	bytes_are("jobs", seqnum, 36, "seqnum-musl (musl 64-bit)", NULL);
	bytes_are(
		"jobs", xfr, 72, "xfr-musl (musl 64-bit)",
		"its bytes, a guess: 72 bytes, a shared sem_t at +0, a shared sem_t at +32, cnt 4 "
		"is within 0 to 4, a waiter at +32 as only musl has (musl 64-bit)");
	xfr[16] = 5;
	bytes_are("jobs", xfr, 72, "unknown", NULL);
	bytes_are("jobs", quiet, 32, "unknown", NULL);
	bytes_are("jobs", nobody, 32, "unknown", NULL);
	bytes_are("jobs", wrong, 32, "unknown", NULL);
	bytes_are("jobs", private, 32, "unknown",
		  "nothing: no sem-musl, but nearly: 32 bytes, a sem_t that is not shared at +0");
}

/* By name it is what the user says, and `sem` is never musl's. */
static void test_musl_by_hand(void **state)
{
	static const uint32_t waited[8] = {0xffffffff, 1}, quiet[8] = {1};
	const uint32_t *const bytes[] = {waited, quiet};
	struct layout_rules *rules;

	(void)state;
	assert_int_equal(layout_rules_create(&rules), 0);
	assert_int_equal(layout_rules_add(rules, "m*", "sem-musl"), 0);
	assert_int_equal(layout_rules_set(rules, "g", "sem", AT_FDCWD), 0);
	for (size_t i = 0; i < 2; i++) {
		struct specimen specimen;

		specimen_make(&specimen, bytes[i], 32);
		choice_is(rules, "mu", &specimen, "sem-musl (musl 64-bit)",
			  "the mount option layout=m*=sem-musl (musl 64-bit)");
		choice_is(rules, "g", &specimen, "sem (glibc 64-bit)", NULL);
		specimen_deinit(&specimen);
	}
	layout_rules_destroy(rules);
}

static void health_is(const uint32_t words[8], const char *wanted)
{
	struct findings findings;
	struct specimen specimen;
	struct sink sink;

	sink_init(&sink);
	findings = (struct findings){.out = sink.out};
	specimen_make(&specimen, words, 32);
	specimen.object.st.stx_mode = S_IFREG | 0600;
	layout_health(layouts_find("sem-musl"), &specimen.image, &findings);
	sink_equals(&sink, wanted);
	specimen_deinit(&specimen);
	sink_deinit(&sink);
}

/* All zero is one that is locked. */
static void test_health(void **state)
{
	(void)state;
	health_is((uint32_t[8]){1}, "");
	health_is((uint32_t[8]){0}, "");
	health_is((uint32_t[8]){0xffffffff, 1}, "");
	health_is((uint32_t[8]){0x80000001, 2}, "");
	health_is((uint32_t[8]){0x7fffffff}, "sem_value: at SEM_VALUE_MAX, the next post fails");
	health_is((uint32_t[8]){1, 0, 0x80},
		  "sem: not shared (pshared 0): a post wakes no other process");
	health_is((uint32_t[8]){1, 0, 7}, "sem: its shared flag is neither 0 nor 0x80 but 0x7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_musl),
		cmocka_unit_test(test_musl_by_hand),
		cmocka_unit_test(test_health),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
