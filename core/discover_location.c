/* SPDX-License-Identifier: MIT */
/* The part of DWARF's location expressions that compilers use for variables. */
#include "core/discover_location.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/dwarf_find.h"

enum { STACK_MAX = 32, OPS_MAX = 256, DEPTH_MAX = 4 };

struct machine {
	const struct location_frame *frame;
	Dwarf_Attribute *attribute; /* whose expression it is */
	unsigned depth;             /* of frame bases in frame bases */
	uint64_t stack[STACK_MAX];
	unsigned n;
	bool in_memory;
};

static int evaluate(const struct location_frame *frame, Dwarf_Attribute *attribute,
		    const Dwarf_Op *ops, size_t n, unsigned depth, struct location *ret);

static int push(struct machine *machine, uint64_t value)
{
	if (machine->n == STACK_MAX)
		return -ENODATA;
	machine->stack[machine->n++] = value;
	return 0;
}

static int pop(struct machine *machine, uint64_t *ret)
{
	if (machine->n == 0)
		return -ENODATA;
	*ret = machine->stack[--machine->n];
	return 0;
}

static int push_register(struct machine *machine, uint64_t number, uint64_t offset)
{
	Dwarf_Word value;

	if (!machine->frame->frame || number > 1000 ||
	    dwfl_frame_reg(machine->frame->frame, (unsigned)number, &value) != 0)
		return -ENODATA;
	return push(machine, value + offset);
}

/* The value itself is in the register. */
static int in_register(struct machine *machine, uint64_t number)
{
	machine->in_memory = false;
	return push_register(machine, number, 0);
}

/* The canonical frame address, by the unwinding tables: they need registers, too. */
static int push_cfa(struct machine *machine)
{
	const struct location_frame *frame = machine->frame;
	Dwfl_Module *module = dwfl_addrmodule(frame->inspected->dwfl, frame->pc);
	struct location cfa;
	Dwarf_Addr bias;
	Dwarf_CFI *cfi = module ? dwfl_module_eh_cfi(module, &bias) : NULL;
	Dwarf_Frame *tables = NULL;
	Dwarf_Op *ops;
	size_t n;
	int r = -ENODATA;

	if (!cfi || dwarf_cfi_addrframe(cfi, frame->pc - bias, &tables) != 0)
		return -ENODATA;
	if (dwarf_frame_cfa(tables, &ops, &n) == 0)
		r = evaluate(frame, NULL, ops, n, machine->depth + 1, &cfa);
	free(tables);
	return r < 0 ? r : push(machine, cfa.value);
}

static int push_frame_base(struct machine *machine, uint64_t offset)
{
	const struct location_frame *frame = machine->frame;
	Dwarf_Attribute base;
	struct location found;
	Dwarf_Op *ops;
	size_t n;
	int r;

	if (!frame->function || !dwarf_attr_integrate(frame->function, DW_AT_frame_base, &base) ||
	    dwarf_getlocation_addr(&base, frame->pc - frame->module->bias, &ops, &n, 1) != 1)
		return -ENODATA;
	r = evaluate(frame, &base, ops, n, machine->depth + 1, &found);
	return r < 0 ? r : push(machine, found.value + offset);
}

/* An address that stands in a table of the unit (split DWARF, and clang's DWARF 5). */
static int push_indexed(struct machine *machine, const Dwarf_Op *op)
{
	Dwarf_Attribute address;
	Dwarf_Addr value;

	if (!machine->attribute || dwarf_getlocation_attr(machine->attribute, op, &address) != 0 ||
	    dwarf_formaddr(&address, &value) != 0)
		return -ENODATA;
	return push(machine, value + machine->frame->module->bias);
}

static int dereference(struct machine *machine)
{
	uint64_t address, value = 0;
	int r = pop(machine, &address);

	if (r == 0)
		r = inspected_read(machine->frame->inspected, address, &value, sizeof(value));
	return r < 0 ? -ENODATA : push(machine, value);
}

static int calculate(struct machine *machine, unsigned atom)
{
	uint64_t a, b;

	if (pop(machine, &b) < 0 || pop(machine, &a) < 0)
		return -ENODATA;
	switch (atom) {
	case DW_OP_plus:
		return push(machine, a + b);
	case DW_OP_minus:
		return push(machine, a - b);
	case DW_OP_and:
		return push(machine, a & b);
	case DW_OP_mul:
		return push(machine, a * b);
	case DW_OP_shl:
		return b < 64 ? push(machine, a << b) : -ENODATA;
	default:
		return -ENODATA;
	}
}

/* Numbers that stand in the operation. */
static bool constant(const Dwarf_Op *op, uint64_t *ret)
{
	if (op->atom >= DW_OP_lit0 && op->atom <= DW_OP_lit31)
		*ret = op->atom - DW_OP_lit0;
	else if ((op->atom >= DW_OP_const1u && op->atom <= DW_OP_consts))
		*ret = op->number;
	else
		return false;
	return true;
}

static int step_other(struct machine *machine, const Dwarf_Op *op)
{
	uint64_t value;

	switch (op->atom) {
	case DW_OP_plus_uconst:
		return pop(machine, &value) < 0 ? -ENODATA : push(machine, value + op->number);
	case DW_OP_deref:
		return dereference(machine);
	case DW_OP_dup:
		return machine->n ? push(machine, machine->stack[machine->n - 1]) : -ENODATA;
	case DW_OP_stack_value:
		machine->in_memory = false;
		return 0;
	case DW_OP_nop:
		return 0;
	case DW_OP_addrx:
	case DW_OP_GNU_addr_index:
		return push_indexed(machine, op);
	default:
		return calculate(machine, op->atom);
	}
}

static int step(struct machine *machine, const Dwarf_Op *op)
{
	uint64_t value;

	if (constant(op, &value))
		return push(machine, value);
	if (op->atom >= DW_OP_reg0 && op->atom <= DW_OP_reg31)
		return in_register(machine, op->atom - DW_OP_reg0);
	if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31)
		return push_register(machine, op->atom - DW_OP_breg0, op->number);
	switch (op->atom) {
	case DW_OP_addr:
		return push(machine, op->number + machine->frame->module->bias);
	case DW_OP_regx:
		return in_register(machine, op->number);
	case DW_OP_bregx:
		return push_register(machine, op->number, op->number2);
	case DW_OP_fbreg:
		return push_frame_base(machine, op->number);
	case DW_OP_call_frame_cfa:
		return push_cfa(machine);
	default:
		return step_other(machine, op);
	}
}

static int evaluate(const struct location_frame *frame, Dwarf_Attribute *attribute,
		    const Dwarf_Op *ops, size_t n, unsigned depth, struct location *ret)
{
	struct machine machine = {
		.frame = frame, .attribute = attribute, .depth = depth, .in_memory = true};

	if (depth == DEPTH_MAX || n == 0 || n > OPS_MAX)
		return -ENODATA;
	for (size_t i = 0; i < n; i++) {
		int r;

		/* What lies in pieces: of a pointer in one there is one piece only. */
		if (ops[i].atom == DW_OP_piece)
			break;
		r = step(&machine, &ops[i]);
		if (r < 0)
			return r;
	}
	ret->in_memory = machine.in_memory;
	return pop(&machine, &ret->value);
}

int location_find(const struct location_frame *frame, Dwarf_Die *variable, struct location *ret)
{
	Dwarf_Attribute location;
	Dwarf_Op *ops;
	size_t n;

	if (!dwarf_attr_integrate(variable, DW_AT_location, &location))
		return -ENODATA;
	/* Without a program counter a list of locations has nothing to say. */
	if (frame->frame ? dwarf_getlocation_addr(&location, frame->pc - frame->module->bias, &ops,
						  &n, 1) != 1
			 : dwarf_getlocation(&location, &ops, &n) != 0)
		return -ENODATA;
	return evaluate(frame, &location, ops, n, 0, ret);
}
