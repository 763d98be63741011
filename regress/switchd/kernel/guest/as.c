/*
 * SPDX-License-Identifier: ISC
 *
 * as.c: run a command as somebody who may do less.  Runs in the guest.
 *
 *	as nobody command ...	an unprivileged user
 *	as root command ...	root of a user namespace of its own, with its
 *				own network and mounts: nobody outside
 */
#include <err.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	if (f == NULL || fputs(text, f) == EOF || fclose(f) != 0)
		err(125, "%s", path);
}

static void
as_nobody(void)
{
	if (setgid(99) != 0 || setuid(99) != 0)
		err(125, "setuid");
}

static void
as_root(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) != 0)
		err(125, "unshare");
	put("/proc/self/uid_map", "0 0 1");
	put("/proc/self/setgroups", "deny");
	put("/proc/self/gid_map", "0 0 1");
}

int
main(int argc, char *argv[])
{
	if (argc > 2 && strcmp(argv[1], "nobody") == 0)
		as_nobody();
	else if (argc > 2 && strcmp(argv[1], "root") == 0)
		as_root();
	else
		errx(125, "usage: as nobody|root command ...");
	execvp(argv[2], argv + 2);
	err(125, "%s", argv[2]);
}
