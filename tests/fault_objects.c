/* SPDX-License-Identifier: MIT */
/* Objects of every kind. */
#include "tests/fault_objects.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/layouts.h"
#include "tests/support.h"

const char *const fault_objects[] = {"count", "count32",  "empty",    "garbage", "large",
				     "list",  "pshm_xfr", "sem.lock", "struct"};
const size_t n_fault_objects = sizeof(fault_objects) / sizeof(fault_objects[0]);

static void put_list(void)
{
	struct {
		struct pshm_linkedlist list;
		struct { /* pshm_listnode */
			uint64_t next;
			uint32_t length;
			char text[4];
		} nodes[2];
	} object = {.list = {.magic = PSHM_LINKEDLIST_MAGIC, .count = 2}};
	const size_t first = sizeof(object.list), second = first + sizeof(object.nodes[0]);

	sem_init(&object.list.sem, 1, 1);
	object.list.head = first;
	object.list.tail = second;
	object.list.used = sizeof(object);
	object.nodes[0].next = second;
	object.nodes[0].length = object.nodes[1].length = 3;
	memcpy(object.nodes[0].text, "one", 3);
	memcpy(object.nodes[1].text, "two", 3);
	make_object("list", &object, sizeof(object));
}

/* Where there is debug information: the name of its struct. */
static const char *structure(void)
{
	return pathf("%s/dwarf-gcc-5:struct nested", getenv("PSHM_PLAIN"));
}

/* Of 5,000 bytes: more than what is printed at once. */
static void put_large(void)
{
	char text[5000];

	memset(text, 'x', sizeof(text));
	put_xfr("large", 1, 0, 1024, text);
}

void fault_objects_make(struct layout_rules *rules)
{
	put_seqnum("count", 7);
	put_seqnum32("count32", 7);
	make_object("empty", NULL, 0);
	make_object("garbage", "neither this nor that", 21);
	put_large();
	put_list();
	put_xfr("pshm_xfr", 0, 1, 5, "hello");
	put_sem("lock", 1);
	make_object("struct", NULL, 4096);
	if (rules && access(pathf("%s/dwarf-gcc-5", getenv("PSHM_PLAIN")), F_OK) == 0)
		assert_int_equal(layout_rules_add(rules, "struct", structure()), 0);
}

const char *fault_objects_option(void)
{
	return access(pathf("%s/dwarf-gcc-5", getenv("PSHM_PLAIN")), F_OK) == 0
		       ? pathf("layout=struct=%s", structure())
		       : "layout=struct=sem";
}
