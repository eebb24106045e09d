/* SPDX-License-Identifier: MIT */
/*
 * A library to be loaded first (LD_PRELOAD) where valgrind does not know openat2(2), as that of
 * Debian 12: syscall(2) of it is openat(2) then, which follows no link at the end.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

long syscall(long number, ...)
{
	long (*next)(long, ...);
	long arguments[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		arguments[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_openat2) {
		const struct open_how *how = (const struct open_how *)arguments[2];

		return openat((int)arguments[0], (const char *)arguments[1],
			      (int)how->flags | O_NOFOLLOW, (mode_t)how->mode);
	}
	*(void **)&next = dlsym(RTLD_NEXT, "syscall");
	return next(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
		    arguments[5]);
}
