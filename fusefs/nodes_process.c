/* SPDX-License-Identifier: MIT */
/* Holders and waiters, as files. */
#include "fusefs/nodes_process.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/holders.h"
#include "core/json.h"
#include "core/names.h"
#include "core/text.h"
#include "core/unlinked.h"
#include "fusefs/scanner.h"

static struct table table_of(const struct subject *subject)
{
	return (struct table){
		.snapshot = subject->scan->snapshot,
		.ino = subject->object.id.ino,
		.layout = subject->layout,
	};
}

int render_holders(struct subject *subject, const void *arg, FILE *out)
{
	const struct table table = table_of(subject);

	(void)arg;
	return holders_print(&table, out);
}

int render_waiters(struct subject *subject, const void *arg, FILE *out)
{
	const struct table table = table_of(subject);

	(void)arg;
	return waiters_print(&table, out);
}

/* What is needed to name objects. */
struct namer {
	struct mirror *mirror;
	struct names *names;
	const struct snapshot *snapshot;
	bool with_layouts; /* say which layout they have, too */
};

static const struct layout *layout_of(struct mirror *mirror, const char *name)
{
	const struct layout *layout;
	struct subject subject;

	if (subject_open(mirror, name, &subject) < 0)
		return NULL;
	layout = subject.layout;
	subject_close(&subject);
	return layout;
}

static const struct layout *layout_of_unlinked(const struct namer *namer, uint64_t ino)
{
	struct mirror *mirror = namer->mirror;
	const struct layout *layout;
	struct subject subject;
	struct object object;
	char name[64]; /* its directory's: by that a layout may have been set by hand */

	snprintf(name, sizeof(name), UNLINKED_PATH "%" PRIu64, ino);
	if (unlinked_open(mirror->procfd, mirror->source, namer->snapshot, ino, &object) < 0 ||
	    subject_of(mirror, name, &object, &subject) < 0)
		return NULL;
	layout = subject.layout;
	subject_close(&subject);
	return layout;
}

/*
 * The path of the object's directory in the mount; nothing where it has none: its name lies in a
 * folder of SOURCE, or outside of it.
 */
static const struct layout *print_name(uint64_t ino, void *data, FILE *out)
{
	const struct namer *namer = data;
	const char *name = names_find(namer->names, ino);

	if (!name) {
		if (!namer->mirror->whole ||
		    !unlinked_is(namer->mirror->procfd, namer->mirror->source, namer->names,
				 namer->snapshot, ino))
			return NULL;
		fprintf(out, UNLINKED_PATH "%" PRIu64, ino);
		return namer->with_layouts ? layout_of_unlinked(namer, ino) : NULL;
	}
	text_escape(name, strlen(name), out);
	return namer->with_layouts ? layout_of(namer->mirror, name) : NULL;
}

static int render_all(struct subject *subject, bool with_layouts,
		      int (*print)(const struct table *table, FILE *out), FILE *out)
{
	struct namer namer = {.mirror = subject->mirror,
			      .snapshot = subject->scan->snapshot,
			      .with_layouts = with_layouts};
	const struct table table = {
		.snapshot = subject->scan->snapshot, .name = print_name, .data = &namer};
	int r = names_load(subject->mirror->source, &namer.names);

	if (r == 0)
		r = print(&table, out);
	names_free(namer.names);
	return r;
}

int render_all_holders(struct subject *subject, const void *arg, FILE *out)
{
	(void)arg;
	return render_all(subject, false, holders_print, out);
}

int render_all_waiters(struct subject *subject, const void *arg, FILE *out)
{
	(void)arg;
	return render_all(subject, true, waiters_print, out);
}

int processes_add_json(struct json_object *top, struct subject *subject)
{
	const struct table table = table_of(subject);
	struct json_object *value = NULL;
	int r = holders_json(&table, &value);

	if (r == 0)
		r = json_add(top, "holders", value);
	if (r == 0)
		r = waiters_json(&table, &value);
	if (r == 0)
		r = json_add(top, "waiters", value);
	if (r == 0)
		r = unseen_json(table.snapshot, &value);
	return r == 0 ? json_add(top, "unseen", value) : r;
}

void processes_about(const struct mirror *mirror, FILE *out)
{
	struct scanner_report report;

	if (!mirror->scanner) {
		fputs("unseen\twho holds an object, who waits in it: there is no /proc\n", out);
		return;
	}
	if (scanner_report(mirror->scanner, &report))
		fprintf(out, "scan\t%.1f s ago, took %.1f ms, %zu processes\n",
			(double)report.age / 1e9, (double)report.took / 1e6, report.processes);
	else
		fputs("scan\tnone yet: cat .pshmfs/holders\n", out);
	if (report.hangs)
		fputs("unseen\twho holds an object, who waits in it: /proc does not answer\n", out);
	if (report.unfinished)
		fprintf(out, "unseen\t%zu processes: the scan took too long\n", report.unfinished);
	if (report.denied)
		fprintf(out,
			"unseen\t%zu processes of other users, which may hold and wait as well: "
			"sudo pshmfs DIR\n",
			report.denied);
	if (report.words_hidden)
		fprintf(out,
			"unseen\ton what the threads of %zu processes sleep, though they are "
			"yours: "
			"kernel.yama.ptrace_scope forbids it; sudo pshmfs DIR, or "
			"sysctl kernel.yama.ptrace_scope=0\n",
			report.words_hidden);
	if (report.unplaced)
		fprintf(out, "unseen\t%zu descriptors on mounts that nobody shows\n",
			report.unplaced);
	fputs("unseen\tprocesses that this /proc does not show (other pid namespaces, hidepid), "
	      "and "
	      "descriptors on their way through a socket\n",
	      out);
	if (!mirror->whole)
		fputs("unseen\tobjects without a name: SOURCE is only a part of its filesystem\n",
		      out);
}
