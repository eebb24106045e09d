/* SPDX-License-Identifier: MIT */
/* From the name of an object to its layout. */
#include "progs/layout_of.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "core/cleanup.h"
#include "core/discover.h"
#include "core/layout_name.h"
#include "core/text_stream.h"
#include "progs/cli.h"
#include "progs/folder.h"
#include "progs/ls_names.h"
#include "progs/shared_object.h"

/* Who holds it, and what their debug information says. */
static int ask_holders(const struct folder *folder, const struct object *object,
		       struct discovery *ret)
{
	const struct snapshot_question question =
		folder_question(folder, object->id.ino, SNAPSHOT_WAITERS);
	struct discoverer *discoverer;
	struct snapshot snapshot;
	int r;

	if (folder->procfd < 0) {
		folder_say_no_proc(folder->procfd);
		return 0;
	}
	r = discoverer_create(&discoverer);
	if (r < 0)
		return r;
	r = snapshot_take(&question, NULL, &snapshot);
	if (r == 0) {
		r = discover(discoverer, folder->procfd, &snapshot, object, ret);
		if (!ret->certain)
			folder_say_unseen(&snapshot, "pshm_layout");
		snapshot_deinit(&snapshot);
	}
	discoverer_destroy(discoverer);
	return r;
}

static int explain(const struct layout_question *question, char **ret)
{
	size_t size;
	FILE *out = text_open(ret, &size);

	if (!out)
		return -ENOMEM;
	layout_explain(question, out);
	return fclose(out) == 0 ? 0 : -ENOMEM;
}

static int look(const struct folder *folder, const char *name, const struct object *object,
		struct image *image, struct layout_of *ret)
{
	struct layout_attribute attribute = {0};
	struct discovery discovery = {0};
	struct layout_found found = {0};
	struct layout_question question = {
		.name = name, .object = object, .image = image, .attribute = &attribute};
	int r;

	layout_attribute(object, &attribute);
	if (attribute.there && layout_name_is_program(attribute.value) &&
	    layout_named(attribute.value, AT_FDCWD, &found.attribute) == 0)
		found.attribute_value = attribute.value;
	question.found = &found;
	r = object->fd < 0 ? 0 : layout_look(&question, image, &ret->layout);
	if (r == 0 && !layout_settled(&question))
		r = ask_holders(folder, object, &discovery);
	found.layout = discovery.layout;
	found.evidence = discovery.evidence;
	found.certain = discovery.certain;
	if (r == 0) {
		ret->layout = layout_choose(&question);
		r = explain(&question, &ret->from);
	}
	free(discovery.evidence);
	return r;
}

static int look_at(const struct folder *folder, const char *argument, struct layout_of *ret)
{
	struct ls_names names = {0};
	struct image image = {0};
	struct object object;
	int r = ls_names_add(folder->dirfd, argument, &names), status = 0;

	if (r == 0)
		r = object_open(folder->dirfd, names.items[0], &object);
	if (r < 0) {
		ls_names_deinit(&names);
		return shared_object_error(argument, r);
	}
	r = look(folder, names.items[0], &object, &image, ret);
	if (r < 0)
		status = cli_error(argument, r);
	image_deinit(&image);
	object_close(&object);
	ls_names_deinit(&names);
	return status;
}

int layout_of(const char *path, const char *argument, struct layout_of *ret)
{
	struct folder folder;
	int r, status;

	*ret = (struct layout_of){0};
	r = folder_open(path, &folder);
	if (r < 0)
		return cli_error(path, r);
	status = look_at(&folder, argument, ret);
	folder_close(&folder);
	return status;
}

void layout_of_deinit(struct layout_of *of)
{
	free(of->from);
}
