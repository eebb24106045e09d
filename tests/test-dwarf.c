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

/* What a struct of the program has in it: "STRUCT<TAB>bytes in hexadecimal" … */
struct sample {
	const char *structure;
	unsigned char bytes[1024];
	size_t n;
};

static void take_bytes(char *line, struct sample *ret)
{
	ret->structure = strsep(&line, "\t");
	ret->n = strlen(line) / 2;
	assert_true(ret->n <= sizeof(ret->bytes));
	for (size_t i = 0; i < ret->n; i++)
		sscanf(line + 2 * i, "%2hhx", &ret->bytes[i]);
}

/* … and "FIELD=VALUE" of each of its fields. */
static void look_at_values(const char *path, const struct sample *sample, char *values)
{
	_cleanup_dwarf_layout_ const struct layout *layout = NULL;

	assert_int_equal(load(path, sample->structure, &layout), 0);
	for (char *word; (word = strsep(&values, " "));) {
		const char *name = strsep(&word, "=");
		const struct field *field = find(layout, name);
		char text[64] = "";
		FILE *out = fmemopen(text, sizeof(text), "w");

		if (!field || field->offset + field->size > sample->n)
			fail_msg("%s: no %s", path, name);
		assert_int_equal(
			type_print(field->type, sample->bytes + field->offset, field->size, out),
			0);
		fclose(out);
		if (strcmp(text, word) != 0)
			fail_msg("%s: %s is %s, not %s", path, name, text, word);
	}
}

/* All that it says, line by line. */
static size_t compare_text(const char *path, char *rest)
{
	struct sample sample = {0};
	char *line;
	size_t n = 0;

	while ((line = strsep(&rest, "\n")) && *line) {
		if (strncmp(line, "bytes\t", 6) == 0)
			take_bytes(line + 6, &sample);
		else if (strncmp(line, "values\t", 7) == 0)
			look_at_values(path, &sample, line + 7);
		else
			look_at(path, line);
		n++;
	}
	return n;
}

/* Run it, and compare all that it says. */
static size_t compare(const char *path)
{
	struct result result;
	size_t n;

	run(&result, path);
	n = compare_text(path, result.out);
	result_deinit(&result);
	return n;
}

/* What stands beside the object file is what the compiler has said of it. */
static size_t compare_object(const char *path)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(read_file(pathf("%.*s.rows", (int)strlen(path) - 2, path), &text, NULL),
			 0);
	return compare_text(path, text);
}

static bool ends_with(const char *name, const char *end)
{
	const size_t n = strlen(name), k = strlen(end);

	return n > k && strcmp(name + n - k, end) == 0;
}

/* All that meson.build has built: each compiler, language, version and option. */
static void test_builds(void **state)
{
	_cleanup_closedir_ DIR *dir = opendir(getenv("PSHM_PLAIN"));
	size_t builds = 0, objects = 0;

	(void)state;
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));) {
		const char *name = entry->d_name;
		_cleanup_free_ char *path = strdup(pathf("%s/%s", getenv("PSHM_PLAIN"), name));

		if (strncmp(name, "object-", 7) == 0 && ends_with(name, ".o")) {
			assert_true(compare_object(path) >= 30);
			objects++;
		} else if (strncmp(name, "dwarf-", 6) == 0 && !strchr(name, '.')) {
			assert_true(compare(path) >= 10);
			builds++;
		}
	}
	assert_true(builds >= 30);
	assert_true(objects >= 8);
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

/* Where the file of the field is: FOLDER/FOLDER/NAME. */
static const char *path_of(const struct field *field)
{
	const char *path = field->file ? field->file : field->name;

	for (const struct field_folder *in = field->folder; in; in = in->in)
		path = pathf("%s/%s", in->name, path);
	return path;
}

static void test_paths(void **state)
{
	static const struct {
		const char *program, *structure, *name, *path;
	} paths[] = {
		{"gcc-5", "nested", "before", "before"},
		{"gcc-5", "nested", "point.inner.deep", "point/inner/deep"},
		{"gcc-5", "nested", "unnamed", "unnamed"},
		{"gcc-5", "nested", "choice.half", "choice/half"},
		{"gcc-5", "arrays", "pairs", "pairs"},
		{"gcc-5", "arrays", "points[2].y", "points/2/y"},
		{"gcc-5", "arrays", "grid[1][0].x", "grid/1/0/x"},
		{"gcc-5", "arrays", "sems[1]", "sems/1/"},
		{"gcc-5", "folders", "slots[2].lock", "slots/2/lock"},
		{"gcc-5", "folders", "rest[512…4999]", "rest/512-4999"},
		{"gcc-5", "folders", "table[10][24]…[99][99]", "table/10,24-99,99"},
		{"gxx-5", "Queue", "id", "id"},
		{"gxx-5", "Queue", "head", "head"},
		{"gxx-5", "Queue", "items", "items"},
		{"gxx-5", "Queue", "slots[1].x", "slots/1/x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		_cleanup_dwarf_layout_ const struct layout *layout = NULL;
		const struct field *field;

		assert_int_equal(load(pathf("%s/dwarf-%s", getenv("PSHM_PLAIN"), paths[i].program),
				      paths[i].structure, &layout),
				 0);
		field = find(layout, paths[i].name);
		if (!field || strcmp(path_of(field), paths[i].path) != 0)
			fail_msg("%s: %s is %s, not %s", paths[i].structure, paths[i].name,
				 field ? path_of(field) : "not there", paths[i].path);
		dwarf_layout_free(layout);
		layout = NULL;
	}
}

/* What is left of an array says why, and what is behind it is there all the same. */
static void test_rest(void **state)
{
	_cleanup_dwarf_layout_ const struct layout *layout = NULL;
	const struct field *rest;

	(void)state;
	assert_int_equal(load(pathf("%s/dwarf-gcc-5", getenv("PSHM_PLAIN")), "folders", &layout),
			 0);
	rest = find(layout, "rest[512…4999]");
	assert_non_null(rest);
	assert_string_equal(rest->type->name,
			    "struct slot[4488], as bytes: too many for a file each");
	assert_int_equal(rest->size, 4488 * 40);
	rest = find(layout, "table[10][24]…[99][99]");
	assert_non_null(rest);
	assert_string_equal(rest->type->name, "struct[8976], as bytes: too many for a file each");
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
		cmocka_unit_test(test_builds),  cmocka_unit_test(test_own),
		cmocka_unit_test(test_paths),   cmocka_unit_test(test_rest),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
