/* SPDX-License-Identifier: MIT */
/* For ./demo: a program that pshmfs has never heard of, with a struct of its own. */
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum phase { IDLE, FILLING, DRAINING };

struct station {
	char name[12];
	double level;
};

struct plant {
	sem_t change;
	enum phase phase;
	unsigned int alarm : 1, manual : 1;
	struct station stations[2];
	int history[4];
};

static int run(struct plant *plant)
{
	plant->phase = FILLING;
	plant->manual = 1;
	strcpy(plant->stations[0].name, "north");
	strcpy(plant->stations[1].name, "south");
	plant->stations[1].level = 0.75;
	plant->history[0] = 42;
	sem_init(&plant->change, 1, 0);
	puts("ready");
	fflush(stdout);
	return sem_wait(&plant->change);
}

int main(int argc, char *argv[])
{
	int fd = shm_open(argv[argc - 1], O_CREAT | O_RDWR, 0600);

	if (fd < 0 || ftruncate(fd, sizeof(struct plant)) < 0)
		return 1;
	return run(mmap(NULL, sizeof(struct plant), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
}
