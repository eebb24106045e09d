/* SPDX-License-Identifier: MIT */
/* What pshm_xfr_bench sends, and where it goes: files of a tmpfs that has no mount. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "progs/xfr_bench.h"

static int fill_randomly(char *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = getrandom(bytes + done, size - done, 0);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			done += (size_t)n;
	}
	return 0;
}

static int write_all(int fd, const char *bytes, size_t from, size_t to)
{
	while (from < to) {
		ssize_t n = pwrite(fd, bytes + from, to - from, (off_t)from);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			from += (size_t)n;
	}
	return 0;
}

int bench_files_open(size_t bytes, struct bench_files *ret)
{
	void *written;
	int r;

	*ret = BENCH_FILES_NONE;
	ret->bytes = bytes;
	ret->input = memfd_create("pshm_xfr_bench-input", MFD_CLOEXEC);
	ret->output = memfd_create("pshm_xfr_bench-output", MFD_CLOEXEC);
	if (ret->input < 0 || ret->output < 0)
		return -errno;
	ret->content = malloc(bytes);
	if (!ret->content)
		return -ENOMEM;
	r = fill_randomly(ret->content, bytes);
	if (r == 0)
		r = write_all(ret->output, ret->content, 0, bytes);
	if (r < 0)
		return r;
	written = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ret->output, 0);
	if (written == MAP_FAILED)
		return -errno;
	ret->written = written;
	return 0;
}

void bench_files_close(struct bench_files *files)
{
	close_fdp(&files->input);
	close_fdp(&files->output);
	free(files->content);
	if (files->written)
		munmap(files->written, files->bytes);
	*files = BENCH_FILES_NONE;
}

int bench_files_rewind(struct bench_files *files, size_t part)
{
	off_t length = lseek(files->input, 0, SEEK_END);

	if (length < 0 || ftruncate(files->input, (off_t)part) < 0 ||
	    lseek(files->input, 0, SEEK_SET) < 0 || lseek(files->output, 0, SEEK_SET) < 0)
		return -errno;
	memset(files->written, 0, part);
	return write_all(files->input, files->content, (size_t)length, part);
}

bool bench_files_equal(const struct bench_files *files, size_t part)
{
	return lseek(files->output, 0, SEEK_CUR) == (off_t)part &&
	       memcmp(files->content, files->written, part) == 0;
}
