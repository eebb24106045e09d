/* SPDX-License-Identifier: MIT */
/* Any bytes as structs of a layouts file: counts, relative offsets that are followed, tables. */
#include <stdlib.h>
#include <string.h>

#include "core/layout_file.h"
#include "tests/exercise.h"
#include "tests/fuzz/fuzz.h"

static const char text[] =
	"struct node { uint64_t next __relative(struct node); uint32_t length; char text[length]; "
	"};\n"
	"struct list { char magic[8]; uint64_t head __relative(struct node); };\n"
	"struct self { int32_t next __self_relative(struct self); short n; uint16_t v[n]; };\n"
	"struct own { int64_t first __self_relative(struct self); unsigned char at "
	"__relative(struct own); };\n"
	"struct point { int x; float y; char name[4]; };\n"
	"struct table { uint16_t n; uint8_t used; struct point points[40] __counted_by(n); };\n"
	"struct tail { long long n; struct point points[n]; };\n"
	"struct deep { struct { struct { char c; union { double d; uint64_t u; }; } in[2][3]; } "
	"out[2]; "
	"_Bool yes; enum { A, B = 7 } e; void *pointer; unsigned a : 3, b : 13; char *name; };\n"
	"struct locks { pthread_mutex_t mutex; sem_t sem; pthread_cond_t cond; pthread_rwlock_t "
	"rw; "
	"pthread_barrier_t barrier; struct timespec when; time_t t; };\n"
	"struct many { uint32_t n; struct locks locks[n]; };\n";

static void complain(void *data, unsigned line, const char *what)
{
	(void)data;
	fprintf(stderr, "%u: %s\n", line, what);
}

static const struct layout_file *declared(void)
{
	static const struct layout_file_complaints complaints = {complain, NULL};
	static struct layout_file file;

	if (!file.n_layouts) {
		FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

		if (!in || layout_file_read(in, &complaints, &file) < 0)
			abort();
		fclose(in);
	}
	return &file;
}

/* Which struct, how much of the object is known, how many zeros are behind; then the bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct layout_file *file = declared();
	struct input input = {bytes, size};
	const struct layout *layout = file->layouts[input_number(&input, 1) % file->n_layouts];
	const size_t look = input_number(&input, 1), hole = input_number(&input, 2) % 4096;
	struct exercise exercise;

	exercise_open(input.at, input.left, input.left + hole, look, &exercise);
	exercise_image(layout, &exercise.image);
	exercise_close(&exercise);
	return 0;
}
