/*
 * SPDX-License-Identifier: ISC
 *
 * switchctl.c: control switchd(8), and ask switches.
 *
 * A command is a row of the table below.  What concerns the daemon goes to its
 * socket; what concerns a switch goes through the daemon when it knows the
 * switch, else straight to the address given.
 */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture.h"
#include "client.h"
#include "ofclient.h"
#include "output.h"
#include "parser.h"
#include "request.h"
#include "sandbox.h"

static const char	*ctl_socket = CTL_SOCKET;
static enum output_mode	 ctl_mode = OUTPUT_TEXT;
static int		 ctl_quiet;
static const char	*ctl_write;	/* file that monitor captures into */

static void	confine(const char *promises);
static int	run_show(const struct command *, const struct parsed *);
static int	run_ask(const struct command *, const struct parsed *);
static int	run_dump(const struct command *, const struct parsed *);
static int	run_flow(const struct command *, const struct parsed *);
static int	run_simple(const struct command *, const struct parsed *);
static int	run_connect(const struct command *, const struct parsed *);
static int	run_disconnect(const struct command *, const struct parsed *);
static int	run_load(const struct command *, const struct parsed *);
static int	run_log(const struct command *, const struct parsed *);
static int	run_monitor(const struct command *, const struct parsed *);
static int	run_read(const struct command *, const struct parsed *);

static const struct command commands[] = {
	{ "show summary", "", 0, 0, run_show, CTL_SHOW_SUMMARY },
	{ "show switches", "[switch]", 0, 1, run_show, CTL_SHOW_SWITCHES },
	{ "show macs", "[switch]", 0, 1, run_show, CTL_SHOW_MACS },
	{ "show flows", "[switch [match]]", 0, 2, run_ask, REQ_FLOWS },
	{ "show ports", "[switch]", 0, 1, run_ask, REQ_PORTS },
	{ "show groups", "[switch]", 0, 1, run_ask, REQ_GROUPS },
	{ "show tables", "[switch]", 0, 1, run_ask, REQ_TABLES },
	{ "show meters", "[switch]", 0, 1, run_ask, REQ_METERS },
	{ "show queues", "[switch]", 0, 1, run_ask, REQ_QUEUES },
	{ "show processes", "", 0, 0, run_show, CTL_SHOW_PROCESSES },
	{ "show counters", "[switch]", 0, 1, run_show, CTL_SHOW_COUNTERS },
	{ "show profile", "[switch]", 0, 1, run_show, CTL_SHOW_PROFILE },
	{ "dump", "[switch] desc|features|flows|tables|ports|groups|meters|"
	    "queues", 1, 2, run_dump, 0 },
	{ "flow add", "[switch] flow", 1, PARSER_ARGS, run_flow, OFP_FC_ADD },
	{ "flow modify", "[switch] flow", 1, PARSER_ARGS, run_flow,
	    OFP_FC_MODIFY },
	{ "flow delete", "[switch] flow", 1, PARSER_ARGS, run_flow,
	    OFP_FC_DELETE },
	{ "connect", "address [forward-to controller]", 1, 3, run_connect, 0 },
	{ "disconnect", "switch", 1, 1, run_disconnect, 0 },
	{ "load", "file", 1, 1, run_load, 0 },
	{ "reload", "", 0, 0, run_simple, CTL_RELOAD },
	{ "reset", "[all]", 0, 1, run_simple, CTL_RESET },
	{ "log brief", "", 0, 0, run_log, 0 },
	{ "log verbose", "", 0, 0, run_log, 1 },
	{ "monitor", "[switch] [events] [received] [sent] [control]", 0, 5,
	    run_monitor, 0 },
	{ "read", "file", 1, 1, run_read, 0 },
	{ NULL, NULL, 0, 0, NULL, 0 }
};

static void
usage(FILE *f)
{
	fprintf(f, "usage: switchctl [-hjqv] [-s socket] [-w file] command "
	    "[argument ...]\n");
}

static void
help(void)
{
	usage(stdout);
	printf("commands, which may be abbreviated:\n");
	parser_usage(commands, stdout);
	printf("in front of a command: switch address, table number\n");
}

int
main(int argc, char *argv[])
{
	static const struct option	 options[] = {
		{ "help", no_argument, NULL, 'h' }, { NULL, 0, NULL, 0 }
	};
	const struct command		*co;
	struct parsed			 pa;
	int				 ch, rc;

	while ((ch = getopt_long(argc, argv, "+hjqs:vw:", options, NULL)) !=
	    -1)
		switch (ch) {
		case 'h':
			help();
			return (0);
		case 'j':
			ctl_mode = OUTPUT_JSON;
			break;
		case 'q':
			ctl_quiet = 1;
			break;
		case 's':
			ctl_socket = optarg;
			break;
		case 'v':
			break;
		case 'w':
			ctl_write = optarg;
			break;
		default:
			usage(stderr);
			return (1);
		}
	signal(SIGPIPE, SIG_IGN);
	/* Sockets of switches anywhere; a file to load, to read or to write. */
	confine("stdio rpath wpath cpath inet unix dns");
	if (optind == argc) {
		usage(stderr);
		return (1);
	}
	if ((co = parser_parse(commands, argc - optind, argv + optind, &pa)) ==
	    NULL)
		return (1);
	rc = co->co_run(co, &pa);
	output_flush();
	return (rc);
}

/* Where the kernel has no filters, it goes without. */
static void
confine(const char *promises)
{
	if (pledge(promises, NULL) == -1 && errno != EINVAL && errno != ENOSYS)
		err(1, "pledge");
}

static void
daemon_open(void)
{
	if (client_open(ctl_socket) == 0)
		return;
	if (errno == ENOENT || errno == ECONNREFUSED)
		errx(1, "%s: switchd is not running", ctl_socket);
	err(1, "%s", ctl_socket);
}

static void
select_set(struct ctl_select *cs, const char *name)
{
	memset(cs, 0, sizeof(*cs));
	if (name == NULL)
		return;
	if (strlen(name) >= sizeof(cs->cs_switch))
		errx(1, "%s: too long for the name of a switch", name);
	memcpy(cs->cs_switch, name, strlen(name));
}

static void
on_data(enum ctl_type type, const uint8_t *p, size_t len, void *arg)
{
	decode_ctl(type, p, len, output_row, arg);
}

/* A request with no rows as answer. */
static int
request_plain(enum ctl_type type, const void *req, size_t len)
{
	char	fail[CTL_TEXT_LEN];

	daemon_open();
	confine("stdio");
	if (client_request(type, req, len, NULL, 0, on_data, NULL, fail) != 0)
		errx(1, "%s", fail);
	client_close();
	if (!ctl_quiet)
		printf("done\n");
	return (0);
}

static int
run_show(const struct command *co, const struct parsed *pa)
{
	static const struct {
		enum ctl_type	type;
		enum row	row;
		bool		select;
	} shows[] = {
		{ CTL_SHOW_SUMMARY, ROW_SUMMARY, false },
		{ CTL_SHOW_SWITCHES, ROW_SWITCH, true },
		{ CTL_SHOW_MACS, ROW_MAC, true },
		{ CTL_SHOW_PROCESSES, ROW_PROCESS, false },
		{ CTL_SHOW_COUNTERS, ROW_COUNTER, true },
		{ CTL_SHOW_PROFILE, ROW_PROFILE, true },
	};
	struct ctl_select	cs;
	char			fail[CTL_TEXT_LEN];
	size_t			i;

	for (i = 0; shows[i].type != (enum ctl_type)co->co_what; i++)
		;
	select_set(&cs, pa->pa_argc > 0 ? pa->pa_argv[0] : pa->pa_switch);
	daemon_open();
	confine("stdio");
	output_begin(ctl_mode, shows[i].row);
	if (client_request(shows[i].type, &cs, shows[i].select ? sizeof(cs) :
	    0, NULL, 0, on_data, NULL, fail) != 0)
		errx(1, "%s", fail);
	client_close();
	return (output_end());
}

static void
on_openflow(const uint8_t *p, size_t len, void *arg)
{
	decode_openflow(arg, p, len, output_row, NULL);
}

/*
 * Have the messages answered by the switch: through the daemon if it runs and
 * knows it, else directly if the text is an address.
 */
static void
ask_switch(const char *name, const uint8_t *msgs, size_t len,
    bool ports)
{
	struct ctl_openflow	co;
	char			fail[CTL_TEXT_LEN];
	bool			direct = name != NULL &&
				    ofclient_is_address(name);
	int			rc = CTL_E_NO_SWITCH;

	if (!direct)
		daemon_open();
	else if (client_open(ctl_socket) == -1)
		rc = -2;
	if (!direct)
		confine("stdio");
	memset(&co, 0, sizeof(co));
	select_set(&co.co_select, name);
	co.co_len = len;
	if (rc != -2)
		rc = client_request(CTL_OPENFLOW, &co, sizeof(co), msgs, len,
		    on_data, NULL, fail);
	/* What is not asked of the switch; without it the rest is shown. */
	if (rc == 0 && ports)
		client_request(CTL_SHOW_PORTS, &co.co_select,
		    sizeof(co.co_select), NULL, 0, on_data, NULL, fail);
	client_close();
	if (rc == 0)
		return;
	if (!direct || (rc != -2 && rc != CTL_E_NO_SWITCH))
		errx(1, "%s", fail);
	if (ofclient_request(name, msgs, len, on_openflow,
	    (void *)(uintptr_t)name, fail, sizeof(fail)) == -1)
		errx(1, "%s", fail);
}

static int
dump(const char *name, enum request_what what, int table, const char *match)
{
	static const enum row rows[] = {
		[REQ_DESC] = ROW_DESC, [REQ_FEATURES] = ROW_FEATURES,
		[REQ_FLOWS] = ROW_FLOW, [REQ_TABLES] = ROW_TABLE,
		[REQ_PORTS] = ROW_PORT, [REQ_GROUPS] = ROW_GROUP,
		[REQ_METERS] = ROW_METER, [REQ_QUEUES] = ROW_QUEUE
	};
	struct ofp_wr	wr;
	uint8_t		buf[1024];
	char		error[CTL_TEXT_LEN];

	ofp_wr_init(&wr, buf, sizeof(buf));
	if (request_dump(&wr, what, table, match, error, sizeof(error)) == -1)
		errx(1, "%s", error);
	output_begin(ctl_mode, rows[what]);
	ask_switch(name, buf, ofp_wr_pos(&wr), what == REQ_PORTS);
	return (output_end());
}

static int
run_ask(const struct command *co, const struct parsed *pa)
{
	return (dump(pa->pa_argc > 0 ? pa->pa_argv[0] : pa->pa_switch,
	    co->co_what, pa->pa_table, pa->pa_argc > 1 ? pa->pa_argv[1] :
	    NULL));
}

static int
run_dump(const struct command *co, const struct parsed *pa)
{
	const char	*word = pa->pa_argv[pa->pa_argc - 1];
	int		 what = request_find(word);

	if (what == -1)
		errx(1, "dump: %s: expected %s", word,
		    strchr(co->co_args, ' ') + 1);
	return (dump(pa->pa_argc == 2 ? pa->pa_argv[0] : pa->pa_switch, what,
	    pa->pa_table, NULL));
}

/* Is this word a flow ("in_port=1,...", "match"), not a switch? */
static bool
is_flow(const char *word)
{
	return (strcmp(word, "match") == 0 || strchr(word, '=') != NULL ||
	    strchr(word, ',') != NULL);
}

static int
run_flow(const struct command *co, const struct parsed *pa)
{
	struct ofp_wr	 wr;
	static uint8_t	 buf[32768];
	char		 error[CTL_TEXT_LEN];
	const char	*name = pa->pa_switch;
	int		 at = 0;

	if (pa->pa_argc > 1 && !is_flow(pa->pa_argv[0]))
		name = pa->pa_argv[at++];
	ofp_wr_init(&wr, buf, sizeof(buf));
	if (request_flow(&wr, co->co_what, pa->pa_table, pa->pa_argc - at,
	    pa->pa_argv + at, error, sizeof(error)) == -1)
		errx(1, "%s", error);
	output_begin(OUTPUT_TEXT, ROW_ERROR);
	ask_switch(name, buf, ofp_wr_pos(&wr), false);
	if (output_end())
		return (1);
	if (!ctl_quiet)
		printf("done\n");
	return (0);
}

static int
run_simple(const struct command *co, const struct parsed *pa)
{
	if (pa->pa_argc == 1 && strcmp(pa->pa_argv[0], "all") != 0)
		errx(1, "%s: %s: expected all", co->co_words, pa->pa_argv[0]);
	return (request_plain(co->co_what, NULL, 0));
}

static int
run_connect(const struct command *co, const struct parsed *pa)
{
	struct ctl_connect	cc;

	memset(&cc, 0, sizeof(cc));
	if (pa->pa_argc == 2 || (pa->pa_argc == 3 &&
	    strcmp(pa->pa_argv[1], "forward-to") != 0))
		errx(1, "connect: %s: expected forward-to controller",
		    pa->pa_argv[1]);
	if (snprintf(cc.cc_uri, sizeof(cc.cc_uri), "%s", pa->pa_argv[0]) >=
	    (int)sizeof(cc.cc_uri) || (pa->pa_argc == 3 &&
	    snprintf(cc.cc_forward, sizeof(cc.cc_forward), "%s",
	    pa->pa_argv[2]) >= (int)sizeof(cc.cc_forward)))
		errx(1, "connect: address is too long");
	return (request_plain(CTL_CONNECT, &cc, sizeof(cc)));
}

static int
run_disconnect(const struct command *co, const struct parsed *pa)
{
	struct ctl_select	cs;

	select_set(&cs, pa->pa_argv[0]);
	return (request_plain(CTL_DISCONNECT, &cs, sizeof(cs)));
}

static int
run_load(const struct command *co, const struct parsed *pa)
{
	struct ctl_path	cp;
	static char	path[PATH_MAX];

	memset(&cp, 0, sizeof(cp));
	if (realpath(pa->pa_argv[0], path) == NULL)
		err(1, "%s", pa->pa_argv[0]);
	if (strlen(path) >= sizeof(cp.cp_path))
		errx(1, "%s: path is too long", path);
	memcpy(cp.cp_path, path, strlen(path));
	return (request_plain(CTL_LOAD, &cp, sizeof(cp)));
}

static int
run_log(const struct command *co, const struct parsed *pa)
{
	struct ctl_log	cl = { co->co_what };

	return (request_plain(CTL_LOG, &cl, sizeof(cl)));
}

/* An event to the terminal, its message to the file. */
static void
on_event(enum ctl_type type, const uint8_t *p, size_t len, void *arg)
{
	struct ctl_event	ce;

	decode_ctl(type, p, len, output_row, NULL);
	if (arg == NULL || type != CTL_EVENT)
		return;
	memcpy(&ce, p, sizeof(ce));
	if (ce.ce_len > 0 && ce.ce_len == len - sizeof(ce) &&
	    capture_write(arg, ce.ce_dpid, ce.ce_time_us,
	    ce.ce_what == CTL_MON_SENT, p + sizeof(ce), ce.ce_len) != 0)
		errx(1, "%s: cannot write", ctl_write);
}

static void
on_nothing(enum ctl_type type, const uint8_t *p, size_t len, void *arg)
{
}

static int
run_monitor(const struct command *co, const struct parsed *pa)
{
	static const char *const words[] = { "events", "received", "sent",
	    "control" };
	struct ctl_monitor	 cn;
	struct capture		*capture = NULL;
	char			 fail[CTL_TEXT_LEN];
	const char		*name = pa->pa_switch;
	int			 i, j;

	memset(&cn, 0, sizeof(cn));
	for (i = 0; i < pa->pa_argc; i++) {
		for (j = 0; j < 4 && strncmp(words[j], pa->pa_argv[i],
		    strlen(pa->pa_argv[i])) != 0; j++)
			;
		if (j < 4)
			cn.cn_what |= 1 << j;
		else if (i == 0)
			name = pa->pa_argv[0];
		else
			errx(1, "monitor: %s: expected events, received, sent "
			    "or control", pa->pa_argv[i]);
	}
	select_set(&cn.cn_select, name);
	daemon_open();
	if (ctl_write != NULL && (capture = capture_create(ctl_write, fail,
	    sizeof(fail))) == NULL)
		errx(1, "%s", fail);
	confine("stdio");
	output_begin(ctl_mode, ROW_EVENT);
	if (name != NULL && client_request(CTL_SHOW_SWITCHES, &cn.cn_select,
	    sizeof(cn.cn_select), NULL, 0, on_nothing, NULL, fail) != 0)
		warnx("%s: %s, waiting for it", name, fail);
	if (client_request(CTL_MONITOR, &cn, sizeof(cn), NULL, 0, on_event,
	    capture, fail) != 0)
		errx(1, "%s", fail);
	client_events(on_event, capture);
	warnx("switchd closed the connection");
	return (1);
}

static void
on_message(const char *who, uint64_t time_us, bool sent, const uint8_t *msg,
    size_t len, void *arg)
{
	static char	buf[16384];
	struct ofp_text	tx;

	ofp_text_init(&tx, buf, sizeof(buf));
	ofp_print_msg(&tx, msg, len);
	output_row(ROW_EVENT, json_pack("{ss,sf,so,so,sI}", "what", sent ?
	    "sent" : "received", "time", time_us / 1e6, "name",
	    decode_text(who, 128), "text", decode_lines(buf, sizeof(buf)),
	    "lost", (json_int_t)0), NULL);
}

static int
run_read(const struct command *co, const struct parsed *pa)
{
	uint64_t	skipped;
	char		error[CTL_TEXT_LEN];

	confine("stdio rpath");
	output_begin(ctl_mode, ROW_EVENT);
	if (capture_read(pa->pa_argv[0], on_message, NULL, &skipped, error,
	    sizeof(error)) == -1)
		errx(1, "%s", error);
	if (skipped > 0 && !ctl_quiet)
		warnx("%llu packets are not OpenFlow over TCP",
		    (unsigned long long)skipped);
	return (output_end());
}
