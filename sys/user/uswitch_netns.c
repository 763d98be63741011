/*
 * SPDX-License-Identifier: ISC
 *
 * uswitch_netns.c: other network namespaces; see uswitch_netns.h.
 */
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <linux/nsfs.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "uswitch_ctl.h"
#include "uswitch_netns.h"

#define NETNS_PATH	(sizeof(UNETNS_DIR) + UCTL_NETNS_LEN)

static int	home = -1;

bool
unetns_name_ok(const char *name)
{
	size_t	len = strlen(name);

	return (len > 0 && len < UCTL_NETNS_LEN &&
	    strchr(".-", name[0]) == NULL &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == len);
}

static void
netns_path(const char *name, char *path)
{
	snprintf(path, NETNS_PATH, "%s/%s", UNETNS_DIR, name);
}

/* The name is a file first, to which the namespace is bound. */
int
unetns_open(const char *name)
{
	char	path[NETNS_PATH];
	int	fd;

	if (home == -1)
		home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home == -1)
		return (-1);
	netns_path(name, path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 || ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET)
		return (fd);
	close(fd);
	errno = EINVAL;
	return (-1);
}

uint64_t
unetns_id(const char *name)
{
	struct stat	st;
	char		path[NETNS_PATH];

	netns_path(name, path);
	return (stat(path, &st) == 0 ? st.st_ino : 0);
}

int
unetns_enter(int fd)
{
	return (setns(fd, CLONE_NEWNET));
}

void
unetns_leave(void)
{
	if (setns(home, CLONE_NEWNET) == -1)
		abort();
}
