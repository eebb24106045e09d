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

/* This program's own, which all threads have that have nobody else's. */
static struct {
	struct credentials who; /* capabilities: the effective ones */
	uint64_t permitted;
	uint64_t first; /* … at first, before most of them are given away (privileges.h) */
} own;

/* Whose rights this thread has; NULL: the program's. */
static _Thread_local const struct credentials *taken;

#define BIT(capability) (UINT64_C(1) << (capability))

/* The raw calls are of one thread; glibc's would change all of them (nptl(7)). */
static int set_groups(const struct credentials *who)
{
	return (int)syscall(SYS_setgroups, who->n_groups, who->groups);
}

/* Of a thread; 0: the calling one. */
static int get_capabilities(pid_t tid, struct __user_cap_data_struct ret[2])
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, tid};

	return (int)syscall(SYS_capget, &header, ret);
}

static uint64_t effective_of(const struct __user_cap_data_struct data[2])
{
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

static int set_effective(uint64_t effective)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (get_capabilities(0, data) < 0)
		return -1;
	data[0].effective = (uint32_t)effective;
	data[1].effective = (uint32_t)(effective >> 32);
	return (int)syscall(SYS_capset, &header, data);
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
	struct __user_cap_data_struct data[2];

	credentials_deinit(&own.who);
	own.who.uid = geteuid();
	own.who.gid = getegid();
	if (get_capabilities(0, data) < 0)
		return -errno;
	own.who.capabilities = effective_of(data);
	own.permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	own.first |= own.permitted;
	return read_groups();
}

bool rights_can(void)
{
	const uint64_t both = BIT(CAP_SETUID) | BIT(CAP_SETGID);

	return (own.who.capabilities & both) == both;
}

bool rights_cover(int procfd, pid_t tid, uid_t uid)
{
	struct __user_cap_data_struct data[2];

	/* Thread 0 would be this one. */
	return tid > 0 && uid == own.who.uid && get_capabilities(tid, data) == 0 &&
	       (own.first & ~effective_of(data)) == 0 && credentials_count_here(procfd, tid);
}

/* Capabilities go last, without which nothing of the rest could be set. */
static bool take(const struct credentials *who)
{
	return set_groups(who) == 0 && set_ids(who) &&
	       set_effective(who->capabilities & own.permitted) == 0;
}

/* setfsuid(2) to root's gives back some capabilities, so they are set once more. */
static void take_own(void)
{
	if (set_effective(own.who.capabilities) < 0 || !set_ids(&own.who) ||
	    set_groups(&own.who) < 0 || set_effective(own.who.capabilities) < 0)
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
	ret->changed = true;
	if (take(who)) {
		taken = who;
		return 0;
	}
	rights_leave(ret);
	return -EACCES;
}

void rights_leave(struct rights *rights)
{
	if (!rights->changed)
		return;
	rights->changed = false;
	take_own();
	if (!rights->before)
		return;
	if (!take(rights->before))
		abort();
	taken = rights->before;
}
