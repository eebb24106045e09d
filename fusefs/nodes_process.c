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

/* What names its words: the layout, and the locks that only sleepers tell. */
static int know(const struct subject *subject, const struct snapshot *snapshot,
		struct table_object *ret)
{
	ret->layout = subject->layout;
	return lock_list_infer(snapshot, &subject->object, subject->layout, &ret->locks);
}

static struct table table_of(const struct subject *subject)
{
	return (struct table){
		.snapshot = subject->scan->looks.snapshot,
		.ino = subject->object.id.ino,
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
	struct table table = table_of(subject);
	int r = know(subject, table.snapshot, &table.object);

	(void)arg;
	if (r == 0)
		r = waiters_print(&table, out);
	lock_list_deinit(&table.object.locks);
	return r;
}

/* What is needed to name objects. */
struct namer {
	struct mirror *mirror;
	struct viewer *viewer;
	struct names *names;
	const struct snapshot *snapshot;
	bool with_words; /* say what names the words in them, too */
};

/* Takes the object, where it is one; what cannot be looked at stays unknown. */
static int know_subject(const struct namer *namer, int r, struct subject *subject,
			struct table_object *ret)
{
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	r = know(subject, namer->snapshot, ret);
	subject_close(subject);
	return r;
}

static int know_named(const struct namer *namer, const char *name, struct table_object *ret)
{
	struct subject subject;
	int r = subject_open(namer->mirror, namer->viewer, name, &subject);

	return know_subject(namer, r, &subject, ret);
}

static int know_unlinked(const struct namer *namer, uint64_t ino, struct table_object *ret)
{
	struct mirror *mirror = namer->mirror;
	struct subject subject;
	struct object object;
	char name[64]; /* its directory's: by that a layout may have been set by hand */
	int r = unlinked_open(mirror->procfd, mirror->source, namer->names, namer->snapshot, ino,
			      &object);

	snprintf(name, sizeof(name), UNLINKED_PATH "%" PRIu64, ino);
	if (r == 0)
		r = subject_of(mirror, namer->viewer, name, &object, &subject);
	return know_subject(namer, r, &subject, ret);
}

/* Nothing: its name lies in a folder of SOURCE, or outside of it. */
void print_object_path(struct mirror *mirror, const struct names *names,
		       const struct snapshot *snapshot, uint64_t ino, FILE *out)
{
	const char *name = names_find(names, ino);

	if (name)
		text_escape(name, strlen(name), out);
	else if (mirror->whole && unlinked_is(mirror->procfd, mirror->source, names, snapshot, ino))
		fprintf(out, UNLINKED_PATH "%" PRIu64, ino);
}

static int print_name(uint64_t ino, void *data, FILE *out, struct table_object *ret)
{
	const struct namer *namer = data;
	const char *name = names_find(namer->names, ino);

	print_object_path(namer->mirror, namer->names, namer->snapshot, ino, out);
	if (!namer->with_words)
		return 0;
	return name ? know_named(namer, name, ret) : know_unlinked(namer, ino, ret);
}

static int render_all(struct subject *subject, bool with_words,
		      int (*print)(const struct table *table, FILE *out), FILE *out)
{
	struct namer namer = {.mirror = subject->mirror,
			      .viewer = subject->viewer,
			      .snapshot = subject->scan->looks.snapshot,
			      .with_words = with_words};
	const struct table table = {
		.snapshot = subject->scan->looks.snapshot, .name = print_name, .data = &namer};
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

static int add_waiters(struct json_object *top, struct subject *subject, struct table *table)
{
	struct json_object *value = NULL;
	int r = know(subject, table->snapshot, &table->object);

	if (r == 0)
		r = waiters_json(table, &value);
	lock_list_deinit(&table->object.locks);
	return r == 0 ? json_add(top, "waiters", value) : r;
}

int processes_add_json(struct json_object *top, struct subject *subject)
{
	struct table table = table_of(subject);
	struct json_object *value = NULL;
	int r = holders_json(&table, &value);

	if (r == 0)
		r = json_add(top, "holders", value);
	if (r == 0)
		r = add_waiters(top, subject, &table);
	if (r == 0)
		r = unseen_json(table.snapshot, table.ino, &value);
	return r == 0 ? json_add(top, "unseen", value) : r;
}

void processes_about(const struct subject *subject, FILE *out)
{
	const struct mirror *mirror = subject->mirror;
	struct scanner_report report;

	if (!mirror->scanner) {
		fputs("unseen\twho holds an object, who waits in it: there is no /proc\n", out);
		return;
	}
	if (scanner_report(mirror->scanner, subject->viewer, &report))
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
	if (report.hides)
		fputs("unseen\tprocesses of others, which may hold and wait as well: /proc does "
		      "not list them (hidepid); sudo pshmfs DIR, or the group that it has by "
		      "gid=\n",
		      out);
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
	fputs("unseen\tprocesses that this /proc does not show (pid namespaces beside and above "
	      "it, hidepid), and descriptors on their way through a socket\n",
	      out);
	if (!mirror->whole)
		fputs("unseen\tobjects without a name: SOURCE is only a part of its filesystem\n",
		      out);
}
