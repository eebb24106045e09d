/* SPDX-License-Identifier: MIT */
/* What there is to say of an object: one function and one row a column. */
#include "progs/ls_columns.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "progs/cli.h"

static void put_number(struct ls_cell *cell, uint64_t number)
{
	cell->kind = LS_NUMBER;
	cell->number = number;
}

static void put_text(struct ls_cell *cell, const char *text)
{
	cell->kind = LS_TEXT;
	cell->text = text;
}

/* A number of what statx(2) says, as far as it has said it. */
static void put_stat(const struct ls_row *row, unsigned mask, uint64_t number, struct ls_cell *cell)
{
	if (row->object.st.stx_mask & mask)
		put_number(cell, number);
	else
		cell->kind = LS_UNKNOWN;
}

static void fill_name(const struct ls_row *row, struct ls_cell *cell)
{
	if (row->name)
		put_text(cell, row->name);
	else
		cell->kind = LS_UNKNOWN;
}

static void fill_size(const struct ls_row *row, struct ls_cell *cell)
{
	if (!row->odd)
		put_stat(row, STATX_SIZE, row->object.st.stx_size, cell);
}

static void fill_layout(const struct ls_row *row, struct ls_cell *cell)
{
	put_text(cell, row->odd ? row->odd : row->layout ? row->layout->name : "unknown");
}

/* Of one that is nearly of a layout, it is said that it is not. */
static void fill_value(const struct ls_row *row, struct ls_cell *cell)
{
	const int error = row->error ? row->error : row->suspect ? -EBADMSG : 0;

	if (error < 0) {
		snprintf(cell->buffer, sizeof(cell->buffer), "!%s", strerrorname_np(-error));
		put_text(cell, cell->buffer);
	} else if (row->layout) {
		cell->kind = LS_VALUE;
	}
}

/* None that is seen, where there may be some: that is no number. */
static void put_count(const struct ls_row *row, size_t n, bool more, struct ls_cell *cell)
{
	if (row->odd)
		return;
	put_number(cell, n);
	if (!row->census || (more && n == 0))
		cell->kind = LS_UNKNOWN;
	else if (more)
		cell->kind = LS_AT_LEAST;
}

static void fill_holders(const struct ls_row *row, struct ls_cell *cell)
{
	put_count(row, row->crowd.n_holders, row->crowd.more_holders, cell);
}

static void fill_waiters(const struct ls_row *row, struct ls_cell *cell)
{
	put_count(row, row->crowd.n_sleepers, row->crowd.more_sleepers, cell);
}

/* Where none is seen to wait, but some might, nobody knows. */
static void fill_verdict(const struct ls_row *row, struct ls_cell *cell)
{
	enum verdict verdict;

	if (row->odd)
		return;
	if (!row->census) {
		cell->kind = LS_UNKNOWN;
		return;
	}
	verdict = diagnosis_verdict(row->census->diagnosis, row->object.st.stx_ino);
	if (verdict == VERDICT_OK && row->crowd.more_sleepers)
		cell->kind = LS_UNKNOWN;
	else
		put_text(cell, verdict_word(verdict));
}

static void fill_inode(const struct ls_row *row, struct ls_cell *cell)
{
	/* Of an object without a name it is known even where nothing else is. */
	if (row->object.st.stx_ino)
		put_number(cell, row->object.st.stx_ino);
	else
		cell->kind = LS_UNKNOWN;
}

/* Asked for once for all of one owner's: it may be a question to a directory service. */
static void fill_owner(const struct ls_row *row, struct ls_cell *cell)
{
	static char name[64];
	static uid_t named;
	const uid_t uid = row->object.st.stx_uid;
	const struct passwd *entry;

	if (!(row->object.st.stx_mask & STATX_UID)) {
		cell->kind = LS_UNKNOWN;
		return;
	}
	if (!*name || named != uid) {
		entry = getpwuid(uid);
		if (entry && strlen(entry->pw_name) < sizeof(name))
			strcpy(name, entry->pw_name);
		else
			snprintf(name, sizeof(name), "%u", uid);
		named = uid;
	}
	strcpy(cell->buffer, name);
	put_text(cell, cell->buffer);
}

static void fill_mode(const struct ls_row *row, struct ls_cell *cell)
{
	if (!(row->object.st.stx_mask & STATX_MODE)) {
		cell->kind = LS_UNKNOWN;
		return;
	}
	snprintf(cell->buffer, sizeof(cell->buffer), "%o", row->object.st.stx_mode & 07777u);
	put_text(cell, cell->buffer);
}

static void fill_blocks(const struct ls_row *row, struct ls_cell *cell)
{
	if (!row->odd)
		put_stat(row, STATX_BLOCKS, row->object.st.stx_blocks, cell);
}

static void put_people(const struct ls_row *row, enum ls_kind kind, bool asleep,
		       struct ls_cell *cell)
{
	const struct crowd *crowd = &row->crowd;

	if (asleep)
		fill_waiters(row, cell);
	else
		fill_holders(row, cell);
	if (cell->kind != LS_NUMBER && cell->kind != LS_AT_LEAST)
		return;
	cell->kind = kind;
	cell->people = asleep ? crowd->sleepers : crowd->holders;
	cell->n_people = cell->number;
}

static void fill_pids(const struct ls_row *row, struct ls_cell *cell)
{
	put_people(row, LS_PIDS, false, cell);
}

static void fill_commands(const struct ls_row *row, struct ls_cell *cell)
{
	put_people(row, LS_COMMANDS, false, cell);
}

static void fill_waiting(const struct ls_row *row, struct ls_cell *cell)
{
	put_people(row, LS_PIDS, true, cell);
}

/* The longest sleep. */
static void fill_waited(const struct ls_row *row, struct ls_cell *cell)
{
	const struct crowd *crowd = &row->crowd;
	int64_t longest = -1;

	fill_waiters(row, cell);
	if (crowd->n_sleepers == 0 && cell->kind == LS_NUMBER)
		cell->kind = LS_NOTHING;
	for (size_t i = 0; i < crowd->n_sleepers; i++) {
		const struct snapshot *snapshot = row->census->snapshot;
		const struct waiter *waiter = &snapshot->waiters[crowd->sleepers[i].waiter];
		const int64_t age = snapshot->ended - waiter->since;

		if (age <= longest)
			continue;
		longest = age;
		cell->kind = LS_AGE;
		cell->number = age > 0 ? (uint64_t)age : 0;
		cell->about = waiter->since_about;
	}
}

/* Since its birth; without one since it was written to by a call: stores leave no trace. */
static void fill_age(const struct ls_row *row, struct ls_cell *cell)
{
	const struct statx *st = &row->object.st;
	const struct statx_timestamp from =
		st->stx_mask & STATX_BTIME ? st->stx_btime : st->stx_mtime;
	struct timespec now;
	int64_t age;

	if (!(st->stx_mask & (STATX_BTIME | STATX_MTIME))) {
		cell->kind = LS_UNKNOWN;
		return;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	age = (now.tv_sec - from.tv_sec) * 1000000000 + now.tv_nsec - from.tv_nsec;
	cell->kind = LS_AGE;
	cell->number = age > 0 ? (uint64_t)age : 0;
}

/* With --all. */
static void fill_whose(const struct ls_row *row, struct ls_cell *cell)
{
	if (row->whose)
		put_text(cell, row->whose);
}

const struct ls_column ls_columns[] = {
	{"NAME", "as in the folder; without one what the kernel calls it, maybe its last",
	 fill_name, .usual = true},
	{"SIZE", "in bytes", fill_size, .number = true, .usual = true},
	{"LAYOUT", "which one its bytes have; or what it is, if no object", fill_layout,
	 .usual = true},
	{"VALUE", "what tells most in its layout; !ERROR: cannot be shown", fill_value,
	 .usual = true},
	{"HOLDERS", "number of processes that have it mapped or open", fill_holders, SNAPSHOT_FDS,
	 .number = true, .usual = true},
	{"WAITERS", "number of threads asleep on a word in it", fill_waiters,
	 SNAPSHOT_FDS | SNAPSHOT_WAITERS, .number = true, .usual = true},
	{"VERDICT", "can those who sleep ever wake: stuck, waiting, ok and so on", fill_verdict,
	 SNAPSHOT_FDS | SNAPSHOT_WAITERS, .judge = true, .usual = true},
	{"INODE", "inode number", fill_inode, .number = true, .nameless = true},
	{"OWNER", "user name", fill_owner},
	{"MODE", "permissions, octal", fill_mode, .number = true},
	{"BLOCKS", "memory in use, in blocks of 512 bytes", fill_blocks, .number = true},
	{"PIDS", "the holders", fill_pids, SNAPSHOT_FDS, .nameless = true},
	{"COMMANDS", "the holders' names, in the same order", fill_commands, SNAPSHOT_FDS,
	 .nameless = true},
	{"WAITING", "PIDs of the processes that the waiters are of", fill_waiting,
	 SNAPSHOT_FDS | SNAPSHOT_WAITERS},
	{"WAITED", "how long the one has slept that has for longest", fill_waited,
	 SNAPSHOT_FDS | SNAPSHOT_WAITERS, .number = true},
	{"WHOSE", "with --all: a process that has this /dev/shm", fill_whose, .folders = true},
	{"AGE", "since it was made, or else last written to", fill_age, .number = true},
};
const size_t n_ls_columns = sizeof(ls_columns) / sizeof(ls_columns[0]);

void ls_columns_help(void)
{
	puts("\nColumns after -o:");
	for (size_t i = 0; i < n_ls_columns; i++)
		printf("  %-22s %s\n", ls_columns[i].name, ls_columns[i].help);
}

static const struct ls_column *find(const char *name, size_t size)
{
	for (size_t i = 0; i < n_ls_columns; i++)
		if (strlen(ls_columns[i].name) == size &&
		    strncasecmp(ls_columns[i].name, name, size) == 0)
			return &ls_columns[i];
	cli_usage_error("\"%.*s\": no such column; --help has a list of them", (int)size, name);
}

static void add_usual(bool nameless, bool folders, struct ls_columns *ret)
{
	for (size_t i = 0; folders && i < n_ls_columns; i++)
		if (ls_columns[i].folders)
			ret->items[ret->n++] = &ls_columns[i];
	for (size_t i = 0; i < n_ls_columns; i++)
		if (ls_columns[i].usual || (nameless && ls_columns[i].nameless))
			ret->items[ret->n++] = &ls_columns[i];
}

int ls_columns_choose(const char *list, bool nameless, bool folders, struct ls_columns *ret)
{
	ret->n = 0;
	ret->items = calloc(n_ls_columns + (list ? strlen(list) : 0) + 1, sizeof(*ret->items));
	if (!ret->items)
		return -ENOMEM;
	if (!list || *list == '+')
		add_usual(nameless, folders, ret);
	if (list && *list == '+')
		list++;
	for (; list; list = *list ? list + 1 : NULL) {
		const size_t size = strcspn(list, ",");

		ret->items[ret->n++] = find(list, size);
		list += size;
	}
	return 0;
}

unsigned ls_columns_needs(const struct ls_columns *columns)
{
	unsigned needs = 0;

	for (size_t i = 0; i < columns->n; i++)
		needs |= columns->items[i]->needs;
	return needs;
}

bool ls_columns_judge(const struct ls_columns *columns)
{
	for (size_t i = 0; i < columns->n; i++)
		if (columns->items[i]->judge)
			return true;
	return false;
}
