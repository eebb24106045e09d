/* SPDX-License-Identifier: MIT */
/* Access, as a file. */
#include "fusefs/nodes_access.h"

#include <errno.h>

#include "core/access_facts.h"
#include "fusefs/viewer.h"

/*
 * The facts, and who asks: the viewer, or who this thread is, where he may do what this program
 * may. Given back by give(). -EOPNOTSUPP: there is no /proc.
 */
static int take(const struct subject *subject, struct credentials *own, struct access_facts *ret)
{
	const struct mirror *mirror = subject->mirror;
	int r;

	*own = (struct credentials){0};
	if (mirror->procfd < 0)
		return -EOPNOTSUPP;
	r = access_facts_take(mirror->procfd, mirror->source,
			      subject->unlinked ? NULL : subject->name, &subject->object, ret);
	if (r < 0)
		return r;
	ret->reader = subject->viewer->who;
	if (ret->reader)
		return 0;
	ret->reader = own;
	r = credentials_of_thread(mirror->procfd, 0, own);
	if (r < 0)
		access_facts_deinit(ret);
	return r;
}

static void give(struct credentials *own, struct access_facts *facts)
{
	access_facts_deinit(facts);
	credentials_deinit(own);
}

int render_access(struct subject *subject, const void *arg, FILE *out)
{
	struct access_facts facts;
	struct credentials own;
	int r = take(subject, &own, &facts);

	(void)arg;
	if (r < 0)
		return r;
	access_print(&facts, out);
	give(&own, &facts);
	return 0;
}

int access_add_json(struct json_object *top, struct subject *subject)
{
	struct json_object *rows = NULL;
	struct access_facts facts;
	struct credentials own;
	int r = take(subject, &own, &facts);

	if (r < 0)
		return r == -ENOMEM ? r : json_add_null(top, "access");
	r = access_json(&facts, &rows);
	give(&own, &facts);
	if (r == 0)
		return json_add(top, "access", rows);
	json_object_put(rows);
	return r;
}
