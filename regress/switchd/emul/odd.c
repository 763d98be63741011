/*
 * SPDX-License-Identifier: ISC
 *
 * odd.c: HELLOs as switches really send them, and messages as none should.
 */
#include <string.h>

#include "emul.h"

/*
 * HELLO by the model's form: what follows the header.  The bitmap is written
 * by hand as the codec would only write sound ones.
 */
void
odd_hello(uint32_t xid)
{
	uint32_t	 bits = em.em_model->mo_versions;
	struct ofp_wr	*wr = &em.em_wr;
	uint8_t		 top = (uint8_t)(31 - __builtin_clz(bits));
	size_t		 start;

	start = ofp_msg_begin(wr, top, OFP_T_HELLO, xid);
	switch (em.em_model->mo_hello) {
	case HELLO_UNKNOWN:
		ofp_wr_u16(wr, 77);
		ofp_wr_u16(wr, 6);
		ofp_wr_u32(wr, 0);
		break;
	case HELLO_TRAIL:
		ofp_wr_bytes(wr, "\377\377\377", 3);
		break;
	default:
		break;
	}
	if (em.em_model->mo_hello != HELLO_BARE &&
	    em.em_model->mo_hello != HELLO_TRAIL) {
		ofp_wr_u16(wr, OFP_HET_VERSIONBITMAP);
		ofp_wr_u16(wr, 8);
		ofp_wr_u32(wr, bits);
	}
	ofp_msg_end(wr, start);
}

/*
 * Malformed messages: the type, and what stands behind the header.  Types of
 * both versions where they are the same, else those of 1.3.
 */
static const struct {
	uint8_t		 type, type10;
	uint8_t		 len;
	const char	*body;
} odd_rows[] = {
	/* A type nobody has. */
	{ 99, 99, 4, "\1\2\3\4" },
	/* An error without a code. */
	{ OFP_T_ERROR, OFP_T_ERROR, 2, "\0\1" },
	/* An error of an experimenter, cut. */
	{ OFP_T_ERROR, OFP_T_ERROR, 6, "\377\377\0\1\0\1" },
	/* A packet-in with a match longer than the message; one with none. */
	{ OFP_T_PACKET_IN, OFP10_T_PACKET_IN, 32,
	    "\377\377\377\377\0\100\0\0\0\0\0\0\0\0\0\0"
	    "\0\1\177\377\200\0\0\4\0\0\0\1\0\0\0\0" },
	{ OFP_T_PACKET_IN, OFP10_T_PACKET_IN, 4, "\377\377\377\377" },
	/* A packet-in of a frame of three bytes, from port 0. */
	{ OFP_T_PACKET_IN, OFP10_T_PACKET_IN, 37,
	    "\377\377\377\377\0\3\0\0\0\0\0\0\0\0\0\0"
	    "\0\1\0\14\200\0\0\4\0\0\0\0\0\0\0\0\0\0abc" },
	/* A port status, cut. */
	{ OFP_T_PORT_STATUS, OFP10_T_PORT_STATUS, 12,
	    "\2\0\0\0\0\0\0\0\0\0\0\1" },
	/* A flow removed with an OXM of too many bytes. */
	{ OFP_T_FLOW_REMOVED, OFP10_T_FLOW_REMOVED, 56,
	    "\0\0\0\0\0\0\0\1\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	    "\0\1\0\14\200\0\0\77\0\0\0\1\0\0\0\0" },
	/* Statistics nobody asked for, and of a kind nobody knows. */
	{ OFP_T_MULTIPART_REPLY, OFP10_T_STATS_REPLY, 12,
	    "\0\1\0\0\0\0\0\0\377\377\0\0" },
	{ OFP_T_MULTIPART_REPLY, OFP10_T_STATS_REPLY, 8,
	    "\0\143\0\0\0\0\0\0" },
	/* Table features whose length is zero. */
	{ OFP_T_MULTIPART_REPLY, OFP10_T_STATS_REPLY, 16,
	    "\0\14\0\0\0\0\0\0\0\0\0\0\0\0\0\0" },
	/* Answers to nothing. */
	{ OFP_T_BARRIER_REPLY, OFP10_T_BARRIER_REPLY, 0, "" },
	{ OFP_T_FEATURES_REPLY, OFP_T_FEATURES_REPLY, 24,
	    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" },
	/* A request that only a controller makes. */
	{ OFP_T_FLOW_MOD, OFP10_T_FLOW_MOD, 0, "" },
	{ OFP_T_ROLE_REPLY, OFP10_T_QUEUE_GET_CONFIG_REPLY, 1, "\0" }
};

/*
 * Answers: cut, without lengths, full of ones, to something else, of a kind
 * that there is not.
 */
enum { SPOIL_NOT, SPOIL_CUT, SPOIL_ZEROS, SPOIL_ONES, SPOIL_XID, SPOIL_TYPE };

void
odd_spoil(size_t start)
{
	size_t	body = em.em_version == OFP_VERSION_10 ? 12 : 16;
	size_t	len = ofp_wr_pos(&em.em_wr) - start;

	switch (em.em_spoil) {
	case SPOIL_CUT:
		if (len < body + 5)
			break;
		em.em_wr.wr_len -= 5;
		ofp_wr_put16(&em.em_wr, start + 2, (uint16_t)(len - 5));
		break;
	case SPOIL_ZEROS:
		memset(em.em_out + start + body, 0, len - body);
		break;
	case SPOIL_ONES:
		memset(em.em_out + start + body, 0xff, len - body);
		break;
	case SPOIL_XID:
		ofp_wr_put16(&em.em_wr, start + 4, 0x7777);
		break;
	case SPOIL_TYPE:
		ofp_wr_put16(&em.em_wr, start + OFP_HDR_LEN, 0x7777);
		break;
	default:
		break;
	}
}

bool
odd_send(unsigned int n)
{
	size_t	start;

	if (n >= nitems(odd_rows) || em.em_version == 0)
		return (false);
	start = ofp_msg_begin(&em.em_wr, em.em_version,
	    em.em_version == OFP_VERSION_10 ? odd_rows[n].type10 :
	    odd_rows[n].type, 0x80000000 + n);
	ofp_wr_bytes(&em.em_wr, odd_rows[n].body, odd_rows[n].len);
	ofp_msg_end(&em.em_wr, start);
	return (true);
}
