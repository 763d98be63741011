/*
 * SPDX-License-Identifier: ISC
 *
 * frame.c: Ethernet frames from text; see frame.h.
 *
 * Each layer writes its header with what is known; when all are there, lengths
 * and checksums are filled in from the innermost to the outermost.
 */
#include <arpa/inet.h>

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

#define LAYERS	24
#define WORDS	24

struct frame;

/* One layer of the text: its words, and where its header begins. */
struct layer {
	const struct layer_type	*ly_type;
	char			*ly_word[WORDS];
	int			 ly_nwords;
	size_t			 ly_off;
};

struct frame {
	uint8_t		*f_buf;
	size_t		 f_len, f_cap;
	struct layer	 f_layer[LAYERS];
	int		 f_nlayers;
	char		 f_why[160];
	char		 f_text[8192];
};

struct layer_type {
	const char	*lt_name;
	uint16_t	 lt_ethertype;	/* of the layer before */
	int		 lt_proto;	/* IP protocol, -1: none */
	void		(*lt_write)(struct frame *, struct layer *);
	void		(*lt_finish)(struct frame *, struct layer *);
};

static void
fail(struct frame *f, const char *what, const char *word)
{
	if (f->f_why[0] == '\0')
		snprintf(f->f_why, sizeof(f->f_why), "%s: \"%s\"", what, word);
}

/* Room for n more bytes, zeroed; never NULL. */
static uint8_t *
more(struct frame *f, size_t n)
{
	static uint8_t	 nowhere[FRAME_MAX];
	uint8_t		*p;

	if (n > f->f_cap - f->f_len) {
		fail(f, "frame too long", "");
		return (nowhere);
	}
	p = f->f_buf + f->f_len;
	memset(p, 0, n);
	f->f_len += n;
	return (p);
}

static void
put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void
put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* Value of key=value in a layer, or NULL; a bare key gives "1". */
static const char *
key(const struct layer *l, const char *name)
{
	size_t	n = strlen(name);
	int	i;

	for (i = 1; i < l->ly_nwords; i++) {
		if (strncmp(l->ly_word[i], name, n) != 0)
			continue;
		if (l->ly_word[i][n] == '=')
			return (l->ly_word[i] + n + 1);
		if (l->ly_word[i][n] == '\0')
			return ("1");
	}
	return (NULL);
}

static uint32_t
number(struct frame *f, const char *s)
{
	char		*end;
	unsigned long	 v;

	v = strtoul(s, &end, 0);
	if (end == s || *end != '\0')
		fail(f, "not a number", s);
	return ((uint32_t)v);
}

static uint32_t
keynum(struct frame *f, const struct layer *l, const char *name, uint32_t dflt)
{
	const char	*s = key(l, name);

	return (s == NULL ? dflt : number(f, s));
}

/* The nth word behind the layer's name, without key=value words and ">". */
static const char *
arg(struct frame *f, const struct layer *l, int n)
{
	int	i;

	for (i = 1; i < l->ly_nwords; i++) {
		if (strcmp(l->ly_word[i], ">") == 0 ||
		    strchr(l->ly_word[i], '=') != NULL)
			continue;
		if (n-- == 0)
			return (l->ly_word[i]);
	}
	fail(f, "argument missing", l->ly_word[0]);
	return ("0");
}

int
frame_parse_mac(const char *s, uint8_t mac[6])
{
	unsigned int	 b[6];
	char		*end;
	unsigned long	 n;
	int		 i, used = 0;

	if (sscanf(s, "%x:%x:%x:%x:%x:%x%n", &b[0], &b[1], &b[2], &b[3],
	    &b[4], &b[5], &used) == 6 && s[used] == '\0') {
		for (i = 0; i < 6; i++)
			mac[i] = (uint8_t)b[i];
		return (0);
	}
	n = strtoul(s, &end, 0);
	if (end == s || *end != '\0' || n > 0xffffff)
		return (-1);
	memset(mac, 0, 6);
	mac[0] = 2;
	mac[3] = (uint8_t)(n >> 16);
	put16(mac + 4, (uint32_t)n);
	return (0);
}

int
frame_parse_hex(const char *s, uint8_t *buf, size_t cap)
{
	size_t		n = 0;
	unsigned int	v;

	while (*s != '\0') {
		if (isspace((unsigned char)*s)) {
			s++;
			continue;
		}
		if (!isxdigit((unsigned char)s[0]) ||
		    !isxdigit((unsigned char)s[1]) || n == cap ||
		    sscanf(s, "%2x", &v) != 1)
			return (-1);
		buf[n++] = (uint8_t)v;
		s += 2;
	}
	return ((int)n);
}

static void
mac(struct frame *f, const char *s, uint8_t *p)
{
	if (frame_parse_mac(s, p) == -1)
		fail(f, "not a MAC address", s);
}

static void
inet(struct frame *f, int af, const char *s, uint8_t *p)
{
	if (inet_pton(af, s, p) != 1)
		fail(f, "not an address", s);
}

/* The layer behind l, or NULL. */
static const struct layer *
next(const struct frame *f, const struct layer *l)
{
	return (l + 1 < f->f_layer + f->f_nlayers ? l + 1 : NULL);
}

/* Ethertype that the layer behind l asks for. */
static uint32_t
ethertype(struct frame *f, const struct layer *l)
{
	const struct layer	*n = next(f, l);
	uint32_t		 type = 0;

	if (n != NULL) {
		type = n->ly_type->lt_ethertype;
		if (strcmp(n->ly_type->lt_name, "vlan") == 0 ||
		    strcmp(n->ly_type->lt_name, "svlan") == 0)
			type = keynum(f, n, "tpid", type);
		else if (strcmp(n->ly_type->lt_name, "mpls") == 0)
			type = keynum(f, n, "type", type);
	}
	if (strcmp(l->ly_type->lt_name, "mpls") != 0)
		type = keynum(f, l, "type", type);
	return (type);
}

/* IP protocol that the layer behind l asks for. */
static uint8_t
protocol(struct frame *f, const struct layer *l, const char *name)
{
	const struct layer	*n = next(f, l);
	int			 proto = 253;

	if (n != NULL && n->ly_type->lt_proto >= 0)
		proto = n->ly_type->lt_proto;
	else if (strcmp(l->ly_type->lt_name, "ip") != 0 && n == NULL)
		proto = 59;
	return ((uint8_t)keynum(f, l, name, (uint32_t)proto));
}

/* The layers, outermost first. */

static void
eth_write(struct frame *f, struct layer *l)
{
	uint8_t	*p = more(f, 14);

	mac(f, arg(f, l, 0), p + 6);
	mac(f, arg(f, l, 1), p);
	put16(p + 12, ethertype(f, l));
}

static void
vlan_write(struct frame *f, struct layer *l)
{
	uint8_t	*p = more(f, 4);

	put16(p, number(f, arg(f, l, 0)) | keynum(f, l, "pcp", 0) << 13 |
	    keynum(f, l, "dei", 0) << 12);
	put16(p + 2, ethertype(f, l));
}

static void
mpls_write(struct frame *f, struct layer *l)
{
	const struct layer	*n = next(f, l);
	bool			 last;

	last = n == NULL || n->ly_type != l->ly_type;
	put32(more(f, 4), number(f, arg(f, l, 0)) << 12 |
	    keynum(f, l, "tc", 0) << 9 | keynum(f, l, "bos", last) << 8 |
	    keynum(f, l, "ttl", 64));
}

static void
pbb_write(struct frame *f, struct layer *l)
{
	put32(more(f, 4), number(f, arg(f, l, 0)) |
	    keynum(f, l, "pcp", 0) << 29 | keynum(f, l, "dei", 0) << 28 |
	    keynum(f, l, "uca", 0) << 27);
}

static void
arp_write(struct frame *f, struct layer *l)
{
	uint8_t		*p = more(f, 28);
	const char	*s;

	put16(p, 1);
	put16(p + 2, 0x0800);
	p[4] = 6;
	p[5] = 4;
	put16(p + 6, keynum(f, l, "op", 1));
	if ((s = key(l, "sha")) != NULL)
		mac(f, s, p + 8);
	else if (f->f_len >= 28 + 14)
		memcpy(p + 8, f->f_buf + 6, 6);
	inet(f, AF_INET, arg(f, l, 0), p + 14);
	if ((s = key(l, "tha")) != NULL)
		mac(f, s, p + 18);
	inet(f, AF_INET, arg(f, l, 1), p + 24);
}

static void
ip_write(struct frame *f, struct layer *l)
{
	uint8_t		*p, opt[40];
	const char	*s = key(l, "opt");
	int		 n = 0;

	if (s != NULL && ((n = frame_parse_hex(s, opt, 40)) < 0 || n % 4 != 0))
		fail(f, "bad IP options", s);
	p = more(f, 20 + (size_t)(n > 0 ? n : 0));
	p[0] = (uint8_t)(0x45 + n / 4);
	p[1] = (uint8_t)(keynum(f, l, "dscp", 0) << 2 |
	    keynum(f, l, "ecn", 0));
	put16(p + 4, keynum(f, l, "id", 0));
	put16(p + 6, keynum(f, l, "frag", 0) / 8 |
	    keynum(f, l, "mf", 0) << 13 | keynum(f, l, "df", 0) << 14);
	p[8] = (uint8_t)keynum(f, l, "ttl", 64);
	p[9] = protocol(f, l, "proto");
	inet(f, AF_INET, arg(f, l, 0), p + 12);
	inet(f, AF_INET, arg(f, l, 1), p + 16);
	if (n > 0)
		memcpy(p + 20, opt, (size_t)n);
}

static void
ip6_write(struct frame *f, struct layer *l)
{
	uint8_t	*p = more(f, 40);

	put32(p, 6U << 28 | keynum(f, l, "dscp", 0) << 22 |
	    keynum(f, l, "ecn", 0) << 20 | keynum(f, l, "flabel", 0));
	p[6] = protocol(f, l, "nh");
	p[7] = (uint8_t)keynum(f, l, "hlim", 64);
	inet(f, AF_INET6, arg(f, l, 0), p + 8);
	inet(f, AF_INET6, arg(f, l, 1), p + 24);
}

/* Hop-by-hop, destination options, routing: eight bytes with padding. */
static void
ext_write(struct frame *f, struct layer *l)
{
	uint8_t	*p = more(f, 8);

	p[0] = protocol(f, l, "nh");
	if (l->ly_type->lt_proto != 43) {
		p[2] = 1;	/* PadN */
		p[3] = 4;
	}
}

static void
frag6_write(struct frame *f, struct layer *l)
{
	uint8_t	*p = more(f, 8);

	p[0] = protocol(f, l, "nh");
	put16(p + 2, (keynum(f, l, "frag", 0) & ~7U) |
	    keynum(f, l, "mf", 0));
	put32(p + 4, keynum(f, l, "id", 1));
}

static void
ah_write(struct frame *f, struct layer *l)
{
	uint8_t	*p = more(f, 24);

	p[0] = protocol(f, l, "nh");
	p[1] = 4;
	put32(p + 4, 1);
}

static void
esp_write(struct frame *f, struct layer *l)
{
	put32(more(f, 8), 1);
}

static void
nonext_write(struct frame *f, struct layer *l)
{
}

static void
tcp_write(struct frame *f, struct layer *l)
{
	uint8_t	*p = more(f, 20);

	put16(p, number(f, arg(f, l, 0)));
	put16(p + 2, number(f, arg(f, l, 1)));
	put32(p + 4, 1);
	put16(p + 12, 5 << 12 | keynum(f, l, "flags", 0x10));
	put16(p + 14, 8192);
}

static void
udp_write(struct frame *f, struct layer *l)
{
	uint8_t	*p = more(f, 8);

	put16(p, number(f, arg(f, l, 0)));
	put16(p + 2, number(f, arg(f, l, 1)));
}

static void
sctp_write(struct frame *f, struct layer *l)
{
	uint8_t	*p = more(f, 12);

	put16(p, number(f, arg(f, l, 0)));
	put16(p + 2, number(f, arg(f, l, 1)));
}

static void
icmp_write(struct frame *f, struct layer *l)
{
	uint8_t	*p = more(f, 8);

	p[0] = (uint8_t)number(f, arg(f, l, 0));
	p[1] = (uint8_t)number(f, arg(f, l, 1));
}

/* Neighbour solicitation and advertisement with options in given order. */
static void
nd_write(struct frame *f, struct layer *l)
{
	uint8_t	*p = more(f, 24);
	int	 i;

	p[0] = strcmp(l->ly_type->lt_name, "ns") == 0 ? 135 : 136;
	inet(f, AF_INET6, arg(f, l, 0), p + 8);
	for (i = 1; i < l->ly_nwords; i++) {
		const char	*w = l->ly_word[i];

		if (strncmp(w, "sll=", 4) == 0 || strncmp(w, "tll=", 4) == 0) {
			p = more(f, 8);
			p[0] = w[0] == 's' ? 1 : 2;
			p[1] = 1;
			mac(f, w + 4, p + 2);
		} else if (strncmp(w, "opt=", 4) == 0) {
			p = more(f, 8);
			p[0] = (uint8_t)number(f, w + 4);
			p[1] = 1;
		}
	}
}

static void
data_write(struct frame *f, struct layer *l)
{
	uint32_t	 i, n = number(f, arg(f, l, 0));
	uint8_t		*p = more(f, n);

	if (f->f_why[0] != '\0')
		return;
	for (i = 0; i < n; i++)
		p[i] = (uint8_t)i;
}

static void
hex_write(struct frame *f, struct layer *l)
{
	uint8_t	*p = f->f_buf + f->f_len;
	int	 i, n;

	for (i = 1; i < l->ly_nwords; i++) {
		n = frame_parse_hex(l->ly_word[i], p, f->f_cap - f->f_len);
		if (n < 0) {
			fail(f, "not bytes", l->ly_word[i]);
			return;
		}
		f->f_len += (size_t)n;
		p += n;
	}
}

/* Lengths and checksums. */

static uint32_t
sum(const uint8_t *p, size_t n, uint32_t s)
{
	for (; n > 1; n -= 2, p += 2)
		s += (uint32_t)(p[0] << 8 | p[1]);
	if (n == 1)
		s += (uint32_t)p[0] << 8;
	return (s);
}

static uint16_t
fold(uint32_t s)
{
	s = (s >> 16) + (s & 0xffff);
	s = (s >> 16) + (s & 0xffff);
	return ((uint16_t)~s);
}

static void
ip_finish(struct frame *f, struct layer *l)
{
	uint8_t	*p = f->f_buf + l->ly_off;
	size_t	 hl = (size_t)(p[0] & 15) * 4;

	put16(p + 2, keynum(f, l, "len", (uint32_t)(f->f_len - l->ly_off)));
	put16(p + 10, keynum(f, l, "csum", fold(sum(p, hl, 0))));
}

static void
ip6_finish(struct frame *f, struct layer *l)
{
	put16(f->f_buf + l->ly_off + 4, keynum(f, l, "len",
	    (uint32_t)(f->f_len - l->ly_off - 40)));
}

/* Sum of the pseudo header of the closest IP layer in front of l. */
static uint32_t
pseudo(struct frame *f, const struct layer *l, uint8_t proto)
{
	size_t			 n = f->f_len - l->ly_off;
	const struct layer	*i;
	const uint8_t		*p;

	for (i = l - 1; i >= f->f_layer; i--) {
		p = f->f_buf + i->ly_off;
		if (strcmp(i->ly_type->lt_name, "ip") == 0)
			return (sum(p + 12, 8, (uint32_t)n + proto));
		if (strcmp(i->ly_type->lt_name, "ip6") == 0)
			return (sum(p + 8, 32, (uint32_t)n + proto));
	}
	return (0);
}

static void
l4_sum(struct frame *f, struct layer *l, size_t at, uint32_t start)
{
	uint8_t		*p = f->f_buf + l->ly_off;
	uint16_t	 c = fold(sum(p, f->f_len - l->ly_off, start));

	if (at == 6 && c == 0)
		c = 0xffff;	/* UDP: 0 means none */
	put16(p + at, keynum(f, l, "csum", c));
}

static void
tcp_finish(struct frame *f, struct layer *l)
{
	l4_sum(f, l, 16, pseudo(f, l, 6));
}

static void
udp_finish(struct frame *f, struct layer *l)
{
	put16(f->f_buf + l->ly_off + 4, (uint32_t)(f->f_len - l->ly_off));
	l4_sum(f, l, 6, pseudo(f, l, 17));
}

static void
icmp_finish(struct frame *f, struct layer *l)
{
	l4_sum(f, l, 2, 0);
}

static void
icmp6_finish(struct frame *f, struct layer *l)
{
	l4_sum(f, l, 2, pseudo(f, l, 58));
}

/* CRC32c, least significant byte first. */
static void
sctp_finish(struct frame *f, struct layer *l)
{
	uint8_t		*p = f->f_buf + l->ly_off;
	uint32_t	 c = 0xffffffff;
	size_t		 i;
	int		 bit;

	for (i = l->ly_off; i < f->f_len; i++) {
		c ^= f->f_buf[i];
		for (bit = 0; bit < 8; bit++)
			c = c >> 1 ^ (c & 1 ? 0x82f63b78 : 0);
	}
	c = __builtin_bswap32(~c);
	put32(p + 8, keynum(f, l, "csum", c));
}

static const struct layer_type types[] = {
	{ "eth", 0, -1, eth_write, NULL },
	{ "vlan", 0x8100, -1, vlan_write, NULL },
	{ "svlan", 0x88a8, -1, vlan_write, NULL },
	{ "mpls", 0x8847, -1, mpls_write, NULL },
	{ "pbb", 0x88e7, -1, pbb_write, NULL },
	{ "arp", 0x0806, -1, arp_write, NULL },
	{ "ip", 0x0800, 4, ip_write, ip_finish },
	{ "ip6", 0x86dd, 41, ip6_write, ip6_finish },
	{ "hbh", 0, 0, ext_write, NULL },
	{ "dst6", 0, 60, ext_write, NULL },
	{ "rt6", 0, 43, ext_write, NULL },
	{ "frag6", 0, 44, frag6_write, NULL },
	{ "ah", 0, 51, ah_write, NULL },
	{ "esp", 0, 50, esp_write, NULL },
	{ "nonext", 0, 59, nonext_write, NULL },
	{ "tcp", 0, 6, tcp_write, tcp_finish },
	{ "udp", 0, 17, udp_write, udp_finish },
	{ "sctp", 0, 132, sctp_write, sctp_finish },
	{ "icmp", 0, 1, icmp_write, icmp_finish },
	{ "icmp6", 0, 58, icmp_write, icmp6_finish },
	{ "ns", 0, 58, nd_write, icmp6_finish },
	{ "na", 0, 58, nd_write, icmp6_finish },
	{ "data", 0, -1, data_write, NULL },
	{ "hex", 0, -1, hex_write, NULL },
};

static const struct layer_type *
type_find(const char *name)
{
	size_t	i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(types[i].lt_name, name) == 0)
			return (&types[i]);
	}
	return (NULL);
}

/* Cut the text into layers and words. */
static void
split(struct frame *f, const char *text)
{
	struct layer	*l;
	char		*save, *save2, *part, *word;

	if (strlen(text) >= sizeof(f->f_text)) {
		fail(f, "text too long", "");
		return;
	}
	snprintf(f->f_text, sizeof(f->f_text), "%s", text);
	for (part = strtok_r(f->f_text, "/", &save); part != NULL;
	    part = strtok_r(NULL, "/", &save)) {
		if (f->f_nlayers == LAYERS) {
			fail(f, "too many layers", part);
			return;
		}
		l = &f->f_layer[f->f_nlayers++];
		for (word = strtok_r(part, " \t", &save2); word != NULL &&
		    l->ly_nwords < WORDS; word = strtok_r(NULL, " \t", &save2))
			l->ly_word[l->ly_nwords++] = word;
		if (l->ly_nwords == 0 ||
		    (l->ly_type = type_find(l->ly_word[0])) == NULL) {
			fail(f, "no such layer", l->ly_nwords == 0 ? "" :
			    l->ly_word[0]);
			return;
		}
	}
}

int
frame_parse(const char *text, uint8_t *buf, size_t cap, char *err,
    size_t errlen)
{
	static struct frame	 f;
	struct layer		*l;

	memset(&f, 0, sizeof(f));
	f.f_buf = buf;
	f.f_cap = cap;
	split(&f, text);
	for (l = f.f_layer; l < f.f_layer + f.f_nlayers &&
	    f.f_why[0] == '\0'; l++) {
		l->ly_off = f.f_len;
		l->ly_type->lt_write(&f, l);
	}
	while (l-- > f.f_layer && f.f_why[0] == '\0') {
		if (l->ly_type->lt_finish != NULL)
			l->ly_type->lt_finish(&f, l);
	}
	if (f.f_why[0] != '\0') {
		snprintf(err, errlen, "%s", f.f_why);
		return (-1);
	}
	return ((int)f.f_len);
}
