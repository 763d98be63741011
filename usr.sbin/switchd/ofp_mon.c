/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_mon.c: switchctl monitor: events and OpenFlow messages as they happen.
 *
 * Nobody listens most of the time, and then nothing is done.  A client that
 * does not keep up loses events, and is told how many.
 */
#include <stdlib.h>
#include <sys/time.h>

#include "bsd.h"
#include "ofp_var.h"

struct ofp_mon {
	TAILQ_ENTRY(ofp_mon) om_entry;
	struct ctl_select om_select;
	uint32_t	 om_client;
	uint32_t	 om_what;
	uint32_t	 om_lost;
};
static TAILQ_HEAD(, ofp_mon)	ofp_mons = TAILQ_HEAD_INITIALIZER(ofp_mons);

static void
ofp_mon_set(void)
{
	struct ofp_mon	*om;
	uint32_t	 what = 0;

	TAILQ_FOREACH(om, &ofp_mons, om_entry)
		what |= om->om_what;
	dp_events = (what & CTL_MON_EVENT) != 0;
	conn_tap = (what & (CTL_MON_RECV | CTL_MON_SENT)) != 0;
}

void
ofp_mon_add(struct msg *m, const struct ctl_monitor *cn)
{
	struct ofp_mon	*om;

	om = calloc(1, sizeof(*om));
	if (om == NULL) {
		proc_fail(m->m_id, "no memory");
		return;
	}
	om->om_client = m->m_id;
	om->om_select = cn->cn_select;
	om->om_what = cn->cn_what == 0 ? CTL_MON_ALL : cn->cn_what;
	TAILQ_INSERT_TAIL(&ofp_mons, om, om_entry);
	proc_reply(m->m_id, CTL_OK, NULL, 0, NULL, 0);
	ofp_mon_set();
}

void
ofp_mon_gone(uint32_t client)
{
	struct ofp_mon	*om, *next;

	for (om = TAILQ_FIRST(&ofp_mons); om != NULL; om = next) {
		next = TAILQ_NEXT(om, om_entry);
		if (om->om_client != client)
			continue;
		TAILQ_REMOVE(&ofp_mons, om, om_entry);
		free(om);
	}
	ofp_mon_set();
}

/* d NULL: a connection that is nobody's yet; shown to those who want all. */
static bool
ofp_mon_wants(const struct ofp_mon *om, struct dp *d, uint32_t what)
{
	struct dp	*sel = NULL;

	if ((om->om_what & what) == 0)
		return (false);
	if (om->om_select.cs_switch[0] == '\0')
		return (true);
	while (d != NULL && (sel = dp_select(om->om_select.cs_switch, sel,
	    NULL, 0)) != NULL)
		if (sel == d)
			return (true);
	return (false);
}

static void
ofp_mon_send(struct dp *d, const char *name, uint32_t what, const char *text,
    const uint8_t *msg, size_t len)
{
	struct ctl_event	 ce;
	struct ofp_mon		*om;
	struct timeval		 tv;

	memset(&ce, 0, sizeof(ce));
	gettimeofday(&tv, NULL);
	ce.ce_what = what;
	ce.ce_time_us = (uint64_t)tv.tv_sec * 1000000 + tv.tv_usec;
	ce.ce_dpid = d != NULL ? d->d_id : 0;
	strlcpy(ce.ce_name, name, sizeof(ce.ce_name));
	strlcpy(ce.ce_text, text, sizeof(ce.ce_text));
	ce.ce_len = len;
	TAILQ_FOREACH(om, &ofp_mons, om_entry) {
		if (!ofp_mon_wants(om, d, what))
			continue;
		if (proc_queued(PROC_CONTROL) > OFP_QUEUE_PAUSE) {
			om->om_lost++;
			continue;
		}
		ce.ce_lost = om->om_lost;
		om->om_lost = 0;
		proc_reply(om->om_client, CTL_EVENT, &ce, sizeof(ce), msg, len);
	}
}

void
ofp_mon_event(struct dp *d, const char *text)
{
	ofp_mon_send(d, d->d_name, CTL_MON_EVENT, text, NULL, 0);
}

void
ofp_mon_tap(struct dp *d, struct conn *c, bool sent, const uint8_t *msg,
    size_t len)
{
	/* Room for the largest message: the imsg holds no more. */
	if (len > CTL_DATA_MAX - sizeof(struct ctl_event) - 64)
		len = CTL_DATA_MAX - sizeof(struct ctl_event) - 64;
	ofp_mon_send(d, d != NULL ? d->d_name : c->c_name,
	    sent ? CTL_MON_SENT : CTL_MON_RECV, "", msg, len);
}
