/* SPDX-License-Identifier: MIT */
/* Instead of libFuzzer: a target is given each file of the folders, once. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "tests/fuzz/fuzz.h"

/* Where the target has none. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static _Noreturn void fail(const char *path)
{
	fprintf(stderr, "%s: %s\n", path, strerror(errno));
	exit(1);
}

/* No longer than it is: a read beyond its end is seen. */
static void replay(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_free_ uint8_t *bytes = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		fail(path);
	bytes = malloc(st.st_size ? (size_t)st.st_size : 1);
	if (!bytes || read(fd, bytes, (size_t)st.st_size) != st.st_size)
		fail(path);
	/* The last name that is said is the one to look at. */
	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(bytes, (size_t)st.st_size);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char *argv[])
{
	size_t n = 0;

	LLVMFuzzerInitialize(&argc, &argv);
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++) {
		struct dirent **entries;
		int found = scandir(argv[i], &entries, is_visible, alphasort);

		if (found < 0)
			fail(argv[i]);
		for (int k = 0; k < found; k++, n++) {
			char path[PATH_MAX];

			snprintf(path, sizeof(path), "%s/%s", argv[i], entries[k]->d_name);
			replay(path);
			free(entries[k]);
		}
		free(entries);
	}
	printf("%zu inputs\n", n);
	return 0;
}
