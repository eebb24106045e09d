/* SPDX-License-Identifier: MIT */
#include "tests/callers.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/acl.h"
#include "tests/support.h"

static const struct {
	const char *name;
	uid_t uid;
	gid_t gid;
	mode_t mode;
	const struct acl *acl;
} objects[] = {
	{"none", CALLER_OWNER, CALLER_GROUP, 0000, NULL},
	{"private", CALLER_OWNER, CALLER_GROUP, 0600, NULL},
	{"group-reads", CALLER_OWNER, CALLER_GROUP, 0640, NULL},
	{"not-the-group", CALLER_OWNER, CALLER_GROUP, 0604, NULL},
	{"not-the-owner", CALLER_OWNER, CALLER_GROUP, 0066, NULL},
	{"all-read", CALLER_OWNER, CALLER_GROUP, 0644, NULL},
	{"all-write", CALLER_OWNER, CALLER_GROUP, 0666, NULL},
	{"roots", 0, 0, 0600, NULL},
	{"named", CALLER_OWNER, CALLER_GROUP, 0600,
	 &(const struct acl){.user = CALLER_NAMED, .user_mode = 4, .mask = 4}},
	{"named-group", CALLER_OWNER, CALLER_GROUP, 0600,
	 &(const struct acl){.group = CALLER_TEAM, .group_mode = 6, .mask = 6}},
	{"masked", CALLER_OWNER, CALLER_GROUP, 0660,
	 &(const struct acl){.user = CALLER_NAMED, .user_mode = 6, .mask = 2}},
	{"not-the-named", CALLER_OWNER, CALLER_GROUP, 0666,
	 &(const struct acl){.user = CALLER_NAMED, .user_mode = 0, .mask = 6}},
};
#define N_OBJECTS (sizeof(objects) / sizeof(objects[0]))

void callers_make_objects(void)
{
	for (size_t i = 0; i < N_OBJECTS; i++) {
		const char *path = shm_path(objects[i].name);

		put_seqnum(objects[i].name, 41);
		assert_int_equal(chmod(path, objects[i].mode), 0);
		if (objects[i].acl)
			acl_set(path, objects[i].mode, objects[i].acl);
		assert_int_equal(chown(path, objects[i].uid, objects[i].gid), 0);
	}
}

char *caller_says(const char *folder, const char *caller, const char *script)
{
	const struct child_setup setup = {.out = STREAM_MEMORY, .err = STREAM_MEMORY};
	const char *command = pathf("exec setpriv %s sh -c \"$1\" sh \"$2\"", caller);
	struct result result;

	run_argv(&result, (const char *const[]){"sh", "-c", command, "sh", script, folder, NULL},
		 &setup);
	if (*result.err || result.status)
		fail_msg("%s: %s: %d, %s", caller, script, result.status, result.err);
	free(result.err);
	return result.out;
}

void caller_is_told(const char *folder, const char *caller, const char *script, const char *text)
{
	_cleanup_free_ char *said = caller_says(folder, caller, script);

	if (strcmp(said, text) != 0)
		fail_msg("%s: %s says \"%s\", not \"%s\"", caller, script, said, text);
}

void caller_is_told_part(const char *folder, const char *caller, const char *script,
			 const char *part, bool there)
{
	_cleanup_free_ char *said = caller_says(folder, caller, script);

	if (!strstr(said, part) == there)
		fail_msg("%s: %s says \"%s\"", caller, script, said);
}
