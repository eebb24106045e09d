/* SPDX-License-Identifier: MIT */
/* The files of an object's directory. A new one is a function and a row here. */
#include "fusefs/tree.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/text.h"

static int render_fields(struct subject *subject, const void *arg, FILE *out)
{
	(void)arg;
	if (subject->object.fd < 0)
		return subject->object.error;
	if (!subject->layout)
		return 0;
	return layout_print_fields(subject->layout, &subject->image, out);
}

static int render_layout(struct subject *subject, const void *arg, FILE *out)
{
	struct layout_question question = subject_question(subject);

	(void)arg;
	fprintf(out, "%s\nfrom ", subject->layout ? subject->layout->name : "unknown");
	layout_explain(&question, out);
	fputc('\n', out);
	return subject->layout ? layout_print_rows(subject->layout, out) : 0;
}

static void refuse_layout(struct mirror *mirror, const char *name, const char *layout)
{
	FILE *out;

	pthread_mutex_lock(&mirror->lock);
	out = fmemopen(mirror->refused, sizeof(mirror->refused), "w");
	if (out) {
		fputc('"', out);
		text_escape(layout, strlen(layout), out);
		fputs("\" for ", out);
		text_escape(name, strlen(name), out);
		fputs(": there is no such layout", out);
		fclose(out);
	}
	pthread_mutex_unlock(&mirror->lock);
}

/* One line, with or without its newline: the name of a layout, or nothing. */
static int write_layout(struct mirror *mirror, const char *name, const char *text, size_t size)
{
	char layout[LAYOUT_NAME_SIZE] = "";
	int r;

	if (size > 0 && text[size - 1] == '\n')
		size--;
	memcpy(layout, text, size < sizeof(layout) ? size : sizeof(layout) - 1);
	if (size >= sizeof(layout) || memchr(text, '\0', size))
		r = -EINVAL;
	else
		r = layout_rules_set(mirror->rules, name, layout);
	if (r == -EINVAL)
		refuse_layout(mirror, name, layout);
	return r;
}

static void print_time(const char *key, struct statx_timestamp t, FILE *out)
{
	time_t seconds = (time_t)t.tv_sec;
	char date[32] = "", zone[8] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm)) {
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
		strftime(zone, sizeof(zone), "%z", &tm);
	}
	fprintf(out, "%s\t%s.%09u %s\n", key, date, t.tv_nsec, zone);
}

static void print_health(struct subject *subject, FILE *out)
{
	struct findings findings = {.out = out};
	struct layout_question question = subject_question(subject);

	fputs("health\t", out);
	if (subject->object.fd < 0) {
		findings_add(&findings, "its bytes cannot be read: %s",
			     strerrordesc_np(-subject->object.error));
	} else if (subject->layout) {
		layout_health(subject->layout, &subject->image, &findings);
	} else if (layout_suspect(&question, NULL)) {
		layout_suspect(&question, findings_begin(&findings));
	} else if (subject->image.total == 0) {
		findings_add(&findings, "0 bytes present: not yet sized?");
	}
	findings_end(&findings);
}

/* Owner and group as numbers: names can come from a directory service that makes us wait. */
static int render_stat(struct subject *subject, const void *arg, FILE *out)
{
	const struct statx *st = &subject->object.st;

	(void)arg;
	fputs("name\t", out);
	text_escape(subject->name, strlen(subject->name), out);
	fprintf(out, "\ninode\t%" PRIu64 "\nmode\t%o\n", (uint64_t)st->stx_ino,
		st->stx_mode & 07777u);
	fprintf(out, "owner\t%u\ngroup\t%u\n", st->stx_uid, st->stx_gid);
	fprintf(out, "size\t%" PRIu64 "\nblocks\t%" PRIu64 "\nnlink\t%u\n", (uint64_t)st->stx_size,
		(uint64_t)st->stx_blocks, st->stx_nlink);
	print_time("atime", st->stx_atime, out);
	print_time("mtime", st->stx_mtime, out);
	print_time("ctime", st->stx_ctime, out);
	print_health(subject, out);
	return 0;
}

static const struct node object_nodes[] = {
	{.name = "raw", .mode = S_IFREG | 0444, .read = object_read_some, .help = "the bytes"},
	{.name = "fields",
	 .mode = S_IFREG | 0444,
	 .render = render_fields,
	 .help = "every field of one snapshot: name, tab, value"},
	{.name = "layout",
	 .mode = S_IFREG | 0644,
	 .render = render_layout,
	 .write = write_layout,
	 .help = "the layout, how it was chosen, and its rows; write a name to set it"},
	{.name = "stat",
	 .mode = S_IFREG | 0444,
	 .render = render_stat,
	 .help = "size, owner, times, and health: what is wrong with the object"},
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
