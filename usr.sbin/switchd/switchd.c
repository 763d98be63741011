/*
 * SPDX-License-Identifier: ISC
 *
 * switchd.c: options, and the way into each process of switchd(8).
 */
#include <errno.h>
#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bsd.h"
#include "conf.h"
#include "log.h"
#include "parent.h"
#include "switchd.h"

__attribute__((__noreturn__)) static void
usage(int status)
{
	fprintf(status == 0 ? stdout : stderr,
	    "usage: switchd [-dhnv] [-c cachesize] [-D macro=value] [-f file]\n"
	    "               [-R rundir] [-r root] [-S statedir] [-s socket]\n"
	    "               [-t timeout] [-u user]\n");
	exit(status);
}

static uint32_t
number(const char *what, const char *s, long long max)
{
	const char	*why;
	long long	 n = strtonum(s, 0, max, &why);

	if (why != NULL)
		errx(1, "%s %s: %s: a number from 0 to %lld", what, s, why,
		    max);
	return ((uint32_t)n);
}

static enum proc_id
instance(const char *name)
{
	enum proc_id	id;

	for (id = PROC_PARENT + 1; id < PROC_MAX; id++)
		if (strcmp(name, proc_name(id)) == 0)
			return (id);
	usage(1);
}

/* An option's argument, kept from the process's title. */
static const char *
argument(const char *arg)
{
	char	*s = strdup(arg);

	if (s == NULL)
		err(1, NULL);
	return (s);
}

/* The same of a path, which is used when we are elsewhere. */
static const char *
path(const char *arg)
{
	char	cwd[512], *s;

	if (*arg == '/' || getcwd(cwd, sizeof(cwd)) == NULL)
		return (argument(arg));
	if (asprintf(&s, "%s/%s", cwd, arg) == -1)
		err(1, NULL);
	return (s);
}

/* Or what is opened first would be taken for standard input or output. */
static void
open_standard(void)
{
	int	fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd != -1 && fd <= STDERR_FILENO);
	if (fd == -1)
		err(1, "/dev/null");
	close(fd);
}

int
main(int argc, char *argv[])
{
	static const struct option	 longopts[] = {
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 }
	};
	static struct parent_args pa = {
		.pa_conf = SWITCHD_CONF, .pa_socket = CTL_SOCKET,
		.pa_run = SWITCHD_RUN, .pa_state = SWITCHD_STATE,
		.pa_proc = { .pa_user = SWITCHD_USER, .pa_root = SWITCHD_ROOT }
	};
	enum proc_id		 id = PROC_PARENT;
	int			 ch;

	open_standard();
	setproctitle_init(argc, argv);
	while ((ch = getopt_long(argc, argv, "c:D:df:hI:nR:r:S:s:Tt:u:v",
	    longopts, NULL)) != -1) {
		switch (ch) {
		case 'c':
			pa.pa_cache = number("cache size", optarg, UINT32_MAX);
			if (pa.pa_cache == 0)
				errx(1, "cache size 0: at least 1");
			break;
		case 'D':
			if (conf_macro(optarg) == -1)
				warnx("-D %s: not macro=value", optarg);
			break;
		case 'd':
			pa.pa_proc.pa_debug++;
			break;
		case 'f':
			pa.pa_conf = argument(optarg);
			break;
		case 'h':
			usage(0);
		case 'I':
			id = instance(optarg);
			break;
		case 'n':
			pa.pa_check = true;
			break;
		case 'R':
			pa.pa_run = path(optarg);
			break;
		case 'r':
			pa.pa_proc.pa_root = path(optarg);
			break;
		case 'S':
			pa.pa_state = path(optarg);
			break;
		case 's':
			pa.pa_socket = path(optarg);
			break;
		case 'T':
			pa.pa_proc.pa_tls = true;
			break;
		case 't':
			pa.pa_timeout = number("timeout", optarg, UINT32_MAX);
			pa.pa_timeout_set = true;
			break;
		case 'u':
			pa.pa_proc.pa_user = argument(optarg);
			break;
		case 'v':
			pa.pa_proc.pa_verbose++;
			break;
		default:
			usage(1);
		}
	}
	if (argc != optind)
		usage(1);
	if (id != PROC_PARENT)
		proc_child(id, &pa.pa_proc);
	return (parent_main(&pa));
}
