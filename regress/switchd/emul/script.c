/*
 * SPDX-License-Identifier: ISC
 *
 * script.c: what standard input wants done, shown or waited for.
 *
 *	host N port P			place it, or move it
 *	host N vlan V
 *	host N send arp who-has M
 *	host N send echo to M
 *	expect host N arp|reply|echo|answer from M
 *	expect no host N arp|reply|echo|answer from M	(for half a second)
 *	ping N M			ARP and echo; "way hardware" or such
 *	echo N M			the same without ARP
 *	port P up|down
 *	limit N				flows of a hardware table; 0: no more
 *	wait quiet MS			until nothing came for so long
 *	wait connected
 *	disconnect [MS]
 *	malformed			every malformed message there is
 *	spoil N				answers are wrong in that way; 0: right
 *	reboot				flows and groups are gone
 *	dump flows|counters|hosts|failed|errors
 *
 * Each is answered by lines of which the last is "ok" or "not ok - reason".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emul.h"

#define WORDS		8
#define EXPECT_LIMIT	3000		/* ms */
#define NOTHING_LIMIT	500

static enum { W_NONE, W_PING, W_EXPECT, W_NOTHING, W_QUIET, W_CONNECTED }
			 waiting;
static uint64_t		 wait_end, wait_ms;
static unsigned int	 wait_host, wait_from;
static char		 wait_kind[16];

static void
done(const char *reason)
{
	waiting = W_NONE;
	if (reason == NULL)
		printf("ok\n");
	else
		printf("not ok - %s\n", reason);
}

bool
script_busy(void)
{
	return (waiting != W_NONE);
}

static void
wait_for(int what, uint64_t ms)
{
	waiting = what;
	wait_end = em.em_now + ms;
}

/*
 * Waiting.
 */

static void
tick_ping(void)
{
	enum way	way;
	int		n = host_ping_done(&way);

	if (n == 1)
		printf("way %s\n", way_names[way]);
	if (n != 0)
		done(n == 1 ? NULL : "no answer");
}

void
script_tick(void)
{
	bool	late = em.em_now >= wait_end;

	switch (waiting) {
	case W_PING:
		tick_ping();
		break;
	case W_EXPECT:
	case W_NOTHING:
		if (host_expect(wait_host, wait_kind, wait_from))
			done(waiting == W_EXPECT ? NULL : "it came");
		else if (late)
			done(waiting == W_EXPECT ? "nothing came" : NULL);
		break;
	case W_QUIET:
		if (em.em_now - em.em_heard >= wait_ms)
			done(NULL);
		else if (late)
			done("never quiet");
		break;
	case W_CONNECTED:
		if (em.em_version != 0 && em.em_fd != -1)
			done(NULL);
		else if (late)
			done("not connected");
		break;
	default:
		break;
	}
}

/*
 * Showing.
 */

static void
dump_match(const struct ofp_match *m)
{
	unsigned int	i;

	for (i = 0; i < OFP_NFIELDS; i++)
		if (m->m_fields & OFP_FIELD_BIT(i))
			printf(" %s=%#llx", ofp_oxm_table[i].ox_name,
			    (unsigned long long)ofp_key_get(&m->m_key,
			    (enum ofp_field)i));
}

static void
dump_flows(void)
{
	const struct model_table	*mt;
	struct flow			*fl;
	uint32_t			 p;

	TAILQ_FOREACH(fl, &em.em_flows, fl_entry) {
		mt = model_table(fl->fl_table);
		printf("flow table %u %s priority %u cookie %#llx idle %u "
		    "hardware %llu software %llu match", fl->fl_table,
		    mt != NULL && mt->mt_soft ? "software" : "hardware",
		    fl->fl_priority, (unsigned long long)fl->fl_cookie,
		    fl->fl_idle, (unsigned long long)fl->fl_ways[WAY_HARD],
		    (unsigned long long)fl->fl_ways[WAY_SOFT]);
		dump_match(&fl->fl_match);
		for (p = 1; p <= EM_PORTS; p++)
			if (flow_outputs(fl, p))
				printf(" out=%u", p);
		printf("\n");
	}
}

static void
dump_counters(void)
{
	printf("connects %u\nmods %u\nadds %u\ndels %u\nflows %u\nasked %u\n"
	    "unasked %u\nouts %u\nbarriers %u\ngot_errors %u\n", em.em_connects,
	    em.em_mods, em.em_adds, em.em_dels, flow_count(OFP_TT_ALL),
	    em.em_asked, em.em_unasked, em.em_outs, em.em_barriers,
	    em.em_got_errors);
}

/* What was refused most often; how many different ones were. */
static void
dump_failed(void)
{
	unsigned int	i, most = 0;

	for (i = 0; i < EM_FAILED && em.em_failed[i].ef_count != 0; i++)
		if (em.em_failed[i].ef_count > most)
			most = em.em_failed[i].ef_count;
	printf("most %u\ndifferent %u\n", most, i);
}

static void
dump_errors(void)
{
	unsigned int	 i;
	enum ofp_error	 e;

	for (i = 0; i < EM_ERRORS && em.em_errors[i].ee_count != 0; i++) {
		e = em.em_errors[i].ee_error;
		printf("%s %u\n", ofp_error_name(e), em.em_errors[i].ee_count);
	}
}

static const char *
do_dump(const char *what)
{
	if (strcmp(what, "flows") == 0)
		dump_flows();
	else if (strcmp(what, "counters") == 0)
		dump_counters();
	else if (strcmp(what, "failed") == 0)
		dump_failed();
	else if (strcmp(what, "errors") == 0)
		dump_errors();
	else if (strcmp(what, "hosts") == 0)
		host_dump();
	else
		return ("nothing of that name");
	return (NULL);
}

/*
 * Commands.
 */

static unsigned int
number(const char *s)
{
	return (s == NULL ? 0 : (unsigned int)strtoul(s, NULL, 0));
}

/* w[1] is a number, w[2] says what. */
static const char *
do_host(char *w[], unsigned int n)
{
	unsigned int	host = number(w[1]);

	if (n == 4 && strcmp(w[2], "port") == 0)
		host_place(host, number(w[3]));
	else if (n == 4 && strcmp(w[2], "vlan") == 0)
		host_vlan(host, (uint16_t)number(w[3]));
	else if (n != 6 || strcmp(w[2], "send") != 0 ||
	    !host_send(host, number(w[5]), strcmp(w[3], "arp") == 0))
		return ("host does not do that");
	return (NULL);
}

static const char *
do_port(uint32_t port, const char *what)
{
	if (port == 0 || port > EM_PORTS)
		return ("no such port");
	if (strcmp(what, "down") == 0)
		em.em_down |= BIT(port);
	else
		em.em_down &= ~BIT(port);
	if (em.em_taps)
		tap_link(port, strcmp(what, "down") != 0);
	else
		msg_port_status(port);
	return (NULL);
}

static const char *
do_expect(char *w[], unsigned int n)
{
	bool	no = n > 1 && strcmp(w[1], "no") == 0;

	if (n != 6U + no)
		return ("expect what?");
	w += no;
	wait_host = number(w[2]);
	wait_from = number(w[5]);
	snprintf(wait_kind, sizeof(wait_kind), "%s", w[3]);
	if (no)
		wait_for(W_NOTHING, NOTHING_LIMIT);
	else
		wait_for(W_EXPECT, EXPECT_LIMIT);
	return (NULL);
}

static const char *
do_wait(char *w[], unsigned int n)
{
	if (n == 3 && strcmp(w[1], "quiet") == 0) {
		wait_ms = number(w[2]);
		em.em_heard = em.em_now;
		wait_for(W_QUIET, wait_ms + 10000);
	} else if (n == 2 && strcmp(w[1], "connected") == 0)
		wait_for(W_CONNECTED, 10000);
	else
		return ("wait for what?");
	return (NULL);
}

static const char *
do_malformed(void)
{
	unsigned int	n;

	for (n = 0; odd_send(n); n++)
		;
	return (n == 0 ? "not connected" : NULL);
}

static const char *
do_simple(char *w[], unsigned int n)
{
	if (strcmp(w[0], "malformed") == 0)
		return (do_malformed());
	if (strcmp(w[0], "disconnect") == 0)
		em_close("by the script", n > 1 ? number(w[1]) : 0);
	else if (strcmp(w[0], "reboot") == 0) {
		em_close("reboot", 0);
		flow_clear();
		group_clear();
	} else if (n == 2 && strcmp(w[0], "limit") == 0)
		em.em_limit = number(w[1]);
	else if (n == 2 && strcmp(w[0], "spoil") == 0)
		em.em_spoil = number(w[1]);
	else
		return ("no such command");
	return (NULL);
}

void
script_line(char *line)
{
	char		*w[WORDS] = { line };
	unsigned int	 n = 0;
	const char	*bad = NULL;

	while (n < WORDS && (w[n] = strsep(&line, " ")) != NULL)
		n++;
	if (n == 3 && (strcmp(w[0], "ping") == 0 ||
	    strcmp(w[0], "echo") == 0)) {
		if (host_ping_start(number(w[1]), number(w[2]), w[0][0] == 'p'))
			wait_for(W_PING, 0);
		else
			bad = "no such hosts";
	} else if (strcmp(w[0], "host") == 0 && n > 3)
		bad = do_host(w, n);
	else if (strcmp(w[0], "expect") == 0)
		bad = do_expect(w, n);
	else if (strcmp(w[0], "wait") == 0)
		bad = do_wait(w, n);
	else if (strcmp(w[0], "port") == 0 && n == 3)
		bad = do_port(number(w[1]), w[2]);
	else if (strcmp(w[0], "dump") == 0 && n == 2)
		bad = do_dump(w[1]);
	else
		bad = do_simple(w, n);
	if (bad != NULL || !script_busy())
		done(bad);
}
