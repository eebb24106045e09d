/* SPDX-License-Identifier: MIT */
/* Is a process frozen by its cgroup, of version 1 or 2? */
#include "core/process_cgroup.h"

#include <stdio.h>
#include <string.h>

#include "core/process_file.h"

/*
 * Where groups are mounted, and which of their files says it: the group's own state, to which that
 * of the groups above adds (cgroup-v2.rst, cgroup.events; freezer-subsystem.rst). "unified" is
 * systemd's hybrid way. FREEZING is not yet frozen.
 */
static const struct {
	const char *controller; /* of version 1; "": version 2 */
	const char *folder, *file, *frozen;
} hierarchies[] = {
	{"", ".", "cgroup.events", "frozen 1"},
	{"", "unified", "cgroup.events", "frozen 1"},
	{"freezer", "freezer", "freezer.state", "FROZEN"},
};

static bool group_frozen(int cgroupfd, const char *controllers, const char *group)
{
	char path[1200], text[256];

	if (strncmp(group, "/..", 3) == 0)
		return false; /* above the root that our namespace shows, cgroup_namespaces(7) */
	for (size_t i = 0; i < sizeof(hierarchies) / sizeof(hierarchies[0]); i++) {
		if (strcmp(hierarchies[i].controller, controllers) != 0)
			continue;
		snprintf(path, sizeof(path), "%s%s/%s", hierarchies[i].folder, group,
			 hierarchies[i].file);
		if (process_file_read(cgroupfd, path, text, sizeof(text)) > 0 &&
		    strstr(text, hierarchies[i].frozen))
			return true;
	}
	return false;
}

/* Lines "number:controllers:/group". */
static bool text_frozen(int cgroupfd, char *text)
{
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")) && *line) {
		char *controllers = strchr(line, ':');
		char *group = controllers ? strchr(controllers + 1, ':') : NULL;

		if (!group)
			continue;
		*controllers++ = '\0';
		*group++ = '\0';
		if (group_frozen(cgroupfd, controllers, group))
			return true;
	}
	return false;
}

bool cgroup_frozen(int cgroupfd, int dirfd, struct cgroup_memo *memo)
{
	char text[sizeof(memo->text)];
	ssize_t n;

	if (cgroupfd < 0)
		return false;
	n = process_file_read(dirfd, "cgroup", text, sizeof(text));
	if (n <= 0)
		return false;
	if (strcmp(text, memo->text) == 0)
		return memo->frozen;
	memcpy(memo->text, text, (size_t)n + 1);
	memo->frozen = text_frozen(cgroupfd, text);
	return memo->frozen;
}
