/* SPDX-License-Identifier: MIT */
/* Who makes a request, and doing it with the rights that he has. */
#include "fusefs/ops.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * As /proc/TID/status has him, who waits for the answer. If the number is another's by now, or in a
 * pid namespace that we do not see (0), he is the user and the group that the kernel names, and
 * nothing else: less than he can, never more.
 */
static int read_caller(const struct mirror *mirror, const struct fuse_ctx *ctx,
		       struct credentials *ret)
{
	int r = ctx->pid > 0 && mirror->callers
			? credentials_of_thread(mirror->procfd, ctx->pid, ret)
			: -ESRCH;

	if (r == 0 && ret->uid == ctx->uid && ret->gid == ctx->gid)
		return 0;
	if (r == 0)
		credentials_deinit(ret);
	if (r == -ENOMEM)
		return r;
	*ret = (struct credentials){.uid = ctx->uid, .gid = ctx->gid};
	return 0;
}

/* Where only who has mounted may come (or root, to a user's), the kernel has seen to it. */
int ops_viewer(fuse_req_t req, struct viewer **ret)
{
	const struct mirror *mirror = &ops_filesystem(req)->mirror;
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	struct credentials caller;
	int r;

	if (!mirror->others ||
	    (mirror->callers && rights_cover(mirror->procfd, ctx->pid, ctx->uid))) {
		*ret = viewers_own(mirror->viewers);
		viewer_get(*ret);
		return 0;
	}
	r = read_caller(mirror, ctx, &caller);
	if (r < 0)
		return r;
	r = viewers_get(mirror->viewers, &caller, ret);
	credentials_deinit(&caller);
	return r;
}

bool ops_proc_is_ours(int procfd)
{
	char self[32] = "", pid[32];

	snprintf(pid, sizeof(pid), "%d", getpid());
	return procfd >= 0 && readlinkat(procfd, "self", self, sizeof(self) - 1) > 0 &&
	       strcmp(self, pid) == 0;
}
