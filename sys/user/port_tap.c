/*
 * SPDX-License-Identifier: ISC
 *
 * port_tap.c: a port that is a tap of our own, for hosts on this machine and
 * for the machine itself (the local port).
 *
 * One frame for each read and write, with a virtio_net_hdr; super-frames come
 * and go whole.  The tap may be moved to a namespace; it ends with us.
 */
#include <sys/epoll.h>
#include <sys/uio.h>

#include <linux/virtio_net.h>

#include <unistd.h>

#include "loop.h"
#include "pkt_user.h"
#include "port.h"

#define BUDGET		64	/* frames per turn of the loop */
#define VNET		sizeof(struct virtio_net_hdr)

struct tap {
	struct port	*ta_port;
	struct loop_io	 ta_io;
	int		 ta_fd;
};

/* Where frames are read before their length is known; may be empty. */
static struct pkt	scratch;

static void	tap_readable(void *, uint32_t);

static int
tap_open(struct port *pt, const int *fds, unsigned int n)
{
	struct tap	*ta;
	unsigned int	 i;
	int		 error;

	ta = kern_zalloc(sizeof(*ta));
	if (ta == NULL || n != 1) {
		error = ta == NULL ? ENOMEM : EINVAL;
		goto fail;
	}
	ta->ta_port = pt;
	ta->ta_fd = fds[0];
	if (loop_add(&ta->ta_io, ta->ta_fd, EPOLLIN, tap_readable, ta) == -1) {
		error = errno;
		goto fail;
	}
	pt->pt_io = ta;
	return (0);
fail:
	kern_free(ta, sizeof(*ta));
	for (i = 0; i < n; i++)
		close(fds[i]);
	return (error);
}

static void
tap_close(struct port *pt)
{
	struct tap	*ta = pt->pt_io;

	if (ta == NULL)
		return;
	loop_del(&ta->ta_io);
	close(ta->ta_fd);
	kern_free(ta, sizeof(*ta));
	pt->pt_io = NULL;
	pkt_free(&scratch);
}

/* The n bytes in scratch as a frame; a long one takes the buffer along. */
static int
tap_take(uint32_t n, struct pkt *p)
{
	if (n <= PKT_SMALL)
		return (pkt_from(scratch.pk_data, n, p));
	*p = scratch;
	scratch.pk_host = NULL;
	pkt_user_trim(p, n);
	return (0);
}

/* One frame.  0; EAGAIN: no more; others: the tap does not work. */
static int
tap_read(struct tap *ta, struct pkt *p)
{
	struct virtio_net_hdr	v;
	struct iovec		iov[2];
	ssize_t			n;

	p->pk_host = NULL;
	if (pkt_empty(&scratch) && pkt_user_new(&scratch, PKT_BIG) != 0)
		return (EAGAIN);
	iov[0].iov_base = &v;
	iov[0].iov_len = VNET;
	iov[1].iov_base = scratch.pk_data;
	iov[1].iov_len = scratch.pk_len;
	n = readv(ta->ta_fd, iov, 2);
	if (n == -1)
		return (errno);
	if (n <= (ssize_t)VNET ||
	    tap_take((uint32_t)n - (uint32_t)VNET, p) != 0) {
		ta->ta_port->pt_rx_dropped++;
		return (0);
	}
	if (pkt_user_set_vnet(p, &v) != 0) {
		ta->ta_port->pt_rx_errors++;
		pkt_free(p);
	}
	return (0);
}

static void
tap_readable(void *arg, uint32_t events)
{
	struct tap	*ta = arg;
	struct pkt	 p;
	int		 i, error = 0;

	(void)events;
	smr_read_enter();
	for (i = 0; i < BUDGET && error == 0; i++) {
		error = tap_read(ta, &p);
		if (error == 0 && !pkt_empty(&p))
			switch_input(ta->ta_port->pt_switch, &p);
	}
	smr_read_leave();
	/* Its netdev was deleted. */
	if (error == EBADFD)
		port_vanished(ta->ta_port);
}

/* Consumes p. */
static void
tap_xmit(struct port *pt, struct pkt *p)
{
	struct tap		*ta = pt->pt_io;
	struct virtio_net_hdr	 v;
	struct iovec		 iov[2] = {
		{ &v, VNET }, { p->pk_data, p->pk_len }
	};

	pkt_user_get_vnet(p, &v);
	if (writev(ta->ta_fd, iov, 2) == -1) {
		if (errno == EAGAIN || errno == EIO)
			pt->pt_tx_dropped++;
		else
			pt->pt_tx_errors++;
	}
	pkt_free(p);
}

static bool
tap_flush(struct port *pt)
{
	(void)pt;
	return (false);
}

static void
tap_stats(struct port *pt)
{
	(void)pt;
}

const struct port_kind port_tap = {
	tap_open, tap_close, tap_xmit, tap_flush, tap_stats
};
