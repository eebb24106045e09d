/* SPDX-License-Identifier: MIT */
/*
 * A program with a struct of every kind, built by each compiler and in each form of debug
 * information. It says where the compiler has put what: STRUCT, FIELD, offset, size, type; "-" for
 * a type that depends on more than the language.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "dwarf_folders.h"

enum color { RED, GREEN = 5, BLUE = -3 };
enum big { LITTLE, HUGE_ONE = 0xffffffff };

struct numbers {
	char c;
	signed char sc;
	unsigned char uc;
	short s;
	unsigned short us;
	int i;
	unsigned int ui;
	long l;
	unsigned long ul;
	long long ll;
	unsigned long long ull;
	float f;
	double d;
	long double ld;
	__int128 i128;
	unsigned __int128 u128;
	bool b;
	uint8_t u8;
	int64_t i64;
	const volatile int cv;
	_Atomic int atomic;
	enum color color;
	enum big big;
	void *pointer;
	struct numbers *next;
	int (*function)(void);
};

struct bits {
	unsigned a : 3;
	int b : 5;
	unsigned c : 13;
	enum color d : 4;
	bool e : 1;
	uint64_t f : 37;
	signed char g : 2;
	unsigned : 0;
	int h : 7;
};

typedef int pair[2];

struct arrays {
	char text[16];
	unsigned char bytes[8];
	int ints[4];
	double matrix[2][3];
	char names[3][10];
	pair pairs[2];
	enum color colors[3];
	void *pointers[2];
	struct {
		int x;
		short y;
	} points[3], grid[2][2];
	sem_t sems[2];
};

struct nested {
	int before;
	struct {
		int x, y;
		struct {
			char deep;
		} inner;
	} point;
	struct {
		int unnamed;
	};
	union {
		float as_float;
		uint32_t as_word;
	};
	union {
		short half;
		int whole;
	} choice;
	struct numbers numbers;
};

typedef struct {
	sem_t sem;
	int seqnum;
} seqnum_t;

struct locks {
	sem_t sem;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	pthread_rwlock_t rwlock;
	pthread_barrier_t barrier;
	pthread_spinlock_t spinlock;
};

struct open_end {
	long count;
	char tag;
	int items[];
};

union any {
	int i;
	double d;
};

struct __attribute__((packed)) packed {
	char c;
	long l;
	short s;
};

struct many {
	struct {
		int a, b;
	} slots[2000];
	int last;
};

#define FOUR(n) int n##0, n##1, n##2, n##3;
#define FOURS_2(n) FOUR(n##0) FOUR(n##1) FOUR(n##2) FOUR(n##3)
#define FOURS_3(n) FOURS_2(n##0) FOURS_2(n##1) FOURS_2(n##2) FOURS_2(n##3)
#define FOURS_4(n) FOURS_3(n##0) FOURS_3(n##1) FOURS_3(n##2) FOURS_3(n##3)
#define FOURS_5(n) FOURS_4(n##0) FOURS_4(n##1) FOURS_4(n##2) FOURS_4(n##3)
#define FOURS_6(n) FOURS_5(n##0) FOURS_5(n##1) FOURS_5(n##2) FOURS_5(n##3)

/* As many as there may be: m000000 to m333333. */
struct wide {
	FOURS_6(m)
};

/* Used, or else compilers leave them out. */
struct numbers numbers;
struct bits bits;
struct arrays arrays;
struct nested nested;
seqnum_t seqnum;
struct locks locks;
struct open_end *open_end;
union any any;
struct packed packed;
struct many many;
struct folders folders;
struct wide wide;

#define SAY(structure, name, member, type)                                                         \
	printf("%s\t%s\t%zu\t%zu\t%s\n", #structure, name, offsetof(structure, member),            \
	       sizeof(((structure *)0)->member), type)
#define ROW(structure, member, type) SAY(structure, #member, member, type)

static void say_numbers(void)
{
	ROW(struct numbers, c, "char");
	ROW(struct numbers, sc, "signed char");
	ROW(struct numbers, uc, "unsigned char");
	ROW(struct numbers, s, "short");
	ROW(struct numbers, us, "unsigned short");
	ROW(struct numbers, i, "int");
	ROW(struct numbers, ui, "unsigned int");
	ROW(struct numbers, l, "long");
	ROW(struct numbers, ul, "unsigned long");
	ROW(struct numbers, ll, "long long");
	ROW(struct numbers, ull, "unsigned long long");
	ROW(struct numbers, f, "float");
	ROW(struct numbers, d, "double");
	ROW(struct numbers, ld, "long double");
	ROW(struct numbers, i128, "__int128");
	ROW(struct numbers, u128, "unsigned __int128");
	ROW(struct numbers, b, "_Bool");
	ROW(struct numbers, u8, "unsigned char");
	ROW(struct numbers, i64, "long");
	ROW(struct numbers, cv, "int");
	ROW(struct numbers, atomic, "int");
	ROW(struct numbers, color, "enum color");
	ROW(struct numbers, big, "enum big");
	ROW(struct numbers, pointer, "void *");
	ROW(struct numbers, next, "struct numbers *");
	ROW(struct numbers, function, "-");
}

static void say_arrays(void)
{
	ROW(struct arrays, text, "char[]");
	ROW(struct arrays, bytes, "bytes");
	ROW(struct arrays, ints, "int[4]");
	ROW(struct arrays, matrix, "double[2][3]");
	ROW(struct arrays, names, "char[3][10]");
	ROW(struct arrays, pairs, "int[2][2]");
	ROW(struct arrays, colors, "enum color[3]");
	ROW(struct arrays, pointers, "void *[2]");
	ROW(struct arrays, points[0].x, "int");
	ROW(struct arrays, points[2].y, "short");
	ROW(struct arrays, grid[0][1].x, "int");
	ROW(struct arrays, grid[1][0].y, "short");
	ROW(struct arrays, sems[0], "sem_t");
	ROW(struct arrays, sems[1], "sem_t");
}

static void say_nested(void)
{
	ROW(struct nested, before, "int");
	ROW(struct nested, point.x, "int");
	ROW(struct nested, point.y, "int");
	ROW(struct nested, point.inner.deep, "char");
	ROW(struct nested, unnamed, "int");
	ROW(struct nested, as_float, "float");
	ROW(struct nested, as_word, "unsigned int");
	ROW(struct nested, choice.half, "short");
	ROW(struct nested, choice.whole, "int");
	ROW(struct nested, numbers.c, "char");
	ROW(struct nested, numbers.ull, "unsigned long long");
	ROW(seqnum_t, sem, "sem_t");
	ROW(seqnum_t, seqnum, "int");
}

static void say_locks(void)
{
	ROW(struct locks, sem, "sem_t");
	ROW(struct locks, mutex, "pthread_mutex_t");
	ROW(struct locks, cond, "pthread_cond_t");
	ROW(struct locks, rwlock, "pthread_rwlock_t");
	ROW(struct locks, barrier, "pthread_barrier_t");
	ROW(struct locks, spinlock, "pthread_spinlock_t");
}

static void say_others(void)
{
	ROW(struct open_end, count, "long");
	ROW(struct open_end, tag, "char");
	printf("struct open_end\titems\t%zu\t0\tint[]\n", offsetof(struct open_end, items));
	ROW(union any, i, "int");
	ROW(union any, d, "double");
	ROW(struct packed, c, "char");
	ROW(struct packed, l, "long");
	ROW(struct packed, s, "short");
	ROW(struct many, slots[0].a, "int");
	ROW(struct many, slots[500].b, "int");
	ROW(struct many, last, "int");
	ROW(struct folders, grid[1][2].lock, "sem_t");
	ROW(struct folders, table[10][23].a, "int");
	ROW(struct folders, few[1].a, "int");
	ROW(struct wide, m333333, "int");
}

/* Structs of functions and of blocks; one that has the name of another, which comes first. */
static int say_locals(int argument)
{
	struct local {
		char c;
		int i;
	} local = {.i = argument};
	struct packed {
		int none;
	} other = {.none = argument};

	for (int k = 0; k < argument; k++) {
		struct in_block {
			short s;
			long l;
		} in_block = {.l = k};

		local.i += (int)in_block.l + other.none;
	}
	ROW(struct local, c, "char");
	ROW(struct local, i, "int");
	printf("struct in_block\tl\t%zu\t%zu\tlong\n", sizeof(long), sizeof(long));
	return local.i;
}

/* What memory has at each value: the test reads the bits out of it again. */
static void say_bits(void)
{
	struct bits values = {.a = 5, .b = -7, .c = 4097, .d = BLUE, .e = true, .g = -1, .h = -64};
	const unsigned char *bytes = (const unsigned char *)&values;

	values.f = UINT64_C(0x1234567890);
	printf("bytes\tstruct bits\t");
	for (size_t i = 0; i < sizeof(values); i++)
		printf("%02x", bytes[i]);
	printf("\nvalues\ta=5 b=-7 c=4097 d=BLUE e=true f=78187493520 g=-1 h=-64\n");
}

int main(int argc, char *argv[])
{
	(void)argv;
	say_numbers();
	say_arrays();
	say_nested();
	say_locks();
	say_others();
	say_bits();
	if (say_locals(argc) == 0)
		return 1;
	return (int)(numbers.i + arrays.ints[0] + nested.before + seqnum.seqnum + any.i + packed.c +
		     many.last + bits.h + locks.spinlock + (open_end != NULL) + folders.stat +
		     wide.m000000);
}
