/* SPDX-License-Identifier: MIT */
/* Names of every byte that a name may have, and names that seem to say who uses an object. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/text.h"
#include "tests/support.h"

static struct mount mount;

#define AT(...) mount_path(&mount, __VA_ARGS__)

/* All of them by their numbers: 1 to 255 but '/', alone ('.' has a neighbour) and together. */
#define FIRST_BYTE 1
#define BYTES 255
#define ALL BYTES

static const char *name_of(int number, char room[BYTES + 1])
{
	size_t n = 0;

	if (number < ALL) {
		snprintf(room, BYTES + 1, "%c%s", number, number == '.' ? "x" : "");
		return room;
	}
	for (int byte = FIRST_BYTE; byte <= BYTES; byte++)
		if (byte != '/')
			room[n++] = (char)byte;
	room[n] = '\0';
	return room;
}

/* As `stat` has it, on a line of its own. */
static void name_is_told(const char *name)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *line = open_memstream(&text, &size);

	assert_non_null(line);
	fputs("name\t", line);
	text_escape(name, strlen(name), line);
	fputs("\ninode\t", line);
	assert_int_equal(fclose(line), 0);
	cat_contains(AT("%s/stat", name), text);
}

static void test_every_byte(void **state)
{
	_cleanup_free_ char *source = NULL, *mirror = NULL;
	char room[BYTES + 1];
	struct stat st;

	(void)state;
	mount_start(&mount, NULL, NULL);
	for (int i = FIRST_BYTE; i <= ALL; i++)
		if (i != '/')
			put_seqnum(name_of(i, room), i);
	put_seqnum(".pshmfs", -1); /* beside the mount's own, in both listings */
	source = list_names("/dev/shm");
	mirror = list_names(mount.path);
	assert_string_equal(mirror, source);
	for (int i = FIRST_BYTE; i <= ALL; i++) {
		const char *name = name_of(i, room);

		if (i == '/')
			continue;
		cat_equals(AT("%s/seqnum", name), pathf("%d\n", i));
		cat_equals(AT(".pshmfs/named/%s/seqnum", name), pathf("%d\n", i));
		name_is_told(name);
		cat_contains(AT("%s/json", name), pathf("\"seqnum\":%d}", i));
		assert_int_equal(write_file(AT("%s/layout", name), "sem\n"), 0);
		cat_contains(AT("%s/layout", name), "sem\nfrom this file");
		assert_int_equal(unlink(shm_path(name)), 0);
		assert_int_equal(stat(AT("%s/raw", name), &st), -1);
		assert_true(errno == ENOENT || errno == ESTALE);
	}
	mount_stop(&mount);
}

/* Names that have the pid of a process, alive or not, say nothing of who uses the object (E32). */
static void test_pids(void **state)
{
	_cleanup_free_ char *names = NULL;
	const char *dead = "mori_999999_0";
	char alive[64];
	struct stat own, mirrored;
	struct actor user;

	(void)state;
	snprintf(alive, sizeof(alive), "sgl_shm_req_%d_ab12", getpid());
	mount_start(&mount, NULL, NULL);
	make_object(alive, NULL, 4096);
	actor_start(&user, "seqnum", "/mori_999999_0", "7");
	names = list_names(mount.path);
	assert_string_equal(names, pathf(".pshmfs\n%s\n%s\n", dead, alive));
	assert_int_equal(stat(shm_path(alive), &own), 0);
	cat_contains(AT("%s/stat", alive),
		     pathf("name\t%s\ninode\t%lu\n", alive, (unsigned long)own.st_ino));
	assert_int_equal(stat(AT("%s/raw", alive), &mirrored), 0);
	assert_int_equal(mirrored.st_uid, own.st_uid);
	cat_contains(AT("%s/stat", alive), "\nhealth\tok\n");
	cat_equals(AT("%s/seqnum", dead), "7\n");
	actor_tell(&user, "1");
	cat_equals(AT("%s/seqnum", dead), "8\n");
	actor_stop(&user);
	mount_stop(&mount);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SANDBOXED(test_every_byte),
		SANDBOXED(test_pids),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
