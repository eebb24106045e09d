/* SPDX-License-Identifier: MIT */
/* Finding the layouts file, and the thread that waits for SIGHUP. */
#include "fusefs/layouts_file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "fusefs/viewer.h"

/* By the XDG Base Directory Specification, a relative path is as none. */
static char *default_path(void)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char *path;
	int r;

	if (config && *config == '/')
		r = asprintf(&path, "%s/pshmfs/layouts", config);
	else if (home && *home == '/')
		r = asprintf(&path, "%s/.config/pshmfs/layouts", home);
	else
		return NULL;
	return r < 0 ? NULL : path;
}

int layouts_file_find(const char *named, struct layouts_file *ret)
{
	_cleanup_free_ char *folder = NULL;

	*ret = (struct layouts_file){.named = named};
	if (!named) {
		ret->path = default_path();
		return 0;
	}
	if (*named != '/' && !(folder = getcwd(NULL, 0)))
		return -errno;
	return asprintf(&ret->path, "%s%s%s", folder ? folder : "", folder ? "/" : "", named) < 0
		       ? -ENOMEM
		       : 0;
}

int layouts_file_load(const struct layouts_file *file, struct layout_rules *rules)
{
	if (!file->path)
		return 0;
	if (!file->named && access(file->path, F_OK) < 0)
		return layout_rules_load(rules, NULL);
	return layout_rules_load(rules, file->path);
}

struct layouts_reload {
	pthread_t thread, starter;
	const struct layouts_file *file;
	struct layout_rules *rules;
	struct viewers *viewers;
	bool terminal; /* there was one that this process belongs to */
	_Atomic bool ended;
};

/* Of a program in the background there is none. */
static bool has_terminal(void)
{
	_cleanup_close_ int fd = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

	return fd >= 0;
}

static sigset_t only_hangup(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	return set;
}

/* A thread that takes them in the place of the one that has the loop would not wake that one. */
static sigset_t signals_to_end(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	return set;
}

void layouts_reload_block(void)
{
	const sigset_t hangup = only_hangup(), end = signals_to_end();

	pthread_sigmask(SIG_BLOCK, &hangup, NULL);
	pthread_sigmask(SIG_BLOCK, &end, NULL);
}

static void *reload_at_hangup(void *data)
{
	struct layouts_reload *reload = data;
	const sigset_t set = only_hangup();
	int signal;

	while (sigwait(&set, &signal) == 0 && !reload->ended) {
		/* It is meant in the old way, then. The thread that has the loop must be woken. */
		if (reload->terminal && !has_terminal())
			pthread_kill(reload->starter, SIGTERM);
		layouts_file_load(reload->file, reload->rules);
		viewers_forget(reload->viewers, NULL);
	}
	return NULL;
}

int layouts_reload_start(const struct layouts_file *file, struct layout_rules *rules,
			 struct viewers *viewers, struct layouts_reload **ret)
{
	struct layouts_reload *reload = malloc(sizeof(*reload));
	const sigset_t end = signals_to_end();
	int r;

	if (!reload) {
		pthread_sigmask(SIG_UNBLOCK, &end, NULL);
		return -ENOMEM;
	}
	*reload = (struct layouts_reload){.starter = pthread_self(),
					  .file = file,
					  .rules = rules,
					  .viewers = viewers,
					  .terminal = has_terminal()};
	r = -pthread_create(&reload->thread, NULL, reload_at_hangup, reload);
	pthread_sigmask(SIG_UNBLOCK, &end, NULL);
	if (r < 0)
		free(reload);
	else
		*ret = reload;
	return r;
}

void layouts_reload_stop(struct layouts_reload *reload)
{
	if (!reload)
		return;
	reload->ended = true;
	pthread_kill(reload->thread, SIGHUP);
	pthread_join(reload->thread, NULL);
	free(reload);
}
