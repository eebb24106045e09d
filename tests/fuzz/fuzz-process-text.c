/* SPDX-License-Identifier: MIT */
/* Any line of those files of /proc that are taken apart as text alone. */
#include <stdlib.h>
#include <string.h>

#include "core/process_file.h"
#include "core/process_maps.h"
#include "core/process_task.h"
#include "core/process_wait.h"
#include "tests/fuzz/fuzz.h"

static void as_call(const char *text, const char *wchan, char state)
{
	enum waiter_state waiter;
	struct call call;
	struct wait wait;
	pid_t child;

	if (!call_parse(text, &call))
		return;
	for (int is32 = 0; is32 < 2; is32++) {
		if (wait_for_child(&call, is32, &child) && child < 0)
			abort();
		if (!call_name(&call, is32))
			abort();
		if (!wait_decode(&call, is32, &wait))
			continue;
		if (wait.n_words < 1 || wait.n_words > 128)
			abort();
		for (int frozen = 0; frozen < 2; frozen++)
			wait_judge(&wait, state, wchan, frozen, &waiter);
	}
}

static void as_task(const char *text)
{
	struct task task;

	if (task_parse(text, &task) && memchr(task.comm, '\0', sizeof(task.comm)) == NULL)
		abort();
}

static void as_mapping(const char *text)
{
	struct mapping mapping;

	mapping_parse(text, &mapping);
}

/* "wchan, newline, the line": what else a thread's files say does not fit into it. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = {bytes, size};
	const char state = (char)input_number(&input, 1);
	char *wchan = input_until(&input, '\n'), *text = input_text(&input);

	as_call(text, wchan ? wchan : "", state);
	as_task(text);
	as_mapping(text);
	text_number(text, "flags:", 8);
	text_number(text, "ino:", 10);
	text_number(text, "SigCgt:", 16);
	free(wchan);
	free(text);
	return 0;
}
