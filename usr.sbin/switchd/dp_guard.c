/*
 * SPDX-License-Identifier: ISC
 *
 * dp_guard.c: packet-ins that are too many, by port and class.
 *
 * With packet-in-rate, a port may send so many packet-ins a second.  Address
 * resolution (ARP, neighbour solicitations) has a quarter of that and link
 * protocols (LLDP, 802.1D addresses) an eighth for themselves, so that no flood
 * of other frames keeps a host from being found or a link from being seen.
 * What is too much is counted by class and dropped; copies of frames that the
 * switch has sent on are not learned from.
 */
#include <stdlib.h>

#include "dp.h"
#include "log.h"

#define ETHERTYPE_ARP	0x0806
#define ETHERTYPE_LLDP	0x88cc
/* Solicited-node multicast of IPv6: 33-33-ff. */
#define SOLICIT		0x3333ff000000ULL
#define SOLICIT_MASK	0xffffff000000ULL

#define DP_GUARD_TOLD	60	/* s between two lines in the log */

/* Of each port, in their order, and behind them of all that are not named. */
struct dp_guard {
	uint32_t	gu_second;	/* of which gu_seen is */
	uint32_t	gu_seen[3];	/* packet-ins by class */
	uint32_t	gu_told;	/* s, when it was logged */
};

enum guard_class { GUARD_OTHER, GUARD_RESOLVE, GUARD_LINK };
static const struct {
	uint32_t	 gr_part;	/* of the rate */
	enum counter	 gr_counter;
	const char	*gr_name;
} guard_rows[] = {
[GUARD_OTHER] =		{ 1, CNT_drop_rate, "frames" },
[GUARD_RESOLVE] =	{ 4, CNT_drop_rate_arp, "address resolution" },
[GUARD_LINK] =		{ 8, CNT_drop_rate_link, "link protocols" }
};

static enum guard_class
guard_class(const struct ofp_l2 *l2)
{
	if ((l2->l2_dst & DP_RESERVED_MASK) == DP_RESERVED ||
	    l2->l2_type == ETHERTYPE_LLDP)
		return (GUARD_LINK);
	if (l2->l2_type == ETHERTYPE_ARP ||
	    (l2->l2_dst & SOLICIT_MASK) == SOLICIT)
		return (GUARD_RESOLVE);
	return (GUARD_OTHER);
}

static unsigned int
guard_place(const struct dp *d, uint32_t no)
{
	unsigned int	lo = 0, hi = d->d_nports, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (d->d_ports[mid].dt_no < no)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (lo < d->d_nports && d->d_ports[lo].dt_no == no ? lo :
	    d->d_nports);
}

/* NULL without memory. */
static struct dp_guard *
guard_port(struct dp *d, uint32_t no)
{
	unsigned int	i = guard_place(d, no);

	if (d->d_guard == NULL)
		d->d_guard = calloc(d->d_nports + 1U, sizeof(*d->d_guard));
	return (d->d_guard == NULL ? NULL : &d->d_guard[i]);
}

void
dp_guard_free(struct dp *d)
{
	free(d->d_guard);
	d->d_guard = NULL;
}

/* One packet-in of a port; true when it is one too many. */
bool
dp_guard_over(struct dp *d, uint32_t port, const struct ofp_l2 *l2,
    uint32_t now)
{
	struct dp_guard		*gu = guard_port(d, port);
	enum guard_class	 class = guard_class(l2);
	uint32_t		 share;

	if (gu == NULL)
		return (false);
	if (gu->gu_second != now) {
		gu->gu_second = now;
		memset(gu->gu_seen, 0, sizeof(gu->gu_seen));
	}
	share = d->d_rate / guard_rows[class].gr_part;
	if (gu->gu_seen[class]++ < (share == 0 ? 1 : share))
		return (false);
	counter_inc(&d->d_counters, guard_rows[class].gr_counter);
	if (gu->gu_told == 0 || now - gu->gu_told >= DP_GUARD_TOLD) {
		gu->gu_told = now;
		log_info("%s: port %s: more than %u packet-ins a second with "
		    "%s, some are dropped", d->d_name, dp_port_name(d, port),
		    share, guard_rows[class].gr_name);
		if (dp_events)
			dp_event(d, "too many packet-ins with %s on %s",
			    guard_rows[class].gr_name, dp_port_name(d, port));
	}
	return (true);
}
