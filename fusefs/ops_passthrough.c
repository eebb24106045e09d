/* SPDX-License-Identifier: MIT */
/* raw without us: the kernel reads the object itself (Linux 6.9, libfuse 3.17, CAP_SYS_ADMIN). */
#include "fusefs/ops.h"

#if FUSE_USE_VERSION >= 317

#include <errno.h>
#include <linux/fuse.h>
#include <sys/ioctl.h>

/* One backing file an inode, however often it is open: the kernel refuses another (EIO). */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* A write that is whole or none at all is ours to do, and who reads must come the same way. */
bool passthrough_possible(const struct mirror *mirror)
{
	return !mirror->write;
}

void passthrough_init(struct mounted *mounted, struct fuse_conn_info *conn)
{
	if (!passthrough_possible(&mounted->fs.mirror) ||
	    !fuse_set_feature_flag(conn, FUSE_CAP_PASSTHROUGH))
		return;
	conn->max_backing_stack_depth = FUSE_BACKING_STACKED_OVER;
	mounted->fs.mirror.raw = RAW_PASSTHROUGH;
}

/* fuse_passthrough_open() would print a line each time that it is not allowed. */
static int register_backing(const struct mounted *mounted, int fd)
{
	struct fuse_backing_map map = {.fd = fd};
	_cleanup_rights_ struct rights rights;
	int id = rights_enter(NULL, &rights); /* it is ours to do; who opens it may read it */

	if (id == 0)
		id = ioctl(mounted->session_fd, FUSE_DEV_IOC_BACKING_OPEN, &map);

	return id <= 0 ? -errno : id;
}

static int get_backing(struct mounted *mounted, struct slot *slot, int fd)
{
	int r = 0;

	pthread_mutex_lock(&lock);
	/* While the kernel reads an inode itself, it lets nobody else (EIO). */
	if (slot->backing_users == 0)
		r = mounted->fs.mirror.raw == RAW_PASSTHROUGH ? register_backing(mounted, fd)
							      : -EPERM;
	if (r < 0)
		mounted->fs.mirror.raw = RAW_PREAD; /* it will not be allowed the next time */
	else if (r > 0)
		slot->backing_id = r;
	if (r >= 0)
		slot->backing_users++;
	pthread_mutex_unlock(&lock);
	return r < 0 ? r : 0;
}

bool passthrough_open(struct mounted *mounted, struct slot *slot, int fd, struct fuse_file_info *fi)
{
	if (get_backing(mounted, slot, fd) < 0)
		return false;
	fi->backing_id = slot->backing_id;
	fi->direct_io = 0;
	return true;
}

void passthrough_close(struct mounted *mounted, struct slot *slot)
{
	_cleanup_rights_ struct rights rights;
	uint32_t id;

	rights_enter(NULL, &rights);
	pthread_mutex_lock(&lock);
	id = (uint32_t)slot->backing_id;
	if (--slot->backing_users == 0)
		ioctl(mounted->session_fd, FUSE_DEV_IOC_BACKING_CLOSE, &id);
	pthread_mutex_unlock(&lock);
}

#else

bool passthrough_possible(const struct mirror *mirror)
{
	(void)mirror;
	return false;
}

void passthrough_init(struct mounted *mounted, struct fuse_conn_info *conn)
{
	(void)mounted;
	(void)conn;
}

bool passthrough_open(struct mounted *mounted, struct slot *slot, int fd, struct fuse_file_info *fi)
{
	(void)mounted;
	(void)slot;
	(void)fd;
	(void)fi;
	return false;
}

void passthrough_close(struct mounted *mounted, struct slot *slot)
{
	(void)mounted;
	(void)slot;
}

#endif
