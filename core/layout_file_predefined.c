/* SPDX-License-Identifier: MIT */
/* Types that every layouts file knows: those of the C library, as glibc has them on x86-64. */
#include <errno.h>
#include <string.h>

#include "core/layout_file_parse.h"

/* What C cannot say. */
static struct {
	const char *name;
	struct c_type type;
} rows[] = {
	{"sem_t", {.align = 8, .row = &type_sem}},
	{"pthread_mutex_t", {.align = 8, .row = &type_mutex}},
	{"pthread_cond_t", {.align = 8, .row = &type_cond}},
	{"pthread_rwlock_t", {.align = 8, .row = &type_rwlock}},
	{"pthread_barrier_t", {.align = 8, .row = &type_barrier}},
	{"pthread_spinlock_t", {.align = 4, .row = &type_spinlock}},
	{"char32_t", {.align = 4, .row = &type_char32}},
};

static const char text[] =
	"typedef signed char int8_t, int_least8_t, int_fast8_t, __s8, __int8_t;"
	"typedef short int16_t, int_least16_t, __s16, __int16_t;"
	"typedef int int32_t, int_least32_t, __s32, __int32_t;"
	"typedef long int64_t, int_least64_t, int_fast16_t, int_fast32_t, int_fast64_t, __int64_t;"
	"typedef unsigned char uint8_t, uint_least8_t, uint_fast8_t, u_int8_t, __u8, __uint8_t;"
	"typedef unsigned short uint16_t, uint_least16_t, u_int16_t, __u16, __uint16_t, char16_t;"
	"typedef unsigned int uint32_t, uint_least32_t, u_int32_t, __u32, __uint32_t;"
	"typedef unsigned long uint64_t, uint_least64_t, uint_fast16_t, uint_fast32_t,"
	" uint_fast64_t, u_int64_t, __uint64_t;"
	"typedef long long __s64; typedef unsigned long long __u64;"
	"typedef long intptr_t, intmax_t, ptrdiff_t, ssize_t, off_t, off64_t, loff_t, time_t,"
	" clock_t, suseconds_t, blksize_t, blkcnt_t;"
	"typedef unsigned long uintptr_t, uintmax_t, size_t, dev_t, ino_t, ino64_t, nlink_t,"
	" pthread_t, fsblkcnt_t, fsfilcnt_t, rlim_t, u_long, ulong;"
	"typedef int pid_t, key_t, clockid_t, wchar_t, sig_atomic_t, pthread_once_t, lwpid_t;"
	"typedef unsigned int uid_t, gid_t, mode_t, id_t, useconds_t, socklen_t, wint_t,"
	" pthread_key_t, u_int, uint;"
	"typedef unsigned char u_char; typedef unsigned short u_short, ushort;"
	"typedef unsigned short sa_family_t, in_port_t; typedef unsigned int in_addr_t;"
	"typedef _Bool atomic_bool, atomic_flag;"
	"typedef char atomic_char; typedef signed char atomic_schar;"
	"typedef unsigned char atomic_uchar; typedef short atomic_short;"
	"typedef unsigned short atomic_ushort; typedef int atomic_int;"
	"typedef unsigned int atomic_uint; typedef long atomic_long;"
	"typedef unsigned long atomic_ulong, atomic_size_t, atomic_uintptr_t;"
	"typedef long long atomic_llong; typedef unsigned long long atomic_ullong;"
	"typedef long atomic_intptr_t, atomic_ptrdiff_t, atomic_intmax_t;"
	"typedef unsigned long atomic_uintmax_t;"
	"struct timespec { time_t tv_sec; long tv_nsec; };"
	"struct timeval { time_t tv_sec; suseconds_t tv_usec; };";

static int add_rows(struct parser *parser)
{
	struct word *name;
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct c_type type = rows[i].type;

		type.kind = C_ROW;
		type.complete = true;
		type.size = type.row->size;
		r = words_add(&parser->words, WORD_TYPE, rows[i].name, strlen(rows[i].name), 0,
			      &name);
		if (r == 0)
			r = parse_new_type(parser, &type, &name->type);
	}
	return r;
}

int parse_predefined(struct parser *parser)
{
	int r = add_rows(parser);

	parser->lexer.at = text;
	parser->lexer.end = text + sizeof(text) - 1;
	while (r == 0 && parser->lexer.at < parser->lexer.end) {
		lexer_next(&parser->lexer);
		r = parse_declaration(parser);
	}
	return r;
}
