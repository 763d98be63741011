/*
 * SPDX-License-Identifier: ISC
 *
 * switch_port.c: ports: add, remove, find, describe, change.
 *
 * Packets find a port by its number in a hash of chains, and all ports, for a
 * flood, in an array; both are published by the writer.  What a port's bits
 * say, packets read one by one (kern_load).
 */
#include "switch_pass.h"

#define NS		1000000000ULL

#define BUCKET(sc, no)	(&(sc)->sc_ports[(no) % SWITCH_PORT_HASH])

struct switch_port *
switch_port_find(struct switch_softc *sc, uint32_t no)
{
	struct switch_port	*sp;

	for (sp = SMR_PTR_GET_EITHER(BUCKET(sc, no), &sc->sc_mutex);
	    sp != NULL;
	    sp = SMR_PTR_GET_EITHER(&sp->sp_hnext, &sc->sc_mutex))
		if (sp->sp_no == no)
			break;
	return (sp);
}

bool
switch_port_legal(uint32_t no)
{
	return ((no > 0 && no <= OFP_P_MAX) ||
	    (no >= OFP_P_IN_PORT && no <= OFP_P_LOCAL));
}

struct switch_port *
switch_port_after(struct switch_softc *sc, uint32_t no)
{
	struct switch_port	*sp;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	TAILQ_FOREACH(sp, &sc->sc_portlist, sp_entry)
		if (sp->sp_no > no)
			break;
	return (sp);
}

uint32_t
switch_port_no(const struct switch_port *sp)
{
	return (sp->sp_no);
}

bool
switch_port_live(struct switch_softc *sc, uint32_t no)
{
	struct switch_port	*sp = switch_port_find(sc, no);

	return (sp != NULL &&
	    (kern_load(&sp->sp_state) & OFP_PS_LIVE) != 0);
}

/*
 * Which ports there are.
 */
static size_t
portv_size(uint32_t n)
{
	return (sizeof(struct switch_portv) +
	    n * sizeof(struct switch_port *));
}

static void
portv_free(void *arg)
{
	struct switch_portv	*pv = arg;

	kern_free(pv, portv_size(pv->pv_n));
}

/* An array of room for n ports. */
static struct switch_portv *
portv_new(uint32_t n)
{
	struct switch_portv	*pv = kern_zalloc(portv_size(n));

	if (pv != NULL)
		pv->pv_n = n;
	return (pv);
}

static uint32_t
ports_count(struct switch_softc *sc)
{
	struct switch_port	*sp;
	uint32_t		 n = 0;

	TAILQ_FOREACH(sp, &sc->sc_portlist, sp_entry)
		n++;
	return (n);
}

/* pv has room for exactly those in the list; NULL: publish none. */
static void
portv_publish(struct switch_softc *sc, struct switch_portv *pv)
{
	struct switch_portv	*old = SMR_PTR_GET_LOCKED(&sc->sc_portv);
	struct switch_port	*sp;
	uint32_t		 i = 0;

	if (pv != NULL)
		TAILQ_FOREACH(sp, &sc->sc_portlist, sp_entry)
			pv->pv_port[i++] = sp;
	SMR_PTR_SET_LOCKED(&sc->sc_portv, pv);
	if (old != NULL)
		smr_call(&old->pv_smr, portv_free, old);
}

static void
port_link(struct switch_softc *sc, struct switch_port *sp)
{
	struct switch_port	*at = switch_port_after(sc, sp->sp_no);

	if (at != NULL)
		TAILQ_INSERT_BEFORE(at, sp, sp_entry);
	else
		TAILQ_INSERT_TAIL(&sc->sc_portlist, sp, sp_entry);
	sp->sp_hnext = SMR_PTR_GET_LOCKED(BUCKET(sc, sp->sp_no));
	SMR_PTR_SET_LOCKED(BUCKET(sc, sp->sp_no), sp);
}

static void
port_unlink(struct switch_softc *sc, struct switch_port *sp)
{
	struct switch_port	**spp = BUCKET(sc, sp->sp_no);

	TAILQ_REMOVE(&sc->sc_portlist, sp, sp_entry);
	while (*spp != sp)
		spp = &(*spp)->sp_hnext;
	SMR_PTR_SET_LOCKED(spp, sp->sp_hnext);
}

/* The number asked for, or the lowest free one; 0: taken or none left. */
static uint32_t
port_choose(struct switch_softc *sc, const struct switch_port_conf *spc)
{
	struct switch_port	*sp;
	uint32_t		 no = spc->sp_local ? OFP_P_LOCAL : spc->sp_no;

	if (no == 0) {
		no = 1;
		TAILQ_FOREACH(sp, &sc->sc_portlist, sp_entry)
			if (sp->sp_no == no)
				no++;
		return (no <= OFP_P_MAX ? no : 0);
	}
	TAILQ_FOREACH(sp, &sc->sc_portlist, sp_entry)
		if (sp->sp_no == no)
			return (0);
	return (no);
}

/*
 * State follows the host: carrier, and up or down when that changes there.
 * True when anything a controller sees is different.
 */
static bool
port_refresh(struct switch_port *sp, bool first)
{
	struct host_port_info	 old = sp->sp_info;
	uint32_t		 config = sp->sp_config, state = sp->sp_state;

	memset(&sp->sp_info, 0, sizeof(sp->sp_info));
	host_port_info(sp->sp_hp, &sp->sp_info);
	if (first || old.hi_up != sp->sp_info.hi_up)
		config = (config & ~OFP_PC_PORT_DOWN) |
		    (sp->sp_info.hi_up ? 0 : OFP_PC_PORT_DOWN);
	state &= ~(OFP_PS_LINK_DOWN | OFP_PS_LIVE);
	if (!sp->sp_info.hi_link)
		state |= OFP_PS_LINK_DOWN;
	else if ((config & OFP_PC_PORT_DOWN) == 0)
		state |= OFP_PS_LIVE;
	if (!first && config == sp->sp_config && state == sp->sp_state &&
	    memcmp(&old, &sp->sp_info, sizeof(old)) == 0)
		return (false);
	kern_store(&sp->sp_config, config);
	kern_store(&sp->sp_state, state);
	return (true);
}

static struct switch_port *
port_new(struct switch_softc *sc, const struct switch_port_conf *spc, void *hp)
{
	struct switch_port	*sp = kern_zalloc(sizeof(*sp));

	if (sp == NULL)
		return (NULL);
	if (kern_pcpu_init(&sp->sp_count, SWITCH_PORT_NCOUNT) != 0) {
		kern_free(sp, sizeof(*sp));
		return (NULL);
	}
	sp->sp_sc = sc;
	sp->sp_hp = hp;
	sp->sp_local = spc->sp_local;
	sp->sp_lock_mac = spc->sp_lock_mac;
	memcpy(sp->sp_mac, spc->sp_mac, sizeof(sp->sp_mac));
	sp->sp_domains = spc->sp_domains;
	sp->sp_created = kern_uptime_ns();
	return (sp);
}

static void
port_free(struct switch_port *sp)
{
	kern_pcpu_free(&sp->sp_count);
	kern_free(sp, sizeof(*sp));
}

int
switch_port_add(struct switch_softc *sc, const struct switch_port_conf *spc,
    void *hp, struct switch_port **spp)
{
	struct switch_port	*sp;
	struct switch_portv	*pv;
	int			 error = 0;

	if (spc->sp_no > OFP_P_MAX && !spc->sp_local)
		return (EINVAL);
	sp = port_new(sc, spc, hp);
	if (sp == NULL)
		return (ENOMEM);
	kern_mutex_enter(&sc->sc_mutex);
	sp->sp_no = port_choose(sc, spc);
	pv = sp->sp_no == 0 ? NULL : portv_new(ports_count(sc) + 1);
	if (pv == NULL) {
		error = sp->sp_no != 0 ? ENOMEM :
		    spc->sp_no == 0 && !spc->sp_local ? ENOSPC : EEXIST;
		kern_mutex_leave(&sc->sc_mutex);
		port_free(sp);
		return (error);
	}
	switch_fast_stop(sc, true);
	(void)port_refresh(sp, true);
	port_link(sc, sp);
	portv_publish(sc, pv);
	if (sp->sp_local)
		sc->sc_local = sp;
	*spp = sp;
	switch_port_status_notify(sc, sp, OFP_PR_ADD);
	kern_mutex_leave(&sc->sc_mutex);
	return (0);
}

/* M: unlink; the caller waits for readers, then calls port_free. */
static void
port_remove(struct switch_softc *sc, struct switch_port *sp)
{
	struct switch_portv	*pv;

	switch_fast_stop(sc, true);
	switch_port_status_notify(sc, sp, OFP_PR_DELETE);
	port_unlink(sc, sp);
	if (sc->sc_local == sp)
		sc->sc_local = NULL;
	switch_normal_forget(sc, sp->sp_no);
	/* Without memory nothing floods until the next change. */
	pv = portv_new(ports_count(sc));
	portv_publish(sc, pv);
}

void
switch_port_del(struct switch_port *sp)
{
	struct switch_softc	*sc = sp->sp_sc;

	kern_mutex_enter(&sc->sc_mutex);
	port_remove(sc, sp);
	kern_mutex_leave(&sc->sc_mutex);
	smr_barrier();
	port_free(sp);
}

/* At the end, without packets. */
void
switch_ports_free(struct switch_softc *sc)
{
	struct switch_port	*sp;

	while ((sp = TAILQ_FIRST(&sc->sc_portlist)) != NULL) {
		port_unlink(sc, sp);
		port_free(sp);
	}
	if (sc->sc_portv != NULL)
		portv_free(sc->sc_portv);
	sc->sc_portv = NULL;
}

/*
 * What changes on a port.
 */
/* Tell, and what was learned behind a port that is not live is forgotten. */
static void
port_modified(struct switch_port *sp)
{
	if ((sp->sp_state & OFP_PS_LIVE) == 0)
		switch_normal_forget(sp->sp_sc, sp->sp_no);
	switch_port_status_notify(sp->sp_sc, sp, OFP_PR_MODIFY);
}

void
switch_port_changed(struct switch_port *sp)
{
	struct switch_softc	*sc = sp->sp_sc;

	kern_mutex_enter(&sc->sc_mutex);
	switch_fast_stop(sc, true);
	if (port_refresh(sp, false))
		port_modified(sp);
	kern_mutex_leave(&sc->sc_mutex);
}

/* Number and LOCAL stay as they are (EINVAL). */
int
switch_port_conf_set(struct switch_port *sp, const struct switch_port_conf *spc)
{
	struct switch_softc	*sc = sp->sp_sc;
	int			 error = 0;

	kern_mutex_enter(&sc->sc_mutex);
	if ((spc->sp_no != 0 && spc->sp_no != sp->sp_no) ||
	    spc->sp_local != sp->sp_local)
		error = EINVAL;
	else {
		switch_fast_stop(sc, true);
		kern_store(&sp->sp_lock_mac, false);
		memcpy(sp->sp_mac, spc->sp_mac, sizeof(sp->sp_mac));
		kern_store(&sp->sp_lock_mac, spc->sp_lock_mac);
		kern_store(&sp->sp_domains, spc->sp_domains);
	}
	kern_mutex_leave(&sc->sc_mutex);
	return (error);
}

void
switch_port_conf_get(struct switch_port *sp, struct switch_port_conf *spc)
{
	struct switch_softc	*sc = sp->sp_sc;

	memset(spc, 0, sizeof(*spc));
	kern_mutex_enter(&sc->sc_mutex);
	spc->sp_no = sp->sp_no;
	spc->sp_domains = sp->sp_domains;
	spc->sp_local = sp->sp_local;
	spc->sp_lock_mac = sp->sp_lock_mac;
	memcpy(spc->sp_mac, sp->sp_mac, sizeof(spc->sp_mac));
	kern_mutex_leave(&sc->sc_mutex);
}

/* Port mod, 7.3.4.3. */
enum ofp_error
switch_port_mod(struct switch_softc *sc, const struct ofp_port_mod *pm)
{
	struct switch_port	*sp;
	uint32_t		 config, advertised;
	int			 error = 0;
	bool			 advertise;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	smr_read_enter();
	sp = switch_port_find(sc, pm->pm_no);
	smr_read_leave();
	if (sp == NULL)
		return (OFP_PMFC_BAD_PORT);
	if (memcmp(pm->pm_hwaddr, sp->sp_info.hi_hwaddr, 6) != 0)
		return (OFP_PMFC_BAD_HW_ADDR);
	config = (sp->sp_config & ~pm->pm_mask) |
	    (pm->pm_config & pm->pm_mask);
	advertised = sp->sp_info.hi_advertised;
	advertise = pm->pm_advertise != 0 && pm->pm_advertise != advertised;
	if (advertise && host_port_advertise(sp->sp_hp, pm->pm_advertise) != 0)
		return (OFP_PMFC_BAD_ADVERTISE);
	if (((config ^ sp->sp_config) & OFP_PC_PORT_DOWN) != 0)
		error = host_port_set_up(sp->sp_hp,
		    (config & OFP_PC_PORT_DOWN) == 0);
	if (error != 0 && error != EOPNOTSUPP) {
		if (advertise)
			(void)host_port_advertise(sp->sp_hp, advertised);
		return (OFP_PMFC_EPERM);
	}
	if (config == sp->sp_config && pm->pm_advertise == 0)
		return (OFP_OK);
	switch_fast_stop(sc, true);
	kern_store(&sp->sp_config, config);
	(void)port_refresh(sp, false);
	port_modified(sp);
	return (OFP_OK);
}

/*
 * What a port says of itself.
 */
void
switch_port_desc(struct switch_port *sp, struct ofp_port *po)
{
	const struct host_port_info *hi = &sp->sp_info;

	KERN_MUTEX_ASSERT(&sp->sp_sc->sc_mutex);
	memset(po, 0, sizeof(*po));
	po->po_no = sp->sp_no;
	memcpy(po->po_hwaddr, hi->hi_hwaddr, sizeof(po->po_hwaddr));
	memcpy(po->po_name, hi->hi_name, sizeof(hi->hi_name) - 1);
	po->po_config = sp->sp_config;
	po->po_state = sp->sp_state;
	po->po_curr = hi->hi_curr;
	po->po_advertised = hi->hi_advertised;
	po->po_supported = hi->hi_supported;
	po->po_peer = hi->hi_peer;
	po->po_curr_speed = hi->hi_curr_speed;
	po->po_max_speed = hi->hi_max_speed;
}

void
switch_port_stats(struct switch_port *sp, struct ofp_port_stats *pt)
{
	const struct kern_pcpu64 *c = &sp->sp_count;
	struct host_port_stats	 hs;
	uint64_t		 age = kern_uptime_ns() - sp->sp_created;

	KERN_MUTEX_ASSERT(&sp->sp_sc->sc_mutex);
	memset(&hs, 0, sizeof(hs));
	host_port_stats(sp->sp_hp, &hs);
	pt->pt_no = sp->sp_no;
	pt->pt_rx_packets = kern_pcpu_read(c, SWITCH_PORT_RX_PACKETS);
	pt->pt_tx_packets = kern_pcpu_read(c, SWITCH_PORT_TX_PACKETS);
	pt->pt_rx_bytes = kern_pcpu_read(c, SWITCH_PORT_RX_BYTES);
	pt->pt_tx_bytes = kern_pcpu_read(c, SWITCH_PORT_TX_BYTES);
	pt->pt_rx_dropped = hs.hs_rx_dropped +
	    kern_pcpu_read(c, SWITCH_PORT_RX_DROPPED);
	pt->pt_tx_dropped = hs.hs_tx_dropped +
	    kern_pcpu_read(c, SWITCH_PORT_TX_DROPPED);
	pt->pt_rx_errors = hs.hs_rx_errors;
	pt->pt_tx_errors = hs.hs_tx_errors;
	pt->pt_rx_frame_err = hs.hs_rx_frame_err;
	pt->pt_rx_over_err = hs.hs_rx_over_err;
	pt->pt_rx_crc_err = hs.hs_rx_crc_err;
	pt->pt_collisions = hs.hs_collisions;
	pt->pt_sec = (uint32_t)kern_div64(age, NS);
	pt->pt_nsec = (uint32_t)(age - kern_div64(age, NS) * NS);
}

unsigned int
switch_port_queues(struct switch_port *sp, struct host_queue *hq,
    unsigned int n)
{
	KERN_MUTEX_ASSERT(&sp->sp_sc->sc_mutex);
	return (host_port_queues(sp->sp_hp, hq, n));
}
