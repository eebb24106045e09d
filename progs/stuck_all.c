/* SPDX-License-Identifier: MIT */
/* Folders that come and go with their containers; each has a look and a memory of its own. */
#include "progs/stuck_all.h"

#include <errno.h>
#include <stdlib.h>

#include "core/array.h"
#include "core/clock.h"
#include "progs/cli.h"
#include "progs/stuck_output.h"
#include "progs/stuck_watch.h"

struct place {
	uint64_t dev, ino;
	struct stuck stuck;
	struct watch watch;
	char *whose;
};

struct all {
	struct shm_folders found; /* by the latest search */
	struct place **places;    /* each stays where it is */
	size_t n;
	bool json;
};

static void place_free(struct place *place)
{
	watch_end(&place->watch);
	stuck_close(&place->stuck);
	free(place->whose);
	free(place);
}

static struct place *find(const struct all *all, const struct shm_folder *found)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->places[i]->dev == found->dev && all->places[i]->ino == found->ino)
			return all->places[i];
	return NULL;
}

static int add(struct all *all, const struct shm_folder *found)
{
	static const char *const everything[] = {NULL};
	struct place *place = calloc(1, sizeof(*place));
	int r = place ? array_grow(&all->places, all->n, sizeof(struct place *)) : -ENOMEM;

	if (r < 0) {
		free(place);
		return r;
	}
	all->places[all->n++] = place;
	place->dev = found->dev;
	place->ino = found->ino;
	place->watch = (struct watch){.stuck = &place->stuck, .json = all->json};
	r = stuck_open_found(found, everything, &place->stuck);
	return r == 0 ? all_folders_name(found, &place->whose) : r;
}

/* Those that nobody sees any more; what is open here is all that is left of them. */
static void drop_gone(struct all *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (all->places[i]->stuck.found) {
			all->places[n++] = all->places[i];
			continue;
		}
		watch_over(&all->places[i]->watch);
		place_free(all->places[i]);
	}
	all->n = n;
}

/* Of one that is known, who it is reached by may be another one by now. */
static int meet(struct all *all, const struct shm_folder *found)
{
	struct place *place = find(all, found);

	if (!place)
		return add(all, found);
	place->stuck.found = found;
	place->stuck.folder.path = found->path;
	free(place->whose);
	place->whose = NULL;
	return all_folders_name(found, &place->whose);
}

static int search(struct all *all)
{
	struct shm_folders found;
	int r = all_folders_find(&found);

	if (r < 0)
		return r;
	for (size_t i = 0; i < all->n; i++)
		all->places[i]->stuck.found = NULL;
	for (size_t i = 0; r == 0 && i < found.n; i++)
		if (found.items[i].fd >= 0)
			r = meet(all, &found.items[i]);
	shm_folders_deinit(&all->found);
	all->found = found;
	if (r == 0)
		drop_gone(all);
	return r;
}

static int look(struct all *all)
{
	int r = search(all);

	for (size_t i = 0; r == 0 && i < all->n; i++) {
		all->places[i]->watch.whose = all->places[i]->whose;
		r = stuck_look(&all->places[i]->stuck, true);
	}
	return r;
}

/* What each look could not see is the same: processes. */
static void say_unseen(const struct all *all)
{
	if (all->n > 0)
		folder_say_unseen(&all->places[0]->stuck.verdicts.after, "pshm_stuck");
	all_folders_say_unseen(&all->found, "pshm_stuck");
}

static int print(const struct all *all)
{
	const struct stuck **stucks = calloc(all->n + 1, sizeof(*stucks));
	int r = stucks ? 0 : -ENOMEM;

	for (size_t i = 0; r == 0 && i < all->n; i++)
		stucks[i] = &all->places[i]->stuck;
	if (r == 0)
		r = all->json ? stuck_print_all_json(stucks, all->n, &all->found)
			      : stuck_print_all(stucks, all->n);
	free(stucks);
	return r;
}

static int look_once(struct all *all)
{
	int r = look(all);

	if (r == 0)
		r = print(all);
	if (r == 0 && cli_flush() == 0)
		say_unseen(all);
	return r;
}

static int tell(struct all *all)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < all->n; i++)
		r = watch_tell(&all->places[i]->watch);
	return r;
}

static int watch(struct all *all, unsigned seconds)
{
	uint64_t begun = clock_ns();
	sigset_t signals;
	int r;

	watch_block(&signals);
	r = look(all);
	if (r == 0)
		say_unseen(all);
	while (r == 0) {
		r = tell(all);
		if (r < 0 || !watch_rest(&signals, begun + seconds * UINT64_C(1000000000)))
			break;
		begun = clock_ns();
		r = look(all);
	}
	return r;
}

/* Something that was found counts for more than what could not be told. */
static int status_of(const struct all *all)
{
	int status = CLI_OK;

	for (size_t i = 0; i < all->n; i++) {
		const int one = stuck_status(&all->places[i]->stuck);

		if (one == STUCK_FOUND || status == CLI_OK)
			status = one;
	}
	return status;
}

int stuck_all(unsigned seconds, bool json)
{
	struct all all = {.json = json};
	int r = seconds ? watch(&all, seconds) : look_once(&all);
	const int status = r < 0 ? STUCK_UNKNOWN : status_of(&all);

	/* What could not be written is told by cli_finish(). */
	if (r < 0 && cli_flush() == 0)
		cli_error("--all", r);
	for (size_t i = 0; i < all.n; i++)
		place_free(all.places[i]);
	free(all.places);
	shm_folders_deinit(&all.found);
	return status;
}
