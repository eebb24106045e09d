/* SPDX-License-Identifier: MIT */
/* From a list of files to a tree, as one table: what is in one directory stands together. */
#include "fusefs/nodes_folders.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/leaf_names.h"

/* A file, or a directory with what is in it. */
struct item {
	struct node node;
	const struct field_folder *folder; /* NULL: a file; or the top */
	struct item *first, *last, *next;  /* what is in it, in order */
	struct leaf_names names;
	char name[LEAF_NAME_SIZE];
};

struct arranging {
	struct arena arena; /* of items */
	struct item top;
	void *by_folder; /* tsearch(3) tree of directories */
	size_t n, n_dirs;
};

static int compare_folders(const void *left, const void *right)
{
	const struct item *a = left, *b = right;

	if (a->folder == b->folder)
		return 0;
	return (uintptr_t)a->folder < (uintptr_t)b->folder ? -1 : 1;
}

static int add_item(struct arranging *a, struct item *dir, const char *name, size_t offset,
		    struct item **ret)
{
	struct item *item = arena_alloc(&a->arena, sizeof(*item));
	int r = item ? leaf_names_take(&dir->names, name, offset, item->name) : -ENOMEM;

	if (r == 0)
		*ret = item;
	return r;
}

static void link_item(struct arranging *a, struct item *dir, struct item *item)
{
	if (dir->last)
		dir->last->next = item;
	else
		dir->first = item;
	dir->last = item;
	a->n++;
}

/* The directory, and all that it is in. */
static int folder_item(struct arranging *a, const struct field_folder *folder, struct item **ret)
{
	const struct item key = {.folder = folder};
	struct item **found = folder ? tfind(&key, &a->by_folder, compare_folders) : NULL;
	struct item *in = NULL;
	int r;

	if (!folder || found) {
		*ret = found ? *found : &a->top;
		return 0;
	}
	r = folder_item(a, folder->in, &in);
	if (r == 0)
		r = add_item(a, in, folder->name, folder->offset, ret);
	if (r < 0)
		return r;
	(*ret)->folder = folder;
	(*ret)->node =
		(struct node){.mode = S_IFDIR | 0555, .help = "the fields of a struct or an array"};
	link_item(a, in, *ret);
	a->n_dirs++;
	return tsearch(*ret, &a->by_folder, compare_folders) ? 0 : -ENOMEM;
}

static int add_file(struct arranging *a, const struct node *file)
{
	const struct leaf *leaf = file->arg;
	struct item *dir, *item = NULL;
	char name[LEAF_NAME_SIZE];
	int r = folder_item(a, leaf->field->folder, &dir);

	leaf_file_name(leaf, name);
	if (r == 0)
		r = add_item(a, dir, name, leaf_offset(leaf), &item);
	if (r < 0 || !file->render)
		return r;
	item->node = *file;
	link_item(a, dir, item);
	return 0;
}

static int compare_names(const void *left, const void *right)
{
	const struct node *const *a = left, *const *b = right;

	return strcmp((*a)->name, (*b)->name);
}

/* What is in the directory, from number `*n` on, which counts. */
static struct dir put_dir(const struct item *dir, struct field_nodes *fields,
			  const struct node **by_name, const struct item **order, size_t *n)
{
	const size_t first = *n;

	for (const struct item *item = dir->first; item; item = item->next) {
		by_name[*n] = &fields->nodes[*n];
		fields->nodes[*n] = item->node;
		fields->nodes[*n].name = arena_text(&fields->arena, item->name);
		order[(*n)++] = item;
	}
	return (struct dir){.nodes = &fields->nodes[first],
			    .n_nodes = *n - first,
			    .by_name = &by_name[first],
			    .fields = true};
}

static int sort_names(const struct dir *dir, const struct node **by_name)
{
	for (size_t i = 0; i < dir->n_nodes; i++)
		if (!dir->nodes[i].name)
			return -ENOMEM;
	qsort(by_name, dir->n_nodes, sizeof(*by_name), compare_names);
	return 0;
}

/* A row is found by its number: so the table is the queue, too, in which directories are gone to.
 */
static int put_nodes(struct arranging *a, struct field_nodes *ret)
{
	const struct item **order = arena_alloc(&a->arena, a->n * sizeof(*order));
	const struct node **by_name = arena_alloc(&ret->arena, a->n * sizeof(*by_name));
	struct dir *dirs = arena_alloc(&ret->arena, a->n_dirs * sizeof(*dirs));
	size_t n = 0;
	int r;

	ret->nodes = arena_alloc(&ret->arena, a->n * sizeof(*ret->nodes));
	if (!order || !by_name || !dirs || !ret->nodes)
		return -ENOMEM;
	ret->top = put_dir(&a->top, ret, by_name, order, &n);
	r = sort_names(&ret->top, by_name);
	for (size_t i = 0; r == 0 && i < n; i++) {
		const size_t first = n;

		if (!order[i]->folder)
			continue;
		*dirs = put_dir(order[i], ret, by_name, order, &n);
		r = sort_names(dirs, by_name + first);
		ret->nodes[i].dir = dirs++;
	}
	ret->count = n;
	return r;
}

static void item_deinit(void *item)
{
	leaf_names_deinit(&((struct item *)item)->names);
}

int folders_arrange(const struct node *files, size_t n, struct field_nodes *ret)
{
	struct arranging a = {.arena.left = SIZE_MAX, .top.names.reserved = true};
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++)
		r = add_file(&a, &files[i]);
	if (r == 0)
		r = put_nodes(&a, ret);
	tdestroy(a.by_folder, item_deinit);
	item_deinit(&a.top);
	arena_free(&a.arena);
	return r;
}
