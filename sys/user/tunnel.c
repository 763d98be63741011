/*
 * SPDX-License-Identifier: ISC
 *
 * tunnel.c: tickets for metadata of tunnels; see tunnel.h.
 */
#include <sys/mman.h>

#include "tunnel.h"

#define SLOTS_SIZE	((UTUN_IN + UTUN_OUT) * sizeof(struct utun_slot))

struct tunnel {
	struct utun_slot	*tn_slots;
	uint32_t		 tn_seq;	/* of the last frame sent */
};

struct tunnel *
tunnel_open(int slots)
{
	struct tunnel	*tn;

	tn = kern_zalloc(sizeof(*tn));
	if (tn == NULL)
		return (NULL);
	tn->tn_slots = mmap(NULL, SLOTS_SIZE, PROT_READ | PROT_WRITE,
	    MAP_SHARED, slots, 0);
	if (tn->tn_slots != MAP_FAILED)
		return (tn);
	kern_free(tn, sizeof(*tn));
	return (NULL);
}

void
tunnel_close(struct tunnel *tn)
{
	if (tn == NULL)
		return;
	munmap(tn->tn_slots, SLOTS_SIZE);
	kern_free(tn, sizeof(*tn));
}

/* An end of a tunnel is in the field of its family, the other is zero. */
static void
end_get(const struct utun_slot *us, const uint8_t *from, be32_t *ip4,
    uint8_t *ip6)
{
	if (us->us_family == 4)
		memcpy(ip4, from, sizeof(*ip4));
	else if (us->us_family == 6)
		memcpy(ip6, from, 16);
}

int
tunnel_received(struct tunnel *tn, struct pkt *p)
{
	struct utun_slot	*from, us;
	struct utun_ticket	 uk;
	struct pkt_tunnel	 pt;

	if (p->pk_len < sizeof(uk))
		return (EINVAL);
	memcpy(&uk, p->pk_data, sizeof(uk));
	if (uk.uk_magic != UTUN_MAGIC)
		return (EINVAL);
	from = &tn->tn_slots[uk.uk_seq % UTUN_IN];
	us = *from;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (us.us_seq != uk.uk_seq ||
	    __atomic_load_n(&from->us_seq, __ATOMIC_RELAXED) != uk.uk_seq)
		return (ESTALE);
	memcpy(p->pk_data, us.us_first, UTUN_FIRST);
	if (us.us_family == 0)
		return (0);
	memset(&pt, 0, sizeof(pt));
	pt.pt_id = be64_make(us.us_id);
	end_get(&us, us.us_src, &pt.pt_src, pt.pt_src6);
	end_get(&us, us.us_dst, &pt.pt_dst, pt.pt_dst6);
	pkt_user_tunnel_received(p, &pt);
	return (0);
}

int
tunnel_ticket(struct tunnel *tn, const struct pkt *p, struct utun_ticket *uk)
{
	static const uint8_t	 none[16];
	const struct pkt_tunnel	*pt = pkt_user_tunnel_to(p);
	struct utun_slot	*us;

	if (pt == NULL || p->pk_len < UTUN_FIRST ||
	    be64_get(pt->pt_id) > UINT32_MAX)
		return (EINVAL);
	uk->uk_seq = ++tn->tn_seq;
	uk->uk_magic = UTUN_MAGIC;
	us = &tn->tn_slots[UTUN_IN + uk->uk_seq % UTUN_OUT];
	if (be32_get(pt->pt_dst) != 0) {
		us->us_family = 4;
		memcpy(us->us_src, &pt->pt_src, sizeof(pt->pt_src));
		memcpy(us->us_dst, &pt->pt_dst, sizeof(pt->pt_dst));
	} else if (memcmp(pt->pt_dst6, none, sizeof(none)) != 0) {
		us->us_family = 6;
		memcpy(us->us_src, pt->pt_src6, sizeof(us->us_src));
		memcpy(us->us_dst, pt->pt_dst6, sizeof(us->us_dst));
	} else
		return (EINVAL);
	us->us_id = (uint32_t)be64_get(pt->pt_id);
	memcpy(us->us_first, p->pk_data, UTUN_FIRST);
	return (0);
}
