/* SPDX-License-Identifier: MIT */
/* The built-in layouts. A new one is a struct in layouts.h, its fields, and one row of layouts[].
 */
#include "core/layouts.h"

#include <errno.h>
#include <string.h>

#define LAYOUT(title, structure, rows)                                                             \
	.name = title, .size = sizeof(structure), .fields = rows,                                  \
	.n_fields = sizeof(rows) / sizeof(rows[0])

/* A struct that ends in a buffer, of which objects have as much as they like. */
#define LAYOUT_OPEN(title, structure, buffer, rows)                                                \
	.name = title, .size = offsetof(structure, buffer), .open_ended = true, .fields = rows,    \
	.n_fields = sizeof(rows) / sizeof(rows[0])

static const struct field sem_fields[] = {
	FIELD(struct pshm_sem, sem, "the semaphore", .summary = true),
};
static const struct field sem32_fields[] = {
	FIELD(struct pshm_named_sem32, sem, "the semaphore", .summary = true),
};
static const struct field sem_musl_fields[] = {
	FIELD(struct pshm_named_sem_musl, sem, "the semaphore", .summary = true),
};

#define SEM_HELP "a named semaphore (sem_open)"

/* sem_open(3) of an existing semaphore needs read and write rights, whatever it is opened for. */
static void named_sem_health(const struct object *object, struct findings *findings)
{
	unsigned mode = object->st.stx_mode;
	bool group = (mode & 0060) == 0040, others = (mode & 0006) == 0004;

	if (group || others)
		findings_add(
			findings,
			"readable but not writable for %s: sem_open by another user fails with "
			"EACCES",
			!others ? "its group"
			: group ? "group and others"
				: "others");
}

static const struct field seqnum_fields[] = {
	FIELD(struct pshm_seqnum, sem, "protects the number"),
	FIELD(struct pshm_seqnum, seqnum, "the sequence number", .summary = true),
};
static const struct field seqnum32_fields[] = {
	FIELD(struct pshm_seqnum32, sem, "protects the number"),
	FIELD(struct pshm_seqnum32, seqnum, "the sequence number", .summary = true),
};
static const struct field seqnum_musl_fields[] = {
	FIELD(struct pshm_seqnum_musl, sem, "protects the number"),
	FIELD(struct pshm_seqnum_musl, seqnum, "the sequence number", .summary = true),
};

#define SEQNUM_HELP "a sequence number (pshm_seqnum_init)"

static const char *turn_name(struct semaphore wsem, struct semaphore rsem)
{
	static const char *const names[] = {"none", "writer", "reader", "both"};

	return names[(wsem.value > 0) + 2 * (rsem.value > 0)];
}

/* Both semaphores lie one behind the other at the start, whatever the ABI. */
static int render_turn(const struct semaphore_abi *abi, const struct image *image, FILE *out)
{
	struct semaphore wsem, rsem;

	if (image->size < 2 * abi->size)
		return -ENODATA;
	wsem = semaphore_decode(abi, image->bytes);
	rsem = semaphore_decode(abi, image->bytes + abi->size);
	if (wsem.value > SEMAPHORE_VALUE_MAX || rsem.value > SEMAPHORE_VALUE_MAX)
		return -EBADMSG;
	fprintf(out, "%s\n", turn_name(wsem, rsem));
	return 0;
}

static int xfr_turn(const struct field *field, const struct image *image, FILE *out)
{
	(void)field;
	return render_turn(&semaphore_glibc64, image, out);
}

static int xfr32_turn(const struct field *field, const struct image *image, FILE *out)
{
	(void)field;
	return render_turn(&semaphore_glibc32, image, out);
}

static int xfr_musl_turn(const struct field *field, const struct image *image, FILE *out)
{
	(void)field;
	return render_turn(&semaphore_musl64, image, out);
}

#define XFR_FIELDS(structure, turn_function)                                                       \
	{                                                                                          \
		FIELD(structure, wsem, "above 0: the writer's turn"),                              \
			FIELD(structure, rsem, "above 0: the reader's turn"),                      \
			FIELD(structure, cnt, "valid bytes in buf; 0 is end of file",              \
			      .summary = true),                                                    \
			FIELD_COUNTED(structure, buf, cnt, "the block: its first cnt bytes"),      \
			FIELD_COMPUTED(turn, turn_function,                                        \
				       "whose turn: writer, reader, both or none",                 \
				       .summary = true),                                           \
	}

static const struct field xfr_fields[] = XFR_FIELDS(struct pshm_xfr, xfr_turn);
static const struct field xfr32_fields[] = XFR_FIELDS(struct pshm_xfr32, xfr32_turn);
static const struct field xfr_musl_fields[] = XFR_FIELDS(struct pshm_xfr_musl, xfr_musl_turn);

#define XFR_HELP "the block of a transfer pair (pshm_xfr_writer)"

static const struct field linkedlist_fields[] = {
	FIELD(struct pshm_linkedlist, magic, "tells what it is"),
	FIELD(struct pshm_linkedlist, sem, "protects the list"),
	FIELD(struct pshm_linkedlist, head, "offset of the first node; 0: empty"),
	FIELD(struct pshm_linkedlist, tail, "offset of the last node; 0: empty"),
	FIELD(struct pshm_linkedlist, used, "offset of the next free byte"),
	FIELD(struct pshm_linkedlist, count, "number of nodes", .summary = true),
	FIELD_COMPUTED(nodes, linkedlist_print, "the nodes: offset, next, text",
		       .json = linkedlist_json),
};

static const struct field blocks_fields[] = {
	FIELD(struct pshm_blocks, magic, "tells what it is"),
	FIELD(struct pshm_blocks, count, "number of blocks", .summary = true),
	FIELD(struct pshm_blocks, size, "bytes of each", .summary = true),
	FIELD(struct pshm_blocks, data, "offset of block 0"),
	FIELD(struct pshm_blocks, filled, "the writer's descriptor: numbers of filled blocks"),
	FIELD(struct pshm_blocks, emptied, "the writer's descriptor: numbers that come back"),
	FIELD_COMPUTED(blocks, blocks_print, "each block: number, state, bytes, who has it",
		       .json = blocks_json),
};

static const struct field mutex_fields[] = {
	FIELD(struct pshm_mutex, mutex, "the mutex", .summary = true),
};
static const struct field cond_fields[] = {
	FIELD(struct pshm_cond, cond, "the condition variable", .summary = true),
};
static const struct field rwlock_fields[] = {
	FIELD(struct pshm_rwlock, rwlock, "the lock", .summary = true),
};
static const struct field barrier_fields[] = {
	FIELD(struct pshm_barrier, barrier, "the barrier", .summary = true),
};
static const struct field spinlock_fields[] = {
	FIELD_AS(struct pshm_spinlock, spinlock, type_spinlock, "the lock", .summary = true),
};

/* One or two words that are not zero say too little: no object is taken for one that is not told.
 */
#define LOCK_LAYOUT(title, structure, rows, text)                                                  \
	{                                                                                          \
		LAYOUT(title, structure, rows), .abi = "glibc x86-64", .by_hand = true,            \
						.help = text                                       \
	}

/*
 * Those of musl have names of their own: whoever writes `sem` means the C library of this machine,
 * whose bytes may look the same.
 */
const struct layout layouts[] = {
	{LAYOUT("sem", struct pshm_sem, sem_fields), .abi = "glibc 64-bit", .prefix = "sem.",
	 .health = named_sem_health, .help = SEM_HELP},
	{LAYOUT("sem", struct pshm_named_sem32, sem32_fields), .abi = "glibc 32-bit",
	 .prefix = "sem.", .health = named_sem_health, .help = SEM_HELP},
	{LAYOUT("sem-musl", struct pshm_named_sem_musl, sem_musl_fields), .abi = "musl 64-bit",
	 .health = named_sem_health, .help = SEM_HELP},
	{LAYOUT("seqnum", struct pshm_seqnum, seqnum_fields), .abi = "glibc 64-bit",
	 .help = SEQNUM_HELP},
	{LAYOUT("seqnum", struct pshm_seqnum32, seqnum32_fields), .abi = "glibc 32-bit",
	 .help = SEQNUM_HELP},
	{LAYOUT("seqnum-musl", struct pshm_seqnum_musl, seqnum_musl_fields), .abi = "musl 64-bit",
	 .help = SEQNUM_HELP},
	{LAYOUT_OPEN("xfr", struct pshm_xfr, buf, xfr_fields), .abi = "glibc 64-bit",
	 .help = XFR_HELP},
	{LAYOUT_OPEN("xfr", struct pshm_xfr32, buf, xfr32_fields), .abi = "glibc 32-bit",
	 .help = XFR_HELP},
	{LAYOUT_OPEN("xfr-musl", struct pshm_xfr_musl, buf, xfr_musl_fields), .abi = "musl 64-bit",
	 .help = XFR_HELP},
	{LAYOUT("linkedlist", struct pshm_linkedlist, linkedlist_fields), .abi = "glibc 64-bit",
	 .open_ended = true, .magic = PSHM_LINKEDLIST_MAGIC,
	 .help = "a list linked by relative offsets (pshm_linkedlist)"},
	{LAYOUT_OPEN("blocks", struct pshm_blocks, blocks, blocks_fields), .abi = "any",
	 .magic = PSHM_BLOCKS_MAGIC, .help = "the blocks of a transfer pair (pshm_xfr_writer -B)"},
	LOCK_LAYOUT("mutex", struct pshm_mutex, mutex_fields, "an object with a mutex first"),
	LOCK_LAYOUT("cond", struct pshm_cond, cond_fields,
		    "an object with a condition variable first"),
	LOCK_LAYOUT("rwlock", struct pshm_rwlock, rwlock_fields,
		    "an object with a read-write lock first"),
	LOCK_LAYOUT("barrier", struct pshm_barrier, barrier_fields,
		    "an object with a barrier first"),
	LOCK_LAYOUT("spinlock", struct pshm_spinlock, spinlock_fields,
		    "an object with a spinlock first"),
};
const size_t n_layouts = sizeof(layouts) / sizeof(layouts[0]);

const struct layout *layouts_find(const char *name)
{
	for (size_t i = 0; i < n_layouts; i++)
		if (strcmp(layouts[i].name, name) == 0)
			return &layouts[i];
	return NULL;
}
