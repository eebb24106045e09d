/* SPDX-License-Identifier: MIT */
/* What is told in lines, as arrays of them. */
#include "core/verdict_json.h"

#include <errno.h>
#include <string.h>

#include "core/cleanup.h"
#include "core/diagnosis_report.h"
#include "core/text_stream.h"
#include "core/verdict_unseen.h"

/* A text that is made line by line. */
struct lines {
	FILE *out;
	char *text;
	size_t size;
};

static int lines_open(struct lines *ret)
{
	*ret = (struct lines){0};
	ret->out = text_open(&ret->text, &ret->size);
	return ret->out ? 0 : -ENOMEM;
}

/* "key": its lines but the first `skip`. */
static int lines_add(struct lines *lines, unsigned skip, struct json_object *object,
		     const char *key)
{
	struct json_object *array = json_object_new_array();
	_cleanup_free_ char *text = NULL;
	int r = json_add(object, key, array);

	if (fclose(lines->out) != 0 && r == 0)
		r = -ENOMEM;
	text = lines->text;
	for (const char *line = text; r == 0 && line && *line;) {
		const size_t length = strcspn(line, "\n");

		if (skip == 0)
			r = json_append(array, json_bytes(line, length));
		else
			skip--;
		line += length + (line[length] != '\0');
	}
	return r;
}

int verdict_json(const struct verdicts *verdicts, const struct object *object,
		 struct json_object **ret)
{
	_cleanup_json_ struct json_object *top = json_object_new_object();
	struct lines lines = {0};
	int r = top ? 0 : -ENOMEM;

	if (r == 0)
		r = json_add_text(top, "word", verdict_word(verdict_of(verdicts, object)));
	if (r == 0)
		r = lines_open(&lines);
	if (r < 0)
		return r;
	verdict_print(verdicts, object, lines.out);
	r = lines_add(&lines, 1, top, "reasons");
	if (r == 0)
		*ret = json_object_get(top);
	return r;
}

static int add_text(struct json_object *object, const char *key, const char *text)
{
	return text ? json_add_text(object, key, text) : json_add_null(object, key);
}

static int add_lock(struct json_object *object, const struct finding *finding)
{
	const struct diagnosis_object *of = finding->object;
	const struct lock *lock = finding->lock;
	int r = add_text(object, "object", of ? of->name : NULL);

	if (r == 0)
		r = json_add(object, "inode", json_object_new_uint64(finding->ino));
	if (r == 0)
		r = finding->hidden
			    ? json_add_null(object, "offset")
			    : json_add(object, "offset", json_object_new_uint64(finding->offset));
	if (r == 0)
		r = add_text(object, "lock", lock && lock->kind ? lock->kind->name : NULL);
	if (r == 0)
		r = add_text(object, "field", lock ? lock->field : NULL);
	if (r == 0)
		r = json_add_text(object, "word", verdict_word(finding->verdict));
	if (r == 0)
		r = json_add(object, "sleepers", json_object_new_uint64(finding->sleepers));
	return r;
}

static int add_reasons(struct json_object *object, const struct diagnosis *diagnosis,
		       const struct finding *finding)
{
	struct lines lines = {0};
	int r = lines_open(&lines);

	if (r < 0)
		return r;
	for (size_t i = finding->first; i < finding->first + finding->n; i++) {
		reason_print(diagnosis, &diagnosis->reasons[i], lines.out);
		fputc('\n', lines.out);
	}
	return lines_add(&lines, 0, object, "reasons");
}

static int add_advice(struct json_object *object, const struct diagnosis *diagnosis,
		      const struct finding *finding)
{
	struct lines lines = {0};
	int r = lines_open(&lines);

	if (r < 0)
		return r;
	finding_advise(diagnosis, finding, lines.out);
	return lines_add(&lines, 0, object, "advice");
}

static int add_task(struct json_object *object, const char *key, const char *inner_key,
		    const struct process *process, pid_t number, pid_t own)
{
	const pid_t inner = process_inner(process, own);
	int r = json_add(object, key, json_object_new_int64(number));

	return r == 0 && inner ? json_add(object, inner_key, json_object_new_int64(inner)) : r;
}

/* Of a lock that tells whose it is the thread, by our numbers; nothing where that is not known. */
static int add_owner(struct json_object *object, const struct diagnosis *diagnosis,
		     const struct finding *finding)
{
	const struct reason *owner = finding_reason(diagnosis, finding, REASON_OWNER);
	struct json_object *task;
	int r;

	if (!owner)
		return 0;
	task = json_object_new_object();
	r = json_add(object, "owner", task);
	if (r == 0)
		r = add_task(task, "pid", "inner_pid", owner->process, owner->process->pid,
			     owner->process->own);
	return r == 0 ? add_task(task, "tid", "inner_tid", owner->process, owner->thread->tid,
				 owner->thread->own)
		      : r;
}

int finding_json(const struct diagnosis *diagnosis, const struct finding *finding,
		 struct json_object **ret)
{
	_cleanup_json_ struct json_object *object = json_object_new_object();
	int r = object ? add_lock(object, finding) : -ENOMEM;

	if (r == 0)
		r = add_owner(object, diagnosis, finding);
	if (r == 0)
		r = add_reasons(object, diagnosis, finding);
	if (r == 0)
		r = add_advice(object, diagnosis, finding);
	if (r == 0)
		*ret = json_object_get(object);
	return r;
}
