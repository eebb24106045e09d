/* SPDX-License-Identifier: MIT */
/* Which types are locks, that have rows of their own. */
#include <dwarf.h>
#include <string.h>

#include "core/dwarf_types.h"

/* Those of C libraries, by the first member: glibc's, and "size" in Rust's crate libc. */
static const struct {
	const char *name, *member;
	const struct field_type *type;
} locks[] = {
	{"sem_t", "__size", &type_sem},
	{"sem_t", "__size", &type_sem32},
	{"sem_t", "__val", &type_sem_musl},
	{"pthread_mutex_t", "__data", &type_mutex},
	{"pthread_mutex_t", "size", &type_mutex},
	{"pthread_cond_t", "__data", &type_cond},
	{"pthread_cond_t", "size", &type_cond},
	{"pthread_rwlock_t", "__data", &type_rwlock},
	{"pthread_rwlock_t", "size", &type_rwlock},
	{"pthread_barrier_t", "__size", &type_barrier},
	{"pthread_barrier_t", "size", &type_barrier},
	{"pthread_spinlock_t", NULL, &type_spinlock},
};

/* More than any of them has. */
enum { MEMBERS_MAX = 16 };

static bool has_member(Dwarf_Die *die, const char *wanted)
{
	Dwarf_Die child;
	const char *name;
	int left = MEMBERS_MAX;

	if (!wanted)
		return true;
	for (int r = dwarf_child(die, &child); r == 0 && left-- > 0; r = dwarf_next(&child)) {
		if (dwarf_haschildren(&child))
			return false; /* methods; what is in them may be endless */
		if (dwarf_tag(&child) != DW_TAG_member)
			continue;
		name = dwarf_diename(&child);
		/* musl's has an unnamed struct, or a union __u, first. */
		if (name && strcmp(name, wanted) == 0)
			return true;
	}
	return false;
}

const struct field_type *dwarf_lock(Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);
	Dwarf_Die whole;
	uint64_t size;

	if (!name || (strcmp(name, "sem_t") != 0 && strncmp(name, "pthread_", 8) != 0) ||
	    dwarf_strip(die, NULL, NULL, &whole) < 0 || dwarf_size(&whole, &size) < 0)
		return NULL;
	for (size_t i = 0; i < sizeof(locks) / sizeof(locks[0]); i++)
		if (strcmp(locks[i].name, name) == 0 && locks[i].type->size == size &&
		    has_member(&whole, locks[i].member))
			return locks[i].type;
	return NULL;
}
