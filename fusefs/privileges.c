/* SPDX-License-Identifier: MIT */
/* Capabilities: which are kept, and for what. */
#include "fusefs/privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "core/capabilities.h"

#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE 40 /* Linux 5.9 */
#endif

struct privilege {
	unsigned number;
	unsigned uses; /* any of these */
	const char *name;
	uint64_t unless; /* not where there is this one */
};

/*
 * All but SYS_ADMIN were left out once, and missed. What is done for root alone takes none:
 * mounting is over, the umount is another process's (unmounter.h), and what is open is read with no
 * capability.
 */
static const struct privilege capabilities[] = {
	/* /proc/PID of other users and of processes with capabilities: maps, mem, links. */
	{CAP_SYS_PTRACE, PRIVILEGES_LOOK, "sys_ptrace"},
	/* Objects whose mode is not for us, and files of /proc/PID that are 0400: syscall, fd. */
	{CAP_DAC_READ_SEARCH, PRIVILEGES_LOOK, "dac_read_search"},
	/* Following links in map_files: objects without a name that are mapped only. */
	{CAP_CHECKPOINT_RESTORE, PRIVILEGES_LOOK, "checkpoint_restore"},
	/* The same before Linux 5.9, or in a container that was given no other. */
	{CAP_SYS_ADMIN, PRIVILEGES_LOOK, "sys_admin", CAPABILITY(CAP_CHECKPOINT_RESTORE)},
	/* FUSE_DEV_IOC_BACKING_OPEN: fuse_backing_open() in the kernel asks for it. */
	{CAP_SYS_ADMIN, PRIVILEGES_PASSTHROUGH, "sys_admin"},
	/* Groups and user of who asks, or of whose object names a program (rights.h). */
	{CAP_SETGID, PRIVILEGES_OTHERS | PRIVILEGES_DISCOVER, "setgid"},
	{CAP_SETUID, PRIVILEGES_OTHERS | PRIVILEGES_DISCOVER, "setuid"},
	/* Opening for writing what its mode is against, and removing names from such a folder. A
	 * container's root may have it alone for reading, here or as one who asks. */
	{CAP_DAC_OVERRIDE, PRIVILEGES_WRITE | PRIVILEGES_OTHERS, "dac_override"},
	{CAP_DAC_OVERRIDE, PRIVILEGES_LOOK, "dac_override", CAPABILITY(CAP_DAC_READ_SEARCH)},
	/* Removing others' objects where the folder is sticky, as /dev/shm is. */
	{CAP_FOWNER, PRIVILEGES_WRITE, "fowner"},
	/* The lease on others' objects that says whether they are in use (object_remove()). */
	{CAP_LEASE, PRIVILEGES_WRITE, "lease"},
	/* Set-user-ID and set-group-ID stay where root writes, as they do without us. */
	{CAP_FSETID, PRIVILEGES_WRITE, "fsetid"},
};
#define N_CAPABILITIES (sizeof(capabilities) / sizeof(capabilities[0]))

uint64_t privileges_needed(unsigned uses, uint64_t permitted)
{
	uint64_t needed = 0;

	for (size_t i = 0; i < N_CAPABILITIES; i++)
		if (capabilities[i].uses & uses && !(capabilities[i].unless & permitted))
			needed |= CAPABILITY(capabilities[i].number) & permitted;
	return needed;
}

int privileges_drop(unsigned uses, struct privileges *ret)
{
	const uint64_t needed = privileges_needed(uses, capabilities_permitted());
	int r = capabilities_keep(needed);

	*ret = (struct privileges){.capabilities = capabilities_permitted(), .calls = -EPERM};
	if (r == 0)
		ret->calls = confine(privileges_calls, privileges_n_calls(uses));
	return r;
}

static void print_capabilities(uint64_t left, FILE *out)
{
	fputs(left ? "capabilities\t" : "capabilities\tnone", out);
	for (size_t i = 0; i < N_CAPABILITIES; i++) {
		const uint64_t one = CAPABILITY(capabilities[i].number) & left;

		left &= ~one;
		if (one)
			fprintf(out, "%s%s", capabilities[i].name, left ? " " : "");
	}
	fputc('\n', out);
}

void privileges_about(const struct privileges *privileges, FILE *out)
{
	print_capabilities(privileges->capabilities, out);
	if (privileges->calls >= 0)
		fprintf(out, "confined\tto %d system calls\n", privileges->calls);
	else if (privileges->calls == -ENOTSUP)
		fputs("confined\tno: built without libseccomp\n", out);
	else
		fprintf(out, "confined\tno: %s\n", strerror(-privileges->calls));
}
