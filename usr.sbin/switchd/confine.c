/*
 * SPDX-License-Identifier: ISC
 *
 * confine.c: what the parent keeps of root's rights.
 *
 * What it starts inherits this, uswitch too, and has less of its own; so the
 * sum of all that they do is promised, and no more.  It reads any file, as
 * configurations and certificates lie where the user wants them, and writes
 * only where its sockets and state are, to devices, and to the network's
 * settings.  A reload cannot widen it: a device to be opened is in one of
 * these directories, or is a socket.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <libgen.h>
#include <string.h>
#include <unistd.h>

#include "bsd.h"
#include "log.h"
#include "parent.h"
#include "proc_var.h"
#include "sandbox.h"

/*
 * rpath	configuration, certificates, programs
 * wpath cpath	sockets, pid and state files; devices
 * fattr flock	of those
 * inet unix	listeners; switches to connect to; switchctl
 * route	interfaces and switches in the kernel
 * raw packet	ports: packet sockets and taps
 * netns	ports in other network namespaces: they are entered
 * bpf		what the kernel forwards between them by itself
 * proc exec	children and uswitch
 * id drop	they become somebody else, and confine themselves
 */
#define CONFINE_PROMISES	"stdio rpath wpath cpath fattr flock inet " \
				"unix route raw packet netns bpf proc exec " \
				"id drop"

static void
confine_path(const char *path, const char *permissions)
{
	/* What is not there is not needed; who needs it says so. */
	if (unveil(path, permissions) == -1 && errno != ENOENT)
		log_warn("unveil %s", path);
}

static void
confine_files(const struct parent_args *pa)
{
	char	dir[1024];

	strlcpy(dir, pa->pa_socket, sizeof(dir));
	confine_path("/", "rx");
	confine_path("/dev", "rw");
	confine_path("/proc/sys/net", "rw");
	confine_path(dirname(dir), "rwc");
	confine_path(pa->pa_run, "rwc");
	confine_path(pa->pa_state, "rwc");
}

void
confine_parent(const struct parent_args *pa)
{
	struct rlimit	 rl = { 0, 0 };
	const char	*why;

	/* It has keys in memory. */
	if (setrlimit(RLIMIT_CORE, &rl) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fatal("no core files");
	if (mkdir(pa->pa_state, 0755) == -1 && errno != EEXIST)
		log_warn("%s", pa->pa_state);
	confine_files(pa);
	why = proc_sandbox(CONFINE_PROMISES);
	if (why != NULL)
		log_warnx("the parent has no filter: %s", why);
	proc_parent_confined(why);
}
