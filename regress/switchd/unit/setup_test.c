/*
 * SPDX-License-Identifier: ISC
 *
 * setup_test.c: the controller while it is in the middle of something: what
 * comes between the messages of a set-up or of a reading, what is lost, ports
 * that are gone when a switch comes back.
 */
#include <string.h>

#include "fake_switch.h"
#include "test.h"

/* What the switch says when it sees the nth message of a type. */
static struct fk	*who;
static void		(*what)(void);
static unsigned int	 when, nth;

static void
seen(const uint8_t *msg, size_t len)
{
	if (msg[1] == when && --nth == 0)
		what();
}

static void
say(struct fk *f, uint8_t type, unsigned int n, void (*fn)(void))
{
	who = f;
	when = type;
	nth = n;
	what = fn;
	f->f_seen = seen;
}
/* The end of the set-up, which is the second one. */
#define SAY_LAST(f, fn)	say(f, OFP_T_BARRIER_REQUEST, 2, fn)

/* The first flow of a role. */
static unsigned int
find(const struct fk *f, enum dp_role role)
{
	unsigned int	i;

	for (i = 0; i < f->f_nflows; i++)
		if (dp_flow_role(f->f_flow[i].f_cookie) == role)
			break;
	return (i);
}

/* It goes, and nobody is told. */
static void
lose(struct fk *f, enum dp_role role)
{
	unsigned int	i = find(f, role);

	if (CHECK(i < f->f_nflows))
		fk_drop(f, i, false, 0);
}

/* Read back. */
static void
sync_now(struct fk *f)
{
	fk_dp(f)->d_sync_wanted = true;
	dp_tick();
	pump(f);
}

/* Its output, or 0. */
static uint32_t
output(const struct fk *f, enum dp_role role)
{
	unsigned int	i = find(f, role);
	struct ofp_rd	rd;
	uint32_t	port;

	if (i == f->f_nflows)
		return (0);
	rd = fk_actions(f, i);
	return (fk_output_next(f, &rd, &port) ? port : 0);
}

/* Flows that went without a word. */

TEST(a_host_that_talks_never_gets_its_lost_flow_back)
{
	struct fk	*f = fk_up(500);

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	lose(f, DP_ROLE_SRC);
	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	sync_now(f);
	CHECK(fk_count(f, DP_ROLE_SRC) == 1);
	fk_close(f);
}

TEST(a_silent_host_stays_where_no_flow_removed_comes)
{
	struct fk	*f = fk_up(501);

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	lose(f, DP_ROLE_SRC);
	learn_lookup(&fk_dp(f)->d_learn, A, 0)->lh_seen -= 1000;
	sync_now(f);
	CHECK(fk_dp(f)->d_learn.l_count == 0);
	CHECK(fk_count(f, DP_ROLE_DST) == 0);
	fk_close(f);
}

/* Ports that are gone. */

TEST(a_host_stays_behind_a_port_that_is_gone)
{
	struct fk	*f = fk_up(502), *g;

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	fk_packet_in(f, 4, B, BCAST, OFP_NO_BUFFER, COPY);
	fk_close(f);
	g = fk_connect(502, OFP_VERSION_13);
	g->f_gone = 4;
	fk_hello(g);
	CHECK(fk_dp(g)->d_state == DP_UP && fk_dp(g)->d_learn.l_count == 1);
	CHECK(fk_count(g, DP_ROLE_DST) == 1 && output(g, DP_ROLE_DST) == 1);
	fk_close(g);
}

static enum ofp_error
no_4(const struct ofp_flow *fl)
{
	struct ofp_rd		rd = fl->f_instr.in_apply;
	struct ofp_action	ac;
	enum ofp_error		error;

	while (fl->f_instr.in_present & 1U << OFP_IT_APPLY_ACTIONS &&
	    ofp_action_next(&rd, &ac, &error))
		if (ac.ac_type == OFP_AT_OUTPUT && ac.u.output.port == 4)
			return (OFP_BAC_BAD_OUT_PORT);
	return (OFP_OK);
}

TEST(a_host_whose_flow_is_refused_costs_a_switch_its_tables)
{
	struct fk	*f = fk_up(503), *g;

	fk_packet_in(f, 4, B, BCAST, OFP_NO_BUFFER, COPY);
	fk_close(f);
	g = fk_connect(503, OFP_VERSION_13);
	g->f_check = no_4;
	fk_hello(g);
	CHECK(fk_dp(g)->d_state == DP_UP && fk_dp(g)->d_mode == DP_PIPELINE);
	fk_close(g);
}

TEST(a_restart_adopts_hosts_behind_ports_that_are_down)
{
	struct fk	*f = fk_up(504), *g;

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	fk_packet_in(f, 2, B, BCAST, OFP_NO_BUFFER, COPY);
	g = fk_connect(505, OFP_VERSION_13);
	fk_copy(g, f, 10);
	g->f_down = 2;
	fk_hello(g);
	CHECK(learn_lookup(&fk_dp(g)->d_learn, B, 0) == NULL);
	CHECK(learn_lookup(&fk_dp(g)->d_learn, A, 0) != NULL);
	CHECK(fk_count(g, DP_ROLE_SRC) == 1 && fk_count(g, DP_ROLE_DST) == 1);
	fk_close(f);
	fk_close(g);
}

TEST(a_restart_adopts_pairs_behind_ports_that_are_down)
{
	struct fk	*f = fk_connect(506, OFP_VERSION_13), *g;

	f->f_tables = 1;
	fk_hello(f);
	fk_packet_in(f, 1, A, BCAST, 1, 0);
	fk_packet_in(f, 2, B, A, 2, 0);
	fk_packet_in(f, 1, A, B, 3, 0);
	g = fk_connect(507, OFP_VERSION_13);
	g->f_tables = 1;
	fk_copy(g, f, 10);
	g->f_down = 2;
	fk_hello(g);
	CHECK(learn_lookup(&fk_dp(g)->d_learn, B, 0) == NULL);
	CHECK(fk_count(g, DP_ROLE_PAIR) == 0);
	fk_close(f);
	fk_close(g);
}

TEST(a_restart_forgets_who_is_behind_local)
{
	struct fk	*f = fk_up(529), *g;

	fk_packet_in(f, OFP_P_LOCAL, A, BCAST, OFP_NO_BUFFER, COPY);
	g = fk_connect(530, OFP_VERSION_13);
	fk_copy(g, f, 10);
	fk_hello(g);
	CHECK(fk_dp(g)->d_learn.l_count == 1 && g->f_mods == 0);
	fk_close(f);
	fk_close(g);
}

/* During a set-up. */

static void
buffer_unknown(void)
{
	static const uint8_t	out[8] = { 4, 13, 0, 8, 0xf0, 0, 0, 0 };

	ofp_error_encode(&wr, 4, OFP_BRC_BUFFER_UNKNOWN, out, sizeof(out));
	fk_put(who);
}

TEST(an_error_to_a_packet_out_costs_a_switch_its_tables)
{
	struct fk	*f = fk_connect(510, OFP_VERSION_13);

	SAY_LAST(f, buffer_unknown);
	fk_hello(f);
	CHECK(fk_dp(f)->d_state == DP_UP && fk_dp(f)->d_mode == DP_PIPELINE);
	CHECK(fk_dp(f)->d_counters.cn_v[CNT_flow_refused] == 1);
	fk_close(f);
}

static void
move_b(void)
{
	fk_put_packet_in(who, 3, B, BCAST, OFP_NO_BUFFER, COPY);
}

TEST(a_move_during_a_set_up_leaves_the_old_flows)
{
	struct fk	*f = fk_connect(511, OFP_VERSION_13), *g;

	f->f_tables = 1;
	fk_hello(f);
	fk_packet_in(f, 1, A, BCAST, 1, 0);
	fk_packet_in(f, 2, B, A, 2, 0);
	fk_packet_in(f, 1, A, B, 3, 0);
	CHECK(fk_count(f, DP_ROLE_PAIR) == 2);
	g = fk_connect(512, OFP_VERSION_13);
	g->f_tables = 1;
	fk_copy(g, f, 10);
	SAY_LAST(g, move_b);
	fk_hello(g);
	CHECK(learn_lookup(&fk_dp(g)->d_learn, B, 0)->lh_port == 3);
	dp_tick();
	pump(g);
	CHECK(fk_count(g, DP_ROLE_PAIR) == 0);
	fk_close(f);
	fk_close(g);
}

static void
down_2(void)
{
	fk_put_port(who, 2, OFP_PR_MODIFY, OFP_PS_LINK_DOWN);
}

TEST(a_port_that_goes_down_during_a_set_up_keeps_flows)
{
	struct fk	*f = fk_up(513), *g;

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	fk_packet_in(f, 2, B, BCAST, OFP_NO_BUFFER, COPY);
	g = fk_connect(514, OFP_VERSION_13);
	fk_copy(g, f, 10);
	SAY_LAST(g, down_2);
	fk_hello(g);
	dp_tick();
	pump(g);
	CHECK(fk_dp(g)->d_learn.l_count == 1);
	CHECK(fk_count(g, DP_ROLE_SRC) == 1 && fk_count(g, DP_ROLE_DST) == 1);
	fk_close(f);
	fk_close(g);
}

static void
add_5(void)
{
	fk_put_port(who, 5, OFP_PR_ADD, 0);
}

TEST(a_port_that_comes_during_a_set_up_is_not_flooded)
{
	struct fk	*f = fk_connect(515, OFP_VERSION_13);

	f->f_no_flood = f->f_no_all = true;
	say(f, OFP_T_GROUP_MOD, 1, add_5);
	fk_hello(f);
	CHECK(fk_dp(f)->d_flood == DP_FLOOD_GROUP && fk_dp(f)->d_nports == 5);
	CHECK(f->f_buckets == 5);
	fk_close(f);
}

TEST(a_port_that_comes_during_a_set_up_has_no_share_of_the_meter)
{
	struct fk	*f = fk_connect(516, OFP_VERSION_13);

	f->f_max_meter = 100;
	dp_rate = 100;
	say(f, OFP_T_METER_MOD, 1, add_5);
	fk_hello(f);
	CHECK(f->f_nmeters == 2 && f->f_meter[0].m_rate == 500);
	dp_rate = 0;
	fk_close(f);
}

static void
slower(void)
{
	fk_dp(who)->d_rate = 10;
	dp_meter_changed(fk_dp(who));
}

TEST(another_rate_during_a_set_up_waits_for_the_next)
{
	struct fk	*f = fk_connect(532, OFP_VERSION_13);

	f->f_max_meter = 100;
	dp_rate = 100;
	say(f, OFP_T_METER_MOD, 1, slower);
	fk_hello(f);
	CHECK(f->f_nmeters == 2 && f->f_meter[0].m_rate == 40);
	dp_rate = 0;
	fk_close(f);
}

/* Of what it is asked, 10 bytes that are nothing. */
TEST(half_an_answer_is_not_counted)
{
	static const uint16_t	types[] = {
		OFP_MP_DESC, OFP_MP_PORT_DESC, OFP_MP_METER_FEATURES,
		OFP_MP_TABLE_FEATURES
	};
	struct fk		*f = fk_connect(528, OFP_VERSION_13);
	unsigned int		 i;
	size_t			 begin;

	f->f_mute = true;
	fk_hello(f);
	for (i = 0; i < nitems(types); i++) {
		begin = ofp_mp_begin(&wr, true, 1, types[i]);
		ofp_wr_zero(&wr, 10);
		ofp_mp_end(&wr, begin, false);
		fk_put(f);
		pump(f);
		CHECK(fk_dp(f)->d_counters.cn_v[CNT_bad_message] == i + 1);
	}
	CHECK(!f->f_closed && f->f_errors == 0);
	fk_close(f);
}

TEST(a_metered_arp_flow_hides_the_way_that_was_found)
{
	struct fk	*f = fk_connect(517, OFP_VERSION_13), *g;

	dp_rate = 100;
	f->f_tables = 1;
	f->f_max_meter = 100;
	fk_hello(f);
	CHECK(fk_count(f, DP_ROLE_ARP) == 1);
	fk_packet_in(f, 1, A, BCAST, 1, 0);
	fk_packet_in(f, 2, B, A, 2, 0);
	g = fk_connect(518, OFP_VERSION_13);
	g->f_refuse_goto = true;
	g->f_max_meter = 100;
	fk_copy(g, f, 10);
	memcpy(g->f_meter, f->f_meter, sizeof(g->f_meter));
	g->f_nmeters = f->f_nmeters;
	fk_hello(g);
	CHECK(fk_dp(g)->d_mode == DP_REACTIVE);
	CHECK(fk_count(g, DP_ROLE_PAIR) == 1);
	CHECK(fk_count(g, DP_ROLE_GROUP) == 1);
	CHECK(g->f_nflows == f->f_nflows);
	dp_rate = 0;
	fk_close(f);
	fk_close(g);
}

static unsigned int	not_10;

static void
seen_10(const uint8_t *msg, size_t len)
{
	not_10 += msg[0] != OFP_VERSION_10 && msg[1] != OFP_T_HELLO;
}

TEST(meters_are_sent_to_a_switch_that_came_back_with_1_0)
{
	struct fk	*f = fk_connect(519, OFP_VERSION_13);

	dp_rate = 100;
	f->f_max_meter = 100;
	fk_hello(f);
	CHECK(f->f_nmeters == 2);
	fk_close(f);
	f = fk_connect(519, OFP_VERSION_10);
	f->f_seen = seen_10;
	fk_hello(f);
	CHECK(fk_dp(f)->d_state == DP_UP && not_10 == 0);
	dp_rate = 0;
	fk_close(f);
}

/* Moves. */

TEST(a_full_table_keeps_the_way_to_where_a_host_was)
{
	struct fk	*f = fk_up(520);

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	fk_dp(f)->d_room[DP_TABLE_DST].ro_max = 1;
	fk_packet_in(f, 3, A, BCAST, OFP_NO_BUFFER, COPY);
	CHECK(output(f, DP_ROLE_DST) == 3);
	/* Not even room for what is there. */
	fk_dp(f)->d_room[DP_TABLE_DST].ro_max = 0;
	fk_packet_in(f, 2, A, BCAST, OFP_NO_BUFFER, COPY);
	CHECK(fk_count(f, DP_ROLE_DST) == 0);
	fk_close(f);
}

TEST(a_refused_flow_leaves_the_way_to_where_a_host_was)
{
	struct fk	*f = fk_up(531);

	f->f_check = no_4;
	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	fk_packet_in(f, 4, A, BCAST, OFP_NO_BUFFER, COPY);
	dp_tick();
	pump(f);
	CHECK(fk_count(f, DP_ROLE_DST) == 0);
	fk_close(f);
}

TEST(moves_fill_a_table)
{
	struct fk	*f = fk_up(521);
	unsigned int	 i;

	for (i = 0; i < 20; i++)
		fk_packet_in(f, 1 + i % 2, A, BCAST, OFP_NO_BUFFER, COPY);
	CHECK(fk_count(f, DP_ROLE_DST) == 1);
	CHECK(fk_dp(f)->d_room[DP_TABLE_DST].ro_flows == 1);
	fk_close(f);
}

static void
move_a(void)
{
	fk_put_packet_in(who, 3, A, BCAST, OFP_NO_BUFFER, COPY);
}

TEST(a_reading_deletes_the_flow_of_a_host_that_moves_meanwhile)
{
	struct fk	*f = fk_up(522);

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	say(f, OFP_T_MULTIPART_REQUEST, 1, move_a);
	sync_now(f);
	CHECK(learn_lookup(&fk_dp(f)->d_learn, A, 0)->lh_port == 3);
	CHECK(output(f, DP_ROLE_DST) == 3);
	fk_close(f);
}

TEST(a_late_flow_removed_leaves_the_flow_of_an_aged_host)
{
	struct fk		*f = fk_up(523);
	struct ofp_flow_removed	 fr;
	unsigned int		 i;

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	for (i = 0; i < f->f_nflows; i++)
		if (dp_flow_role(f->f_flow[i].f_cookie) == DP_ROLE_SRC)
			break;
	/* Of the flow that was there before it moved away and came back. */
	memset(&fr, 0, sizeof(fr));
	fr.fr_cookie = f->f_flow[i].f_cookie;
	fr.fr_match = f->f_flow[i].f_match;
	fr.fr_reason = OFP_RR_DELETE;
	ofp_flow_removed_encode(&wr, 0, &fr);
	fk_put(f);
	pump(f);
	learn_lookup(&fk_dp(f)->d_learn, A, 0)->lh_seen -= 1000;
	fk_dp(f)->d_synced -= 100;
	dp_tick();
	pump(f);
	CHECK(fk_count(f, DP_ROLE_SRC) == fk_dp(f)->d_learn.l_count);
	fk_close(f);
}

static enum ofp_error
no_in_port(const struct ofp_flow *fl)
{
	return (fl->f_match.m_fields & OFP_FIELD_BIT(OFP_XMT_IN_PORT) ?
	    OFP_BMC_BAD_FIELD : OFP_OK);
}

TEST(flows_without_a_port_outlive_it)
{
	struct fk	*f = fk_connect(524, OFP_VERSION_13);

	f->f_tables = 1;
	f->f_check = no_in_port;
	fk_hello(f);
	CHECK(fk_dp(f)->d_no_in_port);
	fk_packet_in(f, 1, A, BCAST, 1, 0);
	fk_packet_in(f, 2, B, A, 2, 0);
	CHECK(fk_count(f, DP_ROLE_PAIR) == 1);
	fk_put_port(f, 2, OFP_PR_MODIFY, OFP_PS_LINK_DOWN);
	pump(f);
	dp_tick();
	pump(f);
	CHECK(fk_count(f, DP_ROLE_PAIR) == 0);
	fk_close(f);
}

TEST(a_reset_stops_forwarding_for_a_second)
{
	struct fk	*f = fk_up(525);

	fk_packet_in(f, 1, A, BCAST, OFP_NO_BUFFER, COPY);
	dp_learn_reset(fk_dp(f));
	conn_flush();
	pump(f);
	CHECK(f->f_nflows == 3 && fk_count(f, DP_ROLE_COPY) == 1);
	CHECK(fk_dp(f)->d_learn.l_count == 0);
	fk_close(f);
}

TEST(nothing_is_flooded_once_somebody_deletes_the_group)
{
	struct fk	*f = fk_connect(526, OFP_VERSION_13);

	f->f_no_flood = f->f_no_all = true;
	fk_hello(f);
	CHECK(fk_dp(f)->d_flood == DP_FLOOD_GROUP);
	f->f_buckets = 0;		/* with the flows that name it */
	lose(f, DP_ROLE_FLOOD);
	sync_now(f);
	CHECK(fk_count(f, DP_ROLE_FLOOD) == 1);
	CHECK(output(f, DP_ROLE_FLOOD) == 1);
	fk_close(f);
}

int
main(void)
{
	return (test_main());
}
