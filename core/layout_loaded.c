/* SPDX-License-Identifier: MIT */
/* From a layouts file to rules that apply. */
#include "core/layout_loaded.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/layout_name.h"
#include "core/layouts.h"
#include "core/text_stream.h"

/* How long the programs that a file names may take, all together. */
#define PROGRAMS_NS UINT64_C(20000000000)

struct loading {
	struct layout_loaded *loaded;
	FILE *complaints;
	int folder; /* the file's */
	uint64_t deadline;
};

static void complain(void *data, unsigned line, const char *what)
{
	fprintf(data, "%u: %s\n", line, what);
}

/* /dev/null is how one says that there is to be no file. */
static bool is_readable(const struct stat *st)
{
	return S_ISREG(st->st_mode) || (S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3));
}

/* What is no file (another device, a FIFO) is not even opened. */
static int open_file(const char *path, FILE **ret)
{
	_cleanup_close_ int place = open(path, O_PATH | O_CLOEXEC), fd = -1;
	char self[40];
	struct stat st;

	if (place < 0 || fstat(place, &st) < 0)
		return -errno;
	if (!is_readable(&st))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", place);
	fd = open(self, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	*ret = fd < 0 ? NULL : fdopen(fd, "r");
	if (!*ret)
		return -errno;
	take_fd(&fd);
	return 0;
}

static int open_folder(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	int fd;

	if (!copy)
		return -ENOMEM;
	fd = open(dirname(copy), O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int layout_loaded_named(const struct layout_loaded *loaded, const char *name, int dirfd,
			const struct layout **ret)
{
	const struct layout *declared = loaded ? layout_file_find(&loaded->file, name) : NULL;

	if (!declared || layouts_find(name))
		return layout_named(name, dirfd, ret);
	*ret = declared;
	return 0;
}

/* The same program and struct need not be looked for again. */
static const struct layout *find_before(const struct layout_loaded *loaded, size_t n,
					const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(loaded->file.rules[i].layout, name) == 0)
			return loaded->of_rules[i];
	return NULL;
}

static int find_layout(const struct loading *loading, size_t n, const char *name,
		       const struct layout **ret)
{
	*ret = find_before(loading->loaded, n, name);
	if (*ret)
		return 0;
	if (layout_name_is_program(name) && loading->folder < 0)
		return loading->folder;
	if (layout_name_is_program(name) && clock_ns() > loading->deadline)
		return -ETIMEDOUT;
	return layout_loaded_named(loading->loaded, name, loading->folder, ret);
}

static void explain(const struct loading *loading, const struct layout_file_rule *rule, int error)
{
	fprintf(loading->complaints, "%u: ", rule->line);
	layout_name_explain(rule->layout, error, loading->complaints);
	fputc('\n', loading->complaints);
}

/* Those whose layout there is move to the front. */
static int load_rules(const struct loading *loading)
{
	struct layout_loaded *loaded = loading->loaded;
	struct layout_file *file = &loaded->file;
	size_t n = 0;

	loaded->of_rules = calloc(file->n_rules + 1, sizeof(struct layout *));
	if (!loaded->of_rules)
		return -ENOMEM;
	for (size_t i = 0; i < file->n_rules; i++) {
		const struct layout_file_rule rule = file->rules[i];
		int r = find_layout(loading, n, rule.layout, &loaded->of_rules[n]);

		if (r == 0)
			file->rules[n++] = rule;
		else
			explain(loading, &rule, r);
	}
	file->n_rules = n;
	return 0;
}

static int load(const struct loading *loading)
{
	const struct layout_file_complaints complaints = {complain, loading->complaints};
	struct layout_loaded *loaded = loading->loaded;
	_cleanup_fclose_ FILE *in = NULL;
	int r = open_file(loaded->path, &in);

	if (r == 0)
		r = layout_file_read(in, &complaints, &loaded->file);
	if (r < 0)
		return r;
	r = layout_file_keep(&loaded->file);
	if (r == -ENOSPC)
		complain(loading->complaints, 0, "there is no more room for layouts of this run");
	return r == 0 || r == -ENOSPC ? load_rules(loading) : r;
}

static int load_into(struct layout_loaded *loaded)
{
	struct loading loading = {.loaded = loaded, .deadline = clock_ns() + PROGRAMS_NS};
	int r;

	loading.complaints = text_open(&loaded->complaints, &loaded->complaints_size);
	if (!loading.complaints)
		return -ENOMEM;
	loading.folder = open_folder(loaded->path);
	r = load(&loading);
	if (loading.folder >= 0)
		close(loading.folder);
	return fclose(loading.complaints) != 0 && r == 0 ? -ENOMEM : r;
}

int layout_loaded_read(const char *path, struct layout_loaded **ret)
{
	struct layout_loaded *loaded = calloc(1, sizeof(*loaded));
	int r;

	if (!loaded)
		return -ENOMEM;
	loaded->read = time(NULL);
	loaded->path = strdup(path);
	r = loaded->path ? load_into(loaded) : -ENOMEM;
	if (r < 0)
		layout_loaded_free(loaded);
	else
		*ret = loaded;
	return r;
}

void layout_loaded_free(struct layout_loaded *loaded)
{
	if (!loaded)
		return;
	layout_file_deinit(&loaded->file);
	free(loaded->of_rules);
	free(loaded->complaints);
	free(loaded->path);
	free(loaded);
}

const struct layout_file_rule *layout_loaded_rule(const struct layout_loaded *loaded,
						  const char *name, const struct layout **ret)
{
	for (size_t i = loaded ? loaded->file.n_rules : 0; i-- > 0;)
		if (fnmatch(loaded->file.rules[i].glob, name, 0) == 0) {
			*ret = loaded->of_rules[i];
			return &loaded->file.rules[i];
		}
	return NULL;
}
