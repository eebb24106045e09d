/* SPDX-License-Identifier: MIT */
/* From a folder to rows: one look at all processes serves all objects that are listed. */
#include "progs/ls_look.h"

#include <errno.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/clock.h"
#include "core/unlinked.h"
#include "progs/cli.h"
#include "progs/ls_names.h"
#include "progs/shared_object.h"

/* So long those who hold objects are asked what they are; it takes some ms a program. */
#define DISCOVER_LIMIT UINT64_C(2000000000)

static int take(struct ls_look *look, uint64_t ino, unsigned flags)
{
	const struct verdict_question question = {
		.look = folder_question(&look->folder, ino, flags),
		.dirfd = look->folder.dirfd,
	};

	if (look->folder.procfd < 0)
		return look->folder.procfd;
	return looks_take(&question, NULL, ls_columns_judge(&look->output.columns), &look->looks);
}

/* Those of one object only, or with 0 of all. */
static int scan(struct ls_look *look, uint64_t ino, unsigned flags)
{
	int r = take(look, ino, flags);

	if (r < 0) {
		folder_say_no_proc(r);
		return r;
	}
	r = census_make(look->looks.snapshot, &look->census);
	if (r < 0)
		looks_deinit(&look->looks);
	look->scanned = r == 0;
	look->census.procfd = look->folder.procfd;
	if (!look->deadline)
		look->deadline = clock_ns() + DISCOVER_LIMIT;
	look->census.deadline = look->deadline;
	if (r == 0)
		r = discoverer_create(&look->census.discoverer);
	if (look->looks.judged)
		look->census.diagnosis = &look->looks.verdicts.diagnosis;
	return r;
}

void ls_look_deinit(struct ls_look *look)
{
	ls_output_deinit(&look->output);
	ls_look_forget(look);
}

void ls_look_forget(struct ls_look *look)
{
	if (!look->scanned)
		return;
	discoverer_destroy(look->census.discoverer);
	census_deinit(&look->census);
	looks_deinit(&look->looks);
	look->scanned = false;
}

static int list_name(struct ls_look *look, const char *name, bool asked_for)
{
	struct ls_row row;
	int r = ls_row_open(look->folder.dirfd, name, look->scanned ? &look->census : NULL, &row);

	if (r == -ENOENT && !asked_for)
		return 0; /* removed since the folder was read */
	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		look->status = cli_error(name, r);
		return 0;
	}
	row.whose = look->whose;
	r = ls_output_row(&look->output, &row);
	ls_row_close(&row);
	return r;
}

/* With one name, only processes that have it need to have their threads looked at. */
static uint64_t ino_of(const struct ls_look *look, const struct ls_names *names)
{
	struct statx st;

	if (names->n != 1 || object_stat(look->folder.dirfd, names->items[0], &st) < 0)
		return 0;
	return st.stx_ino;
}

static int list_names(struct ls_look *look, const struct ls_names *names, bool asked_for)
{
	const unsigned needs = ls_columns_needs(&look->output.columns);
	int r = 0;

	if (needs && scan(look, asked_for ? ino_of(look, names) : 0, needs) == -ENOMEM)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < names->n; i++)
		r = list_name(look, names->items[i], asked_for);
	return r;
}

/* What there is not is told at once, the others are listed. */
static int find_names(struct ls_look *look, const char *const *asked, struct ls_names *names)
{
	for (; *asked; asked++) {
		int r = ls_names_add(look->folder.dirfd, *asked, names);

		if (r == -ENOMEM)
			return r;
		if (r < 0)
			look->status = shared_object_error(*asked, r);
	}
	return 0;
}

int ls_look_names(struct ls_look *look, const char *const *asked)
{
	struct ls_names names = {0};
	int r = *asked ? find_names(look, asked, &names) : ls_names_all(look->folder.dirfd, &names);

	if (r < 0 && r != -ENOMEM) {
		look->status = cli_error(look->folder.path, r);
		r = 0;
	} else if (r == 0 && (names.n > 0 || !*asked)) {
		ls_names_sort(&names);
		r = list_names(look, &names, *asked);
	}
	ls_names_deinit(&names);
	return r;
}

static int list_unlinked(uint64_t ino, void *data)
{
	struct ls_look *look = data;
	_cleanup_free_ char *label = NULL;
	struct object object;
	struct ls_row row;
	int r = unlinked_open(look->folder.procfd, look->folder.dirfd, NULL, look->looks.snapshot,
			      ino, &object);

	if (r < 0)
		return r == -ENOMEM ? r : 0; /* nobody has it any more */
	unlinked_label(look->folder.procfd, look->looks.snapshot, ino, &label);
	r = ls_row_of(&object, label, &look->census, &row);
	if (r < 0)
		return r;
	row.whose = look->whose;
	r = ls_output_row(&look->output, &row);
	ls_row_close(&row);
	return r;
}

int ls_look_unlinked(struct ls_look *look)
{
	int r;

	if (!folder_is_whole(&look->folder)) {
		cli_message("%s: only a part of its filesystem: what has no name cannot be told",
			    look->folder.path);
		look->status = CLI_FAILED;
		return 0;
	}
	r = scan(look, 0, SNAPSHOT_FDS | ls_columns_needs(&look->output.columns));
	if (r == 0)
		r = unlinked_list(look->folder.procfd, look->folder.dirfd, look->looks.snapshot,
				  list_unlinked, look);
	if (r < 0)
		look->status = CLI_FAILED;
	return r == -ENOMEM ? r : 0;
}

static int count(uint64_t ino, void *data)
{
	(void)ino;
	++*(size_t *)data;
	return 0;
}

/* The locks of a hung program may be where nobody looks for them. */
void ls_look_count_unlinked(struct ls_look *look)
{
	size_t n = 0;

	if (look->scanned && folder_is_whole(&look->folder) &&
	    unlinked_list(look->folder.procfd, look->folder.dirfd, look->looks.snapshot, count,
			  &n) == 0)
		look->nameless += n;
}

void ls_look_say_unlinked(const struct ls_look *look)
{
	const size_t n = look->nameless;

	if (n == 0)
		return;
	cli_message("%zu more object%s no name any more: --unlinked lists %s", n,
		    n == 1 ? " has" : "s have", n == 1 ? "it" : "them");
}

void ls_look_say_unseen(const struct ls_look *look)
{
	if (look->scanned)
		folder_say_unseen(look->looks.snapshot, "pshm_ls");
}
