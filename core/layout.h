/* SPDX-License-Identifier: MIT */
/* A layout: what the bytes of an object mean, as rows of data. The page to read first. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/findings.h"
#include "core/image.h"
#include "core/semaphore.h"

struct json_object;
struct link;
struct type_detail;

/* Is it a whole number, and may it be below 0? */
enum number_kind { NUMBER_NONE, NUMBER_UNSIGNED, NUMBER_SIGNED };

/* One C type: how its bytes are shown. The rows are in types.c. */
struct field_type {
	const char *name; /* as C calls it */
	size_t size;      /* 0: any */
	/* The value without a newline. -EBADMSG where the bytes are none of this type. */
	int (*print)(const void *bytes, size_t size, FILE *out);
	/* The same value for JSON (json.h), which the caller owns. As print; -EDOM, -ENOMEM. */
	int (*json)(const void *bytes, size_t size, struct json_object **ret);
	/* The bytes that `text` means, or NULL: such values are not written. -EINVAL, -ERANGE … */
	int (*parse)(const char *text, void *bytes, size_t size);
	enum number_kind number;
	bool escaped; /* print has made it printable (text.h) */
	bool exact;   /* its file is the very bytes, with no newline added */
	bool address; /* a place in the memory of a process */
	bool whole;   /* of a member: print and json take all bytes of the compound that it is in */
	const struct field *members;     /* a compound is not shown itself: its members are */
	size_t n_members;                /* … as FIELD_member */
	const struct semaphore_abi *abi; /* a semaphore: where its words are */
	/* Of another lock: can these bytes be one? If not, why, as words behind "no NAME: ". */
	bool (*plausible)(const void *bytes, FILE *why);
	/* … and what users should know of one that is plausible. */
	void (*health)(const char *name, const void *bytes, struct findings *findings);
	unsigned char words[5]; /* where in it threads sleep (futex(2)) */
	unsigned char n_words;
	/* Of a type that is made at run time (types_made.h), instead of print and json. */
	int (*made_print)(const struct field_type *type, const void *bytes, size_t size, FILE *out);
	int (*made_json)(const struct field_type *type, const void *bytes, size_t size,
			 struct json_object **ret);
	const struct type_detail *detail;
};

/* A value by its type's print or json, whichever way that is made. */
int type_print(const struct field_type *type, const void *bytes, size_t size, FILE *out);
int type_json(const struct field_type *type, const void *bytes, size_t size,
	      struct json_object **ret);

/* What a file of a field is made of. */
enum field_kind {
	FIELD_MEMORY,  /* what the object's memory has there */
	FIELD_POINTER, /* the same, of a type that is an address; and what lies there */
	FIELD_WAITERS, /* how many threads sleep on the lock, by /proc */
	FIELD_POST,    /* nothing to read: a number that is written posts the semaphore so often */
};

/* A directory in the object's own: a struct in the struct, an array, an element of one. */
struct field_folder {
	const struct field_folder *in; /* NULL: the object's own */
	const char *name;
	size_t offset; /* where it begins in the object */
};

/* One member of a struct. Written FIELD(struct x, member, help) and so on. */
struct field {
	const char *name;
	const struct field_type *type;
	size_t offset;
	size_t size; /* 0: as many as `length` says, or to the object's end */
	/* The integer field that says how many elements there are, of at most `size` bytes; or
	 * NULL. */
	const char *length;
	size_t length_at; /* … where that is */
	const struct field_type *length_type;
	size_t element; /* … and how many bytes one has */
	/* Not in the memory, but made from it: the whole text with its newline, or -errno. */
	int (*render)(const struct field *field, const struct image *image, FILE *out);
	/* … and for JSON, or NULL: that text. Of *left bytes it takes what it uses, else -EFBIG. */
	int (*json)(const struct field *field, const struct image *image, size_t *left,
		    struct json_object **ret);
	const struct link *link; /* of a relative offset: what they follow (link.h) */
	enum field_kind kind;
	bool summary; /* among the few that tell most: shown where there is room for no more */
	const char *help;
	/* Of a layout that is made (field_path.h): where its file is, and its name there. NULL: in
	 * the object's own directory; as `name`. "": members are called just as they are. */
	const struct field_folder *folder;
	const char *file;
};

/* What an object holds. The rows are in layouts.c. */
struct layout {
	const char *name; /* not unique: a struct has one row for each ABI */
	const char *abi;
	size_t size;        /* of the struct; where open_ended, of its part before the buffer */
	bool open_ended;    /* a buffer goes on to the object's end */
	const char *prefix; /* objects whose name begins so are expected to have this layout */
	const char *magic;  /* the first bytes that prove it, or NULL */
	bool by_hand;       /* never guessed: too little of the bytes speaks for it */
	const struct field *fields;
	size_t n_fields;
	/* What users should know beside what the types say, or NULL. */
	void (*health)(const struct object *object, struct findings *findings);
	const char *help;
};

/* The longest name of a field, as a file may have (NAME_MAX and a NUL). */
#define LEAF_NAME_SIZE 256

/* What is shown as one file: a field, or a member of a compound one. */
struct leaf {
	char name[LEAF_NAME_SIZE];
	const struct field *field;
	const struct field *member; /* NULL where the field is no compound */
};

/* The layout of the object has this type; a member of an unsupported type does not compile. */
#define FIELD_TYPE(member)                                                                         \
	_Generic((member),                                                                         \
		_Bool: &type_bool,                                                                 \
		char: &type_char,                                                                  \
		signed char: &type_schar,                                                          \
		unsigned char: &type_uchar,                                                        \
		short: &type_short,                                                                \
		unsigned short: &type_ushort,                                                      \
		int: &type_int,                                                                    \
		unsigned int: &type_uint,                                                          \
		long: &type_long,                                                                  \
		unsigned long: &type_ulong,                                                        \
		long long: &type_llong,                                                            \
		unsigned long long: &type_ullong,                                                  \
		float: &type_float,                                                                \
		double: &type_double,                                                              \
		char *: &type_text,                                                                \
		unsigned char *: &type_bytes,                                                      \
		sem_t: &type_sem,                                                                  \
		struct pshm_sem32: &type_sem32,                                                    \
		struct pshm_sem_musl: &type_sem_musl,                                              \
		pthread_mutex_t: &type_mutex,                                                      \
		pthread_cond_t: &type_cond,                                                        \
		pthread_rwlock_t: &type_rwlock,                                                    \
		pthread_barrier_t: &type_barrier)

/* More members may follow: `.summary = true`. */
#define FIELD(structure, member, text, ...)                                                        \
	{                                                                                          \
		.name = #member, .type = FIELD_TYPE(((structure *)0)->member),                     \
		.offset = offsetof(structure, member), .size = sizeof(((structure *)0)->member),   \
		.help = text, ##__VA_ARGS__                                                        \
	}

/*
 * A member whose type is told, `row` being one of those below: glibc's pthread_spinlock_t is an int
 * to _Generic, FIELD would show it as one.
 */
#define FIELD_AS(structure, member, row, text, ...)                                                \
	{                                                                                          \
		.name = #member, .type = &row, .offset = offsetof(structure, member),              \
		.size = sizeof(((structure *)0)->member), .help = text, ##__VA_ARGS__              \
	}

/* A trailing char array, of which the integer member `counter` says how much is valid. */
#define FIELD_COUNTED(structure, member, counter, text)                                              \
	{                                                                                            \
		.name = #member,                                                                   \
		.type = _Generic(&((structure *)0)->member[0], char *: &type_bytes,                \
				 unsigned char *: &type_bytes),                                    \
		.offset = offsetof(structure, member),                                             \
		.length = #counter, .length_type = FIELD_TYPE(((structure *)0)->counter),          \
		.length_at = offsetof(structure, counter), .element = 1, .help = text \
	}

/* More members may follow: `.json = …`. */
#define FIELD_COMPUTED(title, function, text, ...)                                                 \
	{                                                                                          \
		.name = #title, .type = &type_computed, .render = function, .help = text,          \
		##__VA_ARGS__                                                                      \
	}

extern const struct field_type type_bool, type_char, type_schar, type_uchar, type_short,
	type_ushort, type_int, type_uint, type_long, type_ulong, type_llong, type_ullong,
	type_float, type_double, type_text, type_bytes, type_sem, type_sem32, type_sem_musl,
	type_mutex, type_cond, type_rwlock, type_barrier, type_spinlock, type_computed;

/*
 * layout_leaves() - The files that a layout has, in order.
 *
 * Compounds are flattened to FIELD_member. A name that is reserved for the files that every object
 * has (raw, fields, …) becomes NAME.field, and a name that is taken already NAME@OFFSET; where that
 * is, too, NAME@OFFSET.NUMBER.
 * Returns 0 and an array of *ret_n that the caller frees, or -ENOMEM.
 */
int layout_leaves(const struct layout *layout, struct leaf **ret, size_t *ret_n);

/* The same with those that are not of the memory (field_kind). No name depends on which is asked.
 */
int layout_files(const struct layout *layout, struct leaf **ret, size_t *ret_n);

/* That of its row; of what is an address FIELD_POINTER, whatever the row says. */
enum field_kind leaf_kind(const struct leaf *leaf);

/* Is it shown from the object's memory alone? */
bool leaf_in_memory(const struct leaf *leaf);

/* Do threads sleep at this offset in a lock of the type? */
bool type_sleeps_at(const struct field_type *type, uint64_t offset);

/* Is `name` one that every object's directory keeps for itself, now or in a later version? */
bool layout_name_reserved(const char *name);

/* Where the bytes begin that the leaf is shown from, and of which type it is. */
size_t leaf_offset(const struct leaf *leaf);
const struct field_type *leaf_type(const struct leaf *leaf);

/*
 * leaf_size() - How many bytes the leaf is shown from in an object with this image; of one that is
 * no computed one. Errors as leaf_render(); the bytes need not all be in the image.
 */
int leaf_size(const struct leaf *leaf, const struct image *image, size_t *ret);

/* The value alone, of one that is not computed; as leaf_render(). */
int leaf_value(const struct leaf *leaf, struct image *image, FILE *out);

/*
 * leaf_render() - The content of the leaf's file: its value and a newline, or the exact bytes.
 *
 * Where the image does not reach, a larger one is loaded in its place: what is shown is always of
 * one pread. Returns 0; -ENODATA: the object is shorter than the field; -EBADMSG: the bytes are no
 * value of the type, or the count is not one that the object has room for; -EFBIG: more than
 * IMAGE_SIZE_MAX; or why the object cannot be read.
 */
int leaf_render(const struct leaf *leaf, struct image *image, FILE *out);

/*
 * layout_print_fields() - "name<TAB>value" for each leaf, all from this one image (but for what a
 * computed one reads beyond it).
 *
 * What cannot be shown is "name<TAB>!ENODATA" and so on (errno(3) names), !EFBIG where the image
 * does not reach; values are escaped (text.h), and cut after some 60 bytes, with "…".
 */
int layout_print_fields(const struct layout *layout, const struct image *image, FILE *out);

/*
 * layout_summary() - The leaves that tell most: those of the fields marked `summary`, of a compound
 * its first; where none is marked, the first of all.
 *
 * Returns 0 and an array of *ret_n that the caller frees, or -ENOMEM.
 */
int layout_summary(const struct layout *layout, struct leaf **ret, size_t *ret_n);

/*
 * layout_print_summary() - Their values as one word: of one leaf the value, of more
 * "name=value,name=value"; each as layout_print_fields() shows it. 0 or -ENOMEM.
 */
int layout_print_summary(const struct layout *layout, const struct image *image, FILE *out);

/* What the file `layout` says of a field, of a compound, or of a member of one. */
struct layout_row {
	const struct field *field;
	size_t offset;    /* in the object */
	const char *name; /* as the file is called; of a compound: the field's */
};

/*
 * layout_each_row() - Call `fn` with each field in order, compounds with their members after them.
 *
 * A return value other than 0 of `fn` ends it and is returned. Else 0 or -ENOMEM.
 */
int layout_each_row(const struct layout *layout,
		    int (*fn)(const struct layout_row *row, void *data), void *data);

/* "offset<TAB>size<TAB>type<TAB>name" for each row. */
int layout_print_rows(const struct layout *layout, FILE *out);

/*
 * field_count() - How many bytes of a counted field are valid: what its `length` says.
 *
 * -ENODATA: the object is too short to say. -EBADMSG: it has no room for so many. This is the only
 * place where a count from shared memory is believed.
 */
int field_count(const struct field *field, const struct image *image, size_t *ret);

/* Has the object room for as many as a count with these bytes says? */
bool field_has_room(const struct field *field, const struct image *image, const void *count);

/* What is wrong, or worth to know, in these bytes as this layout. */
void layout_health(const struct layout *layout, const struct image *image,
		   struct findings *findings);

/*
 * layout_match() - Can these bytes be of this layout?
 *
 * The size is right (a struct's own size, or more than that where a buffer follows), the magic word
 * is there, each sem_t and lock is plausible and each count one that the object has room for.
 * Without a magic word every sem_t must also have its shared flag, unless the object's name says
 * what it is
 * (`named`), and one of musl's must have a waiter, without which it may as well be another's. `why`
 * (or NULL): the evidence in words, or where it fails.
 */
bool layout_match(const struct layout *layout, const struct image *image, bool named, FILE *why);

/* Is the object's size one that this layout can have? */
bool layout_size_fits(const struct layout *layout, uint64_t total);
