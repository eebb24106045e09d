/* SPDX-License-Identifier: MIT */
/* Structs by debug information: what programs say of themselves, and programs that lie. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/dwarf.h"
#include "core/layouts.h"
#include "tests/support.h"

/* A program that was built for this, or one of ours. */
static int load(const char *path, const char *name, const struct layout **ret)
{
	_cleanup_close_ int fd = -1;
	int r = dwarf_open(path, &fd);

	return r < 0 ? r : dwarf_layout(fd, getenv("PSHM_PLAIN"), name, ret);
}

static const struct field *find(const struct layout *layout, const char *name)
{
	for (size_t i = 0; i < layout->n_fields; i++)
		if (strcmp(layout->fields[i].name, name) == 0)
			return &layout->fields[i];
	return NULL;
}

/* "STRUCT FIELD offset size type", with TABs. */
static void look_at(const char *path, char *line)
{
	_cleanup_dwarf_layout_ const struct layout *layout = NULL;
	const char *name = strsep(&line, "\t"), *own = strsep(&line, "\t");
	const size_t offset = strtoul(strsep(&line, "\t"), NULL, 10);
	const size_t size = strtoul(strsep(&line, "\t"), NULL, 10);
	const struct field *field;
	int r = load(path, name, &layout);

	if (r < 0)
		fail_msg("%s: %s: %s", path, name, strerrorname_np(-r));
	field = find(layout, own);
	if (!field)
		fail_msg("%s: no %s.%s", path, name, own);
	if (field->offset != offset || field->size != size ||
	    (strcmp(line, "-") != 0 && strcmp(field->type->name, line) != 0))
		fail_msg("%s: %s.%s: %zu %zu %s, not %zu %zu %s", path, name, own, field->offset,
			 field->size, field->type->name, offset, size, line);
	dwarf_layout_free(layout);
	layout = NULL;
}

/* What the program has in its bit fields: the hexadecimal bytes, then "FIELD=VALUE" of each. */
static void look_at_bits(const char *path, const char *digits, char *values)
{
	_cleanup_dwarf_layout_ const struct layout *layout = NULL;
	unsigned char bytes[64];
	size_t n = strlen(digits) / 2;

	for (size_t i = 0; i < n; i++)
		sscanf(digits + 2 * i, "%2hhx", &bytes[i]);
	assert_int_equal(load(path, "struct bits", &layout), 0);
	for (char *word; (word = strsep(&values, " "));) {
		const char *name = strsep(&word, "=");
		const struct field *field = find(layout, name);
		char text[64] = "";
		FILE *out = fmemopen(text, sizeof(text), "w");

		assert_non_null(field);
		assert_true(field->offset + field->size <= n);
		assert_int_equal(type_print(field->type, bytes + field->offset, field->size, out),
				 0);
		fclose(out);
		if (strcmp(text, word) != 0)
			fail_msg("%s: %s is %s, not %s", path, name, text, word);
	}
}

/* Run it, and compare all that it says. */
static size_t compare(const char *path)
{
	struct result result;
	char *rest, *line, *bytes = NULL;
	size_t n = 0;

	run(&result, path);
	rest = result.out;
	while ((line = strsep(&rest, "\n")) && *line) {
		if (strncmp(line, "bytes\t", 6) == 0)
			bytes = line + 6;
		else if (strncmp(line, "bits\t", 5) == 0)
			look_at_bits(path, bytes, line + 5);
		else
			look_at(path, line);
		n++;
	}
	result_deinit(&result);
	return n;
}

/* All that meson.build has built: each compiler, language, version and option. */
static void test_builds(void **state)
{
	_cleanup_closedir_ DIR *dir = opendir(getenv("PSHM_PLAIN"));
	size_t builds = 0;

	(void)state;
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		if (strncmp(entry->d_name, "dwarf-", 6) != 0 || strstr(entry->d_name, ".dwo") ||
		    strstr(entry->d_name, ".p"))
			continue;
		assert_true(compare(pathf("%s/%s", getenv("PSHM_PLAIN"), entry->d_name)) >= 10);
		builds++;
	}
	assert_true(builds >= 10);
}

/* The structs that the built-in layouts are of, as this very program has them. */
static void same_as(const char *structure, const char *built_in)
{
	const struct layout *wanted = layouts_find(built_in);
	_cleanup_dwarf_layout_ const struct layout *layout = NULL;

	assert_int_equal(load("/proc/self/exe", structure, &layout), 0);
	for (size_t i = 0; i < wanted->n_fields; i++) {
		const struct field *field = &wanted->fields[i], *own;

		if (field->render)
			continue;
		own = find(layout, field->name);
		assert_non_null(own);
		assert_int_equal(own->offset, field->offset);
		assert_int_equal(own->size, field->size);
		if (strncmp(field->name, "magic", 5) != 0)
			assert_ptr_equal(own->type, field->type);
	}
	assert_int_equal(layout->size, wanted->size);
}

static void test_own(void **state)
{
	static struct pshm_seqnum seqnum;
	static struct pshm_xfr xfr;
	static struct pshm_sem sem;

	(void)state;
	assert_int_equal(seqnum.seqnum + xfr.cnt, *(int *)(void *)&sem);
	same_as("struct pshm_seqnum", "seqnum");
	same_as("struct pshm_xfr", "xfr");
	same_as("pshm_sem", "sem");
}

static void fails(const char *path, const char *name, int error)
{
	const struct layout *layout = NULL;
	int r = load(path, name, &layout);

	if (r != error)
		fail_msg("%s: %s: %d, not %d", path, name, r, error);
}

static void test_refused(void **state)
{
	(void)state;
	fails("/proc/self/exe", "struct no_such", -ESRCH);
	fails("/proc/self/exe", "union pshm_seqnum", -ESRCH);
	fails("/proc/self/exe", "", -ESRCH);
	fails("/proc/self/exe", "::", -ESRCH);
	fails("/nonexistent", "x", -ENOENT);
	fails("/dev/null", "x", -EINVAL);
	fails("/", "x", -EISDIR);
	fails("/proc/self/maps", "x", -ENOEXEC);
	fails("/bin/true", "x", -ENODATA);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_builds),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
