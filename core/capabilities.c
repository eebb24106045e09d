/* SPDX-License-Identifier: MIT */
#include "core/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc has no function for either call. The second element has the upper 32 of a set. */
struct sets {
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[2];
};

static int get_sets(struct sets *ret)
{
	*ret = (struct sets){.header = {.version = _LINUX_CAPABILITY_VERSION_3}};
	return syscall(SYS_capget, &ret->header, ret->data) < 0 ? -errno : 0;
}

static uint64_t permitted_of(const struct sets *sets)
{
	return sets->data[0].permitted | (uint64_t)sets->data[1].permitted << 32;
}

uint64_t capabilities_permitted(void)
{
	struct sets sets;

	return get_sets(&sets) < 0 ? 0 : permitted_of(&sets);
}

/* EINVAL: there is none of that number, nor of a greater. EPERM: others can only be kept, too. */
static void empty_bounding_set(void)
{
	for (unsigned long number = 0; number < 64; number++)
		if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) < 0)
			return;
}

int capabilities_keep(uint64_t wanted)
{
	struct sets sets;
	int r = get_sets(&sets);

	if (r < 0)
		return r;
	wanted &= permitted_of(&sets);
	empty_bounding_set();
	/* Not known before Linux 4.3, where there is nothing to be emptied. */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (int i = 0; i < 2; i++) {
		uint32_t half = (uint32_t)(wanted >> (32 * i));

		sets.data[i] =
			(struct __user_cap_data_struct){.effective = half, .permitted = half};
	}
	if (syscall(SYS_capset, &sets.header, sets.data) < 0)
		return -errno;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}
