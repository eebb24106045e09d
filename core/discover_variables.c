/* SPDX-License-Identifier: MIT */
/* The variables of a process: those at fixed places, and those of its threads' frames. */
#include <dwarf.h>
#include <errno.h>

#include "core/clock.h"
#include "core/discover_search.h"
#include "core/dwarf_aranges.h"
#include "core/dwarf_find.h"
#include "core/dwarf_units.h"

enum { DEPTH_MAX = 64 };

static const char *name_of(Dwarf_Die *die)
{
	Dwarf_Attribute name;
	const char *text = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_name, &name));

	return text ? text : "";
}

static int look_at(struct search *search, const struct location_frame *frame, Dwarf_Die *die,
		   Dwarf_Die *function)
{
	struct value value = {
		.program = frame->module->program,
		.kind = dwarf_tag(die) == DW_TAG_formal_parameter ? "parameter" : "variable",
		.function = function ? name_of(function) : NULL,
	};

	if (!dwarf_type_of(die, &value.type) || location_find(frame, die, &value.location) < 0)
		return 0;
	return search_value(search, &value, name_of(die));
}

static int look_at_globals(struct search *search, const struct module *module)
{
	const struct location_frame frame = {.inspected = search->inspected, .module = module};
	struct program *program = module->program;
	int r = program_globals(program, search->deadline);

	for (size_t i = 0; r == 0 && i < program->n_globals; i++) {
		struct global *global = &program->globals[i];

		r = look_at(search, &frame, &global->die,
			    global->function.addr ? &global->function : NULL);
	}
	return r;
}

int search_globals(struct search *search)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < search->inspected->n_modules; i++) {
		const struct module *module = &search->inspected->modules[i];

		if (module->program && !module->program->error && !module->program->system)
			r = look_at_globals(search, module);
	}
	return r;
}

/* One frame, while its scopes are gone down. */
struct scopes {
	struct search *search;
	struct location_frame frame;
	uint64_t pc;         /* in the file */
	Dwarf_Die *function; /* that the scope is of: an inlined one's name is another */
	unsigned depth;
};

static int in_scope(struct scopes *scopes, Dwarf_Die *scope);

static int go_down(struct scopes *scopes, Dwarf_Die *die)
{
	const struct scopes before = *scopes;
	const int tag = dwarf_tag(die);
	int r;

	if (scopes->depth == DEPTH_MAX)
		return 0;
	if (tag == DW_TAG_subprogram)
		scopes->frame.function = die;
	if (tag == DW_TAG_subprogram || tag == DW_TAG_inlined_subroutine)
		scopes->function = die;
	scopes->depth++;
	r = in_scope(scopes, die);
	*scopes = before;
	return r;
}

/* The scopes that have the address are of those that have code; C++ and Rust put them anywhere. */
static int at_child(struct scopes *scopes, Dwarf_Die *die)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_variable:
	case DW_TAG_formal_parameter:
		return scopes->function
			       ? look_at(scopes->search, &scopes->frame, die, scopes->function)
			       : 0;
	case DW_TAG_subprogram:
	case DW_TAG_inlined_subroutine:
	case DW_TAG_lexical_block:
	case DW_TAG_try_block:
	case DW_TAG_catch_block:
		return dwarf_haspc(die, scopes->pc) == 1 ? go_down(scopes, die) : 0;
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
		return scopes->function ? 0 : go_down(scopes, die);
	default:
		return 0;
	}
}

static int in_scope(struct scopes *scopes, Dwarf_Die *scope)
{
	Dwarf_Die child;
	int r = 0;

	for (int more = dwarf_child(scope, &child); more == 0 && r == 0;
	     more = dwarf_next(&child)) {
		if (clock_ns() > scopes->search->deadline)
			return -ETIMEDOUT;
		r = at_child(scopes, &child);
	}
	return r;
}

/* The unit that begins at this offset. What a skeleton stands for is in another file, which libdw
 * would open by its name. */
static bool take_unit(struct program *program, uint64_t offset, Dwarf_Die *ret)
{
	Dwarf_Off next;
	size_t header;
	uint8_t kind;

	if (dwarf_unit_fill(&program->debug.file, offset) < 0 ||
	    dwarf_next_unit(program->debug.file.dwarf, offset, &next, &header, NULL, NULL, NULL,
			    NULL, NULL, NULL) != 0)
		return false;
	return dwarf_offdie(program->debug.file.dwarf, offset + header, ret) &&
	       dwarf_cu_info(ret->cu, NULL, &kind, NULL, NULL, NULL, NULL, NULL) == 0 &&
	       kind != DW_UT_skeleton;
}

/* Not all compilers write the table of addresses. */
static bool find_unit(struct program *program, uint64_t pc, uint64_t *ret)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;
	uint8_t kind;

	if (dwarf_unit_of(&program->debug.file, pc, ret) == 0)
		return true;
	while (dwarf_get_units(program->debug.file.dwarf, cu, &cu, NULL, &kind, &die, NULL) == 0)
		if (kind == DW_UT_compile && dwarf_haspc(&die, pc) == 1) {
			*ret = dwarf_dieoffset(&die) - dwarf_cuoffset(&die);
			return true;
		}
	return false;
}

/* Of a huge program only this unit is read. */
static bool unit_of(struct program *program, uint64_t pc, uint64_t deadline, Dwarf_Die *ret)
{
	uint64_t offset;

	if (!program->skimmed && dwarf_units_skim(&program->debug.file, deadline) < 0)
		return false;
	program->skimmed = true;
	return find_unit(program, pc, &offset) && take_unit(program, offset, ret);
}

static int at_frame(struct inspected *inspected, Dwfl_Frame *frame, uint64_t pc, void *data)
{
	const struct module *module = inspected_module(inspected, pc);
	struct scopes scopes = {.search = data};
	Dwarf_Die unit;

	if (!module || !module->program || module->program->error || module->program->system)
		return 0;
	scopes.pc = pc - module->bias;
	scopes.frame = (struct location_frame){
		.inspected = inspected, .module = module, .frame = frame, .pc = pc};
	if (!unit_of(module->program, scopes.pc, scopes.search->deadline, &unit))
		return 0;
	return in_scope(&scopes, &unit);
}

int search_thread(struct search *search, pid_t tid)
{
	int r = inspected_unwinder(search->inspected);

	if (r == 0)
		r = inspected_frames(search->inspected, tid, at_frame, search);
	return r == -ETIMEDOUT || r > 0 ? r : 0;
}
