/* SPDX-License-Identifier: MIT */
/* Taking the rights of others, by one thread for a moment. */
#include "fusefs/rights.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/capabilities.h"

/* This program's own, which all threads have that have nobody else's. */
static struct {
	struct credentials who; /* but for its capabilities: */
	struct capabilities sets;
	uint64_t first; /* permitted at first, before most are given away (privileges.h) */
} own;

/* Whose rights this thread has; NULL: the program's. */
static _Thread_local const struct credentials *taken;

/* The raw calls are of one thread; glibc's would change all of them (nptl(7)). */
static int set_groups(const struct credentials *who)
{
	return (int)syscall(SYS_setgroups, who->n_groups, who->groups);
}

static int set_effective(uint64_t effective)
{
	struct capabilities sets = own.sets;

	sets.effective = effective;
	return capabilities_set(&sets);
}

/* They have no errors; what there is now is what they say to a wrong one (setfsuid(2)). */
static bool set_ids(const struct credentials *who)
{
	setfsgid(who->gid);
	setfsuid(who->uid);
	return (gid_t)setfsgid((gid_t)-1) == who->gid && (uid_t)setfsuid((uid_t)-1) == who->uid;
}

static int read_groups(void)
{
	int n = getgroups(0, NULL);

	own.who.groups = n > 0 ? malloc((size_t)n * sizeof(*own.who.groups)) : NULL;
	if (n < 0 || (n > 0 && !own.who.groups))
		return n < 0 ? -errno : -ENOMEM;
	n = getgroups(n, own.who.groups);
	own.who.n_groups = n > 0 ? (size_t)n : 0;
	return n < 0 ? -errno : 0;
}

int rights_init(void)
{
	int r = capabilities_read(0, &own.sets);

	if (r < 0)
		return r;
	own.first |= own.sets.permitted;
	credentials_deinit(&own.who);
	own.who.uid = geteuid();
	own.who.gid = getegid();
	return read_groups();
}

bool rights_can(void)
{
	const uint64_t both = CAPABILITY(CAP_SETUID) | CAPABILITY(CAP_SETGID);

	return (own.sets.effective & both) == both;
}

bool rights_cover(int procfd, pid_t tid, uid_t uid)
{
	struct capabilities sets;

	/* Thread 0 would be this one. */
	return tid > 0 && uid == own.who.uid && capabilities_read(tid, &sets) == 0 &&
	       (own.first & ~sets.effective) == 0 && credentials_count_here(procfd, tid);
}

/* Capabilities go last, without which nothing of the rest could be set. */
static bool take(const struct credentials *who)
{
	return set_groups(who) == 0 && set_ids(who) &&
	       set_effective(who->capabilities & own.sets.permitted) == 0;
}

/* setfsuid(2) to root's gives back some capabilities, so they are set once more. */
static void take_own(void)
{
	if (capabilities_set(&own.sets) < 0 || !set_ids(&own.who) || set_groups(&own.who) < 0 ||
	    capabilities_set(&own.sets) < 0)
		abort();
	taken = NULL;
}

int rights_enter(const struct credentials *who, struct rights *ret)
{
	*ret = (struct rights){.before = taken};
	if (who == taken)
		return 0;
	if (!who) {
		take_own();
		ret->changed = true;
		return 0;
	}
	if (taken)
		return who->uid == taken->uid ? 0 : -EACCES;
	if (!rights_can())
		return who->uid == own.who.uid ? 0 : -EACCES;
	if (!take(who)) {
		take_own();
		return -EACCES;
	}
	taken = who;
	ret->changed = true;
	return 0;
}

void rights_leave(struct rights *rights)
{
	if (!rights->changed)
		return;
	rights->changed = false;
	taken = rights->before;
	if (!taken)
		take_own();
	else if (!take(taken))
		abort();
}
