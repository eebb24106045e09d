/* SPDX-License-Identifier: MIT */
/* The files of an object's directory. A new one is a function and a row here. */
#include "fusefs/nodes_access.h"
#include "fusefs/nodes_process.h"
#include "fusefs/nodes_stat.h"
#include "fusefs/nodes_verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cleanup.h"
#include "core/layout_json.h"
#include "core/layout_name.h"
#include "core/text.h"
#include "fusefs/viewer.h"

static int render_fields(struct subject *subject, const void *arg, FILE *out)
{
	(void)arg;
	if (subject->object.fd < 0)
		return subject->object.error;
	if (!subject->layout)
		return 0;
	return layout_print_fields(subject->layout, &subject->image, out);
}

static void print_from(struct subject *subject, FILE *out)
{
	struct layout_question question = subject_question(subject);

	layout_explain(&question, out);
	fputc('\n', out);
}

static int render_layout(struct subject *subject, const void *arg, FILE *out)
{
	(void)arg;
	fprintf(out, "%s\nfrom ", subject->layout ? subject->layout->name : "unknown");
	print_from(subject, out);
	return subject->layout ? layout_print_rows(subject->layout, out) : 0;
}

static void refuse_layout(struct subject *subject, const char *layout, int error)
{
	struct viewer *viewer = subject->viewer;
	FILE *out;

	pthread_mutex_lock(&viewer->lock);
	out = fmemopen(viewer->refused, sizeof(viewer->refused), "w");
	if (out) {
		fputc('"', out);
		text_escape(layout, strlen(layout), out);
		fputs("\" for ", out);
		text_escape(subject->name, strlen(subject->name), out);
		fputs(": ", out);
		layout_name_explain(layout, error, out);
		fclose(out);
	}
	pthread_mutex_unlock(&viewer->lock);
}

/* The folder that the writer is in, O_PATH: a program is found from there. */
static int writer_folder(const struct subject *subject)
{
	char path[32];
	int fd;

	if (subject->writer <= 0)
		return -ESRCH;
	snprintf(path, sizeof(path), "%d/cwd", subject->writer);
	fd = openat(subject->mirror->procfd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* A program is read with the rights that this thread has: the writer's. */
static int set_layout(struct subject *subject, const char *layout)
{
	struct layout_rules *rules = subject->mirror->rules;
	_cleanup_close_ int folder = -1;

	if (!layout_name_is_program(layout))
		return layout_rules_set(rules, subject->name, layout, AT_FDCWD);
	folder = writer_folder(subject);
	return layout_rules_set(rules, subject->name, layout, folder);
}

/* One line, with or without its newline: the name of a layout, or nothing. */
static int write_layout(struct subject *subject, const void *arg, const char *text, size_t size)
{
	char layout[LAYOUT_NAME_SIZE] = "";
	int r;

	(void)arg;
	if (size > 0 && text[size - 1] == '\n')
		size--;
	memcpy(layout, text, size < sizeof(layout) ? size : sizeof(layout) - 1);
	if (size >= sizeof(layout) || memchr(text, '\0', size))
		r = -EINVAL;
	else
		r = set_layout(subject, layout);
	if (r == 0)
		viewers_forget(subject->mirror->viewers, &subject->object.id);
	if (r == 0 || r == -ENOMEM || r == -ENOSPC)
		return r;
	refuse_layout(subject, layout, r);
	return -EINVAL;
}

static int json_add_layout(struct json_object *top, struct subject *subject)
{
	const struct layout *layout = subject->layout;
	struct json_object *object = json_object_new_object();
	struct json_object *rows = layout ? NULL : json_object_new_array();
	int r = json_add(top, "layout", object);

	if (r == 0)
		r = layout ? json_add_text(object, "name", layout->name)
			   : json_add_null(object, "name");
	if (r == 0)
		r = layout ? json_add_text(object, "abi", layout->abi)
			   : json_add_null(object, "abi");
	if (r == 0)
		r = subject_add_json(object, "from", subject, print_from);
	if (r == 0 && layout)
		r = layout_json_rows(layout, &rows);
	if (r == 0)
		return json_add(object, "rows", rows);
	json_object_put(rows);
	return r;
}

static int json_add_fields(struct json_object *top, struct subject *subject)
{
	struct json_object *fields = json_object_new_object(), *errors = NULL;
	int r = json_add(top, "fields", fields);

	if (r == 0) {
		errors = json_object_new_object();
		r = json_add(top, "errors", errors);
	}
	if (r < 0 || !subject->layout)
		return r;
	return layout_json_fields(subject->layout, &subject->image,
				  subject->object.fd < 0 ? subject->object.error : 0, fields,
				  errors);
}

/* The larger image, if one is needed, comes first: `health` then speaks of the same bytes. */
static int render_json(struct subject *subject, const void *arg, FILE *out)
{
	_cleanup_json_ struct json_object *top = json_object_new_object();
	_cleanup_free_ char *label = NULL;
	int r = top ? 0 : -ENOMEM;

	(void)arg;
	if (r == 0 && subject->layout && subject->object.fd >= 0)
		r = layout_json_load(subject->layout, &subject->image);
	if (r == 0)
		r = json_add_text(top, "name", stat_name(subject, &label));
	if (r == 0)
		r = json_add_layout(top, subject);
	if (r == 0)
		r = stat_add_json(top, subject);
	if (r == 0)
		r = json_add_fields(top, subject);
	if (r == 0)
		r = processes_add_json(top, subject);
	if (r == 0)
		r = verdict_add_json(top, subject);
	if (r == 0)
		r = access_add_json(top, subject);
	return r == 0 ? json_write(top, out) : r;
}

static const struct node object_nodes[] = {
	{.name = "raw",
	 .mode = S_IFREG | 0666,
	 .read = object_read_some,
	 .write_at = object_write,
	 .truncate = object_truncate,
	 .changes = true,
	 .help = "the bytes"},
	{.name = "fields",
	 .mode = S_IFREG | 0444,
	 .layout = LAYOUT_WHOLE,
	 .render = render_fields,
	 .help = "every field of one snapshot: name, tab, value"},
	{.name = "layout",
	 .mode = S_IFREG | 0644,
	 .layout = LAYOUT_WHOLE,
	 .render = render_layout,
	 .write = write_layout,
	 .help = "the layout, how it was chosen, and its rows; write a name to set it"},
	{.name = "stat",
	 .mode = S_IFREG | 0444,
	 .layout = LAYOUT_WHOLE,
	 .render = stat_render,
	 .help = "size, owner, times, and health: what is wrong with the object"},
	{.name = "holders",
	 .mode = S_IFREG | 0444,
	 .render = render_holders,
	 .scan = SCAN_OBJECT,
	 .help = "who maps it or has it open"},
	{.name = "waiters",
	 .mode = S_IFREG | 0444,
	 .layout = LAYOUT_NAMES,
	 .render = render_waiters,
	 .scan = SCAN_OBJECT,
	 .help = "threads that sleep on a word in it, and on which field"},
	{.name = "verdict",
	 .mode = S_IFREG | 0444,
	 .layout = LAYOUT_NAMES,
	 .render = render_verdict,
	 .scan = SCAN_OBJECT,
	 .judge = true,
	 .help = "can those who wait ever go on: one word, then why"},
	{.name = "access",
	 .mode = S_IFREG | 0444,
	 .render = render_access,
	 .help = "what opening and unlinking it would answer to who reads this, and why"},
	{.name = "json",
	 .mode = S_IFREG | 0444,
	 .layout = LAYOUT_WHOLE,
	 .render = render_json,
	 .scan = SCAN_OBJECT,
	 .judge = true,
	 .help = "all of these for programs, from one snapshot"},
};

static const struct dir object_dir = {
	.nodes = object_nodes,
	.n_nodes = sizeof(object_nodes) / sizeof(object_nodes[0]),
	.fields = true,
};

const struct node object_node = {.name = "", .mode = S_IFDIR | 0555, .dir = &object_dir};

/* What is no object: a small file of its name says what it is. It is never opened or followed. */
static int render_odd(struct subject *subject, const void *arg, FILE *out)
{
	struct statx st;
	int r = object_stat(subject->mirror->source, subject->name, &st);

	(void)arg;
	if (r == -EXDEV)
		fputs("mount point: another filesystem begins here; not entered\n", out);
	else if (r < 0)
		return r;
	else if (S_ISDIR(st.stx_mode))
		fputs("directory: no shared memory object; not entered\n", out);
	else if (S_ISLNK(st.stx_mode))
		fputs("symbolic link: no shared memory object; not followed\n", out);
	else if (S_ISSOCK(st.stx_mode))
		fputs("socket: no shared memory object; not opened\n", out);
	else if (S_ISFIFO(st.stx_mode))
		fputs("FIFO: no shared memory object; not opened\n", out);
	else if (S_ISCHR(st.stx_mode) || S_ISBLK(st.stx_mode))
		fprintf(out, "%s device %u:%u: no shared memory object; not opened\n",
			S_ISCHR(st.stx_mode) ? "character" : "block", st.stx_rdev_major,
			st.stx_rdev_minor);
	else
		return -ESTALE;
	return 0;
}

const struct node odd_node = {.name = "", .mode = S_IFREG | 0444, .render = render_odd};
