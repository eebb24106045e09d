/* SPDX-License-Identifier: MIT */
/* Escaping of names and bytes. */
#include "core/text.h"

#include <stdbool.h>
#include <stdint.h>

size_t text_utf8(const unsigned char *s, size_t size)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t n = size == 0               ? 0
		   : s[0] < 0x80           ? 1
		   : (s[0] & 0xe0) == 0xc0 ? 2
		   : (s[0] & 0xf0) == 0xe0 ? 3
		   : (s[0] & 0xf8) == 0xf0 ? 4
					   : 0;
	uint32_t c;

	if (n == 0 || n > size)
		return 0;
	c = n == 1 ? s[0] : s[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	/* Overlong forms, surrogates and what lies beyond Unicode are no UTF-8 (RFC 3629). */
	if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	return n;
}

/* Not by fprintf(3): hostile objects are full of such bytes. */
static void put_hex(unsigned char byte, FILE *out)
{
	static const char digits[] = "0123456789abcdef";
	const char text[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};

	fwrite(text, 1, sizeof(text), out);
}

void text_escape(const void *bytes, size_t size, FILE *out)
{
	const unsigned char *s = bytes;

	for (size_t i = 0; i < size;) {
		size_t n = text_utf8(s + i, size - i);
		bool c1 = n == 2 && s[i] == 0xc2 && s[i + 1] < 0xa0; /* terminals obey U+009B */

		if (c1)
			n = 0;
		if (s[i] == '\n')
			fputs("\\n", out);
		else if (s[i] == '\t')
			fputs("\\t", out);
		else if (s[i] == '\\')
			fputs("\\\\", out);
		else if (n == 0 || s[i] < 0x20 || s[i] == 0x7f)
			put_hex(s[i], out);
		else
			fwrite(s + i, 1, n, out);
		i += n ? n : 1;
	}
}
