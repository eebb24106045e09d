/* SPDX-License-Identifier: MIT */
/*
 * A program that has an object mapped and knows it by one variable: discover_c SITUATION NAME. It
 * is built by each compiler at each optimization, says "ready", and sleeps in sem_wait until it is
 * killed. No other type in it has the size of struct shared.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

struct shared {
	sem_t sem;
	int number;
	char text[100];
};

/* What programs have around a pointer. */
struct node {
	struct node *next;
	const char *name;
	struct shared *memory;
};

struct context {
	int mode;
	struct {
		int fd;
		struct shared *memory;
	} inner;
};

/* Rows of a built-in layout, under a name of its own. */
struct counter {
	sem_t sem;
	int seqnum;
};

static void *map_sized(const char *name, size_t size)
{
	int fd = shm_open(name, O_RDWR | O_CREAT, 0600);
	void *memory;

	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		exit(1);
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		exit(1);
	close(fd);
	return memory;
}

static void *map(const char *name)
{
	return map_sized(name, sizeof(struct shared));
}

/* Kept out of the callers, so that each situation has its own frame. */
#define APART __attribute__((noinline))

static APART void ready(void)
{
	puts("ready");
	fflush(stdout);
}

static APART int local(const char *name)
{
	struct shared *shmp = map(name);

	sem_init(&shmp->sem, 1, 0);
	ready();
	sem_wait(&shmp->sem);
	return shmp->number;
}

static APART int wait_in(struct shared *given)
{
	ready();
	sem_wait(&given->sem);
	return given->number;
}

static APART int parameter(const char *name)
{
	void *memory = map(name);

	sem_init(memory, 1, 0);
	return wait_in(memory);
}

struct shared *global_memory;
static struct shared *file_memory;

/* Nothing in the frame says what it is. */
static APART int sleep_on(void *sem)
{
	sem_init(sem, 1, 0);
	ready();
	sem_wait(sem);
	return 0;
}

static APART int global(const char *name)
{
	global_memory = map(name);
	return sleep_on(&global_memory->sem) + global_memory->number;
}

static APART int of_file(const char *name)
{
	file_memory = map(name);
	return sleep_on(&file_memory->sem) + file_memory->number;
}

static APART int of_function(const char *name)
{
	static struct shared *kept;

	if (!kept)
		kept = map(name);
	return sleep_on(&kept->sem) + kept->number;
}

static struct node *list;

static APART int heap(const char *name)
{
	struct node *node = calloc(1, sizeof(*node));

	node->name = strdup(name);
	node->memory = map(name);
	list = calloc(1, sizeof(*list));
	list->next = node;
	return sleep_on(&list->next->memory->sem) + list->next->memory->number;
}

static struct context context;

static APART int inner(const char *name)
{
	context.inner.memory = map(name);
	return sleep_on(&context.inner.memory->sem) + context.inner.memory->number;
}

static void *thread_of(void *name)
{
	struct shared *mine = map(name);

	sem_init(&mine->sem, 1, 0);
	ready();
	sem_wait(&mine->sem);
	return (void *)(long)mine->number;
}

static APART int thread(const char *name)
{
	pthread_t id;

	pthread_create(&id, NULL, thread_of, (void *)name);
	pthread_join(id, NULL);
	return 0;
}

static inline __attribute__((always_inline)) int wait_inlined(struct shared *inlined)
{
	ready();
	sem_wait(&inlined->sem);
	return inlined->number;
}

static APART int inlined(const char *name)
{
	void *memory = map(name);

	sem_init(memory, 1, 0);
	return wait_inlined(memory);
}

/* By nothing but its size. */
static APART int untyped(const char *name)
{
	return sleep_on(map(name));
}

/* A type of the system's headers says nothing. */
static APART int header(const char *name)
{
	struct timespec *start = map(name);

	sem_init((sem_t *)start, 1, 0);
	ready();
	sem_wait((sem_t *)start);
	return (int)start->tv_sec;
}

static APART int built_in(const char *name)
{
	struct counter *counter = map_sized(name, sizeof(*counter));

	sem_init(&counter->sem, 1, 0);
	ready();
	sem_wait(&counter->sem);
	return counter->seqnum;
}

static APART int semaphore(const char *name)
{
	sem_t *only = map_sized(name, sizeof(*only));

	sem_init(only, 1, 0);
	ready();
	sem_wait(only);
	return 0;
}

/* A struct at the start of a larger object, of which the rest is for something else. */
static APART int smaller(const char *name)
{
	struct shared *head = map_sized(name, 4096);

	sem_init(&head->sem, 1, 0);
	ready();
	sem_wait(&head->sem);
	return head->number;
}

/* What programs that share memory between threads alone keep in it: addresses. */
struct linked {
	sem_t sem;
	struct linked *self;
	char *inside;
	void *outside, *none;
};

static APART int pointers(const char *name)
{
	struct linked *linked = map_sized(name, sizeof(*linked));

	linked->self = linked;
	linked->inside = (char *)&linked->outside;
	linked->outside = &file_memory;
	sem_init(&linked->sem, 1, 0);
	ready();
	sem_wait(&linked->sem);
	return linked->self == linked;
}

static int interrupted;

static void count(long result)
{
	if (result < 0 && errno == EINTR)
		__atomic_add_fetch(&interrupted, 1, __ATOMIC_RELAXED);
}

static void *in_epoll(void *memory)
{
	struct shared *volatile epoll_memory = memory;
	struct epoll_event event;
	int fd = epoll_create1(0);

	for (;;)
		count(epoll_wait(fd, &event, 1, -1));
	return epoll_memory;
}

static void *in_select(void *memory)
{
	struct shared *volatile select_memory = memory;

	for (;;)
		count(select(0, NULL, NULL, NULL, NULL));
	return select_memory;
}

static void *in_nanosleep(void *memory)
{
	struct shared *volatile nanosleep_memory = memory;
	const struct timespec long_time = {.tv_sec = 1000};

	for (;;)
		count(nanosleep(&long_time, NULL));
	return nanosleep_memory;
}

/* Until a line comes: then how often a call was interrupted. */
static APART int calls(const char *name)
{
	static void *(*const all[])(void *) = {in_epoll, in_select, in_nanosleep};
	void *memory = map(name);
	pthread_t id;
	char line[2];
	long n;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		pthread_create(&id, NULL, all[i], memory);
	ready();
	do {
		n = read(0, line, sizeof(line));
		count(n);
	} while (n < 0);
	printf("interrupted %d\n", interrupted);
	fflush(stdout);
	return 0;
}

static const struct {
	const char *name;
	int (*play)(const char *name);
} situations[] = {
	{"local", local},       {"parameter", parameter},  {"global", global},
	{"file", of_file},      {"function", of_function}, {"heap", heap},
	{"inner", inner},       {"thread", thread},        {"inlined", inlined},
	{"untyped", untyped},   {"header", header},        {"built-in", built_in},
	{"pointers", pointers}, {"semaphore", semaphore},  {"smaller", smaller},
	{"calls", calls},
};

/* Used, so that the debug information has it, whatever the situation. */
struct shared example;

int main(int argc, char *argv[])
{
	for (size_t i = 0; argc == 3 && i < sizeof(situations) / sizeof(situations[0]); i++)
		if (strcmp(argv[1], situations[i].name) == 0)
			return situations[i].play(argv[2]) + example.number;
	return 2;
}
