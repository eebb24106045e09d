/* SPDX-License-Identifier: MIT */
/* The situation sem-wait, made by programs of another C library: built with musl-gcc. */
#include "tests/actor.h"

#include <stdio.h>

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: actor-musl NAME N\n");
		return 2;
	}
	play_sem_wait(argv + 1);
	return 0;
}
