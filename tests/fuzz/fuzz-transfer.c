/* SPDX-License-Identifier: MIT */
/* Any bytes as the object of a transfer, and through its pipes: the other side is hostile. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/transfer_alternate.h"
#include "core/transfer_blocks.h"
#include "tests/exercise.h"
#include "tests/fuzz/fuzz.h"

/* What a writer has: its place in the object, and two pipes under these numbers. */
enum { FILLED = 100, EMPTIED = 101 };

static int object, full, null, filled[2], emptied[2];

static _Noreturn void be_writer(int ready)
{
	pid_t nobody;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (peer_lock(object, TRANSFER_WRITER, &nobody) < 0 || write(ready, "", 1) != 1)
		_exit(1);
	/* Any other pipe would never have an end. */
	close_range(0, (unsigned)object - 1, 0);
	close_range((unsigned)object + 1, FILLED - 1, 0);
	close_range(EMPTIED + 1, ~0u, 0);
	for (;;)
		pause();
}

/* A file to which nothing can be written: where the first block is the last. */
static int make_full(void)
{
	int fd = memfd_create("full", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW) < 0)
		abort();
	return fd;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int ready[2];
	char byte;

	(void)argc;
	(void)argv;
	object = memfd_create("object", MFD_CLOEXEC);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	full = make_full();
	if (object < 0 || null < 0 || pipe2(filled, O_NONBLOCK) < 0 ||
	    pipe2(emptied, O_NONBLOCK) < 0 || pipe(ready) < 0 || dup2(filled[1], FILLED) < 0 ||
	    dup2(emptied[0], EMPTIED) < 0)
		abort();
	if (fork() == 0)
		be_writer(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		abort();
	close(ready[0]);
	close(ready[1]);
	return 0;
}

static void drain(int fd)
{
	char bytes[4096];

	while (read(fd, bytes, sizeof(bytes)) > 0)
		;
}

/* Numbers of blocks, and at last that no more come: else one might wait for them. */
static void fill_pipe(struct input *input)
{
	const uint32_t last = BLOCKS_FAILED;
	uint32_t numbers[64];
	size_t n = input_number(input, 1) % 64;

	for (size_t i = 0; i < n; i++) {
		const uint32_t number = (uint32_t)input_number(input, 1);

		numbers[i] = number < 250 ? number : UINT32_MAX - (255 - number);
	}
	if (write(filled[1], numbers, n * sizeof(*numbers)) < 0 ||
	    write(filled[1], &last, sizeof(last)) < 0)
		abort();
}

static void end(struct half *half)
{
	close_fdp(&half->blocks.in);
	close_fdp(&half->blocks.out);
	drain(filled[0]);
	drain(emptied[0]);
	free(half->memory);
}

static void open_memory(struct half *half, struct input *input, size_t hole)
{
	const size_t least = half->protocol->head + 1;

	half->size = input->left + hole;
	half->size = half->size < least ? least : half->size;
	half->memory = aligned_alloc(16, (half->size + 15) / 16 * 16);
	if (!half->memory)
		abort();
	memset(half->memory, 0, half->size);
	input_bytes(input, half->memory, input->left);
}

/* Whoever waits for a hostile semaphore may wait for ever: that is not what is looked for. */
static void run_alternate(struct half *half)
{
	struct pshm_xfr *xfr = half->memory;
	uint32_t *words = half->memory;
	const char *abi;

	transfer_alternate.readiness(half->memory, &abi);
	words[0] |= 64;
	words[8] |= 1;
	if (half->role == TRANSFER_READER && alternate_receive(half) < 0)
		transfer_alternate.abandon(half);
	else if (half->role == TRANSFER_WRITER && half->size >= sizeof(*xfr) + half->setup->buffer)
		alternate_send(half);
	transfer_alternate.watch(half);
}

static void run_blocks(struct half *half)
{
	struct pshm_blocks *head = half->memory;
	const char *abi;

	/* A reader that listens to the wrong pipe does so until its writer ends. */
	if (head->filled == EMPTIED)
		head->filled = FILLED;
	transfer_blocks.readiness(half->memory, &abi);
	if (half->role == TRANSFER_WRITER) {
		half->blocks.in = dup(filled[0]);
		half->blocks.out = dup(emptied[1]);
		blocks_send(half);
	} else if (blocks_receive(half) < 0) {
		transfer_blocks.abandon(half);
	}
}

/* Who we are and how blocks come; what comes through the pipe; then the object. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = {bytes, size};
	const unsigned flags = (unsigned)input_number(&input, 1);
	_cleanup_close_ int in = exercise_file("0123456789012345678901234567890123456789", 40);
	const struct transfer_setup setup = {.buffer = 10,
					     .blocks = 2,
					     .fd = flags & 1          ? in
						   : (flags & 6) == 2 ? null
								      : full};
	struct transfer_result result = {0};
	struct half half = {
		.setup = &setup,
		.result = &result,
		.protocol = flags & 4 ? &transfer_alternate : &transfer_blocks,
		.role = flags & 1 ? TRANSFER_WRITER : TRANSFER_READER,
		.fd = object,
		.peer = PEER_NONE,
		.blocks = {.in = -1, .out = -1, .spare_in = -1, .spare_out = -1},
	};

	lseek(in, 0, SEEK_SET);
	fill_pipe(&input);
	open_memory(&half, &input, flags & 8 ? 70000 : 0);
	if (half.protocol == &transfer_alternate)
		run_alternate(&half);
	else
		run_blocks(&half);
	end(&half);
	return 0;
}
