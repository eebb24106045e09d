/* SPDX-License-Identifier: MIT */
/* The table of slots. */
#include "fusefs/inode.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/clock.h"
#include "fusefs/heap.h"
#include "fusefs/viewer.h"

/* A rendering this young still answers for the length: stat, open and fstat of one tool agree. */
#define NOTE_NS (10 * 1000 * 1000)

struct inodes {
	pthread_mutex_t lock;
	void *by_number; /* tsearch(3) trees of slots */
	void *by_object;
	uint64_t next_number;
	struct slot *root;
	struct slot *last; /* found by its number: most often it is asked for again, or NULL */
};

#define N_RANGES (sizeof(((struct slot *)NULL)->ranges) / sizeof(struct field_range))

#define COMPARE(a, b)                                                                              \
	if ((a) != (b))                                                                            \
	return (a) < (b) ? -1 : 1

static int compare_number(const void *left, const void *right)
{
	const struct slot *a = left, *b = right;

	COMPARE(a->number, b->number);
	return 0;
}

static int compare_object(const void *left, const void *right)
{
	const struct slot *a = left, *b = right;

	COMPARE(a->id.ino, b->id.ino);
	COMPARE(a->id.btime_nsec, b->id.btime_nsec);
	COMPARE(a->id.btime_sec, b->id.btime_sec);
	COMPARE(a->id.generation, b->id.generation);
	COMPARE(a->id.dev, b->id.dev);
	COMPARE((uintptr_t)a->listing, (uintptr_t)b->listing);
	COMPARE((uintptr_t)a->top, (uintptr_t)b->top);
	return strcmp(a->name, b->name);
}

static struct slot *slot_create(const struct node *listing, const struct node *top,
				const char *name)
{
	struct slot *slot = calloc(1, sizeof(*slot) + strlen(name) + 1);

	if (!slot)
		return NULL;
	slot->listing = listing;
	slot->top = top;
	strcpy(slot->name, name);
	return slot;
}

int inodes_create(struct inodes **ret)
{
	struct inodes *inodes = calloc(1, sizeof(*inodes));

	if (!inodes)
		return -ENOMEM;
	inodes->root = slot_create(NULL, &root_node, "");
	if (!inodes->root || !tsearch(inodes->root, &inodes->by_number, compare_number)) {
		inodes_destroy(inodes);
		return -ENOMEM;
	}
	inodes->root->pins = 1;
	inodes->next_number = 1;
	pthread_mutex_init(&inodes->lock, NULL);
	*ret = inodes;
	return 0;
}

static void slot_destroy(void *data)
{
	struct slot *slot = data;

	while (slot->opened) {
		struct opened *opened = slot->opened;

		slot->opened = opened->next;
		opened->destroy(opened);
	}
	free(slot);
}

static void keep(void *slot)
{
	(void)slot;
}

void inodes_destroy(struct inodes *inodes)
{
	if (!inodes)
		return;
	tdestroy(inodes->by_object, keep);
	tdestroy(inodes->by_number, slot_destroy);
	if (!inodes->by_number)
		free(inodes->root);
	free(inodes);
}

uint64_t inodes_number(const struct slot *slot, unsigned row)
{
	return slot->number << 32 | row;
}

/* The lock is held. */
static void unpin(struct inodes *inodes, struct slot *slot, uint64_t count)
{
	slot->pins -= count < slot->pins ? count : slot->pins;
	if (slot->pins > 0 || slot == inodes->root)
		return;
	tdelete(slot, &inodes->by_number, compare_number);
	tdelete(slot, &inodes->by_object, compare_object);
	if (inodes->last == slot)
		inodes->last = NULL;
	free(slot);
	heap_removed();
}

static struct slot *find(struct inodes *inodes, uint64_t number)
{
	struct slot key = {.number = number >> 32}, **found;

	if (inodes->last && inodes->last->number == key.number)
		return inodes->last;
	found = tfind(&key, &inodes->by_number, compare_number);
	if (found)
		inodes->last = *found;
	return found ? *found : NULL;
}

static void resolve_field(const struct slot *slot, unsigned row, struct place *ret)
{
	for (size_t i = 0; i < N_RANGES; i++) {
		const struct field_range *range = &slot->ranges[i];

		if (!range->fields || row < range->row || row - range->row >= range->fields->count)
			continue;
		ret->node = &range->fields->nodes[row - range->row];
		ret->fields = range->fields;
		return;
	}
}

static int resolve(struct slot *slot, unsigned row, struct place *ret)
{
	*ret = (struct place){.slot = slot, .row = row};
	if (row < ROW_FIELDS) {
		ret->node = tree_node(slot->top, row);
	} else {
		resolve_field(slot, row, ret);
	}
	return ret->node ? 0 : -ESTALE;
}

int inodes_get(struct inodes *inodes, uint64_t number, struct place *ret)
{
	struct slot *slot;
	int r = -ESTALE;

	pthread_mutex_lock(&inodes->lock);
	slot = find(inodes, number);
	if (slot)
		r = resolve(slot, (unsigned)number, ret);
	if (r == 0)
		slot->pins++;
	pthread_mutex_unlock(&inodes->lock);
	return r;
}

void inodes_put(struct inodes *inodes, const struct place *place)
{
	pthread_mutex_lock(&inodes->lock);
	unpin(inodes, place->slot, 1);
	pthread_mutex_unlock(&inodes->lock);
}

void inodes_pin(struct inodes *inodes, const struct place *place)
{
	pthread_mutex_lock(&inodes->lock);
	place->slot->pins++;
	pthread_mutex_unlock(&inodes->lock);
}

void inodes_forget(struct inodes *inodes, uint64_t number, uint64_t count)
{
	struct slot *slot;

	pthread_mutex_lock(&inodes->lock);
	slot = find(inodes, number);
	if (slot && slot != inodes->root)
		unpin(inodes, slot, count);
	pthread_mutex_unlock(&inodes->lock);
	heap_give_back();
}

/* Puts the new slot into both trees, or into none. The lock is held. */
static int enter(struct inodes *inodes, struct slot *slot)
{
	slot->number = inodes->next_number;
	if (!tsearch(slot, &inodes->by_number, compare_number))
		return -ENOMEM;
	if (!tsearch(slot, &inodes->by_object, compare_object)) {
		tdelete(slot, &inodes->by_number, compare_number);
		return -ENOMEM;
	}
	inodes->next_number++;
	heap_added();
	return 0;
}

int inodes_object(struct inodes *inodes, const struct node *listing, const char *name,
		  const struct statx *st, const struct object_id *id, struct place *ret)
{
	bool object = st && S_ISREG(st->stx_mode);
	struct slot *slot = slot_create(listing, object ? &object_node : &odd_node, name);
	struct slot **found;
	int r = 0;

	if (!slot)
		return -ENOMEM;
	if (st)
		slot->id = *id;
	pthread_mutex_lock(&inodes->lock);
	found = tfind(slot, &inodes->by_object, compare_object);
	if (found) {
		free(slot);
		slot = *found;
	} else {
		r = enter(inodes, slot);
	}
	if (r == 0) {
		slot->pins++;
		*ret = (struct place){.slot = slot, .row = 1, .node = slot->top};
	} else {
		free(slot);
	}
	pthread_mutex_unlock(&inodes->lock);
	return r;
}

/* The lock is held. Rows behind all that there are; only after two thousand million from the start.
 */
static unsigned fresh_row(const struct slot *slot)
{
	unsigned row = ROW_FIELDS;

	for (size_t i = 0; i < N_RANGES; i++) {
		const struct field_range *range = &slot->ranges[i];
		const unsigned end =
			range->fields ? range->row + (unsigned)range->fields->count : 0;

		row = end > row ? end : row;
	}
	return row > UINT32_MAX / 2 ? ROW_FIELDS : row;
}

/* The lock is held. What others have seen has the same rows for all. */
static unsigned find_row(const struct slot *slot, const struct field_nodes *fields)
{
	for (size_t i = 0; i < N_RANGES; i++)
		if (slot->ranges[i].fields == fields)
			return slot->ranges[i].row;
	return fresh_row(slot);
}

/* The lock is held. The viewer's range, or that of the one who has none longest. */
static struct field_range *range_for(struct slot *slot, const struct viewer *viewer)
{
	for (size_t i = 0; i < N_RANGES; i++)
		if (slot->ranges[i].fields && slot->ranges[i].viewer == viewer)
			return &slot->ranges[i];
	return &slot->ranges[slot->next_range++ % N_RANGES];
}

unsigned inodes_fields(struct inodes *inodes, struct slot *slot, const struct viewer *viewer,
		       const struct field_nodes *fields)
{
	struct field_range *range;
	unsigned row;

	pthread_mutex_lock(&inodes->lock);
	row = find_row(slot, fields);
	range = range_for(slot, viewer);
	*range = (struct field_range){fields, row, viewer};
	pthread_mutex_unlock(&inodes->lock);
	return row;
}

bool inodes_has_field(struct inodes *inodes, const struct slot *slot, const char *name)
{
	struct field_range ranges[N_RANGES];
	bool has = false;

	pthread_mutex_lock(&inodes->lock);
	memcpy(ranges, slot->ranges, sizeof(ranges));
	pthread_mutex_unlock(&inodes->lock);
	for (size_t i = 0; i < N_RANGES; i++)
		has = has || (ranges[i].fields && tree_find(&ranges[i].fields->top, name));
	return has;
}

void inodes_opened(struct inodes *inodes, struct slot *slot, struct opened *opened)
{
	pthread_mutex_lock(&inodes->lock);
	opened->next = slot->opened;
	slot->opened = opened;
	pthread_mutex_unlock(&inodes->lock);
}

void inodes_reread(struct inodes *inodes, struct opened *opened, size_t length)
{
	pthread_mutex_lock(&inodes->lock);
	opened->length = length;
	pthread_mutex_unlock(&inodes->lock);
}

void inodes_closed(struct inodes *inodes, struct slot *slot, struct opened *opened)
{
	pthread_mutex_lock(&inodes->lock);
	for (struct opened **link = &slot->opened; *link; link = &(*link)->next) {
		if (*link == opened) {
			*link = opened->next;
			break;
		}
	}
	pthread_mutex_unlock(&inodes->lock);
}

static bool opened_length(const struct place *place, pid_t pid, size_t *ret)
{
	for (const struct opened *o = place->slot->opened; o; o = o->next) {
		/* 0: somebody in another pid namespace, whoever that is. */
		if (pid != 0 && o->row == place->row && o->pid == pid &&
		    o->viewer == place->viewer) {
			*ret = o->length;
			return true;
		}
	}
	return false;
}

static struct length_note *note_of(struct slot *slot, unsigned row)
{
	for (size_t i = 0; i < sizeof(slot->notes) / sizeof(slot->notes[0]); i++)
		if (slot->notes[i].row == row)
			return &slot->notes[i];
	return NULL;
}

/* What somebody's rights have let him see is no one else's to know. */
static bool is_others(const struct place *place)
{
	return place->viewer && place->viewer->who;
}

bool inodes_length(struct inodes *inodes, const struct place *place, pid_t pid, size_t *ret)
{
	const struct length_note *note;
	bool known;

	pthread_mutex_lock(&inodes->lock);
	known = opened_length(place, pid, ret);
	note = known || is_others(place) ? NULL : note_of(place->slot, place->row);
	if (note && clock_ns() - note->when < NOTE_NS) {
		*ret = note->length;
		known = true;
	}
	pthread_mutex_unlock(&inodes->lock);
	return known;
}

void inodes_note_length(struct inodes *inodes, const struct place *place, size_t length)
{
	struct slot *slot = place->slot;
	struct length_note *note;

	if (is_others(place))
		return;
	pthread_mutex_lock(&inodes->lock);
	note = note_of(slot, place->row);
	if (!note)
		note = &slot->notes[slot->next_note++ % 4];
	*note = (struct length_note){.row = place->row, .length = length, .when = clock_ns()};
	pthread_mutex_unlock(&inodes->lock);
}
