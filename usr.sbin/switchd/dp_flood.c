/*
 * SPDX-License-Identifier: ISC
 *
 * dp_flood.c: how a switch floods: the forms, in the order they are tried.
 *
 *	FLOOD	a port that every switch should know, and some refuse
 *	ALL	the same, without regard to spanning tree
 *	GROUP	one of type ALL with a bucket for each port (1.3)
 *	LIST	an output for each port
 *
 * A frame never leaves by the port it came in, whatever the form (1.3.5, 4.5,
 * 5.6.1).  The last two follow the ports that the switch has.  A group is
 * changed in place; a list stands in flows, which are overwritten (two tables)
 * or deleted by the next reading (dp_sync.c) and made anew.
 */
#include <stdlib.h>
#include <string.h>

#include "dp.h"
#include "log.h"

#define DP_GROUP	0x53574443U	/* "SWDC" */
#define DP_LIST_MAX	2000		/* outputs of a message */

static const char *const	dp_flood_names[DP_FLOOD_COUNT] = {
	[DP_FLOOD_FLOOD] = "FLOOD", [DP_FLOOD_ALL] = "ALL",
	[DP_FLOOD_GROUP] = "a group", [DP_FLOOD_LIST] = "a list of ports"
};
static const uint32_t		dp_flood_ports[2] = {
	OFP_P_FLOOD, OFP_P_ALL
};

static void	dp_flood_group(struct dp *, uint16_t);

/* Ports of the list, in order; the array is good until the next call. */
static unsigned int
dp_flood_list(const struct dp *d, uint32_t except, const uint32_t **list)
{
	static uint32_t	ports[DP_LIST_MAX];
	unsigned int	i, n = 0;

	for (i = 0; i < d->d_nports && n < DP_LIST_MAX; i++)
		if (d->d_ports[i].dt_no != except &&
		    !d->d_ports[i].dt_no_flood)
			ports[n++] = d->d_ports[i].dt_no;
	*list = ports;
	return (n);
}

/* What flooding is, of what came in by a port (OFP_P_ANY: by any). */
void
dp_flood_get(const struct dp *d, uint32_t in_port, struct dp_outs *o)
{
	o->o_group = 0;
	o->o_nout = 1;
	switch (d->d_flood) {
	case DP_FLOOD_GROUP:
		o->o_group = DP_GROUP;
		o->o_nout = 0;
		o->o_out = NULL;
		break;
	case DP_FLOOD_LIST:
		o->o_nout = dp_flood_list(d, in_port, &o->o_out);
		break;
	default:
		o->o_out = &dp_flood_ports[d->d_flood];
		break;
	}
}

/* A form is chosen; made: its group has been there before. */
void
dp_flood_set(struct dp *d, enum dp_flood form, bool made, const char *why)
{
	d->d_flood = form;
	dp_profile(d, "flood", why, "%s", dp_flood_names[form]);
	if (form != DP_FLOOD_GROUP)
		return;
	/* One that was left behind is refused first, then made right. */
	if (!made)
		dp_flood_group(d, OFP_GC_ADD);
	dp_flood_group(d, OFP_GC_MODIFY);
}

/* It was refused: the next form; false: that was the last. */
bool
dp_flood_next(struct dp *d, const char *why)
{
	enum dp_flood	next = d->d_flood + 1;

	if (next == DP_FLOOD_GROUP && d->d_version == OFP_VERSION_10)
		next = DP_FLOOD_LIST;
	if (next >= DP_FLOOD_COUNT)
		return (false);
	log_info("%s: flooding by %s was refused: by %s", d->d_name,
	    dp_flood_names[d->d_flood], dp_flood_names[next]);
	dp_flood_set(d, next, false, why);
	return (true);
}

static void
dp_flood_group(struct dp *d, uint16_t command)
{
	struct ofp_group	 g = {
		.g_command = command, .g_type = OFP_GT_ALL, .g_id = DP_GROUP
	};
	struct ofp_bucket	 b = {
		.b_watch_port = OFP_P_ANY, .b_watch_group = OFP_G_ANY
	};
	struct ofp_action	 ac;
	const uint32_t		*list;
	struct ofp_wr		 wr, act;
	unsigned int		 i, n;
	uint8_t			*buf, out[16];

	n = dp_flood_list(d, OFP_P_ANY, &list);
	if ((buf = malloc(32 * (n + 1))) == NULL)
		return;
	ofp_wr_init(&wr, buf, 32 * (n + 1));
	for (i = 0; i < n; i++) {
		memset(&ac, 0, sizeof(ac));
		ac.ac_type = OFP_AT_OUTPUT;
		ac.u.output.port = list[i];
		ofp_wr_init(&act, out, sizeof(out));
		ofp_action_encode(&act, &ac);
		ofp_rd_init(&b.b_actions, out, ofp_wr_pos(&act));
		ofp_bucket_encode(&wr, &b);
	}
	ofp_rd_init(&g.g_buckets, buf, ofp_wr_pos(&wr));
	counter_inc(&d->d_counters, CNT_group_mod);
	ofp_group_encode(conn_wr(d->d_conn), DP_XID_GROUP, &g);
	free(buf);
}

/* A port came or went: the group or the flows do not know yet. */
void
dp_flood_changed(struct dp *d)
{
	if (d->d_conn == NULL || d->d_state != DP_UP)
		return;
	if (d->d_flood == DP_FLOOD_GROUP)
		dp_flood_group(d, OFP_GC_MODIFY);
	else if (d->d_flood == DP_FLOOD_LIST) {
		if (d->d_mode == DP_PIPELINE)
			(void)dp_flow_base(d, 0xffff & ~(1U << DP_ROLE_FLOOD));
		else
			dp_sync_want(d);
	}
}

/* Of a list of ports, in this order. */
static uint32_t
dp_flood_sum(const uint32_t *list, unsigned int n)
{
	uint32_t	sum = 0;

	while (n-- > 0)
		sum = DP_FLOOD_SUM(sum, *list++);
	return (sum);
}

/* A flow that floods was read back: as we would? */
bool
dp_flood_same(const struct dp *d, const struct dp_found *fo)
{
	const uint32_t	*list;
	unsigned int	 n;

	if (d->d_flood != DP_FLOOD_LIST)
		return (true);
	n = dp_flood_list(d, fo->fo_in_port, &list);
	return (fo->fo_outs == n && fo->fo_sum == dp_flood_sum(list, n));
}

/* The form of a flow that the switch had. */
void
dp_flood_found(struct dp *d, const struct dp_found *fo)
{
	enum dp_flood	form;

	if (fo->fo_group == DP_GROUP)
		form = DP_FLOOD_GROUP;
	else if (fo->fo_out == OFP_P_FLOOD)
		form = DP_FLOOD_FLOOD;
	else if (fo->fo_out == OFP_P_ALL)
		form = DP_FLOOD_ALL;
	else if (fo->fo_outs > 0)
		form = DP_FLOOD_LIST;
	else
		return;
	if (form != d->d_flood)
		dp_flood_set(d, form, true, "by the flows that it had");
}

/* An error to a group of ours; false: it does not matter. */
bool
dp_flood_group_error(const struct ofp_error_msg *er)
{
	return (er->er_type != OFP_ET_GROUP_MOD_FAILED ||
	    er->er_code != ofp_error_code(OFP_GMFC_GROUP_EXISTS));
}
