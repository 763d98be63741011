/*
 * SPDX-License-Identifier: ISC
 *
 * stream.h: a byte stream, plain or TLS, without blocking.
 *
 *	st = stream_accept(fd, tls) or stream_connect(fd, tls, host);
 *	n = stream_read(st, buf, sizeof(buf));
 *	if (n == 0 || (n == -1 && errno != EAGAIN))
 *		over: n == 0 ? "closed" : stream_error(st)
 *	event_assign(ev, base, stream_fd(st), stream_events(st, queued > 0),..)
 *
 * A device, a TCP and a TLS connection look alike.  The TLS handshake happens
 * inside read and write, so after any of the two the caller asks
 * stream_events again what to wait for.  When the descriptor is ready in any
 * way, try both.  Certificates come from MSG_TLS; a stream keeps those it
 * began with.
 */
#ifndef _SWITCHD_STREAM_H_
#define _SWITCHD_STREAM_H_

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "msg.h"

struct stream;

/*
 * A stream on a connected descriptor, which it owns from then on (closed if
 * NULL is returned, errno set).  tls: as server or client.  host: the name
 * that the server's certificate must have; "": any name that our CA signed.
 */
struct stream	*stream_accept(int fd, bool tls);
struct stream	*stream_connect(int fd, bool tls, const char *host);
/* Says goodbye if that is possible at once, closes.  Accepts NULL. */
void		 stream_free(struct stream *);

/* Bytes; read: 0 at the end; -1 and errno, EAGAIN: later. */
ssize_t		 stream_read(struct stream *, void *, size_t);
ssize_t		 stream_write(struct stream *, const void *, size_t);

/* Tell the other side that nothing more comes.  -1: there is no such way. */
int		 stream_finish(struct stream *);

int		 stream_fd(const struct stream *);
/* EV_READ, EV_WRITE: what to wait for, with bytes to write or without. */
short		 stream_events(const struct stream *, bool towrite);
bool		 stream_is_open(const struct stream *);	/* handshake done */
/* Why it failed: whose certificate, and what is wrong with it. */
const char	*stream_error(const struct stream *);
/* Of the other side's certificate, once open; NULL: none. */
const char	*stream_peer_hash(const struct stream *);	/* SHA256:hex */
const char	*stream_peer_name(const struct stream *);	/* subject */

/*
 * Take certificates over for streams to come (MSG_TLS as it is).  -1: they
 * are not usable, stream_certs_error says why, and the old ones stay.
 */
int		 stream_certs(struct msg *);
const char	*stream_certs_error(void);

#endif /* _SWITCHD_STREAM_H_ */
