/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_print.c: matches, actions, instructions and frames as text.
 *
 * The syntax is that of ovs-ofctl, which is what people know and what
 * ofp_parse.c reads back.  Whole messages are in ofp_print_msg.c.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ofp_print.h"
#include "ofp_print_msg.h"

void
ofp_text_init(struct ofp_text *tx, char *buf, size_t cap)
{
	tx->tx_buf = buf;
	tx->tx_len = 0;
	tx->tx_cap = cap;
	tx->tx_cut = false;
	if (cap > 0)
		buf[0] = '\0';
}

void
ofp_text_add(struct ofp_text *tx, const char *fmt, ...)
{
	size_t	left = tx->tx_cap - tx->tx_len;
	va_list	ap;
	int	n;

	if (tx->tx_cut || left == 0)
		return;
	va_start(ap, fmt);
	n = vsnprintf(tx->tx_buf + tx->tx_len, left, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < left) {
		tx->tx_len += n;
		return;
	}
	tx->tx_cut = true;
	tx->tx_len = tx->tx_cap - 1;
	if (tx->tx_cap >= 4)
		memcpy(tx->tx_buf + tx->tx_cap - 4, "...", 4);
}

static const struct {
	uint32_t	 no;
	const char	*name;
} port_names[] = {
	{ OFP_P_IN_PORT, "IN_PORT" }, { OFP_P_TABLE, "TABLE" },
	{ OFP_P_NORMAL, "NORMAL" }, { OFP_P_FLOOD, "FLOOD" },
	{ OFP_P_ALL, "ALL" }, { OFP_P_CONTROLLER, "CONTROLLER" },
	{ OFP_P_LOCAL, "LOCAL" }, { OFP_P_ANY, "ANY" }
};

void
ofp_print_port_no(struct ofp_text *tx, uint32_t no)
{
	size_t	i;

	for (i = 0; i < nitems(port_names); i++)
		if (port_names[i].no == no) {
			ofp_text_add(tx, "%s", port_names[i].name);
			return;
		}
	ofp_text_add(tx, "%u", no);
}

/* How the value of a field is written. */
enum form { FORM_NUM, FORM_HEX, FORM_PORT, FORM_MAC, FORM_IPV4, FORM_IPV6 };

static enum form
field_form(enum ofp_field f)
{
	switch ((int)f) {
	case OFP_XMT_IN_PORT:
	case OFP_XMT_IN_PHY_PORT:
	case OFP_FIELD_ACTSET_OUTPUT:
		return (FORM_PORT);
	case OFP_XMT_METADATA:
	case OFP_XMT_ETH_TYPE:
	case OFP_XMT_VLAN_VID:
	case OFP_XMT_IPV6_FLABEL:
	case OFP_XMT_PBB_ISID:
	case OFP_XMT_TUNNEL_ID:
	case OFP_XMT_IPV6_EXTHDR:
	case OFP_FIELD_TCP_FLAGS:
		return (FORM_HEX);
	case OFP_XMT_IPV4_SRC:
	case OFP_XMT_IPV4_DST:
	case OFP_XMT_ARP_SPA:
	case OFP_XMT_ARP_TPA:
	case OFP_FIELD_TUN_IPV4_SRC:
	case OFP_FIELD_TUN_IPV4_DST:
		return (FORM_IPV4);
	}
	switch (ofp_oxm_table[f].ox_len) {
	case 6:
		return (FORM_MAC);
	case 16:
		return (FORM_IPV6);
	default:
		return (FORM_NUM);
	}
}

static uint64_t
number(const uint8_t *v, size_t len)
{
	uint64_t	n = 0;

	while (len-- > 0)
		n = n << 8 | *v++;
	return (n);
}

/* An IPv6 address, the longest run of zeros as "::" (RFC 5952). */
static void
print_ipv6(struct ofp_text *tx, const uint8_t *v)
{
	int	best = -1, bestlen = 1, i, n;

	for (i = 0; i < 8; i++) {
		for (n = 0; i + n < 8 && v[2 * (i + n)] == 0 &&
		    v[2 * (i + n) + 1] == 0; n++)
			;
		if (n > bestlen) {
			best = i;
			bestlen = n;
		}
	}
	for (i = 0; i < 8; i++) {
		if (i == best) {
			ofp_text_add(tx, "::");
			i += bestlen - 1;
			continue;
		}
		ofp_text_add(tx, "%s%x", i > 0 && i != best + bestlen ? ":" :
		    "", v[2 * i] << 8 | v[2 * i + 1]);
	}
}

static void
print_bytes(struct ofp_text *tx, enum form form, const uint8_t *v, size_t len)
{
	switch (form) {
	case FORM_MAC:
		ofp_text_add(tx, "%02x:%02x:%02x:%02x:%02x:%02x", v[0], v[1],
		    v[2], v[3], v[4], v[5]);
		break;
	case FORM_IPV4:
		ofp_text_add(tx, "%u.%u.%u.%u", v[0], v[1], v[2], v[3]);
		break;
	case FORM_IPV6:
		print_ipv6(tx, v);
		break;
	case FORM_PORT:
		ofp_print_port_no(tx, number(v, len));
		break;
	case FORM_HEX:
		ofp_text_add(tx, "0x%llx",
		    (unsigned long long)number(v, len));
		break;
	case FORM_NUM:
		ofp_text_add(tx, "%llu", (unsigned long long)number(v, len));
		break;
	}
}

/* Bits of a prefix mask, or -1: not one. */
static int
prefix_bits(const uint8_t *m, size_t len)
{
	size_t	bits = 0, i;

	while (bits < len * 8 && (m[bits / 8] & 0x80 >> bits % 8) != 0)
		bits++;
	for (i = bits; i < len * 8; i++)
		if ((m[i / 8] & 0x80 >> i % 8) != 0)
			return (-1);
	return (bits);
}

/* The significant bits of a field, as bytes. */
static void
field_ones(const struct ofp_oxm *ox, uint8_t *m)
{
	size_t	i, bits = ox->ox_bits;

	for (i = 0; i < ox->ox_len; i++) {
		size_t	below = (ox->ox_len - 1 - i) * 8;

		m[i] = bits >= below + 8 ? 0xff : bits <= below ? 0 :
		    (1U << (bits - below)) - 1;
	}
}

/* Value or mask of a field out of a key: ox_len bytes, right aligned. */
static void
field_bytes(const struct ofp_key *key, const struct ofp_oxm *ox, uint8_t *v)
{
	const uint8_t	*k = (const uint8_t *)key + ox->ox_off;

	memset(v, 0, 16);
	if (ox->ox_klen >= ox->ox_len)
		memcpy(v, k + ox->ox_klen - ox->ox_len, ox->ox_len);
	else
		memcpy(v + ox->ox_len - ox->ox_klen, k, ox->ox_klen);
}

static void
print_field(struct ofp_text *tx, enum ofp_field f, const struct ofp_match *m)
{
	const struct ofp_oxm	*ox = &ofp_oxm_table[f];
	enum form		 form = field_form(f);
	uint8_t			 v[16], mask[16], ones[16];
	int			 bits;

	field_bytes(&m->m_key, ox, v);
	field_bytes(&m->m_mask, ox, mask);
	field_ones(ox, ones);
	ofp_text_add(tx, "%s=", ox->ox_name);
	print_bytes(tx, form, v, ox->ox_len);
	if (memcmp(mask, ones, ox->ox_len) == 0)
		return;
	ofp_text_add(tx, "/");
	bits = prefix_bits(mask, ox->ox_len);
	if ((form == FORM_IPV4 || form == FORM_IPV6) && bits >= 0)
		ofp_text_add(tx, "%d", bits);
	else
		print_bytes(tx, form == FORM_NUM || form == FORM_PORT ?
		    FORM_HEX : form, mask, ox->ox_len);
}

void
ofp_print_match(struct ofp_text *tx, const struct ofp_match *m)
{
	const char	*sep = "";
	int		 f;

	for (f = 0; f < OFP_NFIELDS; f++)
		if (m->m_fields & OFP_FIELD_BIT(f)) {
			ofp_text_add(tx, "%s", sep);
			print_field(tx, f, m);
			sep = ",";
		}
}

void
ofp_print_match_behind(struct ofp_text *tx, const struct ofp_match *m,
    bool more)
{
	if (m->m_fields != 0) {
		ofp_text_add(tx, " ");
		ofp_print_match(tx, m);
	}
	if (more)
		ofp_text_add(tx, " (and fields unknown)");
}

static void
print_output(struct ofp_text *tx, const struct ofp_action *ac)
{
	if (ac->u.output.port != OFP_P_CONTROLLER) {
		ofp_text_add(tx, "%s", ac->u.output.port <= OFP_P_MAX ?
		    "output:" : "");
		ofp_print_port_no(tx, ac->u.output.port);
	} else if (ac->u.output.max_len == OFP_CML_NO_BUFFER)
		ofp_text_add(tx, "CONTROLLER");
	else
		ofp_text_add(tx, "CONTROLLER:%u", ac->u.output.max_len);
}

void
ofp_print_action(struct ofp_text *tx, const struct ofp_action *ac)
{
	const struct ofp_oxm	*ox;

	switch (ac->ac_type) {
	case OFP_AT_OUTPUT:
		print_output(tx, ac);
		break;
	case OFP_AT_COPY_TTL_OUT:
		ofp_text_add(tx, "copy_ttl_out");
		break;
	case OFP_AT_COPY_TTL_IN:
		ofp_text_add(tx, "copy_ttl_in");
		break;
	case OFP_AT_SET_MPLS_TTL:
		ofp_text_add(tx, "set_mpls_ttl:%u", ac->u.ttl);
		break;
	case OFP_AT_DEC_MPLS_TTL:
		ofp_text_add(tx, "dec_mpls_ttl");
		break;
	case OFP_AT_PUSH_VLAN:
		ofp_text_add(tx, "push_vlan:0x%04x", ac->u.ethertype);
		break;
	case OFP_AT_POP_VLAN:
		ofp_text_add(tx, "pop_vlan");
		break;
	case OFP_AT_PUSH_MPLS:
		ofp_text_add(tx, "push_mpls:0x%04x", ac->u.ethertype);
		break;
	case OFP_AT_POP_MPLS:
		ofp_text_add(tx, "pop_mpls:0x%04x", ac->u.ethertype);
		break;
	case OFP_AT_SET_QUEUE:
		ofp_text_add(tx, "set_queue:%u", ac->u.queue);
		break;
	case OFP_AT_GROUP:
		ofp_text_add(tx, "group:%u", ac->u.group);
		break;
	case OFP_AT_SET_NW_TTL:
		ofp_text_add(tx, "mod_nw_ttl:%u", ac->u.ttl);
		break;
	case OFP_AT_DEC_NW_TTL:
		ofp_text_add(tx, "dec_ttl");
		break;
	case OFP_AT_SET_FIELD:
		ox = &ofp_oxm_table[ac->u.set.field];
		ofp_text_add(tx, "set_field:");
		print_bytes(tx, field_form(ac->u.set.field), ac->u.set.value,
		    ox->ox_len);
		ofp_text_add(tx, "->%s", ox->ox_name);
		break;
	case OFP_AT_PUSH_PBB:
		ofp_text_add(tx, "push_pbb:0x%04x", ac->u.ethertype);
		break;
	case OFP_AT_POP_PBB:
		ofp_text_add(tx, "pop_pbb");
		break;
	case OFP_AT_COPY_FIELD:
		ofp_text_add(tx, "copy_field(%s[%u..%u]->%s[%u..%u])",
		    ofp_oxm_table[ac->u.copy.src].ox_name,
		    ac->u.copy.src_off,
		    ac->u.copy.src_off + ac->u.copy.n_bits - 1,
		    ofp_oxm_table[ac->u.copy.dst].ox_name,
		    ac->u.copy.dst_off,
		    ac->u.copy.dst_off + ac->u.copy.n_bits - 1);
		break;
	case OFP_AT_ENQUEUE:
		ofp_text_add(tx, "enqueue:");
		ofp_print_port_no(tx, ac->u.enqueue.port);
		ofp_text_add(tx, ":%u", ac->u.enqueue.queue);
		break;
	case OFP_AT_EXPERIMENTER:
		ofp_text_add(tx, "experimenter");
		break;
	default:
		ofp_text_add(tx, "action%u", ac->ac_type);
	}
}

void
ofp_print_actions(struct ofp_text *tx, struct ofp_rd rd)
{
	struct ofp_action	ac;
	enum ofp_error		error = OFP_OK;
	const char		*sep = "";

	if (ofp_rd_left(&rd) == 0)
		ofp_text_add(tx, "drop");
	while (ofp_action_next(&rd, &ac, &error)) {
		ofp_text_add(tx, "%s", sep);
		ofp_print_action(tx, &ac);
		sep = ",";
	}
	if (error != OFP_OK)
		ofp_text_add(tx, "%s<%s>", sep, ofp_error_name(error));
}

/* In the order in which they are carried out, 5.9. */
void
ofp_print_instructions(struct ofp_text *tx, struct ofp_rd rd)
{
	struct ofp_instructions	in;
	enum ofp_error		error;
	const char		*sep = "";

	if ((error = ofp_instructions_decode(&rd, NULL, &in)) != OFP_OK) {
		ofp_text_add(tx, "actions=<%s>", ofp_error_name(error));
		return;
	}
	ofp_text_add(tx, "actions=");
	if (in.in_present & 1U << OFP_IT_METER) {
		ofp_text_add(tx, "meter:%u", in.in_meter);
		sep = ",";
	}
	if (in.in_present & 1U << OFP_IT_APPLY_ACTIONS &&
	    ofp_rd_left(&in.in_apply) > 0) {
		ofp_text_add(tx, "%s", sep);
		ofp_print_actions(tx, in.in_apply);
		sep = ",";
	}
	if (in.in_present & 1U << OFP_IT_CLEAR_ACTIONS) {
		ofp_text_add(tx, "%sclear_actions", sep);
		sep = ",";
	}
	if (in.in_present & 1U << OFP_IT_WRITE_ACTIONS) {
		ofp_text_add(tx, "%swrite_actions(", sep);
		ofp_print_actions(tx, in.in_write);
		ofp_text_add(tx, ")");
		sep = ",";
	}
	if (in.in_present & 1U << OFP_IT_WRITE_METADATA) {
		ofp_text_add(tx, "%swrite_metadata:0x%llx", sep,
		    (unsigned long long)in.in_metadata);
		if (in.in_metadata_mask != UINT64_MAX)
			ofp_text_add(tx, "/0x%llx",
			    (unsigned long long)in.in_metadata_mask);
		sep = ",";
	}
	if (in.in_present & 1U << OFP_IT_GOTO_TABLE) {
		ofp_text_add(tx, "%sgoto_table:%u", sep, in.in_goto);
		sep = ",";
	}
	if (*sep == '\0')
		ofp_text_add(tx, "drop");
}

static void
print_frame_l3(struct ofp_text *tx, uint16_t type, struct ofp_rd *rd)
{
	const uint8_t	*p;

	if (type == 0x0806 && (p = ofp_rd_ptr(rd, 28)) != NULL) {
		ofp_text_add(tx, " arp %s ",
		    p[7] == 1 ? "who-has" : p[7] == 2 ? "reply" : "op");
		print_bytes(tx, FORM_IPV4, p + 24, 4);
		ofp_text_add(tx, " tell ");
		print_bytes(tx, FORM_IPV4, p + 14, 4);
	} else if (type == 0x0800 && (p = ofp_rd_ptr(rd, 20)) != NULL) {
		ofp_text_add(tx, " ip ");
		print_bytes(tx, FORM_IPV4, p + 12, 4);
		ofp_text_add(tx, " > ");
		print_bytes(tx, FORM_IPV4, p + 16, 4);
		ofp_text_add(tx, " proto %u", p[9]);
	} else if (type == 0x86dd && (p = ofp_rd_ptr(rd, 40)) != NULL) {
		ofp_text_add(tx, " ip6 ");
		print_ipv6(tx, p + 8);
		ofp_text_add(tx, " > ");
		print_ipv6(tx, p + 24);
		ofp_text_add(tx, " next %u", p[6]);
	}
}

void
ofp_print_frame(struct ofp_text *tx, const uint8_t *f, size_t len)
{
	struct ofp_rd	rd;
	uint16_t	type;

	ofp_rd_init(&rd, f, len);
	if (len < 14) {
		ofp_text_add(tx, "frame of %zu bytes", len);
		return;
	}
	print_bytes(tx, FORM_MAC, f + 6, 6);
	ofp_text_add(tx, " > ");
	print_bytes(tx, FORM_MAC, f, 6);
	ofp_rd_skip(&rd, 12);
	while ((type = ofp_rd_u16(&rd)) == 0x8100 || type == 0x88a8)
		ofp_text_add(tx, " vlan %u", ofp_rd_u16(&rd) & 0xfff);
	ofp_text_add(tx, " type 0x%04x", type);
	print_frame_l3(tx, type, &rd);
}
