/*
 * SPDX-License-Identifier: ISC
 *
 * unl.c: netlink messages; see unl.h.
 */
#include <sys/socket.h>

#include <arpa/inet.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "unl.h"

#define ALIGN(n)	(((n) + NLA_ALIGNTO - 1) & ~(size_t)(NLA_ALIGNTO - 1))

int
unl_open(int protocol, uint32_t groups)
{
	struct sockaddr_nl	snl;
	int			fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	if (fd == -1)
		return (-1);
	memset(&snl, 0, sizeof(snl));
	snl.nl_family = AF_NETLINK;
	snl.nl_groups = groups;
	if (bind(fd, (struct sockaddr *)&snl, sizeof(snl)) == -1) {
		close(fd);
		return (-1);
	}
	return (fd);
}

/* Append len bytes, padded. */
static void
unl_append(struct unl_msg *m, const void *data, size_t len)
{
	uint32_t	at = m->um_hdr.nlmsg_len;

	if (m->um_bad || ALIGN(len) > sizeof(m->um_bytes) - at) {
		m->um_bad = true;
		return;
	}
	memcpy(m->um_bytes + at, data, len);
	memset(m->um_bytes + at + len, 0, ALIGN(len) - len);
	m->um_hdr.nlmsg_len = at + (uint32_t)ALIGN(len);
}

void
unl_begin(struct unl_msg *m, uint16_t type, uint16_t flags, const void *fixed,
    size_t len)
{
	memset(&m->um_hdr, 0, sizeof(m->um_hdr));
	m->um_bad = false;
	m->um_hdr.nlmsg_len = sizeof(m->um_hdr);
	m->um_hdr.nlmsg_type = type;
	m->um_hdr.nlmsg_flags = flags;
	unl_append(m, fixed, len);
}

void
unl_put(struct unl_msg *m, uint16_t type, const void *data, size_t len)
{
	struct nlattr	a;

	a.nla_type = type;
	a.nla_len = (uint16_t)(sizeof(a) + len);
	unl_append(m, &a, sizeof(a));
	unl_append(m, data, len);
}

void
unl_put_str(struct unl_msg *m, uint16_t type, const char *s)
{
	unl_put(m, type, s, strlen(s) + 1);
}

void
unl_put_be32(struct unl_msg *m, uint16_t type, uint32_t v)
{
	v = htonl(v);
	unl_put(m, type, &v, sizeof(v));
}

uint32_t
unl_nest(struct unl_msg *m, uint16_t type)
{
	uint32_t	at = m->um_hdr.nlmsg_len;

	unl_put(m, type | NLA_F_NESTED, "", 0);
	return (at);
}

void
unl_nest_end(struct unl_msg *m, uint32_t at)
{
	uint16_t	len;

	if (m->um_bad)
		return;
	len = (uint16_t)(m->um_hdr.nlmsg_len - at);
	memcpy(m->um_bytes + at + offsetof(struct nlattr, nla_len), &len,
	    sizeof(len));
}

/* One message of an answer.  1: it was the last, 0: go on, -1: refused. */
static int
unl_answer(const struct nlmsghdr *h, bool single,
    void (*fn)(const struct nlmsghdr *, void *), void *arg)
{
	int	error;

	if (h->nlmsg_type == NLMSG_DONE)
		return (1);
	if (h->nlmsg_type == NLMSG_ERROR) {
		if (h->nlmsg_len < NLMSG_LENGTH(sizeof(error))) {
			errno = EPROTO;
			return (-1);
		}
		memcpy(&error, NLMSG_DATA(h), sizeof(error));
		errno = -error;
		return (error == 0 ? 1 : -1);
	}
	if (fn != NULL)
		fn(h, arg);
	return (single);
}

int
unl_talk(int fd, struct unl_msg *m,
    void (*fn)(const struct nlmsghdr *, void *), void *arg)
{
	static uint8_t		 buf[16384] __attribute__((aligned(8)));
	static uint32_t		 seq;
	const struct nlmsghdr	*h;
	ssize_t			 n;
	unsigned int		 left;
	bool			 single, changed = false;
	int			 r;

	if (m->um_bad) {
		errno = EMSGSIZE;
		return (-1);
	}
	single = (m->um_hdr.nlmsg_flags & (NLM_F_DUMP | NLM_F_ACK)) == 0;
	m->um_hdr.nlmsg_seq = ++seq;
	if (send(fd, m->um_bytes, m->um_hdr.nlmsg_len, 0) == -1)
		return (-1);
	for (;;) {
		n = recv(fd, buf, sizeof(buf), 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return (-1);
		left = (unsigned int)n;
		for (h = (const void *)buf; NLMSG_OK(h, left);
		    h = NLMSG_NEXT(h, left)) {
			/* It may be of a list that was not read to its end. */
			if (h->nlmsg_seq != seq)
				continue;
			changed |= (h->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
			r = unl_answer(h, single, fn, arg);
			if (r > 0 && changed) {
				errno = EINTR;
				return (-1);
			}
			if (r != 0)
				return (r > 0 ? 0 : -1);
		}
	}
}

static void
unl_parse_bytes(const uint8_t *p, size_t len, struct unl_attrs *ua)
{
	const struct nlattr	*a;
	size_t			 type;

	memset(ua, 0, sizeof(*ua));
	while (len >= sizeof(*a)) {
		a = (const void *)p;
		if (a->nla_len < sizeof(*a) || a->nla_len > len)
			return;
		type = a->nla_type & NLA_TYPE_MASK;
		if (type < sizeof(ua->ua_by_type) / sizeof(ua->ua_by_type[0]))
			ua->ua_by_type[type] = a;
		if (ALIGN(a->nla_len) >= len)
			return;
		p += ALIGN(a->nla_len);
		len -= ALIGN(a->nla_len);
	}
}

void
unl_parse(const struct nlmsghdr *h, size_t fixed, struct unl_attrs *ua)
{
	size_t	skip = NLMSG_HDRLEN + ALIGN(fixed);

	if (h->nlmsg_len < skip)
		memset(ua, 0, sizeof(*ua));
	else
		unl_parse_bytes((const uint8_t *)h + skip,
		    h->nlmsg_len - skip, ua);
}

void
unl_parse_nest(const struct nlattr *a, struct unl_attrs *ua)
{
	if (a == NULL)
		memset(ua, 0, sizeof(*ua));
	else
		unl_parse_bytes((const uint8_t *)(a + 1),
		    a->nla_len - sizeof(*a), ua);
}

const void *
unl_data(const struct unl_attrs *ua, unsigned int type, size_t len)
{
	const struct nlattr	*a = ua->ua_by_type[type];

	if (a == NULL || a->nla_len - sizeof(*a) < len)
		return (NULL);
	return (a + 1);
}

uint32_t
unl_u32(const struct unl_attrs *ua, unsigned int type, uint32_t absent)
{
	const void	*p = unl_data(ua, type, sizeof(uint32_t));
	uint32_t	 v;

	if (p == NULL)
		return (absent);
	memcpy(&v, p, sizeof(v));
	return (v);
}

void
unl_str(const struct unl_attrs *ua, unsigned int type, char *buf, size_t size)
{
	const struct nlattr	*a = ua->ua_by_type[type];
	size_t			 len = 0;

	if (a != NULL)
		len = strnlen((const char *)(a + 1), a->nla_len - sizeof(*a));
	if (len >= size)
		len = size - 1;
	if (len > 0)
		memcpy(buf, a + 1, len);
	buf[len] = '\0';
}
