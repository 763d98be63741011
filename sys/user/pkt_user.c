/*
 * SPDX-License-Identifier: ISC
 *
 * pkt_user.c: pkt.h over counted buffers of this process; see pkt_user.h.
 *
 * Cutting super-frames is in pkt_segment.c.
 */
#include <linux/virtio_net.h>

#include <stdlib.h>

#include "pkt_user.h"

/* A buffer; pk_host points here. */
struct pkt_buf {
	struct pkt_buf	*pb_next;	/* on a free list */
	uint32_t	 pb_refs;
	uint32_t	 pb_size;	/* of pb_bytes */
	struct pkt_tunnel pb_tunnel;	/* if pm_tunnel says so */
	uint8_t		 pb_bytes[];
};

/* A size of buffers and those of it that are free. */
static struct pkt_pool {
	uint32_t	 pp_size;
	struct pkt_buf	*pp_free;
} pools[] = {
	{ PKT_ROOM + PKT_SMALL, NULL },
	{ PKT_ROOM + PKT_BIG, NULL },
};

static unsigned int	inuse;

static struct pkt_pool *
pool_of(uint32_t size)
{
	return (size <= pools[0].pp_size ? &pools[0] : &pools[1]);
}

/* A buffer with one reference, or NULL. */
static struct pkt_buf *
buf_get(uint32_t size)
{
	struct pkt_pool	*pp = pool_of(size);
	struct pkt_buf	*pb;

	if (size > pp->pp_size)
		return (NULL);
	if ((pb = pp->pp_free) != NULL)
		pp->pp_free = pb->pb_next;
	else if ((pb = malloc(sizeof(*pb) + pp->pp_size)) == NULL)
		return (NULL);
	pb->pb_size = pp->pp_size;
	pb->pb_refs = 1;
	inuse++;
	return (pb);
}

static void
buf_put(struct pkt_buf *pb)
{
	struct pkt_pool	*pp;

	KASSERT(pb->pb_refs > 0);
	if (--pb->pb_refs > 0)
		return;
	pp = pool_of(pb->pb_size);
	pb->pb_next = pp->pp_free;
	pp->pp_free = pb;
	inuse--;
}

unsigned int
pkt_user_inuse(void)
{
	return (inuse);
}

void
pkt_user_drain(void)
{
	struct pkt_buf	*pb;
	unsigned int	 i;

	for (i = 0; i < nitems(pools); i++) {
		while ((pb = pools[i].pp_free) != NULL) {
			pools[i].pp_free = pb->pb_next;
			free(pb);
		}
	}
}

int
pkt_user_new(struct pkt *p, uint32_t len)
{
	struct pkt_buf	*pb;

	if (len > PKT_BIG || (pb = buf_get(PKT_ROOM + len)) == NULL)
		return (ENOMEM);
	memset(p, 0, sizeof(*p));
	p->pk_data = pb->pb_bytes + PKT_ROOM;
	p->pk_len = p->pk_rlen = len;
	p->pk_host = pb;
	return (0);
}

void
pkt_user_trim(struct pkt *p, uint32_t len)
{
	KASSERT(len <= p->pk_len);
	p->pk_len = p->pk_rlen = len;
}

/* Bytes in front of the frame that may be written. */
static uint32_t
pkt_room(const struct pkt *p)
{
	const struct pkt_buf	*pb = p->pk_host;

	return ((uint32_t)(p->pk_data - pb->pb_bytes));
}

/*
 * Move the frame to a buffer of its own, with room in front and gap undefined
 * bytes at off.
 */
static int
pkt_move(struct pkt *p, uint32_t off, uint32_t gap)
{
	struct pkt	n;

	if (p->pk_len > PKT_BIG - gap || pkt_user_new(&n, p->pk_len + gap) != 0)
		return (ENOMEM);
	memcpy(n.pk_data, p->pk_data, off);
	memcpy(n.pk_data + off + gap, p->pk_data + off, p->pk_len - off);
	memcpy(n.pk_priv, p->pk_priv, sizeof(n.pk_priv));
	pkt_user_follow(p, &n);
	buf_put(p->pk_host);
	*p = n;
	return (0);
}

int
pkt_pull(struct pkt *p, uint32_t len)
{
	return (len <= p->pk_len ? 0 : EMSGSIZE);
}

int
pkt_own(struct pkt *p, uint32_t len)
{
	struct pkt_buf	*pb = p->pk_host;

	if (len > p->pk_len)
		return (EMSGSIZE);
	return (pb->pb_refs == 1 ? 0 : pkt_move(p, 0, 0));
}

/* The bytes behind off moved by n: so does what the checksum starts at. */
static void
pkt_meta_shift(struct pkt *p, uint32_t off, int32_t n)
{
	struct pkt_meta	m = pkt_meta(p);

	if (!m.pm_partial || m.pm_csum_start < off)
		return;
	m.pm_csum_start = (uint16_t)((int32_t)m.pm_csum_start + n);
	pkt_meta_set(p, &m);
}

int
pkt_push(struct pkt *p, uint32_t off, uint32_t len)
{
	if (off > p->pk_len || len > PKT_BIG - p->pk_len)
		return (EMSGSIZE);
	if (len > pkt_room(p)) {
		if (pkt_move(p, off, len) != 0)
			return (ENOMEM);
	} else {
		memmove(p->pk_data - len, p->pk_data, off);
		p->pk_data -= len;
		p->pk_len += len;
		p->pk_rlen += len;
	}
	pkt_meta_shift(p, off, (int32_t)len);
	return (0);
}

int
pkt_pop(struct pkt *p, uint32_t off, uint32_t len)
{
	struct pkt_meta	m = pkt_meta(p);

	if (off > p->pk_len || len > p->pk_len - off)
		return (EMSGSIZE);
	if (m.pm_partial && m.pm_csum_start >= off &&
	    m.pm_csum_start < off + len) {
		/* What was to be summed is gone. */
		m.pm_partial = 0;
		m.pm_gso = 0;
		pkt_meta_set(p, &m);
	}
	memmove(p->pk_data + len, p->pk_data, off);
	p->pk_data += len;
	p->pk_len -= len;
	p->pk_rlen -= len;
	pkt_meta_shift(p, off + len, -(int32_t)len);
	return (0);
}

int
pkt_dup(const struct pkt *p, struct pkt *n)
{
	struct pkt_buf	*pb = p->pk_host;

	pb->pb_refs++;
	*n = *p;
	return (0);
}

/* The finished checksum of a frame that has a partial one. */
static uint16_t
pkt_csum_finish(const struct pkt *p, const struct pkt_meta *m)
{
	uint16_t	sum;

	sum = (uint16_t)~pkt_csum_fold(pkt_csum_add(0,
	    p->pk_data + m->pm_csum_start, p->pk_len - m->pm_csum_start));
	return (sum != 0 ? sum : 0xffff);
}

int
pkt_copy(const struct pkt *p, uint32_t off, uint8_t *buf, uint32_t len)
{
	struct pkt_meta	m = pkt_meta(p);
	uint8_t		sum[2];
	uint32_t	at, i;
	uint16_t	s;

	if (off > p->pk_len || len > p->pk_len - off)
		return (EMSGSIZE);
	memcpy(buf, p->pk_data + off, len);
	if (!m.pm_partial)
		return (0);
	s = pkt_csum_finish(p, &m);
	memcpy(sum, &s, sizeof(sum));
	for (i = 0; i < sizeof(sum); i++) {
		at = m.pm_csum_start + m.pm_csum_off + i;
		if (at >= off && at - off < len)
			buf[at - off] = sum[i];
	}
	return (0);
}

int
pkt_from(const uint8_t *buf, uint32_t len, struct pkt *p)
{
	if (pkt_user_new(p, len) != 0)
		return (ENOMEM);
	memcpy(p->pk_data, buf, len);
	return (0);
}

void
pkt_free(struct pkt *p)
{
	if (p->pk_host != NULL)
		buf_put(p->pk_host);
	p->pk_host = NULL;
}

enum pkt_csum
pkt_csum_state(const struct pkt *p, uint32_t l4_off)
{
	struct pkt_meta	m = pkt_meta(p);

	return (m.pm_partial && m.pm_csum_start == l4_off ? PKT_CSUM_PARTIAL :
	    PKT_CSUM_FULL);
}

/* Nothing is kept beside the frame but offsets that follow push and pop. */
void
pkt_headers_changed(struct pkt *p, uint32_t l3_off, uint32_t l4_off)
{
	(void)p;
	(void)l3_off;
	(void)l4_off;
}

bool
pkt_is_super(const struct pkt *p)
{
	return (pkt_meta(p).pm_gso != PKT_GSO_NONE);
}

bool
pkt_is_rigid(const struct pkt *p)
{
	(void)p;
	return (false);
}

static void
pkt_tunnel_put(struct pkt *p, const struct pkt_tunnel *t,
    enum pkt_tunnel_state state)
{
	struct pkt_buf	*pb = p->pk_host;
	struct pkt_meta	 m = pkt_meta(p);

	pb->pb_tunnel = *t;
	m.pm_tunnel = state;
	pkt_meta_set(p, &m);
}

bool
pkt_tunnel_get(const struct pkt *p, struct pkt_tunnel *t)
{
	const struct pkt_buf	*pb = p->pk_host;

	if (pkt_meta(p).pm_tunnel != PKT_TUNNEL_FROM)
		return (false);
	*t = pb->pb_tunnel;
	return (true);
}

/* It stands in the buffer, which another handle may have as well. */
int
pkt_tunnel_set(struct pkt *p, const struct pkt_tunnel *t)
{
	if (pkt_own(p, p->pk_len) != 0)
		return (ENOMEM);
	pkt_tunnel_put(p, t, PKT_TUNNEL_TO);
	return (0);
}

void
pkt_user_tunnel_received(struct pkt *p, const struct pkt_tunnel *t)
{
	pkt_tunnel_put(p, t, PKT_TUNNEL_FROM);
}

const struct pkt_tunnel *
pkt_user_tunnel_to(const struct pkt *p)
{
	const struct pkt_buf	*pb = p->pk_host;

	return (pkt_meta(p).pm_tunnel == PKT_TUNNEL_TO ? &pb->pb_tunnel :
	    NULL);
}

void
pkt_user_follow(const struct pkt *p, struct pkt *n)
{
	const struct pkt_buf	*pb = p->pk_host;
	struct pkt_meta		 m = pkt_meta(p);

	pkt_queue_set(n, m.pm_queue);
	if (m.pm_tunnel != PKT_TUNNEL_NONE)
		pkt_tunnel_put(n, &pb->pb_tunnel, m.pm_tunnel);
}

void
pkt_queue_set(struct pkt *p, uint32_t queue)
{
	struct pkt_meta	m = pkt_meta(p);

	m.pm_queue = queue;
	pkt_meta_set(p, &m);
}

int
pkt_user_complete(struct pkt *p)
{
	struct pkt_meta	m = pkt_meta(p);
	uint16_t	s;

	if (!m.pm_partial)
		return (0);
	if (pkt_own(p, p->pk_len) != 0)
		return (ENOMEM);
	s = pkt_csum_finish(p, &m);
	memcpy(p->pk_data + m.pm_csum_start + m.pm_csum_off, &s, sizeof(s));
	m.pm_partial = 0;
	pkt_meta_set(p, &m);
	return (0);
}

int
pkt_user_retag(struct pkt *p, uint16_t tpid, uint16_t tci)
{
	uint8_t		*tag;

	if (p->pk_len < 12)
		return (EMSGSIZE);
	if (pkt_push(p, 12, 4) != 0)
		return (ENOMEM);
	tag = p->pk_data + 12;
	tag[0] = (uint8_t)(tpid >> 8);
	tag[1] = (uint8_t)tpid;
	tag[2] = (uint8_t)(tci >> 8);
	tag[3] = (uint8_t)tci;
	return (0);
}

int
pkt_user_set_vnet(struct pkt *p, const struct virtio_net_hdr *v)
{
	struct pkt_meta	m = { 0 };

	if (v->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		if (v->csum_start > p->pk_len ||
		    (uint32_t)v->csum_offset + 2 > p->pk_len - v->csum_start)
			return (EINVAL);
		m.pm_partial = 1;
		m.pm_csum_start = v->csum_start;
		m.pm_csum_off = v->csum_offset;
	}
	if (v->gso_type != PKT_GSO_NONE) {
		if (v->gso_size == 0)
			return (EINVAL);
		m.pm_gso = v->gso_type;
		m.pm_gso_size = v->gso_size;
	}
	/* The kernel would finish it as an Internet checksum. */
	if (m.pm_partial && m.pm_csum_off == SCTP_CSUM &&
	    p->pk_len - m.pm_csum_start >= SCTP_CSUM + 4) {
		m.pm_partial = 0;
		pkt_csum_sctp(p->pk_data + m.pm_csum_start,
		    p->pk_len - m.pm_csum_start);
	}
	pkt_meta_set(p, &m);
	return (0);
}

/* Bytes of headers in front of the payload, as far as the frame shows. */
static uint16_t
pkt_vnet_hdr_len(const struct pkt *p, const struct pkt_meta *m)
{
	uint32_t	len = m->pm_csum_start;

	if (!m->pm_partial)
		return (0);
	if (m->pm_csum_off == 16 && len + 12 < p->pk_len)
		len += (uint32_t)(p->pk_data[len + 12] >> 4) * 4;
	else
		len += 8;
	return ((uint16_t)(len <= p->pk_len ? len : p->pk_len));
}

void
pkt_user_get_vnet(const struct pkt *p, struct virtio_net_hdr *v)
{
	struct pkt_meta	m = pkt_meta(p);

	memset(v, 0, sizeof(*v));
	if (m.pm_partial) {
		v->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		v->csum_start = m.pm_csum_start;
		v->csum_offset = m.pm_csum_off;
	}
	if (m.pm_gso != PKT_GSO_NONE) {
		v->gso_type = m.pm_gso;
		v->gso_size = m.pm_gso_size;
		v->hdr_len = pkt_vnet_hdr_len(p, &m);
	}
}
