/* SPDX-License-Identifier: MIT */
/*
 * malloc(3) and its like, in the place of the C library's, which itself calls them by these names.
 * They pass on to whoever comes next, a sanitizer's where there is one. Linked into a test, or
 * loaded before a program's libraries (LD_PRELOAD).
 */
#include "tests/failing.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct failing own;
struct failing *failing = &own;

/* What is asked for while the next malloc is looked for: dlsym(3) may need memory. */
static _Alignas(16) char early[16384];
static size_t early_used;

static struct {
	void *(*malloc)(size_t size);
	void *(*calloc)(size_t n, size_t size);
	void *(*realloc)(void *old, size_t size);
	void *(*aligned_alloc)(size_t alignment, size_t size);
	int (*posix_memalign)(void **ret, size_t alignment, size_t size);
	void (*free)(void *block);
	int (*pthread_create)(pthread_t *ret, const pthread_attr_t *attributes,
			      void *(*run)(void *), void *data);
} next;
static bool finding;

/* What a sanitizer does at the start of a thread must not fail: the thread's own work may. */
static __thread bool started __attribute__((tls_model("initial-exec")));

static void find_next(void)
{
	if (finding)
		return;
	finding = true;
	*(void **)&next.malloc = dlsym(RTLD_NEXT, "malloc");
	*(void **)&next.calloc = dlsym(RTLD_NEXT, "calloc");
	*(void **)&next.realloc = dlsym(RTLD_NEXT, "realloc");
	*(void **)&next.aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
	*(void **)&next.posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
	*(void **)&next.pthread_create = dlsym(RTLD_NEXT, "pthread_create");
	*(void **)&next.free = dlsym(RTLD_NEXT, "free");
	finding = false;
}

static bool found(void)
{
	if (!next.free)
		find_next();
	return next.free;
}

static void *early_block(size_t size)
{
	size_t *block = (size_t *)(early + early_used);

	if (size > sizeof(early) - early_used - 32)
		abort();
	*block = size;
	early_used += 16 + (size + 15) / 16 * 16;
	return block + 2;
}

static bool is_early(const void *block)
{
	return (uintptr_t)block - (uintptr_t)early < sizeof(early);
}

/* Apart, for a breakpoint. */
__attribute__((noinline)) static bool fail_now(void)
{
	atomic_fetch_add(&failing->failed, 1);
	return true;
}

static bool fails(enum failing_what what)
{
	unsigned long nth, n;

	if (!started || atomic_load(&failing->what) != (int)what)
		return false;
	nth = atomic_load(&failing->nth);
	n = atomic_fetch_add(&failing->counted, 1) + 1;
	return (n == nth || (n > nth && atomic_load(&failing->lasting))) && fail_now();
}

static void *no_memory(void)
{
	errno = ENOMEM;
	return NULL;
}

static void *counted(void *block)
{
	if (block)
		atomic_fetch_add(&failing->blocks, 1);
	return block;
}

/* Of this size libfuse alone allocates: without what each of its threads reads into, it ends the
 * mount. */
#define LIBFUSE_SIZE ((size_t)1 << 20)

void *malloc(size_t size)
{
	if (!found())
		return early_block(size);
	return size < LIBFUSE_SIZE && fails(FAILING_ALLOCATION) ? no_memory()
								: counted(next.malloc(size));
}

void *calloc(size_t n, size_t size)
{
	if (!found())
		return early_block(n * size);
	return fails(FAILING_ALLOCATION) ? no_memory() : counted(next.calloc(n, size));
}

void *realloc(void *old, size_t size)
{
	void *block;

	if (!old)
		return malloc(size);
	if (is_early(old)) {
		block = malloc(size);
		if (block)
			memcpy(block, old, size < ((size_t *)old)[-2] ? size : ((size_t *)old)[-2]);
		return block;
	}
	return fails(FAILING_ALLOCATION) ? no_memory() : next.realloc(old, size);
}

void *reallocarray(void *old, size_t n, size_t size)
{
	size_t all;

	return __builtin_mul_overflow(n, size, &all) ? no_memory() : realloc(old, all);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	found();
	return fails(FAILING_ALLOCATION) ? no_memory()
					 : counted(next.aligned_alloc(alignment, size));
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
	int r;

	found();
	if (fails(FAILING_ALLOCATION))
		return ENOMEM;
	r = next.posix_memalign(ret, alignment, size);
	if (r == 0)
		counted(*ret);
	return r;
}

void free(void *block)
{
	if (!block || is_early(block))
		return;
	found();
	atomic_fetch_sub(&failing->blocks, 1);
	next.free(block);
}

/* A sanitizer's own strdup(3) does not ask us for memory. */
char *strndup(const char *text, size_t size)
{
	const size_t n = strnlen(text, size);
	char *copy = malloc(n + 1);

	if (copy) {
		memcpy(copy, text, n);
		copy[n] = '\0';
	}
	return copy;
}

char *strdup(const char *text)
{
	return strndup(text, SIZE_MAX);
}

struct beginning {
	void *(*run)(void *data);
	void *data;
};

static void *begin(void *data)
{
	const struct beginning beginning = *(struct beginning *)data;

	free(data);
	started = true;
	return beginning.run(beginning.data);
}

int pthread_create(pthread_t *ret, const pthread_attr_t *attributes, void *(*run)(void *),
		   void *data)
{
	struct beginning *beginning;
	int r;

	found();
	if (fails(FAILING_THREAD))
		return EAGAIN;
	beginning = counted(next.malloc(sizeof(*beginning)));
	if (!beginning)
		return EAGAIN;
	*beginning = (struct beginning){run, data};
	r = next.pthread_create(ret, attributes, begin, beginning);
	if (r)
		free(beginning);
	return r;
}

/* In a program that a test has started, what is to fail is said by the test. */
__attribute__((constructor)) static void share(void)
{
	const char *path = getenv(FAILING_FILE);
	const int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *shared =
		fd < 0 ? MAP_FAILED
		       : mmap(NULL, sizeof(*failing), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	started = true;
	if (fd >= 0)
		close(fd);
	if (shared != MAP_FAILED)
		failing = shared;
}
