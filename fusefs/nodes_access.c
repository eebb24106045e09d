/* SPDX-License-Identifier: MIT */
/* Access, as a file. */
#include "fusefs/nodes_access.h"

#include <errno.h>

#include "core/access_facts.h"
#include "fusefs/viewer.h"

/* Given back by access_facts_deinit(). -EOPNOTSUPP: there is no /proc. */
static int take(const struct subject *subject, struct access_facts *ret)
{
	const struct mirror *mirror = subject->mirror;
	int r;

	if (mirror->procfd < 0)
		return -EOPNOTSUPP;
	r = access_facts_take(mirror->procfd, mirror->source,
			      subject->unlinked ? NULL : subject->name, &subject->object, ret);
	ret->reader = &subject->viewer->credentials;
	return r;
}

int render_access(struct subject *subject, const void *arg, FILE *out)
{
	struct access_facts facts;
	int r = take(subject, &facts);

	(void)arg;
	if (r < 0)
		return r;
	access_print(&facts, out);
	access_facts_deinit(&facts);
	return 0;
}

int access_add_json(struct json_object *top, struct subject *subject)
{
	struct json_object *rows = NULL;
	struct access_facts facts;
	int r = take(subject, &facts);

	if (r < 0)
		return r == -ENOMEM ? r : json_add_null(top, "access");
	r = access_json(&facts, &rows);
	access_facts_deinit(&facts);
	if (r == 0)
		return json_add(top, "access", rows);
	json_object_put(rows);
	return r;
}
