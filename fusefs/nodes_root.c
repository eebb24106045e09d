/* SPDX-License-Identifier: MIT */
/* The files at the top of the mount, and those of its .pshmfs. A new one is a row here. */
#include "fusefs/nodes_process.h"
#include "fusefs/nodes_unseen.h"
#include "fusefs/nodes_verdict.h"
#include "fusefs/privileges.h"

#include <string.h>
#include <sys/stat.h>

#include "core/text.h"
#include "fusefs/viewer.h"

static int render_about(struct subject *subject, const void *arg, FILE *out)
{
	struct mirror *mirror = subject->mirror;
	struct viewer *viewer = subject->viewer;

	(void)arg;
	fprintf(out, "version\t%s\nsource\t", PSHMFS_VERSION);
	text_escape(mirror->source_path, strlen(mirror->source_path), out);
	fputs("\noptions\t", out);
	text_escape(mirror->options, strlen(mirror->options), out);
	fprintf(out, "\nuser\t%u\nraw\t%s\ndiscover\t%s\nlayouts\t", mirror->user,
		mirror->raw == RAW_PASSTHROUGH ? "passthrough" : "pread",
		mirror->finder ? "on" : "off: who holds an object is not asked which struct it is");
	for (size_t i = 0; i < n_layouts; i++)
		if (&layouts[i] == layouts_find(layouts[i].name))
			fprintf(out, "%s%s", i ? " " : "", layouts[i].name);
	fputc('\n', out);
	layout_rules_about(mirror->rules, out);
	pthread_mutex_lock(&viewer->lock);
	if (viewer->refused[0])
		fprintf(out, "refused\t%s\n", viewer->refused);
	pthread_mutex_unlock(&viewer->lock);
	if (mirror->privileges)
		privileges_about(mirror->privileges, out);
	processes_about(subject, out);
	unseen_about(subject, out);
	return 0;
}

static const struct dir root_dir; /* below */

/* Every name is found here, but listed only where MNT shows something else under it: a tool that
 * walks the whole tree must not meet each object twice. */
static const struct dir named_dir = {.objects = true, .beside = &root_dir};

static const struct dir unlinked_dir = {.unlinked = true};

static const struct node pshmfs_nodes[] = {
	{.name = "about",
	 .mode = S_IFREG | 0444,
	 .render = render_about,
	 .help = "version, source, options, and what this mount cannot see"},
	{.name = "holders",
	 .mode = S_IFREG | 0444,
	 .render = render_all_holders,
	 .scan = SCAN_ALL,
	 .help = "who maps objects or has them open"},
	{.name = "waiters",
	 .mode = S_IFREG | 0444,
	 .layout = LAYOUT_NAMES,
	 .render = render_all_waiters,
	 .scan = SCAN_ALL,
	 .help = "threads that sleep on words in objects"},
	{.name = "stuck",
	 .mode = S_IFREG | 0444,
	 .layout = LAYOUT_NAMES,
	 .render = render_stuck,
	 .scan = SCAN_ALL,
	 .judge = true,
	 .help = "a line an object whose verdict is not ok or waiting; then who has waited for "
		 "long"},
	{.name = "graph.dot",
	 .mode = S_IFREG | 0444,
	 .layout = LAYOUT_NAMES,
	 .render = render_graph,
	 .scan = SCAN_ALL,
	 .judge = true,
	 .help = "who waits for whom, and who could release it: dot -Tsvg"},
	{.name = "unlinked",
	 .mode = S_IFDIR | 0555,
	 .dir = &unlinked_dir,
	 .help = "objects that have no name any more but are in use, by inode number"},
	{.name = "named",
	 .mode = S_IFDIR | 0555,
	 .dir = &named_dir,
	 .help = "every object by name, also one that is called .pshmfs"},
};

static const struct dir pshmfs_dir = {
	.nodes = pshmfs_nodes,
	.n_nodes = sizeof(pshmfs_nodes) / sizeof(pshmfs_nodes[0]),
};

static const struct node root_nodes[] = {
	{.name = ".pshmfs", .mode = S_IFDIR | 0555, .dir = &pshmfs_dir, .help = "about this mount"},
};

static const struct dir root_dir = {
	.nodes = root_nodes,
	.n_nodes = sizeof(root_nodes) / sizeof(root_nodes[0]),
	.objects = true,
};

const struct node root_node = {.name = "", .mode = S_IFDIR | 0555, .dir = &root_dir};
