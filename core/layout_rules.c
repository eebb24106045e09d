/* SPDX-License-Identifier: MIT */
/* The layouts that users set in a mount: GLOB=LAYOUT rules, the newest first. */
#include "core/layout_choice.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/layout_loaded.h"
#include "core/layout_name.h"
#include "core/text.h"
#include "core/text_stream.h"

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
	struct layout_loaded *loaded; /* the layouts file in effect, or NULL */
	char *failed;                 /* the last one that could not be read, and why; or NULL */
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
	layout_loaded_free(rules->loaded);
	free(rules->failed);
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

/* A program is read without the lock. */
static int find_layout(struct layout_rules *rules, const char *name, int dirfd,
		       const struct layout **ret)
{
	int r;

	if (layout_name_is_program(name))
		return layout_named(name, dirfd, ret);
	pthread_rwlock_rdlock(&rules->lock);
	r = layout_loaded_named(rules->loaded, name, dirfd, ret);
	pthread_rwlock_unlock(&rules->lock);
	return r;
}

int layout_rules_add(struct layout_rules *rules, const char *glob, const char *layout)
{
	const struct layout *found = NULL;
	int r = find_layout(rules, layout, AT_FDCWD, &found);

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
	int r = *layout ? find_layout(rules, layout, dirfd, &found) : 0;

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

/* What users have set by a name that the file declares is what it declares now. */
static void name_anew(struct layout_rules *rules)
{
	const struct layout *layout;

	for (struct rule *rule = rules->first; rule; rule = rule->next)
		if (!layout_name_is_program(rule->text) &&
		    layout_loaded_named(rules->loaded, rule->text, AT_FDCWD, &layout) == 0)
			rule->layout = layout;
}

static char *describe_failure(const char *path, int error)
{
	char *text = NULL;
	size_t size;
	FILE *out = text_open(&text, &size);

	if (!out)
		return NULL;
	text_escape(path, strlen(path), out);
	fprintf(out, ": %s", strerrordesc_np(-error));
	return fclose(out) == 0 ? text : NULL;
}

int layout_rules_load(struct layout_rules *rules, const char *path)
{
	struct layout_loaded *loaded = NULL, *before = NULL;
	int r = path ? layout_loaded_read(path, &loaded) : 0;
	char *failed = r < 0 ? describe_failure(path, r) : NULL, *failed_before;

	pthread_rwlock_wrlock(&rules->lock);
	failed_before = rules->failed;
	rules->failed = failed;
	if (r == 0) {
		before = rules->loaded;
		rules->loaded = loaded;
		name_anew(rules);
	}
	pthread_rwlock_unlock(&rules->lock);
	layout_loaded_free(before);
	free(failed_before);
	return r;
}

const struct layout *layout_rules_by_file(struct layout_rules *rules, const char *name, FILE *how)
{
	const struct layout *layout = NULL;
	const struct layout_file_rule *rule;

	pthread_rwlock_rdlock(&rules->lock);
	rule = layout_loaded_rule(rules->loaded, name, &layout);
	if (rule && how) {
		fputs("the layouts file ", how);
		text_escape(rules->loaded->path, strlen(rules->loaded->path), how);
		fprintf(how, ", line %u", rule->line);
		if (strcmp(rule->layout, layout->name) != 0) {
			fputs(": ", how);
			text_escape(rule->layout, strlen(rule->layout), how);
		}
	}
	pthread_rwlock_unlock(&rules->lock);
	return layout;
}

void layout_rules_complaints(struct layout_rules *rules, const char *before, FILE *out)
{
	pthread_rwlock_rdlock(&rules->lock);
	if (rules->failed)
		fprintf(out, "%s%s\n", before, rules->failed);
	for (const char *line = rules->loaded ? rules->loaded->complaints : ""; *line;) {
		const char *end = strchrnul(line, '\n');

		fputs(before, out);
		text_escape(rules->loaded->path, strlen(rules->loaded->path), out);
		fprintf(out, ":%.*s\n", (int)(end - line), line);
		line = *end ? end + 1 : end;
	}
	pthread_rwlock_unlock(&rules->lock);
}

void layout_rules_about(struct layout_rules *rules, FILE *out)
{
	const struct layout_loaded *loaded;
	char date[64] = "";
	struct tm tm;

	pthread_rwlock_rdlock(&rules->lock);
	loaded = rules->loaded;
	if (loaded) {
		if (localtime_r(&loaded->read, &tm))
			strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S %z", &tm);
		fputs("layouts_file\t", out);
		text_escape(loaded->path, strlen(loaded->path), out);
		fprintf(out, ", read %s: %zu rules\n", date, loaded->file.n_rules);
	}
	for (size_t i = 0; loaded && i < loaded->file.n_names; i++)
		fprintf(out, "%s%s%s", i ? ", " : "declared\t", loaded->file.names[i].name,
			i + 1 == loaded->file.n_names ? "\n" : "");
	pthread_rwlock_unlock(&rules->lock);
	layout_rules_complaints(rules, "layouts_error\t", out);
}
