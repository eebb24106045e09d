/* SPDX-License-Identifier: MIT */
/* The array of a futex_waitv(2): the one thing that is read out of the memory of a process. */
#include "core/process_words.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/process_file.h"

#define PAGE_PRESENT (UINT64_C(1) << 63) /* of an entry of pagemap, admin-guide/mm/pagemap.rst */

static int is_present(int dirfd, uint64_t start, uint64_t end)
{
	_cleanup_close_ int fd = process_open(dirfd, "pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE);

	if (fd < 0)
		return -errno;
	for (uint64_t page = start / size; page <= (end - 1) / size; page++) {
		uint64_t entry = 0;

		if (pread(fd, &entry, sizeof(entry), (off_t)(page * sizeof(entry))) < 0)
			return -errno;
		if (!(entry & PAGE_PRESENT))
			return -EFAULT;
	}
	return 0;
}

/*
 * By pread of mem, not by process_vm_readv: where a page has gone since, mem fails; it does not
 * wait for a userfaultfd (it faults without FAULT_FLAG_ALLOW_RETRY, mm/memory.c).
 */
static int read_memory(int dirfd, uint64_t address, void *buffer, size_t size)
{
	_cleanup_close_ int fd = process_open(dirfd, "mem", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = pread(fd, buffer, size, (off_t)address);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EFAULT;
}

int words_read(int dirfd, const struct maps *maps, uint64_t address, unsigned n, struct word *ret)
{
	size_t size = n * sizeof(*ret);
	struct mapping mapping;
	int r = maps_find(maps, address, &mapping);

	if (r < 0)
		return r;
	if (n > WORDS_MAX || mapping.shared || mapping.end - address < size)
		return -EFAULT;
	r = is_present(dirfd, address, address + size);
	return r < 0 ? r : read_memory(dirfd, address, ret, size);
}
