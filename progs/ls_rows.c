/* SPDX-License-Identifier: MIT */
/* Looking at an object: its bytes at one moment, what they mean, who has it. */
#include "progs/ls_rows.h"

#include <errno.h>
#include <stdlib.h>

#include "core/clock.h"

/* Of an object that does not say itself what it is, those who hold it are asked. */
static int look_by_holders(const struct layout_question *question, struct ls_row *row)
{
	const struct census *census = row->census;
	struct layout_question known = *question;
	struct discovery discovery;
	struct layout_found found;
	int r;

	if (!census || !census->discoverer || row->crowd.n_holders == 0 ||
	    layout_settled(question) || clock_ns() > census->deadline)
		return 0;
	r = discover(census->discoverer, census->procfd, census->snapshot, &row->object,
		     &discovery);
	if (r < 0)
		return r;
	found = (struct layout_found){.layout = discovery.layout,
				      .evidence = discovery.evidence,
				      .certain = discovery.certain};
	known.found = &found;
	r = layout_look(&known, &row->image, &row->layout);
	free(discovery.evidence);
	return r;
}

static int look(struct ls_row *row, const char *name)
{
	const struct layout_question question = {
		.name = name, .object = &row->object, .image = &row->image};

	row->error = layout_look(&question, &row->image, &row->layout);
	if (row->error == 0)
		row->error = look_by_holders(&question, row);
	row->suspect = row->error == 0 && !row->layout && layout_suspect(&question, NULL);
	return row->error == -ENOMEM ? row->error : 0;
}

static int look_at(const struct object *object, const char *name, const struct census *census,
		   struct ls_row *ret)
{
	int r;

	ret->object = *object;
	ret->census = census;
	if (census)
		ret->crowd = census_find(census, &object->st);
	r = look(ret, name);
	if (r < 0)
		ls_row_close(ret);
	return r;
}

/* No name that is looked at is a promise here: the kernel's text is not to be believed. */
int ls_row_of(const struct object *object, const char *name, const struct census *census,
	      struct ls_row *ret)
{
	*ret = (struct ls_row){.name = name};
	return look_at(object, "", census, ret);
}

static const char *kind_of(const struct statx *st)
{
	static const struct {
		unsigned kind;
		const char *word;
	} kinds[] = {
		{S_IFDIR, "directory"}, {S_IFLNK, "symlink"}, {S_IFSOCK, "socket"},
		{S_IFIFO, "FIFO"},      {S_IFCHR, "device"},  {S_IFBLK, "device"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].kind == (st->stx_mode & S_IFMT))
			return kinds[i].word;
	return "no object";
}

/* It is neither opened nor followed nor entered. */
static int look_at_odd(int dirfd, const char *name, struct ls_row *ret)
{
	int r = object_stat(dirfd, name, &ret->object.st);

	ret->odd = r == -EXDEV ? "mount" : kind_of(&ret->object.st);
	return r == -EXDEV ? 0 : r;
}

int ls_row_open(int dirfd, const char *name, const struct census *census, struct ls_row *ret)
{
	struct object object;
	int r = object_open(dirfd, name, &object);

	*ret = (struct ls_row){.name = name, .object = OBJECT_NONE};
	if (r == -EINVAL || r == -EXDEV)
		return look_at_odd(dirfd, name, ret);
	return r < 0 ? r : look_at(&object, name, census, ret);
}

void ls_row_close(struct ls_row *row)
{
	image_deinit(&row->image);
	object_close(&row->object);
}
