/* SPDX-License-Identifier: MIT */
/* Names of leaves. */
#include "core/leaf_names.h"

#include <errno.h>
#include <search.h>
#include <string.h>

/* What is too long is cut. By hand: each json names all leaves three times. */
static void join(const char *const parts[], size_t n, char *ret)
{
	char *end = ret;

	for (size_t i = 0; i < n; i++)
		for (const char *c = parts[i]; *c && end < ret + LEAF_NAME_SIZE - 1; c++)
			*end++ = *c;
	*end = '\0';
}

static void join_member(const struct leaf *leaf, const char *field, char *ret)
{
	const char *const parts[] = {
		field,
		leaf->member && *field ? "_" : "",
		leaf->member ? leaf->member->name : "",
	};

	join(parts, sizeof(parts) / sizeof(parts[0]), ret);
}

void leaf_name(const struct leaf *leaf, char ret[LEAF_NAME_SIZE])
{
	join_member(leaf, leaf->field->name, ret);
}

void leaf_file_name(const struct leaf *leaf, char ret[LEAF_NAME_SIZE])
{
	join_member(leaf, leaf->field->file ? leaf->field->file : leaf->field->name, ret);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* A name with something behind it, for which it is cut where there is no room. */
static void extend(const char *name, const char *end, char ret[LEAF_NAME_SIZE])
{
	const size_t n = strnlen(name, LEAF_NAME_SIZE - 1 - strlen(end));

	memcpy(ret, name, n);
	strcpy(ret + n, end);
}

int leaf_names_take(struct leaf_names *names, const char *name, size_t offset,
		    char ret[LEAF_NAME_SIZE])
{
	const bool reserved = names->reserved && layout_name_reserved(name);
	const size_t number = ++names->n;
	char end[64];

	extend(name, reserved ? ".field" : "", ret);
	for (unsigned tries = 0;; tries++) {
		void *found = tsearch(ret, &names->taken, compare_names);

		if (!found)
			return -ENOMEM;
		if (*(char **)found == ret)
			return 0;
		/* A number for each: of many that are called alike each is at once another. */
		if (tries == 0)
			snprintf(end, sizeof(end), "@%zu", offset);
		else
			snprintf(end, sizeof(end), "@%zu.%zu", offset, number + tries - 1);
		extend(name, end, ret);
	}
}

static void keep(void *name)
{
	(void)name;
}

void leaf_names_deinit(struct leaf_names *names)
{
	tdestroy(names->taken, keep);
	names->taken = NULL;
}
