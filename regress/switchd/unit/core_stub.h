/*
 * SPDX-License-Identifier: ISC
 *
 * core_stub.h: a host and an agent for unit tests of the core.  The host's
 * ports keep the frames they were given; the agent keeps the packet-ins,
 * flow-removed and port-status it was told.  Include in one file of a test.
 */
#ifndef _CORE_STUB_H_
#define _CORE_STUB_H_

#include <stdlib.h>

#include "user/kern_user.h"
#include "user/pkt_user.h"
#include "switch_pass.h"

#define STUB_FRAMES	64
#define STUB_FRAME	2100

struct stub_frame {
	uint32_t	sf_len;
	uint32_t	sf_port;
	uint32_t	sf_queue;
	uint8_t		sf_data[STUB_FRAME];
};

/* A port of the host. */
struct stub_port {
	uint32_t		 st_no;
	bool			 st_down, st_nolink;
	struct switch_port	*st_sp;
};

static struct stub_frame	stub_out[STUB_FRAMES];	/* sent, in order */
static unsigned int		stub_nout;
static struct stub_frame	stub_in[STUB_FRAMES];	/* punted */
static struct switch_punt	stub_punts[STUB_FRAMES];
static unsigned int		stub_nin;
static struct ofp_flow_removed	stub_removed;
static unsigned int		stub_nremoved, stub_nstatus, stub_nevents;
static bool			stub_quiet;	/* count, do not keep */

static inline void
stub_keep(struct stub_frame *f, const struct pkt *p)
{
	f->sf_len = p->pk_len;
	if (pkt_copy(p, 0, f->sf_data, p->pk_len < STUB_FRAME ? p->pk_len :
	    STUB_FRAME) != 0)
		f->sf_len = 0;
}

void
host_port_xmit(void *hp, struct pkt *p)
{
	struct stub_port	*st = hp;

	if (!stub_quiet && stub_nout < STUB_FRAMES) {
		stub_keep(&stub_out[stub_nout], p);
		stub_out[stub_nout].sf_queue = pkt_meta(p).pm_queue;
		stub_out[stub_nout].sf_port = st->st_no;
	}
	stub_nout++;
	pkt_free(p);
}

void
host_port_info(void *hp, struct host_port_info *hi)
{
	struct stub_port	*st = hp;

	snprintf(hi->hi_name, sizeof(hi->hi_name), "p%u", st->st_no & 0xffff);
	hi->hi_hwaddr[0] = 2;
	hi->hi_hwaddr[5] = st->st_no & 0xff;
	hi->hi_up = !st->st_down;
	hi->hi_link = !st->st_nolink;
}

void
host_port_stats(void *hp, struct host_port_stats *hs)
{
	(void)hp;
	memset(hs, 0, sizeof(*hs));
}

int
host_port_set_up(void *hp, bool up)
{
	((struct stub_port *)hp)->st_down = !up;
	return (0);
}

int
host_port_advertise(void *hp, uint32_t features)
{
	(void)hp;
	(void)features;
	return (EOPNOTSUPP);
}

unsigned int
host_port_queues(void *hp, struct host_queue *hq, unsigned int n)
{
	(void)hp;
	(void)hq;
	(void)n;
	return (0);
}

void
host_chan_wakeup(void *hc)
{
	(void)hc;
}

const char *
host_switch_name(void *hs)
{
	(void)hs;
	return ("switch0");
}

int
switch_agent_create(struct switch_softc *sc)
{
	(void)sc;
	return (0);
}

void
switch_agent_destroy(struct switch_softc *sc)
{
	(void)sc;
}

void
switch_agent_tick(struct switch_softc *sc)
{
	(void)sc;
}

void
switch_punt(struct switch_softc *sc, const struct pkt *p,
    const struct switch_punt *pu)
{
	(void)sc;
	if (!stub_quiet && stub_nin < STUB_FRAMES) {
		stub_keep(&stub_in[stub_nin], p);
		stub_punts[stub_nin] = *pu;
	}
	stub_nin++;
}

void
switch_flow_removed_notify(struct switch_softc *sc, struct switch_flow *f,
    uint8_t reason)
{
	(void)sc;
	switch_flow_removed(f, reason, &stub_removed);
	stub_nremoved++;
}

void
switch_port_status_notify(struct switch_softc *sc, struct switch_port *sp,
    uint8_t reason)
{
	(void)sc;
	(void)sp;
	(void)reason;
	stub_nstatus++;
}

void
switch_flow_event_notify(struct switch_softc *sc, struct switch_flow *f,
    enum switch_flow_event event, uint8_t reason)
{
	(void)sc;
	(void)f;
	(void)event;
	(void)reason;
	stub_nevents++;
}

bool
switch_undo_keep(struct switch_softc *sc, struct switch_flow *f)
{
	(void)sc;
	(void)f;
	return (false);
}

/*
 * Short ways.
 */
static inline void
stub_clear(void)
{
	stub_nout = stub_nin = stub_nremoved = stub_nstatus = 0;
}

static inline struct switch_softc *
stub_switch(struct stub_port *ports, unsigned int n)
{
	struct switch_conf	 conf;
	struct switch_port_conf	 spc;
	struct switch_softc	*sc;
	unsigned int		 i;

	memset(&conf, 0, sizeof(conf));
	conf.sc_dpid = 1;
	sc = switch_create(&conf, NULL);
	if (sc == NULL)
		return (NULL);
	for (i = 0; i < n; i++) {
		memset(&spc, 0, sizeof(spc));
		memset(&ports[i], 0, sizeof(ports[i]));
		spc.sp_no = ports[i].st_no = i + 1;
		if (switch_port_add(sc, &spc, &ports[i], &ports[i].st_sp) != 0)
			ports[i].st_sp = NULL;
	}
	stub_clear();
	return (sc);
}

static inline void
stub_destroy(struct switch_softc *sc, struct stub_port *ports, unsigned int n)
{
	unsigned int	 i;

	for (i = 0; i < n; i++)
		if (ports[i].st_sp != NULL)
			switch_port_del(ports[i].st_sp);
	switch_destroy(sc);
	kern_quiesce();
}

/* A frame arrives. */
static inline void
stub_input(struct stub_port *st, const uint8_t *data, uint32_t len)
{
	struct pkt	 p;

	if (pkt_from(data, len, &p) != 0)
		return;
	smr_read_enter();
	switch_input(st->st_sp, &p);
	smr_read_leave();
	kern_quiesce();
}

static inline enum ofp_error
stub_flow_mod(struct switch_softc *sc, const struct ofp_flow *f)
{
	enum ofp_error	 err;

	kern_mutex_enter(&sc->sc_mutex);
	err = switch_flow_mod(sc, f);
	kern_mutex_leave(&sc->sc_mutex);
	return (err);
}

/* Instructions from wire bytes into a flow mod; the bytes must stay. */
static inline enum ofp_error
stub_instr(struct ofp_flow *f, const uint8_t *wire, size_t len)
{
	struct ofp_rd	 rd;

	ofp_rd_init(&f->f_instr_bytes, wire, len);
	rd = f->f_instr_bytes;
	return (ofp_instructions_decode(&rd, &f->f_match, &f->f_instr));
}

/* Add a flow that outputs to a port. */
static inline enum ofp_error
stub_add_timed(struct switch_softc *sc, uint8_t table,
    const struct ofp_match *m, uint16_t priority, uint32_t port, uint16_t hard)
{
	uint8_t		 buf[64];
	struct ofp_wr	 wr;
	struct ofp_flow	 f;
	enum ofp_error	 err;

	ofp_flow_init(&f, OFP_FC_ADD);
	f.f_table = table;
	f.f_priority = priority;
	f.f_hard = hard;
	f.f_match = *m;
	ofp_wr_init(&wr, buf, sizeof(buf));
	ofp_instr_apply_output(&wr, port, OFP_CML_NO_BUFFER);
	err = stub_instr(&f, buf, ofp_wr_pos(&wr));
	return (err != OFP_OK ? err : stub_flow_mod(sc, &f));
}

static inline enum ofp_error
stub_add_output(struct switch_softc *sc, uint8_t table,
    const struct ofp_match *m, uint16_t priority, uint32_t port)
{
	return (stub_add_timed(sc, table, m, priority, port, 0));
}

#endif /* _CORE_STUB_H_ */
