/* SPDX-License-Identifier: MIT */
/* Asking the scanner and waiting for the answer: for threads that no request depends on. */
#include <errno.h>
#include <pthread.h>

#include "fusefs/scanner.h"

/* A thread that waits itself. */
struct waiting {
	struct asker asker; /* the first */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool answered;
	struct scan *scan;
	int error;
};

static void wake(struct asker *asker, struct scan *scan, int error)
{
	struct waiting *waiting = (struct waiting *)asker;

	pthread_mutex_lock(&waiting->lock);
	waiting->scan = scan;
	waiting->error = error;
	waiting->answered = true;
	pthread_cond_signal(&waiting->changed);
	pthread_mutex_unlock(&waiting->lock);
}

int scanner_look(struct scanner *scanner, struct viewer *viewer, uint64_t ino, struct scan **ret)
{
	struct waiting waiting = {
		.asker = {.done = wake},
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
	};

	*ret = scanner_fresh(scanner, viewer, ino, false);
	if (*ret)
		return 0;
	if (!scanner_ask(scanner, viewer, ino, &waiting.asker))
		return -EINTR;
	pthread_mutex_lock(&waiting.lock);
	while (!waiting.answered)
		pthread_cond_wait(&waiting.changed, &waiting.lock);
	pthread_mutex_unlock(&waiting.lock);
	*ret = waiting.scan;
	return waiting.error;
}
