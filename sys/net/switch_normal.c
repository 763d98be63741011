/*
 * SPDX-License-Identifier: ISC
 *
 * switch_normal.c: output to NORMAL, and the switch without a controller: a
 * learning bridge that keeps VLANs apart (1.3.5, 5.1).
 *
 * What was learned stands in a table of fixed size, four places to a bucket:
 * an address (VLAN and MAC in one word) and where it is (port and second in
 * another).  Packets write it without a lock: a place is first made invalid,
 * then its second word, then its first; the worst that two packets at once can
 * do is to learn one of them, or none.
 */
#include "switch_pass.h"

#define NS		1000000000ULL
#define BUCKETS		4096		/* a power of two */
#define WAYS		4
#define AGE		300		/* s */

struct fdb_entry {
	uint64_t	fe_addr;	/* A: VLAN << 48 | MAC; 0: free */
	uint64_t	fe_where;	/* A: second << 32 | port */
};

struct switch_fdb {
	struct fdb_entry	fd_entry[BUCKETS][WAYS];
};

int
switch_normal_create(struct switch_softc *sc)
{
	sc->sc_fdb = kern_zalloc(sizeof(*sc->sc_fdb));
	return (sc->sc_fdb == NULL ? ENOMEM : 0);
}

void
switch_normal_destroy(struct switch_softc *sc)
{
	kern_free(sc->sc_fdb, sizeof(*sc->sc_fdb));
	sc->sc_fdb = NULL;
}

static uint64_t
fdb_addr(be16_t vid, const uint8_t *mac)
{
	return ((uint64_t)(be16_get(vid) & 0xfff) << 48 |
	    (uint64_t)kern_be16_at(mac) << 32 | kern_be32_at(mac + 2));
}

static struct fdb_entry *
fdb_bucket(struct switch_fdb *fd, uint64_t addr)
{
	return (fd->fd_entry[switch_hash_add(0, addr) & (BUCKETS - 1)]);
}

static struct fdb_entry *
fdb_find(struct switch_fdb *fd, uint64_t addr)
{
	struct fdb_entry	*fe = fdb_bucket(fd, addr);
	unsigned int		 i;

	for (i = 0; i < WAYS; i++)
		if (kern_load(&fe[i].fe_addr) == addr)
			return (&fe[i]);
	return (NULL);
}

/* A free place, else the one not seen for longest. */
static struct fdb_entry *
fdb_victim(struct switch_fdb *fd, uint64_t addr)
{
	struct fdb_entry	*fe = fdb_bucket(fd, addr), *old = fe;
	unsigned int		 i;

	for (i = 0; i < WAYS; i++) {
		if (kern_load(&fe[i].fe_addr) == 0)
			return (&fe[i]);
		if (kern_load(&fe[i].fe_where) < kern_load(&old->fe_where))
			old = &fe[i];
	}
	return (old);
}

static void
fdb_learn(struct switch_pass *ps, uint64_t addr, uint64_t sec)
{
	struct switch_fdb	*fd = ps->ps_sc->sc_fdb;
	struct fdb_entry	*fe = fdb_find(fd, addr);
	uint64_t		 where = sec << 32 | ps->ps_in_port;

	if (fe != NULL && kern_load(&fe->fe_where) == where)
		return;
	if (fe == NULL)
		fe = fdb_victim(fd, addr);
	kern_store(&fe->fe_addr, 0);
	kern_store(&fe->fe_where, where);
	kern_store(&fe->fe_addr, addr);
}

/* The port of an address, 0: not known. */
static uint32_t
fdb_lookup(struct switch_fdb *fd, uint64_t addr, uint64_t sec)
{
	struct fdb_entry	*fe = fdb_find(fd, addr);
	uint64_t		 where;

	if (fe == NULL)
		return (0);
	where = kern_load(&fe->fe_where);
	return (sec - (where >> 32) > AGE ? 0 : (uint32_t)where);
}

/* 802.1D, 7.12.6: addresses that a bridge does not forward. */
static bool
is_reserved(const uint8_t *mac)
{
	static const uint8_t	prefix[5] = { 0x01, 0x80, 0xc2, 0, 0 };

	return (memcmp(mac, prefix, sizeof(prefix)) == 0 && mac[5] < 0x10);
}

void
switch_normal_run(struct switch_pass *ps)
{
	const struct ofp_key	*k = &ps->ps_key;
	uint64_t		 sec = kern_div64(kern_uptime_ns(), NS);
	uint32_t		 port = 0;

	if (ps->ps_stale)
		switch_key_again(ps);
	ps->ps_went = true;
	if (is_reserved(k->k_eth_dst)) {
		switch_count(ps->ps_sc, SWITCH_N_RESERVED);
		return;
	}
	if ((k->k_eth_src[0] & 1) == 0 && ps->ps_in != NULL)
		fdb_learn(ps, fdb_addr(k->k_vlan_vid, k->k_eth_src), sec);
	if ((k->k_eth_dst[0] & 1) == 0)
		port = fdb_lookup(ps->ps_sc->sc_fdb,
		    fdb_addr(k->k_vlan_vid, k->k_eth_dst), sec);
	if (port == 0)
		switch_pass_flood(ps, false);
	else
		switch_pass_output(ps, port);
}

/* M: a port is gone or lost its link. */
void
switch_normal_forget(struct switch_softc *sc, uint32_t port)
{
	struct fdb_entry	*fe = &sc->sc_fdb->fd_entry[0][0];
	unsigned int		 i;

	for (i = 0; i < BUCKETS * WAYS; i++, fe++)
		if ((uint32_t)kern_load(&fe->fe_where) == port)
			kern_store(&fe->fe_addr, 0);
}

/* M: free what is too old to be believed. */
void
switch_normal_tick(struct switch_softc *sc)
{
	struct fdb_entry	*fe = &sc->sc_fdb->fd_entry[0][0];
	uint64_t		 sec = kern_div64(kern_uptime_ns(), NS);
	unsigned int		 i;

	if (sec % 16 != 0)
		return;
	for (i = 0; i < BUCKETS * WAYS; i++, fe++)
		if (kern_load(&fe->fe_addr) != 0 &&
		    sec - (kern_load(&fe->fe_where) >> 32) > AGE)
			kern_store(&fe->fe_addr, 0);
}
