/* SPDX-License-Identifier: MIT */
/* The tree that users see: tables of nodes, and what a path in it names. Knows no FUSE. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

#include "core/arena.h"
#include "core/found.h"
#include "core/layout_choice.h"

struct finder;
struct poster;
struct privileges;
struct scan;
struct scanner;
struct viewer;
struct viewers;

/* How raw is read: by us, or by the kernel itself. */
enum raw_way { RAW_PREAD, RAW_PASSTHROUGH };

/* What is mounted: one for the whole life of the program. */
struct mirror {
	int source; /* O_PATH descriptor of SOURCE */
	const char *source_path;
	const char *options;     /* as the user gave them, for `about` */
	uid_t user;              /* who mounted it */
	bool strict;             /* nothing is cached */
	bool write;              /* objects may be changed */
	bool force;              /* … and removed while somebody holds them */
	struct poster *poster;   /* where write */
	struct scanner *scanner; /* or NULL: nobody looks into /proc */
	struct finder *finder;   /* or NULL: no programs are asked what objects are */
	struct viewers *viewers; /* who looks */
	bool others;             /* also others than who has mounted */
	bool callers;            /* the numbers of processes that ask are those of procfd */
	int procfd, cgroupfd;    /* an open /proc, /sys/fs/cgroup, or -1 */
	unsigned max_age;        /* ms, see scanner.h */
	bool whole;              /* SOURCE is all that its filesystem has */
	_Atomic enum raw_way raw;
	struct layout_rules *rules;
	const struct privileges *privileges; /* what is left of them, or NULL */
};

/* What a node is asked about: an object as it is now, or nothing but the mirror. */
struct subject {
	struct mirror *mirror;
	struct viewer *viewer;             /* who asks, whose rights the thread has; borrowed */
	const char *name;                  /* of the object; borrowed */
	struct object object;              /* open for as long as the subject is */
	struct image image;                /* its first bytes; empty where it may not be read */
	const struct layout *layout;       /* or NULL: unknown */
	struct layout_attribute attribute; /* as it was at that moment */
	struct found *found;               /* what its holders' programs say, or NULL */
	const struct scan *scan;           /* who holds it, for nodes that ask for it; borrowed */
	pid_t writer;                      /* for node->write; 0: in another pid namespace */
	bool unlinked;                     /* it has no name, `name` is its inode number */
};

/* Where in the mount the directories of objects without a name are: with it their name is whole,
 * and none that an object can have. */
#define UNLINKED_PATH ".pshmfs/unlinked/"

/* Which look at /proc a node's content is made from (scanner.h). */
enum scan_scope { SCAN_NONE, SCAN_OBJECT, SCAN_ALL };

/* Should it have been found out which struct the object is, or those are in which threads sleep? */
enum layout_need {
	LAYOUT_UNUSED,
	LAYOUT_NAMES, /* for names of fields: at some time */
	LAYOUT_WHOLE, /* for what it is: of those who hold it now */
};

/* One row of a directory. A new virtual file is one of these and its function. */
struct node {
	const char *name;
	mode_t mode; /* S_IFDIR or S_IFREG, and the rights of which an object's mode takes away */
	/* The whole content, or -errno. The file is what was written to `out`. */
	int (*render)(struct subject *subject, const void *arg, FILE *out);
	/* Instead of render: bytes as they are asked for. How many were read, or -errno. */
	ssize_t (*read)(const struct object *object, uint64_t offset, void *buffer, size_t size);
	/* Takes one whole write(2): all of it, or -errno and nothing has changed. */
	int (*write)(struct subject *subject, const void *arg, const char *text, size_t size);
	/* Instead of write: bytes where they are to be; and how long it is to be. */
	int (*write_at)(const struct object *object, uint64_t offset, const void *bytes,
			size_t size);
	int (*truncate)(const struct object *object, uint64_t size);
	bool changes; /* writing changes the object: only where the mirror allows it */
	enum scan_scope scan;
	bool optional;           /* where there cannot be that look it says less */
	bool judge;              /* that look is to have verdicts */
	enum layout_need layout; /* what it shows depends on the object's layout */
	const void *arg;
	const struct dir *dir; /* where it is a directory */
	const char *help;
};

/* What a directory has: fixed rows, then those that come from the object or from SOURCE. */
struct dir {
	const struct node *nodes;
	size_t n_nodes;
	const struct node *const *by_name; /* the same, sorted; or NULL: there are few */
	/* One node a field of the object's layout, and a directory for those of a struct in it. In
	 * such a directory `nodes` are just these. */
	bool fields;
	bool objects; /* one node a name in SOURCE; fixed rows go first where names are equal */
	/* Of those names only the ones that this directory cannot show are listed; all are found.
	 */
	const struct dir *beside;
	bool unlinked; /* one node an object that has no name any more, by inode number */
};

/* The rows of MNT itself, of an object's directory, and of what is no object. */
extern const struct node root_node;
extern const struct node object_node;
extern const struct node odd_node;

/*
 * subject_open() - Look at the object `name`: open it, read its first bytes, choose its layout.
 *
 * Returns 0 also for an object that may not be read (subject.object.error says why); -EINVAL where
 * `name` is no regular file; -ENOENT and so on. `name` is borrowed. Give back: subject_close().
 */
int subject_open(struct mirror *mirror, struct viewer *viewer, const char *name,
		 struct subject *ret);

/* The same of an object that is open already; it belongs to the subject, and on errors to nobody.
 */
int subject_of(struct mirror *mirror, struct viewer *viewer, const char *name,
	       const struct object *object, struct subject *ret);
void subject_close(struct subject *subject);

/* What to ask layout_choose() and layout_explain() about it; borrowed from the subject. */
struct layout_question subject_question(const struct subject *subject);

/*
 * tree_render() - The content of a file: what node->render writes, in memory.
 *
 * Returns 0 and a buffer that the caller frees (also where it is empty), or -errno.
 */
int tree_render(struct subject *subject, const struct node *node, char **ret, size_t *ret_size);

/* Can the node be written to in this mirror, by whom it allows? */
bool node_writable(const struct mirror *mirror, const struct node *node);

/*
 * The nodes of a layout's fields, with the directories that they are in. Shared by all who ask;
 * they live as long as the program.
 */
struct field_nodes {
	struct field_nodes *next; /* of another layout */
	const struct layout *layout;
	bool write;         /* with those that are only there to be written to */
	struct dir top;     /* what is in the object's own directory: the first of nodes */
	struct node *nodes; /* all; those of one directory stand together, in order */
	size_t count;
	struct arena arena; /* what they are made of */
};

/* 0 and the nodes that `layout` (NULL: none) has in this mirror, or -ENOMEM. */
int tree_fields(const struct mirror *mirror, const struct layout *layout,
		const struct field_nodes **ret);

/* The row called `name` of the directory's nodes, or NULL. */
const struct node *tree_find(const struct dir *dir, const char *name);

/*
 * Fixed rows are numbered from 2 on (1 is the directory at the top itself), those of a directory
 * in it right after its own: tree_row() gives the number of `node` below `top` (0: not there), and
 * tree_node() the node of a number, or NULL.
 */
unsigned tree_row(const struct node *top, const struct node *node);
const struct node *tree_node(const struct node *top, unsigned row);
