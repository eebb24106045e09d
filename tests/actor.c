/* SPDX-License-Identifier: MIT */
/* Makes live situations for tests, says that they are ready, and waits on stdin. */
#include "tests/actor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A new situation is one row and its function. */
static const struct situation situations[] = {
	{"seqnum", "NAME VALUE", 2, play_seqnum,
	 "hold a sequence number mapped; N: add N under its semaphore"},
	{"xfr", "NAME", 1, play_xfr,
	 "the writer of a transfer pair; TEXT: that is the next block (\"busy\": not its turn)"},
	{"sem", "NAME VALUE", 2, play_sem,
	 "a named semaphore; post, trywait, wait (blocks), close: just that"},
	{"sem32", "NAME VALUE", 2, play_sem32,
	 "the same as a 32-bit program makes it, byte by byte; VALUE: sets it"},
	{"sem-wait", "NAME N", 2, play_sem_wait,
	 "N processes asleep in sem_wait; post: wakes one; kill: SIGKILLs them all; await K: until "
	 "K have gone on in all, and how many have"},
	{"sem32-wait", "NAME N", 2, play_sem32_wait,
	 "the same as 32-bit programs sleep; there is no post"},
	{"sem-musl", "NAME VALUE WORD", 3, play_sem_musl,
	 "a semaphore as musl makes it, byte by byte, with WORD in it when somebody waits; wait: "
	 "one process more sleeps in it; post: wakes one; kill: SIGKILLs them all"},
	{"sem-interrupted", "NAME", 1, play_sem_interrupted,
	 "a lock that we hold and a process waits for; interrupt: that goes on by EINTR, posts and "
	 "ends; post: give it back"},
	{"sleep",
	 "NAME "
	 "sem|timed|private-op|futex2|waitv|waitv-both|waitv-inside|pi|copy|own|anonymous|unmapped",
	 2, play_sleep, "a process asleep at byte 8256 of the object, in this way"},
	{"threads", "NAME N", 2, play_threads, "a process of N threads asleep at byte 8256"},
	{"crowd", "NAME N WORDS", 3, play_crowd,
	 "a process of N threads asleep on so many semaphores, one every 32 bytes of the object"},
	{"leaderless", "NAME N", 2, play_leaderless, "the same, but its first thread has ended"},
	{"map", "NAME", 1, play_map, "hold an object mapped in three ways"},
	{"open", "NAME", 1, play_open, "hold an object open in three ways, as 10, 11 and 12"},
	{"odd", "", 0, play_odd,
	 "odd.dir, .link, .dangling, .socket, .fifo, .mount, and .device where that is allowed"},
	{"churn", "NAME", 1, play_churn,
	 "make and unlink a sequence number over and over, 1, 2, 3…; a line: the number"},
	{"resize", "NAME A B", 3, play_resize,
	 "truncate the object to A and to B bytes over and over; a line: how often"},
	{"rewrite-xfr", "NAME", 1, play_rewrite_xfr,
	 "a transfer block of 1096 bytes whose cnt is right and wrong in turn; a line: how often"},
	{"rewrite-list", "NAME N", 2, play_rewrite_list,
	 "a linked list of N nodes (4 to 360000) whose links are right, in circles and outside "
	 "in "
	 "turn; a line: how often"},
	{"storm", "PATH", 1, play_storm,
	 "replace an object in every way, over and over; a line: how often, and how often the "
	 "inode "
	 "number came back"},
	{"reader", "FOLDER", 1, play_reader,
	 "look at what `storm` makes, in its directory of a mount; a line: how often it was whole, "
	 "and "
	 "how often gone, or \"wrong: …\""},
	{"swap", "PATH", 1, play_swap,
	 "exchange an object with a FIFO, a symbolic link, a folder and a device, over and over; a "
	 "line: how often, or \"the FIFO was opened\""},
	{"swapped", "NAME", 1, play_swapped,
	 "look at what `swap` makes, in a mount; a line: how often it was the object, something "
	 "else, "
	 "and refused, or \"wrong: …\""},
	{"leak", "NAME N", 2, play_leak, "N objects of a page, unlinked and still mapped"},
	{"walker", "FOLDER", 1, play_walker,
	 "read all files below it, over and over; a line: how many, and how many were refused as "
	 "they "
	 "may be, or \"wrong: …\""},
	{"crew", "N", 1, play_crew,
	 "N processes; \"K VERB OBJECT [NUMBER [NUMBER]]\" is for the one of them: sem, map, init, "
	 "init-private, wait, post, poll, mutex, lock, unlock, name (done, asleep, busy), and "
	 "kill, "
	 "stop, "
	 "cont, outcome"},
	{"lease", "NAME", 1, play_lease,
	 "hold a write lease on the object and ignore its breaking"},
	{"leases", "PATH", 1, play_leases,
	 "take leases on the object over and over; a line: how often, and how often it was given"},
	{"flood", "PREFIX N", 2, play_flood,
	 "N objects with names of all kinds of bytes, that are renamed, removed and made over and "
	 "over; a line: how often"},
	{"garble", "NAME", 1, play_garble,
	 "fill the objects of that name, or that match it, with zeros, any bytes and small "
	 "numbers, cut them and let them grow, over and over; a line: how often"},
	{"mortals", "NAME", 1, play_mortals,
	 "processes that have the object and are killed, stopped, asleep in it or at their end, "
	 "over and over; a line: how many"},
	{"rewrite-locks", "NAME", 1, play_rewrite_locks,
	 "a sequence number whose semaphore's words are right and wrong in turn; a line: how "
	 "often"},
};
static const size_t n_situations = sizeof(situations) / sizeof(situations[0]);

static void print_list(void)
{
	for (size_t i = 0; i < n_situations; i++)
		printf("%s %s\t%s\n", situations[i].name, situations[i].arguments,
		       situations[i].help);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		print_list();
		return 0;
	}
	for (size_t i = 0; argc > 1 && i < n_situations; i++) {
		if (strcmp(argv[1], situations[i].name) != 0 ||
		    argc != 2 + situations[i].n_arguments)
			continue;
		situations[i].play(argv + 2);
		return 0;
	}
	fprintf(stderr, "usage: actor SITUATION ARGUMENT…, see actor --list\n");
	return 2;
}
