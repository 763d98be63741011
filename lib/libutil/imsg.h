/*
 * SPDX-License-Identifier: ISC
 *
 * imsg.h: messages with descriptors between processes, and safe buffers.
 *
 * The interface of imsg_init(3) and ibuf_add(3) on OpenBSD 7.x, as far as we
 * use it, for systems that have none.  Use the functions, not the members, so
 * that a source compiles with either.
 *
 * A struct ibuf holds bytes [rpos, wpos): add and set write, get and skip
 * read.  A read of more than there is fails (EBADMSG) and takes nothing; a
 * write past the limit given at open fails (ERANGE) and adds nothing.
 *
 * A struct imsgbuf frames messages on a stream socket:
 *
 *	imsgbuf_init(&ib, fd);
 *	imsg_compose(&ib, TYPE, id, 0, -1, &data, sizeof(data));
 *	imsgbuf_write(&ib);			when fd is writable
 *
 *	if (imsgbuf_read(&ib) != 1)		when fd is readable
 *		the peer is gone (0) or broken (-1);
 *	while (imsgbuf_get(&ib, &imsg) == 1) {
 *		if (imsg_get_data(&imsg, &data, sizeof(data)) == -1)
 *			wrong size;
 *		imsg_free(&imsg);
 *	}
 *
 * The other side is not trusted: a size that is too small or too large ends
 * the stream (ERANGE), so does a descriptor that no message claims (EBADMSG);
 * what came before stays readable.  A descriptor belongs to its ibuf until
 * taken with imsg_get_fd or ibuf_fd_get, and is closed with it otherwise.
 *
 * Functions return 0, or -1 with errno, unless they say so.  Not thread safe.
 */
#ifndef _IMSG_H_
#define _IMSG_H_

#include <sys/types.h>
#include <sys/uio.h>

#include <stdbool.h>
#include <stdint.h>

#define IBUF_READ_SIZE		65535	/* bytes asked for in one read */
#define IMSG_HEADER_SIZE	sizeof(struct imsg_hdr)
#define MAX_IMSGSIZE		16384	/* default limit, with the header */

struct ibuf {
	struct ibuf	*ib_next;	/* in a queue */
	unsigned char	*ib_buf;
	size_t		 ib_size;	/* allocated */
	size_t		 ib_max;	/* may grow to; 0: not our memory */
	size_t		 ib_wpos;
	size_t		 ib_rpos;
	int		 ib_fd;		/* or -1 */
};

struct ibufq {
	struct ibuf	 *iq_first;
	struct ibuf	**iq_last;
	uint32_t	  iq_len;
};

struct imsg_hdr {
	uint32_t	 type;
	uint32_t	 len;		/* with the header */
	uint32_t	 peerid;
	uint32_t	 pid;
};

struct imsg {
	struct imsg_hdr	 hdr;
	struct ibuf	*buf;		/* at the payload */
};

struct imsgbuf {
	int		 fd;
	pid_t		 pid;
	uint32_t	 im_maxsize;
	bool		 im_fdpass;
	struct ibufq	 im_out;	/* to be written */
	struct ibufq	 im_in;		/* received whole */
	unsigned char	*im_rbuf;
	struct imsg_hdr	 im_hdr;	/* of the message arriving now, */
	size_t		 im_hdrlen;	/* so many bytes of it, and */
	struct ibuf	*im_cur;	/* the message once it is known */
	int		 im_fds[2];	/* received, not yet claimed */
	unsigned int	 im_nfds;
	int		 im_error;	/* errno that ended the stream */
};

/* imsg-buffer.c: making and ending a buffer; NULL with errno. */
struct ibuf	*ibuf_open(size_t len);
struct ibuf	*ibuf_dynamic(size_t len, size_t max);
void	 ibuf_free(struct ibuf *);
/* Views for reading on memory that somebody else keeps; never freed. */
void	 ibuf_from_buffer(struct ibuf *, void *, size_t);
void	 ibuf_from_ibuf(struct ibuf *, const struct ibuf *);

/* Writing at the end.  EINVAL: the value does not fit the width. */
void	*ibuf_reserve(struct ibuf *, size_t len);
int	 ibuf_add(struct ibuf *, const void *, size_t len);
int	 ibuf_add_ibuf(struct ibuf *, const struct ibuf *);
int	 ibuf_add_zero(struct ibuf *, size_t len);
int	 ibuf_add_strbuf(struct ibuf *, const char *, size_t len);
int	 ibuf_add_n8(struct ibuf *, uint64_t);
int	 ibuf_add_n16(struct ibuf *, uint64_t);
int	 ibuf_add_n32(struct ibuf *, uint64_t);
int	 ibuf_add_n64(struct ibuf *, uint64_t);
int	 ibuf_add_h16(struct ibuf *, uint64_t);
int	 ibuf_add_h32(struct ibuf *, uint64_t);
int	 ibuf_add_h64(struct ibuf *, uint64_t);

/* Overwriting len bytes at pos behind the read position; ERANGE. */
void	*ibuf_seek(struct ibuf *, size_t pos, size_t len);
int	 ibuf_set(struct ibuf *, size_t pos, const void *, size_t len);
int	 ibuf_set_n8(struct ibuf *, size_t pos, uint64_t);
int	 ibuf_set_n16(struct ibuf *, size_t pos, uint64_t);
int	 ibuf_set_n32(struct ibuf *, size_t pos, uint64_t);
int	 ibuf_set_n64(struct ibuf *, size_t pos, uint64_t);
int	 ibuf_set_h16(struct ibuf *, size_t pos, uint64_t);
int	 ibuf_set_h32(struct ibuf *, size_t pos, uint64_t);
int	 ibuf_set_h64(struct ibuf *, size_t pos, uint64_t);

/* How much there is, and how much more would fit. */
void	*ibuf_data(const struct ibuf *);
size_t	 ibuf_size(const struct ibuf *);
size_t	 ibuf_left(const struct ibuf *);
/* Cut to len bytes, or fill up with zeros to it. */
int	 ibuf_truncate(struct ibuf *, size_t len);

/* Reading from the front. */
void	 ibuf_rewind(struct ibuf *);
int	 ibuf_skip(struct ibuf *, size_t len);
int	 ibuf_get(struct ibuf *, void *, size_t len);
int	 ibuf_get_ibuf(struct ibuf *, size_t len, struct ibuf *);
int	 ibuf_get_n8(struct ibuf *, uint8_t *);
int	 ibuf_get_n16(struct ibuf *, uint16_t *);
int	 ibuf_get_n32(struct ibuf *, uint32_t *);
int	 ibuf_get_n64(struct ibuf *, uint64_t *);
int	 ibuf_get_h16(struct ibuf *, uint16_t *);
int	 ibuf_get_h32(struct ibuf *, uint32_t *);
int	 ibuf_get_h64(struct ibuf *, uint64_t *);
/* len bytes as a new NUL terminated string, to be freed; NULL with errno. */
char	*ibuf_get_string(struct ibuf *, size_t len);
/* len bytes that must hold a NUL; EOVERFLOW if not. */
int	 ibuf_get_strbuf(struct ibuf *, char *, size_t len);

/* The descriptor of a buffer.  set takes fd over, get hands it out or -1. */
bool	 ibuf_fd_avail(const struct ibuf *);
void	 ibuf_fd_set(struct ibuf *, int fd);
int	 ibuf_fd_get(struct ibuf *);

/* imsg.c: the stream.  The fd stays the caller's to close. */
int	 imsgbuf_init(struct imsgbuf *, int fd);
void	 imsgbuf_clear(struct imsgbuf *);
/* Let descriptors come in and go out. */
void	 imsgbuf_allow_fdpass(struct imsgbuf *);
int	 imsgbuf_set_maxsize(struct imsgbuf *, uint32_t max);
/* One read.  1: go on (also when nothing was there); 0: the peer closed. */
int	 imsgbuf_read(struct imsgbuf *);
/* One write of what is queued.  A full socket is no error. */
int	 imsgbuf_write(struct imsgbuf *);
/* Write all, waiting for the peer. */
int	 imsgbuf_flush(struct imsgbuf *);
uint32_t imsgbuf_queuelen(const struct imsgbuf *);

/* The next message: 1, or 0 if none is whole. */
int	 imsgbuf_get(struct imsgbuf *, struct imsg *);
/* The same; returns the size with the header, 0 if none. */
ssize_t	 imsg_get(struct imsgbuf *, struct imsg *);
void	 imsg_free(struct imsg *);
uint32_t imsg_get_type(const struct imsg *);
uint32_t imsg_get_id(const struct imsg *);
pid_t	 imsg_get_pid(const struct imsg *);
size_t	 imsg_get_len(const struct imsg *);
int	 imsg_get_fd(struct imsg *);
/* All the payload, which must be len bytes; EBADMSG. */
int	 imsg_get_data(struct imsg *, void *, size_t len);
/* The next len bytes of the payload. */
int	 imsg_get_buf(struct imsg *, void *, size_t len);
int	 imsg_get_strbuf(struct imsg *, char *, size_t len);
/* A view on a payload that is not empty; EBADMSG. */
int	 imsg_get_ibuf(struct imsg *, struct ibuf *);

/*
 * Queue a message.  pid 0: our own.  1, or -1 with errno; then fd stays the
 * caller's, otherwise it is closed once sent.
 */
int	 imsg_compose(struct imsgbuf *, uint32_t type, uint32_t id, pid_t pid,
	    int fd, const void *, size_t len);
int	 imsg_composev(struct imsgbuf *, uint32_t type, uint32_t id, pid_t pid,
	    int fd, const struct iovec *, int iovcnt);
/* Consumes the ibuf, also on failure. */
int	 imsg_compose_ibuf(struct imsgbuf *, uint32_t type, uint32_t id,
	    pid_t pid, struct ibuf *);
/* The whole payload again, without its descriptor. */
int	 imsg_forward(struct imsgbuf *, struct imsg *);
/* Piece by piece: create, add (returns len; frees and -1), close. */
struct ibuf *imsg_create(struct imsgbuf *, uint32_t type, uint32_t id,
	    pid_t pid, size_t len);
int	 imsg_add(struct ibuf *, const void *, size_t len);
/* Consumes the ibuf. */
void	 imsg_close(struct imsgbuf *, struct ibuf *);

#endif /* _IMSG_H_ */
