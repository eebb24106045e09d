/* SPDX-License-Identifier: MIT */
/* Counting what leaves holes in the heap. */
#include "fusefs/heap.h"

#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* Less than some MB are not worth it. */
#define MANY 16384

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t n, most; /* that there are; that there were since memory was given back */

/* So many are too many, until half of that is left of them; then again at twice as many. */
#define TOO_MANY 32768

static size_t limit = TOO_MANY;
static void (*tell)(void *data); /* whom, of that; or NULL */
static void *tell_data;

void heap_when_many(void (*fn)(void *data), void *data)
{
	pthread_mutex_lock(&lock);
	tell = fn;
	tell_data = data;
	pthread_mutex_unlock(&lock);
}

void heap_added(void)
{
	pthread_mutex_lock(&lock);
	n++;
	most = n > most ? n : most;
	if (n >= limit) {
		limit = 2 * n;
		if (tell)
			tell(tell_data);
	}
	pthread_mutex_unlock(&lock);
}

void heap_removed(void)
{
	pthread_mutex_lock(&lock);
	n--;
	if (n < limit / 4 && limit > TOO_MANY)
		limit = limit / 2 > TOO_MANY ? limit / 2 : TOO_MANY;
	pthread_mutex_unlock(&lock);
}

/* What lies between others free(3) keeps. */
void heap_give_back(void)
{
	bool gone;

	pthread_mutex_lock(&lock);
	gone = most >= MANY && n <= most / 2;
	if (gone)
		most = n;
	pthread_mutex_unlock(&lock);
	if (gone)
		malloc_trim(0);
}
