/*
 * SPDX-License-Identifier: ISC
 *
 * if_switch.c: the switch: created, destroyed, set; and a packet's whole way.
 */
#include "switch_pass.h"

/*
 * A packet's way.
 */
/* Port bits (7.2.1). */
static inline bool
port_may_receive(struct switch_port *sp)
{
	uint32_t	 config = kern_load(&sp->sp_config);

	if (likely((config & (OFP_PC_PORT_DOWN | OFP_PC_NO_RECV)) == 0))
		return (true);
	switch_count(sp->sp_sc, (config & OFP_PC_NO_RECV) != 0 ?
	    SWITCH_N_NO_RECV : SWITCH_N_PORT_DOWN);
	return (false);
}

/* What the port's settings and the switch's say of this frame. */
static inline bool
port_accepts(struct switch_port *sp, const struct switch_pass *ps)
{
	struct switch_softc	*sc = sp->sp_sc;

	if (unlikely(kern_load(&sp->sp_lock_mac)) &&
	    memcmp(ps->ps_key.k_eth_src, sp->sp_mac, 6) != 0) {
		switch_count(sc, SWITCH_N_LOCK_MAC);
		return (false);
	}
	if (unlikely(ps->ps_hdr.h_frag != SWITCH_FRAG_NO) &&
	    kern_load(&sc->sc_frag) == OFP_FRAG_DROP) {
		switch_count(sc, SWITCH_N_FRAG);
		return (false);
	}
	return (true);
}

static void
port_drop(struct switch_port *sp, struct switch_pass *ps)
{
	kern_pcpu_add(&sp->sp_count, SWITCH_PORT_RX_DROPPED, ps->ps_packets);
	pkt_free(ps->ps_pkt);
}

void
switch_input(struct switch_port *sp, struct pkt *p)
{
	struct switch_softc	*sc = sp->sp_sc;
	struct switch_pass	 ps;

	SMR_ASSERT();
	switch_pass_init(&ps, sc, sp, sp->sp_no, p);
	kern_pcpu_add(&sp->sp_count, SWITCH_PORT_RX_PACKETS, ps.ps_packets);
	kern_pcpu_add(&sp->sp_count, SWITCH_PORT_RX_BYTES, p->pk_len);
	if (!port_may_receive(sp)) {
		port_drop(sp, &ps);
		return;
	}
	if (switch_key_extract(p, &ps.ps_key, &ps.ps_hdr) != 0) {
		switch_count(sc, SWITCH_N_RUNT);
		port_drop(sp, &ps);
		return;
	}
	if (!port_accepts(sp, &ps)) {
		port_drop(sp, &ps);
		return;
	}
	if (unlikely(kern_load(&sc->sc_standalone))) {
		switch_normal_run(&ps);
		switch_pass_end(&ps);
		return;
	}
	switch_pass_run(&ps);
}

/*
 * Settings.
 */
#define OR_DEFAULT(member, value) do {					\
	if (conf->member == 0)						\
		conf->member = (value);					\
} while (0)

static void
conf_defaults(struct switch_conf *conf)
{
	if (conf->sc_dpid == 0)
		conf->sc_dpid = 0x020000000000ULL |
		    (uint64_t)(kern_random() & 0xffff) << 24 |
		    (kern_random() & 0xffffff);
	OR_DEFAULT(sc_fail_delay, 15);
	OR_DEFAULT(sc_tables, 254);
	OR_DEFAULT(sc_max_flows, 1048576);
	OR_DEFAULT(sc_max_flows_all, 2097152);
	OR_DEFAULT(sc_max_groups, 1024);
	OR_DEFAULT(sc_max_buckets, 256);
	OR_DEFAULT(sc_max_meters, 1024);
	OR_DEFAULT(sc_max_buffers, 256);
	OR_DEFAULT(sc_max_chans, 16);
	OR_DEFAULT(sc_chan_queue, 1024 * 1024);
	OR_DEFAULT(sc_cache, 65536);
	if (conf->sc_tables > SWITCH_NTABLES)
		conf->sc_tables = SWITCH_NTABLES;
	if (conf->sc_max_chans > SWITCH_MAX_CHANS)
		conf->sc_max_chans = SWITCH_MAX_CHANS;
	if (conf->sc_max_buffers > SWITCH_MAX_BUFFERS)
		conf->sc_max_buffers = SWITCH_MAX_BUFFERS;
	conf->sc_dp_desc[sizeof(conf->sc_dp_desc) - 1] = '\0';
	conf->sc_serial[sizeof(conf->sc_serial) - 1] = '\0';
}

/* What the tables that there are take from the settings. */
static void
conf_apply(struct switch_softc *sc)
{
	struct switch_table	*st;
	unsigned int		 i;

	kern_store(&sc->sc_mpls_after_vlan, sc->sc_conf.sc_mpls_after_vlan);
	for (i = 0; i < SWITCH_NTABLES; i++) {
		st = SMR_PTR_GET_LOCKED(&sc->sc_tables[i]);
		if (st == NULL)
			continue;
		st->st_max = sc->sc_conf.sc_max_flows;
		if (i >= sc->sc_conf.sc_tables)
			switch_table_flush(sc, i);
	}
}

int
switch_conf_set(struct switch_softc *sc, const struct switch_conf *new)
{
	struct switch_conf	 conf = *new;
	int			 error = 0;

	kern_mutex_enter(&sc->sc_mutex);
	if (conf.sc_dpid == 0)
		conf.sc_dpid = sc->sc_conf.sc_dpid;
	conf_defaults(&conf);
	if (conf.sc_dpid != sc->sc_conf.sc_dpid && sc->sc_nchans > 0)
		error = EBUSY;
	else
		error = switch_buffers_resize(sc, conf.sc_max_buffers);
	if (error == 0) {
		sc->sc_conf = conf;
		conf_apply(sc);
	}
	kern_mutex_leave(&sc->sc_mutex);
	return (error);
}

void
switch_conf_get(struct switch_softc *sc, struct switch_conf *conf)
{
	kern_mutex_enter(&sc->sc_mutex);
	*conf = sc->sc_conf;
	kern_mutex_leave(&sc->sc_mutex);
}

/*
 * Once a second.
 */
/* Without a controller for long enough the switch is a bridge. */
static void
tick_standalone(struct switch_softc *sc)
{
	uint64_t	 now = kern_uptime_ns();
	bool		 alone;

	if (sc->sc_nchans > 0)
		sc->sc_lost = now;
	alone = sc->sc_conf.sc_fail_mode == SWITCH_FAIL_STANDALONE &&
	    sc->sc_nchans == 0 &&
	    now - sc->sc_lost >= sc->sc_conf.sc_fail_delay * 1000000000ULL;
	if (alone != sc->sc_standalone)
		switch_fast_stop(sc, true);
	kern_store(&sc->sc_standalone, alone);
}

bool
switch_expire(struct switch_softc *sc)
{
	bool	 more;

	kern_mutex_enter(&sc->sc_mutex);
	more = switch_wheel_run(sc, SWITCH_MAX_TICK);
	more |= switch_flows_forget(sc, SWITCH_MAX_TICK);
	kern_mutex_leave(&sc->sc_mutex);
	return (more);
}

bool
switch_tick(struct switch_softc *sc)
{
	bool	 more = switch_expire(sc);

	kern_mutex_enter(&sc->sc_mutex);
	tick_standalone(sc);
	switch_normal_tick(sc);
	switch_buffers_tick(sc);
	switch_cache_tick(sc);
	switch_agent_tick(sc);
	kern_mutex_leave(&sc->sc_mutex);
	return (more);
}

static const char *const counter_names[] = {
#define COUNTER_NAME(name, str)	str,
	SWITCH_COUNTERS(COUNTER_NAME)
};

const char *
switch_counter(struct switch_softc *sc, unsigned int i, uint64_t *value)
{
	if (i >= nitems(counter_names))
		return (NULL);
	*value = kern_pcpu_read(&sc->sc_counters, i);
	return (counter_names[i]);
}

/*
 * Life.
 */
static void
softc_init(struct switch_softc *sc, const struct switch_conf *conf, void *hs)
{
	sc->sc_hs = hs;
	sc->sc_conf = *conf;
	conf_defaults(&sc->sc_conf);
	conf_apply(sc);
	kern_mutex_init(&sc->sc_mutex);
	TAILQ_INIT(&sc->sc_portlist);
	TAILQ_INIT(&sc->sc_iters);
	TAILQ_INIT(&sc->sc_gone);
	TAILQ_INIT(&sc->sc_grouplist);
	TAILQ_INIT(&sc->sc_meterlist);
	sc->sc_created = sc->sc_lost = kern_uptime_ns();
}

struct switch_softc *
switch_create(const struct switch_conf *conf, void *hs)
{
	struct switch_softc	*sc = kern_zalloc(sizeof(*sc));

	if (sc == NULL)
		return (NULL);
	softc_init(sc, conf, hs);
	if (kern_pcpu_init(&sc->sc_counters, SWITCH_N_COUNT) != 0)
		goto free;
	if (switch_wheel_create(sc) != 0)
		goto counters;
	if (switch_normal_create(sc) != 0)
		goto wheel;
	if (switch_buffers_create(sc) != 0)
		goto normal;
	if (switch_cache_create(sc) != 0)
		goto buffers;
	if (switch_agent_create(sc) != 0)
		goto cache;
	kern_mutex_enter(&sc->sc_mutex);
	(void)switch_table_get(sc, 0);	/* counts from the first packet on */
	kern_mutex_leave(&sc->sc_mutex);
	return (sc);
 cache:
	switch_cache_destroy(sc);
 buffers:
	switch_buffers_destroy(sc);
 normal:
	switch_normal_destroy(sc);
 wheel:
	switch_wheel_destroy(sc);
 counters:
	kern_pcpu_free(&sc->sc_counters);
 free:
	kern_mutex_destroy(&sc->sc_mutex);
	kern_free(sc, sizeof(*sc));
	return (NULL);
}

/* Ports and channels are gone, or at least silent. */
void
switch_destroy(struct switch_softc *sc)
{
	kern_mutex_enter(&sc->sc_mutex);
	switch_tables_free(sc);
	switch_groups_free(sc);
	switch_meters_free(sc);
	kern_mutex_leave(&sc->sc_mutex);
	smr_barrier();
	switch_agent_destroy(sc);
	switch_cache_destroy(sc);
	smr_barrier();
	switch_ports_free(sc);
	switch_buffers_destroy(sc);
	switch_normal_destroy(sc);
	switch_wheel_destroy(sc);
	kern_pcpu_free(&sc->sc_counters);
	kern_mutex_destroy(&sc->sc_mutex);
	kern_free(sc, sizeof(*sc));
}
