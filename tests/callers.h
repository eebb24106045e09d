/* SPDX-License-Identifier: MIT */
/* Users of every kind, what they ask of a mount, and objects of theirs. */
#pragma once

#include <stdbool.h>

#include "tests/acl.h"

/* Nobody of these has a name. */
enum {
	CALLER_OWNER = 12001,
	CALLER_OTHER = 12002,
	CALLER_NAMED = 12003,
	CALLER_GROUP = 13001,
	CALLER_TEAM = 13002,
};

/* A caller is the options of setpriv(1) that make one: a user with a group of the same number … */
#define CALLER_USER(id) "--reuid=" id " --regid=" id " --clear-groups"
/* … and root. */
#define CALLER_ROOT "--clear-groups"

/* Objects of every owner, mode and access list; and making them anew in /dev/shm, with the sequence
 * number 41. */
struct caller_object {
	const char *name;
	uid_t uid;
	gid_t gid;
	mode_t mode;
	const struct acl *acl; /* or NULL */
};

#define N_CALLER_OBJECTS 18
extern const struct caller_object caller_objects[N_CALLER_OBJECTS];
void callers_make_objects(void);

/*
 * caller_says() - What the shell script, whose $1 is `folder`, says as this caller on stdout; to be
 * freed. The test fails where it does not end with 0, or says anything on stderr.
 */
char *caller_says(const char *folder, const char *caller, const char *script);

/* Fail the test unless it says just that; or, where it is not to be `there`, has `part` in it. */
void caller_is_told(const char *folder, const char *caller, const char *script, const char *text);
void caller_is_told_part(const char *folder, const char *caller, const char *script,
			 const char *part, bool there);
