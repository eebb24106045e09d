/* SPDX-License-Identifier: MIT */
/*
 * bare MOUNTPOINT FOLDERS TEMPLATE: what FUSE itself costs, to be measured against.
 *
 * A filesystem of as many folders, psm_00000 and so on, in each of which are the files of the
 * folder TEMPLATE (one object of a pshmfs). All is in memory from the start, and each answer is as
 * long as pshmfs' own, holds for as long, and comes through the same loop of libfuse; but nothing
 * is looked up, opened or rendered for it.
 */
#include <dirent.h>
#include <errno.h>
#include <fuse_lowlevel.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/files.h"

#define FILES_MAX 62

/* As in fusefs/ops.c. */
#define FIXED_SECONDS 3600.0
#define LIVE_SECONDS 0.001

struct file {
	char *name, *text;
	size_t size;
};

static struct {
	struct file files[FILES_MAX];
	unsigned n_files, n_folders;
} tree;

/* A number is the folder plus 1 (the root: 0), and in the lowest six bits the file plus 2, or 1. */
#define NUMBER(folder, row) ((fuse_ino_t)((folder) << 6 | (row)))
#define FOLDER(ino) ((unsigned)((ino) >> 6))
#define ROW(ino) ((unsigned)((ino)&63))

/* Which names pshmfs says are the same for ever, and which sizes hold for a moment. */
static bool is_fixed(const struct file *file)
{
	static const char *const fixed[] = {"raw",  "fields",  "layout", "stat",
					    "json", "holders", "waiters"};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (strcmp(file->name, fixed[i]) == 0)
			return true;
	return false;
}

static const struct file *file_of(fuse_ino_t ino)
{
	return ROW(ino) > 1 && ROW(ino) - 2 < tree.n_files ? &tree.files[ROW(ino) - 2] : NULL;
}

static struct fuse_entry_param entry_of(fuse_ino_t ino)
{
	const struct file *file = file_of(ino);
	struct fuse_entry_param entry = {
		.ino = ino,
		.attr = {.st_ino = ino, .st_nlink = 1, .st_mode = S_IFDIR | 0555},
		.entry_timeout = LIVE_SECONDS,
		.attr_timeout = LIVE_SECONDS,
	};

	if (!file)
		return entry;
	entry.attr.st_mode = S_IFREG | 0444;
	entry.attr.st_size = (off_t)file->size;
	entry.entry_timeout = is_fixed(file) ? FIXED_SECONDS : LIVE_SECONDS;
	entry.attr_timeout = strcmp(file->name, "raw") == 0 ? LIVE_SECONDS : 0;
	return entry;
}

static void bare_init(void *userdata, struct fuse_conn_info *conn)
{
	(void)userdata;
#if FUSE_USE_VERSION >= 317
	fuse_unset_feature_flag(conn, FUSE_CAP_SPLICE_READ);
	fuse_unset_feature_flag(conn, FUSE_CAP_SPLICE_WRITE);
	fuse_unset_feature_flag(conn, FUSE_CAP_SPLICE_MOVE);
#else
	conn->want &=
		~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE);
#endif
}

static fuse_ino_t child_of(fuse_ino_t parent, const char *name)
{
	unsigned folder;

	if (parent == FUSE_ROOT_ID)
		return sscanf(name, "psm_%5u", &folder) == 1 && folder < tree.n_folders
			       ? NUMBER(folder + 1, 1)
			       : 0;
	for (unsigned i = 0; i < tree.n_files; i++)
		if (strcmp(tree.files[i].name, name) == 0)
			return NUMBER(FOLDER(parent), i + 2);
	return 0;
}

static void bare_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param entry = entry_of(child_of(parent, name));

	if (entry.ino)
		fuse_reply_entry(req, &entry);
	else
		fuse_reply_err(req, ENOENT);
}

static void bare_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fuse_entry_param entry = entry_of(ino);

	(void)fi;
	fuse_reply_attr(req, &entry.attr, entry.attr_timeout);
}

static void bare_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	fi->direct_io = 1;
	fuse_reply_open(req, fi);
}

static void bare_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		      struct fuse_file_info *fi)
{
	const struct file *file = file_of(ino);
	size_t left = file && (size_t)off < file->size ? file->size - (size_t)off : 0;

	(void)fi;
	fuse_reply_buf(req, left ? file->text + off : NULL, left < size ? left : size);
}

/* The name and the number at an index of a folder; false: that is its end. */
static bool name_at(fuse_ino_t folder, size_t index, char *ret, size_t size, fuse_ino_t *ret_ino)
{
	const size_t n = folder == FUSE_ROOT_ID ? tree.n_folders : tree.n_files;
	const char *dots = "..";

	*ret_ino = 0;
	if (index < 2)
		snprintf(ret, size, "%s", dots + !index);
	else if (folder == FUSE_ROOT_ID)
		snprintf(ret, size, "psm_%05zu", index - 2);
	else if (index - 2 < n)
		snprintf(ret, size, "%s", tree.files[index - 2].name);
	if (index >= 2)
		*ret_ino = child_of(folder, ret);
	return index < n + 2;
}

static void reply_page(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, bool plus)
{
	char *bytes = malloc(size ? size : 1), name[256];
	size_t used = 0, n;
	fuse_ino_t child;

	for (; bytes && name_at(ino, (size_t)off, name, sizeof(name), &child); off++, used += n) {
		struct fuse_entry_param entry = entry_of(child);

		if (!child)
			entry.attr.st_ino = 0xffffffff;
		n = plus ? fuse_add_direntry_plus(req, bytes + used, size - used, name, &entry,
						  off + 1)
			 : fuse_add_direntry(req, bytes + used, size - used, name, &entry.attr,
					     off + 1);
		if (n > size - used)
			break;
	}
	if (bytes)
		fuse_reply_buf(req, bytes, used);
	else
		fuse_reply_err(req, ENOMEM);
	free(bytes);
}

static void bare_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
			 struct fuse_file_info *fi)
{
	(void)fi;
	reply_page(req, ino, size, off, false);
}

static void bare_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
			     struct fuse_file_info *fi)
{
	(void)fi;
	reply_page(req, ino, size, off, true);
}

static const struct fuse_lowlevel_ops bare_ops = {
	.init = bare_init,
	.lookup = bare_lookup,
	.getattr = bare_getattr,
	.open = bare_open,
	.read = bare_read,
	.readdir = bare_readdir,
	.readdirplus = bare_readdirplus,
};

static int load(const char *template)
{
	DIR *dir = opendir(template);
	struct dirent *entry;
	int r = dir ? 0 : -errno;

	while (dir && r == 0 && (entry = readdir(dir))) {
		struct file *file = &tree.files[tree.n_files];

		if (entry->d_type != DT_REG)
			continue;
		if (tree.n_files == FILES_MAX)
			r = -E2BIG;
		else
			r = read_file(pathf("%s/%s", template, entry->d_name), &file->text,
				      &file->size);
		if (r == 0) {
			file->name = strdup(entry->d_name);
			tree.n_files++;
		}
	}
	if (dir)
		closedir(dir);
	return r;
}

int main(int argc, char **argv)
{
	char *fuse_argv[] = {"bare", "-o", "fsname=bare,subtype=bare,noexec", NULL};
	struct fuse_args args = FUSE_ARGS_INIT(3, fuse_argv);
	struct fuse_loop_config *config = fuse_loop_cfg_create();
	struct fuse_session *session = NULL;

	if (argc != 4 || load(argv[3]) < 0) {
		fprintf(stderr, "usage: bare MOUNTPOINT FOLDERS TEMPLATE\n");
		return EXIT_FAILURE;
	}
	tree.n_folders = (unsigned)strtoul(argv[2], NULL, 10);
	session = fuse_session_new(&args, &bare_ops, sizeof(bare_ops), NULL);
	if (!session || !config || fuse_set_signal_handlers(session) != 0 ||
	    fuse_session_mount(session, argv[1]) != 0)
		return EXIT_FAILURE;
	fuse_loop_cfg_set_max_threads(config, 10);
	fuse_session_loop_mt(session, config);
	fuse_session_unmount(session);
	fuse_session_destroy(session);
	fuse_loop_cfg_destroy(config);
	return EXIT_SUCCESS;
}
