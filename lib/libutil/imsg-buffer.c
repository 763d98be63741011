/*
 * SPDX-License-Identifier: ISC
 *
 * imsg-buffer.c: struct ibuf, the bounded buffer under imsg.
 *
 * Everything that touches bytes goes through three functions: ibuf_reserve
 * (room at the end), ibuf_seek (a place inside) and ibuf_take (bytes from the
 * front).  They alone compare lengths; see imsg.h for the rules.
 */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imsg.h"

static const void *ibuf_take(struct ibuf *, size_t);
static int	 ibuf_encode(unsigned char *, uint64_t, size_t, bool);
static int	 ibuf_add_int(struct ibuf *, uint64_t, size_t, bool);
static int	 ibuf_set_int(struct ibuf *, size_t, uint64_t, size_t, bool);
static int	 ibuf_get_int(struct ibuf *, uint64_t *, size_t);

struct ibuf *
ibuf_open(size_t len)
{
	return (ibuf_dynamic(len, len));
}

struct ibuf *
ibuf_dynamic(size_t len, size_t max)
{
	struct ibuf	*buf;

	if (max == 0 || len > max) {
		errno = EINVAL;
		return (NULL);
	}
	if ((buf = calloc(1, sizeof(*buf))) == NULL)
		return (NULL);
	if (len > 0 && (buf->ib_buf = calloc(1, len)) == NULL) {
		free(buf);
		return (NULL);
	}
	buf->ib_size = len;
	buf->ib_max = max;
	buf->ib_fd = -1;
	return (buf);
}

void
ibuf_free(struct ibuf *buf)
{
	int		saved = errno;

	if (buf == NULL || buf->ib_max == 0)	/* a view is not ours */
		return;
	if (buf->ib_fd != -1)
		close(buf->ib_fd);
	if (buf->ib_buf != NULL)
		explicit_bzero(buf->ib_buf, buf->ib_size);
	free(buf->ib_buf);
	free(buf);
	errno = saved;
}

void
ibuf_from_buffer(struct ibuf *buf, void *data, size_t len)
{
	memset(buf, 0, sizeof(*buf));
	buf->ib_buf = data;
	buf->ib_size = buf->ib_wpos = len;
	buf->ib_fd = -1;
}

void
ibuf_from_ibuf(struct ibuf *buf, const struct ibuf *from)
{
	ibuf_from_buffer(buf, ibuf_data(from), ibuf_size(from));
}

/* Room for len bytes at the end, which count as written. */
void *
ibuf_reserve(struct ibuf *buf, size_t len)
{
	unsigned char	*p;
	size_t		 size;

	if (len > ibuf_left(buf)) {
		errno = ERANGE;
		return (NULL);
	}
	if (len > buf->ib_size - buf->ib_wpos) {
		/* By doubling, so that many small adds stay cheap. */
		size = buf->ib_wpos + len;
		if (size < buf->ib_max / 2 && size < 2 * buf->ib_size)
			size = 2 * buf->ib_size;
		if ((p = realloc(buf->ib_buf, size)) == NULL)
			return (NULL);
		memset(p + buf->ib_size, 0, size - buf->ib_size);
		buf->ib_buf = p;
		buf->ib_size = size;
	}
	p = buf->ib_buf + buf->ib_wpos;
	buf->ib_wpos += len;
	return (p);
}

int
ibuf_add(struct ibuf *buf, const void *data, size_t len)
{
	void		*p;

	if (len == 0)
		return (0);
	if ((p = ibuf_reserve(buf, len)) == NULL)
		return (-1);
	memcpy(p, data, len);
	return (0);
}

int
ibuf_add_ibuf(struct ibuf *buf, const struct ibuf *from)
{
	return (ibuf_add(buf, ibuf_data(from), ibuf_size(from)));
}

int
ibuf_add_zero(struct ibuf *buf, size_t len)
{
	void		*p;

	if (len == 0)
		return (0);
	if ((p = ibuf_reserve(buf, len)) == NULL)
		return (-1);
	memset(p, 0, len);
	return (0);
}

/* A string in a field of len bytes, the rest zero. */
int
ibuf_add_strbuf(struct ibuf *buf, const char *str, size_t len)
{
	unsigned char	*p;
	size_t		 n;

	n = strlen(str);
	if (n >= len) {
		errno = EOVERFLOW;
		return (-1);
	}
	if ((p = ibuf_reserve(buf, len)) == NULL)
		return (-1);
	memcpy(p, str, n);
	memset(p + n, 0, len - n);
	return (0);
}

int
ibuf_add_n8(struct ibuf *buf, uint64_t value)
{
	return (ibuf_add_int(buf, value, 1, true));
}

int
ibuf_add_n16(struct ibuf *buf, uint64_t value)
{
	return (ibuf_add_int(buf, value, 2, true));
}

int
ibuf_add_n32(struct ibuf *buf, uint64_t value)
{
	return (ibuf_add_int(buf, value, 4, true));
}

int
ibuf_add_n64(struct ibuf *buf, uint64_t value)
{
	return (ibuf_add_int(buf, value, 8, true));
}

int
ibuf_add_h16(struct ibuf *buf, uint64_t value)
{
	return (ibuf_add_int(buf, value, 2, false));
}

int
ibuf_add_h32(struct ibuf *buf, uint64_t value)
{
	return (ibuf_add_int(buf, value, 4, false));
}

int
ibuf_add_h64(struct ibuf *buf, uint64_t value)
{
	return (ibuf_add_int(buf, value, 8, false));
}

static int
ibuf_add_int(struct ibuf *buf, uint64_t value, size_t width, bool network)
{
	unsigned char	b[8];

	if (ibuf_encode(b, value, width, network) == -1)
		return (-1);
	return (ibuf_add(buf, b, width));
}

/* The low bytes of value; EINVAL if that is not all of it. */
static int
ibuf_encode(unsigned char *b, uint64_t value, size_t width, bool network)
{
	bool		big;
	size_t		i, at;

	if (width < 8 && value >> (8 * width) != 0) {
		errno = EINVAL;
		return (-1);
	}
	big = network || __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	for (i = 0; i < width; i++) {
		at = big ? width - 1 - i : i;
		b[at] = (unsigned char)(value >> (8 * i));
	}
	return (0);
}

void *
ibuf_seek(struct ibuf *buf, size_t pos, size_t len)
{
	if (pos > ibuf_size(buf) || len > ibuf_size(buf) - pos) {
		errno = ERANGE;
		return (NULL);
	}
	return (buf->ib_buf + buf->ib_rpos + pos);
}

int
ibuf_set(struct ibuf *buf, size_t pos, const void *data, size_t len)
{
	void		*p;

	if ((p = ibuf_seek(buf, pos, len)) == NULL)
		return (-1);
	if (len > 0)
		memcpy(p, data, len);
	return (0);
}

int
ibuf_set_n8(struct ibuf *buf, size_t pos, uint64_t value)
{
	return (ibuf_set_int(buf, pos, value, 1, true));
}

int
ibuf_set_n16(struct ibuf *buf, size_t pos, uint64_t value)
{
	return (ibuf_set_int(buf, pos, value, 2, true));
}

int
ibuf_set_n32(struct ibuf *buf, size_t pos, uint64_t value)
{
	return (ibuf_set_int(buf, pos, value, 4, true));
}

int
ibuf_set_n64(struct ibuf *buf, size_t pos, uint64_t value)
{
	return (ibuf_set_int(buf, pos, value, 8, true));
}

int
ibuf_set_h16(struct ibuf *buf, size_t pos, uint64_t value)
{
	return (ibuf_set_int(buf, pos, value, 2, false));
}

int
ibuf_set_h32(struct ibuf *buf, size_t pos, uint64_t value)
{
	return (ibuf_set_int(buf, pos, value, 4, false));
}

int
ibuf_set_h64(struct ibuf *buf, size_t pos, uint64_t value)
{
	return (ibuf_set_int(buf, pos, value, 8, false));
}

static int
ibuf_set_int(struct ibuf *buf, size_t pos, uint64_t value, size_t width,
    bool network)
{
	unsigned char	b[8];

	if (ibuf_encode(b, value, width, network) == -1)
		return (-1);
	return (ibuf_set(buf, pos, b, width));
}

void *
ibuf_data(const struct ibuf *buf)
{
	/* Before the first byte is written there is no memory yet. */
	return (buf->ib_buf == NULL ? NULL : buf->ib_buf + buf->ib_rpos);
}

size_t
ibuf_size(const struct ibuf *buf)
{
	return (buf->ib_wpos - buf->ib_rpos);
}

size_t
ibuf_left(const struct ibuf *buf)
{
	return (buf->ib_max == 0 ? 0 : buf->ib_max - buf->ib_wpos);
}

int
ibuf_truncate(struct ibuf *buf, size_t len)
{
	if (len > ibuf_size(buf))
		return (ibuf_add_zero(buf, len - ibuf_size(buf)));
	buf->ib_wpos = buf->ib_rpos + len;
	return (0);
}

void
ibuf_rewind(struct ibuf *buf)
{
	buf->ib_rpos = 0;
}

int
ibuf_skip(struct ibuf *buf, size_t len)
{
	return (len == 0 || ibuf_take(buf, len) != NULL ? 0 : -1);
}

/* The next len bytes, which count as read. */
static const void *
ibuf_take(struct ibuf *buf, size_t len)
{
	const void	*p;

	if (len > ibuf_size(buf)) {
		errno = EBADMSG;
		return (NULL);
	}
	p = ibuf_data(buf);
	buf->ib_rpos += len;
	return (p);
}

int
ibuf_get(struct ibuf *buf, void *data, size_t len)
{
	const void	*p;

	if (len == 0)
		return (0);
	if ((p = ibuf_take(buf, len)) == NULL)
		return (-1);
	memcpy(data, p, len);
	return (0);
}

int
ibuf_get_ibuf(struct ibuf *buf, size_t len, struct ibuf *new)
{
	void		*p;

	p = ibuf_data(buf);
	if (ibuf_skip(buf, len) == -1)
		return (-1);
	ibuf_from_buffer(new, p, len);
	return (0);
}

int
ibuf_get_n8(struct ibuf *buf, uint8_t *value)
{
	return (ibuf_get(buf, value, sizeof(*value)));
}

int
ibuf_get_n16(struct ibuf *buf, uint16_t *value)
{
	uint64_t	v;

	if (ibuf_get_int(buf, &v, sizeof(*value)) == -1)
		return (-1);
	*value = (uint16_t)v;
	return (0);
}

int
ibuf_get_n32(struct ibuf *buf, uint32_t *value)
{
	uint64_t	v;

	if (ibuf_get_int(buf, &v, sizeof(*value)) == -1)
		return (-1);
	*value = (uint32_t)v;
	return (0);
}

int
ibuf_get_n64(struct ibuf *buf, uint64_t *value)
{
	return (ibuf_get_int(buf, value, sizeof(*value)));
}

/* A big-endian number. */
static int
ibuf_get_int(struct ibuf *buf, uint64_t *value, size_t width)
{
	const unsigned char *b;
	size_t		 i;

	if ((b = ibuf_take(buf, width)) == NULL)
		return (-1);
	*value = 0;
	for (i = 0; i < width; i++)
		*value = *value << 8 | b[i];
	return (0);
}

int
ibuf_get_h16(struct ibuf *buf, uint16_t *value)
{
	return (ibuf_get(buf, value, sizeof(*value)));
}

int
ibuf_get_h32(struct ibuf *buf, uint32_t *value)
{
	return (ibuf_get(buf, value, sizeof(*value)));
}

int
ibuf_get_h64(struct ibuf *buf, uint64_t *value)
{
	return (ibuf_get(buf, value, sizeof(*value)));
}

char *
ibuf_get_string(struct ibuf *buf, size_t len)
{
	char		*str;

	if (len > ibuf_size(buf)) {
		errno = EBADMSG;
		return (NULL);
	}
	if ((str = calloc(1, len + 1)) == NULL)
		return (NULL);
	ibuf_get(buf, str, len);
	return (str);
}

int
ibuf_get_strbuf(struct ibuf *buf, char *str, size_t len)
{
	if (len == 0) {
		errno = EINVAL;
		return (-1);
	}
	if (ibuf_get(buf, str, len) == -1)
		return (-1);
	if (memchr(str, '\0', len) == NULL) {
		str[len - 1] = '\0';
		errno = EOVERFLOW;
		return (-1);
	}
	return (0);
}

bool
ibuf_fd_avail(const struct ibuf *buf)
{
	return (buf->ib_fd != -1);
}

void
ibuf_fd_set(struct ibuf *buf, int fd)
{
	if (buf->ib_max == 0)		/* nobody would close it */
		return;
	if (buf->ib_fd != -1)
		close(buf->ib_fd);
	buf->ib_fd = fd;
}

int
ibuf_fd_get(struct ibuf *buf)
{
	int		fd = buf->ib_fd;

	buf->ib_fd = -1;
	return (fd);
}
