/* SPDX-License-Identifier: MIT */
/* Situations: counts and links that are rewritten while somebody follows them. */
#include "tests/actor.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "core/layouts.h"

/* What rewriters do until the end: each step is a number of rounds, which is the answer to a line.
 */
static void rewrite(void (*step)(void *object, unsigned round), void *object)
{
	unsigned round = 0;

	actor_ready(NULL, 0);
	while (!actor_called() || actor_line_answered("%u", round))
		step(object, round++);
}

static void set_count(void *object, unsigned round)
{
	static const int counts[] = {0, 5, 60, -1, 1028, 1029, INT_MAX, INT_MIN};
	struct pshm_xfr *xfr = object;

	*(volatile int *)&xfr->cnt = counts[round % (sizeof(counts) / sizeof(counts[0]))];
}

#define XFR_SIZE (offsetof(struct pshm_xfr, buf) + 1028)

void play_rewrite_xfr(char **arguments)
{
	struct pshm_xfr *xfr = actor_map(arguments[0], XFR_SIZE);

	actor_must(sem_init(&xfr->wsem, 1, 1) == 0 && sem_init(&xfr->rsem, 1, 0) == 0, "sem_init");
	memset(xfr->buf, 'x', 1028);
	rewrite(set_count, xfr);
	shm_unlink(arguments[0]);
}

/* Value, shared flag and sleepers of a semaphore, and what it protects, each on its own. */
static void set_lock(void *object, unsigned round)
{
	static const uint32_t words[] = {0, 1, 0x80, INT_MAX, (uint32_t)INT_MIN, UINT32_MAX};
	volatile uint32_t *word = object;

	word[round % (sizeof(struct pshm_seqnum) / sizeof(*word))] = words[round / 7 % 6];
}

void play_rewrite_locks(char **arguments)
{
	struct pshm_seqnum *seqnum = actor_map(arguments[0], sizeof(*seqnum));

	rewrite(set_lock, seqnum);
	shm_unlink(arguments[0]);
}

/* So many nodes without text that a walk through them is as long as one may be, and then some. */
#define NODE_SIZE offsetof(struct pshm_listnode, text)
#define NODES ((uint64_t)360000)
#define FIRST sizeof(struct pshm_linkedlist)
#define LIST_SIZE (FIRST + NODES * NODE_SIZE)

static void put_node(void *list, uint64_t at, uint64_t next, uint32_t length)
{
	const struct pshm_listnode node = {.next = next, .length = length};

	memcpy((char *)list + at, &node, NODE_SIZE);
}

/* The head, the third node's link, and its length: right, in a circle, and far outside. */
static void set_links(void *object, unsigned round)
{
	static const uint64_t heads[] = {FIRST, 0, FIRST, LIST_SIZE, FIRST, 1, FIRST, UINT64_MAX};
	const uint64_t third = FIRST + 2 * NODE_SIZE;
	const uint64_t nexts[] = {third + NODE_SIZE, third, FIRST, 0, LIST_SIZE - 1, 1, INT64_MAX};
	struct pshm_linkedlist *list = object;

	*(volatile uint64_t *)&list->head = heads[round % 8];
	put_node(list, third, nexts[round / 8 % 7], round / 56 % 3 == 2 ? UINT32_MAX : 0);
}

void play_rewrite_list(char **arguments)
{
	struct pshm_linkedlist *list = actor_map(arguments[0], LIST_SIZE);
	const uint64_t nodes = (uint64_t)actor_number(arguments[1]);

	actor_must(nodes >= 4 && nodes <= NODES, arguments[1]);
	memcpy(list->magic, PSHM_LINKEDLIST_MAGIC, sizeof(list->magic));
	actor_must(sem_init(&list->sem, 1, 1) == 0, "sem_init");
	list->head = FIRST;
	for (uint64_t i = 0; i < nodes; i++) {
		uint64_t at = FIRST + i * NODE_SIZE;

		put_node(list, at, i + 1 < nodes ? at + NODE_SIZE : 0, 0);
	}
	rewrite(set_links, list);
	shm_unlink(arguments[0]);
}
