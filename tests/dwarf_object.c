/* SPDX-License-Identifier: MIT */
/*
 * As dwarf_c.c, where there is no C library to be linked with: of 32-bit programs, for instance.
 * With SAY_ROWS the lines that dwarf_c.c prints are strings in its assembly text, behind "->".
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum color { RED, GREEN = 5, BLUE = -3 };

/* As glibc has it. */
typedef union {
	char __size[sizeof(long) == 8 ? 32 : 16];
	long __align;
} sem_t;

struct numbers {
	char c;
	short s;
	int i;
	long l;
	unsigned long ul;
	long long ll;
	unsigned long long ull;
	float f;
	double d;
	long double ld;
	bool b;
	int64_t i64;
	_Atomic int atomic;
	enum color color;
	void *pointer;
	size_t size;
	wchar_t wide;
};

struct arrays {
	char text[13];
	unsigned char bytes[3];
	double matrix[2][3];
	void *pointers[2];
	struct {
		int x;
		long long y;
	} points[2];
	sem_t sems[2];
};

typedef struct {
	sem_t sem;
	int seqnum;
} seqnum_t;

struct xfr {
	sem_t wsem, rsem;
	int cnt;
	char buf[];
};

struct __attribute__((packed)) packed {
	char c;
	long long l;
};

struct numbers numbers;
struct arrays arrays;
seqnum_t seqnum;
struct xfr *xfr;
struct packed packed;

/* It has no size of its own, but as many bytes as the object has left. */
#define SAY(structure, member, size, type)                                                         \
	__asm__ volatile("\n.ascii \"->" #structure "\\t" #member "\\t%c0\\t%c1\\t" type "\""      \
			 :                                                                         \
			 : "i"(offsetof(structure, member)), "i"(size))
#define ROW(structure, member, type) SAY(structure, member, sizeof(((structure *)0)->member), type)

#ifdef __LP64__
#define SEM "sem_t"
#else
#define SEM "sem_t (32-bit)"
#endif

#ifdef SAY_ROWS
void say_rows(void);

void say_rows(void)
{
	ROW(struct numbers, c, "char");
	ROW(struct numbers, s, "short");
	ROW(struct numbers, i, "int");
	ROW(struct numbers, l, "-");
	ROW(struct numbers, ul, "-");
	ROW(struct numbers, ll, "long long");
	ROW(struct numbers, ull, "unsigned long long");
	ROW(struct numbers, f, "float");
	ROW(struct numbers, d, "double");
	ROW(struct numbers, ld, "long double");
	ROW(struct numbers, b, "_Bool");
	ROW(struct numbers, i64, "-");
	ROW(struct numbers, atomic, "int");
	ROW(struct numbers, color, "enum color");
	ROW(struct numbers, pointer, "void *");
	ROW(struct numbers, size, "-");
	ROW(struct numbers, wide, "-");
	ROW(struct arrays, text, "char[]");
	ROW(struct arrays, bytes, "bytes");
	ROW(struct arrays, matrix, "double[2][3]");
	ROW(struct arrays, pointers, "void *[2]");
	ROW(struct arrays, points[0].x, "int");
	ROW(struct arrays, points[1].y, "long long");
	ROW(struct arrays, sems[1], SEM);
	ROW(seqnum_t, sem, SEM);
	ROW(seqnum_t, seqnum, "int");
	ROW(struct xfr, rsem, SEM);
	ROW(struct xfr, cnt, "int");
	SAY(struct xfr, buf, 0, "bytes");
	ROW(struct packed, c, "char");
	ROW(struct packed, l, "long long");
}
#endif
