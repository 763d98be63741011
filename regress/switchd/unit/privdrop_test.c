/*
 * SPDX-License-Identifier: ISC
 *
 * privdrop_test.c: a child of root becomes nobody in an empty directory and
 * tries to get back.  Needs root.
 */

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox.h"
#include "test.h"

static char	dir[] = "/tmp/privdrop_test.XXXXXX";

/* The line that failed, or 0. */
static int
dropped(void)
{
	gid_t		groups[8];
	uid_t		uid, r, e, s;

	uid = getpwnam("nobody")->pw_uid;
	if (privdrop("nobody", dir) == -1)
		return (__LINE__);
	if (getresuid(&r, &e, &s) == -1 || r != uid || e != uid || s != uid)
		return (__LINE__);
	if (getgroups(8, groups) != 1 || groups[0] == 0 || getgid() == 0)
		return (__LINE__);
	if (seteuid(0) != -1 || setegid(0) != -1 || setgroups(0, NULL) != -1)
		return (__LINE__);
	if (open("/etc/passwd", O_RDONLY) != -1 || errno != ENOENT)
		return (__LINE__);
	if (open("../../etc/passwd", O_RDONLY) != -1)
		return (__LINE__);
	if (creat("/file", 0600) != -1 || chroot("/") != -1)
		return (__LINE__);
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return (__LINE__);
	return (0);
}

static int
in_child(int (*f)(void))
{
	pid_t		pid;
	int		status = -1;

	fflush(stdout);
	if ((pid = fork()) == 0)
		_exit(f());
	waitpid(pid, &status, 0);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static int
drop_only(void)
{
	return (privdrop("nobody", dir) == -1 ? errno : 0);
}

static int
drop_to_root(void)
{
	return (privdrop("root", dir) == -1 ? errno : 0);
}

static int
drop_to_unknown(void)
{
	return (privdrop("_no_such_user", dir) == -1 ? errno : 0);
}

TEST(privileges_and_files_are_gone_for_good)
{
	int		line;

	line = in_child(dropped);
	if (!CHECK(line == 0))
		printf("privdrop_test.c:%d\n", line);
}

TEST(root_is_no_user_to_drop_to)
{
	CHECK(in_child(drop_to_root) == EPERM);
}

TEST(unknown_user_is_an_error)
{
	CHECK(in_child(drop_to_unknown) == ENOENT);
}

TEST(directory_that_others_may_write_is_refused)
{
	CHECK(chmod(dir, 0777) == 0);
	CHECK(in_child(drop_only) == EPERM);
	CHECK(chmod(dir, 0755) == 0);
	CHECK(chown(dir, 1, 1) == 0);
	CHECK(in_child(drop_only) == EPERM);
	CHECK(chown(dir, 0, 0) == 0);
	CHECK(in_child(drop_only) == 0);
}

int
main(void)
{
	int		rv;

	if (mkdtemp(dir) == NULL || chmod(dir, 0755) == -1) {
		printf("not ok privdrop - no directory\n");
		return (1);
	}
	rv = test_main();
	rmdir(dir);
	return (rv);
}
