/* SPDX-License-Identifier: MIT */
/* Names as people write them, "Ring<int,8>", against those of debug information and where they are.
 */
#pragma once

#include <stdbool.h>

/* What a struct is declared in: a namespace, a class, a function. */
struct dwarf_scope {
	const char *name; /* or NULL */
	bool optional;    /* it may be left out, and … */
	bool function;    /* … is, when the struct is shown */
};

/*
 * dwarf_name_fits() - Is a struct that is called `own`, in the first `depth` of these scopes, what
 * is meant by `name`? *ret_exact: all scopes are named in it that are not optional.
 */
bool dwarf_name_fits(const char *name, const struct dwarf_scope *scopes, unsigned depth,
		     const char *own, bool *ret_exact);

/* The names differ at most in blanks: "Ring<int,8>". */
bool dwarf_same_name(const char *name, const char *other);

/* Where the last part of a name begins: "ns::Ring<a::b>" is in ns. */
const char *dwarf_last_part(const char *name);
