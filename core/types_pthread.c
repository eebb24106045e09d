/* SPDX-License-Identifier: MIT */
/* The locks of pthreads as types of fields: which numbers and words they flatten to. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/json.h"
#include "core/layout.h"
#include "core/pthreads.h"

_Static_assert(sizeof(pthread_mutex_t) == 40 && sizeof(pthread_cond_t) == 48 &&
		       sizeof(pthread_rwlock_t) == 56 && sizeof(pthread_barrier_t) == 32 &&
		       sizeof(pthread_spinlock_t) == 4,
	       "the native types are taken for those of glibc on x86-64");

/*
 * A number or a word that is made of a lock: what one word means, another one says. The lock is
 * called `lock` in `value`. Of bytes that are no such lock there is none.
 */
#define SHOWN(kind, decode, title, type_name, ctype, format, value, json_new)                      \
	static int kind##_##title(const void *bytes, size_t size, ctype *ret)                      \
	{                                                                                          \
		struct kind lock;                                                                  \
                                                                                                   \
		if (size != type_##kind.size || !decode(bytes, &lock, NULL))                       \
			return -EBADMSG;                                                           \
		*ret = value;                                                                      \
		return 0;                                                                          \
	}                                                                                          \
	static int print_##kind##_##title(const void *bytes, size_t size, FILE *out)               \
	{                                                                                          \
		ctype shown;                                                                       \
		int r = kind##_##title(bytes, size, &shown);                                       \
                                                                                                   \
		if (r == 0)                                                                        \
			fprintf(out, format, shown);                                               \
		return r;                                                                          \
	}                                                                                          \
	static int kind##_##title##_json(const void *bytes, size_t size, struct json_object **ret) \
	{                                                                                          \
		ctype shown;                                                                       \
		int r = kind##_##title(bytes, size, &shown);                                       \
                                                                                                   \
		return r == 0 ? json_made(json_new(shown), ret) : r;                               \
	}                                                                                          \
	static const struct field_type type_##kind##_##title = {.name = type_name,                 \
								.size = 4,                         \
								.print = print_##kind##_##title,   \
								.json = kind##_##title##_json,     \
								.whole = true}

#define SHOWN_NUMBER(kind, decode, title, value)                                                   \
	SHOWN(kind, decode, title, "unsigned int", uint32_t, "%" PRIu32, value,                    \
	      json_object_new_uint64)
#define SHOWN_TEXT(kind, decode, title, value)                                                     \
	SHOWN(kind, decode, title, "computed", const char *, "%s", value, json_object_new_string)

#define MEMBER(kind, title, at, text)                                                              \
	{                                                                                          \
		.name = #title, .type = &type_##kind##_##title, .offset = at, .size = 4,           \
		.help = text                                                                       \
	}
#define MEMBER_WAITERS                                                                             \
	{                                                                                          \
		.name = "waiters", .type = &type_computed, .kind = FIELD_WAITERS,                  \
		.help = "threads that sleep on it now, by /proc"                                   \
	}
#define PSHARED_HELP "1: processes share it, 0: only the threads of one do"

/* More members may follow: `.words = …`. */
#define LOCK_TYPE(kind, ctype, ...)                                                                \
	static bool kind##_plausible(const void *bytes, FILE *why)                                 \
	{                                                                                          \
		struct kind lock;                                                                  \
                                                                                                   \
		return kind##_decode(bytes, &lock, why);                                           \
	}                                                                                          \
	const struct field_type type_##kind = {.name = #ctype,                                     \
					       .size = sizeof(ctype),                              \
					       .members = kind##_members,                          \
					       .n_members = sizeof(kind##_members) /               \
							    sizeof(kind##_members[0]),             \
					       .plausible = kind##_plausible,                      \
					       __VA_ARGS__}

static void warn_unshared(const char *name, struct findings *findings)
{
	findings_add(findings, "%s: not shared (pshared 0): a release wakes no other process",
		     name);
}

static const char *mutex_state_name(const struct mutex *mutex)
{
	static const char *const names[] = {
		[MUTEX_UNLOCKED] = "unlocked",         [MUTEX_LOCKED] = "locked",
		[MUTEX_CONTENDED] = "contended",       [MUTEX_OWNER_DIED] = "owner-died",
		[MUTEX_INCONSISTENT] = "inconsistent", [MUTEX_NOT_RECOVERABLE] = "not-recoverable",
	};

	return names[mutex->state];
}

static const char *mutex_kind_name(const struct mutex *mutex)
{
	static const char *const names[][4] = {
		{"normal", "recursive", "errorcheck", "adaptive"},
		{"normal robust", "recursive robust", "errorcheck robust", "adaptive robust"},
		{"normal pi", "recursive pi", "errorcheck pi", "adaptive pi"},
		{"normal robust pi", "recursive robust pi", "errorcheck robust pi",
		 "adaptive robust pi"},
	};

	return names[mutex->robust + 2 * mutex->pi][mutex->type];
}

SHOWN_TEXT(mutex, mutex_decode, state, mutex_state_name(&lock));
SHOWN_NUMBER(mutex, mutex_decode, owner, lock.owner);
SHOWN_NUMBER(mutex, mutex_decode, count, lock.count);
SHOWN_TEXT(mutex, mutex_decode, kind, mutex_kind_name(&lock));
SHOWN_NUMBER(mutex, mutex_decode, pshared, lock.shared);

static const struct field mutex_members[] = {
	MEMBER(mutex, state, 0,
	       "unlocked, locked, contended; of a robust one also owner-died, inconsistent, "
	       "not-recoverable"),
	MEMBER(mutex, owner, 8, "the thread that has it, as it calls itself; 0: none"),
	MEMBER(mutex, count, 4, "how often its owner has it; more than 1 only of a recursive one"),
	MEMBER(mutex, kind, 16, "normal, recursive, errorcheck or adaptive; robust; pi"),
	MEMBER(mutex, pshared, 16, PSHARED_HELP),
	MEMBER_WAITERS,
};

static void mutex_health(const char *name, const void *bytes, struct findings *findings)
{
	struct mutex mutex;

	mutex_decode(bytes, &mutex, NULL);
	if (mutex.state == MUTEX_NOT_RECOVERABLE)
		findings_add(findings, "%s: not recoverable: it must be initialised anew", name);
	else if (mutex.state == MUTEX_OWNER_DIED)
		findings_add(findings, "%s: its owner has died, the next lock gets EOWNERDEAD",
			     name);
	else if (!mutex.shared)
		warn_unshared(name, findings);
}

LOCK_TYPE(mutex, pthread_mutex_t, .health = mutex_health, .n_words = 1);

#define NEWER "glibc 2.41 or newer"

/* Of a newer one nothing but its words is known. */
static bool cond_known(const void *bytes, struct cond *ret, FILE *why)
{
	return cond_decode(bytes, ret, why) && !ret->newer;
}

SHOWN_TEXT(cond, cond_known, state, lock.nwaiters ? "waited-for" : "idle");
SHOWN_NUMBER(cond, cond_known, nwaiters, lock.nwaiters);
SHOWN_TEXT(cond, cond_known, clock, lock.monotonic ? "monotonic" : "realtime");
SHOWN_NUMBER(cond, cond_known, pshared, lock.shared);
SHOWN_TEXT(cond, cond_decode, form, lock.newer ? NEWER : "glibc 2.25 to 2.40");

#define COND_WORDS 12

static int cond_words(const void *bytes, size_t size, uint32_t ret[COND_WORDS])
{
	struct cond cond;

	if (size != COND_WORDS * sizeof(*ret) || !cond_decode(bytes, &cond, NULL))
		return -EBADMSG;
	memcpy(ret, bytes, size);
	return 0;
}

static int print_cond_words(const void *bytes, size_t size, FILE *out)
{
	uint32_t words[COND_WORDS];
	int r = cond_words(bytes, size, words);

	for (size_t i = 0; r == 0 && i < COND_WORDS; i++)
		fprintf(out, "%s%" PRIx32, i ? " " : "", words[i]);
	return r;
}

static int cond_words_json(const void *bytes, size_t size, struct json_object **ret)
{
	_cleanup_json_ struct json_object *array = NULL;
	uint32_t words[COND_WORDS];
	int r = cond_words(bytes, size, words);

	if (r < 0)
		return r;
	array = json_object_new_array();
	r = array ? 0 : -ENOMEM;
	for (size_t i = 0; r == 0 && i < COND_WORDS; i++)
		r = json_append(array, json_object_new_uint64(words[i]));
	if (r == 0)
		*ret = json_object_get(array);
	return r;
}

static const struct field_type type_cond_words = {
	.name = "unsigned int[12]", .size = 48, .print = print_cond_words, .json = cond_words_json};

static const struct field cond_members[] = {
	MEMBER(cond, state, 36, "idle, waited-for"),
	MEMBER(cond, nwaiters, 36, "waiters on record; those killed while they waited stay in it"),
	MEMBER(cond, clock, 36, "of its timed waits: realtime, monotonic"),
	MEMBER(cond, pshared, 36, PSHARED_HELP),
	MEMBER(cond, form, 0, "which glibc it is of; of a newer one only the words are shown"),
	{.name = "words", .type = &type_cond_words, .size = 48, .help = "as they are, in hex"},
	MEMBER_WAITERS,
};

static void cond_health(const char *name, const void *bytes, struct findings *findings)
{
	struct cond cond;

	cond_decode(bytes, &cond, NULL);
	if (cond.newer)
		findings_add(findings, "%s: of " NEWER ", of which only the words are shown", name);
	else if (!cond.shared)
		warn_unshared(name, findings);
}

/* Who waits is at 40 or 44; who signals, and waits for those that are about to go, elsewhere. */
LOCK_TYPE(cond, pthread_cond_t, .health = cond_health, .words = {16, 20, 32, 40, 44}, .n_words = 5);

static const char *rwlock_state_name(const struct rwlock *rwlock)
{
	static const char *const names[] = {[RWLOCK_UNLOCKED] = "unlocked",
					    [RWLOCK_READ] = "read-locked",
					    [RWLOCK_WRITTEN] = "write-locked"};

	return names[rwlock->state];
}

static const char *rwlock_kind_name(const struct rwlock *rwlock)
{
	static const char *const names[] = {"prefer-reader", "prefer-writer",
					    "prefer-writer-nonrecursive"};

	return names[rwlock->kind];
}

SHOWN_TEXT(rwlock, rwlock_decode, state, rwlock_state_name(&lock));
SHOWN_NUMBER(rwlock, rwlock_decode, owner, lock.owner);
SHOWN_NUMBER(rwlock, rwlock_decode, readers, lock.readers);
SHOWN_TEXT(rwlock, rwlock_decode, kind, rwlock_kind_name(&lock));
SHOWN_NUMBER(rwlock, rwlock_decode, pshared, lock.shared);

static const struct field rwlock_members[] = {
	MEMBER(rwlock, state, 0, "unlocked, read-locked, write-locked"),
	MEMBER(rwlock, owner, 24, "the writer that has it, as it calls itself; 0: none"),
	MEMBER(rwlock, readers, 0, "readers that have it; those killed stay in it"),
	MEMBER(rwlock, kind, 48, "prefer-reader, prefer-writer or prefer-writer-nonrecursive"),
	MEMBER(rwlock, pshared, 28, PSHARED_HELP),
	MEMBER_WAITERS,
};

static void rwlock_health(const char *name, const void *bytes, struct findings *findings)
{
	struct rwlock rwlock;

	rwlock_decode(bytes, &rwlock, NULL);
	if (!rwlock.shared)
		warn_unshared(name, findings);
}

LOCK_TYPE(rwlock, pthread_rwlock_t, .health = rwlock_health, .words = {0, 8, 12}, .n_words = 3);

SHOWN_TEXT(barrier, barrier_decode, state, lock.arrived ? "waited-for" : "idle");
SHOWN_NUMBER(barrier, barrier_decode, arrived, lock.arrived);
SHOWN_NUMBER(barrier, barrier_decode, count, lock.count);
SHOWN_NUMBER(barrier, barrier_decode, pshared, lock.shared);

static const struct field barrier_members[] = {
	MEMBER(barrier, state, 0, "idle, waited-for"),
	MEMBER(barrier, arrived, 0,
	       "how many have arrived; those killed while they waited stay in it"),
	MEMBER(barrier, count, 8, "how many make it open"),
	MEMBER(barrier, pshared, 12, PSHARED_HELP),
	MEMBER_WAITERS,
};

static void barrier_health(const char *name, const void *bytes, struct findings *findings)
{
	struct barrier barrier;

	barrier_decode(bytes, &barrier, NULL);
	if (!barrier.shared)
		warn_unshared(name, findings);
}

LOCK_TYPE(barrier, pthread_barrier_t, .health = barrier_health, .words = {4}, .n_words = 1);

SHOWN_TEXT(spinlock, spinlock_decode, state, lock.locked ? "locked" : "unlocked");
SHOWN_NUMBER(spinlock, spinlock_decode, spinners, lock.spinners);

/* Whether processes share it is not in it, and nobody sleeps on it. */
static const struct field spinlock_members[] = {
	MEMBER(spinlock, state, 0, "unlocked, locked"),
	MEMBER(spinlock, spinners, 0, "who tried since it was taken; those killed stay in it"),
};

LOCK_TYPE(spinlock, pthread_spinlock_t, .n_words = 0);
