/* SPDX-License-Identifier: MIT */
#include "tests/callers.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/support.h"

const struct caller_object caller_objects[N_CALLER_OBJECTS] = {
	{"none", CALLER_OWNER, CALLER_GROUP, 0000, NULL},
	{"private", CALLER_OWNER, CALLER_GROUP, 0600, NULL},
	{"read-only", CALLER_OWNER, CALLER_GROUP, 0400, NULL},
	{"group-reads", CALLER_OWNER, CALLER_GROUP, 0640, NULL},
	{"group-writes", CALLER_OWNER, CALLER_GROUP, 0660, NULL},
	{"not-the-group", CALLER_OWNER, CALLER_GROUP, 0606, NULL},
	{"not-the-owner", CALLER_OWNER, CALLER_GROUP, 0066, NULL},
	{"all-read", CALLER_OWNER, CALLER_GROUP, 0644, NULL},
	{"all-but-the-group-read", CALLER_OWNER, CALLER_GROUP, 0604, NULL},
	{"all-write", CALLER_OWNER, CALLER_GROUP, 0666, NULL},
	{"roots", 0, 0, 0600, NULL},
	{"roots-group", 0, 0, 0660, NULL},
	/* The mode of these has the mask in the place of the group. */
	{"named", CALLER_OWNER, CALLER_GROUP, 0600,
	 &(const struct acl){.user = CALLER_NAMED, .user_mode = 4, .mask = 4}},
	{"named-cut", CALLER_OWNER, CALLER_GROUP, 0600,
	 &(const struct acl){.user = CALLER_NAMED, .user_mode = 6, .mask = 4}},
	{"named-group-reads", CALLER_OWNER, CALLER_GROUP, 0600,
	 &(const struct acl){.group = CALLER_TEAM, .group_mode = 4, .mask = 4}},
	{"named-group", CALLER_OWNER, CALLER_GROUP, 0600,
	 &(const struct acl){.group = CALLER_TEAM, .group_mode = 6, .mask = 6}},
	{"masked", CALLER_OWNER, CALLER_GROUP, 0660,
	 &(const struct acl){.user = CALLER_NAMED, .user_mode = 6, .mask = 2}},
	{"not-the-named", CALLER_OWNER, CALLER_GROUP, 0666,
	 &(const struct acl){.user = CALLER_NAMED, .user_mode = 0, .mask = 6}},
};

void callers_make_objects(void)
{
	for (size_t i = 0; i < N_CALLER_OBJECTS; i++) {
		const struct caller_object *object = &caller_objects[i];
		const char *path = shm_path(object->name);

		put_seqnum(object->name, 41);
		assert_int_equal(chmod(path, object->mode), 0);
		if (object->acl)
			acl_set(path, object->mode, object->acl);
		assert_int_equal(chown(path, object->uid, object->gid), 0);
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
