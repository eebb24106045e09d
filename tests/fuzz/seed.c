/* SPDX-License-Identifier: MIT */
/* A little of everything, for a fuzzer to begin with: small, since it is slow with large files. */
typedef union {
	char __size[32];
	long __align;
} sem_t;

enum color { RED, GREEN = 5, BLUE = -3 };

struct all {
	char text[4];
	unsigned char byte;
	long number;
	double matrix[2][3];
	_Bool yes;
	void *pointer;
	struct all *next;
	enum color color;
	struct {
		int x, y;
	} points[3];
	union {
		float f;
		int i;
	};
	const volatile short cv;
	_Atomic int atomic;
	sem_t sem;
	int end[];
};

typedef struct {
	unsigned a : 3;
	int b : 5;
	unsigned long long c : 37;
} bits;

struct all *all;
bits some;

int function(void)
{
	struct local {
		int a;
	} value = {1};

	return value.a;
}
