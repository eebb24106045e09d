/* SPDX-License-Identifier: MIT */
/* The file `json`: what another program's JSON reader finds in it, against the other files. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/layouts.h"
#include "tests/support.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

/* The script tests/check-json.py has no complaint, and has seen so many objects, fields, errors. */
static void checked(unsigned objects, unsigned fields, unsigned errors)
{
	struct result result;

	run(&result, "python3", getenv("PSHM_CHECK_JSON"), mount.path);
	if (result.status)
		fail_msg("%s", result.err);
	assert_string_equal(result.out, pathf("%u %u %u\n", objects, fields, errors));
	result_deinit(&result);
}

static void make_list(const char *name)
{
	const struct {
		struct pshm_linkedlist list;
		uint64_t next;
		uint32_t length;
		char text[4];
	} bytes = {{.magic = "PSHMLIST", .head = 72, .count = 1}, 0, 4, "a\tb\n"};

	make_object(name, &bytes, sizeof(bytes));
}

static void test_values(void **state)
{
	(void)state;
	mount_start(&mount, NULL, NULL);
	put_seqnum("count", -2147483647);
	put_seqnum32("count32", 1);
	put_xfr("pshm_xfr", 0, 1, 13, "hello, reader");
	put_xfr32("xfr32", 1, 0, 6, "\"\\\x01\x7f\xff\n");
	put_sem("lock", 2147483647);
	put_sem32("lock32", 3);
	make_list("list");
	make_object("plain", "some text\n", 10);
	make_object("empty", "", 0);
	make_object("large", NULL, 300000);
	checked(10, 4 + 4 + 9 + 9 + 3 + 3 + 9, 0);
	cat_contains(AT("count/json"), "\"seqnum\":-2147483647}");
	cat_contains(AT("pshm_xfr/json"), "\"buf\":\"hello, reader\",\"turn\":\"reader\"}");
	cat_contains(AT("plain/json"), "{\"name\":\"plain\",\"layout\":{\"name\":null,\"abi\":null,"
				       "\"from\":\"nothing: ");
	cat_contains(AT("plain/json"), "\"rows\":[]},");
	cat_contains(
		AT("plain/json"),
		"\"health\":\"ok\"},\"fields\":{},\"errors\":{},\"holders\":[],\"waiters\":[],");
	mount_stop(&mount);
}

/* Names of any bytes, 15 in each. */
static void test_names(void **state)
{
	(void)state;
	mount_start(&mount, NULL, NULL);
	for (int first = 1; first < 256; first += 15) {
		char name[16] = "";

		for (int i = 0; i < 15; i++)
			name[i] = (char)(first + i == '/' ? ' ' : first + i);
		put_seqnum(name, first);
	}
	put_seqnum("a\xff\x62", 1);
	put_seqnum("a\n\xe2\x80\xa6", 1);
	checked(19, 19 * 4, 0);
	cat_contains(AT("a\xff\x62/json"), "{\"name\":{\"base64\":\"Yf9i\"},");
	cat_contains(AT("a\n\xe2\x80\xa6/json"), "{\"name\":\"a\\n\xe2\x80\xa6\",");
	mount_stop(&mount);
}

static void test_broken(void **state)
{
	static const unsigned char above[32] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0x81};

	(void)state;
	mount_start(&mount, NULL, "layout=broken*=xfr,layout=short*=seqnum,layout=list=linkedlist");
	put_xfr("broken", 1, 0, -1, "");
	put_xfr("broken.large", 1, 0, 2147483647, "");
	make_object("short", "", 0);
	make_object("short.8", "12345678", 8);
	make_object("list", NULL, 50);
	make_object("sem.above", above, sizeof(above));
	assert_int_equal(write_file(AT("sem.above/layout"), "sem\n"), 0);
	checked(6, 9 + 9 + 4 + 4 + 9 + 3, 1 + 1 + 4 + 2 + 4 + 2);
	cat_contains(AT("broken/json"), "\"cnt\":-1,\"buf\":null,\"turn\":\"writer\"},"
					"\"errors\":{\"buf\":\"EBADMSG\"},");
	cat_contains(AT("broken/json"), "\"health\":\"cnt: ");
	cat_contains(AT("short/json"), "\"errors\":{\"sem_value\":\"ENODATA\",");
	mount_stop(&mount);
}

/* Up to 1 MiB is there whole; what is larger has its file. */
static void test_large(void **state)
{
	static const struct {
		int cnt;
		const char *errors;
	} rows[] = {
		{1024 * 1024 - 100, "\"errors\":{},"},
		{1024 * 1024 + 1, "\"errors\":{\"buf\":\"EFBIG\"},"},
	};

	(void)state;
	mount_start(&mount, NULL, NULL);
	for (size_t i = 0; i < 2; i++) {
		put_xfr("pshm_xfr", 0, 1, rows[i].cnt, "");
		assert_int_equal(truncate(shm_path("pshm_xfr"), 2 << 20), 0);
		cat_contains(AT("pshm_xfr/json"), rows[i].errors);
	}
	put_xfr("pshm_xfr", 0, 1, 5000, "");
	assert_int_equal(truncate(shm_path("pshm_xfr"), 2 << 20), 0);
	checked(1, 9, 0);
	mount_stop(&mount);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_values),
		SANDBOXED(test_names),
		SANDBOXED(test_broken),
		SANDBOXED(test_large),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
