/* SPDX-License-Identifier: MIT */
/* Questions about an object's rights. A new one is a function and a row here. */
#include "core/access.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

/* Up to here users are the system's, and logind leaves what they own (SYS_UID_MAX, login.defs(5)).
 */
#define SYSTEM_UID_MAX 999u

/* 0 or -errno, and why; -EAGAIN: it cannot be told. One that says neither has its own words. */
struct question {
	const char *word;
	int (*ask)(const struct access_facts *facts, struct access_answer *ret);
};

/* Adds to the reason. */
__attribute__((format(printf, 2, 3))) static void say(struct access_answer *ret, const char *format,
						      ...)
{
	const size_t n = strlen(ret->why);
	va_list args;

	va_start(args, format);
	vsnprintf(ret->why + n, sizeof(ret->why) - n, format, args);
	va_end(args);
}

static void say_right(struct access_answer *ret, const struct access_right *right)
{
	char words[ACCESS_RIGHT_WORDS];

	access_right_words(right, words);
	say(ret, "%s", words);
}

static int ask_reader(const struct access_facts *facts, struct access_answer *ret)
{
	static const struct {
		unsigned capability;
		const char *name;
	} all[] = {
		{CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE"},
		{CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH"},
		{CAP_FOWNER, "CAP_FOWNER"},
	};
	const char *separator = "";

	snprintf(ret->answer, sizeof(ret->answer), "%u:%u", facts->reader->uid, facts->reader->gid);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!credentials_have(facts->reader, all[i].capability))
			continue;
		say(ret, "%s%s", separator, all[i].name);
		separator = ", ";
	}
	return 0;
}

static const char on_filesystem[] = "the filesystem of SOURCE is read-only";
static const char on_mount[] = "SOURCE is mounted read-only";

static bool has_flag(const struct access_file *file, uint64_t attribute)
{
	return file->st.stx_attributes & attribute;
}

static bool is_owner(const struct access_file *file, const struct credentials *reader)
{
	return file->uid_mapped && file->st.stx_uid == reader->uid;
}

/* Going through SOURCE to a name in it. */
static int search(const struct access_facts *facts, struct access_answer *ret)
{
	struct access_right right;

	access_right(&facts->folder, facts->reader, X_OK, &right);
	if (right.error) {
		say(ret, "SOURCE cannot be searched: ");
		say_right(ret, &right);
	}
	return right.error;
}

/*
 * fs.protected_regular: O_CREAT of what is there already in a sticky folder that all (2: or a
 * group) may write (may_create_in_sticky() of the kernel's namei.c). No capability helps.
 */
static int create_in_sticky(const struct access_facts *facts, struct access_answer *ret)
{
	const struct access_file *object = &facts->object, *folder = &facts->folder;
	const unsigned mode = folder->st.stx_mode;

	if (facts->protected_regular == 0 || !(mode & S_ISVTX) || !(mode & (S_IWOTH | S_IWGRP)) ||
	    (facts->protected_regular == 1 && !(mode & S_IWOTH)) || is_owner(object, facts->reader))
		return 0;
	if (!object->uid_mapped && !folder->uid_mapped) {
		say(ret, "its owner and SOURCE's have no number in this user namespace");
		return -EAGAIN;
	}
	if (object->st.stx_uid == folder->st.stx_uid)
		return 0;
	if (facts->protected_regular < 0) {
		say(ret, "fs.protected_regular is not known");
		return -EAGAIN;
	}
	say(ret,
	    "fs.protected_regular is %d: in sticky SOURCE O_CREAT is for owner %u alone, no "
	    "capability helps; open it without",
	    facts->protected_regular, object->st.stx_uid);
	return -EACCES;
}

static void explain(const struct access_facts *facts, const struct access_right *right,
		    struct access_answer *ret)
{
	char letters[4];

	say_right(ret, right);
	if (!right->error || !right->owner_may)
		return;
	access_letters(facts->object.st.stx_mode >> 6 & 7, letters);
	say(ret, "; owner %u: %s; umask at creation?", facts->object.st.stx_uid, letters);
}

/* What the kernel says before it has looked at rights, and after. */
static int refuse_write_first(const struct access_facts *facts, struct access_answer *ret)
{
	if (facts->read_only_filesystem) {
		say(ret, "%s", on_filesystem);
		return -EROFS;
	}
	if (has_flag(&facts->object, STATX_ATTR_IMMUTABLE)) {
		say(ret, "immutable: chattr -i");
		return -EPERM;
	}
	return 0;
}

static int refuse_write_last(const struct access_facts *facts, struct access_answer *ret)
{
	if (has_flag(&facts->object, STATX_ATTR_APPEND)) {
		say(ret, "only to be appended to: chattr -a");
		return -EPERM;
	}
	if (facts->read_only) {
		say(ret, "%s", on_mount);
		return -EROFS;
	}
	return 0;
}

static int ask_open(const struct access_facts *facts, unsigned want, struct access_answer *ret)
{
	struct access_right right;
	int r = 0;

	if (want & W_OK)
		r = refuse_write_first(facts, ret);
	if (r < 0)
		return r;
	access_right(&facts->object, facts->reader, want, &right);
	if (!right.error && (want & W_OK))
		r = refuse_write_last(facts, ret);
	if (r == 0)
		explain(facts, &right, ret);
	return r < 0 ? r : right.error;
}

static int find_and_open(const struct access_facts *facts, unsigned want, bool create,
			 struct access_answer *ret)
{
	int r;

	if (facts->unlinked) {
		say(ret, "it has no name to open%s", create ? "; O_CREAT makes another" : "");
		return -ENOENT;
	}
	r = search(facts, ret);
	if (r == 0 && create)
		r = create_in_sticky(facts, ret);
	return r < 0 ? r : ask_open(facts, want, ret);
}

static int ask_read_only(const struct access_facts *facts, struct access_answer *ret)
{
	return find_and_open(facts, R_OK, false, ret);
}

static int ask_read_write(const struct access_facts *facts, struct access_answer *ret)
{
	return find_and_open(facts, R_OK | W_OK, false, ret);
}

static int ask_create(const struct access_facts *facts, struct access_answer *ret)
{
	return find_and_open(facts, R_OK | W_OK, true, ret);
}

/* By which right he may remove the object from a sticky folder, "" where that is none; or NULL. */
static const char *sticky_right(const struct access_facts *facts)
{
	if (!(facts->folder.st.stx_mode & S_ISVTX))
		return "";
	if (is_owner(&facts->object, facts->reader))
		return "; sticky: owner of the object";
	if (is_owner(&facts->folder, facts->reader))
		return "; sticky: owner of SOURCE";
	if (access_capable(&facts->object, facts->reader, CAP_FOWNER))
		return "; sticky: CAP_FOWNER";
	return NULL;
}

/* What the kernel says before it asks for rights on the folder. */
static int refuse_removal(const struct access_facts *facts, struct access_answer *ret)
{
	if (facts->read_only_filesystem || facts->read_only) {
		say(ret, "%s", facts->read_only_filesystem ? on_filesystem : on_mount);
		return -EROFS;
	}
	if (has_flag(&facts->folder, STATX_ATTR_IMMUTABLE)) {
		say(ret, "SOURCE is immutable: chattr -i");
		return -EPERM;
	}
	return 0;
}

/* may_delete() of the kernel's namei.c, where the folder may be written. */
static int refuse_victim(const struct access_facts *facts, struct access_answer *ret)
{
	if (has_flag(&facts->folder, STATX_ATTR_APPEND))
		say(ret, "SOURCE is only to be appended to: chattr -a");
	else if (!sticky_right(facts))
		say(ret, "sticky SOURCE: only for owner %u, SOURCE's owner %u, or CAP_FOWNER",
		    facts->object.st.stx_uid, facts->folder.st.stx_uid);
	else if (has_flag(&facts->object, STATX_ATTR_APPEND | STATX_ATTR_IMMUTABLE))
		say(ret, "immutable, or only to be appended to: chattr -ia");
	else
		return 0;
	return -EPERM;
}

static int ask_unlink(const struct access_facts *facts, struct access_answer *ret)
{
	struct access_right right;
	int r = 0;

	if (facts->unlinked) {
		say(ret, "it has no name to remove");
		return -ENOENT;
	}
	r = search(facts, ret);
	if (r == 0)
		r = refuse_removal(facts, ret);
	if (r < 0)
		return r;
	access_right(&facts->folder, facts->reader, W_OK | X_OK, &right);
	if (!right.error)
		r = refuse_victim(facts, ret);
	if (r < 0)
		return r;
	say(ret, "SOURCE: ");
	say_right(ret, &right);
	if (!right.error)
		say(ret, "%s", sticky_right(facts));
	return right.error;
}

/* user_finalize() of systemd's logind-user.c, uid_is_system(), and clean_ipc_by_uid(). */
static int ask_logind(const struct access_facts *facts, struct access_answer *ret)
{
	const uid_t owner = facts->object.st.stx_uid;
	const char *answer = "no";

	if (facts->unlinked) {
		say(ret, "it has no name to remove");
	} else if (facts->logind == LOGIND_ABSENT) {
		say(ret, "no systemd-logind here");
	} else if (facts->logind == LOGIND_ELSEWHERE) {
		say(ret, "SOURCE is not this machine's /dev/shm");
	} else if (facts->logind == LOGIND_UNSURE || !facts->object.uid_mapped) {
		answer = "unknown";
		say(ret, "in a user namespace: logind knows the owner by another number");
	} else if (owner <= SYSTEM_UID_MAX) {
		say(ret, "owner %u is a system user (0 to %u)", owner, SYSTEM_UID_MAX);
	} else {
		answer = "may";
		say(ret,
		    "when the last session of owner %u ends, even while it is in use; not with "
		    "RemoveIPC=no in logind.conf, nor while the user lingers",
		    owner);
	}
	snprintf(ret->answer, sizeof(ret->answer), "%s", answer);
	return 0;
}

static const struct question questions[] = {
	{"reader", ask_reader}, {"read-only", ask_read_only}, {"read-write", ask_read_write},
	{"create", ask_create}, {"unlink", ask_unlink},       {"logind", ask_logind},
};
static const size_t n_questions = sizeof(questions) / sizeof(questions[0]);

static void answer(const struct question *question, const struct access_facts *facts,
		   struct access_answer *ret)
{
	int r;

	*ret = (struct access_answer){""};
	r = question->ask(facts, ret);
	if (r == -EAGAIN)
		snprintf(ret->answer, sizeof(ret->answer), "unknown");
	else if (!*ret->answer)
		snprintf(ret->answer, sizeof(ret->answer), "%s",
			 r < 0 ? strerrorname_np(-r) : "yes");
}

bool access_ask(const struct access_facts *facts, const char *question, struct access_answer *ret)
{
	for (size_t i = 0; i < n_questions; i++) {
		if (strcmp(questions[i].word, question) != 0)
			continue;
		answer(&questions[i], facts, ret);
		return true;
	}
	return false;
}

void access_print(const struct access_facts *facts, FILE *out)
{
	struct access_answer said;

	fputs("QUESTION\tANSWER\tWHY\n", out);
	for (size_t i = 0; i < n_questions; i++) {
		answer(&questions[i], facts, &said);
		fprintf(out, "%s\t%s\t%s\n", questions[i].word, said.answer,
			*said.why ? said.why : "-");
	}
}

static int add_row(struct json_object *rows, const struct question *question,
		   const struct access_facts *facts)
{
	struct json_object *row = json_object_new_object();
	struct access_answer said;
	int r = json_append(rows, row);

	answer(question, facts, &said);
	if (r == 0)
		r = json_add_text(row, "question", question->word);
	if (r == 0)
		r = json_add_text(row, "answer", said.answer);
	if (r == 0)
		r = *said.why ? json_add_text(row, "why", said.why) : json_add_null(row, "why");
	return r;
}

int access_json(const struct access_facts *facts, struct json_object **ret)
{
	struct json_object *rows = json_object_new_array();
	int r = json_made(rows, ret);

	for (size_t i = 0; r == 0 && i < n_questions; i++)
		r = add_row(rows, &questions[i], facts);
	return r;
}
