/* SPDX-License-Identifier: MIT */
/* Small files and folders of numbers, as procfs has them. */
#include "core/process_file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/array.h"
#include "core/cleanup.h"

static _Thread_local int shortage;

int process_open(int dirfd, const char *name, int flags)
{
	int fd = openat(dirfd, name, flags);

	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
		shortage = -errno;
	return fd;
}

int process_shortage(void)
{
	int error = shortage;

	shortage = 0;
	return error;
}

static int number_add(const char *name, struct numbers *numbers)
{
	int r;

	if (!isdigit((unsigned char)*name))
		return 0;
	r = array_grow(&numbers->items, numbers->n, sizeof(*numbers->items));
	if (r < 0)
		return r;
	numbers->items[numbers->n++] = atoi(name);
	return 0;
}

int numbers_list(int fd, struct numbers *ret)
{
	/* One system call for some hundred entries; readdir(3) would allocate 32 KiB each time. */
	_Alignas(struct dirent64) char entries[16384];

	numbers_deinit(ret);
	for (;;) {
		ssize_t size = getdents64(fd, entries, sizeof(entries));
		const struct dirent64 *entry;

		if (size <= 0)
			return size < 0 ? -errno : 0;
		for (ssize_t at = 0; at < size; at += entry->d_reclen) {
			int r;

			entry = (const struct dirent64 *)(entries + at);
			r = number_add(entry->d_name, ret);
			if (r < 0)
				return r;
		}
	}
}

int numbers_read(int dirfd, const char *name, struct numbers *ret)
{
	_cleanup_close_ int fd = process_open(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : numbers_list(fd, ret);
}

void numbers_deinit(struct numbers *numbers)
{
	free(numbers->items);
	*numbers = (struct numbers){0};
}

ssize_t process_file_read(int dirfd, const char *name, char *buffer, size_t size)
{
	_cleanup_close_ int fd = process_open(dirfd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	buffer[0] = '\0';
	if (fd >= 0)
		n = read(fd, buffer, size - 1);
	if (n < 0)
		return -errno;
	buffer[n] = '\0';
	return n;
}

bool process_gone(int error)
{
	return error == -ENOENT || error == -ESRCH;
}

uint64_t text_number(const char *text, const char *key, int base)
{
	size_t length = strlen(key);

	while (text && strncmp(text, key, length) != 0) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text ? strtoull(text + length, NULL, base) : 0;
}
