/* SPDX-License-Identifier: MIT */
#include "tests/crew.h"

#include <string.h>

struct actor crew;
struct mount crew_mount;

void crew_begin(const char *options, const char *n)
{
	mount_start(&crew_mount, NULL, options);
	actor_start(&crew, "crew", n);
}

void crew_end(void)
{
	actor_stop(&crew);
	mount_stop(&crew_mount);
}

void told(const char *line, const char *answer)
{
	const char *said = actor_tell(&crew, line);

	if (strcmp(said, answer) != 0)
		fail_msg("%s: %s, not %s", line, said, answer);
}
