/*
 * SPDX-License-Identifier: ISC
 *
 * pkt.h: a frame, as the core sees it.
 *
 * A struct pkt is a handle, filled by the host, that lives on the stack of
 * the host's receive function.  The core sees an Ethernet frame that starts at
 * the destination address, WITH its VLAN tags in place and without FCS; that
 * a host keeps the outer tag beside the frame, has only a partial checksum, or
 * holds a super-frame of 64 KB, is the host's to hide behind these functions.
 *
 *	pk_data		first readable byte
 *	pk_rlen		bytes that may be read at pk_data now (<= pk_len)
 *	pk_len		length of the frame
 *	pk_host		the host's own object; NULL: the handle is empty
 *	pk_priv		two words of the host
 *
 * Rules.  Positions in a frame are offsets: every function that takes a
 * struct pkt * may move pk_data.  A failing call (positive errno) changes and
 * frees nothing.  A call that says "Consumes" leaves the handle empty.  All
 * functions run in the packet path: no sleeping.
 */
#ifndef _NET_PKT_H_
#define _NET_PKT_H_

#include "kern.h"

struct pkt {
	uint8_t		*pk_data;
	uint32_t	 pk_rlen;
	uint32_t	 pk_len;
	void		*pk_host;
	uintptr_t	 pk_priv[2];
};

/* True when the handle holds no frame. */
static inline bool
pkt_empty(const struct pkt *p)
{
	return (p->pk_host == NULL);
}

/*
 * Make bytes [0, len) readable.  0, or EMSGSIZE (frame is shorter), ENOMEM.
 */
int	pkt_pull(struct pkt *, uint32_t len);

/*
 * Make bytes [0, len) readable, writable and ours alone (no clone sees the
 * change).  0, EMSGSIZE, ENOMEM.
 */
int	pkt_own(struct pkt *, uint32_t len);

/*
 * Open len bytes at offset off (a header is pushed there), or close len bytes
 * at offset off (a header is popped).  The bytes before off move, the bytes
 * behind it stay; opened bytes are undefined.  [0, off) resp. [0, off + len)
 * must have been owned.  0, EMSGSIZE, ENOMEM.
 */
int	pkt_push(struct pkt *, uint32_t off, uint32_t len);
int	pkt_pop(struct pkt *, uint32_t off, uint32_t len);

/* A second handle on the same frame (a clone where the host can). 0, ENOMEM. */
int	pkt_dup(const struct pkt *, struct pkt *);

/*
 * Copy len bytes from offset off to buf, with every checksum complete, as a
 * receiver on the wire would see them (for packet-in).  0, EMSGSIZE, ENOMEM.
 */
int	pkt_copy(const struct pkt *, uint32_t off, uint8_t *buf, uint32_t len);

/* A new frame made of len bytes (packet-out).  0, ENOMEM. */
int	pkt_from(const uint8_t *buf, uint32_t len, struct pkt *);

/* Consumes. Accepts an empty handle. */
void	pkt_free(struct pkt *);

/* Number of frames that this one will be on the wire (1, or its segments). */
uint32_t pkt_segs(const struct pkt *);

/*
 * Checksums.  The core changes bytes of a network or transport header with
 * these two, so that offloaded checksums stay right.
 *
 * pkt_csum_state tells what stands in the checksum field of the transport
 * header at l4_off: PKT_CSUM_FULL, a finished checksum (update it
 * incrementally); PKT_CSUM_PARTIAL, only the pseudo-header sum, the rest is to
 * be added by hardware (update it for changes of the pseudo-header only).  The
 * sum to be finished may be that of a packet inside a tunnel's: the outer one
 * is full then.
 */
enum pkt_csum { PKT_CSUM_FULL, PKT_CSUM_PARTIAL };
enum pkt_csum pkt_csum_state(const struct pkt *, uint32_t l4_off);

/*
 * Tell the host that headers changed: offsets of the network and transport
 * headers (0: none).  Called once before output when an action rewrote,
 * pushed or popped anything, so that hashes, offload offsets and protocol
 * words that the host keeps beside the frame are made anew.
 */
void	pkt_headers_changed(struct pkt *, uint32_t l3_off, uint32_t l4_off);

/*
 * The core is about to do something to a super-frame that segmentation would
 * not survive (change an IP protocol or a header length, push MPLS or PBB,
 * copy to the controller).  True: the frame is a super-frame and must be cut
 * first: the core calls pkt_segment, which consumes it and calls fn once for
 * each finished frame in order (fn consumes its frame).  0, ENOMEM (frame was
 * consumed, dropped and counted by the caller).
 */
bool	pkt_is_super(const struct pkt *);
int	pkt_segment(struct pkt *, void (*fn)(struct pkt *, void *), void *);

/*
 * A super-frame in which no header behind Ethernet's and the tags may be
 * changed: the frames that it will be have their own, or sums over them.
 */
bool	pkt_is_rigid(const struct pkt *);

/*
 * Tunnel metadata of a frame from, or to be sent to, a port that is a tunnel
 * in external mode.  All network order; zero: none.
 */
struct pkt_tunnel {
	be64_t		pt_id;
	be32_t		pt_src, pt_dst;		/* IPv4 */
	uint8_t		pt_src6[16], pt_dst6[16];
};
bool	pkt_tunnel_get(const struct pkt *, struct pkt_tunnel *);
int	pkt_tunnel_set(struct pkt *, const struct pkt_tunnel *);

/* Queue (traffic class) that an output should use; 0 is the default. */
void	pkt_queue_set(struct pkt *, uint32_t queue);

#endif /* _NET_PKT_H_ */
