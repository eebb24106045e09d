/* SPDX-License-Identifier: MIT */
/* The cells of a holder and of a waiter. A new column is a function and a row here. */
#include "core/holders_columns.h"

#include <inttypes.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <string.h>

static void put_number(struct cell *cell, uint64_t number)
{
	cell->kind = CELL_NUMBER;
	cell->number = number;
}

static void put_task(const struct row *row, pid_t number, pid_t own, struct cell *cell)
{
	cell->kind = CELL_TASK;
	cell->number = (uint64_t)number;
	cell->inner = process_inner(row->process, own);
}

__attribute__((format(printf, 2, 3))) static void put_text(struct cell *cell, const char *format,
							   ...)
{
	va_list args;

	cell->kind = CELL_TEXT;
	va_start(args, format);
	vsnprintf(cell->text, sizeof(cell->text), format, args);
	va_end(args);
}

/* The same of a word as it is: of a table's cells that is most. */
static void put_word(struct cell *cell, const char *word)
{
	const size_t length = strlen(word), room = sizeof(cell->text) - 1;
	const size_t n = length < room ? length : room;

	cell->kind = CELL_TEXT;
	memcpy(cell->text, word, n);
	cell->text[n] = '\0';
}

static void fill_object(const struct row *row, struct cell *cell)
{
	cell->kind = CELL_NAME;
	cell->name = row->name;
}

static void fill_pid(const struct row *row, struct cell *cell)
{
	put_task(row, row->process->pid, row->process->own, cell);
}

static void fill_user(const struct row *row, struct cell *cell)
{
	put_number(cell, row->process->uid);
}

/* Any bytes; a thread has a name of its own. */
static void fill_command(const struct row *row, struct cell *cell)
{
	put_word(cell, row->waiter ? row->waiter->comm : row->process->comm);
}

static void fill_state(const struct row *row, struct cell *cell)
{
	static const struct {
		char letter;
		const char *word;
	} states[] = {
		{'R', "running"}, {'S', "sleeping"}, {'D', "blocked"}, {'T', "stopped"},
		{'t', "traced"},  {'I', "idle"},     {'Z', "zombie"},  {'P', "parked"},
	};

	if (row->process->frozen) {
		put_word(cell, "frozen");
		return;
	}
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (states[i].letter == row->process->state)
			put_word(cell, states[i].word);
}

static void fill_kind(const struct row *row, struct cell *cell)
{
	put_word(cell, row->holder->kind == HOLDER_FD ? "fd" : "mapping");
}

/* As in maps: rwx and s for shared or p for private; of a descriptor what it was opened for. */
static void fill_access(const struct row *row, struct cell *cell)
{
	const struct holder *holder = row->holder;
	char r = holder->readable ? 'r' : '-', w = holder->writable ? 'w' : '-';

	if (holder->kind == HOLDER_FD)
		put_text(cell, "%c%c", r, w);
	else
		put_text(cell, "%c%c%c%c", r, w, holder->executable ? 'x' : '-',
			 holder->shared ? 's' : 'p');
}

static void fill_offset(const struct row *row, struct cell *cell)
{
	if (row->holder->kind == HOLDER_MAPPING)
		put_number(cell, row->holder->offset);
}

static void fill_length(const struct row *row, struct cell *cell)
{
	if (row->holder->kind == HOLDER_MAPPING)
		put_number(cell, row->holder->end - row->holder->start);
}

static void fill_fd(const struct row *row, struct cell *cell)
{
	if (row->holder->kind == HOLDER_FD)
		put_number(cell, (uint64_t)row->holder->fd);
}

static const struct column holder_columns[] = {
	{"OBJECT", fill_object, true}, {"PID", fill_pid},
	{"USER", fill_user},           {"COMMAND", fill_command},
	{"STATE", fill_state},         {"KIND", fill_kind},
	{"ACCESS", fill_access},       {"OFFSET", fill_offset},
	{"LENGTH", fill_length},       {"FD", fill_fd},
};

static void fill_tid(const struct row *row, struct cell *cell)
{
	put_task(row, row->waiter->tid, row->waiter->own, cell);
}

static bool fill_from_layout(const struct layout *layout, uint64_t at, struct cell *cell)
{
	for (size_t i = 0; layout && i < layout->n_fields; i++) {
		const struct field *field = &layout->fields[i];
		const uint64_t skip = at - field->offset;

		if (field->render || at < field->offset || (field->size && skip >= field->size))
			continue;
		if (skip == 0 || type_sleeps_at(field->type, skip))
			put_text(cell, "%.40s", field->name);
		else
			put_text(cell, "%.40s+%" PRIu64, field->name, skip);
		return true;
	}
	return false;
}

static void fill_inferred(const struct lock *lock, struct cell *cell)
{
	FILE *out = fmemopen(cell->text, sizeof(cell->text), "w");

	if (!out)
		return;
	cell->kind = CELL_TEXT;
	lock_print_name(lock, out);
	fclose(out);
}

/*
 * The field that has the word; where it is no word of its type, how far into it. Of a word that no
 * layout names, the lock that it must be of.
 */
static void fill_field(const struct row *row, struct cell *cell)
{
	const uint64_t at = row->waiter->offset;
	const struct lock *lock;

	if (row->waiter->place != WAITER_OBJECT || fill_from_layout(row->object->layout, at, cell))
		return;
	lock = lock_list_find(&row->object->locks, at);
	if (lock)
		fill_inferred(lock, cell);
}

static void fill_word(const struct row *row, struct cell *cell)
{
	if (row->waiter->place == WAITER_OBJECT)
		put_number(cell, row->waiter->offset);
}

/* What it was about to do there; "private": no other process can wake it, whatever it maps. */
static void fill_operation(const struct row *row, struct cell *cell)
{
	const struct waiter *waiter = row->waiter;
	const char *word = "wait";

	if (waiter->place == WAITER_UNKNOWN) {
		put_word(cell, "sleeps on a futex, address unreadable");
		return;
	}
	switch (waiter->op & (uint32_t)FUTEX_CMD_MASK) {
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		word = "lock-pi";
		break;
	case FUTEX_WAIT_REQUEUE_PI:
		word = "requeue-pi";
		break;
	}
	if (waiter->n_words > 1)
		put_text(cell, "%s, %u of %u", word, waiter->word + 1, waiter->n_words);
	else
		put_text(cell, "%s%s", word, waiter->op & FUTEX_PRIVATE_FLAG ? ", private" : "");
}

static void fill_timeout(const struct row *row, struct cell *cell)
{
	put_word(cell, row->waiter->timed ? "timed" : "none");
}

static void fill_asleep(const struct row *row, struct cell *cell)
{
	static const char *const words[] = {[WAITER_ASLEEP] = "asleep",
					    [WAITER_STOPPED] = "stopped",
					    [WAITER_FROZEN] = "frozen"};

	put_word(cell, words[row->waiter->state]);
}

static void fill_since(const struct row *row, struct cell *cell)
{
	const int64_t age = row->table->snapshot->ended - row->waiter->since;

	cell->kind = CELL_AGE;
	cell->number = age > 0 ? (uint64_t)age : 0;
	cell->about = row->waiter->since_about;
}

static const struct column waiter_columns[] = {
	{"OBJECT", fill_object, true},
	{"PID", fill_pid},
	{"TID", fill_tid},
	{"USER", fill_user},
	{"COMMAND", fill_command},
	{"FIELD", fill_field},
	{"OFFSET", fill_word},
	{"OPERATION", fill_operation},
	{"TIMEOUT", fill_timeout},
	{"STATE", fill_asleep},
	{"SINCE", fill_since},
};

static bool holder_item(const struct table *table, size_t i, struct row *row)
{
	const struct holder *holder = &table->snapshot->holders[i];

	row->holder = holder;
	row->process = &table->snapshot->processes[holder->process];
	row->ino = holder->ino;
	return table->ino == 0 || table->ino == holder->ino;
}

static size_t count_holders(const struct snapshot *snapshot)
{
	return snapshot->n_holders;
}

static bool holds(const struct snapshot *snapshot, size_t process, uint64_t ino)
{
	for (size_t i = 0; i < snapshot->n_holders; i++)
		if (snapshot->holders[i].process == process && snapshot->holders[i].ino == ino)
			return true;
	return false;
}

bool waiters_hidden(const struct snapshot *snapshot, uint64_t ino)
{
	for (size_t i = 0; i < snapshot->n_waiters; i++)
		if (snapshot->waiters[i].place == WAITER_UNKNOWN &&
		    holds(snapshot, snapshot->waiters[i].process, ino))
			return true;
	return false;
}

/* Of a sleep whose word is hidden nobody knows that it is not on the object: it is told of each
 * that its process holds. */
static bool may_sleep_on(const struct table *table, const struct waiter *waiter)
{
	const struct snapshot *snapshot = table->snapshot;

	if (waiter->place == WAITER_OBJECT)
		return table->ino == 0 || waiter->ino == table->ino;
	if (waiter->place != WAITER_UNKNOWN)
		return false;
	return table->ino == 0 || holds(snapshot, waiter->process, table->ino);
}

static bool waiter_item(const struct table *table, size_t i, struct row *row)
{
	const struct waiter *waiter = &table->snapshot->waiters[i];

	row->waiter = waiter;
	row->process = &table->snapshot->processes[waiter->process];
	row->ino = waiter->place == WAITER_OBJECT ? waiter->ino : 0;
	return may_sleep_on(table, waiter);
}

static size_t count_waiters(const struct snapshot *snapshot)
{
	return snapshot->n_waiters;
}

const struct shape holder_shape = {holder_columns,
				   sizeof(holder_columns) / sizeof(holder_columns[0]), holder_item,
				   count_holders};
const struct shape waiter_shape = {waiter_columns,
				   sizeof(waiter_columns) / sizeof(waiter_columns[0]), waiter_item,
				   count_waiters};
