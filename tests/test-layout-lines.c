/* SPDX-License-Identifier: MIT */
/* The text of a layouts file: rules, comments, what is wrong with it, and that the rest applies. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "tests/layout_text.h"
#include "tests/specimen.h"
#include "tests/support.h"

/* "LINE [GLOB] [LAYOUT]" of each rule. */
static void rules_are(const char *text, const char *complaints, const char *wanted)
{
	struct layout_file file;
	struct sink sink;

	layout_text_read(text, complaints, &file);
	sink_init(&sink);
	for (size_t i = 0; i < file.n_rules; i++)
		fprintf(sink.out, "%u [%s] [%s]\n", file.rules[i].line, file.rules[i].glob,
			file.rules[i].layout);
	sink_equals(&sink, wanted);
	sink_deinit(&sink);
	layout_file_deinit(&file);
}

static void test_rules(void **state)
{
	(void)state;
	rules_are("", "", "");
	rules_are("\n \t\n# all\n  // is\n/* comment\n * here */\n", "", "");
	rules_are("ctr seqnum", "", "1 [ctr] [seqnum]\n");
	rules_are("/ctr*\t seqnum \r\n//jobs? sem\n /jobs? sem # x", "",
		  "1 [ctr*] [seqnum]\n3 [jobs?] [sem]\n");
	rules_are("* sem // every\n* sem /* one\n of them */ /a b:struct c d  ", "",
		  "1 [*] [sem]\n2 [*] [sem]\n3 [a] [b:struct c d]\n");
	/* A comment begins behind a blank only; a blank in a GLOB has a backslash. */
	rules_are("a#b /opt//x#y:z\nc\\ d\\#//e sem\n/struct sem\n/#x sem\nunion* sem", "",
		  "1 [a#b] [/opt//x#y:z]\n2 [c\\ d\\#//e] [sem]\n3 [struct] [sem]\n4 [#x] [sem]\n"
		  "5 [union*] [sem]\n");
	rules_are("x sem\\\n", "1: expected a layout, found \"sem\\\\\"\n", "");
}

static void test_names(void **state)
{
	(void)state;
	rules_are(
		"a struct s\nb s\nc t\nd t2\ne union u\nf u\n"
		"struct s { int x; };\ntypedef struct s t, *p, a[2];\ntypedef t t2;\n"
		"union u { int x; };",
		"",
		"1 [a] [struct s]\n2 [b] [s]\n3 [c] [t]\n4 [d] [t2]\n5 [e] [union u]\n6 [f] [u]\n");
	rules_are("a p\nb union s\nc int\nd struct timespec\ne empty\n"
		  "struct s { int x; };\ntypedef struct s *p;\nstruct empty {};\nstruct later;",
		  "1: expected a layout, found \"p\"\n2: expected a layout, found \"union s\"\n"
		  "3: expected a layout, found \"int\"\n"
		  "4: expected a layout, found \"struct timespec\"\n"
		  "5: expected a layout, found \"empty\"\n",
		  "");
}

/* What every file knows may be declared anew; what the file has declared may not, unless alike. */
static void test_declared_twice(void **state)
{
	struct layout_file file;

	(void)state;
	layout_text_read("struct timespec { int s; };\ntypedef unsigned char uint64_t;\n"
			 "struct x { struct timespec t; uint64_t c; };\n"
			 "typedef int same; typedef int same;\ntypedef char same;\n"
			 "struct x { int y; };\nunion x { int z; };\nenum x { A };\nenum y { A };\n"
			 "struct y { struct { int b; } a, a; };",
			 "5: expected a new name (see line 4), found \"same\"\n"
			 "6: expected a new name (see line 3), found \"x\"\n"
			 "7: expected a new name (see line 3), found \"x\"\n"
			 "8: expected a new name (see line 3), found \"x\"\n"
			 "9: expected a new name (see line 8), found \"A\"\n"
			 "10: expected a new name (see line 9), found \"y\"\n"
			 "10: expected a new name (see line 10), found \"a\"\n",
			 &file);
	assert_int_equal(layout_file_find(&file, "struct x")->size, 8);
	assert_int_equal(layout_file_find(&file, "struct timespec")->size, 4);
	layout_file_deinit(&file);
}

/* Each kind of complaint, in a struct that is the only wrong thing in its file. */
static const struct {
	const char *text, *complaint;
} mistakes[] = {
	{"x", "1: expected a layout behind the GLOB, found the end of the line\n"},
	{"x # y", "1: expected a layout behind the GLOB, found the end of the line\n"},
	{"/* x sem\n", "1: expected */ to end this (the GLOB of all objects is *)\n"},
	{"a nonsense", "1: expected a layout, found \"nonsense\"\n"},
	{"a :x", "1: expected a layout, found \":x\"\n"},
	{"struct s { foo a; };\nx s", "1: expected a type, found \"foo\"\n"
				      "2: expected a layout without mistakes, found \"s\"\n"},
	{"struct s {\n\tint a\n};", "3: expected \";\", found \"}\"\n"},
	{"struct s { int a; ",
	 "1: expected \"}\" for the \"{\" of line 1, found the end of the file\n"},
	{"struct s { int 5; };", "1: expected a name, found \"5\"\n"},
	{"struct s { int int; };", "1: expected a name, found \"int\"\n"},
	{"struct s { int a b; };", "1: expected \";\", found \"b\"\n"},
	{"struct s { unsigned float a; };", "1: expected a type, found \"unsigned float\"\n"},
	{"struct s { long long long a; };", "1: expected a name, found \"long\"\n"},
	{"struct s { void v; };", "1: expected a type with a size, found \"void\"\n"},
	{"struct s { struct t t; };", "1: expected a type with a size, found \"struct t\"\n"},
	{"struct s { struct s s; };", "1: expected a type with a size, found \"struct s\"\n"},
	{"struct s { int a(int); };", "1: expected a type with a size, found \"function\"\n"},
	{"struct s { struct 5 a; };", "1: expected a name or \"{\", found \"5\"\n"},
	{"struct s { int a[]; int b; };",
	 "1: expected no member behind one without a fixed size\n"},
	{"struct s { int a[x]; };",
	 "1: expected a number or an integer member before this one, found \"x\"\n"},
	{"struct s { float f; int a[f]; };",
	 "1: expected a number or an integer member before this one, found \"f\"\n"},
	{"struct s { int f : 3; int a[f]; };",
	 "1: expected a number or an integer member before this one, found \"f\"\n"},
	{"struct s { int n; int a[n][n]; };", "1: expected a number, found \"n\"\n"},
	{"struct s { int n; int a[n][2]; };", "1: expected an array where a member counts\n"},
	{"struct s { int n; int a __counted_by(n); };",
	 "1: expected an array where a member counts\n"},
	{"struct s { int a[] __counted_by(5); };",
	 "1: expected the name of a member, found \"5\"\n"},
	{"struct s { int a[2][]; };", "1: expected a number, found \"]\"\n"},
	{"struct s { int a[-1]; };", "1: expected a number of elements, found \"-1\"\n"},
	{"struct s { int a[1 << 49]; };", "1: expected a number of elements, found \"1 << 49\"\n"},
	{"struct s { int a[1 << 47]; };", "1: expected an array of less than 2^48 bytes\n"},
	{"struct s { char a[1 << 47], b[1 << 47], c; };",
	 "1: expected a struct of less than 2^48 bytes\n"},
	{"struct s { void a[2]; };", "1: expected elements of a type with a fixed size\n"},
	{"struct s { struct { int n; int a[]; } b[2]; };",
	 "1: expected elements of a type with a fixed size\n"},
	{"struct s { int a[1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1]; };",
	 "1: expected no more than 16 dimensions, found \"1\"\n"},
	{"struct s { int a[09]; };", "1: expected a number, found \"09\"\n"},
	{"struct s { int a[0x]; };", "1: expected a number, found \"0x\"\n"},
	{"struct s { int a[0b2]; };", "1: expected a number, found \"0b2\"\n"},
	{"struct s { int a[99999999999999999999]; };",
	 "1: expected a number of 64 bits, found \"99999999999999999999\"\n"},
	{"struct s { int a[1 / 0]; };", "1: expected a number of 64 bits, found \"1 / 0\"\n"},
	{"struct s { int a[4 *\n0x7fffffffffffffff]; };",
	 "1: expected a number of 64 bits, found \"4 *\\n0x7fffffffffffffff\"\n"},
	{"struct s { int a[\"x\"]; };", "1: expected a number, found \"\"x\"\"\n"},
	{"struct s { int a['xy']; };", "1: expected a number, found \"'xy'\"\n"},
	{"struct s { int a['x]; };",
	 "1: expected a quotation mark to end this\n"
	 "1: expected \"}\" for the \"{\" of line 1, found the end of the file\n"},
	{"struct s { int a[sizeof(void)]; };", "1: expected a type with a size, found \"void\"\n"},
	{"struct s { int a[sizeof 5]; };", "1: expected \"(\", found \"5\"\n"},
	{"#define N (2\nstruct s { int a[N]; };", "1: expected \")\", found the end of the file\n"},
	{"#define N 2 3\nstruct s { int a[N]; };", "1: expected a number as N, found \"3\"\n"},
	{"#define N N\nstruct s { int a[N]; };",
	 "1: expected no more than 32 levels, found \"N\"\n"},
	{"struct s { float f : 3; };", "1: expected an integer for a bit field\n"},
	{"struct s { int f : 33; };", "1: expected as many bits as the type has room for\n"},
	{"struct s { int f : 0; };", "1: expected as many bits as the type has room for\n"},
	{"struct s { bool f : 2; };", "1: expected as many bits as the type has room for\n"},
	{"struct s { int a __attribute__((aligned(3))); };",
	 "1: expected a power of two, found \"3\"\n"},
	{"struct s { _Alignas(0x20000000) int a; };",
	 "1: expected a power of two, found \"0x20000000\"\n"},
	{"struct s { int a __attribute__((vector_size(16))); };",
	 "1: expected no other attribute that moves members than packed and aligned\n"},
	{"struct s { int a __attribute__(()); int b __attribute__((5)); };",
	 "1: expected an attribute, found \"5\"\n"},
	{"struct s { int a __attribute__((unused(2); };", "1: expected \")\", found \";\"\n"},
	{"struct s { int a((int; ",
	 "1: expected the end of \"(\" in line 1, found the end of the file\n"
	 "1: expected \"}\" for the \"{\" of line 1, found the end of the file\n"},
	{"struct s { float a __relative(struct s); };",
	 "1: expected an integer that is relative\n"},
	{"struct s { int a __relative(int); };", "1: expected a struct, found \"int\"\n"},
	{"struct s { int a __relative(struct t); };",
	 "1: expected a struct that is declared, found \"struct t\"\n"},
	{"enum e { A B };", "1: expected \",\" or \"}\", found \"B\"\n"},
	{"enum e { 5 };", "1: expected a name, found \"5\"\n"},
	{"enum e : float { A };", "1: expected an integer, found \"float\"\n"},
	{"struct s { enum e e; };", "1: expected a type with a size, found \"enum e\"\n"},
	{"typedef 5;", "1: expected a type, found \"5\"\n"},
	{"struct ;", "1: expected a name or \"{\", found \";\"\n"},
	{"struct x { int i; };\nstruct s { union x u; };",
	 "2: expected the name of a union (see line 1), found \"x\"\n"},
	{"struct s { int a; } x y;", "1: expected \";\", found \"y\"\n"},
	{"struct s { \xc3\xa9 a; };", "1: expected a type, found \"\xc3\xa9\"\n"},
	{"struct s { \033 a; };", "1: expected a type, found \"\\x1b\"\n"},
	{"#pragma pack(1)\n# pragma pack()",
	 "1: expected __attribute__((packed)) in the place of #pragma pack\n"},
	{"_Static_assert 5;", "1: expected \"(\", found \"5\"\n"},
};

/* It is complained of as it should, and what stands before and behind it applies. */
static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct layout_file file;

		layout_text_read(mistakes[i].text, mistakes[i].complaint, &file);
		layout_file_deinit(&file);
	}
}

/* The lines behind a mistake, whatever it is, apply. */
static void test_rest_applies(void **state)
{
	static const char rest[] = "\nfirst sem\nlast struct last\nstruct last { int x; };\n";

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		_cleanup_free_ char *text = NULL;
		struct layout_file file;
		struct sink sink;

		assert_true(asprintf(&text, "%s%s", mistakes[i].text, rest) > 0);
		sink_init(&sink);
		layout_text_complaints(text, sink.out, &file);
		if (file.n_rules < 2 || !layout_file_find(&file, "last") ||
		    strcmp(file.rules[file.n_rules - 1].glob, "last") != 0 ||
		    strcmp(file.rules[file.n_rules - 2].glob, "first") != 0)
			fail_msg("%s\n%zu rules: %s", text, file.n_rules, sink_text(&sink));
		sink_deinit(&sink);
		layout_file_deinit(&file);
	}
}

/* The example of the manual. */
static void test_manual(void **state)
{
	_cleanup_free_ char *page = NULL;
	struct layout_file file;
	char *begin, *end;

	(void)state;
	assert_int_equal(read_file(pathf("%s/pshmfs-layouts.5", getenv("PSHM_DOCS")), &page, NULL),
			 0);
	begin = strstr(page, ".EX\n");
	assert_non_null(begin);
	end = strstr(begin, ".EE\n");
	assert_non_null(end);
	*end = '\0';
	layout_text_read(begin + 4, "", &file);
	assert_int_equal(file.n_rules, 3);
	assert_int_equal(layout_file_find(&file, "jobs")->size, 120);
	layout_file_deinit(&file);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),          cmocka_unit_test(test_names),
		cmocka_unit_test(test_declared_twice), cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_rest_applies),   cmocka_unit_test(test_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
