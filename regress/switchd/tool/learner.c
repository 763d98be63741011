/*
 * SPDX-License-Identifier: ISC
 *
 * learner.c: the controller alone, without processes: dp.c and below on one
 * listening socket.  For tests and for profiles of the hot path.
 *
 *	learner [-c cachesize] [-t timeout] [-a address] port
 *
 * SIGUSR1 prints the counters that are not zero, SIGUSR2 forgets all hosts.
 */
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../../../usr.sbin/switchd/dp.h"
#include "../../../usr.sbin/switchd/log.h"
#include "../../../usr.sbin/switchd/stream.h"

static void
learner_accept(evutil_socket_t lfd, short what, void *arg)
{
	struct sockaddr_in	sin;
	struct stream		*st;
	socklen_t		len = sizeof(sin);
	char			name[64];
	int			fd, on = 1;

	while ((fd = accept4(lfd, (struct sockaddr *)&sin, &len,
	    SOCK_NONBLOCK)) != -1) {
		counter_inc(&dp_nobody, CNT_conn_accepted);
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		snprintf(name, sizeof(name), "tcp:%s:%u",
		    inet_ntoa(sin.sin_addr), ntohs(sin.sin_port));
		st = stream_accept(fd, false);
		if (st != NULL)
			conn_new(st, name, 0);
		len = sizeof(sin);
	}
}

static void
learner_tick(evutil_socket_t fd, short what, void *arg)
{
	dp_tick();
}

static void
learner_signal(evutil_socket_t sig, short what, void *arg)
{
	struct counters	 cn = dp_nobody;
	struct dp	*d;
	unsigned int	 i;

	TAILQ_FOREACH(d, &dp_list, d_entry) {
		if (sig == SIGUSR2)
			dp_learn_reset(d);
		counter_sum(&cn, &d->d_counters);
	}
	conn_flush();
	for (i = 0; sig == SIGUSR1 && i < CNT_COUNT; i++)
		if (cn.cn_v[i] != 0)
			printf("%s %llu\n", counter_name(i),
			    (unsigned long long)cn.cn_v[i]);
	fflush(stdout);
}

int
main(int argc, char *argv[])
{
	const struct timeval	second = { 1, 0 };
	struct sockaddr_in	sin = { .sin_family = AF_INET };
	struct event_base	*base = event_base_new();
	struct rlimit		rl;
	int			ch, fd, on = 1;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	while ((ch = getopt(argc, argv, "a:c:t:")) != -1) {
		switch (ch) {
		case 'a':
			if (inet_pton(AF_INET, optarg, &sin.sin_addr) != 1)
				errx(1, "%s: not an address", optarg);
			break;
		case 'c':
			dp_limit = strtoul(optarg, NULL, 10);
			break;
		case 't':
			dp_timeout = strtoul(optarg, NULL, 10);
			break;
		default:
			errx(1, "usage: learner [-c cachesize] [-t timeout] "
			    "[-a address] port");
		}
	}
	if (argc != optind + 1)
		errx(1, "which port?");
	sin.sin_port = htons(strtoul(argv[optind], NULL, 10));
	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
	signal(SIGPIPE, SIG_IGN);
	log_init("learner", 1, 0);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd == -1 || bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 4096) == -1)
		err(1, "listen");
	dp_init(base);
	event_add(event_new(base, fd, EV_READ | EV_PERSIST, learner_accept,
	    NULL), NULL);
	event_add(event_new(base, -1, EV_PERSIST, learner_tick, NULL),
	    &second);
	event_add(evsignal_new(base, SIGUSR1, learner_signal, NULL), NULL);
	event_add(evsignal_new(base, SIGUSR2, learner_signal, NULL), NULL);
	event_base_dispatch(base);
	return (0);
}
