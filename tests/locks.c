/* SPDX-License-Identifier: MIT */
/* Locks that threads and children of a test share, and what is shown of them. */
#include "tests/locks.h"

#include <string.h>
#include <sys/mman.h>

#include "tests/specimen.h"
#include "tests/support.h"

struct shared_locks *shared;

int locks_setup(void **state)
{
	(void)state;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	return shared == MAP_FAILED;
}

int locks_teardown(void **state)
{
	(void)state;
	return munmap(shared, sizeof(*shared));
}

/* The lines of `fields` that these bytes have as the layout. */
static bool is_shown(const char *layout, const void *bytes, const char *wanted, struct sink *sink)
{
	const struct layout *row = layouts_find(layout);
	struct specimen specimen;

	specimen_make(&specimen, bytes, row->size);
	assert_int_equal(layout_print_fields(row, &specimen.image, sink->out), 0);
	specimen_deinit(&specimen);
	return strcmp(sink_text(sink), wanted) == 0;
}

void shows(const char *layout, const void *bytes, const char *wanted)
{
	struct sink sink;

	sink_init(&sink);
	if (!is_shown(layout, bytes, wanted, &sink))
		assert_string_equal(sink.latest, wanted);
	sink_deinit(&sink);
}

struct wish {
	const char *layout, *wanted;
	const void *bytes;
	struct sink sink;
};

static bool has_come(void *data)
{
	struct wish *wish = data;

	return is_shown(wish->layout, wish->bytes, wish->wanted, &wish->sink);
}

/* The same of what other threads are about to do. */
void comes_to_show(const char *layout, const void *bytes, const char *wanted)
{
	struct wish wish = {layout, wanted, bytes};

	sink_init(&wish.sink);
	if (!wait_until(DEADLINE_MS, has_come, &wish))
		assert_string_equal(wish.sink.latest, wanted);
	sink_deinit(&wish.sink);
}

void health_is(const char *layout, const void *bytes, const char *wanted)
{
	struct findings findings;
	struct specimen specimen;
	struct sink sink;

	sink_init(&sink);
	findings.out = sink.out;
	findings.count = 0;
	specimen_make(&specimen, bytes, layouts_find(layout)->size);
	layout_health(layouts_find(layout), &specimen.image, &findings);
	findings_end(&findings);
	sink_equals(&sink, wanted);
	specimen_deinit(&specimen);
	sink_deinit(&sink);
}

void thread_start(pthread_t *ret, void *(*function)(void *))
{
	assert_int_equal(pthread_create(ret, NULL, function, NULL), 0);
}

void make_mutex(int type, bool robust, bool pi, bool private)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr,
				     private ? PTHREAD_PROCESS_PRIVATE : PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_settype(&attr, type);
	pthread_mutexattr_setrobust(&attr, robust ? PTHREAD_MUTEX_ROBUST : PTHREAD_MUTEX_STALLED);
	pthread_mutexattr_setprotocol(&attr, pi ? PTHREAD_PRIO_INHERIT : PTHREAD_PRIO_NONE);
	assert_int_equal(pthread_mutex_init(&shared->mutex, &attr), 0);
}
