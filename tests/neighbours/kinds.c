/* SPDX-License-Identifier: MIT */
/* The tables of the tree, walked without a mount; and times, as histograms. */
#include "tests/neighbours/kinds.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/layouts.h"
#include "tests/support.h"

struct kind kinds[KINDS_MAX];
size_t n_kinds;

static bool find(const char *path, size_t *ret)
{
	for (size_t i = 0; i < n_kinds; i++) {
		if (strcmp(kinds[i].path, path) != 0)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

static enum kind_class class_of(const char *path, const struct node *node)
{
	/* By the time that it is opened it may be an object. */
	if (node == &odd_node)
		return KIND_ASKS;
	if (node->scan || strncmp(path, UNLINKED_PATH, strlen(UNLINKED_PATH) - 1) == 0)
		return KIND_LOOKS;
	return node->layout || (node->dir && node->dir->fields) ? KIND_ASKS : KIND_CHEAP;
}

/* A path is a folder's and a name, "" for none. */
static void add(const char *folder, const char *name, const struct node *node)
{
	char path[KIND_PATH];
	size_t known;

	assert_true(snprintf(path, sizeof(path), "%s%s", folder, name) < KIND_PATH);
	if (find(path, &known)) {
		/* Of several layouts' fields of one name. */
		if (class_of(path, node) > kinds[known].class)
			kinds[known].class = class_of(path, node);
		return;
	}
	assert_true(n_kinds < KINDS_MAX);
	kinds[n_kinds].class = class_of(path, node);
	kinds[n_kinds].folder = S_ISDIR(node->mode);
	strcpy(kinds[n_kinds++].path, path);
}

/* Those of each layout. */
static void add_fields(const char *folder)
{
	static const struct mirror mirror;
	const struct field_nodes *fields;

	for (size_t i = 0; i < n_layouts; i++) {
		assert_int_equal(tree_fields(&mirror, &layouts[i], &fields), 0);
		for (size_t k = 0; k < fields->top.n_nodes; k++) {
			struct node node = fields->top.nodes[k];

			node.layout = LAYOUT_NAMES;
			add(folder, node.name, &node);
		}
	}
}

static void add_folder(const char *folder, const struct dir *dir);

static void add_object(const char *folder, const char *name, bool all)
{
	const struct node field = {.mode = S_IFREG, .layout = LAYOUT_NAMES, .scan = SCAN_OBJECT};
	const struct node record = {.mode = S_IFDIR, .layout = LAYOUT_NAMES};
	char path[KIND_PATH];

	snprintf(path, sizeof(path), "%s%s/", folder, name);
	add(folder, name, &object_node);
	add_folder(path, object_node.dir);
	add(path, "FIELD", &field);
	if (!all)
		return;
	add_fields(path);
	add(path, "STRUCT", &record);
	add(path, "STRUCT/FIELD", &field);
}

static void add_folder(const char *folder, const struct dir *dir)
{
	for (size_t i = 0; i < dir->n_nodes; i++) {
		const struct node *node = &dir->nodes[i];
		char path[KIND_PATH];

		snprintf(path, sizeof(path), "%s%.30s/", folder, node->name);
		add(folder, node->name, node);
		if (node->dir)
			add_folder(path, node->dir);
	}
	if (dir->unlinked)
		add_object(folder, "INODE", false);
	if (dir->objects)
		add_object(folder, "NAME", !dir->beside);
	if (dir->objects && !dir->beside)
		add(folder, "NAME: no object", &odd_node);
}

void kinds_init(void)
{
	add("/dev/shm", "", &root_node);
	kinds[KIND_SOURCE].class = KIND_CONTROL;
	add("MNT", "", &root_node);
	add_folder("", root_node.dir);
}

/* What the name stands for; NULL: itself, if it is known. */
static const char *stands_for(const struct kind_folder *folder, mode_t mode,
			      const struct node *node)
{
	const struct dir *dir = folder->dir;

	if (node)
		return NULL;
	if (dir && dir->unlinked)
		return "INODE";
	if (dir && dir->objects)
		return S_ISDIR(mode) ? "NAME" : "NAME: no object";
	return S_ISDIR(mode) ? "STRUCT" : NULL;
}

/* Structs in structs are of one kind. */
static bool is_nested(const struct kind_folder *folder, mode_t mode)
{
	return !folder->dir && S_ISDIR(mode);
}

/* Without the slash. */
static size_t find_folder(const struct kind_folder *folder)
{
	char path[KIND_PATH];
	size_t kind = n_kinds;

	snprintf(path, sizeof(path), "%.*s", (int)strlen(folder->path) - 1, folder->path);
	find(path, &kind);
	return kind;
}

size_t kind_of(const struct kind_folder *folder, const char *name, mode_t mode,
	       struct kind_folder *ret)
{
	const struct node *node = folder->dir ? tree_find(folder->dir, name) : NULL;
	const char *shown = stands_for(folder, mode, node);
	char path[2 * KIND_PATH + 256];
	size_t kind;

	if (is_nested(folder, mode)) {
		*ret = *folder;
		return find_folder(folder);
	}
	ret->dir = node                                    ? node->dir
		   : shown && folder->dir && S_ISDIR(mode) ? object_node.dir
							   : NULL;
	if (shown && strcmp(shown, "STRUCT") == 0)
		ret->dir = NULL;
	snprintf(path, sizeof(path), "%s%s", folder->path, shown ? shown : name);
	if (!find(path, &kind)) {
		snprintf(path, sizeof(path), "%sFIELD", folder->path);
		if (!find(path, &kind))
			return n_kinds;
	}
	snprintf(ret->path, sizeof(ret->path), "%.*s/", KIND_PATH - 2, path);
	return kind;
}

void timings_add(struct timings *timings, uint64_t us)
{
	unsigned octave = 0, bucket;

	while (us >> octave > 15)
		octave++;
	bucket = octave * 8 + (unsigned)(us >> octave);
	timings->n++;
	timings->max = us > timings->max ? us : timings->max;
	timings->buckets[bucket < N_BUCKETS ? bucket : N_BUCKETS - 1]++;
}

void timings_sum(struct timings *sum, const struct timings *more)
{
	sum->n += more->n;
	sum->max = more->max > sum->max ? more->max : sum->max;
	for (size_t i = 0; i < N_BUCKETS; i++)
		sum->buckets[i] += more->buckets[i];
}

/* The first number that is in the next bucket. */
static uint64_t bucket_end(size_t bucket)
{
	return bucket < 16 ? bucket : ((bucket % 8 + 9) << (bucket / 8 - 1)) - 1;
}

uint64_t timings_quantile(const struct timings *timings, double part)
{
	const double wanted = (double)timings->n * part;
	uint64_t n = 0;

	for (size_t i = 0; i < N_BUCKETS; i++) {
		n += timings->buckets[i];
		if (timings->buckets[i] && (double)n >= wanted)
			return bucket_end(i) < timings->max ? bucket_end(i) : timings->max;
	}
	return timings->max;
}

void tally_sum(struct tally *sum, const struct tally *more)
{
	for (size_t i = 0; i < N_KIND_CALLS; i++)
		timings_sum(&sum->calls[i], &more->calls[i]);
	sum->refused += more->refused;
	sum->late += more->late;
}

static void print_call(const struct kind *kind, const char *call, const struct tally *tally,
		       const struct timings *t)
{
	static const char *const classes[] = {"-", "cheap", "asks", "looks"};

	print_message("%-36s %-5s %-4s %7llu %7llu %6llu %9.2f %9.2f %9.2f\n", kind->path,
		      classes[kind->class], call, (unsigned long long)t->n,
		      (unsigned long long)tally->refused, (unsigned long long)tally->late,
		      (double)timings_quantile(t, .5) / 1000,
		      (double)timings_quantile(t, .99) / 1000, (double)t->max / 1000);
}

void tallies_print(const struct tally *tallies)
{
	static const char *const calls[] = {"stat", "open", "read", "list"};

	print_message("%-36s %-5s %-4s %7s %7s %6s %9s %9s %9s\n", "KIND", "WAITS", "CALL", "TIMES",
		      "REFUSED", "LATE", "P50 ms", "P99 ms", "MAX ms");
	for (size_t i = 0; i < n_kinds; i++)
		for (size_t call = 0; call < N_KIND_CALLS; call++)
			if (tallies[i].calls[call].n)
				print_call(&kinds[i], calls[call], &tallies[i],
					   &tallies[i].calls[call]);
}

void tallies_class(const struct tally *tallies, enum kind_class class, struct timings *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < n_kinds; i++)
		for (size_t call = 0; kinds[i].class == class && call < N_KIND_CALLS; call++)
			timings_sum(ret, &tallies[i].calls[call]);
}
