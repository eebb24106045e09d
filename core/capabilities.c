/* SPDX-License-Identifier: MIT */
#include "core/capabilities.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* glibc has no function for either call. The second element has the upper 32 of a set. */
int capabilities_read(pid_t tid, struct capabilities *ret)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, tid};
	struct __user_cap_data_struct data[2] = {0}; /* valgrind knows the first alone */

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	*ret = (struct capabilities){
		.effective = data[0].effective | (uint64_t)data[1].effective << 32,
		.permitted = data[0].permitted | (uint64_t)data[1].permitted << 32,
		.inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32,
	};
	return 0;
}

int capabilities_set(const struct capabilities *sets)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++)
		data[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(sets->effective >> (32 * i)),
			.permitted = (uint32_t)(sets->permitted >> (32 * i)),
			.inheritable = (uint32_t)(sets->inheritable >> (32 * i)),
		};
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

uint64_t capabilities_permitted(void)
{
	struct capabilities sets = {0};

	return capabilities_read(0, &sets) < 0 ? 0 : sets.permitted;
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
	struct capabilities sets = {0};
	int r = capabilities_read(0, &sets);

	if (r < 0)
		return r;
	wanted &= sets.permitted;
	empty_bounding_set();
	/* Not known before Linux 4.3, where there is nothing to be emptied. */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	r = capabilities_set(&(struct capabilities){.effective = wanted, .permitted = wanted});
	if (r < 0)
		return r;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}
