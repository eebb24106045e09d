/* SPDX-License-Identifier: MIT */
/* What a pointer in shared memory points to: that depends on the process. */
#include "fusefs/nodes_pointer.h"

#include <inttypes.h>
#include <string.h>

#include "core/text_stream.h"
#include "fusefs/nodes_process.h"
#include "fusefs/scanner.h"

enum { TARGETS_MAX = 4 };

/* A place in an object, and the first process that has it at the address. */
struct target {
	uint64_t ino, offset;
	size_t process;
};

struct targets {
	struct target items[TARGETS_MAX];
	size_t n;
};

static void add_target(struct targets *targets, const struct target *target)
{
	for (size_t i = 0; i < targets->n; i++)
		if (targets->items[i].ino == target->ino &&
		    targets->items[i].offset == target->offset)
			return;
	if (targets->n < TARGETS_MAX)
		targets->items[targets->n++] = *target;
}

/* Does the process have the object mapped? `holders`: those of the object. */
static bool has_it(const struct snapshot *snapshot, const size_t *holders, size_t n, size_t process)
{
	for (size_t i = 0; i < n; i++) {
		const struct holder *holder = &snapshot->holders[holders[i]];

		if (holder->process == process && holder->kind == HOLDER_MAPPING)
			return true;
	}
	return false;
}

static void find_targets(const struct snapshot *snapshot, uint64_t ino, uint64_t address,
			 struct targets *ret)
{
	size_t n;
	const size_t *holders = snapshot_holders_of(snapshot, ino, &n);

	for (size_t i = 0; i < snapshot->n_holders; i++) {
		const struct holder *at = &snapshot->holders[i];

		if (at->kind == HOLDER_MAPPING && address >= at->start && address < at->end &&
		    has_it(snapshot, holders, n, at->process))
			add_target(ret,
				   &(const struct target){at->ino, address - at->start + at->offset,
							  at->process});
	}
}

static int print_targets(struct subject *subject, const struct targets *targets, FILE *out)
{
	const struct snapshot *snapshot;
	struct names *names;
	int r = targets->n ? names_load(subject->mirror->source, &names) : 0;

	if (r < 0 || targets->n == 0)
		return r == 0 || r == -ENOMEM ? r : 0;
	snapshot = subject->scan->looks.snapshot; /* which has found them */
	for (size_t i = 0; i < targets->n; i++) {
		const struct target *target = &targets->items[i];

		fputs(i ? ", " : "\t", out);
		print_object_path(subject->mirror, names, snapshot, target->ino, out);
		fprintf(out, "+%" PRIu64, target->offset);
		if (targets->n == 1)
			break;
		fputs(" (pid ", out);
		process_print_pid(&snapshot->processes[target->process], out);
		fputc(')', out);
	}
	names_free(names);
	return 0;
}

int render_pointer(struct subject *subject, const void *arg, FILE *out)
{
	const struct leaf *leaf = arg;
	struct targets targets = {0};
	uint64_t address = 0;
	size_t size = 0;
	int r;

	if (subject->object.fd < 0)
		return subject->object.error;
	r = leaf_value(leaf, &subject->image, out);
	if (r == 0)
		r = leaf_size(leaf, &subject->image, &size);
	if (r < 0)
		return r;
	memcpy(&address, subject->image.bytes + leaf_offset(leaf),
	       size < sizeof(address) ? size : sizeof(address));
	if (subject->scan && address)
		find_targets(subject->scan->looks.snapshot, subject->object.id.ino, address,
			     &targets);
	r = print_targets(subject, &targets, out);
	fputc('\n', out);
	return r;
}
