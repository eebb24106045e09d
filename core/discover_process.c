/* SPDX-License-Identifier: MIT */
/* Opening a process: its modules by their inodes, its memory by /proc/PID/mem. */
#include "core/discover_process.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/array.h"
#include "core/cleanup.h"
#include "core/dwarf.h"
#include "core/object.h"

enum { MODULES_MAX = 512 };

static uint64_t device_of(const struct stat *st)
{
	return object_device(major(st->st_dev), minor(st->st_dev));
}

/* The path in its own mount namespace leads there only if it is the same file still. */
static int open_by_path(const struct inspected *inspected, const struct module *module,
			const char *path)
{
	_cleanup_close_ int place = -1;
	char rooted[PATH_MAX + 8];
	struct stat st;

	snprintf(rooted, sizeof(rooted), "root%s", path);
	place = openat(inspected->dirfd, rooted, O_PATH | O_CLOEXEC);
	if (place < 0 || fstat(place, &st) < 0)
		return -errno;
	if (st.st_ino != module->ino || device_of(&st) != module->dev)
		return -ESTALE;
	return take_fd(&place);
}

static bool is_system_path(const char *path)
{
	return strncmp(path, "/lib", 4) == 0 || strncmp(path, "/usr/lib", 8) == 0;
}

/*
 * /proc/PID/exe and /proc/PID/map_files/A-B are the files themselves, whatever has become of their
 * names; the latter takes CAP_CHECKPOINT_RESTORE or CAP_SYS_ADMIN to be opened, not to be read.
 */
static int open_place(const struct inspected *inspected, const struct module *module,
		      bool *ret_system)
{
	char name[64], path[PATH_MAX];
	ssize_t n;
	int place;

	snprintf(name, sizeof(name), "map_files/%" PRIx64 "-%" PRIx64, module->first.start,
		 module->first.end);
	n = readlinkat(inspected->dirfd, name, path, sizeof(path) - 1);
	path[n < 0 ? 0 : n] = '\0';
	*ret_system = !module->is_exe && is_system_path(path);
	place = openat(inspected->dirfd, module->is_exe ? "exe" : name, O_PATH | O_CLOEXEC);
	if (place >= 0)
		return place;
	return *path == '/' ? open_by_path(inspected, module, path) : -ENOENT;
}

/* Where the segment that this mapping is of should lie, and where it does. */
static uint64_t bias_of(Elf *elf, const struct mapping *mapping)
{
	size_t n;

	if (elf_getphdrnum(elf, &n) < 0)
		return 0;
	for (size_t i = 0; i < n && i < INT_MAX; i++) {
		GElf_Phdr phdr;

		if (!gelf_getphdr(elf, (int)i, &phdr) || phdr.p_type != PT_LOAD)
			continue;
		if (mapping->offset + PAGE_BYTES > phdr.p_offset &&
		    mapping->offset < phdr.p_offset + phdr.p_filesz)
			return mapping->start - (phdr.p_vaddr - phdr.p_offset + mapping->offset);
	}
	return 0;
}

/*
 * What cannot be read is a module all the same. Of one without debug information nothing is
 * wanted, unless it is for unwinding.
 */
static int read_module(const struct inspected *inspected, bool unwind, struct module *module)
{
	struct programs *programs = inspected->programs;
	struct program *program = programs_find(programs, module->dev, module->ino);
	bool system;
	int fd, r;

	if (!program) {
		_cleanup_close_ int place = open_place(inspected, module, &system);
		struct stat st;

		if (place < 0 || fstat(place, &st) < 0 ||
		    (!unwind && (system || programs_know_bare(programs, &st))))
			return 0;
		r = dwarf_open_located(place, &fd);
		if (r == 0)
			r = programs_add(programs, module->dev, module->ino, fd, system, &program);
		if (r < 0)
			return r == -ENOMEM ? r : 0;
	}
	module->program = program;
	module->bias = bias_of(program->elf, &module->first);
	return 0;
}

/* Another program is mapped behind each other, a segment a mapping. */
static int add_mapping(struct inspected *inspected, const struct mapping *mapping, uint64_t exe)
{
	struct module *last =
		inspected->n_modules ? &inspected->modules[inspected->n_modules - 1] : NULL;

	if (last && last->ino == mapping->ino && last->dev == mapping->dev) {
		last->end = mapping->end;
		return 0;
	}
	if (inspected->n_modules == MODULES_MAX)
		return 0;
	if (array_grow(&inspected->modules, inspected->n_modules, sizeof(*inspected->modules)) < 0)
		return -ENOMEM;
	inspected->modules[inspected->n_modules++] = (struct module){
		.start = mapping->start,
		.end = mapping->end,
		.dev = mapping->dev,
		.ino = mapping->ino,
		.first = *mapping,
		.is_exe = mapping->ino == exe,
	};
	return 0;
}

static int find_modules(struct inspected *inspected)
{
	struct mapping mapping;
	struct stat st = {0};
	uint64_t at = 0;
	int r;

	if (fstatat(inspected->dirfd, "exe", &st, 0) < 0)
		return -errno;
	while ((r = maps_next(&inspected->maps, at, &mapping)) == 0) {
		at = mapping.end;
		if (!mapping.shared && mapping.dev != inspected->object_dev)
			r = add_mapping(inspected, &mapping, st.st_ino);
		if (r < 0)
			return r;
	}
	return r == -ENOENT ? 0 : r;
}

/* Files that are mapped without being run, fonts for instance, are none. */
static bool is_run(const struct inspected *inspected, const struct module *module)
{
	struct mapping mapping = {.end = module->start};

	while (mapping.end < module->end && maps_next(&inspected->maps, mapping.end, &mapping) == 0)
		if (mapping.executable && mapping.start < module->end)
			return true;
	return false;
}

static int read_modules(struct inspected *inspected)
{
	size_t n = 0;
	bool any = false;

	for (size_t i = 0; i < inspected->n_modules; i++) {
		struct module module = inspected->modules[i];
		int r = is_run(inspected, &module) ? read_module(inspected, false, &module) : 1;

		if (r < 0)
			return r;
		if (r == 0)
			inspected->modules[n++] = module;
		any = any || (r == 0 && module.program && !module.program->error);
	}
	inspected->n_modules = n;
	return any ? 0 : -ENODATA;
}

int inspected_read_all(struct inspected *inspected)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < inspected->n_modules; i++)
		if (!inspected->modules[i].program)
			r = read_module(inspected, true, &inspected->modules[i]);
	return r;
}

static int open_process(int procfd, pid_t pid, struct inspected *ret)
{
	char name[16];
	int r;

	snprintf(name, sizeof(name), "%d", pid);
	ret->dirfd = openat(procfd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ret->dirfd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	r = maps_open(ret->dirfd, false, &ret->maps);
	if (r == 0)
		r = find_modules(ret);
	if (r == 0)
		r = read_modules(ret);
	if (r < 0)
		return r;
	ret->mem = openat(ret->dirfd, "mem", O_RDONLY | O_CLOEXEC);
	ret->pages = calloc(PAGES_KEPT, sizeof(*ret->pages));
	return ret->pages ? 0 : -ENOMEM;
}

int inspected_open(int procfd, pid_t pid, uint64_t object_dev, struct programs *programs,
		   struct inspected *ret)
{
	int r;

	*ret = (struct inspected){
		.pid = pid, .dirfd = -1, .mem = -1, .object_dev = object_dev, .maps = MAPS_NONE};
	ret->programs = programs;
	r = open_process(procfd, pid, ret);
	if (r < 0)
		inspected_close(ret);
	return r;
}

void inspected_close(struct inspected *inspected)
{
	if (inspected->dwfl)
		dwfl_end(inspected->dwfl);
	maps_close(&inspected->maps);
	close_fdp(&inspected->mem);
	close_fdp(&inspected->dirfd);
	free(inspected->modules);
	free(inspected->pages);
	*inspected = (struct inspected){.dirfd = -1, .mem = -1, .maps = MAPS_NONE};
}

bool inspected_is_whole(const struct inspected *inspected)
{
	for (size_t i = 0; i < inspected->n_modules; i++) {
		const struct program *program = inspected->modules[i].program;

		if (program && !program->error && !program->debug.file.image.filled)
			return false;
	}
	return true;
}

const struct module *inspected_module(const struct inspected *inspected, uint64_t address)
{
	for (size_t i = 0; i < inspected->n_modules; i++)
		if (address >= inspected->modules[i].start && address < inspected->modules[i].end)
			return &inspected->modules[i];
	return NULL;
}

static bool is_own(const struct inspected *inspected, uint64_t address)
{
	struct mapping mapping;

	if (maps_find(&inspected->maps, address, &mapping) < 0 || !mapping.readable ||
	    mapping.shared)
		return false;
	return mapping.ino == 0 || inspected_module(inspected, address);
}

static struct page *page_of(struct inspected *inspected, uint64_t address)
{
	struct page *page = &inspected->pages[address / PAGE_BYTES % PAGES_KEPT];

	if (page->address == address)
		return page;
	page->address = address;
	page->error = 0;
	if (!is_own(inspected, address) ||
	    pread(inspected->mem, page->bytes, PAGE_BYTES, (off_t)address) != PAGE_BYTES)
		page->error = -EFAULT;
	return page;
}

int inspected_read(struct inspected *inspected, uint64_t address, void *ret, size_t size)
{
	unsigned char *to = ret;

	if (inspected->mem < 0 || address < PAGE_BYTES || address > INT64_MAX - size)
		return -EFAULT;
	while (size > 0) {
		const size_t at = address % PAGE_BYTES;
		const size_t n = size < PAGE_BYTES - at ? size : PAGE_BYTES - at;
		const struct page *page = page_of(inspected, address - at);

		if (page->error)
			return page->error;
		memcpy(to, page->bytes + at, n);
		to += n;
		address += n;
		size -= n;
	}
	return 0;
}
