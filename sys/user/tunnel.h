/*
 * SPDX-License-Identifier: ISC
 *
 * tunnel.h: the metadata of a port that is an external tunnel, as uswitch
 * exchanges it with the kernel (uswitch_tunnel.h).
 */
#ifndef _USER_TUNNEL_H_
#define _USER_TUNNEL_H_

#include "pkt_user.h"
#include "uswitch_tunnel.h"

struct tunnel;

/* Share the slots of a descriptor, which stays the caller's.  NULL, errno. */
struct tunnel *tunnel_open(int slots);
/* Accepts NULL. */
void	tunnel_close(struct tunnel *);

/*
 * A frame came with a ticket: give it its bytes and metadata.  0; EINVAL: there
 * is no ticket; ESTALE: its slot was used again since; ENOMEM.
 */
int	tunnel_received(struct tunnel *, struct pkt *);

/*
 * A frame shall go where a flow said: the ticket for its first UTUN_FIRST
 * bytes.  0; EINVAL: no flow gave it a destination that the tunnel knows.
 */
int	tunnel_ticket(struct tunnel *, const struct pkt *,
	    struct utun_ticket *);

#endif /* _USER_TUNNEL_H_ */
