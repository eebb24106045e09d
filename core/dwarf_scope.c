/* SPDX-License-Identifier: MIT */
/* Comparing names: blanks count for nothing, and scopes may be left out. */
#include "core/dwarf_scope.h"

#include <stddef.h>
#include <string.h>

/*
 * Takes `word` away from the end of the first *end bytes of the name, blanks aside: "Ring<int,8>"
 * is "Ring<int, 8>".
 */
static bool take_word(const char *name, size_t *end, const char *word)
{
	size_t at = *end, left = strlen(word);

	for (;;) {
		while (at > 0 && name[at - 1] == ' ')
			at--;
		while (left > 0 && word[left - 1] == ' ')
			left--;
		if (left == 0)
			break;
		if (at == 0 || name[at - 1] != word[left - 1])
			return false;
		at--;
		left--;
	}
	*end = at;
	return true;
}

/*
 * Takes the name of a scope around away. Others may be left out: inline ones, which DWARF 4 may not
 * mark, are no less what was meant; with one that is not inline it is no exact name any more.
 */
static bool take_scope(const char *name, const struct dwarf_scope *scopes, unsigned *scope,
		       size_t *end, bool *exact)
{
	while ((*scope)-- > 0) {
		const struct dwarf_scope *at = &scopes[*scope];

		if (at->name && take_word(name, end, at->name))
			return true;
		*exact = *exact && at->optional;
	}
	return false;
}

bool dwarf_name_fits(const char *name, const struct dwarf_scope *scopes, unsigned depth,
		     const char *own, bool *ret_exact)
{
	size_t end = strlen(name);

	*ret_exact = true;
	if (!take_word(name, &end, own))
		return false;
	while (end > 0) {
		if (!take_word(name, &end, "::"))
			return false;
		if (end == 0)
			break; /* "::name" */
		if (!take_scope(name, scopes, &depth, &end, ret_exact))
			return false;
	}
	while (depth > 0 && scopes[depth - 1].optional)
		depth--;
	*ret_exact = *ret_exact && depth == 0;
	return true;
}

const char *dwarf_last_part(const char *name)
{
	const char *part = name;
	int depth = 0;

	for (const char *at = name; *at; at++) {
		depth += (*at == '<') - (*at == '>');
		if (depth == 0 && at[0] == ':' && at[1] == ':') {
			part = at + 2;
			at++;
		}
	}
	return part + strspn(part, " ");
}

bool dwarf_same_name(const char *name, const char *other)
{
	for (;; name++, other++) {
		name += strspn(name, " ");
		other += strspn(other, " ");
		if (*name != *other)
			return false;
		if (*name == '\0')
			return true;
	}
}
