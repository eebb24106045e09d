/* SPDX-License-Identifier: MIT */
/* What opening and removing an object would answer to somebody, and why; a pure function. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "core/access_rights.h"
#include "core/json.h"

/* What systemd-logind has to do with the objects of SOURCE. */
enum access_logind {
	LOGIND_ABSENT,
	LOGIND_ELSEWHERE, /* SOURCE is not the /dev/shm that it cleans */
	LOGIND_UNSURE,    /* in another user namespace: it knows owners by other numbers */
	LOGIND_HERE,
};

/* All that decides; access_facts.h gathers it. */
struct access_facts {
	struct access_file object, folder; /* the folder is SOURCE */
	bool unlinked;                     /* it has no name */
	bool read_only;                    /* the mount by which SOURCE is seen */
	bool read_only_filesystem;
	int protected_regular; /* fs.protected_regular (proc_sys_fs(5)), -1: not known */
	enum access_logind logind;
	const struct credentials *reader; /* who asks; borrowed */
};

struct access_answer {
	char answer[32]; /* "yes", the name of an errno, or a word of the question's own */
	char why[256];   /* or "" */
};

/*
 * access_ask() - The answer to `question`: "reader", "read-only", "read-write", "create", "unlink",
 * "logind".
 *
 * Of open(2) and unlink(2) it is what the kernel says where nothing but files, mounts and
 * capabilities decides (no other security module, no lease, no program that is being run). false:
 * there is no such question.
 */
bool access_ask(const struct access_facts *facts, const char *question, struct access_answer *ret);

/* All of them as a table, and as rows like those of other tables. 0 or -ENOMEM. */
void access_print(const struct access_facts *facts, FILE *out);
int access_json(const struct access_facts *facts, struct json_object **ret);
