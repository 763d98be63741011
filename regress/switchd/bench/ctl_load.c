/*
 * SPDX-License-Identifier: ISC
 *
 * ctl_load.c: emulated switches that send packet-ins to a controller and count
 * the right answers.
 *
 *	ctl_load [-v 10|13] [-s switches] [-n hosts] [-o outstanding] [-u]
 *	    [-S] [-d seconds] [-P pid,pid..] [-A] port
 *
 * An answer is a packet-out for a packet-in, or a flow mod that carries its
 * buffer id; right, if it goes out by the port of the destination.  -u:
 * unbuffered packet-ins (the answer is the packet-out with the frame).  -S:
 * learn storm, each packet-in has a source never seen before.  -A: do not
 * answer what controllers ask beyond features, echo and barrier.
 * -P: processes whose CPU time is counted.  -C: connect all switches at once,
 * and tell how long that takes, what memory of these processes each one costs,
 * and how long answers take when all of them ask, one at a time each: the p99
 * of all, and of the switch that is served worst.  One line of JSON at the end.
 *
 * Wire bytes are put together by hand here: a generator may share no mistake
 * with what it tests.
 */
#include <sys/types.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PORTS		48
#define FRAME		60
#define SLOTS_MAX	4096
#define LAT_MAX		2000000		/* ns histogram, 100 ns steps */
#define CROWD_ANSWERS	100		/* to each switch of a crowd */

struct sw {
	int		 fd;
	unsigned int	 id;
	bool		 ready;		/* asked for features */
	uint32_t	 out;		/* packet-ins without answer */
	uint32_t	 fresh;
	uint32_t	 nwaits;
	uint32_t	 waits[CROWD_ANSWERS];	/* us, in a crowd */
	uint8_t		*in, *obuf;
	size_t		 in_len, out_len;
	uint32_t	 dst[SLOTS_MAX];	/* host expected, by slot */
	uint64_t	 sent[SLOTS_MAX];	/* ns; 0: free */
	uint16_t	 free[SLOTS_MAX];
	unsigned int	 nfree;
};

static struct sw	*sws;
static unsigned int	 version = 13, nsw = 16, nhosts = 256, outstanding = 64;
static double		 seconds = 3;
static size_t		 bufsize = 1 << 20;
static bool		 unbuffered, storm, quiet, crowd;
static uint64_t		 right, wrong, flows, outs, errors_in;
static uint32_t		*latency;
static unsigned int	 nwaits;	/* of all switches */
static bool		 measuring;
static int		 ep;
static uint64_t		 rnd_state = 88172645463325252ULL;

static uint64_t
now_ns(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ((uint64_t)ts.tv_sec * 1000000000 + ts.tv_nsec);
}

static uint32_t
rnd(uint32_t n)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 7;
	rnd_state ^= rnd_state << 17;
	return ((rnd_state >> 32) * n >> 32);
}

static void
p16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void
p32(uint8_t *p, uint32_t v)
{
	p16(p, v >> 16);
	p16(p + 2, v);
}

static uint16_t
g16(const uint8_t *p)
{
	return (p[0] << 8 | p[1]);
}

static uint32_t
g32(const uint8_t *p)
{
	return ((uint32_t)g16(p) << 16 | g16(p + 2));
}

static uint32_t
port_of(uint32_t host)
{
	return (host % PORTS + 1);
}

static uint8_t *
room(struct sw *s, size_t len)
{
	uint8_t	*p = s->obuf + s->out_len;

	if (s->out_len + len > bufsize)
		errx(1, "the controller does not read");
	s->out_len += len;
	memset(p, 0, len);
	return (p);
}

static uint8_t *
message(struct sw *s, uint8_t type, size_t len, uint32_t xid)
{
	uint8_t	*p = room(s, len);

	p[0] = version == 10 ? 1 : 4;
	p[1] = type;
	p16(p + 2, len);
	p32(p + 4, xid);
	return (p);
}

static void
flush(struct sw *s)
{
	struct epoll_event	ev = { .data.ptr = s };
	ssize_t			n;

	if (s->out_len == 0)
		return;
	n = write(s->fd, s->obuf, s->out_len);
	if (n == -1 && errno != EAGAIN)
		err(1, "switch %u: write", s->id);
	if (n > 0) {
		memmove(s->obuf, s->obuf + n, s->out_len - n);
		s->out_len -= n;
	}
	ev.events = EPOLLIN | (s->out_len > 0 ? EPOLLOUT : 0);
	if (s->out_len > 0)
		epoll_ctl(ep, EPOLL_CTL_MOD, s->fd, &ev);
}

static void
mac(uint8_t *p, const struct sw *s, uint32_t host)
{
	p[0] = 2;
	p[1] = s->id;
	p32(p + 2, host + 1);
}

/* A packet-in from host src to dst (nobody: broadcast). */
static void
packet_in(struct sw *s, uint32_t src, uint32_t dst, bool broadcast)
{
	uint32_t	 slot = s->free[--s->nfree];
	uint8_t		*p, *f;
	size_t		 head = version == 10 ? 18 : 42;

	p = message(s, 10, head + FRAME, 0);
	p32(p + 8, unbuffered ? 0xffffffff : slot);
	p16(p + 12, FRAME);
	if (version == 10)
		p16(p + 14, port_of(src));
	else {
		memset(p + 16, 0xff, 8);	/* cookie: of no flow */
		p16(p + 24, 1);			/* OXM match */
		p16(p + 26, 12);
		p32(p + 28, 0x80000004);
		p32(p + 32, port_of(src));
	}
	f = p + head;
	if (broadcast)
		memset(f, 0xff, 6);
	else
		mac(f, s, dst);
	mac(f + 6, s, src);
	p16(f + 12, 0x0800);
	p32(f + 14, slot);
	s->dst[slot] = broadcast ? UINT32_MAX : dst;
	s->sent[slot] = measuring && outstanding == 1 ? now_ns() : 1;
	s->out++;
}

static void
answered(struct sw *s, uint32_t slot, uint32_t port)
{
	uint64_t	ns;

	if (slot >= SLOTS_MAX || s->sent[slot] == 0)
		return;
	if (s->dst[slot] == UINT32_MAX)
		right += port > PORTS;
	else if (port == port_of(s->dst[slot]))
		right++;
	else
		wrong++;
	if (s->sent[slot] > 1) {
		ns = (now_ns() - s->sent[slot]) / 100;
		latency[ns < LAT_MAX ? ns : LAT_MAX - 1]++;
		if (s->nwaits < CROWD_ANSWERS) {
			s->waits[s->nwaits++] = ns / 10;
			nwaits++;
		}
	}
	s->sent[slot] = 0;
	s->free[s->nfree++] = slot;
	s->out--;
}

/* Output port of the first action of a list; 0: none. */
static uint32_t
out_port(const uint8_t *p, size_t len)
{
	if (version == 10)
		return (len >= 8 && g16(p) == 0 ? g16(p + 4) : 0);
	return (len >= 16 && g16(p) == 0 ? g32(p + 4) : 0);
}

static void
flow_mod(struct sw *s, const uint8_t *p, size_t len)
{
	uint32_t	buffer;
	size_t		pos;

	flows++;
	if (version == 10) {
		buffer = g32(p + 64);
		if (buffer != 0xffffffff)
			answered(s, buffer, out_port(p + 72, len - 72));
		return;
	}
	buffer = g32(p + 32);
	if (buffer == 0xffffffff)
		return;
	pos = 48 + ((g16(p + 50) + 7) & ~7);
	if (pos + 8 <= len && (g16(p + pos) == 4 || g16(p + pos) == 3))
		answered(s, buffer, out_port(p + pos + 8, len - pos - 8));
}

static void
packet_out(struct sw *s, const uint8_t *p, size_t len)
{
	size_t		head = version == 10 ? 16 : 24, alen;
	uint32_t	buffer = g32(p + 8), port;

	outs++;
	alen = version == 10 ? g16(p + 14) : g16(p + 16);
	if (head + alen > len)
		return;
	port = out_port(p + head, alen);
	if (buffer != 0xffffffff)
		answered(s, buffer, port);
	else if (len - head - alen >= 18)
		answered(s, g32(p + head + alen + 14), port);
}

static void
features(struct sw *s, uint32_t xid)
{
	unsigned int	 i;
	uint8_t		*p;

	p = message(s, 6, version == 10 ? 32 + 48 * 2 : 32, xid);
	p32(p + 12, s->id + 1);
	p32(p + 16, 256);
	p[20] = 1;
	for (i = 0; version == 10 && i < 2; i++)
		p16(p + 32 + 48 * i, i + 1);
	s->ready = true;
}

static void
multipart(struct sw *s, const uint8_t *q, uint32_t xid)
{
	size_t	 head = version == 10 ? 12 : 16, body = 0;
	uint16_t type = g16(q + 8);
	uint8_t	*p;

	if (quiet)
		return;
	if (type == 0)
		body = 1056;		/* description */
	else if (type == 13 && version == 13)
		body = 64;		/* one port */
	else if (type == 12) {
		p = message(s, 1, 12 + 16, xid);
		p16(p + 8, 1);
		p16(p + 10, 2);		/* BAD_MULTIPART */
		memcpy(p + 12, q, 16);
		return;
	}
	p = message(s, version == 10 ? 17 : 19, head + body, xid);
	p16(p + 8, type);
	if (type == 13)
		p32(p + 16, 1);
}

static void
handle(struct sw *s, const uint8_t *p, size_t len)
{
	uint32_t	xid = g32(p + 4);
	uint8_t		barrier = version == 10 ? 18 : 20, *r;

	switch (p[1]) {
	case 1:
		errors_in++;
		break;
	case 2:
		r = message(s, 3, len, xid);
		memcpy(r + 8, p + 8, len - 8);
		break;
	case 5:
		features(s, xid);
		break;
	case 7:
		r = message(s, 8, 12, xid);
		p16(r + 10, 128);
		break;
	case 13:
		packet_out(s, p, len);
		break;
	case 14:
		flow_mod(s, p, len);
		break;
	default:
		if (p[1] == barrier)
			message(s, barrier + 1, 8, xid);
		else if (p[1] == barrier - 2)
			multipart(s, p, xid);
		break;
	}
}

static void
receive(struct sw *s)
{
	size_t	pos = 0, len;
	ssize_t	n;

	n = read(s->fd, s->in + s->in_len, bufsize - s->in_len);
	if (n == -1 && errno == EAGAIN)
		return;
	if (n <= 0)
		errx(1, "switch %u: the controller closed", s->id);
	s->in_len += n;
	while (s->in_len - pos >= 8) {
		len = g16(s->in + pos + 2);
		if (len < 8)
			errx(1, "length %zu", len);
		if (len > s->in_len - pos)
			break;
		handle(s, s->in + pos, len);
		pos += len;
	}
	memmove(s->in, s->in + pos, s->in_len - pos);
	s->in_len -= pos;
}

static void
more(struct sw *s)
{
	uint32_t	src, dst;

	while (s->out < outstanding && s->nfree > 0) {
		if (storm) {
			src = nhosts + s->fresh++;
			dst = rnd(nhosts);
			while (port_of(dst) == port_of(src))
				dst = (dst + 1) % nhosts;
		} else {
			src = rnd(nhosts);
			do
				dst = rnd(nhosts);
			while (port_of(dst) == port_of(src));
		}
		packet_in(s, src, dst, false);
	}
}

static void
connect_all(uint16_t port)
{
	struct sockaddr_in	 sin = { .sin_family = AF_INET };
	struct epoll_event	 ev = { .events = EPOLLIN };
	struct sw		*s;
	unsigned int		 i, j;
	int			 on = 1;

	sin.sin_port = htons(port);
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ep = epoll_create1(0);
	for (i = 0; i < nsw; i++) {
		s = &sws[i];
		s->id = i;
		s->in = malloc(bufsize);
		s->obuf = malloc(bufsize);
		for (j = 0; j < SLOTS_MAX; j++)
			s->free[s->nfree++] = j;
		s->fd = socket(AF_INET, SOCK_STREAM, 0);
		if (connect(s->fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
			err(1, "connect");
		setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		fcntl(s->fd, F_SETFL, O_NONBLOCK);
		ev.data.ptr = s;
		epoll_ctl(ep, EPOLL_CTL_ADD, s->fd, &ev);
		message(s, 0, 8, 1);
		flush(s);
	}
}

/* Wait for messages; after each, send what fill adds. */
static void
turn(void (*fill)(struct sw *), int ms)
{
	struct epoll_event	 evs[64];
	struct sw		*s;
	int			 i, n;

	n = epoll_wait(ep, evs, 64, ms);
	for (i = 0; i < n; i++) {
		s = evs[i].data.ptr;
		if (evs[i].events & EPOLLOUT) {
			struct epoll_event ev = { EPOLLIN, { .ptr = s } };

			epoll_ctl(ep, EPOLL_CTL_MOD, s->fd, &ev);
		}
		if (evs[i].events & (EPOLLIN | EPOLLHUP))
			receive(s);
		if (fill != NULL)
			fill(s);
		flush(s);
	}
}

static bool
all_ready(void)
{
	static unsigned int	i;	/* those before are */

	for (; i < nsw; i++)
		if (!sws[i].ready)
			return (false);
	return (true);
}

/* Let every host say something, so that it is known. */
static void
warm(struct sw *s)
{
	while (s->out < outstanding && s->fresh < nhosts)
		packet_in(s, s->fresh++, 0, true);
}

static void
warm_all(void)
{
	uint64_t	limit = now_ns() + 20000000000ULL;
	unsigned int	i;
	bool		busy = true;

	for (i = 0; i < nsw; i++) {
		warm(&sws[i]);
		flush(&sws[i]);
	}
	while (busy) {
		if (now_ns() > limit)
			errx(1, "hosts are not learned: no answers");
		turn(warm, 100);
		busy = false;
		for (i = 0; i < nsw; i++)
			busy |= sws[i].out > 0 || sws[i].fresh < nhosts;
	}
	for (i = 0; i < nsw; i++)
		sws[i].fresh = 0;
}

static double
cpu_of(const char *pids)
{
	char		 path[64], line[1024], *list, *next, *p, *q;
	unsigned long	 ut, st;
	double		 sum = 0;
	FILE		*f;

	if (pids == NULL)
		return (0);
	next = list = strdup(pids);
	while ((p = strsep(&next, ",")) != NULL) {
		snprintf(path, sizeof(path), "/proc/%s/stat", p);
		if ((f = fopen(path, "r")) == NULL)
			err(1, "%s", path);
		if (fgets(line, sizeof(line), f) != NULL &&
		    (q = strrchr(line, ')')) != NULL &&
		    sscanf(q + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u "
		    "%*u %lu %lu", &ut, &st) == 2)
			sum += (double)(ut + st) / sysconf(_SC_CLK_TCK);
		fclose(f);
	}
	free(list);
	return (sum);
}

static double
own_cpu(void)
{
	struct rusage	ru;

	getrusage(RUSAGE_SELF, &ru);
	return (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec +
	    (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6);
}

static double
percentile(double part)
{
	uint64_t	total = 0, sum = 0;
	unsigned int	i;

	for (i = 0; i < LAT_MAX; i++)
		total += latency[i];
	for (i = 0; i < LAT_MAX; i++)
		if ((sum += latency[i]) > total * part)
			break;
	return (i / 10.0);
}

static void
run(const char *pids)
{
	uint64_t	start, end, last;
	double		cpu, own, wall;
	unsigned int	i;

	right = wrong = flows = outs = 0;
	measuring = true;
	cpu = cpu_of(pids);
	own = own_cpu();
	start = now_ns();
	end = start + seconds * 1e9;
	for (i = 0; i < nsw; i++) {
		more(&sws[i]);
		flush(&sws[i]);
	}
	while ((last = now_ns()) < end)
		turn(more, 100);
	wall = (last - start) / 1e9;
	cpu = cpu_of(pids) - cpu;
	own = own_cpu() - own;
	printf("{\"version\": %u, \"buffered\": %s, \"storm\": %s, "
	    "\"switches\": %u, \"hosts\": %u, \"outstanding\": %u, "
	    "\"answers_per_s\": %.0f, \"right\": %.4f, \"cpu_us\": %.3f, "
	    "\"flow_mods\": %llu, \"packet_outs\": %llu, "
	    "\"p50_us\": %.1f, \"p99_us\": %.1f, "
	    "\"generator_cpu\": %.2f, \"generator_limit\": %s, "
	    "\"errors\": %llu}\n",
	    version, unbuffered ? "false" : "true", storm ? "true" : "false",
	    nsw, nhosts, outstanding, (right + wrong) / wall,
	    right + wrong == 0 ? 0 : (double)right / (right + wrong),
	    right + wrong == 0 ? 0 : cpu * 1e6 / (right + wrong),
	    (unsigned long long)flows, (unsigned long long)outs,
	    percentile(0.5), percentile(0.99), own / wall,
	    own / wall > 0.85 ? "true" : "false",
	    (unsigned long long)errors_in);
}

/* kB of the processes' own pages. */
static double
memory_of(const char *pids)
{
	char	 path[64], line[256], *list, *next, *p;
	double	 sum = 0, kb;
	FILE	*f;

	if (pids == NULL)
		return (0);
	next = list = strdup(pids);
	while ((p = strsep(&next, ",")) != NULL) {
		snprintf(path, sizeof(path), "/proc/%s/smaps_rollup", p);
		if ((f = fopen(path, "r")) == NULL)
			err(1, "%s", path);
		while (fgets(line, sizeof(line), f) != NULL)
			if (sscanf(line, "Pss: %lf kB", &kb) == 1)
				sum += kb;
		fclose(f);
	}
	free(list);
	return (sum);
}

static void
more_of_crowd(struct sw *s)
{
	if (s->nwaits < CROWD_ANSWERS)
		more(s);
}

static int
shorter(const void *a, const void *b)
{
	uint32_t	x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x < y ? -1 : x > y);
}

/* All ask at once, each again when it is answered. */
static void
crowd_ask(void)
{
	uint64_t	limit = now_ns() + 60000000000ULL;
	unsigned int	i;

	outstanding = 1;
	nhosts = 2;
	warm_all();
	measuring = true;
	right = wrong = 0;
	for (i = 0; i < nsw; i++) {
		more(&sws[i]);
		flush(&sws[i]);
	}
	while (nwaits < nsw * CROWD_ANSWERS) {
		if (now_ns() > limit)
			errx(1, "%u answers are missing",
			    nsw * CROWD_ANSWERS - nwaits);
		turn(more_of_crowd, 100);
	}
}

/* us: half of all answers, 99 %, and those 99 % of the switch served worst. */
static void
crowd_waits(uint32_t *p50, uint32_t *p99, uint32_t *worst)
{
	const unsigned int	 at = CROWD_ANSWERS * 99 / 100 - 1;
	uint32_t		*all = calloc(nsw, sizeof(sws[0].waits));
	unsigned int		 i;

	*worst = 0;
	for (i = 0; i < nsw; i++) {
		memcpy(all + i * CROWD_ANSWERS, sws[i].waits,
		    sizeof(sws[i].waits));
		qsort(sws[i].waits, CROWD_ANSWERS, sizeof(sws[i].waits[0]),
		    shorter);
		if (sws[i].waits[at] > *worst)
			*worst = sws[i].waits[at];
	}
	qsort(all, nwaits, sizeof(*all), shorter);
	*p50 = all[nwaits / 2];
	*p99 = all[nwaits / 100 * 99];
	free(all);
}

/* All switches at once; then what each one costs. */
static void
run_crowd(const char *pids, uint16_t port)
{
	struct rlimit	rl;
	double		before, after, took, cpu, own;
	uint64_t	start, limit;
	uint32_t	p50, p99, worst;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
	before = memory_of(pids);
	cpu = cpu_of(pids);
	own = own_cpu();
	start = now_ns();
	connect_all(port);
	while (!all_ready()) {
		if (now_ns() - start > 60000000000ULL)
			errx(1, "not all switches are asked for features");
		turn(NULL, 100);
	}
	took = (now_ns() - start) / 1e9;
	limit = now_ns() + 2000000000ULL;
	while (now_ns() < limit)
		turn(NULL, 100);
	cpu = cpu_of(pids) - cpu;
	own = own_cpu() - own;
	after = memory_of(pids);
	start = now_ns();
	crowd_ask();
	start = now_ns() - start;
	crowd_waits(&p50, &p99, &worst);
	printf("{\"switches\": %u, \"seconds\": %.4f, \"per_s\": %.0f, "
	    "\"bytes_per_switch\": %.0f, \"pss_kb_before\": %.0f, "
	    "\"cpu_us_per_switch\": %.1f, \"generator_us\": %.1f, "
	    "\"answers_per_s\": %.0f, \"right\": %.4f, "
	    "\"p50_us\": %u, \"p99_us\": %u, "
	    "\"p99_us_of_slowest\": %u}\n", nsw,
	    took, nsw / took, (after - before) * 1024 / nsw, before,
	    cpu * 1e6 / nsw, own * 1e6 / nsw,
	    nsw * CROWD_ANSWERS / (start / 1e9),
	    right + wrong == 0 ? 0 : (double)right / (right + wrong),
	    p50, p99, worst);
}

int
main(int argc, char *argv[])
{
	const char	*pids = NULL;
	uint64_t	 limit;
	int		 ch;

	while ((ch = getopt(argc, argv, "ACd:n:o:P:Ss:uv:")) != -1) {
		switch (ch) {
		case 'A':
			quiet = true;
			break;
		case 'C':
			crowd = true;
			bufsize = 8192;
			break;
		case 'd':
			seconds = atof(optarg);
			break;
		case 'n':
			nhosts = strtoul(optarg, NULL, 10);
			break;
		case 'o':
			outstanding = strtoul(optarg, NULL, 10);
			break;
		case 'P':
			pids = optarg;
			break;
		case 'S':
			storm = true;
			break;
		case 's':
			nsw = strtoul(optarg, NULL, 10);
			break;
		case 'u':
			unbuffered = true;
			break;
		case 'v':
			version = strtoul(optarg, NULL, 10);
			break;
		default:
			errx(1, "usage: see the head of ctl_load.c");
		}
	}
	if (argc != optind + 1 || (version != 10 && version != 13) ||
	    outstanding > SLOTS_MAX || outstanding == 0 || nhosts < 2 ||
	    (nsw > 256 && !crowd))
		errx(1, "usage: see the head of ctl_load.c");
	sws = calloc(nsw, sizeof(*sws));
	latency = calloc(LAT_MAX, sizeof(*latency));
	if (crowd) {
		run_crowd(pids, strtoul(argv[optind], NULL, 10));
		return (0);
	}
	connect_all(strtoul(argv[optind], NULL, 10));
	limit = now_ns() + 10000000000ULL;
	while (!all_ready()) {
		if (now_ns() > limit)
			errx(1, "the controller does not ask for features");
		turn(NULL, 100);
	}
	limit = now_ns() + 300000000;
	while (now_ns() < limit)
		turn(NULL, 20);
	warm_all();
	run(pids);
	return (0);
}
