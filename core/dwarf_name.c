/* SPDX-License-Identifier: MIT */
/* Names from debug information, made fit to be shown. */
#include "core/dwarf_name.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"

#define CUT "…"

static bool is_safe(unsigned char c, size_t length, bool file)
{
	if (length == 0 || c < ' ' || c == 0x7f || c == '\\' || (file && c == '/'))
		return false;
	return true;
}

/* U+0080 to U+009F are control characters, too: terminals obey them. */
static bool is_control(const char *name, size_t length)
{
	return length == 2 && (unsigned char)name[0] == 0xc2 && (unsigned char)name[1] < 0xa0;
}

void dwarf_put_name(char *ret, const char *name, bool file)
{
	const size_t room = DWARF_NAME_SIZE - sizeof(CUT);
	size_t at = strlen(ret);

	while (*name) {
		const size_t seen = strnlen(name, 4);
		size_t length = text_utf8((const unsigned char *)name, seen);
		const bool safe =
			is_safe((unsigned char)*name, length, file) && !is_control(name, length);

		if (at + 4 > room) {
			if (at + sizeof(CUT) <= DWARF_NAME_SIZE &&
			    (at < strlen(CUT) || strcmp(ret + at - strlen(CUT), CUT) != 0))
				strcpy(ret + at, CUT);
			return;
		}
		if (safe)
			memcpy(ret + at, name, length);
		else
			snprintf(ret + at, 5, "\\x%02x", (unsigned char)*name);
		at += safe ? length : 4;
		ret[at] = '\0';
		name += safe ? length : 1;
	}
}
