/* SPDX-License-Identifier: MIT */
/* Bytes held against a layout: can they be of it, and what is wrong if they are? */
#include "core/layout.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

bool layout_size_fits(const struct layout *layout, uint64_t total)
{
	return layout->open_ended ? total >= layout->size : total == layout->size;
}

/* Words for whoever wants to know; most callers want the answer only. */
__attribute__((format(printf, 2, 3))) static void say(FILE *why, const char *format, ...)
{
	va_list args;

	if (!why)
		return;
	va_start(args, format);
	vfprintf(why, format, args);
	va_end(args);
}

static bool in_image(const struct image *image, size_t offset, size_t size)
{
	return offset + size <= image->size;
}

static const void *count_at(const struct field *field, const struct image *image)
{
	return image->bytes + field->length_at;
}

static void say_count(const struct field *field, const struct image *image, FILE *out)
{
	type_print(field->length_type, count_at(field, image), field->length_type->size, out);
}

/* The largest count that the object has room for. */
static uint64_t count_max(const struct field *field, const struct image *image)
{
	uint64_t room = image->total < field->offset ? 0 : image->total - field->offset;

	if (field->size && field->size < room)
		room = field->size;
	return room / field->element;
}

/* Little-endian, as all that is shown; one below 0 is larger than any. */
static uint64_t count_of(const struct field *field, const void *bytes)
{
	const size_t size = field->length_type->size;
	uint64_t count = 0;

	memcpy(&count, bytes, size);
	if (field->length_type->number == NUMBER_SIGNED && count >> (8 * size - 1))
		return UINT64_MAX;
	return count;
}

bool field_has_room(const struct field *field, const struct image *image, const void *count)
{
	return count_of(field, count) <= count_max(field, image);
}

int field_count(const struct field *field, const struct image *image, size_t *ret)
{
	if (!in_image(image, field->length_at, field->length_type->size) ||
	    image->total < field->offset)
		return -ENODATA;
	if (!field_has_room(field, image, count_at(field, image)))
		return -EBADMSG;
	*ret = count_of(field, count_at(field, image)) * field->element;
	return 0;
}

static bool match_sem(const struct field *field, const struct image *image, bool named, FILE *why)
{
	const struct semaphore_abi *abi = field->type->abi;
	const void *bytes = image->bytes + field->offset;

	if (!semaphore_plausible(abi, bytes, NULL)) {
		say(why, ", but no sem_t at +%zu: ", field->offset);
		semaphore_plausible(abi, bytes, why);
		return false;
	}
	if (semaphore_decode(abi, bytes).shared) {
		say(why, ", a shared sem_t at +%zu", field->offset);
		return true;
	}
	if (abi->ambiguous && !named)
		say(why, ", a sem_t at +%zu that is %s", field->offset, abi->ambiguous);
	else
		say(why, ", a sem_t that is not shared at +%zu", field->offset);
	return named;
}

static bool match_lock(const struct field *field, const struct image *image, FILE *why)
{
	const struct field_type *type = field->type;
	const void *bytes = image->bytes + field->offset;

	if (type->plausible(bytes, NULL)) {
		say(why, ", a %s at +%zu", type->name, field->offset);
		return true;
	}
	say(why, ", but no %s at +%zu: ", type->name, field->offset);
	type->plausible(bytes, why);
	return false;
}

/* What is musl's is nobody else's only where somebody waits. */
static bool match_waiter(const struct layout *layout, const struct image *image, FILE *why)
{
	bool wanted = false;

	for (size_t i = 0; i < layout->n_fields; i++) {
		const struct field *field = &layout->fields[i];
		const struct semaphore_abi *abi = field->type->abi;

		if (!abi || !abi->waiting_bit)
			continue;
		wanted = true;
		if (semaphore_waited(abi, image->bytes + field->offset)) {
			say(why, ", a waiter at +%zu as only musl has", field->offset);
			return true;
		}
	}
	if (wanted)
		say(why, ", but no waiter, without which it may be another's");
	return !wanted;
}

static bool match_count(const struct field *field, const struct image *image, FILE *why)
{
	size_t count;
	bool plausible = field_count(field, image, &count) == 0;

	if (!why)
		return plausible;
	say(why, ", %s ", field->length);
	say_count(field, image, why);
	say(why, " is %swithin 0 to %" PRIu64, plausible ? "" : "not ", count_max(field, image));
	return plausible;
}

/* The size of the object against that of the struct, in the words of a health line. */
static void explain_size(const struct layout *layout, uint64_t total, FILE *out)
{
	say(out, "%zu bytes wanted, %" PRIu64 " present", layout->size, total);
	if (total < layout->size)
		say(out, ": not yet sized?");
}

bool layout_match(const struct layout *layout, const struct image *image, bool named, FILE *why)
{
	if (!layout_size_fits(layout, image->total) || image->size < layout->size) {
		explain_size(layout, image->total, why);
		return false;
	}
	say(why, "%" PRIu64 " bytes", image->total);
	if (layout->magic) {
		if (memcmp(image->bytes, layout->magic, strlen(layout->magic)) != 0)
			return false;
		say(why, ", the magic word %s", layout->magic);
		return true;
	}
	for (size_t i = 0; i < layout->n_fields; i++) {
		const struct field *field = &layout->fields[i];

		if (field->type->abi && !match_sem(field, image, named, why))
			return false;
		if (field->type->plausible && !match_lock(field, image, why))
			return false;
		if (field->length && !match_count(field, image, why))
			return false;
	}
	return match_waiter(layout, image, why);
}

#define MAYBE_MUSL " (unless it is musl's, and shared)"

static void sem_health(const struct field *field, const struct image *image,
		       struct findings *findings)
{
	const struct semaphore_abi *abi = field->type->abi;
	const void *bytes = image->bytes + field->offset;
	struct semaphore s = semaphore_decode(abi, bytes);

	if (!semaphore_plausible(abi, bytes, NULL)) {
		findings_add(findings, "%s: ", field->name);
		semaphore_plausible(abi, bytes, findings->out);
	} else if (s.value == SEMAPHORE_VALUE_MAX) {
		findings_add(findings, "%s_value: at SEM_VALUE_MAX, the next post fails",
			     field->name);
	} else if (!s.shared) {
		findings_add(findings,
			     "%s: not shared (pshared 0): a post wakes no other process%s",
			     field->name, abi->ambiguous ? MAYBE_MUSL : "");
	}
}

static void lock_health(const struct field *field, const struct image *image,
			struct findings *findings)
{
	const struct field_type *type = field->type;
	const void *bytes = image->bytes + field->offset;

	if (!type->plausible(bytes, NULL)) {
		findings_add(findings, "%s: ", field->name);
		type->plausible(bytes, findings->out);
	} else if (type->health) {
		type->health(field->name, bytes, findings);
	}
}

static void count_health(const struct field *field, const struct image *image,
			 struct findings *findings)
{
	size_t count;
	FILE *out;

	if (field_count(field, image, &count) != -EBADMSG)
		return;
	out = findings_begin(findings);
	say(out, "%s: ", field->length);
	say_count(field, image, out);
	say(out, " is not within 0 to %" PRIu64, count_max(field, image));
}

void layout_health(const struct layout *layout, const struct image *image,
		   struct findings *findings)
{
	if (image->total < layout->size)
		explain_size(layout, image->total, findings_begin(findings));
	if (layout->magic && in_image(image, 0, strlen(layout->magic)) &&
	    memcmp(image->bytes, layout->magic, strlen(layout->magic)) != 0)
		findings_add(findings, "the magic word %s is missing", layout->magic);
	for (size_t i = 0; i < layout->n_fields; i++) {
		const struct field *field = &layout->fields[i];

		if (field->type->abi && in_image(image, field->offset, field->size))
			sem_health(field, image, findings);
		if (field->type->plausible && in_image(image, field->offset, field->size))
			lock_health(field, image, findings);
		if (field->length)
			count_health(field, image, findings);
	}
	if (layout->health)
		layout->health(image->object, findings);
}
