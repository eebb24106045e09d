/* SPDX-License-Identifier: MIT */
/* The command line, and the edge where errors become messages and exit codes. */
#include "progs/cli.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/standard_fds.h"

enum { OPTIONS_MAX = 16, HELP = 256, VERSION };

static const struct cli_program *self;
static const char *given[128]; /* by option letter; the last, where it is given more than once */
static struct value {
	int letter;
	const char *text;
} * values; /* all that take one, in order */
static int n_values;
static int output_error; /* the first one, as -errno */

static void print_message(const char *format, va_list args)
{
	fprintf(stderr, "%s: ", self->name);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void cli_message(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_message(format, args);
	va_end(args);
}

void cli_usage_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_message(format, args);
	va_end(args);
	exit(CLI_USAGE);
}

int cli_error(const char *what, int error)
{
	cli_message("%s: %s", what, strerror(-error));
	return CLI_FAILED;
}

static void print_usage(FILE *out)
{
	fprintf(out, "Usage: %s%s%s%s\n", self->name, self->options ? " [OPTION]..." : "",
		*self->usage ? " " : "", self->usage);
}

static void print_option(char letter, const char *name, const char *argument, const char *help)
{
	const bool shown = letter > ' ';
	char left[40];

	snprintf(left, sizeof(left), "%c%c%c --%s%s%s", shown ? '-' : ' ', shown ? letter : ' ',
		 shown ? ',' : ' ', name, argument ? "=" : "", argument ? argument : "");
	printf("  %-22s %s\n", left, help);
}

static _Noreturn void print_help(void)
{
	print_usage(stdout);
	printf("%s\n\n", self->summary);
	for (const struct cli_option *o = self->options; o && o->letter; o++)
		print_option(o->letter, o->name, o->argument, o->help);
	print_option(0, "help", NULL, "show this text, and end");
	print_option(0, "version", NULL, "show the version, and end");
	if (self->help)
		self->help();
	exit(cli_finish(CLI_OK));
}

static _Noreturn void print_version(void)
{
	printf("%s (pshmfs) %s\n", self->name, PSHMFS_VERSION);
	exit(cli_finish(CLI_OK));
}

/* The rows of the program's table in the form of getopt_long(3). */
static void fill_options(char letters[], struct option longs[])
{
	size_t n = 0;

	if (!self->mixed)
		*letters++ = '+'; /* stop at the first argument */
	for (const struct cli_option *o = self->options; o && o->letter && n < OPTIONS_MAX; o++) {
		longs[n++] = (struct option){o->name, o->argument ? required_argument : no_argument,
					     NULL, o->letter};
		if (o->letter < ' ')
			continue;
		*letters++ = o->letter;
		if (o->argument)
			*letters++ = ':';
	}
	longs[n++] = (struct option){"help", no_argument, NULL, HELP};
	longs[n] = (struct option){"version", no_argument, NULL, VERSION};
}

static _Noreturn void refuse_line(void)
{
	print_usage(stderr);
	fprintf(stderr, "Try '%s --help' for more.\n", self->name);
	exit(CLI_USAGE);
}

static void parse_options(int argc, char **argv)
{
	char letters[2 * OPTIONS_MAX + 2] = "";
	struct option longs[OPTIONS_MAX + 3] = {0};
	int option;

	fill_options(letters, longs);
	values = calloc((size_t)argc + 1, sizeof(*values)); /* there is no more than one a word */
	if (!values)
		exit(cli_error("options", -ENOMEM));
	while ((option = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (option == HELP)
			print_help();
		if (option == VERSION)
			print_version();
		if (option == '?')
			refuse_line(); /* getopt_long has said what is wrong */
		given[option] = optarg ? optarg : "";
		if (optarg)
			values[n_values++] = (struct value){option, optarg};
	}
}

char **cli_start(const struct cli_program *program, int argc, char **argv)
{
	static char *name[2];

	self = program;
	standard_fds_open();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	if (argc < 1)
		argv = name;
	argv[0] = (char *)program->name; /* for the messages of getopt_long */
	parse_options(argc, argv);
	argc -= optind;
	if (argc < program->min_arguments) {
		cli_message(argc > 0 ? "too few arguments" : "arguments are missing");
		refuse_line();
	}
	if (program->max_arguments >= 0 && argc > program->max_arguments) {
		cli_message("too many arguments: \"%s\"", argv[optind + program->max_arguments]);
		refuse_line();
	}
	return argv + optind;
}

const char *cli_option(char letter)
{
	return given[(unsigned char)letter];
}

const char *cli_option_nth(char letter, int n)
{
	for (int i = 0; i < n_values; i++)
		if (values[i].letter == letter && n-- == 0)
			return values[i].text;
	return NULL;
}

long long cli_number(const char *text, int base, long long min, long long max)
{
	const char *digits = text + (text[0] == '-' || text[0] == '+');
	long long number;
	char *end;

	errno = 0;
	number = strtoll(text, &end, base);
	if (digits[0] < '0' || digits[0] > '9' || *end != '\0')
		cli_usage_error("\"%s\": not a%s number", text, base == 8 ? "n octal" : "");
	if (errno == ERANGE || number < min || number > max)
		cli_usage_error(base == 8 ? "\"%s\": not within %#llo to %#llo"
					  : "\"%s\": not within %lld to %lld",
				text, min, max);
	return number;
}

long long cli_size(const char *text, long long min, long long max)
{
	const size_t length = strspn(text, "0123456789");
	const char *suffix = text + length;
	const int shift = strcmp(suffix, "K") == 0 ? 10 : strcmp(suffix, "M") == 0 ? 20 : 0;
	long long number;

	if (length == 0 || length > 12 || (*suffix && !shift))
		cli_usage_error("\"%s\": not a size in bytes, KiB (64K) or MiB (1M)", text);
	number = strtoll(text, NULL, 10) << shift;
	if (number < min || number > max)
		cli_usage_error("\"%s\": not within %lld to %lld bytes", text, min, max);
	return number;
}

mode_t cli_perms(const char *text)
{
	return (mode_t)cli_number(text, 8, 0, 07777);
}

/* shm_open(3) and sem_open(3) drop leading slashes likewise; no others may be in a name. */
static const char *check_name(const char *argument, const char *name, const char *prefix)
{
	size_t max = NAME_MAX - strlen(prefix);

	if (*name == '\0')
		cli_usage_error("\"%s\": the name is empty", argument);
	if (strchr(name, '/'))
		cli_usage_error("\"%s\": a name has no slash but at its start", argument);
	if (strlen(name) > max)
		cli_usage_error("\"%s\": the name is longer than %zu bytes", argument, max);
	return name;
}

const char *cli_object_name(const char *argument)
{
	const char *name = check_name(argument, argument + strspn(argument, "/"), "");

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		cli_usage_error("\"%s\": that is a folder", argument);
	return name;
}

const char *cli_semaphore_name(const char *argument)
{
	const char *name = argument + strspn(argument, "/");

	if (strncmp(name, "sem.", 4) == 0)
		name += 4;
	return check_name(argument, name, "sem.");
}

int cli_write(const void *bytes, size_t size)
{
	struct pollfd room = {.fd = STDOUT_FILENO, .events = POLLOUT};

	for (size_t done = 0; done < size;) {
		ssize_t n = write(STDOUT_FILENO, (const char *)bytes + done, size - done);

		if (n >= 0)
			done += (size_t)n;
		else if (errno == EAGAIN)
			poll(&room, 1, -1); /* whoever shares it has made it non-blocking */
		else if (errno != EINTR)
			return -errno;
	}
	return 0;
}

int cli_flush(void)
{
	if (fflush(stdout) < 0 && output_error == 0)
		output_error = -errno;
	return output_error;
}

int cli_finish(int status)
{
	bool lost = ferror(stdout);

	/* NFS and quotas tell only at close(2) that what was written is lost. */
	cli_flush();
	if (fclose(stdout) < 0 && output_error == 0)
		output_error = -errno;
	if (output_error == 0 && lost)
		output_error = -EIO;
	return output_error < 0 ? cli_error("standard output", output_error) : status;
}
