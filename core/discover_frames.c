/* SPDX-License-Identifier: MIT */
/* Unwinding a thread that sleeps, without stopping it: libdwfl is told what the kernel tells. */
#include "core/discover_process.h"

#include <errno.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/process_file.h"

enum { FRAMES_MAX = 64 };

/* DWARF's number of the stack pointer: the psABIs of each machine. */
static const struct {
	int machine, stack;
} machines[] = {{EM_X86_64, 7}, {EM_386, 4}, {EM_AARCH64, 31}, {EM_ARM, 13}, {EM_RISCV, 2}};

static int stack_register(struct inspected *inspected)
{
	GElf_Ehdr header;

	for (size_t i = 0; i < inspected->n_modules; i++) {
		const struct program *program = inspected->modules[i].program;

		if (!program || !gelf_getehdr(program->elf, &header))
			continue;
		inspected->is_32bit = header.e_ident[EI_CLASS] == ELFCLASS32;
		for (size_t m = 0; m < sizeof(machines) / sizeof(machines[0]); m++)
			if (machines[m].machine == header.e_machine)
				return machines[m].stack;
		return -ENOTSUP;
	}
	return -ENOTSUP;
}

/* No file is looked for by name, and nobody is asked over the network: debuginfod(8). */
static int find_elf(Dwfl_Module *dwfl_module, void **userdata, const char *name, Dwarf_Addr base,
		    char **file, Elf **ret)
{
	const struct module *module = *userdata;

	(void)dwfl_module;
	(void)name;
	(void)base;
	(void)file;
	/* A reference more: libdwfl gives it back by elf_end(3). */
	*ret = elf_begin(-1, ELF_C_READ, module->program->elf);
	return -1;
}

static int find_no_debuginfo(Dwfl_Module *module, void **userdata, const char *name,
			     Dwarf_Addr base, const char *file, const char *link, GElf_Word crc,
			     char **ret)
{
	(void)module;
	(void)userdata;
	(void)name;
	(void)base;
	(void)file;
	(void)link;
	(void)crc;
	(void)ret;
	return -1;
}

static const Dwfl_Callbacks callbacks = {
	.find_elf = find_elf,
	.find_debuginfo = find_no_debuginfo,
	.section_address = dwfl_offline_section_address,
};

static pid_t next_thread(Dwfl *dwfl, void *data, void **thread)
{
	(void)dwfl;
	(void)data;
	(void)thread;
	return 0;
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *data, void **thread)
{
	(void)dwfl;
	(void)tid;
	*thread = data;
	return true;
}

/* A word is as large as the process's addresses are. */
static bool memory_read(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret, void *data)
{
	struct inspected *inspected = data;

	(void)dwfl;
	*ret = 0;
	return inspected_read(inspected, address, ret, inspected->is_32bit ? 4 : 8) == 0;
}

static bool set_registers(Dwfl_Thread *thread, void *data)
{
	struct inspected *inspected = data;
	const Dwarf_Word stack = inspected->stack;

	dwfl_thread_state_register_pc(thread, inspected->pc);
	return dwfl_thread_state_registers(thread, stack_register(inspected), 1, &stack);
}

static const Dwfl_Thread_Callbacks thread_callbacks = {
	.next_thread = next_thread,
	.get_thread = get_thread,
	.memory_read = memory_read,
	.set_initial_registers = set_registers,
};

static int report_modules(struct inspected *inspected)
{
	char name[24];

	dwfl_report_begin(inspected->dwfl);
	for (size_t i = 0; i < inspected->n_modules; i++) {
		struct module *module = &inspected->modules[i];
		Dwfl_Module *reported;
		void **userdata;

		if (!module->program)
			continue;
		/* Ones of one name would be taken for one. */
		snprintf(name, sizeof(name), "%zu", i);
		reported = dwfl_report_module(inspected->dwfl, name, module->start, module->end);
		if (!reported)
			return -ENOMEM;
		dwfl_module_info(reported, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
		*userdata = module;
	}
	return dwfl_report_end(inspected->dwfl, NULL, NULL) == 0 ? 0 : -ENOMEM;
}

int inspected_unwinder(struct inspected *inspected)
{
	int r;

	if (inspected->dwfl)
		return 0;
	if (inspected->mem < 0 || stack_register(inspected) < 0)
		return -ENOTSUP;
	r = inspected_read_all(inspected);
	if (r < 0)
		return r;
	inspected->dwfl = dwfl_begin(&callbacks);
	r = inspected->dwfl ? report_modules(inspected) : -ENOMEM;
	if (r == 0 &&
	    !dwfl_attach_state(inspected->dwfl, NULL, inspected->pid, &thread_callbacks, inspected))
		r = -ENOTSUP;
	if (r < 0 && inspected->dwfl) {
		dwfl_end(inspected->dwfl);
		inspected->dwfl = NULL;
	}
	return r;
}

/* Of a thread in a call the line's last two numbers, after the call's and its arguments. */
static int read_registers(struct inspected *inspected, pid_t tid)
{
	char name[32], line[256];
	char *last, *before;
	ssize_t n;

	snprintf(name, sizeof(name), "task/%d/syscall", tid);
	n = process_file_read(inspected->dirfd, name, line, sizeof(line));
	if (n < 0)
		return (int)n;
	line[strcspn(line, "\n")] = '\0';
	last = strrchr(line, ' ');
	if (!last)
		return -ENODATA; /* "running" */
	*last = '\0';
	before = strrchr(line, ' ');
	if (!before)
		return -ENODATA;
	inspected->stack = strtoull(before + 1, NULL, 16);
	inspected->pc = strtoull(last + 1, NULL, 16);
	return inspected->stack && inspected->pc ? 0 : -ENODATA;
}

struct frames {
	struct inspected *inspected;
	int (*fn)(struct inspected *inspected, Dwfl_Frame *frame, uint64_t pc, void *data);
	void *data;
	unsigned n;
	int result;
};

/* Of a caller the address is that behind the call, which may be another function already. */
static int at_frame(Dwfl_Frame *frame, void *data)
{
	struct frames *frames = data;
	Dwarf_Addr pc;
	bool innermost;

	if (frames->n++ == FRAMES_MAX || !dwfl_frame_pc(frame, &pc, &innermost))
		return DWARF_CB_ABORT;
	frames->result =
		frames->fn(frames->inspected, frame, innermost ? pc : pc - 1, frames->data);
	return frames->result == 0 ? DWARF_CB_OK : DWARF_CB_ABORT;
}

int inspected_frames(struct inspected *inspected, pid_t tid,
		     int (*fn)(struct inspected *inspected, Dwfl_Frame *frame, uint64_t pc,
			       void *data),
		     void *data)
{
	struct frames frames = {inspected, fn, data, 0, 0};
	int r = read_registers(inspected, tid);

	if (r < 0)
		return r;
	/* However it ends, what was seen until then was a frame. */
	dwfl_getthread_frames(inspected->dwfl, tid, at_frame, &frames);
	return frames.result;
}
