/* SPDX-License-Identifier: MIT */
/* What this mount cannot see, why, and the cure: told so that nobody takes silence for no. */
#include "fusefs/nodes_unseen.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>

#include "core/capabilities.h"
#include "core/process_file.h"
#include "fusefs/privileges.h"
#include "fusefs/viewer.h"

#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE 40 /* Linux 5.9 */
#endif

/* The namespaces that the machine begins with have these numbers: include/linux/proc_ns.h. */
#define FIRST_USER_NAMESPACE 0xEFFFFFFDu
#define FIRST_PID_NAMESPACE 0xEFFFFFFCu

#define CAPABILITIES_TO_READ (CAPABILITY(CAP_DAC_READ_SEARCH) | CAPABILITY(CAP_DAC_OVERRIDE))
#define CAPABILITIES_TO_FOLLOW (CAPABILITY(CAP_CHECKPOINT_RESTORE) | CAPABILITY(CAP_SYS_ADMIN))

/* False also where it cannot be told. */
static bool in_another(int procfd, const char *kind, ino_t first)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "self/ns/%s", kind);
	return fstatat(procfd, path, &st, 0) == 0 && st.st_ino != first;
}

/* Is this /proc that of the namespace that we are in? Of one around it we have two numbers there.
 */
static bool proc_is_of_ours(int procfd)
{
	char text[4096];
	const char *line;

	if (process_file_read(procfd, "self/status", text, sizeof(text)) <= 0)
		return false;
	line = strstr(text, "\nNSpid:\t");
	if (!line)
		return false;
	line += strlen("\nNSpid:\t");
	return line[strcspn(line, "\t\n")] == '\n';
}

static void bytes_about(const struct mirror *mirror, uid_t uid, uint64_t capabilities, FILE *out)
{
	const bool apart = in_another(mirror->procfd, "user", FIRST_USER_NAMESPACE);

	if (uid != 0 || !(capabilities & CAPABILITIES_TO_READ))
		fprintf(out,
			"unseen\tbytes of objects that user %u may not read: the kernel decides; "
			"sudo pshmfs DIR\n",
			uid);
	else if (apart)
		fputs("unseen\tbytes of objects that users outside of this user namespace let "
		      "nobody read: the kernel decides; sudo pshmfs DIR, outside of it\n",
		      out);
	if (apart || !(capabilities & CAPABILITIES_TO_FOLLOW))
		fputs("unseen\tbytes of objects without a name that are mapped, and open nowhere: "
		      "only root may follow links in map_files; sudo pshmfs DIR\n",
		      out);
}

void unseen_about(const struct subject *subject, FILE *out)
{
	const struct mirror *mirror = subject->mirror;
	const struct viewer *viewer = subject->viewer;
	const uid_t uid = viewer->who ? viewer->who->uid : mirror->user;

	if (in_another(mirror->procfd, "pid", FIRST_PID_NAMESPACE) &&
	    proc_is_of_ours(mirror->procfd))
		fputs("unseen\tprocesses outside of this container (pid namespace), which may hold "
		      "and wait as well: pshmfs DIR, outside of it\n",
		      out);
	fputs("unseen\tother /dev/shm, as containers have: each is a filesystem of its own; "
	      "pshm_ls --all lists them; pshmfs /proc/PID/root/dev/shm DIR\n",
	      out);
	if (viewer->who)
		fprintf(out,
			"viewer\tuser %u: all is as this user could see it without this mount\n",
			uid);
	if (mirror->privileges)
		bytes_about(mirror, uid,
			    viewer->who ? viewer->who->capabilities
					: mirror->privileges->capabilities,
			    out);
}
