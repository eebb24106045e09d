/* SPDX-License-Identifier: MIT */
/* Open directories. */
#include "fusefs/listing.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/text_stream.h"
#include "core/unlinked.h"
#include "fusefs/scan.h"
#include "fusefs/viewer.h"

struct item {
	struct listed listed; /* name: only for those of a table; else NULL and name_at counts */
	size_t name_at;
};

struct names {
	struct item *items;
	size_t count, room;
	char *text; /* the names of SOURCE, each with its NUL */
	size_t text_size;
};

struct listing {
	struct opened opened;
	struct filesystem *fs;
	struct place place;
	pthread_mutex_t lock; /* guards the names while they are taken anew */
	struct names names;
	bool started;
};

static void names_deinit(struct names *names)
{
	free(names->items);
	free(names->text);
	*names = (struct names){0};
}

static int add(struct names *names, const struct item *item)
{
	if (names->count == names->room) {
		size_t room = names->room ? names->room * 2 : 32;
		struct item *items = reallocarray(names->items, room, sizeof(*items));

		if (!items)
			return -ENOMEM;
		names->items = items;
		names->room = room;
	}
	names->items[names->count++] = *item;
	return 0;
}

static int add_row(struct names *names, unsigned row, const struct node *node,
		   const struct field_nodes *fields)
{
	return add(names, &(struct item){.listed = {.name = node->name,
						    .row = row,
						    .node = node,
						    .fields = fields}});
}

static int add_fixed(struct names *names, const struct place *place)
{
	const struct dir *dir = place->node->dir;
	int r = 0;

	for (size_t i = 0; r == 0 && i < dir->n_nodes; i++)
		r = add_row(names, tree_row(place->slot->top, &dir->nodes[i]), &dir->nodes[i],
			    NULL);
	return r;
}

static int add_fields(struct names *names, struct filesystem *fs, const struct place *place)
{
	struct field_rows rows;
	int r = content_fields(fs, place, &rows);

	for (size_t i = 0; r == 0 && i < rows.dir->n_nodes; i++)
		r = add_row(names, rows.row + (unsigned)i, &rows.dir->nodes[i], rows.fields);
	return r;
}

struct collector {
	struct names *names;
	const struct dir *dir;
	FILE *text;
	size_t at;
};

static int collect(const struct dirent *entry, void *data)
{
	const char *name = entry->d_name;
	struct collector *c = data;
	const struct dir *beside = c->dir->beside;
	struct item item = {.listed = {.kind = entry->d_type}, .name_at = c->at};

	if (tree_find(c->dir, name))
		return 0;
	if (beside && !tree_find(beside, name))
		return 0;
	c->at += fwrite(name, 1, strlen(name) + 1, c->text);
	return add(c->names, &item);
}

static int add_objects(struct names *names, struct filesystem *fs, const struct place *place)
{
	struct collector c = {.names = names, .dir = place->node->dir};
	int r;

	c.text = text_open(&names->text, &names->text_size);
	if (!c.text)
		return -ENOMEM;
	r = object_list(fs->mirror.source, collect, &c);
	if (fclose(c.text) != 0 && r == 0)
		r = -ENOMEM;
	return r;
}

static int collect_unlinked(uint64_t ino, void *data)
{
	struct collector *c = data;
	struct item item = {.listed = {.kind = DT_REG}, .name_at = c->at};

	c->at += (size_t)fprintf(c->text, "%" PRIu64, ino) + 1;
	fputc('\0', c->text);
	return add(c->names, &item);
}

/* Those of a filesystem of which SOURCE is a part may never have been in it. */
static int add_unlinked(struct names *names, struct filesystem *fs, const struct place *place)
{
	struct collector c = {.names = names};
	int r;

	if (!fs->mirror.whole || !place->scan)
		return 0;
	c.text = text_open(&names->text, &names->text_size);
	if (!c.text)
		return -ENOMEM;
	r = unlinked_list(fs->mirror.procfd, fs->mirror.source, place->scan->looks.snapshot,
			  collect_unlinked, &c);
	if (fclose(c.text) != 0 && r == 0)
		r = -ENOMEM;
	return r;
}

static int take(struct filesystem *fs, const struct place *place, struct names *ret)
{
	struct names names = {0};
	int r = place->fields ? 0 : add_fixed(&names, place);

	if (r == 0 && place->node->dir->fields)
		r = add_fields(&names, fs, place);
	if (r == 0 && place->node->dir->objects)
		r = add_objects(&names, fs, place);
	if (r == 0 && place->node->dir->unlinked)
		r = add_unlinked(&names, fs, place);
	if (r < 0)
		names_deinit(&names);
	*ret = names;
	return r;
}

static void listing_destroy(struct opened *opened)
{
	struct listing *listing =
		(struct listing *)((char *)opened - offsetof(struct listing, opened));

	pthread_mutex_destroy(&listing->lock);
	names_deinit(&listing->names);
	free(listing);
}

/* Also an empty one is counted: nothing else bounds how many there are. */
static size_t kept_bytes(const struct names *names)
{
	return sizeof(struct listing) + names->room * sizeof(*names->items) + names->text_size;
}

int listing_open(struct filesystem *fs, const struct place *place, struct listing **ret)
{
	struct listing *listing = calloc(1, sizeof(*listing));
	int r;

	if (!listing)
		return -ENOMEM;
	listing->fs = fs;
	listing->place = *place;
	r = take(fs, place, &listing->names);
	listing->place.scan = NULL;
	if (r == 0)
		r = viewer_keeps(place->viewer, 0, kept_bytes(&listing->names));
	if (r < 0) {
		names_deinit(&listing->names);
		free(listing);
		return r;
	}
	pthread_mutex_init(&listing->lock, NULL);
	listing->opened = (struct opened){.destroy = listing_destroy, .row = place->row};
	viewer_get(place->viewer);
	inodes_pin(fs->inodes, place);
	inodes_opened(fs->inodes, place->slot, &listing->opened);
	*ret = listing;
	return 0;
}

/* The lock is held. */
static int take_again(struct listing *listing)
{
	struct names names;
	int r = take(listing->fs, &listing->place, &names);

	if (r == 0)
		r = viewer_keeps(listing->place.viewer, kept_bytes(&listing->names),
				 kept_bytes(&names));
	if (r < 0) {
		names_deinit(&names);
		return r;
	}
	names_deinit(&listing->names);
	listing->names = names;
	return 0;
}

int listing_walk(struct listing *listing, uint64_t index,
		 int (*fn)(const struct listed *listed, uint64_t index, void *data), void *data)
{
	const struct names *names = &listing->names;
	int r = 0;

	pthread_mutex_lock(&listing->lock);
	/* What was found by a look at processes stays: there is none now. */
	if (index == 0 && listing->started && !listing->place.node->dir->unlinked &&
	    !content_unlinked(&listing->place))
		r = take_again(listing);
	listing->started = true;
	for (; r == 0 && index < names->count; index++) {
		struct listed listed = names->items[index].listed;

		if (!listed.name)
			listed.name = names->text + names->items[index].name_at;
		if (fn(&listed, index, data))
			break;
	}
	pthread_mutex_unlock(&listing->lock);
	return r;
}

const struct place *listing_place(const struct listing *listing)
{
	return &listing->place;
}

void listing_close(struct listing *listing)
{
	struct inodes *inodes = listing->fs->inodes;

	inodes_closed(inodes, listing->place.slot, &listing->opened);
	inodes_put(inodes, &listing->place);
	viewer_keeps(listing->place.viewer, kept_bytes(&listing->names), 0);
	viewer_put(listing->place.viewer);
	listing_destroy(&listing->opened);
}
