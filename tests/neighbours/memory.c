/* SPDX-License-Identifier: MIT */
/* Growth of the daemon, but for what the kernel has not yet given back. */
#include "tests/neighbours/memory.h"

#include <sys/mount.h>

#include "tests/reliability.h"

/*
 * What it needs for its looks at 10,000 sleepers and the programs that it has asked, which after a
 * third of the time may not all have been; and what it may grow above that. A sanitizer needs more
 * for each of them, and keeps what was freed for a while.
 */
#if defined(__SANITIZE_ADDRESS__)
#define NEEDED_KB (80 * 1024)
#define GROWTH_MAX_KB (32 * 1024)
#else
#define NEEDED_KB (24 * 1024)
#define GROWTH_MAX_KB (8 * 1024)
#endif

/*
 * Each name that was looked at is known to the kernel until it needs the memory, also when it is
 * gone, and until then to the daemon. A remount, which changes nothing, makes it forget those that
 * nobody uses (shrink_dcache_sb() in its fs/super.c).
 */
static void forget_names(const char *path)
{
	const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	assert_int_equal(mount(NULL, path, NULL, MS_REMOUNT | flags, NULL), 0);
}

struct settling {
	const struct mount *mount;
	long most, now;
};

static bool has_settled(void *data)
{
	struct settling *settling = data;

	settling->now = mount_resident(settling->mount);
	return settling->now <= settling->most;
}

void memory_check(const struct mount *mount, long early, long seconds)
{
	const long base = early > NEEDED_KB ? early : NEEDED_KB;
	struct settling settling = {mount, base + GROWTH_MAX_KB, 0};
	const long late = mount_resident(mount);

	forget_names(mount->path);
	if (!wait_until(DEADLINE_MS, has_settled, &settling))
		fail_msg("the daemon has grown: %ld kB early, %ld late, %ld kB are left", early,
			 late, settling.now);
	print_message("VmRSS %ld kB early, %ld late, %ld when names are forgotten\n", early, late,
		      settling.now);
	reliability_row("neighbours",
			"memory of the daemon, when the kernel has forgotten names that are gone",
			pathf("%ld s", seconds),
			pathf("at most %d MB more than after a third, or %d MB",
			      GROWTH_MAX_KB / 1024, (NEEDED_KB + GROWTH_MAX_KB) / 1024),
			"%.1f MB after a third, %.1f MB at the end, %.1f MB then",
			(double)early / 1024, (double)late / 1024, (double)settling.now / 1024);
}
