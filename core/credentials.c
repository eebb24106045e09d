/* SPDX-License-Identifier: MIT */
/* What /proc/TID/status says of who a thread is. */
#include "core/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/array.h"
#include "core/cleanup.h"
#include "core/process_file.h"

/* Of 65536 groups (NGROUPS_MAX of linux/limits.h) the line is not longer than this. */
#define STATUS_SIZE ((size_t)1 << 20)

/* The last number of a line "Uid: real effective saved filesystem". */
static bool find_fourth(const char *text, const char *key, unsigned *ret)
{
	const char *line = strstr(text, key);

	return line && sscanf(line + strlen(key), "%*u %*u %*u %u", ret) == 1;
}

static int read_groups(const char *text, struct credentials *ret)
{
	static const char key[] = "\nGroups:";
	const char *at = strstr(text, key), *end;

	if (!at)
		return -EBADMSG;
	at += strlen(key);
	end = at + strcspn(at, "\n");
	for (;;) {
		char *next;
		unsigned long group = strtoul(at, &next, 10);

		if (next == at || next > end)
			return 0;
		if (array_grow(&ret->groups, ret->n_groups, sizeof(*ret->groups)) < 0)
			return -ENOMEM;
		ret->groups[ret->n_groups++] = (gid_t)group;
		at = next;
	}
}

/* Name, the first line, is escaped: no newline of its can feign another one. */
static int parse(const char *text, struct credentials *ret)
{
	unsigned uid, gid;

	if (!find_fourth(text, "\nUid:", &uid) || !find_fourth(text, "\nGid:", &gid) ||
	    !strstr(text, "\nCapEff:"))
		return -EBADMSG;
	ret->uid = uid;
	ret->gid = gid;
	ret->capabilities = text_number(text, "CapEff:", 16);
	return read_groups(text, ret);
}

/* Whoever is in another has capabilities over that alone (user_namespaces(7)). */
bool credentials_count_here(int procfd, pid_t tid)
{
	char path[64];
	struct stat own, other;

	snprintf(path, sizeof(path), "%d/ns/user", tid);
	return fstatat(procfd, path, &other, 0) == 0 &&
	       fstatat(procfd, "thread-self/ns/user", &own, 0) == 0 && own.st_dev == other.st_dev &&
	       own.st_ino == other.st_ino;
}

int credentials_of_thread(int procfd, pid_t tid, struct credentials *ret)
{
	char short_text[4096], folder[32] = "thread-self", path[64];
	_cleanup_free_ char *long_text = NULL;
	const char *text = short_text;
	ssize_t n;
	int r;

	*ret = (struct credentials){0};
	if (tid)
		snprintf(folder, sizeof(folder), "%d", tid);
	snprintf(path, sizeof(path), "%s/status", folder);
	n = process_file_read(procfd, path, short_text, sizeof(short_text));
	if (n == sizeof(short_text) - 1) {
		text = long_text = malloc(STATUS_SIZE);
		if (!long_text)
			return -ENOMEM;
		n = process_file_read(procfd, path, long_text, STATUS_SIZE);
	}
	r = n < 0 ? (int)n : parse(text, ret);
	if (r < 0)
		credentials_deinit(ret);
	else if (ret->capabilities && tid && !credentials_count_here(procfd, tid))
		ret->capabilities = 0;
	return r;
}

int credentials_copy(const struct credentials *from, struct credentials *ret)
{
	*ret = *from;
	ret->groups = NULL;
	if (from->n_groups == 0)
		return 0;
	ret->groups = malloc(from->n_groups * sizeof(*ret->groups));
	if (!ret->groups)
		return -ENOMEM;
	memcpy(ret->groups, from->groups, from->n_groups * sizeof(*ret->groups));
	return 0;
}

void credentials_deinit(struct credentials *credentials)
{
	free(credentials->groups);
	*credentials = (struct credentials){0};
}

/* The kernel keeps groups sorted (groups_sort() in its kernel/groups.c). */
bool credentials_equal(const struct credentials *a, const struct credentials *b)
{
	return a->uid == b->uid && a->gid == b->gid && a->capabilities == b->capabilities &&
	       a->n_groups == b->n_groups &&
	       (a->n_groups == 0 ||
		memcmp(a->groups, b->groups, a->n_groups * sizeof(*a->groups)) == 0);
}

bool credentials_in_group(const struct credentials *credentials, gid_t gid)
{
	for (size_t i = 0; i < credentials->n_groups; i++)
		if (credentials->groups[i] == gid)
			return true;
	return credentials->gid == gid;
}

bool credentials_have(const struct credentials *credentials, unsigned capability)
{
	return credentials->capabilities >> capability & 1;
}

/* It says who it is when it is told to be nobody. */
uid_t credentials_user(void)
{
	return (uid_t)setfsuid((uid_t)-1);
}
