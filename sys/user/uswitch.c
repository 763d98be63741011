/*
 * SPDX-License-Identifier: ISC
 *
 * uswitch.c: uswitch(8), a switch in userland: options, files, two processes.
 */
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "uswitch.h"
#include "uswitch_netns.h"

#define RUN_DIR		"/run"
#define STATE_DIR	"/var/lib/switchd"
#define DEFAULT_USER	"_switchd"
#define MAX_PORT_NO	0xffffff00U	/* OFPP_MAX */
#define MAX_OPENERS	64

static struct us_options	options;
static bool			log_stderr = true;

void
us_log_started(const struct us_options *uo)
{
	int	null;

	if (uo->uo_debug)
		return;
	log_stderr = false;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null != -1)
		dup2(null, STDERR_FILENO);
}

void
us_log(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	if (log_stderr) {
		fprintf(stderr, "uswitch: ");
		vfprintf(stderr, fmt, ap);
		fprintf(stderr, "\n");
	} else
		vsyslog(LOG_INFO, fmt, ap);
	va_end(ap);
}

static void
usage(FILE *out)
{
	fprintf(out, "usage: uswitch [-dhL] [-c openers] [-D dpid] "
	    "[-f secure|standalone[:seconds]]\n"
	    "               [-i [netns/]interface[=port]] [-p pidfile] "
	    "[-S socket]\n"
	    "               [-s statefile] [-t tap[=port]] [-u user] name\n");
}

__attribute__((__noreturn__, __format__(__printf__, 1, 2))) static void
fail(const char *fmt, ...)
{
	va_list	ap;

	fprintf(stderr, "uswitch: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	exit(1);
}

/* A number in [min, max], of any base that C knows. */
static uint64_t
number(const char *what, const char *s, uint64_t min, uint64_t max)
{
	unsigned long long	 n;
	char			*end;

	errno = 0;
	n = strtoull(s, &end, 0);
	if (errno != 0 || *s == '-' || *s == '\0' || *end != '\0' ||
	    n < min || n > max)
		fail("%s %s: not a number from %llu to %llu", what, s,
		    (unsigned long long)min, (unsigned long long)max);
	return (n);
}

/* A datapath id: hexadecimal digits, also behind 0x. */
static uint64_t
option_dpid(const char *s)
{
	unsigned long long	 n;
	char			*end;

	errno = 0;
	n = strtoull(s, &end, 16);
	if (errno != 0 || *s == '-' || *end != '\0' || n == 0)
		fail("datapath id %s: not a hexadecimal number above 0", s);
	return (n);
}

static void
option_fail(const char *s)
{
	if (strcmp(s, "secure") == 0) {
		options.uo_standalone = false;
		return;
	}
	if (strncmp(s, "standalone", 10) != 0 ||
	    (s[10] != ':' && s[10] != '\0'))
		fail("fail mode %s: neither secure nor standalone[:seconds]",
		    s);
	options.uo_standalone = true;
	if (s[10] == ':')
		options.uo_fail_delay = (uint32_t)number("fail mode", s + 11,
		    1, UINT32_MAX);
}

/* The namespace of NETNS/INTERFACE. */
static void
option_netns(struct us_port *us)
{
	size_t	len = strcspn(us->us_name, "/");

	us->us_ns = -1;
	if (us->us_name[len] == '\0')
		return;
	if (us->us_kind == UCTL_TAP)
		fail("%s: a tap is made here: move it to a network namespace",
		    us->us_name);
	if (len < sizeof(us->us_netns))
		memcpy(us->us_netns, us->us_name, len);
	if (!unetns_name_ok(us->us_netns) ||
	    strchr(us->us_name + len + 1, '/') != NULL)
		fail("%s: NETNS/INTERFACE, and the name of a network "
		    "namespace has 1 to %d letters, digits or '_', and '.' or "
		    "'-' behind the first", us->us_name, UCTL_NETNS_LEN - 1);
	options.uo_away = true;
}

/* name[=port] */
static void
option_port(char *s, enum uctl_kind kind, bool local)
{
	struct us_port	*us = &options.uo_ports[options.uo_nports];
	char		*eq = local ? NULL : strrchr(s, '=');

	if (options.uo_nports == US_MAX_PORTS)
		fail("%s: more than %d ports", s, US_MAX_PORTS);
	if (eq != NULL) {
		*eq = '\0';
		us->us_no = (uint32_t)number(s, eq + 1, 1, MAX_PORT_NO);
	}
	us->us_name = s;
	us->us_kind = kind;
	us->us_local = local;
	option_netns(us);
	options.uo_nports++;
}

static void
option_name(char *name, bool local)
{
	if (strlen(name) == 0 || strlen(name) > 15 || name[0] == '.' ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789._-") != strlen(name))
		fail("%s: a switch's name has 1 to 15 of the characters that "
		    "names of interfaces have", name);
	options.uo_name = name;
	if (local)
		option_port(name, UCTL_TAP, true);
}

static void
path(char *buf, size_t size, const char *given, const char *dir,
    const char *name, const char *suffix)
{
	char	cwd[128] = "";
	int	n;

	/* We leave this directory. */
	if (given != NULL && *given != '/' &&
	    getcwd(cwd, sizeof(cwd) - 1) == NULL)
		fail("%s: %s", given, strerror(errno));
	if (given != NULL)
		n = snprintf(buf, size, "%s%s%s%s", cwd, *cwd ? "/" : "",
		    given, suffix);
	else
		n = snprintf(buf, size, "%s/%s%s", dir, name, suffix);
	if (n < 0 || (size_t)n >= size)
		fail("%s: the path is too long", given != NULL ? given : name);
}

/* A datapath id that this machine gives a switch of this name every time. */
static uint64_t
default_dpid(const char *name)
{
	char		id[64] = "";
	uint64_t	h = 0xcbf29ce484222325ULL;
	size_t		i;
	int		fd;

	fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
	if (fd == -1 || read(fd, id, sizeof(id) - 1) <= 0)
		gethostname(id, sizeof(id) - 1);
	if (fd != -1)
		close(fd);
	for (i = 0; i < sizeof(id); i++)
		h = (h ^ (uint8_t)id[i]) * 0x100000001b3ULL;
	for (i = 0; name[i] != '\0'; i++)
		h = (h ^ (uint8_t)name[i]) * 0x100000001b3ULL;
	/* As if made from a locally administered address. */
	return ((h & 0xfcffffffffffULL) | 0x020000000000ULL);
}

static void
options_parse(int argc, char **argv)
{
	static const struct option	longopts[] = {
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 }
	};
	const char	*sock = NULL, *state = NULL, *pid = NULL;
	bool		 local = false;
	int		 ch;

	options.uo_user = DEFAULT_USER;
	options.uo_openers = 1;
	while ((ch = getopt_long(argc, argv, "c:D:df:hi:Lp:S:s:t:u:",
	    longopts, NULL)) != -1) {
		switch (ch) {
		case 'c':
			options.uo_openers = (uint32_t)number("openers",
			    optarg, 1, MAX_OPENERS);
			break;
		case 'D':
			options.uo_dpid = option_dpid(optarg);
			break;
		case 'd':
			options.uo_debug = true;
			break;
		case 'f':
			option_fail(optarg);
			break;
		case 'h':
			usage(stdout);
			exit(0);
		case 'i':
			option_port(optarg, UCTL_PACKET, false);
			break;
		case 'L':
			local = true;
			break;
		case 'p':
			pid = optarg;
			break;
		case 'S':
			sock = optarg;
			break;
		case 's':
			state = optarg;
			break;
		case 't':
			option_port(optarg, UCTL_TAP, false);
			break;
		case 'u':
			options.uo_user = optarg;
			break;
		default:
			usage(stderr);
			exit(1);
		}
	}
	if (argc - optind != 1) {
		usage(stderr);
		exit(1);
	}
	option_name(argv[optind], local);
	path(options.uo_socket, sizeof(options.uo_socket), sock, RUN_DIR,
	    options.uo_name, "");
	path(options.uo_ctl, sizeof(options.uo_ctl), sock, RUN_DIR,
	    options.uo_name, ".ctl");
	path(options.uo_pid, sizeof(options.uo_pid), pid != NULL ? pid : sock,
	    RUN_DIR, options.uo_name, pid != NULL ? "" : ".pid");
	path(options.uo_state, sizeof(options.uo_state),
	    state != NULL ? state : sock, STATE_DIR, options.uo_name,
	    state != NULL ? "" : ".ports");
	if (options.uo_dpid == 0)
		options.uo_dpid = default_dpid(options.uo_name);
}

static void
open_user(void)
{
	const struct passwd	*pw = getpwnam(options.uo_user);

	if (pw == NULL)
		fail("no user %s: create it (systemd-sysusers, adduser), or "
		    "name another with -u", options.uo_user);
	if (pw->pw_uid == 0)
		fail("%s is root, which the switch must not be",
		    options.uo_user);
	options.uo_gid = pw->pw_gid;
}

/* The lock of this switch: held as long as one of its processes lives. */
static void
open_pid(void)
{
	int	fd;

	fd = open(options.uo_pid, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
	    0644);
	if (fd == -1)
		fail("%s: %s", options.uo_pid, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) == -1)
		fail("%s: %s", options.uo_pid, errno == EWOULDBLOCK ?
		    "a switch of this name runs already" : strerror(errno));
	options.uo_pid_fd = fd;
}

static void
write_pid(void)
{
	if (ftruncate(options.uo_pid_fd, 0) == -1 ||
	    dprintf(options.uo_pid_fd, "%d\n", getpid()) < 0)
		fail("%s: %s", options.uo_pid, strerror(errno));
}

static void
open_state(void)
{
	if (strncmp(options.uo_state, STATE_DIR "/", sizeof(STATE_DIR)) == 0)
		mkdir(STATE_DIR, 0755);
	options.uo_state_fd = open(options.uo_state,
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (options.uo_state_fd == -1)
		fail("%s: %s", options.uo_state, strerror(errno));
}

/* A listening socket; what a dead switch left at its path goes. */
static int
open_socket(const char *where, int type, gid_t gid, mode_t mode)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	struct stat		st;
	mode_t			old;
	int			fd, r;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", where);
	if (lstat(where, &st) == 0 &&
	    (!S_ISSOCK(st.st_mode) || unlink(where) == -1))
		fail("%s: is in the way: remove it", where);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		fail("%s: %s", where, strerror(errno));
	old = umask(0777);
	r = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(old);
	if (r == -1 || chown(where, (uid_t)-1, gid) == -1 ||
	    chmod(where, mode) == -1 || listen(fd, 8) == -1)
		fail("%s: %s", where, strerror(errno));
	return (fd);
}

/* Everything that needs root and a file system. */
static void
open_all(void)
{
	if (geteuid() != 0)
		fail("root is needed to open interfaces; the switch itself "
		    "runs without");
	open_user();
	open_pid();
	open_state();
	/* As ip-netns(8) would: it is watched. */
	if (options.uo_away)
		mkdir(UNETNS_DIR, 0755);
	mkdir("/var", 0755);
	if (mkdir(EMPTY_DIR, 0755) == -1 && errno != EEXIST)
		fail("%s: %s", EMPTY_DIR, strerror(errno));
	options.uo_socket_fd = open_socket(options.uo_socket, SOCK_STREAM,
	    options.uo_gid, 0660);
	options.uo_ctl_fd = open_socket(options.uo_ctl, SOCK_SEQPACKET, 0,
	    0600);
}

/* In the background; the descriptor on which the shell waits. */
static int
background(void)
{
	int	p[2], null;
	char	status = 1;

	if (pipe2(p, O_CLOEXEC) == -1)
		fail("pipe: %s", strerror(errno));
	switch (fork()) {
	case -1:
		fail("fork: %s", strerror(errno));
	case 0:
		break;
	default:
		close(p[1]);
		if (read(p[0], &status, 1) != 1)
			status = 1;
		_exit(status);
	}
	close(p[0]);
	setsid();
	if (chdir("/") == -1)
		fail("/: %s", strerror(errno));
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null != -1) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	return (p[1]);
}

int
main(int argc, char **argv)
{
	int	pair[2], ready = -1;
	pid_t	pid;

	options_parse(argc, argv);
	open_all();
	if (!options.uo_debug)
		ready = background();
	write_pid();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		fail("socketpair: %s", strerror(errno));
	tzset();		/* where there is a file to read still */
	openlog("uswitch", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	pid = fork();
	if (pid == -1)
		fail("fork: %s", strerror(errno));
	if (pid == 0) {
		close(pair[0]);
		if (ready != -1)
			close(ready);
		return (worker_main(&options, pair[1]));
	}
	close(pair[1]);
	close(options.uo_socket_fd);
	close(options.uo_ctl_fd);
	close(options.uo_state_fd);
	return (parent_main(&options, pid, pair[0], ready));
}
