/*
 * SPDX-License-Identifier: ISC
 *
 * scenario.c: scenario [-b host|live] [-n word] [-r dir] [-t target] FILE ...
 *
 * Runs scenario files line by line; the language is described in README.  A
 * case ends at the next one; after its first failed line the rest of it is
 * passed over.  What arrived and nobody expected is a failure, too.
 */
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"
#include "runner.h"

struct run	run;

static bool	port_no(const char *, uint32_t *);

/* The case failed at this line; false. */
bool
fail(const char *fmt, ...)
{
	va_list	ap;

	if (run.failed)
		return (false);
	run.failed = true;
	run.failline = run.line;
	va_start(ap, fmt);
	vsnprintf(run.why, sizeof(run.why), fmt, ap);
	va_end(ap);
	if (run.name[0] == '\0')
		errx(2, "%s:%d: %s", run.file, run.line, run.why);
	return (false);
}

/* Frames. */

static bool
frame_of(const char *text, uint8_t *buf, int *len)
{
	char	why[200];

	if (strcmp(text, "same") == 0) {
		memcpy(buf, run.last, (size_t)run.last_len);
		*len = run.last_len;
		return (true);
	}
	*len = frame_parse(text, buf, FRAMES_MAX, why, sizeof(why));
	return (*len >= 0 || fail("%s", why));
}

static bool
port_no(const char *s, uint32_t *no)
{
	char	*end;

	if (s != NULL && strcmp(s, "local") == 0) {
		*no = LOCAL;
		return (true);
	}
	if (s == NULL)
		return (fail("port number?"));
	*no = (uint32_t)strtoul(s, &end, 0);
	return (*end == '\0' || fail("not a port: %s", s));
}

static void
hexline(char *out, size_t cap, const uint8_t *p, int len)
{
	int	i;

	for (i = 0; i < len && (size_t)i * 2 + 3 < cap; i++)
		snprintf(out + 2 * i, 3, "%02x", p[i]);
	out[2 * i] = '\0';
}

/* [N times] packet PORT FRAME */
static bool
do_packet(char *rest, uint64_t times)
{
	uint32_t	no;

	if (!port_no(word(&rest), &no) ||
	    !frame_of(rest, run.last, &run.last_len))
		return (false);
	settle();
	while (times-- > 0) {
		if (run.be->be_inject(no, run.last, (size_t)run.last_len) != 0)
			return (fail("cannot send at port %u", no));
	}
	return (true);
}

static ssize_t
frame_next(uint32_t no, uint8_t *buf)
{
	ssize_t	n;

	do {
		n = run.be->be_frame(no, buf, FRAMES_MAX);
	} while (n == 0 && run.be->be_wait());
	return (n);
}

/* expect packet PORT FRAME|same|any */
static bool
expect_packet(char *rest)
{
	static uint8_t	got[FRAMES_MAX], want[FRAMES_MAX];
	char		a[700], b[700];
	uint32_t	no;
	ssize_t		n;
	int		len, i;

	if (!port_no(word(&rest), &no))
		return (false);
	settle();
	if ((n = frame_next(no, got)) <= 0)
		return (fail("nothing left at port %u", no));
	if (strcmp(rest, "any") == 0)
		return (true);
	if (!frame_of(rest, want, &len))
		return (false);
	if (n == len && memcmp(got, want, (size_t)n) == 0)
		return (true);
	for (i = 0; i < n && i < len && got[i] == want[i]; i++)
		;
	hexline(a, sizeof(a), got, (int)n);
	hexline(b, sizeof(b), want, len);
	return (fail("port %u: another frame, from byte %d:\n#   got    %s\n"
	    "#   wanted %s", no, i, a, b));
}

/* expect packets PORT N or N..M: that many, whatever they are */
static bool
expect_packets(char *rest)
{
	static uint8_t	got[FRAMES_MAX];
	unsigned long	n = 0, lo, hi;
	uint32_t	no;
	char		*w, *end;

	if (!port_no(word(&rest), &no) || (w = word(&rest)) == NULL)
		return (fail("expect packets PORT N"));
	lo = hi = strtoul(w, &end, 0);
	if (strncmp(end, "..", 2) == 0)
		hi = strtoul(end + 2, NULL, 0);
	settle();
	while (frame_next(no, got) > 0)
		n++;
	if (n < lo || n > hi)
		return (fail("port %u: %lu frames left, expected %s", no, n,
		    w));
	var_set("COUNT", "");
	return (true);
}

/* Nothing must be there, on no port and no channel. */
static bool
expect_nothing(void)
{
	static uint8_t	got[FRAMES_MAX];
	char		text[900];
	struct shown	sn;
	ssize_t		n;
	int		i;

	settle();
	for (i = 0; i < 5; i++)
		run.be->be_wait();
	for (i = 0; i < run.nports; i++) {
		if ((n = run.be->be_frame(run.port[i], got,
		    sizeof(got))) > 0) {
			hexline(text, sizeof(text), got, (int)n);
			return (fail("unexpected frame at port %u: %s",
			    run.port[i], text));
		}
	}
	for (i = 1; i < CTLS; i++) {
		pump(i);
		if (run.ctl[i].ct_first == NULL)
			continue;
		msg_show(&sn, run.ctl[i].ct_first->ms_data,
		    run.ctl[i].ct_first->ms_len);
		show_print(&sn.sn_msg, text, sizeof(text));
		msg_shown_free(&sn);
		return (fail("ctl %d: unexpected %s", i, text));
	}
	return (true);
}

static bool
expect_closed(int n)
{
	struct msg	*m;

	m = msg_next(n);
	if (m != NULL)
		return (fail("ctl %d: a message instead of the end", n));
	if (!run.ctl[n].ct_closed)
		return (fail("ctl %d: still open", n));
	run.be->be_close(n);
	ctl_reset(&run.ctl[n]);
	return (true);
}

/* ctl N expect N MESSAGE: so many of them; words as usual. */
static bool
expect_many(int n, unsigned long count, char *rest)
{
	char	*copy;
	bool	 ok = true;

	while (count-- > 0 && ok) {
		copy = strdup(rest);
		ok = expect_msg(n, copy);
		free(copy);
	}
	return (ok);
}

static bool
do_expect(int n, char *rest)
{
	char		*copy = rest;
	unsigned long	 count;
	char		*end;

	if (strcmp(rest, "nothing") == 0)
		return (expect_nothing());
	if (strcmp(rest, "closed") == 0)
		return (expect_closed(n));
	if (strncmp(rest, "packet ", 7) == 0)
		return (expect_packet(rest + 7));
	if (strncmp(rest, "packets ", 8) == 0)
		return (expect_packets(rest + 8));
	count = strtoul(copy, &end, 10);
	if (end != copy && *end == ' ')
		return (expect_many(n, count, end + 1));
	return (expect_msg(n, rest));
}

/* The case. */

static void
defaults(void)
{
	int	i;

	memset(&run.conf, 0, sizeof(run.conf));
	run.conf.sc_dpid = 0xa1;
	run.conf_set = run.noconnect = run.ready = run.failed = false;
	run.skipped = false;
	run.why[0] = '\0';
	run.nports = 4;
	for (i = 0; i < 4; i++)
		run.port[i] = (uint32_t)i + 1;
	run.chunk = 0;
}

/* The first line behind the head of a case: make the switch. */
static bool
ready(void)
{
	char	none[1] = "";
	int	i;

	if (run.ready)
		return (true);
	run.ready = true;
	for (i = 0; i < CTLS; i++)
		ctl_reset(&run.ctl[i]);
	if (run.be->be_reset(&run.conf) != 0)
		return (fail("the case before left something behind, or no "
		    "switch"));
	for (i = 0; i < run.nports; i++) {
		if (run.be->be_port(run.port[i], PORT_ADD, "") != 0 &&
		    (run.skipped = !run.be->be_ports) == false)
			return (fail("cannot add port %u", run.port[i]));
	}
	return (run.skipped || run.noconnect || do_connect(1, none));
}

void
case_end(void)
{
	int	i;

	if (run.name[0] == '\0' || !run.chosen) {
		run.name[0] = '\0';
		return;
	}
	if (!run.skipped && !run.failed && ready())
		expect_nothing();
	for (i = 1; i < CTLS; i++) {
		if (run.ctl[i].ct_open)
			run.be->be_close(i);
		ctl_reset(&run.ctl[i]);
	}
	if (run.skipped)
		run.nskipped++;
	else {
		if (!run.failed && run.be->be_clock &&
		    run.be->be_reset(NULL) != 0)
			fail("memory or frames were not given back");
		msg_shown_free(&run.shown);
		if (run.failed) {
			run.nbad++;
			printf("not ok %s - %s:%d: %s\n", run.name, run.file,
			    run.failline, run.why);
		} else {
			run.nok++;
			printf("ok %s\n", run.name);
		}
		fflush(stdout);
	}
	run.name[0] = '\0';
}

static bool
do_case(char *rest)
{
	snprintf(run.name, sizeof(run.name), "%s", rest);
	run.chosen = run.only == NULL || strstr(rest, run.only) != NULL;
	defaults();
	run.skipped = !run.chosen;
	return (true);
}

/* need clock|conf|ports|ctls: what not every back end can do. */
static bool
do_need(char *rest)
{
	char	*w;

	while ((w = word(&rest)) != NULL) {
		if ((strcmp(w, "clock") == 0 && !run.be->be_clock) ||
		    (strcmp(w, "conf") == 0 && !run.be->be_conf) ||
		    (strcmp(w, "ports") == 0 && !run.be->be_ports) ||
		    (strcmp(w, "ctls") == 0 && !run.be->be_ctls))
			run.skipped = true;
	}
	return (true);
}

static bool
do_switch(char *rest)
{
	static const struct {
		const char	*name;
		size_t		 off;
	} keys[] = {
#define KEY(n)	{ #n, offsetof(struct switch_conf, sc_##n) }
		KEY(tables), KEY(max_flows), KEY(max_flows_all),
		KEY(max_groups), KEY(max_buckets), KEY(max_meters),
		KEY(max_buffers), KEY(max_chans), KEY(chan_queue), KEY(cache),
		KEY(fail_delay),
#undef KEY
	};
	char		*w, *v;
	uint32_t	 n;
	size_t		 i;

	if (!run.be->be_conf)
		run.skipped = true;
	while ((w = word(&rest)) != NULL) {
		if ((v = strchr(w, '=')) == NULL)
			return (fail("switch: \"%s\"?", w));
		*v++ = '\0';
		n = (uint32_t)strtoul(v, NULL, 0);
		if (strcmp(w, "dpid") == 0) {
			run.conf.sc_dpid = strtoull(v, NULL, 0);
			continue;
		}
		if (strcmp(w, "fail") == 0) {
			run.conf.sc_fail_mode = strcmp(v, "standalone") == 0 ?
			    SWITCH_FAIL_STANDALONE : SWITCH_FAIL_SECURE;
			continue;
		}
		if (strcmp(w, "mpls_after_vlan") == 0) {
			run.conf.sc_mpls_after_vlan = n != 0;
			continue;
		}
		if (strcmp(w, "serial") == 0) {
			snprintf(run.conf.sc_serial,
			    sizeof(run.conf.sc_serial), "%s", v);
			continue;
		}
		if (strcmp(w, "dp_desc") == 0) {
			snprintf(run.conf.sc_dp_desc,
			    sizeof(run.conf.sc_dp_desc), "%s", v);
			continue;
		}
		for (i = 0; i < nitems(keys) &&
		    strcmp(keys[i].name, w) != 0; i++)
			;
		if (i == nitems(keys))
			return (fail("switch: no setting \"%s\"", w));
		memcpy((char *)&run.conf + keys[i].off, &n, sizeof(n));
	}
	return (true);
}

static bool
do_ports(char *rest)
{
	char	*w;

	for (run.nports = 0; (w = word(&rest)) != NULL &&
	    run.nports < MAXPORT; run.nports++) {
		if (strcmp(w, "none") == 0)
			return (true);
		if (!port_no(w, &run.port[run.nports]))
			return (false);
	}
	return (true);
}

/* port N add|del|up|down|link up|link down|domains M|lock MAC|queue .. */
static bool
do_port(char *rest)
{
	enum port_op	 op;
	uint32_t	 no;
	char		*w;
	int		 i;

	if (!port_no(word(&rest), &no) || (w = word(&rest)) == NULL)
		return (fail("port N what?"));
	if (strcmp(w, "add") == 0) {
		op = PORT_ADD;
		for (i = 0; i < run.nports && run.port[i] != no; i++)
			;
		if (i == run.nports && run.nports < MAXPORT)
			run.port[run.nports++] = no;
	} else if (strcmp(w, "del") == 0)
		op = PORT_DEL;
	else if (strcmp(w, "up") == 0)
		op = PORT_ADMIN_UP;
	else if (strcmp(w, "down") == 0)
		op = PORT_ADMIN_DOWN;
	else if (strcmp(w, "link") == 0)
		op = strcmp(rest, "up") == 0 ? PORT_LINK_UP : PORT_LINK_DOWN;
	else if (strcmp(w, "domains") == 0)
		op = PORT_DOMAINS;
	else if (strcmp(w, "lock") == 0)
		op = PORT_LOCK_MAC;
	else if (strcmp(w, "queue") == 0)
		op = PORT_QUEUE;
	else
		return (fail("port %u: \"%s\"?", no, w));
	settle();
	if (run.be->be_port(no, op, rest) == 0)
		return (true);
	if (run.be->be_ports)
		return (fail("port %u: %s failed", no, w));
	run.skipped = true;
	return (true);
}

static bool
do_advance(char *rest)
{
	char		*end;
	double		 v = strtod(rest, &end);
	uint64_t	 ms, part;
	int		 i;

	if (strcmp(end, "s") == 0)
		v *= 1000;
	else if (strcmp(end, "ms") != 0)
		return (fail("advance Ns or Nms"));
	settle();
	for (ms = (uint64_t)(v + 0.5); ms > 0; ms -= part) {
		part = ms < 1000 ? ms : 1000;
		run.be->be_advance(part);
		for (i = 1; i < CTLS; i++)
			pump(i);
	}
	return (true);
}

/* counter NAME = N, counter NAME >= N */
static bool
do_counter(char *rest)
{
	char		*name = word(&rest), *op = word(&rest);
	uint64_t	 v, want;

	if (name == NULL || op == NULL)
		return (fail("counter NAME = N"));
	want = strtoull(rest, NULL, 0);
	if (run.be->be_counter == NULL)
		return (true);
	if (run.be->be_counter(name, &v) != 0)
		return (fail("no counter \"%s\"", name));
	if (strcmp(op, "=") == 0 ? v == want : v >= want)
		return (true);
	return (fail("counter %s is %llu", name, (unsigned long long)v));
}

static bool
do_drain(int n, char *rest)
{
	static uint8_t	buf[FRAMES_MAX];
	int		i;

	settle();
	if (strcmp(rest, "packets") == 0) {
		for (i = 0; i < run.nports; i++) {
			while (run.be->be_frame(run.port[i], buf,
			    sizeof(buf)) > 0)
				;
		}
		return (true);
	}
	pump(n);
	ctl_flush(&run.ctl[n]);
	return (true);
}

/*
 * nomem MESSAGE: send it again and again, each time with another allocation
 * failing, until none is left that can fail.  Whatever the answers are, what
 * was allocated must be given back, which the end of the case sees.
 */
static bool
do_nomem(int n, char *rest)
{
	unsigned int	i, count;
	char		none[1] = "", *copy;

	if (run.be->be_fail == NULL) {
		run.skipped = true;
		return (true);
	}
	for (i = 1; i < 200; i++) {
		copy = strdup(rest);
		run.be->be_fail(i);
		do_send(n, copy);
		pump(n);
		count = run.be->be_fail(0);
		free(copy);
		ctl_flush(&run.ctl[n]);
		if (run.ctl[n].ct_closed) {
			run.be->be_close(n);
			if (!do_connect(n, none))
				return (false);
		}
		if (count < i)
			return (true);
	}
	return (fail("still failing after %u allocations", i));
}

static bool
do_raw(int n, char *rest)
{
	static uint8_t	buf[OFP_MSG_MAX + 1];
	int		len;

	len = frame_parse_hex(rest, buf, sizeof(buf));
	if (len < 0)
		return (fail("not bytes"));
	return (write_all(n, buf, (size_t)len));
}

/* A line that speaks to the switch. */
static bool
step(const char *w, char *rest)
{
	int		n = 1;
	unsigned long	times;
	char		*end;

	if (strcmp(w, "ctl") == 0) {
		w = word(&rest);
		n = w == NULL ? 0 : atoi(w);
		if (n < 1 || n >= CTLS || (w = word(&rest)) == NULL)
			return (fail("ctl 1..%d what?", CTLS - 1));
	}
	times = strtoul(w, &end, 10);
	if (end != w && strcmp(rest, "") != 0) {
		w = word(&rest);
		if (strcmp(w, "packet") == 0)
			return (do_packet(rest, times));
		return (fail("N packet ..."));
	}
	if (strcmp(w, "send") == 0)
		return (do_send(n, rest));
	if (strcmp(w, "raw") == 0)
		return (do_raw(n, rest));
	if (strcmp(w, "nomem") == 0)
		return (do_nomem(n, rest));
	if (strcmp(w, "expect") == 0)
		return (do_expect(n, rest));
	if (strcmp(w, "entry") == 0)
		return (do_entry(rest));
	if (strcmp(w, "packet") == 0)
		return (do_packet(rest, 1));
	if (strcmp(w, "connect") == 0)
		return (do_connect(n, rest));
	if (strcmp(w, "disconnect") == 0) {
		settle();
		run.be->be_close(n);
		ctl_reset(&run.ctl[n]);
		return (true);
	}
	if (strcmp(w, "drain") == 0)
		return (do_drain(n, rest));
	if (strcmp(w, "quiet") == 0) {
		run.ctl[n].ct_quiet = true;
		return (true);
	}
	if (strcmp(w, "port") == 0)
		return (do_port(rest));
	if (strcmp(w, "advance") == 0)
		return (do_advance(rest));
	if (strcmp(w, "counter") == 0)
		return (do_counter(rest));
	if (strcmp(w, "chunk") == 0) {
		run.chunk = strtoul(rest, NULL, 0);
		return (true);
	}
	return (fail("what is \"%s\"?", w));
}

/* A line that is no block and no assignment; rest: behind its first word. */
void
line_run(const char *first, char *rest)
{
	if (strcmp(first, "case") == 0)
		do_case(rest);
	else if (strcmp(first, "id") == 0)
		;
	else if (run.name[0] == '\0')
		fail("a line outside of a case");
	else if (strcmp(first, "need") == 0)
		do_need(rest);
	else if (strcmp(first, "switch") == 0)
		do_switch(rest);
	else if (strcmp(first, "ports") == 0)
		do_ports(rest);
	else if (strcmp(first, "noconnect") == 0)
		run.noconnect = true;
	else if (ready() && !run.skipped)
		step(first, rest);
}

static void
usage(void)
{
	fprintf(stderr, "usage: scenario [-b host|live] [-n word] [-r dir] "
	    "[-t target] file ...\n");
	exit(64);
}

int
main(int argc, char **argv)
{
	const char	*target = "";
	int		 ch, i;

	run.be = &backend_host;
	while ((ch = getopt(argc, argv, "b:n:r:t:")) != -1) {
		switch (ch) {
		case 'b':
			if (strcmp(optarg, "live") == 0)
				run.be = &backend_live;
			else if (strcmp(optarg, "host") != 0)
				usage();
			break;
		case 'n':
			run.only = optarg;
			break;
		case 'r':
			run.record = optarg;
			break;
		case 't':
			target = optarg;
			break;
		default:
			usage();
		}
	}
	if (optind == argc)
		usage();
	for (i = 0; i < CTLS; i++)
		run.ctl[i].ct_last = &run.ctl[i].ct_first;
	if (run.be->be_open(target) != 0)
		errx(2, "cannot open %s %s", run.be->be_name, target);
	for (; optind < argc; optind++)
		file_run(argv[optind]);
	run.be->be_end();
	vars_free();
	if (run.nskipped > 0 && run.only == NULL)
		printf("# %u cases need what back end %s cannot do\n",
		    run.nskipped, run.be->be_name);
	return (run.nbad > 0 || run.nok == 0);
}
