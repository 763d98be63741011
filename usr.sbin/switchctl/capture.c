/*
 * SPDX-License-Identifier: ISC
 *
 * capture.c: OpenFlow to and from pcap files, see capture.h.
 *
 * Writing makes up a TCP stream for each switch.  Reading follows each TCP
 * stream by its sequence numbers: what was sent again is passed over, and after
 * a gap the stream begins anew at the next segment.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include <net/ofp_msg.h>
#include <net/ofp_print.h>

#include "capture.h"

#define CONTROLLER_PORT	OFP_TCP_PORT
#define OLD_PORT	6633
#define HEADERS		54		/* Ethernet, IPv4, TCP */
#define SEGMENT_MAX	60000
#define SWITCHES	64		/* in one file written */
#define STREAMS		256		/* followed at once */

struct peer {
	uint64_t	p_dpid;
	uint32_t	p_seq[2];	/* of the switch, of the controller */
};

struct capture {
	pcap_t		*c_pcap;
	pcap_dumper_t	*c_dump;
	struct peer	 c_peers[SWITCHES];
	unsigned int	 c_npeers;
};

struct capture *
capture_create(const char *path, char *err, size_t errlen)
{
	struct capture	*c;

	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->c_pcap = pcap_open_dead(DLT_EN10MB, 65535 + 64)) == NULL) {
		snprintf(err, errlen, "out of memory");
		free(c);
		return (NULL);
	}
	if ((c->c_dump = pcap_dump_open(c->c_pcap, path)) == NULL) {
		snprintf(err, errlen, "%s", pcap_geterr(c->c_pcap));
		capture_close(c);
		return (NULL);
	}
	return (c);
}

void
capture_close(struct capture *c)
{
	if (c->c_dump != NULL)
		pcap_dump_close(c->c_dump);
	pcap_close(c->c_pcap);
	free(c);
}

/* The switch's place; the last one is shared when there are too many. */
static unsigned int
peer_find(struct capture *c, uint64_t dpid)
{
	unsigned int	i;

	for (i = 0; i < c->c_npeers; i++)
		if (c->c_peers[i].p_dpid == dpid)
			return (i);
	if (c->c_npeers == SWITCHES)
		return (SWITCHES - 1);
	c->c_peers[i].p_dpid = dpid;
	c->c_npeers++;
	return (i);
}

static uint16_t
ip_checksum(const uint8_t *p)
{
	uint32_t	sum = 0;
	int		i;

	for (i = 0; i < 20; i += 2)
		sum += p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (~sum);
}

/* Ethernet, IPv4 (127.0.1.n and 127.0.0.1) and TCP in front of len bytes. */
static void
headers(struct ofp_wr *wr, unsigned int peer, bool sent, uint32_t seq,
    uint32_t ack, size_t len)
{
	uint32_t	sw = 0x7f000101 + peer, ctl = 0x7f000001;
	size_t		ip;

	ofp_wr_zero(wr, 12);
	ofp_wr_u16(wr, 0x0800);
	ip = ofp_wr_pos(wr);
	ofp_wr_u16(wr, 0x4500);
	ofp_wr_u16(wr, 40 + len);
	ofp_wr_u32(wr, 0);
	ofp_wr_u16(wr, 64 << 8 | 6);
	ofp_wr_u16(wr, 0);
	ofp_wr_u32(wr, sent ? ctl : sw);
	ofp_wr_u32(wr, sent ? sw : ctl);
	ofp_wr_put16(wr, ip + 10, ip_checksum(wr->wr_buf + ip));
	ofp_wr_u16(wr, sent ? CONTROLLER_PORT : 40000 + peer);
	ofp_wr_u16(wr, sent ? 40000 + peer : CONTROLLER_PORT);
	ofp_wr_u32(wr, seq);
	ofp_wr_u32(wr, ack);
	ofp_wr_u16(wr, 0x5018);		/* ACK, PSH */
	ofp_wr_u16(wr, 0xffff);
	ofp_wr_u32(wr, 0);
}

int
capture_write(struct capture *c, uint64_t dpid, uint64_t time_us, bool sent,
    const uint8_t *msg, size_t len)
{
	static uint8_t		 buf[HEADERS + SEGMENT_MAX];
	unsigned int		 peer = peer_find(c, dpid);
	struct peer		*p = &c->c_peers[peer];
	struct pcap_pkthdr	 h;
	struct ofp_wr		 wr;
	size_t			 n;

	for (; len > 0; msg += n, len -= n) {
		n = len < SEGMENT_MAX ? len : SEGMENT_MAX;
		ofp_wr_init(&wr, buf, sizeof(buf));
		headers(&wr, peer, sent, p->p_seq[sent] + 1,
		    p->p_seq[!sent] + 1, n);
		ofp_wr_bytes(&wr, msg, n);
		p->p_seq[sent] += n;
		h.ts.tv_sec = time_us / 1000000;
		h.ts.tv_usec = time_us % 1000000;
		h.caplen = h.len = ofp_wr_pos(&wr);
		pcap_dump((u_char *)c->c_dump, &h, buf);
	}
	return (pcap_dump_flush(c->c_dump));
}

/* Reading. */

struct stream {
	uint8_t		 s_id[36];	/* addresses and ports */
	bool		 s_used;
	uint32_t	 s_next;	/* sequence number */
	uint8_t		*s_buf;		/* the beginning of a message */
	size_t		 s_have;
};

struct reader {
	struct stream	 r_streams[STREAMS];
	unsigned int	 r_last;
	capture_fn	 r_fn;
	void		*r_arg;
	uint64_t	 r_skipped;
};

/* A TCP segment cut out of a packet. */
struct segment {
	uint8_t		 g_id[36];
	char		 g_who[128];
	uint16_t	 g_sport, g_dport;
	uint32_t	 g_seq;
	bool		 g_syn;
	const uint8_t	*g_data;
	size_t		 g_len;
};

static struct stream *
stream_known(struct reader *r, const struct segment *g)
{
	unsigned int	i;

	for (i = 0; i < STREAMS; i++)
		if (r->r_streams[i].s_used &&
		    memcmp(r->r_streams[i].s_id, g->g_id, 36) == 0)
			return (&r->r_streams[i]);
	return (NULL);
}

static struct stream *
stream_find(struct reader *r, const struct segment *g)
{
	struct stream	*s;

	if ((s = stream_known(r, g)) != NULL)
		return (s);
	s = &r->r_streams[r->r_last++ % STREAMS];
	if (s->s_buf == NULL && (s->s_buf = malloc(OFP_MSG_MAX)) == NULL)
		return (NULL);
	s->s_used = true;
	s->s_have = 0;
	s->s_next = g->g_seq;
	memcpy(s->s_id, g->g_id, 36);
	return (s);
}

/* The link layer: what is behind it, or 0 for nothing that we know. */
static uint16_t
link_type(int dlt, struct ofp_rd *rd)
{
	uint16_t	type;

	switch (dlt) {
	case DLT_EN10MB:
		ofp_rd_skip(rd, 12);
		break;
	case DLT_LINUX_SLL:
		ofp_rd_skip(rd, 14);
		break;
	case DLT_RAW:
		return (ofp_rd_left(rd) > 0 && *rd->rd_p >> 4 == 6 ? 0x86dd :
		    0x0800);
	default:
		return (0);
	}
	while ((type = ofp_rd_u16(rd)) == 0x8100 || type == 0x88a8)
		ofp_rd_skip(rd, 2);
	return (type);
}

/* IPv4 or IPv6 with TCP right behind it; the addresses go into id. */
static bool
network(uint16_t type, struct ofp_rd *rd, struct ofp_rd *tcp, uint8_t *id)
{
	uint8_t		first = ofp_rd_u8(rd), proto;
	uint16_t	len;

	memset(id, 0, 32);
	if (type == 0x0800) {
		ofp_rd_skip(rd, 1);
		len = ofp_rd_u16(rd);
		ofp_rd_skip(rd, 5);
		proto = ofp_rd_u8(rd);
		ofp_rd_skip(rd, 2);
		ofp_rd_bytes(rd, id, 4);
		ofp_rd_bytes(rd, id + 16, 4);
		ofp_rd_skip(rd, (first & 15) * 4 - 20);
		len -= (first & 15) * 4;
	} else if (type == 0x86dd) {
		ofp_rd_skip(rd, 3);
		len = ofp_rd_u16(rd);
		proto = ofp_rd_u8(rd);
		ofp_rd_skip(rd, 1);
		ofp_rd_bytes(rd, id, 32);
	} else
		return (false);
	if (proto != 6 || (type == 0x0800 && (first & 15) < 5))
		return (false);
	ofp_rd_sub(rd, len, tcp);
	return (!ofp_rd_err(rd));
}

static void
addr_text(struct ofp_text *tx, uint16_t type, const uint8_t *a, uint16_t port)
{
	struct ofp_match	m;
	enum ofp_field		f = type == 0x0800 ? OFP_XMT_IPV4_SRC :
				    OFP_XMT_IPV6_SRC;
	char			buf[64];
	struct ofp_text		t;

	ofp_match_init(&m);
	ofp_match_set_bytes(&m, f, a, NULL);
	ofp_text_init(&t, buf, sizeof(buf));
	ofp_print_match(&t, &m);
	ofp_text_add(tx, "%s:%u", strchr(buf, '=') + 1, port);
}

static bool
segment_cut(int dlt, const uint8_t *p, size_t len, struct segment *g)
{
	struct ofp_rd	rd, tcp;
	struct ofp_text	tx;
	uint16_t	type, flags;

	ofp_rd_init(&rd, p, len);
	type = link_type(dlt, &rd);
	if (type == 0 || !network(type, &rd, &tcp, g->g_id))
		return (false);
	g->g_sport = ofp_rd_u16(&tcp);
	g->g_dport = ofp_rd_u16(&tcp);
	g->g_seq = ofp_rd_u32(&tcp);
	ofp_rd_skip(&tcp, 4);
	flags = ofp_rd_u16(&tcp);
	if (ofp_rd_err(&tcp) || flags >> 12 < 5)
		return (false);
	ofp_rd_skip(&tcp, (flags >> 12) * 4 - 14);
	g->g_syn = (flags & 2) != 0;
	g->g_len = ofp_rd_left(&tcp);
	g->g_data = ofp_rd_ptr(&tcp, g->g_len);
	g->g_id[32] = g->g_sport >> 8;
	g->g_id[33] = g->g_sport & 0xff;
	g->g_id[34] = g->g_dport >> 8;
	g->g_id[35] = g->g_dport & 0xff;
	ofp_text_init(&tx, g->g_who, sizeof(g->g_who));
	addr_text(&tx, type, g->g_id, g->g_sport);
	ofp_text_add(&tx, " > ");
	addr_text(&tx, type, g->g_id + 16, g->g_dport);
	return (!ofp_rd_err(&tcp));
}

static bool
is_openflow_port(uint16_t port)
{
	return (port == CONTROLLER_PORT || port == OLD_PORT);
}

/* OpenFlow by its port, or by a first message that looks like it. */
static bool
is_openflow(const struct segment *g)
{
	const uint8_t	*p = g->g_data;

	return (is_openflow_port(g->g_sport) || is_openflow_port(g->g_dport) ||
	    (g->g_len >= OFP_HDR_LEN && (p[0] == OFP_VERSION_10 ||
	    p[0] == OFP_VERSION_13) && ofp_msg_name(p[0], p[1]) != NULL &&
	    ofp_msg_frame(p, g->g_len) >= OFP_HDR_LEN));
}

/* The controller is at the well-known port, else at the lower one. */
static bool
is_sent(const struct segment *g)
{
	if (is_openflow_port(g->g_sport) != is_openflow_port(g->g_dport))
		return (is_openflow_port(g->g_sport));
	return (g->g_sport < g->g_dport);
}

/* Whole messages out of a stream's buffer. */
static void
stream_messages(struct reader *r, struct stream *s, const struct segment *g,
    uint64_t time_us)
{
	int	len;

	while ((len = ofp_msg_frame(s->s_buf, s->s_have)) > 0 &&
	    (size_t)len <= s->s_have) {
		r->r_fn(g->g_who, time_us, is_sent(g),
		    s->s_buf, len, r->r_arg);
		s->s_have -= len;
		memmove(s->s_buf, s->s_buf + len, s->s_have);
	}
	if (len == -1)
		s->s_have = 0;
}

static void
segment_read(struct reader *r, struct segment *g, uint64_t time_us)
{
	struct stream	*s;
	int32_t		 ahead;
	size_t		 n;

	if ((g->g_len == 0 && !g->g_syn) || (s = stream_find(r, g)) == NULL)
		return;
	if (g->g_syn) {
		s->s_next = g->g_seq + 1;
		s->s_have = 0;
		return;
	}
	ahead = g->g_seq - s->s_next;
	if (ahead < 0) {
		if ((size_t)-(int64_t)ahead >= g->g_len)
			return;
		g->g_data += -(int64_t)ahead;
		g->g_len -= -(int64_t)ahead;
	} else if (ahead > 0)
		s->s_have = 0;
	s->s_next = g->g_seq + (ahead < 0 ? -ahead : 0) + g->g_len;
	while (g->g_len > 0) {
		n = OFP_MSG_MAX - s->s_have;
		if (n > g->g_len)
			n = g->g_len;
		memcpy(s->s_buf + s->s_have, g->g_data, n);
		s->s_have += n;
		g->g_data += n;
		g->g_len -= n;
		stream_messages(r, s, g, time_us);
	}
}

int
capture_read(const char *path, capture_fn fn, void *arg, uint64_t *skipped,
    char *err, size_t errlen)
{
	static struct reader	 r;
	struct pcap_pkthdr	*h;
	struct segment		 g;
	const u_char		*data;
	char			 errbuf[PCAP_ERRBUF_SIZE];
	pcap_t			*pcap;
	int			 rc, dlt;
	unsigned int		 i;

	if ((pcap = pcap_open_offline(path, errbuf)) == NULL) {
		/* It names only a file that it cannot open. */
		snprintf(err, errlen, "%s%s%s", strstr(errbuf, path) == NULL ?
		    path : "", strstr(errbuf, path) == NULL ? ": " : "",
		    errbuf);
		return (-1);
	}
	dlt = pcap_datalink(pcap);
	memset(&r, 0, sizeof(r));
	r.r_fn = fn;
	r.r_arg = arg;
	while ((rc = pcap_next_ex(pcap, &h, &data)) == 1)
		if (segment_cut(dlt, data, h->caplen, &g) &&
		    (g.g_len == 0 || stream_known(&r, &g) ||
		    is_openflow(&g)))
			segment_read(&r, &g, h->ts.tv_sec * 1000000ULL +
			    h->ts.tv_usec);
		else
			r.r_skipped++;
	if (rc == PCAP_ERROR)
		snprintf(err, errlen, "%s", pcap_geterr(pcap));
	pcap_close(pcap);
	for (i = 0; i < STREAMS; i++)
		free(r.r_streams[i].s_buf);
	*skipped = r.r_skipped;
	return (rc == PCAP_ERROR ? -1 : 0);
}
