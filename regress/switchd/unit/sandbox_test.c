/*
 * SPDX-License-Identifier: ISC
 *
 * sandbox_test.c: each promise in a child that tries what it may and what it
 * must not; and what a child can still open after unveil.
 */

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <net/if.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sandbox.h"
#include "test.h"

/* Each tries one thing; 0, or -1 with errno. */

static int
try_read(void)
{
	int		p[2];
	char		c;

	return (pipe(p) == 0 && write(p[1], "x", 1) == 1 &&
	    read(p[0], &c, 1) == 1 && close(p[0]) == 0 && malloc(1 << 20) ?
	    0 : -1);
}

static int
try_fd(void)
{
	int		p[2];

	return (socketpair(AF_UNIX, SOCK_STREAM, 0, p) == 0 &&
	    send(p[0], "x", 1, MSG_NOSIGNAL) == 1 ? 0 : -1);
}

static int
try_open(void)
{
	return (open("/etc/passwd", O_RDONLY) == -1 ? -1 : 0);
}

static int
try_open_write(void)
{
	return (open("/dev/null", O_WRONLY) == -1 ? -1 : 0);
}

static int
try_create(void)
{
	int		fd;

	fd = open("/tmp", O_TMPFILE | O_RDWR | O_CREAT, 0600);
	return (fd == -1 && errno == EPERM ? -1 : 0);
}

static int
try_mkdir(void)
{
	return (mkdir("/proc/none", 0700) == -1 && errno == EPERM ? -1 : 0);
}

static int
try_stat(void)
{
	struct stat	st;

	return (lstat("/etc/passwd", &st));
}

static int
try_fstat(void)
{
	struct stat	st;

	return (fstat(1, &st));
}

static int
try_socket_inet(void)
{
	return (socket(AF_INET, SOCK_STREAM, 0) == -1 ? -1 : 0);
}

static int
try_socket_inet6(void)
{
	return (socket(AF_INET6, SOCK_STREAM, 0) == -1 && errno == EPERM ?
	    -1 : 0);
}

static int
try_socket_unix(void)
{
	return (socket(AF_UNIX, SOCK_STREAM, 0) == -1 ? -1 : 0);
}

static int
try_socket_packet(void)
{
	return (socket(AF_PACKET, SOCK_RAW, 0) == -1 && errno == EPERM ?
	    -1 : 0);
}

static int
try_fork(void)
{
	pid_t		pid;

	if ((pid = fork()) == 0)
		_exit(0);
	return (pid == -1 ? -1 : 0);
}

static int
try_exec(void)
{
	char		*const argv[] = { NULL };

	execv("/does/not/exist", argv);
	return (errno == EPERM ? -1 : 0);
}

static int
try_kill_parent(void)
{
	return (kill(getppid(), 0));
}

static int
try_kill_self(void)
{
	return (kill(getpid(), 0));
}

static int
try_ptrace(void)
{
	return (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1 ? -1 : 0);
}

static int
try_namespace(void)
{
	return (unshare(CLONE_NEWNET) == -1 && errno == EPERM ? -1 : 0);
}

static int
try_code(void)
{
	return (mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
}

static int
try_setuid(void)
{
	return (setresuid(getuid(), getuid(), getuid()));
}

static int
try_accept(void)
{
	return (accept(-1, NULL, NULL) == -1 && errno == EPERM ? -1 : 0);
}

static int
try_ioctl(void)
{
	struct ifreq	ifr;
	int		p[2];

	memset(&ifr, 0, sizeof(ifr));
	strncpy(ifr.ifr_name, "lo", sizeof(ifr.ifr_name) - 1);
	return (socketpair(AF_UNIX, SOCK_STREAM, 0, p) == 0 &&
	    ioctl(p[0], SIOCGIFFLAGS, &ifr) == 0 ? 0 : -1);
}

static int
try_more(void)
{
	return (pledge("stdio inet exec", NULL));
}

static int
try_less(void)
{
	return (pledge("stdio", NULL));
}

/* Does try work in a child after pledge? */
static bool
works(const char *promises, int (*try)(void))
{
	pid_t		pid;
	int		status = -1;

	fflush(stdout);
	if ((pid = fork()) == 0) {
		if (pledge(promises, NULL) == -1)
			_exit(3);
		errno = 0;
		if (try() == 0)
			_exit(0);
		_exit(errno == EPERM ? 1 : 4);
	}
	CHECK(pid != -1 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) < 2);
	return (WEXITSTATUS(status) == 0);
}

static const struct {
	const char	*what;
	int		(*try)(void);
	const char	*promises;	/* that must allow it */
	const char	*others;	/* all together must not */
} rows[] = {
	{ "read and write", try_read, "stdio", NULL },
	{ "send on a socket pair", try_fd, "stdio recvfd sendfd", NULL },
	{ "fstat", try_fstat, "stdio", NULL },
	{ "signal itself", try_kill_self, "stdio", NULL },
	{ "pledge less", try_less, "stdio rpath", NULL },
	{ "pledge more", try_more, NULL, "stdio inet" },
	{ "open a file", try_open, "stdio rpath",
	    "stdio inet unix packet proc exec id" },
	{ "open a file to write", try_open_write, "stdio wpath",
	    "stdio rpath dns" },
	{ "create a file", try_create, "stdio cpath", "stdio rpath wpath" },
	{ "make a directory", try_mkdir, "stdio cpath", "stdio rpath wpath" },
	{ "look at a file", try_stat, "stdio rpath", "stdio inet" },
	{ "make an IPv4 socket", try_socket_inet, "stdio inet",
	    "stdio unix rpath packet" },
	{ "make an IPv6 socket", try_socket_inet6, "stdio dns",
	    "stdio unix rpath packet" },
	{ "make a unix socket", try_socket_unix, "stdio unix",
	    "stdio inet rpath" },
	{ "make a packet socket", try_socket_packet, NULL,
	    "stdio inet unix dns packet proc exec id" },
	{ "accept a connection", try_accept, "stdio accept",
	    "stdio dns packet" },
	{ "make a socket to listen", try_socket_inet, NULL,
	    "stdio accept recvfd packet" },
	{ "ask an interface", try_ioctl, "stdio packet", "stdio inet" },
	{ "fork", try_fork, "stdio proc", "stdio exec" },
	{ "execute", try_exec, "stdio exec", "stdio proc rpath" },
	{ "signal its parent", try_kill_parent, "stdio proc", "stdio id" },
	{ "change its user", try_setuid, "stdio id", "stdio proc" },
	{ "trace", try_ptrace, NULL, "stdio proc exec id" },
	{ "make a namespace", try_namespace, NULL, "stdio proc exec id" },
	{ "make memory executable", try_code, NULL, "stdio exec" }
};

TEST(promises)
{
	size_t		i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].promises != NULL) {
			test_case("\"%s\" may %s", rows[i].promises,
			    rows[i].what);
			CHECK(works(rows[i].promises, rows[i].try));
		}
		if (rows[i].others != NULL) {
			test_case("\"%s\" must not %s", rows[i].others,
			    rows[i].what);
			CHECK(!works(rows[i].others, rows[i].try));
		}
	}
}

TEST(wrong_promises_are_refused_and_change_nothing)
{
	CHECK(pledge("stdio rpaht", NULL) == -1 && errno == EINVAL);
	CHECK(pledge("", NULL) == -1 && errno == EINVAL);
	CHECK(pledge("stdio", "stdio") == -1 && errno == EINVAL);
	CHECK(pledge(NULL, NULL) == -1 && errno == EINVAL);
	CHECK(try_open() == 0);
	CHECK(strcmp(sandbox_state(), "pledge none, unveil none") == 0);
}

/* A directory with two files; the child unveils one. */
static int
unveil_child(const char *seen, const char *hidden)
{
	if (unveil(seen, "r") == -1 || unveil(NULL, NULL) == -1)
		return (10);
	if (strstr(sandbox_state(), "landlock") == NULL)
		return (11);
	if (open(seen, O_RDONLY) == -1)
		return (12);
	if (open(seen, O_WRONLY) != -1)
		return (13);
	if (open(hidden, O_RDONLY) != -1 || errno != EACCES)
		return (14);
	if (unveil(hidden, "r") != -1 || errno != EPERM)
		return (15);
	if (open("/", O_RDONLY | O_DIRECTORY) != -1)
		return (16);
	return (0);
}

TEST(only_what_was_unveiled_can_be_opened)
{
	char		 dir[] = "/tmp/sandbox_test.XXXXXX";
	char		 seen[64], hidden[64];
	pid_t		 pid;
	int		 status = -1;

	if (!CHECK(mkdtemp(dir) != NULL))
		return;
	snprintf(seen, sizeof(seen), "%s/seen", dir);
	snprintf(hidden, sizeof(hidden), "%s/hidden", dir);
	close(open(seen, O_CREAT | O_WRONLY, 0600));
	close(open(hidden, O_CREAT | O_WRONLY, 0600));
	if ((pid = fork()) == 0)
		_exit(unveil_child(seen, hidden));
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status));
	if (!CHECK(WEXITSTATUS(status) == 0))
		printf("unveil_child returned %d\n", WEXITSTATUS(status));
	unlink(seen);
	unlink(hidden);
	rmdir(dir);
}

TEST(unveil_refuses_what_makes_no_sense)
{
	CHECK(unveil("/does/not/exist", "r") == -1 && errno == ENOENT);
	CHECK(unveil("/", "q") == -1 && errno == EINVAL);
	CHECK(unveil(NULL, "r") == -1 && errno == EINVAL);
}

int
main(void)
{
	return (test_main());
}
