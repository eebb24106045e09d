/* SPDX-License-Identifier: MIT */
/* The file `stat`: one table, walked for text and for JSON. */
#include "fusefs/nodes_stat.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "core/cleanup.h"
#include "core/text_stream.h"
#include "core/text.h"
#include "core/unlinked.h"
#include "fusefs/scanner.h"

/* The rows of `stat`, for text and JSON: a number, or a text with its newline. */
struct stat_row {
	const char *key;
	unsigned mask; /* that it is known, in stx_mask; 0: always */
	uint64_t (*number)(const struct statx *st);
	void (*print)(struct subject *subject, FILE *out);
};

#define STAT_NUMBER(key, member)                                                                   \
	static uint64_t number_##key(const struct statx *st)                                       \
	{                                                                                          \
		return st->member;                                                                 \
	}

/* Owner and group as numbers: names can come from a directory service that makes us wait. */
STAT_NUMBER(inode, stx_ino)
STAT_NUMBER(owner, stx_uid)
STAT_NUMBER(group, stx_gid)
STAT_NUMBER(size, stx_size)
STAT_NUMBER(blocks, stx_blocks)
STAT_NUMBER(nlink, stx_nlink)

static void print_mode(struct subject *subject, FILE *out)
{
	fprintf(out, "%o\n", subject->object.st.stx_mode & 07777u);
}

static void print_time(struct statx_timestamp t, FILE *out)
{
	time_t seconds = (time_t)t.tv_sec;
	char date[32] = "", zone[8] = "";
	struct tm tm;

	if (localtime_r(&seconds, &tm)) {
		strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm);
		strftime(zone, sizeof(zone), "%z", &tm);
	}
	fprintf(out, "%s.%09u %s\n", date, t.tv_nsec, zone);
}

static void print_atime(struct subject *subject, FILE *out)
{
	print_time(subject->object.st.stx_atime, out);
}

static void print_mtime(struct subject *subject, FILE *out)
{
	print_time(subject->object.st.stx_mtime, out);
}

static void print_ctime(struct subject *subject, FILE *out)
{
	print_time(subject->object.st.stx_ctime, out);
}

static void print_health(struct subject *subject, FILE *out)
{
	struct findings findings = {.out = out};
	struct layout_question question = subject_question(subject);

	if (subject->object.fd < 0) {
		findings_add(
			&findings, "its bytes cannot be read: %s%s",
			strerrordesc_np(-subject->object.error),
			subject->unlinked
				? " (neither a holder's descriptor nor map_files may be opened)"
				: "");
	} else if (subject->layout) {
		layout_health(subject->layout, &subject->image, &findings);
	} else if (layout_suspect(&question, NULL)) {
		layout_suspect(&question, findings_begin(&findings));
	} else if (subject->image.total == 0) {
		findings_add(&findings, "0 bytes present: not yet sized?");
	}
	findings_end(&findings);
}

static const struct stat_row stat_rows[] = {
	{"inode", 0, .number = number_inode},
	{"mode", STATX_MODE, .print = print_mode},
	{"owner", STATX_UID, .number = number_owner},
	{"group", STATX_GID, .number = number_group},
	{"size", STATX_SIZE, .number = number_size},
	{"blocks", STATX_BLOCKS, .number = number_blocks},
	{"nlink", STATX_NLINK, .number = number_nlink},
	{"atime", STATX_ATIME, .print = print_atime},
	{"mtime", STATX_MTIME, .print = print_mtime},
	{"ctime", STATX_CTIME, .print = print_ctime},
	{"health", 0, .print = print_health},
};
static const size_t n_stat_rows = sizeof(stat_rows) / sizeof(stat_rows[0]);

/* Of an object that nobody lets us reach only the number is. */
static bool is_known(const struct stat_row *row, const struct subject *subject)
{
	return (subject->object.st.stx_mask & row->mask) == row->mask;
}

const char *stat_name(const struct subject *subject, char **ret)
{
	*ret = NULL;
	if (subject->unlinked &&
	    unlinked_label(subject->mirror->procfd, subject->scan->looks.snapshot,
			   subject->object.id.ino, ret) == 0)
		return *ret;
	return subject->name;
}

int stat_render(struct subject *subject, const void *arg, FILE *out)
{
	_cleanup_free_ char *label = NULL;
	const char *name = stat_name(subject, &label);

	(void)arg;
	fputs("name\t", out);
	text_escape(name, strlen(name), out);
	fputc('\n', out);
	for (size_t i = 0; i < n_stat_rows; i++) {
		const struct stat_row *row = &stat_rows[i];

		fprintf(out, "%s\t", row->key);
		if (!is_known(row, subject))
			fprintf(out, "!%s\n", strerrorname_np(-subject->object.error));
		else if (row->number)
			fprintf(out, "%" PRIu64 "\n", row->number(&subject->object.st));
		else
			row->print(subject, out);
	}
	return 0;
}

int subject_add_json(struct json_object *object, const char *key, struct subject *subject,
		     void (*print)(struct subject *subject, FILE *out))
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	struct text_stream stream;
	int r = text_stream_open(&stream);

	if (r < 0)
		return r;
	print(subject, stream.out);
	r = text_stream_close(&stream, &text, &size);
	if (r < 0)
		return r;
	return json_add(object, key, json_bytes(text, size > 0 ? size - 1 : 0));
}

int stat_add_json(struct json_object *top, struct subject *subject)
{
	struct json_object *stat = json_object_new_object();
	int r = json_add(top, "stat", stat);

	for (size_t i = 0; r == 0 && i < n_stat_rows; i++) {
		const struct stat_row *row = &stat_rows[i];

		if (!is_known(row, subject))
			r = json_add_null(stat, row->key);
		else if (row->number)
			r = json_add(stat, row->key,
				     json_object_new_uint64(row->number(&subject->object.st)));
		else
			r = subject_add_json(stat, row->key, subject, row->print);
	}
	return r;
}
