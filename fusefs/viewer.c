/* SPDX-License-Identifier: MIT */
/* The viewers of a mount: a short list. */
#include "fusefs/viewer.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "fusefs/scan.h"

/* That nobody uses just now. */
#define REMEMBERED 16

/* Descriptors that looking at objects and processes takes, and some more. */
#define RESERVE 128

/*
 * What all files and listings that are open may keep in memory together. A text is hardly
 * ever above 1 MiB; one field can be as long as an object of which an image is made
 * (IMAGE_SIZE_MAX).
 */
#define BYTES_MAX ((size_t)512 * 1024 * 1024)

/* Of descriptors and of bytes a user may have one part in so many. */
#define SHARE 4

struct viewers {
	pthread_mutex_t lock; /* guards the list and what the table has in each */
	struct viewer *first; /* the last one is the program itself */
	struct viewer *own;
	bool discover;
	uint64_t count;
	unsigned open, open_max; /* files of all but the program's own viewer … */
	size_t bytes;            /* … and what they keep */
};

static void viewer_free(struct viewer *viewer)
{
	for (size_t i = 0; i < sizeof(viewer->looks.latest) / sizeof(viewer->looks.latest[0]); i++)
		scan_put(viewer->looks.latest[i]);
	since_table_free(viewer->looks.since);
	vanished_table_free(viewer->looks.vanished);
	found_table_free(viewer->found);
	pthread_mutex_destroy(&viewer->lock);
	credentials_deinit(&viewer->credentials);
	free(viewer);
}

static int viewer_new(struct viewers *viewers, const struct credentials *who, struct viewer **ret)
{
	struct viewer *viewer = calloc(1, sizeof(*viewer));
	int r;

	if (!viewer)
		return -ENOMEM;
	viewer->all = viewers;
	pthread_mutex_init(&viewer->lock, NULL);
	r = since_table_new(&viewer->looks.since);
	if (r == 0)
		r = vanished_table_new(&viewer->looks.vanished);
	if (r == 0 && viewers->discover)
		r = found_table_new(&viewer->found);
	if (r == 0 && who) {
		r = credentials_copy(who, &viewer->credentials);
		viewer->who = &viewer->credentials;
	}
	if (r < 0)
		viewer_free(viewer);
	else
		*ret = viewer;
	return r;
}

/* So many files can be open at a time, each of which may need a descriptor. */
static unsigned find_open_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur < RESERVE)
		return RESERVE;
	limit.rlim_cur -= RESERVE;
	return limit.rlim_cur < UINT_MAX ? (unsigned)limit.rlim_cur : UINT_MAX;
}

int viewers_create(int procfd, bool discover, struct viewers **ret)
{
	struct viewers *viewers = calloc(1, sizeof(*viewers));
	int r;

	if (!viewers)
		return -ENOMEM;
	viewers->discover = discover;
	viewers->open_max = find_open_max();
	pthread_mutex_init(&viewers->lock, NULL);
	r = viewer_new(viewers, NULL, &viewers->own);
	if (r < 0) {
		free(viewers);
		return r;
	}
	if (procfd >= 0)
		credentials_of_thread(procfd, 0, &viewers->own->credentials);
	viewers->own->users = 1;
	viewers->first = viewers->own;
	*ret = viewers;
	return 0;
}

void viewers_destroy(struct viewers *viewers)
{
	if (!viewers)
		return;
	while (viewers->first) {
		struct viewer *viewer = viewers->first;

		viewers->first = viewer->next;
		viewer_free(viewer);
	}
	pthread_mutex_destroy(&viewers->lock);
	free(viewers);
}

struct viewer *viewers_own(struct viewers *viewers)
{
	return viewers->own;
}

/* The lock is held. Of those that nobody uses, the one that has not come for longest goes. */
static void forget_oldest(struct viewers *viewers)
{
	struct viewer **oldest = NULL, *gone;
	unsigned unused = 0;

	for (struct viewer **link = &viewers->first; *link; link = &(*link)->next) {
		if (__atomic_load_n(&(*link)->users, __ATOMIC_ACQUIRE) > 0)
			continue;
		unused++;
		if (!oldest || (*link)->used < (*oldest)->used)
			oldest = link;
	}
	if (unused <= REMEMBERED)
		return;
	gone = *oldest;
	*oldest = gone->next;
	viewer_free(gone);
}

/* The lock is held. */
static int find_or_make(struct viewers *viewers, const struct credentials *who, struct viewer **ret)
{
	struct viewer *viewer = viewers->first;
	int r;

	while (viewer && (!viewer->who || !credentials_equal(viewer->who, who)))
		viewer = viewer->next;
	if (!viewer) {
		r = viewer_new(viewers, who, &viewer);
		if (r < 0)
			return r;
		viewer->next = viewers->first;
		viewers->first = viewer;
	}
	*ret = viewer;
	return 0;
}

int viewers_get(struct viewers *viewers, const struct credentials *who, struct viewer **ret)
{
	int r;

	pthread_mutex_lock(&viewers->lock);
	r = find_or_make(viewers, who, ret);
	if (r == 0) {
		viewer_get(*ret);
		(*ret)->used = ++viewers->count;
		forget_oldest(viewers);
	}
	pthread_mutex_unlock(&viewers->lock);
	return r;
}

void viewer_get(struct viewer *viewer)
{
	__atomic_add_fetch(&viewer->users, 1, __ATOMIC_RELAXED);
}

void viewer_put(struct viewer *viewer)
{
	if (viewer)
		__atomic_sub_fetch(&viewer->users, 1, __ATOMIC_RELEASE);
}

/* The lock is held. He may come with several groups. */
static void count_user(const struct viewers *viewers, uid_t uid, unsigned *ret_open,
		       size_t *ret_bytes)
{
	*ret_open = 0;
	*ret_bytes = 0;
	for (const struct viewer *viewer = viewers->first; viewer; viewer = viewer->next) {
		if (!viewer->who || viewer->who->uid != uid)
			continue;
		*ret_open += viewer->open;
		*ret_bytes += viewer->bytes;
	}
}

int viewer_admit(struct viewer *viewer)
{
	struct viewers *viewers = viewer->all;
	unsigned open;
	size_t bytes;
	int r = 0;

	if (!viewer->who)
		return 0;
	pthread_mutex_lock(&viewers->lock);
	count_user(viewers, viewer->who->uid, &open, &bytes);
	if (viewers->open >= viewers->open_max || open >= viewers->open_max / SHARE)
		r = -ENFILE;
	if (r == 0) {
		viewers->open++;
		viewer->open++;
	}
	pthread_mutex_unlock(&viewers->lock);
	return r;
}

void viewer_dismiss(struct viewer *viewer)
{
	if (!viewer->who)
		return;
	pthread_mutex_lock(&viewer->all->lock);
	viewer->all->open--;
	viewer->open--;
	pthread_mutex_unlock(&viewer->all->lock);
}

/* The lock is held. */
static bool has_room(const struct viewers *viewers, uid_t uid, size_t more)
{
	unsigned open;
	size_t bytes;

	count_user(viewers, uid, &open, &bytes);
	return more <= BYTES_MAX / SHARE && bytes <= BYTES_MAX / SHARE - more &&
	       viewers->bytes <= BYTES_MAX - more;
}

int viewer_keeps(struct viewer *viewer, size_t before, size_t now)
{
	struct viewers *viewers = viewer->all;
	int r = 0;

	if (!viewer->who)
		return 0;
	pthread_mutex_lock(&viewers->lock);
	if (now > before && !has_room(viewers, viewer->who->uid, now - before))
		r = -ENOMEM;
	if (r == 0) {
		viewers->bytes += now - before;
		viewer->bytes += now - before;
	}
	pthread_mutex_unlock(&viewers->lock);
	return r;
}

void viewers_forget(struct viewers *viewers, const struct object_id *id)
{
	pthread_mutex_lock(&viewers->lock);
	for (struct viewer *viewer = viewers->first; viewer; viewer = viewer->next) {
		if (id)
			found_forget(viewer->found, id);
		else
			found_forget_all(viewer->found);
	}
	pthread_mutex_unlock(&viewers->lock);
}
