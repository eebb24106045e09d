/* SPDX-License-Identifier: MIT */
/* The layouts that users set in a mount: GLOB=LAYOUT rules, the newest first. */
#include "core/layout_choice.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/layout_name.h"
#include "core/text.h"

/* Those of a user's own names: the oldest goes when there is one more. */
#define RULES_MAX 1000

struct rule {
	struct rule *next;
	const struct layout *layout;
	bool exact;       /* a name to the letter, not a glob */
	const char *text; /* what the layout was called, behind the pattern */
	char pattern[];
};

struct layout_rules {
	pthread_rwlock_t lock;
	struct rule *first;
	unsigned count;
};

int layout_rules_create(struct layout_rules **ret)
{
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		return -ENOMEM;
	return -pthread_rwlock_init(&(*ret)->lock, NULL);
}

void layout_rules_destroy(struct layout_rules *rules)
{
	if (!rules)
		return;
	while (rules->first) {
		struct rule *rule = rules->first;

		rules->first = rule->next;
		free(rule);
	}
	pthread_rwlock_destroy(&rules->lock);
	free(rules);
}

/* Takes away what was set before for just this name; the lock is held. */
static void drop_exact(struct layout_rules *rules, const char *name)
{
	struct rule **link = &rules->first;

	while (*link) {
		struct rule *rule = *link;

		if (!rule->exact || strcmp(rule->pattern, name) != 0) {
			link = &rule->next;
			continue;
		}
		*link = rule->next;
		free(rule);
		rules->count--;
	}
}

/* The oldest that was set for just one name; the lock is held. */
static void drop_oldest_exact(struct layout_rules *rules)
{
	const struct rule *oldest = NULL;

	for (const struct rule *rule = rules->first; rule; rule = rule->next)
		if (rule->exact)
			oldest = rule;
	if (oldest)
		drop_exact(rules, oldest->pattern);
}

static int prepend(struct layout_rules *rules, const char *pattern, bool exact,
		   const struct layout *layout, const char *text)
{
	const size_t pattern_size = strlen(pattern) + 1;
	struct rule *rule;

	if (rules->count >= RULES_MAX)
		return -ENOSPC;
	rule = malloc(sizeof(*rule) + pattern_size + strlen(text) + 1);
	if (!rule)
		return -ENOMEM;
	*rule = (struct rule){.next = rules->first, .layout = layout, .exact = exact};
	strcpy(rule->pattern, pattern);
	rule->text = strcpy(rule->pattern + pattern_size, text);
	rules->first = rule;
	rules->count++;
	return 0;
}

int layout_rules_add(struct layout_rules *rules, const char *glob, const char *layout)
{
	const struct layout *found = NULL;
	int r = layout_named(layout, AT_FDCWD, &found);

	if (r < 0)
		return r;
	pthread_rwlock_wrlock(&rules->lock);
	r = prepend(rules, glob + (*glob == '/'), false, found, layout);
	pthread_rwlock_unlock(&rules->lock);
	return r;
}

int layout_rules_set(struct layout_rules *rules, const char *name, const char *layout, int dirfd)
{
	const struct layout *found = NULL;
	int r = *layout ? layout_named(layout, dirfd, &found) : 0;

	if (r < 0)
		return r;
	pthread_rwlock_wrlock(&rules->lock);
	drop_exact(rules, name);
	if (found && rules->count >= RULES_MAX)
		drop_oldest_exact(rules);
	if (found)
		r = prepend(rules, name, true, found, layout);
	pthread_rwlock_unlock(&rules->lock);
	return r;
}

static bool applies(const struct rule *rule, const char *name)
{
	return rule->exact ? strcmp(rule->pattern, name) == 0
			   : fnmatch(rule->pattern, name, 0) == 0;
}

static void describe(const struct rule *rule, FILE *how)
{
	fputs(rule->exact ? "this file, written by a user" : "the mount option layout=", how);
	if (!rule->exact) {
		text_escape(rule->pattern, strlen(rule->pattern), how);
		fputc('=', how);
	} else if (strcmp(rule->text, rule->layout->name) != 0) {
		fputs(": ", how);
	} else {
		return;
	}
	text_escape(rule->text, strlen(rule->text), how);
}

const struct layout *layout_rules_get(struct layout_rules *rules, const char *name, FILE *how)
{
	const struct layout *layout = NULL;

	pthread_rwlock_rdlock(&rules->lock);
	for (struct rule *rule = rules->first; rule; rule = rule->next) {
		if (!applies(rule, name))
			continue;
		layout = rule->layout;
		if (how)
			describe(rule, how);
		break;
	}
	pthread_rwlock_unlock(&rules->lock);
	return layout;
}
