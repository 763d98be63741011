/*
 * SPDX-License-Identifier: ISC
 *
 * port_packet.c: a port on an interface, through packet sockets.
 *
 * Frames up to PKT_SMALL go through rings shared with the kernel: no system
 * call to receive, one for a whole batch to send.  Longer ones - super-frames,
 * jumbo frames - do not fit a slot; the kernel keeps the whole frame in the
 * socket's queue and says so in the slot (TP_STATUS_COPY), so recvmsg gets it
 * in its turn, and sendmsg sends it after what the ring holds.  All come and
 * go with a virtio_net_hdr.  A VLAN tag that the kernel took off is put back.
 *
 *	receive socket	ring, promiscuous; also sends what is long
 *	transmit socket	ring
 *	queue sockets	send with a priority, for queues other than 0
 *	table, link	of the kernel's part (uswitch_fast.h)
 *	slots, links	of an external tunnel (uswitch_tunnel.h)
 *	guard		only held (uswitch_guard.c)
 */
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <arpa/inet.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>

#include <unistd.h>

#include "fast.h"
#include "loop.h"
#include "pkt_user.h"
#include "port.h"
#include "tunnel.h"

#define SLOT		2048U	/* bytes of a slot */
#define BLOCK		(64 * SLOT)
#define RX_SLOTS	1024U
#define TX_SLOTS	512U
#define BUDGET		64	/* slots per turn of the loop */
#define VNET		sizeof(struct virtio_net_hdr)
/* Where a frame to be sent begins in its slot, and how long it may be. */
#define TX_OFF		(TPACKET2_HDRLEN - sizeof(struct sockaddr_ll))
#define TX_MAX		(SLOT - TX_OFF - VNET)

#define HEADERS		18	/* Ethernet, one tag: beyond the MTU */

struct ring {
	uint8_t		*rg_map;
	uint32_t	 rg_slots;
	uint32_t	 rg_head;	/* the next slot for us */
	uint32_t	 rg_pending;	/* filled and not sent */
};

struct packet {
	struct port	*pa_port;
	struct loop_io	 pa_io;
	int		 pa_fds[UCTL_MAX_FDS];
	unsigned int	 pa_nfds;
	struct ring	 pa_rx, pa_tx;
};

/* Order of the descriptors. */
enum { FD_RX, FD_TX, FD_QUEUE };

static unsigned int
fd_queue_end(const struct port *pt)
{
	return (FD_QUEUE + (unsigned int)pt->pt_conf.up_nqueues);
}

static struct tpacket2_hdr *
ring_slot(const struct ring *rg, uint32_t i)
{
	return ((void *)(rg->rg_map + (size_t)i * SLOT));
}

static uint32_t
slot_status(const struct tpacket2_hdr *th)
{
	return (__atomic_load_n(&th->tp_status, __ATOMIC_ACQUIRE));
}

static void
slot_give(struct tpacket2_hdr *th, uint32_t status)
{
	__atomic_store_n(&th->tp_status, status, __ATOMIC_RELEASE);
}

static void
ring_advance(struct ring *rg)
{
	if (++rg->rg_head == rg->rg_slots)
		rg->rg_head = 0;
}

static int
sock_set(int fd, int option, int value)
{
	return (setsockopt(fd, SOL_PACKET, option, &value, sizeof(value)));
}

/* Share a ring of n slots with the kernel. */
static int
ring_open(struct ring *rg, int fd, int option, uint32_t n)
{
	struct tpacket_req	rq;

	rq.tp_block_size = BLOCK;
	rq.tp_block_nr = n * SLOT / BLOCK;
	rq.tp_frame_size = SLOT;
	rq.tp_frame_nr = n;
	if (sock_set(fd, PACKET_VERSION, TPACKET_V2) == -1 ||
	    setsockopt(fd, SOL_PACKET, option, &rq, sizeof(rq)) == -1)
		return (-1);
	rg->rg_map = mmap(NULL, (size_t)n * SLOT, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_POPULATE, fd, 0);
	if (rg->rg_map == MAP_FAILED) {
		rg->rg_map = NULL;
		return (-1);
	}
	rg->rg_slots = n;
	rg->rg_head = rg->rg_pending = 0;
	return (0);
}

static void
ring_close(struct ring *rg)
{
	if (rg->rg_map != NULL)
		munmap(rg->rg_map, (size_t)rg->rg_slots * SLOT);
	rg->rg_map = NULL;
}

/* Bind to the interface; protocol 0 receives nothing. */
static int
sock_bind(int fd, uint32_t ifindex, uint16_t protocol)
{
	struct sockaddr_ll	sll;

	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	sll.sll_protocol = htons(protocol);
	sll.sll_ifindex = (int)ifindex;
	return (bind(fd, (struct sockaddr *)&sll, sizeof(sll)));
}

static int
sock_promiscuous(int fd, uint32_t ifindex)
{
	struct packet_mreq	mr;

	memset(&mr, 0, sizeof(mr));
	mr.mr_ifindex = (int)ifindex;
	mr.mr_type = PACKET_MR_PROMISC;
	return (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mr,
	    sizeof(mr)));
}

/*
 * One super-frame takes as many bytes of the socket's queue as fifty small
 * frames do, but only those that do not fit a slot go there.
 */
static int
packet_open_rx(struct packet *pa, uint32_t ifindex)
{
	int	fd = pa->pa_fds[FD_RX];

	if (sock_set(fd, PACKET_VNET_HDR, 1) == -1 ||
	    sock_set(fd, PACKET_IGNORE_OUTGOING, 1) == -1 ||
	    sock_set(fd, PACKET_COPY_THRESH, 1) == -1 ||
	    ring_open(&pa->pa_rx, fd, PACKET_RX_RING, RX_SLOTS) == -1 ||
	    sock_promiscuous(fd, ifindex) == -1 ||
	    sock_bind(fd, ifindex, ETH_P_ALL) == -1)
		return (errno);
	return (0);
}

static int
packet_open_tx(struct packet *pa, uint32_t ifindex)
{
	unsigned int	i;

	for (i = FD_TX; i < fd_queue_end(pa->pa_port); i++)
		if (sock_set(pa->pa_fds[i], PACKET_VNET_HDR, 1) == -1 ||
		    sock_bind(pa->pa_fds[i], ifindex, 0) == -1)
			return (errno);
	if (sock_set(pa->pa_fds[FD_TX], PACKET_LOSS, 1) == -1 ||
	    ring_open(&pa->pa_tx, pa->pa_fds[FD_TX], PACKET_TX_RING,
	    TX_SLOTS) == -1)
		return (errno);
	return (0);
}

static void
packet_close(struct port *pt)
{
	struct packet	*pa = pt->pt_io;

	if (pa == NULL)
		return;
	loop_del(&pa->pa_io);
	fast_close(pt->pt_fast);
	pt->pt_fast = NULL;
	tunnel_close(pt->pt_tunnel);
	pt->pt_tunnel = NULL;
	ring_close(&pa->pa_rx);
	ring_close(&pa->pa_tx);
	while (pa->pa_nfds > 0)
		close(pa->pa_fds[--pa->pa_nfds]);
	kern_free(pa, sizeof(*pa));
	pt->pt_io = NULL;
}

static void	packet_readable(void *, uint32_t);

static int
packet_open(struct port *pt, const int *fds, unsigned int n)
{
	uint32_t	 ifindex = pt->pt_conf.up_ifindex;
	struct packet	*pa;
	unsigned int	 i;
	int		 error;

	pa = kern_zalloc(sizeof(*pa));
	if (pa == NULL || n < fd_queue_end(pt)) {
		for (i = 0; i < n; i++)
			close(fds[i]);
		kern_free(pa, sizeof(*pa));
		return (pa == NULL ? ENOMEM : EINVAL);
	}
	pa->pa_port = pt;
	pa->pa_io.li_fd = -1;
	memcpy(pa->pa_fds, fds, n * sizeof(fds[0]));
	pa->pa_nfds = n;
	pt->pt_io = pa;
	error = packet_open_tx(pa, ifindex);
	if (error == 0 && (pt->pt_conf.up_flags & UCTL_P_TUNNEL) != 0 &&
	    (n == fd_queue_end(pt) || (pt->pt_tunnel =
	    tunnel_open(fds[fd_queue_end(pt)])) == NULL))
		error = EINVAL;
	if (error == 0)
		error = packet_open_rx(pa, ifindex);
	if (error == 0 && (pt->pt_conf.up_flags & UCTL_P_FAST) != 0 &&
	    n > fd_queue_end(pt))
		pt->pt_fast = fast_open(fds[fd_queue_end(pt)],
		    fds[FD_RX]);
	if (error == 0 && loop_add(&pa->pa_io, pa->pa_fds[FD_RX], EPOLLIN,
	    packet_readable, pa) == -1)
		error = errno;
	if (error != 0)
		packet_close(pt);
	return (error);
}

/*
 * The whole frame that did not fit its slot.
 */
static int
packet_recv_long(struct packet *pa, const struct tpacket2_hdr *th,
    struct virtio_net_hdr *v, struct pkt *p)
{
	struct msghdr	mh;
	struct iovec	iov[2];
	ssize_t		n;

	memset(&mh, 0, sizeof(mh));
	mh.msg_iov = iov;
	mh.msg_iovlen = 2;
	iov[0].iov_base = v;
	iov[0].iov_len = VNET;
	if (pkt_user_new(p, th->tp_len) != 0) {
		/* Take it off the queue all the same. */
		mh.msg_iovlen = 1;
		recvmsg(pa->pa_fds[FD_RX], &mh, MSG_DONTWAIT);
		return (ENOMEM);
	}
	iov[1].iov_base = p->pk_data;
	iov[1].iov_len = p->pk_len;
	n = recvmsg(pa->pa_fds[FD_RX], &mh, MSG_DONTWAIT);
	if (n < (ssize_t)VNET || (mh.msg_flags & MSG_TRUNC) != 0) {
		pkt_free(p);
		return (n < 0 ? errno : EMSGSIZE);
	}
	pkt_user_trim(p, (uint32_t)n - (uint32_t)VNET);
	return (0);
}

/* The frame of a slot that the kernel filled.  Counts what is none. */
static int
packet_take(struct packet *pa, const struct tpacket2_hdr *th, uint32_t status,
    struct pkt *p)
{
	struct virtio_net_hdr	 v;
	const uint8_t		*frame = (const uint8_t *)th + th->tp_mac;
	int			 error;

	if (status & TP_STATUS_COPY) {
		error = packet_recv_long(pa, th, &v, p);
	} else if (th->tp_snaplen < th->tp_len) {
		error = ENOBUFS;
	} else {
		memcpy(&v, frame - VNET, VNET);
		error = pkt_from(frame, th->tp_snaplen, p);
	}
	if (error != 0) {
		pa->pa_port->pt_rx_dropped++;
		return (error);
	}
	error = pkt_user_set_vnet(p, &v);
	if (error == 0 && pa->pa_port->pt_tunnel != NULL)
		error = tunnel_received(pa->pa_port->pt_tunnel, p);
	if (error == 0 && (status & TP_STATUS_VLAN_VALID) != 0)
		error = pkt_user_retag(p,
		    (status & TP_STATUS_VLAN_TPID_VALID) ? th->tp_vlan_tpid :
		    ETH_P_8021Q, th->tp_vlan_tci);
	if (error != 0) {
		pa->pa_port->pt_rx_errors++;
		pkt_free(p);
	}
	return (error);
}

static void
packet_input(struct pkt *p, void *arg)
{
	switch_input(arg, p);
}

static void
packet_receive(struct packet *pa)
{
	struct tpacket2_hdr	*th;
	struct pkt		 p;
	uint32_t		 status;
	int			 i, error;

	for (i = 0; i < BUDGET; i++) {
		th = ring_slot(&pa->pa_rx, pa->pa_rx.rg_head);
		status = slot_status(th);
		if ((status & TP_STATUS_USER) == 0)
			break;
		error = packet_take(pa, th, status, &p);
		slot_give(th, TP_STATUS_KERNEL);
		ring_advance(&pa->pa_rx);
		if (error != 0)
			continue;
		if (!pkt_user_in_tunnel(&p))
			switch_input(pa->pa_port->pt_switch, &p);
		else if (pkt_segment(&p, packet_input,
		    pa->pa_port->pt_switch) != 0)
			pa->pa_port->pt_rx_errors++;
	}
}

/* A link that went down is an error of the socket; link.c knows it too. */
static void
packet_readable(void *arg, uint32_t events)
{
	struct packet	*pa = arg;
	int		 error;
	socklen_t	 len = sizeof(error);

	if (events & EPOLLERR)
		getsockopt(pa->pa_fds[FD_RX], SOL_SOCKET, SO_ERROR, &error,
		    &len);
	smr_read_enter();
	packet_receive(pa);
	smr_read_leave();
}

/* The link is down: what the ring holds would be stale when it returns. */
static void
packet_abandon(struct packet *pa)
{
	struct ring		*rg = &pa->pa_tx;
	struct tpacket2_hdr	*th;
	uint32_t		 prev;

	while (rg->rg_pending > 0) {
		prev = (rg->rg_head == 0 ? rg->rg_slots : rg->rg_head) - 1;
		th = ring_slot(rg, prev);
		if (slot_status(th) != TP_STATUS_SEND_REQUEST)
			break;
		slot_give(th, TP_STATUS_AVAILABLE);
		rg->rg_head = prev;
		rg->rg_pending--;
		pa->pa_port->pt_tx_dropped++;
	}
	rg->rg_pending = 0;
}

/* Let the kernel send what the ring holds.  True: it could not send all. */
static bool
packet_kick(struct packet *pa)
{
	if (pa->pa_tx.rg_pending == 0)
		return (false);
	if (send(pa->pa_fds[FD_TX], NULL, 0, MSG_DONTWAIT) >= 0) {
		pa->pa_tx.rg_pending = 0;
		return (false);
	}
	switch (errno) {
	case EAGAIN:
	case ENOBUFS:
	case EINTR:
		return (true);
	default:
		packet_abandon(pa);
		return (false);
	}
}

static bool
packet_flush(struct port *pt)
{
	return (packet_kick(pt->pt_io));
}

/* Which socket sends for a queue. */
static int
packet_queue_fd(const struct packet *pa, uint32_t queue)
{
	const struct uctl_port	*up = &pa->pa_port->pt_conf;
	unsigned int		 i;

	for (i = 0; queue != 0 && i < up->up_nqueues; i++)
		if (up->up_queues[i] == queue)
			return (pa->pa_fds[FD_QUEUE + i]);
	return (pa->pa_fds[FD_RX]);
}

/*
 * Send now, behind what the ring holds, with the ticket of a tunnel or none.
 * Consumes p.
 */
static void
packet_xmit_now(struct packet *pa, struct pkt *p, struct virtio_net_hdr *v,
    struct utun_ticket *uk, uint32_t queue)
{
	struct msghdr	mh;
	struct iovec	iov[3];
	uint32_t	first = uk != NULL ? sizeof(*uk) : 0;

	memset(&mh, 0, sizeof(mh));
	mh.msg_iov = iov;
	mh.msg_iovlen = 3;
	iov[0].iov_base = v;
	iov[0].iov_len = VNET;
	iov[1].iov_base = uk;
	iov[1].iov_len = first;
	iov[2].iov_base = p->pk_data + first;
	iov[2].iov_len = p->pk_len - first;
	packet_kick(pa);
	if (sendmsg(packet_queue_fd(pa, queue), &mh, MSG_DONTWAIT) == -1) {
		if (errno == EAGAIN || errno == ENOBUFS)
			pa->pa_port->pt_tx_dropped++;
		else
			pa->pa_port->pt_tx_errors++;
	}
	pkt_free(p);
}

/* A free slot of the transmit ring, or NULL. */
static struct tpacket2_hdr *
packet_tx_slot(struct packet *pa)
{
	struct tpacket2_hdr	*th;
	int			 try;

	for (try = 0; try < 2; try++) {
		th = ring_slot(&pa->pa_tx, pa->pa_tx.rg_head);
		switch (slot_status(th)) {
		case TP_STATUS_AVAILABLE:
		case TP_STATUS_WRONG_FORMAT:
			return (th);
		}
		packet_kick(pa);
	}
	return (NULL);
}

/* Consumes p. */
static void
packet_xmit(struct port *pt, struct pkt *p)
{
	struct packet		*pa = pt->pt_io;
	struct pkt_meta		 m = pkt_meta(p);
	struct virtio_net_hdr	 v;
	struct utun_ticket	 ticket, *uk = NULL;
	struct tpacket2_hdr	*th;
	uint8_t			*slot;

	/* The kernel would drop it without a word. */
	if (m.pm_gso == PKT_GSO_NONE &&
	    p->pk_len > pt->pt_link.pl_mtu + HEADERS) {
		pt->pt_tx_errors++;
		pkt_free(p);
		return;
	}
	if (pt->pt_tunnel != NULL) {
		uk = &ticket;
		if (tunnel_ticket(pt->pt_tunnel, p, uk) != 0) {
			pt->pt_tx_errors++;
			pkt_free(p);
			return;
		}
	}
	pkt_user_get_vnet(p, &v);
	if (p->pk_len > TX_MAX || m.pm_queue != 0) {
		packet_xmit_now(pa, p, &v, uk, m.pm_queue);
		return;
	}
	th = packet_tx_slot(pa);
	if (th == NULL) {
		pt->pt_tx_dropped++;
		pkt_free(p);
		return;
	}
	/* The kernel copies hdr_len bytes and refers to the rest. */
	if (v.hdr_len == 0)
		v.hdr_len = (uint16_t)p->pk_len;
	slot = (uint8_t *)th + TX_OFF;
	memcpy(slot, &v, VNET);
	memcpy(slot + VNET, p->pk_data, p->pk_len);
	if (uk != NULL)
		memcpy(slot + VNET, uk, sizeof(*uk));
	th->tp_len = (uint32_t)VNET + p->pk_len;
	slot_give(th, TP_STATUS_SEND_REQUEST);
	ring_advance(&pa->pa_tx);
	pa->pa_tx.rg_pending++;
	port_mark_dirty(pt);
	pkt_free(p);
}

/* The kernel counts from the last question on. */
static void
packet_stats(struct port *pt)
{
	struct packet		*pa = pt->pt_io;
	struct tpacket_stats	 st;
	socklen_t		 len = sizeof(st);

	if (pa != NULL && getsockopt(pa->pa_fds[FD_RX], SOL_PACKET,
	    PACKET_STATISTICS, &st, &len) == 0)
		pt->pt_rx_dropped += st.tp_drops;
}

const struct port_kind port_packet = {
	packet_open, packet_close, packet_xmit, packet_flush, packet_stats
};
