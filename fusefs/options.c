/* SPDX-License-Identifier: MIT */
/* The options of pshmfs: two tables, from which --help is printed too. */
#include "fusefs/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/cleanup.h"
#include "core/parse.h"
#include "fusefs/options_layouts.h"
#include "fusefs/rights.h"

/* One -o option. `apply` returns 0, or the status to exit with after it has said why. */
struct mount_option {
	const char *name; /* ends with '=' where a value follows */
	int (*apply)(struct settings *settings, const char *text);
	const char *value; /* what follows, for --help */
	const char *help;  /* NULL: not worth a line */
};

/* One option of the command line itself. */
struct command_option {
	struct option option;
	int (*apply)(struct settings *settings, const char *text);
	const char *value; /* what follows, for --help */
	const char *help;
};

int usage_error(const char *format, ...)
{
	va_list args;

	fputs("pshmfs: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("\nTry 'pshmfs --help'.\n", stderr);
	return EXIT_USAGE;
}

static int apply_strict(struct settings *settings, const char *text)
{
	(void)text;
	settings->strict = true;
	return 0;
}

static int apply_write(struct settings *settings, const char *text)
{
	(void)text;
	settings->write = true;
	return 0;
}

static int apply_force(struct settings *settings, const char *text)
{
	(void)text;
	settings->force = true;
	return 0;
}

static int apply_nodiscover(struct settings *settings, const char *text)
{
	(void)text;
	settings->discover = false;
	return 0;
}

/* An hour is for ever, for who looks at processes. */
static int apply_max_age(struct settings *settings, const char *text)
{
	const char *number = text + strlen("max_age=");

	if (parse_unsigned(number, &settings->max_age, sizeof(settings->max_age)) < 0 ||
	    settings->max_age > 3600000)
		return usage_error("-o %s: a number of milliseconds wanted, 0 to 3600000", text);
	return 0;
}

static int apply_kernel(struct settings *settings, const char *text)
{
	fprintf(settings->kernel_out, ",%s", text);
	return 0;
}

static int apply_nothing(struct settings *settings, const char *text)
{
	(void)settings;
	(void)text;
	return 0;
}

/* Each is told what he may see, with his rights: whoever cannot take them must not let others in.
 */
static int apply_others(struct settings *settings, const char *text)
{
	settings->others = true;
	return apply_kernel(settings, text);
}

static int apply_root(struct settings *settings, const char *text)
{
	/* Root's own mount is root's already, and others are not meant. */
	return geteuid() == 0 ? 0 : apply_kernel(settings, text);
}

static const struct mount_option mount_options[] = {
	{"ro", apply_kernel, NULL, "read-only: `layout` cannot be written either"},
	{"rw", apply_nothing, NULL, "accepted, as mount(8) passes it; no effect"},
	{"write", apply_write, NULL, "fields, raw and sem_post can be written, objects removed"},
	{"force", apply_force, NULL, "with write: rmdir also removes what a process holds"},
	{"strict", apply_strict, NULL, "cache nothing, not even for a millisecond"},
	{"nodiscover", apply_nodiscover, NULL,
	 "do not ask the debug information of who holds an object which struct it is"},
	{"max_age=", apply_max_age, "MS",
	 "holders and waiters are at most so old (100), or 5 times what looking takes"},
	{"layout=", apply_layout, "GLOB=LAYOUT",
	 "objects called GLOB have this layout; \\, is a comma"},
	{"layouts=", apply_layouts, "FILE",
	 "layouts of objects, and structs as C declares them: pshmfs-layouts(5)"},
	{"allow_other", apply_others, NULL,
	 "everybody may look, each at what he could see himself; needs root"},
	{"allow_root", apply_root, NULL, "root may look, too, at what the user who mounts sees"},
	{"atime", apply_kernel, NULL, NULL},
	{"noatime", apply_kernel, NULL, NULL},
	{"sync", apply_kernel, NULL, NULL},
	{"async", apply_kernel, NULL, NULL},
	{"dirsync", apply_kernel, NULL, NULL},
	/* Neither programs nor devices are to be had here, whatever is said. */
	{"suid", apply_nothing, NULL, NULL},
	{"nosuid", apply_nothing, NULL, NULL},
	{"dev", apply_nothing, NULL, NULL},
	{"nodev", apply_nothing, NULL, NULL},
	{"exec", apply_nothing, NULL, NULL},
	{"noexec", apply_nothing, NULL, NULL},
	/* Not all known to libfuse, and none means anything here: the times are the objects'. */
	{"diratime", apply_nothing, NULL, NULL},
	{"nodiratime", apply_nothing, NULL, NULL},
	{"relatime", apply_nothing, NULL, NULL},
	{"norelatime", apply_nothing, NULL, NULL},
	{"strictatime", apply_nothing, NULL, NULL},
	{"nostrictatime", apply_nothing, NULL, NULL},
	{"lazytime", apply_nothing, NULL, NULL},
	{"nolazytime", apply_nothing, NULL, NULL},
	/* Words of fstab(5) for mount(8) and systemd, which pass them on. */
	{"defaults", apply_nothing, NULL, NULL},
	{"auto", apply_nothing, NULL, NULL},
	{"noauto", apply_nothing, NULL, NULL},
	{"user", apply_nothing, NULL, NULL},
	{"nouser", apply_nothing, NULL, NULL},
	{"users", apply_nothing, NULL, NULL},
	{"nousers", apply_nothing, NULL, NULL},
	{"group", apply_nothing, NULL, NULL},
	{"nogroup", apply_nothing, NULL, NULL},
	{"owner", apply_nothing, NULL, NULL},
	{"noowner", apply_nothing, NULL, NULL},
	{"comment=", apply_nothing, NULL, NULL},
	{"nofail", apply_nothing, NULL, NULL},
	{"_netdev", apply_nothing, NULL, NULL},
	{"_rnetdev", apply_nothing, NULL, NULL},
	{"x-", apply_nothing, NULL, NULL},
	{"X-", apply_nothing, NULL, NULL},
};
#define N_MOUNT_OPTIONS (sizeof(mount_options) / sizeof(mount_options[0]))

/* A name that ends with '=' or '-' is the beginning of the option, any other all of it. */
static bool is_option(const struct mount_option *row, const char *text)
{
	size_t n = strlen(row->name);
	bool open = row->name[n - 1] == '=' || row->name[n - 1] == '-';

	return open ? strncmp(text, row->name, n) == 0 : strcmp(text, row->name) == 0;
}

static int apply_mount_option(struct settings *settings, const char *text)
{
	fprintf(settings->given_out, "%s%s", ftell(settings->given_out) > 0 ? "," : "", text);
	for (size_t i = 0; i < N_MOUNT_OPTIONS; i++)
		if (is_option(&mount_options[i], text))
			return mount_options[i].apply(settings, text);
	return usage_error("-o %s: there is no such option", text);
}

/* Splits at commas; "\," is a comma of the option's own. */
static int apply_list(struct settings *settings, const char *list)
{
	_cleanup_free_ char *one = strdup(list);
	size_t n = 0;
	int r = 0;

	if (!one)
		return usage_error("-o %s: %s", list, strerror(ENOMEM));
	for (const char *c = list; r == 0; c++) {
		if (*c == '\\' && c[1] == ',') {
			one[n++] = *++c;
			continue;
		}
		if (*c != ',' && *c != '\0') {
			one[n++] = *c;
			continue;
		}
		one[n] = '\0';
		if (n > 0)
			r = apply_mount_option(settings, one);
		n = 0;
		if (*c == '\0')
			break;
	}
	return r;
}

static int apply_foreground(struct settings *settings, const char *text)
{
	(void)text;
	settings->foreground = true;
	return 0;
}

static int print_help(struct settings *settings, const char *text);

/* Said everything: exit 0. */
#define DONE (-1)

static int print_version(struct settings *settings, const char *text)
{
	(void)settings;
	(void)text;
	printf("pshmfs (pshmfs) %s\n", PSHMFS_VERSION);
	return DONE;
}

static int print_layouts(struct settings *settings, const char *text)
{
	(void)settings;
	(void)text;
	for (size_t i = 0; i < n_layouts; i++) {
		const struct layout *l = &layouts[i];

		printf("%s%s (%s): %s, %zu bytes%s\n", i ? "\n" : "", l->name, l->abi, l->help,
		       l->size, l->open_ended ? " and a buffer" : "");
		for (size_t f = 0; f < l->n_fields; f++)
			printf("  %-8s %-17s %s\n", l->fields[f].name, l->fields[f].type->name,
			       l->fields[f].help);
	}
	return DONE;
}

static const struct command_option command_options[] = {
	{{"foreground", no_argument, NULL, 'f'}, apply_foreground, NULL, "stay in the foreground"},
	{{"options", required_argument, NULL, 'o'},
	 apply_list,
	 "OPTIONS",
	 "those below, as mount(8) has them"},
	{{"layouts", no_argument, NULL, 'l'}, print_layouts, NULL, "describe the built-in layouts"},
	{{"help", no_argument, NULL, 'h'}, print_help, NULL, "this text"},
	{{"version", no_argument, NULL, 'V'}, print_version, NULL, "the version"},
};
#define N_COMMAND_OPTIONS (sizeof(command_options) / sizeof(command_options[0]))

static int print_help(struct settings *settings, const char *text)
{
	(void)settings;
	(void)text;
	printf("Usage: pshmfs [-f] [-o OPTIONS] [SOURCE] MOUNTPOINT\n"
	       "Mount a live view of the POSIX shared memory objects and semaphores in SOURCE\n"
	       "(default: /dev/shm): one directory an object, one file a field.\n\n");
	for (size_t i = 0; i < N_COMMAND_OPTIONS; i++) {
		const struct command_option *row = &command_options[i];

		printf("  -%c, --%s%s%-*s %s\n", row->option.val, row->option.name,
		       row->value ? "=" : "", 17 - (int)strlen(row->option.name) - !!row->value,
		       row->value ? row->value : "", row->help);
	}
	printf("\nOptions after -o, separated by commas:\n");
	for (size_t i = 0; i < N_MOUNT_OPTIONS; i++) {
		const struct mount_option *row = &mount_options[i];

		if (row->help)
			printf("  %s%-*s %s\n", row->name, 18 - (int)strlen(row->name),
			       row->value ? row->value : "", row->help);
	}
	printf("\nTo begin with: ls -l MOUNTPOINT, cat MOUNTPOINT/*/fields.\n"
	       "To end it: umount MOUNTPOINT, or as an ordinary user fusermount3 -u MOUNTPOINT.\n");
	return DONE;
}

static int apply_command_option(struct settings *settings, int letter)
{
	for (size_t i = 0; i < N_COMMAND_OPTIONS; i++)
		if (command_options[i].option.val == letter)
			return command_options[i].apply(settings, optarg);
	/* getopt_long(3) has said what is wrong. */
	fputs("Try 'pshmfs --help'.\n", stderr);
	return EXIT_USAGE;
}

static int take_options(int argc, char **argv, struct settings *settings)
{
	struct option longs[N_COMMAND_OPTIONS + 1] = {0};
	char letters[2 * N_COMMAND_OPTIONS + 1] = "", *end = letters;
	int letter, r = 0;

	for (size_t i = 0; i < N_COMMAND_OPTIONS; i++) {
		longs[i] = command_options[i].option;
		*end++ = (char)longs[i].val;
		if (longs[i].has_arg == required_argument)
			*end++ = ':';
	}
	while (r == 0 && (letter = getopt_long(argc, argv, letters, longs, NULL)) != -1)
		r = apply_command_option(settings, letter);
	return r;
}

/* What fstab(5) has as the device where there is none. */
static bool is_no_source(const char *word)
{
	return strcmp(word, "none") == 0 || strcmp(word, "pshmfs") == 0;
}

/*
 * The mount's device is SOURCE as it was typed: `mount -a` tells by it what is mounted already.
 * libfuse takes commas and backslashes for its own.
 */
static void name_device(const char *source, FILE *out)
{
	fputs(",fsname=", out);
	for (const char *c = source; *c; c++)
		fprintf(out, "%s%c", *c == ',' || *c == '\\' ? "\\" : "", *c);
}

static int take_folders(int argc, char **argv, struct settings *settings)
{
	int n = argc - optind;

	if (n < 1)
		return usage_error("where to mount? MOUNTPOINT is missing");
	if (n > 2)
		return usage_error("%s: one argument too many", argv[optind + 2]);
	if (!*argv[optind] || !*argv[argc - 1])
		return usage_error("%s is \"\"", *argv[argc - 1] ? "SOURCE" : "MOUNTPOINT");
	if (settings->force && !settings->write)
		return usage_error("-o force: only with -o write");
	if (settings->others && !rights_can())
		return usage_error("-o allow_other: only as root: it takes the rights of each user "
				   "who looks (CAP_SETUID, CAP_SETGID)");
	if (n == 2)
		name_device(argv[optind], settings->kernel_out);
	settings->source = n == 2 && !is_no_source(argv[optind]) ? argv[optind] : "/dev/shm";
	settings->mountpoint = argv[argc - 1];
	return 0;
}

int options_parse(int argc, char **argv, struct settings *ret)
{
	int r;

	*ret = (struct settings){.max_age = 100, .discover = true};
	ret->kernel_out = open_memstream(&ret->kernel, &ret->kernel_size);
	ret->given_out = open_memstream(&ret->given, &ret->given_size);
	ret->layout_out = open_memstream(&ret->layout, &ret->layout_size);
	if (!ret->kernel_out || !ret->given_out || !ret->layout_out ||
	    layout_rules_create(&ret->rules) < 0) {
		fprintf(stderr, "pshmfs: %s\n", strerror(ENOMEM));
		return EXIT_FAILURE;
	}
	r = take_options(argc, argv, ret);
	if (r == 0)
		r = take_folders(argc, argv, ret);
	if (r == 0)
		r = take_layouts(ret);
	fflush(ret->kernel_out);
	fflush(ret->given_out);
	if (r == DONE && (fflush(stdout) != 0 || ferror(stdout))) {
		fprintf(stderr, "pshmfs: stdout: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	if (r == DONE)
		return 0;
	return r == 0 ? -1 : r;
}

void options_deinit(struct settings *settings)
{
	if (settings->kernel_out)
		fclose(settings->kernel_out);
	if (settings->given_out)
		fclose(settings->given_out);
	if (settings->layout_out)
		fclose(settings->layout_out);
	free(settings->kernel);
	free(settings->given);
	free(settings->layout);
	free(settings->layouts);
	free(settings->layouts_file.path);
	layout_rules_destroy(settings->rules);
}
