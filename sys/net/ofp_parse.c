/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_parse.c: text in ovs-ofctl's syntax to matches, actions and flows.
 *
 * What ofp_print.c writes is read back; besides it the shorthands people type
 * (ip, tcp, dl_dst, nw_src, tp_dst ...).  Userland only.  Every error names the
 * word and what was expected.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ofp_print.h"

struct parse {
	char	*ps_err;
	size_t	 ps_errlen;
};

static int
bad(struct parse *ps, const char *word, const char *fmt, ...)
{
	va_list	ap;
	int	n;

	n = snprintf(ps->ps_err, ps->ps_errlen, "%.64s: ", word);
	if (n < 0 || (size_t)n >= ps->ps_errlen)
		return (-1);
	va_start(ap, fmt);
	vsnprintf(ps->ps_err + n, ps->ps_errlen - n, fmt, ap);
	va_end(ap);
	return (-1);
}

/* A whole word as a number up to max. */
static bool
number(const char *s, uint64_t max, uint64_t *v)
{
	char	*end;

	if (!isdigit((unsigned char)*s))
		return (false);
	errno = 0;
	*v = strtoull(s, &end, 0);
	return (errno == 0 && *end == '\0' && *v <= max);
}

int
ofp_parse_port_no(const char *s, uint32_t *no)
{
	static const struct {
		const char	*name;
		uint32_t	 no;
	} names[] = {
		{ "in_port", OFP_P_IN_PORT }, { "table", OFP_P_TABLE },
		{ "normal", OFP_P_NORMAL }, { "flood", OFP_P_FLOOD },
		{ "all", OFP_P_ALL }, { "controller", OFP_P_CONTROLLER },
		{ "local", OFP_P_LOCAL }, { "any", OFP_P_ANY },
		{ "none", OFP_P_ANY }
	};
	uint64_t	v;
	size_t		i;

	for (i = 0; i < nitems(names); i++)
		if (strcasecmp(s, names[i].name) == 0) {
			*no = names[i].no;
			return (0);
		}
	if (!number(s, UINT32_MAX, &v))
		return (-1);
	*no = v;
	return (0);
}

static bool
parse_mac(const char *s, uint8_t *m)
{
	unsigned int	b[6];
	int		i, n = 0;

	if (sscanf(s, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3],
	    &b[4], &b[5], &n) != 6 || s[n] != '\0')
		return (false);
	for (i = 0; i < 6; i++)
		m[i] = b[i];
	return (true);
}

static bool
parse_ipv4(const char *s, uint8_t *a)
{
	unsigned int	b[4];
	int		i, n = 0;

	if (sscanf(s, "%3u.%3u.%3u.%3u%n", &b[0], &b[1], &b[2], &b[3], &n) !=
	    4 || s[n] != '\0')
		return (false);
	for (i = 0; i < 4; i++) {
		if (b[i] > 255)
			return (false);
		a[i] = b[i];
	}
	return (true);
}

/* Up to eight groups, "::" once, no dotted quad. */
static bool
parse_ipv6(const char *s, uint8_t *a)
{
	uint16_t	g[8];
	int		n = 0, gap = -1, i;
	char		*end;

	if (s[0] == ':' && s[1] == ':') {
		gap = 0;
		s += 2;
	}
	while (*s != '\0' && n < 8) {
		unsigned long	v;

		if (!isxdigit((unsigned char)*s))
			return (false);
		v = strtoul(s, &end, 16);
		if (v > 0xffff || end - s > 4)
			return (false);
		g[n++] = v;
		s = end;
		if (*s == '\0')
			break;
		if (*s++ != ':')
			return (false);
		if (*s == ':') {
			if (gap != -1)
				return (false);
			gap = n;
			s++;
		} else if (*s == '\0')
			return (false);
	}
	if (*s != '\0' || (gap == -1 && n != 8) || (gap != -1 && n == 8))
		return (false);
	memset(a, 0, 16);
	for (i = 0; i < n; i++) {
		int	at = gap != -1 && i >= gap ? 8 - n + i : i;

		a[2 * at] = g[i] >> 8;
		a[2 * at + 1] = g[i] & 0xff;
	}
	return (true);
}

static bool
is_port_field(int f)
{
	return (f == OFP_XMT_IN_PORT || f == OFP_XMT_IN_PHY_PORT ||
	    f == OFP_FIELD_ACTSET_OUTPUT);
}

static bool
is_ipv4_field(int f)
{
	return (f == OFP_XMT_IPV4_SRC || f == OFP_XMT_IPV4_DST ||
	    f == OFP_XMT_ARP_SPA || f == OFP_XMT_ARP_TPA ||
	    f == OFP_FIELD_TUN_IPV4_SRC || f == OFP_FIELD_TUN_IPV4_DST);
}

/* One value of a field, as ox_len bytes. */
static int
parse_value(struct parse *ps, int f, const char *s, uint8_t v[16])
{
	const struct ofp_oxm	*ox = &ofp_oxm_table[f];
	uint64_t		 n;
	uint32_t		 port;
	int			 i;

	memset(v, 0, 16);
	if (is_ipv4_field(f) && strchr(s, '.') != NULL)
		return (parse_ipv4(s, v) ? 0 : bad(ps, s, "expected an IPv4 "
		    "address"));
	if (ox->ox_len == 16)
		return (parse_ipv6(s, v) ? 0 : bad(ps, s, "expected an IPv6 "
		    "address"));
	if (ox->ox_len == 6)
		return (parse_mac(s, v) ? 0 : bad(ps, s, "expected an "
		    "Ethernet address"));
	if (is_port_field(f)) {
		if (ofp_parse_port_no(s, &port) == -1)
			return (bad(ps, s, "expected a port number or name"));
		n = port;
	} else if (!number(s, ox->ox_bits == 64 ? UINT64_MAX :
	    (1ULL << ox->ox_bits) - 1, &n))
		return (bad(ps, s, "expected a number of %d bits for %s",
		    ox->ox_bits, ox->ox_name));
	for (i = ox->ox_len - 1; i >= 0; i--, n >>= 8)
		v[i] = n & 0xff;
	return (0);
}

/* A mask: like a value, or a number of leading bits for addresses. */
static int
parse_mask(struct parse *ps, int f, const char *s, uint8_t m[16])
{
	const struct ofp_oxm	*ox = &ofp_oxm_table[f];
	uint64_t		 bits, i;

	if ((is_ipv4_field(f) || ox->ox_len == 16) &&
	    number(s, ox->ox_len * 8, &bits)) {
		memset(m, 0, 16);
		for (i = 0; i < bits; i++)
			m[i / 8] |= 0x80 >> i % 8;
		return (0);
	}
	return (parse_value(ps, f, s, m));
}

static int
parse_field(struct parse *ps, int f, char *value, struct ofp_match *m)
{
	const struct ofp_oxm	*ox = &ofp_oxm_table[f];
	uint8_t			 v[16], mask[16];
	char			*slash = strchr(value, '/');
	int			 i;

	if (slash != NULL)
		*slash++ = '\0';
	if (parse_value(ps, f, value, v) == -1)
		return (-1);
	if (slash == NULL) {
		ofp_match_set_bytes(m, f, v, NULL);
		return (0);
	}
	if (!ox->ox_maskable)
		return (bad(ps, ox->ox_name, "this field takes no mask"));
	if (parse_mask(ps, f, slash, mask) == -1)
		return (-1);
	for (i = 0; i < ox->ox_len; i++)
		v[i] &= mask[i];
	ofp_match_set_bytes(m, f, v, mask);
	return (0);
}

/* Protocol words: what they match. */
static const struct {
	const char	*word;
	uint16_t	 type;
	int		 proto;
} protocols[] = {
	{ "ip", 0x0800, -1 }, { "ipv6", 0x86dd, -1 }, { "ip6", 0x86dd, -1 },
	{ "arp", 0x0806, -1 }, { "mpls", 0x8847, -1 },
	{ "mplsm", 0x8848, -1 }, { "icmp", 0x0800, 1 },
	{ "icmp6", 0x86dd, 58 }, { "tcp", 0x0800, 6 }, { "tcp6", 0x86dd, 6 },
	{ "udp", 0x0800, 17 }, { "udp6", 0x86dd, 17 },
	{ "sctp", 0x0800, 132 }, { "sctp6", 0x86dd, 132 }
};

/* Older and shorter names of fields. */
static const struct {
	const char	*word;
	int		 field;
} aliases[] = {
	{ "dl_dst", OFP_XMT_ETH_DST }, { "dl_src", OFP_XMT_ETH_SRC },
	{ "dl_type", OFP_XMT_ETH_TYPE }, { "nw_proto", OFP_XMT_IP_PROTO },
	{ "nw_ecn", OFP_XMT_IP_ECN }, { "ip_ecn", OFP_XMT_IP_ECN },
	{ "dl_vlan_pcp", OFP_XMT_VLAN_PCP }, { "tun_id", OFP_XMT_TUNNEL_ID },
	{ "tun_src", OFP_FIELD_TUN_IPV4_SRC },
	{ "tun_dst", OFP_FIELD_TUN_IPV4_DST },
	{ "nd_target", OFP_XMT_IPV6_ND_TARGET },
	{ "nd_sll", OFP_XMT_IPV6_ND_SLL }, { "nd_tll", OFP_XMT_IPV6_ND_TLL },
	{ "ipv6_label", OFP_XMT_IPV6_FLABEL }
};

static bool
matched(const struct ofp_match *m, int f, uint64_t v)
{
	return ((m->m_fields & OFP_FIELD_BIT(f)) != 0 &&
	    ofp_key_get(&m->m_key, f) == v);
}

/* A name that means another field by what stands before it, or -1. */
static int
field_by_context(const char *name, const struct ofp_match *m)
{
	bool	dst = strstr(name, "_dst") != NULL;
	bool	arp = matched(m, OFP_XMT_ETH_TYPE, 0x0806);

	if (strcmp(name, "nw_src") == 0 || strcmp(name, "nw_dst") == 0)
		return (arp ? (dst ? OFP_XMT_ARP_TPA : OFP_XMT_ARP_SPA) :
		    dst ? OFP_XMT_IPV4_DST : OFP_XMT_IPV4_SRC);
	if (strcmp(name, "tp_src") == 0 || strcmp(name, "tp_dst") == 0) {
		if (matched(m, OFP_XMT_IP_PROTO, 17))
			return (dst ? OFP_XMT_UDP_DST : OFP_XMT_UDP_SRC);
		if (matched(m, OFP_XMT_IP_PROTO, 132))
			return (dst ? OFP_XMT_SCTP_DST : OFP_XMT_SCTP_SRC);
		return (dst ? OFP_XMT_TCP_DST : OFP_XMT_TCP_SRC);
	}
	if (strcmp(name, "icmp_type") == 0)
		return (matched(m, OFP_XMT_IP_PROTO, 58) ?
		    OFP_XMT_ICMPV6_TYPE : OFP_XMT_ICMPV4_TYPE);
	if (strcmp(name, "icmp_code") == 0)
		return (matched(m, OFP_XMT_IP_PROTO, 58) ?
		    OFP_XMT_ICMPV6_CODE : OFP_XMT_ICMPV4_CODE);
	return (-1);
}

static int
field_find(const char *name, const struct ofp_match *m)
{
	size_t	i;
	int	f;

	for (i = 0; i < nitems(aliases); i++)
		if (strcmp(aliases[i].word, name) == 0)
			return (aliases[i].field);
	if ((f = ofp_oxm_find_name(name)) != -1)
		return (f);
	return (m != NULL ? field_by_context(name, m) : -1);
}

/* Words whose value is not the field's: dl_vlan is the VID alone. */
static int
parse_special(struct parse *ps, const char *name, const char *value,
    struct ofp_match *m)
{
	uint64_t	v;

	if (strcmp(name, "dl_vlan") == 0) {
		if (strcmp(value, "0xffff") == 0 || strcmp(value, "none") == 0)
			ofp_match_set(m, OFP_XMT_VLAN_VID, OFP_VID_NONE);
		else if (number(value, 4095, &v))
			ofp_match_set(m, OFP_XMT_VLAN_VID,
			    OFP_VID_PRESENT | v);
		else
			return (bad(ps, value, "expected a VLAN from 0 to "
			    "4095, or none"));
		return (1);
	}
	if (strcmp(name, "nw_tos") == 0) {
		if (!number(value, 255, &v) || (v & 3) != 0)
			return (bad(ps, value, "expected a TOS byte with its "
			    "low two bits zero"));
		ofp_match_set(m, OFP_XMT_IP_DSCP, v >> 2);
		return (1);
	}
	return (0);
}

/* One word of a match.  1: taken, 0: not a match word, -1: error. */
static int
parse_match_word(struct parse *ps, char *word, struct ofp_match *m)
{
	char	*value = strchr(word, '=');
	size_t	 i;
	int	 f, rc;

	if (value == NULL) {
		for (i = 0; i < nitems(protocols); i++) {
			if (strcmp(protocols[i].word, word) != 0)
				continue;
			ofp_match_set(m, OFP_XMT_ETH_TYPE, protocols[i].type);
			if (protocols[i].proto != -1)
				ofp_match_set(m, OFP_XMT_IP_PROTO,
				    protocols[i].proto);
			return (1);
		}
		return (0);
	}
	*value++ = '\0';
	if ((rc = parse_special(ps, word, value, m)) != 0)
		return (rc);
	if ((f = field_find(word, m)) == -1) {
		value[-1] = '=';
		return (0);
	}
	return (parse_field(ps, f, value, m) == -1 ? -1 : 1);
}

/*
 * The match as a decoder would see it: encode it and decode it again, so that
 * prerequisites and values are judged by the one set of rules there is.
 */
static int
match_check(struct parse *ps, const struct ofp_match *m)
{
	struct ofp_match again;
	struct ofp_rd	 rd;
	struct ofp_wr	 wr;
	enum ofp_error	 error;
	uint8_t		 buf[1024];

	ofp_wr_init(&wr, buf, sizeof(buf));
	ofp_match_encode(&wr, m);
	ofp_rd_init(&rd, buf, ofp_wr_pos(&wr));
	if ((error = ofp_match_decode(&rd, &again)) == OFP_OK)
		return (0);
	return (bad(ps, "match", "%s%s", ofp_error_name(error),
	    error == OFP_BMC_BAD_PREREQ ? ": name the protocol first, "
	    "as in tcp,tcp_dst=80" : ""));
}

int
ofp_parse_match(const char *text, struct ofp_match *m, char *err,
    size_t errlen)
{
	struct parse	 ps = { err, errlen };
	char		*copy, *next, *word;
	int		 rc = 0;

	ofp_match_init(m);
	if ((next = copy = strdup(text)) == NULL)
		return (bad(&ps, "match", "out of memory"));
	while (rc == 0 && (word = strsep(&next, ", \t")) != NULL) {
		if (*word == '\0')
			continue;
		rc = parse_match_word(&ps, word, m);
		if (rc == 0)
			rc = bad(&ps, word, "expected field=value or a "
			    "protocol");
		else if (rc == 1)
			rc = 0;
	}
	free(copy);
	return (rc == 0 ? match_check(&ps, m) : -1);
}

/* set_field:VALUE->FIELD */
static int
parse_set_field(struct parse *ps, char *arg, struct ofp_action *ac)
{
	char	*to = strstr(arg, "->");
	int	 f;

	if (to == NULL)
		return (bad(ps, arg, "expected set_field:VALUE->FIELD"));
	*to = '\0';
	if ((f = field_find(to + 2, NULL)) == -1)
		return (bad(ps, to + 2, "no such field"));
	ac->ac_type = OFP_AT_SET_FIELD;
	ac->u.set.field = f;
	return (parse_value(ps, f, arg, ac->u.set.value));
}

static int
parse_output(struct parse *ps, const char *port, struct ofp_action *ac)
{
	ac->ac_type = OFP_AT_OUTPUT;
	ac->u.output.max_len = 0;
	if (ofp_parse_port_no(port, &ac->u.output.port) == -1)
		return (bad(ps, port, "expected a port number or name"));
	if (ac->u.output.port == OFP_P_CONTROLLER)
		ac->u.output.max_len = OFP_CML_NO_BUFFER;
	return (0);
}

/* Actions that are a word and perhaps a number. */
static const struct {
	const char	*word;
	uint16_t	 type;
	uint64_t	 max;		/* 0: takes none */
} simple_actions[] = {
	{ "copy_ttl_out", OFP_AT_COPY_TTL_OUT, 0 },
	{ "copy_ttl_in", OFP_AT_COPY_TTL_IN, 0 },
	{ "set_mpls_ttl", OFP_AT_SET_MPLS_TTL, 255 },
	{ "dec_mpls_ttl", OFP_AT_DEC_MPLS_TTL, 0 },
	{ "push_vlan", OFP_AT_PUSH_VLAN, 0xffff },
	{ "pop_vlan", OFP_AT_POP_VLAN, 0 },
	{ "strip_vlan", OFP_AT_POP_VLAN, 0 },
	{ "push_mpls", OFP_AT_PUSH_MPLS, 0xffff },
	{ "pop_mpls", OFP_AT_POP_MPLS, 0xffff },
	{ "set_queue", OFP_AT_SET_QUEUE, UINT32_MAX },
	{ "group", OFP_AT_GROUP, UINT32_MAX },
	{ "mod_nw_ttl", OFP_AT_SET_NW_TTL, 255 },
	{ "set_nw_ttl", OFP_AT_SET_NW_TTL, 255 },
	{ "dec_ttl", OFP_AT_DEC_NW_TTL, 0 },
	{ "dec_nw_ttl", OFP_AT_DEC_NW_TTL, 0 },
	{ "push_pbb", OFP_AT_PUSH_PBB, 0xffff },
	{ "pop_pbb", OFP_AT_POP_PBB, 0 }
};

static void
action_number(struct ofp_action *ac, uint64_t v)
{
	switch (ac->ac_type) {
	case OFP_AT_SET_MPLS_TTL:
	case OFP_AT_SET_NW_TTL:
		ac->u.ttl = v;
		break;
	case OFP_AT_SET_QUEUE:
		ac->u.queue = v;
		break;
	case OFP_AT_GROUP:
		ac->u.group = v;
		break;
	default:
		ac->u.ethertype = v;
	}
}

/* The numbers that mod_vlan_vid and friends take become set-field. */
static int
parse_mod(struct parse *ps, const char *word, const char *arg,
    struct ofp_action *ac)
{
	static const struct {
		const char	*word;
		int		 field;
	} mods[] = {
		{ "mod_dl_src", OFP_XMT_ETH_SRC },
		{ "mod_dl_dst", OFP_XMT_ETH_DST },
		{ "mod_nw_src", OFP_XMT_IPV4_SRC },
		{ "mod_nw_dst", OFP_XMT_IPV4_DST },
		{ "mod_vlan_pcp", OFP_XMT_VLAN_PCP },
		{ "mod_vlan_vid", OFP_XMT_VLAN_VID }
	};
	size_t	i;

	for (i = 0; i < nitems(mods); i++)
		if (strcmp(mods[i].word, word) == 0) {
			ac->ac_type = OFP_AT_SET_FIELD;
			ac->u.set.field = mods[i].field;
			if (parse_value(ps, mods[i].field, arg,
			    ac->u.set.value) == -1)
				return (-1);
			if (mods[i].field == OFP_XMT_VLAN_VID)
				ac->u.set.value[0] |= OFP_VID_PRESENT >> 8;
			return (0);
		}
	return (bad(ps, word, "no such action"));
}

static int
parse_action(struct parse *ps, char *word, struct ofp_action *ac)
{
	char		*arg = word + strcspn(word, ":=");
	uint64_t	 v;
	uint32_t	 port;
	size_t		 i;

	memset(ac, 0, sizeof(*ac));
	if (*arg != '\0')
		*arg++ = '\0';
	if (strcmp(word, "output") == 0)
		return (parse_output(ps, arg, ac));
	if (strcmp(word, "set_field") == 0)
		return (parse_set_field(ps, arg, ac));
	if (strcasecmp(word, "controller") == 0) {
		parse_output(ps, "controller", ac);
		if (*arg != '\0' && !number(arg, 0xffff, &v))
			return (bad(ps, arg, "expected a length in bytes"));
		if (*arg != '\0')
			ac->u.output.max_len = v;
		return (0);
	}
	for (i = 0; i < nitems(simple_actions); i++) {
		if (strcmp(simple_actions[i].word, word) != 0)
			continue;
		ac->ac_type = simple_actions[i].type;
		if (simple_actions[i].max == 0)
			return (0);
		if (!number(arg, simple_actions[i].max, &v))
			return (bad(ps, word, "expected %s:NUMBER", word));
		action_number(ac, v);
		return (0);
	}
	if (*arg == '\0' && ofp_parse_port_no(word, &port) == 0)
		return (parse_output(ps, word, ac));
	return (parse_mod(ps, word, arg, ac));
}

/* The next word at depth 0 of brackets, cut out of *text. */
static char *
action_word(char **text)
{
	char	*start, *p;
	int	 depth = 0;

	*text += strspn(*text, ", \t");
	if (**text == '\0')
		return (NULL);
	start = p = *text;
	for (; *p != '\0'; p++) {
		if (*p == '(')
			depth++;
		else if (*p == ')')
			depth--;
		else if (depth == 0 && (*p == ',' || isspace(
		    (unsigned char)*p)))
			break;
	}
	*text = *p != '\0' ? p + 1 : p;
	*p = '\0';
	return (start);
}

static int
parse_action_list(struct parse *ps, char *text, struct ofp_wr *wr)
{
	struct ofp_action	 ac;
	char			*word;

	while ((word = action_word(&text)) != NULL) {
		if (strcmp(word, "drop") == 0)
			continue;
		if (parse_action(ps, word, &ac) == -1)
			return (-1);
		ofp_action_encode(wr, &ac);
	}
	return (ofp_wr_err(wr) ? bad(ps, "actions", "too many") : 0);
}

int
ofp_parse_actions(const char *text, struct ofp_wr *wr, char *err,
    size_t errlen)
{
	struct parse	 ps = { err, errlen };
	char		*copy;
	int		 rc;

	if ((copy = strdup(text)) == NULL)
		return (bad(&ps, "actions", "out of memory"));
	rc = parse_action_list(&ps, copy, wr);
	free(copy);
	return (rc);
}

/* write_metadata:VALUE[/MASK] */
static int
parse_metadata(struct parse *ps, char *arg, struct ofp_instructions *in)
{
	char	*mask = strchr(arg, '/');

	if (mask != NULL)
		*mask++ = '\0';
	in->in_metadata_mask = UINT64_MAX;
	if (!number(arg, UINT64_MAX, &in->in_metadata) || (mask != NULL &&
	    !number(mask, UINT64_MAX, &in->in_metadata_mask)))
		return (bad(ps, arg, "expected write_metadata:VALUE[/MASK]"));
	in->in_present |= 1U << OFP_IT_WRITE_METADATA;
	return (0);
}

/* A word that is an instruction.  1: taken, 0: it is an action, -1. */
static int
parse_instruction(struct parse *ps, char *word, struct ofp_instructions *in,
    struct ofp_wr *write)
{
	uint64_t	v;
	char		*end;

	if (strncmp(word, "goto_table:", 11) == 0) {
		if (!number(word + 11, OFP_TT_MAX, &v))
			return (bad(ps, word, "expected a table from 0 to "
			    "254"));
		in->in_goto = v;
		in->in_present |= 1U << OFP_IT_GOTO_TABLE;
	} else if (strncmp(word, "meter:", 6) == 0) {
		if (!number(word + 6, UINT32_MAX, &v))
			return (bad(ps, word, "expected a meter number"));
		in->in_meter = v;
		in->in_present |= 1U << OFP_IT_METER;
	} else if (strcmp(word, "clear_actions") == 0) {
		in->in_present |= 1U << OFP_IT_CLEAR_ACTIONS;
	} else if (strncmp(word, "write_metadata:", 15) == 0) {
		return (parse_metadata(ps, word + 15, in) == -1 ? -1 : 1);
	} else if (strncmp(word, "write_actions(", 14) == 0) {
		if ((end = strrchr(word, ')')) == NULL)
			return (bad(ps, word, "the closing bracket is "
			    "missing"));
		*end = '\0';
		in->in_present |= 1U << OFP_IT_WRITE_ACTIONS;
		if (parse_action_list(ps, word + 14, write) == -1)
			return (-1);
	} else
		return (0);
	return (1);
}

/* Words to instructions; actions go to apply and write. */
static int
parse_instruction_words(struct parse *ps, char *text,
    struct ofp_instructions *in, struct ofp_wr *apply, struct ofp_wr *write)
{
	struct ofp_action	 ac;
	char			*word;
	int			 rc;

	while ((word = action_word(&text)) != NULL) {
		if (strcmp(word, "drop") == 0)
			continue;
		if ((rc = parse_instruction(ps, word, in, write)) == -1)
			return (-1);
		if (rc == 1)
			continue;
		if (parse_action(ps, word, &ac) == -1)
			return (-1);
		ofp_action_encode(apply, &ac);
		in->in_present |= 1U << OFP_IT_APPLY_ACTIONS;
	}
	if (ofp_wr_err(apply) || ofp_wr_err(write))
		return (bad(ps, "actions", "too many"));
	return (0);
}

static int
parse_instructions(struct parse *ps, char *text, struct ofp_wr *wr)
{
	struct ofp_instructions	 in;
	struct ofp_wr		 apply, write;
	uint8_t			*buf;
	const size_t		 room = 16384;
	int			 rc;

	if ((buf = malloc(2 * room)) == NULL)
		return (bad(ps, "actions", "out of memory"));
	memset(&in, 0, sizeof(in));
	ofp_wr_init(&apply, buf, room);
	ofp_wr_init(&write, buf + room, room);
	rc = parse_instruction_words(ps, text, &in, &apply, &write);
	if (rc == 0) {
		ofp_rd_init(&in.in_apply, buf, ofp_wr_pos(&apply));
		ofp_rd_init(&in.in_write, buf + room, ofp_wr_pos(&write));
		ofp_instructions_encode(wr, &in);
	}
	free(buf);
	return (rc);
}

/* A word that is a property of the flow.  1: taken, 0: none, -1. */
static int
parse_flow_word(struct parse *ps, const char *word, struct ofp_flow *f)
{
	static const struct {
		const char	*word;
		uint16_t	 flag;
	} flags[] = {
		{ "send_flow_rem", OFP_FF_SEND_FLOW_REM },
		{ "check_overlap", OFP_FF_CHECK_OVERLAP },
		{ "reset_counts", OFP_FF_RESET_COUNTS },
		{ "no_packet_counts", OFP_FF_NO_PKT_COUNTS },
		{ "no_byte_counts", OFP_FF_NO_BYT_COUNTS }
	};
	const char	*value = strchr(word, '=');
	size_t		 len, i;
	uint64_t	 v;

	for (i = 0; i < nitems(flags); i++)
		if (strcmp(flags[i].word, word) == 0) {
			f->f_flags |= flags[i].flag;
			return (1);
		}
	if (value == NULL)
		return (0);
	len = value++ - word;
#define IS(name)	(len == strlen(name) && strncmp(word, name, len) == 0)
	if (IS("out_port"))
		return (ofp_parse_port_no(value, &f->f_out_port) == 0 ? 1 :
		    bad(ps, word, "expected a port number or name"));
	if (!(IS("priority") || IS("table") || IS("idle_timeout") ||
	    IS("hard_timeout") || IS("cookie") || IS("out_group") ||
	    IS("flags")))
		return (0);
	if (IS("cookie") && strchr(value, '/') != NULL) {
		char	*end;

		f->f_cookie = strtoull(value, &end, 0);
		if (*end != '/' || !number(end + 1, UINT64_MAX,
		    &f->f_cookie_mask))
			return (bad(ps, word, "expected cookie=VALUE/MASK"));
		return (1);
	}
	if (!number(value, IS("cookie") ? UINT64_MAX : IS("out_group") ?
	    UINT32_MAX : IS("table") ? 255 : 65535, &v))
		return (bad(ps, word, "the number is out of range"));
	if (IS("priority"))
		f->f_priority = v;
	else if (IS("table"))
		f->f_table = v;
	else if (IS("idle_timeout"))
		f->f_idle = v;
	else if (IS("hard_timeout"))
		f->f_hard = v;
	else if (IS("out_group"))
		f->f_out_group = v;
	else if (IS("flags"))
		f->f_flags = v;
	else
		f->f_cookie = v;
#undef IS
	return (1);
}

/* Find "actions=" or "action=" and cut the text there. */
static char *
cut_actions(char *text)
{
	char	*p;

	for (p = text; (p = strstr(p, "action")) != NULL; p++) {
		size_t	n = strncmp(p, "actions=", 8) == 0 ? 8 :
			    strncmp(p, "action=", 7) == 0 ? 7 : 0;

		if (n > 0 && (p == text || strchr(", \t", p[-1]) != NULL)) {
			*p = '\0';
			return (p + n);
		}
	}
	return (NULL);
}

int
ofp_parse_flow(const char *text, enum ofp_flow_command command,
    struct ofp_flow *f, struct ofp_wr *instr, char *err, size_t errlen)
{
	struct parse	 ps = { err, errlen };
	char		*copy, *next, *word, *actions;
	int		 rc = 0;

	ofp_flow_init(f, command);
	if (command >= OFP_FC_DELETE)
		f->f_table = OFP_TT_ALL;
	if ((next = copy = strdup(text)) == NULL)
		return (bad(&ps, "flow", "out of memory"));
	actions = cut_actions(copy);
	while (rc == 0 && (word = strsep(&next, ", \t")) != NULL) {
		if (*word == '\0')
			continue;
		if ((rc = parse_flow_word(&ps, word, f)) == 0)
			rc = parse_match_word(&ps, word, &f->f_match);
		if (rc == 0)
			rc = bad(&ps, word, "expected field=value, a protocol "
			    "or a property such as priority=10");
		else if (rc == 1)
			rc = 0;
	}
	if (rc == 0)
		rc = match_check(&ps, &f->f_match);
	if (rc == 0 && actions != NULL)
		rc = parse_instructions(&ps, actions, instr);
	else if (rc == 0 && command < OFP_FC_DELETE)
		rc = bad(&ps, text, "actions= is missing (actions=drop drops)");
	free(copy);
	return (rc);
}
