/*
 * SPDX-License-Identifier: ISC
 *
 * pkt_user.h: what the ports of uswitch know of a frame beyond pkt.h.
 *
 * A frame lies in one piece in a counted buffer with room in front.  A handle
 * (struct pkt) points to the buffer and carries, in its private words, what a
 * virtio_net_hdr says: which checksum is unfinished, and whether this is a
 * super-frame.  Thus a second handle on the same bytes costs a counter, and
 * a super-frame passes from port to port as it came.
 *
 * Buffers come in two sizes from free lists that never shrink; how many are
 * in use is bounded by the queues of the ports and of the core.
 *
 *	receive:	pkt_user_new, read into pk_data, pkt_user_set_vnet
 *	transmit:	pkt_user_get_vnet (or pkt_user_complete), pkt_free
 */
#ifndef _USER_PKT_USER_H_
#define _USER_PKT_USER_H_

#include "pkt.h"

struct virtio_net_hdr;

#define PKT_ROOM	192	/* bytes in front of a received frame */
#define PKT_SMALL	2048	/* the frame that fits a small buffer */
#define PKT_BIG		65600	/* an IP packet of 64 KB, Ethernet, tags */

/* Kinds of super-frames, as in a virtio_net_hdr. */
enum pkt_gso {
	PKT_GSO_NONE = 0,
	PKT_GSO_TCP4 = 1,
	PKT_GSO_TCP6 = 4,
	PKT_GSO_UDP = 5,	/* datagrams, not fragments */
	PKT_GSO_ECN = 0x80	/* a bit: TCP with CWR set */
};

/* What the tunnel metadata of a frame is. */
enum pkt_tunnel_state {
	PKT_TUNNEL_NONE,
	PKT_TUNNEL_FROM,	/* where the frame came from */
	PKT_TUNNEL_TO		/* where a flow wants it to go */
};

/* What stands in pk_priv. */
struct pkt_meta {
	uint8_t		pm_partial;	/* transport checksum unfinished */
	uint8_t		pm_gso;		/* enum pkt_gso */
	uint16_t	pm_gso_size;	/* payload of a segment */
	uint16_t	pm_csum_start;	/* if pm_partial */
	uint16_t	pm_csum_off;	/* from pm_csum_start */
	uint32_t	pm_queue;
	uint8_t		pm_tunnel;	/* enum pkt_tunnel_state */
};
CTASSERT(sizeof(struct pkt_meta) <= sizeof(((struct pkt *)0)->pk_priv));

static inline struct pkt_meta
pkt_meta(const struct pkt *p)
{
	struct pkt_meta	m;

	memcpy(&m, p->pk_priv, sizeof(m));
	return (m);
}

static inline void
pkt_meta_set(struct pkt *p, const struct pkt_meta *m)
{
	memcpy(p->pk_priv, m, sizeof(*m));
}

/* An empty frame of len undefined bytes, len <= PKT_BIG.  0 or ENOMEM. */
int	pkt_user_new(struct pkt *, uint32_t len);

/*
 * A super-frame whose segments are made behind the headers of a tunnel: the
 * kernel says so to nobody and takes it from nobody, so it must be cut.
 */
bool	pkt_user_in_tunnel(const struct pkt *);

/* Cut a frame that was received shorter than pkt_user_new was told. */
void	pkt_user_trim(struct pkt *, uint32_t len);

/*
 * Take over what came with a frame.  EINVAL: the header speaks of bytes that
 * the frame does not have, or of segments without a size.
 */
int	pkt_user_set_vnet(struct pkt *, const struct virtio_net_hdr *);

/* What to send with a frame. */
void	pkt_user_get_vnet(const struct pkt *, struct virtio_net_hdr *);

/* Put a VLAN tag back that the kernel took off.  0 or ENOMEM. */
int	pkt_user_retag(struct pkt *, uint16_t tpid, uint16_t tci);

/* The metadata that a frame came with, after pkt_user_set_vnet. */
void	pkt_user_tunnel_received(struct pkt *, const struct pkt_tunnel *);

/* Where flows want it to go; NULL: none said. */
const struct pkt_tunnel *pkt_user_tunnel_to(const struct pkt *);

/* A frame made of another goes through the same tunnel and queue. */
void	pkt_user_follow(const struct pkt *, struct pkt *);

/* Finish the checksum, for an output that cannot.  0 or ENOMEM. */
int	pkt_user_complete(struct pkt *);

/* Buffers handed out now; tests want 0 at the end. */
unsigned int pkt_user_inuse(void);

/* Give the free lists back. */
void	pkt_user_drain(void);

/* pkt_csum.c: sums of the Internet checksum, in the order of memory. */
uint64_t pkt_csum_add(uint64_t sum, const uint8_t *, uint32_t len);
uint16_t pkt_csum_fold(uint64_t sum);
/* Set the CRC32c of an SCTP packet, len >= SCTP_CSUM + 4 bytes. */
#define SCTP_CSUM	8U	/* where it is; nothing else has one there */
void	pkt_csum_sctp(uint8_t *, uint32_t len);

#endif /* _USER_PKT_USER_H_ */
