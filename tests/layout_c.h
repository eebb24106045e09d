/* SPDX-License-Identifier: MIT */
/*
 * Structs of every kind, read by a compiler and as a layouts file: both are to see the same.
 * What is not C to one of them is a comment to the other.
 */
#pragma once

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#ifndef __counted_by
#define __counted_by(member)
#endif
#define __relative(type)
#define __self_relative(type)

#define FOUR 4
#define SIXTEEN                                                                                    \
	(FOUR * FOUR) /* of what is                                                                \
			 defined before, on two lines */
#define LAST 7

enum color { RED, GREEN = 5, BLUE = -3, NEXT, MASK = 1 << 4 | 3 };
enum big { LITTLE, HUGE_ONE = 0xffffffff };
enum wide { NARROW = -1, WIDE = 0x100000000 };
enum __attribute__((packed)) small { SMALL_ONE = 1, SMALL_LAST = 200 };
typedef enum { OFF, ON = 'n' } power_t;

typedef int pair[2];
typedef unsigned long long int counter_t, *counter_pointer_t;
typedef int far_t __attribute__((aligned(16)));

struct numbers {
	char c;
	signed char sc;
	unsigned char uc;
	short s;
	short int si;
	unsigned short us;
	int i;
	signed si_only;
	unsigned ui;
	long l;
	long unsigned int lui;
	long long ll;
	long long unsigned int llu;
	float f;
	double d;
	long double ld;
	__int128 i128;
	unsigned __int128 u128;
	_Bool b;
	bool b2;
	const volatile int cv;
	int const *volatile pc;
	_Atomic int atomic;
	_Atomic(long) atomic_of;
	enum color color;
	enum big big;
	enum wide wide;
	enum small small;
	power_t power;
	counter_t counter;
};

struct fixed {
	int8_t i8;
	uint8_t u8;
	int16_t i16;
	uint16_t u16;
	int32_t i32;
	uint32_t u32;
	int64_t i64;
	uint64_t u64;
	intptr_t ip;
	uintptr_t up;
	intmax_t im;
	uintmax_t um;
	int_least16_t il;
	uint_fast16_t uf;
	int_fast8_t if8;
	size_t size;
	ssize_t ssize;
	off_t off;
	ptrdiff_t diff;
	pid_t pid;
	uid_t uid;
	gid_t gid;
	mode_t mode;
	time_t time;
	clockid_t clock;
	dev_t dev;
	ino_t ino;
	nlink_t nlink;
	wchar_t wide;
	atomic_int ai;
	struct timespec when;
	struct timeval was;
};

struct arrays {
	char text[16];
	unsigned char bytes[8];
	uint8_t octets[FOUR];
	signed char small[3];
	int ints[SIXTEEN];
	double matrix[2][3];
	char names[FOUR - 1][10];
	pair pairs[2];
	enum color colors[ON - 'a'];
	void *pointers[sizeof(int)];
	struct {
		int x;
		short y;
	} points[3], grid[2][2];
	sem_t sems[2];
	bool flags[LAST];
};

struct node {
	int value;
	struct node *next;
	char **names;
	int (*function)(int, struct node *);
	int (*table[3])(void);
	char (*row)[10];
	const void *any;
};

struct nested {
	int before;
	struct inner {
		int x, y;
		struct {
			char deep;
		} innermost;
	} point;
	struct inner again;
	struct {
		int unnamed;
		char also;
	};
	union {
		float as_float;
		uint32_t as_word;
		double as_double;
	};
	union choice {
		short half;
		int whole;
		char text[3];
	} choice;
	struct numbers numbers;
	char end;
};

typedef struct {
	sem_t sem;
	char tag;
	int number;
} tagged_t;

struct locks {
	char c;
	sem_t sem;
	char c2;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	pthread_rwlock_t rwlock;
	pthread_barrier_t barrier;
	pthread_spinlock_t spinlock;
	pthread_t thread;
	pthread_once_t once;
	pthread_key_t key;
};

union any {
	char c;
	struct {
		char bytes[13];
	} odd;
	double d;
};

struct __attribute__((packed)) packed {
	char c;
	long l;
	short s;
	struct {
		char c;
		int i;
	} not_packed;
};

struct packed_behind {
	char c;
	double d;
	int i;
} __attribute__((__packed__, unused));

struct partly {
	char c;
	int i __attribute__((packed));
	char c2;
	long l;
};

struct aligned {
	char c;
	char at_eight __attribute__((aligned(8)));
	char c2;
	_Alignas(32) int at_32;
	char c3;
	_Alignas(double) char like_double, like_double_2;
	char c4;
	far_t far;
	int most __attribute__((aligned));
};

struct aligned_whole {
	char c;
	short s;
} __attribute__((aligned(64)));

struct aligned_in {
	char c;
	struct aligned_whole whole;
	char c2;
};

struct __attribute__((packed, aligned(4))) packed_aligned {
	char c;
	long l;
	char at_two __attribute__((aligned(2)));
};

struct atomic_struct {
	char c;
	_Atomic struct {
		char a, b, c, d;
	} four;
	char c2;
};

struct bits {
	unsigned a : 3;
	int b : 5;
	unsigned c : 13;
	enum color d : 6;
	bool e : 1;
	uint64_t f : 37;
	signed char g : 2;
	unsigned : 0;
	int h : 7;
	char tail;
	char i : 5;
	char j : 5;
	short : 4;
	short k : 9;
	long l : 33;
};

struct __attribute__((packed)) packed_bits {
	unsigned a : 3;
	uint64_t b : 63;
	char c;
	int d : 31;
	int : 0;
	int e : 2;
};

struct bits_and_more {
	char c;
	int a : 20;
	int b : 20;
	char d;
	long long f : 8;
	char g;
	unsigned char : 0;
	char h;
};

union bits_union {
	int a : 3;
	unsigned char b : 8;
	char c[5];
};

struct open_end {
	long count;
	char tag;
	int items[];
};

struct open_zero {
	char tag;
	long items[0];
};

struct counted {
	unsigned short n;
	char tag;
	double values[] __counted_by(n);
};

struct counted_text {
	int used;
	char text[32] __counted_by(used);
	int behind;
};

struct entry {
	uint32_t id;
	char name[12];
};

struct counted_structs {
	sem_t sem;
	uint64_t n;
	struct entry entries[] __counted_by(n);
};

struct list_node {
	int64_t next __self_relative(struct list_node);
	uint32_t length;
	char text[] __counted_by(length);
};

struct list {
	uint64_t head __relative(struct list_node);
	int count;
};

struct many {
	struct {
		int a, b;
	} slots[2000];
	int last;
};

_Static_assert(sizeof(struct many) == 16004, "as the DWARF tests have it");
