/* SPDX-License-Identifier: MIT */
/* A few objects, and the thread that closes them. */
#include "fusefs/kept.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>

#include "core/clock.h"
#include "fusefs/thread.h"

/* A tick of the usual kernel, which keeps names at least as long (LIVE_SECONDS in ops.c). */
#define KEPT_NS (4 * 1000 * 1000)
/* How often what is older is looked for. */
#define SWEEP_NS (4 * 1000 * 1000)

/* Readers of so many objects at once are served best; more would only hold more descriptors. */
#define N_ENTRIES 8

struct entry {
	uint64_t slot;
	struct object object; /* fd -1: none */
};

struct kept {
	pthread_mutex_t lock; /* guards the rest but the thread and the semaphore */
	struct entry entries[N_ENTRIES];
	bool sweeping;
	bool ending;
	sem_t work; /* posted for the sweeper when it is not sweeping */
	pthread_t sweeper;
};

static bool is_old(const struct object *object)
{
	return clock_ns() > object->found + KEPT_NS;
}

/* Closes what is too old; false: nothing is left, and the sweeper may rest. */
static bool sweep(struct kept *kept)
{
	struct entry old[N_ENTRIES];
	size_t n_old = 0, left = 0;

	pthread_mutex_lock(&kept->lock);
	for (size_t i = 0; i < N_ENTRIES; i++) {
		struct entry *entry = &kept->entries[i];

		if (entry->object.fd < 0)
			continue;
		left++;
		if (!kept->ending && !is_old(&entry->object))
			continue;
		old[n_old++] = *entry;
		entry->object = OBJECT_NONE;
	}
	kept->sweeping = left > n_old;
	pthread_mutex_unlock(&kept->lock);
	/* This may free an unlinked object, and take its time. */
	for (size_t i = 0; i < n_old; i++)
		object_close(&old[i].object);
	return left > n_old;
}

static void *sweep_on(void *data)
{
	const struct timespec pause = {.tv_nsec = SWEEP_NS};
	struct kept *kept = data;
	bool ending = false;

	while (!ending) {
		while (sem_wait(&kept->work) < 0)
			;
		do
			nanosleep(&pause, NULL);
		while (sweep(kept));
		pthread_mutex_lock(&kept->lock);
		ending = kept->ending;
		pthread_mutex_unlock(&kept->lock);
	}
	return NULL;
}

/* The lock is held. */
static void wake(struct kept *kept)
{
	if (!kept->sweeping)
		sem_post(&kept->work);
	kept->sweeping = true;
}

int kept_create(struct kept **ret)
{
	struct kept *kept = calloc(1, sizeof(*kept));
	int r;

	if (!kept)
		return -ENOMEM;
	for (size_t i = 0; i < N_ENTRIES; i++)
		kept->entries[i].object = OBJECT_NONE;
	pthread_mutex_init(&kept->lock, NULL);
	sem_init(&kept->work, 0, 0);
	r = thread_start(&kept->sweeper, sweep_on, kept);
	if (r < 0)
		free(kept);
	else
		*ret = kept;
	return r;
}

void kept_destroy(struct kept *kept)
{
	if (!kept)
		return;
	pthread_mutex_lock(&kept->lock);
	kept->ending = true;
	wake(kept);
	pthread_mutex_unlock(&kept->lock);
	pthread_join(kept->sweeper, NULL);
	sem_destroy(&kept->work);
	pthread_mutex_destroy(&kept->lock);
	free(kept);
}

/* What is kept for the slot, which then is kept no longer. */
static struct object take(struct kept *kept, uint64_t slot)
{
	struct entry *entry = &kept->entries[slot % N_ENTRIES];
	struct object ret = OBJECT_NONE;

	pthread_mutex_lock(&kept->lock);
	if (entry->slot == slot) {
		ret = entry->object;
		entry->object = OBJECT_NONE;
	}
	pthread_mutex_unlock(&kept->lock);
	return ret;
}

bool kept_take(struct kept *kept, uint64_t slot, struct object *ret)
{
	struct object object = kept ? take(kept, slot) : OBJECT_NONE;

	if (object.fd >= 0 && !is_old(&object) && object_again(&object) == 0) {
		*ret = object;
		return true;
	}
	object_close(&object);
	return false;
}

void kept_give(struct kept *kept, uint64_t slot, struct object *object)
{
	struct entry *entry, before;

	if (!kept || object->fd < 0)
		return;
	entry = &kept->entries[slot % N_ENTRIES];
	pthread_mutex_lock(&kept->lock);
	before = *entry;
	*entry = (struct entry){slot, *object};
	wake(kept);
	pthread_mutex_unlock(&kept->lock);
	*object = OBJECT_NONE;
	object_close(&before.object);
}
