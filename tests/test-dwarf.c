/* SPDX-License-Identifier: MIT */
/* Structs by debug information: what programs say of themselves, and programs that lie. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
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

/* Any bytes: a layout that can be walked, or an error; never a crash, never a hang. */
static void any_answer(const void *bytes, size_t size)
{
	static const char *const names[] = {"struct numbers", "struct arrays", "nested", "bits"};
	_cleanup_close_ int fd = memfd_create("elf", MFD_CLOEXEC);

	assert_int_equal(write(fd, bytes, size), size);
	for (size_t i = 0; i < 4; i++) {
		_cleanup_dwarf_layout_ const struct layout *layout = NULL;
		_cleanup_free_ char *text = NULL;
		size_t n;
		FILE *out;

		if (dwarf_layout(fd, NULL, names[i], &layout) < 0)
			continue;
		out = open_memstream(&text, &n);
		assert_int_equal(layout_print_rows(layout, out), 0);
		fclose(out);
	}
}

static void *read_specimen(size_t *ret_size)
{
	const char *path = pathf("%s/dwarf-gcc-5", getenv("PSHM_PLAIN"));
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	off_t size = lseek(fd, 0, SEEK_END);
	void *bytes = malloc((size_t)size);

	assert_int_equal(pread(fd, bytes, (size_t)size, 0), size);
	*ret_size = (size_t)size;
	return bytes;
}

static void test_truncated(void **state)
{
	size_t size;
	_cleanup_free_ char *bytes = read_specimen(&size);

	(void)state;
	for (size_t i = 0; i < 200; i++)
		any_answer(bytes, size * i / 200);
}

static void test_flipped(void **state)
{
	size_t size;
	_cleanup_free_ unsigned char *bytes = read_specimen(&size);
	uint64_t random = 7;

	(void)state;
	for (int i = 0; i < 400; i++) {
		_cleanup_free_ unsigned char *copy = malloc(size);

		memcpy(copy, bytes, size);
		for (int k = 0; k < 1 + i % 50; k++) {
			random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
			copy[(random >> 20) % size] ^= (unsigned char)(1 << (random >> 60) % 8);
		}
		any_answer(copy, size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_builds),  cmocka_unit_test(test_own),
		cmocka_unit_test(test_paths),   cmocka_unit_test(test_rest),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_flipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
