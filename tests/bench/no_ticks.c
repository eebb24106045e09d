/* SPDX-License-Identifier: MIT */
/* Preloaded into a transfer pair: no clock ticks, so that nobody looks whether the other side
 * lives. */
#include <time.h>

int timer_settime(timer_t timer, int flags, const struct itimerspec *value, struct itimerspec *old)
{
	(void)timer;
	(void)flags;
	(void)value;
	(void)old;
	return 0;
}
