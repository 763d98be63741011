/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_msg.h: the message table, the header, and the small messages.
 *
 * Whoever receives a stream calls ofp_msg_frame until it has a whole message,
 * then ofp_msg_check once: after it the version, the type, the direction and
 * the length against the type's fixed part are right.  Then the type's decoder.
 *
 * What all headers of the codec have in common:
 *
 *	x_decode(rd, x)		fills x from rd, which stands behind the header
 *				of the message (or in front of a struct within)
 *				and is then behind what was read.  OFP_OK, or
 *				the error to send back, and x worth nothing.
 *	x_next(rd, x, &err)	the next entry of a list: true, or false at its
 *				end, *err then OFP_OK or what was wrong.
 *	x_encode(wr, ..)	a whole message with its header, or a struct.
 *				The caller asks ofp_wr_err once at the end;
 *				pads are zero.
 *	x_begin, x_end		around what the caller writes in between: begin
 *				gives the position that end wants.
 *
 * Values in structs are in host order.  Pointers and readers in a decoded
 * struct point into the message, and live as long as it does; nothing is
 * allocated or kept, nothing changes outside of the arguments, any context.
 * Section numbers are those of the OpenFlow Switch Specification 1.3.5.
 */
#ifndef _NET_OFP_MSG_H_
#define _NET_OFP_MSG_H_

#include "ofp.h"
#include "ofp_buf.h"

struct ofp_hdr {
	uint8_t		h_version;
	uint8_t		h_type;
	uint16_t	h_len;
	uint32_t	h_xid;
};

enum ofp_dir {			/* who receives (bits) */
	OFP_TO_SWITCH = 1,
	OFP_TO_CONTROLLER = 2
};

/*
 * Length of the message that starts at p: 0 when more bytes are needed to
 * tell, -1 when the framing is lost (length field below 8).
 */
int	ofp_msg_frame(const uint8_t *p, size_t have);

/*
 * Check a whole message against the table of its version (1 or 4): version
 * (version 0: any known), type, direction, length.  hdr is always filled when
 * len >= 8.  rd stands behind the header.  7.1.1, 7.4.4.
 */
enum ofp_error ofp_msg_check(const uint8_t *p, size_t len, uint8_t version,
	    enum ofp_dir, struct ofp_hdr *, struct ofp_rd *);

/* "FLOW_MOD"; NULL for a type that the version does not have. */
const char *ofp_msg_name(uint8_t version, uint8_t type);

/*
 * Begin and end a message.  end fills in the length; a message above 64 KB
 * fails the writer.  7.1.1.
 */
size_t	ofp_msg_begin(struct ofp_wr *, uint8_t version, uint8_t type,
	    uint32_t xid);
void	ofp_msg_end(struct ofp_wr *, size_t start);
/* A message that is a header only. */
void	ofp_msg_bare(struct ofp_wr *, uint8_t version, uint8_t type,
	    uint32_t xid);

/* HELLO, 7.5.1.  bits: bit n set = wire version n offered. */
struct ofp_hello {
	uint8_t		he_version;	/* of the header */
	bool		he_bitmap;	/* a version bitmap was there */
	uint32_t	he_bits;	/* versions 0..31 */
};
/* Never fails: elements unknown, odd or cut are passed over. */
enum ofp_error ofp_hello_decode(struct ofp_rd *, uint8_t version,
	    struct ofp_hello *);
/* The header has the highest version of bits, the bitmap all. */
void	ofp_hello_encode(struct ofp_wr *, uint32_t xid, uint32_t bits);
/* The version to speak, or 0: none in common.  6.3.1. */
uint8_t	ofp_hello_negotiate(uint32_t ours, const struct ofp_hello *);

/* ERROR, 7.4.4. */
struct ofp_error_msg {
	uint16_t	er_type;
	uint16_t	er_code;	/* exp_type for an experimenter error */
	uint32_t	er_experimenter;
	const uint8_t	*er_data;	/* points into the message */
	size_t		er_len;
};
/* The two numbers of the wire. */
uint16_t ofp_error_type(enum ofp_error);
uint16_t ofp_error_code(enum ofp_error);
/* "FLOW_MOD_FAILED/TABLE_FULL"; of numbers received, into buf if unknown. */
const char *ofp_error_name(enum ofp_error);
const char *ofp_error_str(uint8_t version, uint16_t type, uint16_t code,
	    char *buf, size_t len);
/* BRC_BAD_LEN is its only error, and is not to be answered (6.1.3). */
enum ofp_error ofp_error_decode(struct ofp_rd *, struct ofp_error_msg *);
/*
 * req: the offending message of len bytes; its xid and its first 64 bytes (or
 * all) go along.  In 1.0 what only 1.3 can say becomes BAD_REQUEST/BAD_LEN.
 */
void	ofp_error_encode(struct ofp_wr *, uint8_t version, enum ofp_error,
	    const uint8_t *req, size_t len);
/* HELLO_FAILED with words for people; text is NUL terminated. */
void	ofp_error_hello_encode(struct ofp_wr *, uint8_t version, uint32_t xid,
	    enum ofp_error, const char *text);

/* ECHO, 7.5.2, 7.5.3: any data; a reply repeats those of the request. */
void	ofp_echo_encode(struct ofp_wr *, uint8_t version, bool reply,
	    uint32_t xid, const uint8_t *data, size_t);

/* FEATURES_REPLY, 7.3.1 (1.0: with ports behind it, see ofp10.h). */
struct ofp_features {
	uint64_t	fe_dpid;
	uint32_t	fe_buffers;
	uint8_t		fe_tables;
	uint8_t		fe_aux;
	uint32_t	fe_capabilities;
	uint32_t	fe_actions;	/* 1.0 only */
};
enum ofp_error ofp_features_decode(struct ofp_rd *, struct ofp_features *);
void	ofp_features_encode(struct ofp_wr *, uint32_t xid,
	    const struct ofp_features *);

/* GET_CONFIG_REPLY and SET_CONFIG, 7.3.2 (same layout in 1.0). */
struct ofp_config {
	uint16_t	cf_flags;
	uint16_t	cf_miss_send_len;
};
/* Flags and length are the switch's to judge (SWITCH_CONFIG_FAILED). */
enum ofp_error ofp_config_decode(struct ofp_rd *, struct ofp_config *);
void	ofp_config_encode(struct ofp_wr *, uint8_t version, bool set,
	    uint32_t xid, const struct ofp_config *);

/* Ports, 7.2.1: description, status, mod. */
struct ofp_port {
	uint32_t	po_no;
	uint8_t		po_hwaddr[6];
	char		po_name[17];
	uint32_t	po_config;
	uint32_t	po_state;
	uint32_t	po_curr, po_advertised, po_supported, po_peer;
	uint32_t	po_curr_speed, po_max_speed;	/* kb/s */
};
/* One port of 64 bytes; OFP_BRC_BAD_LEN when short. */
enum ofp_error ofp_port_decode(struct ofp_rd *, struct ofp_port *);
void	ofp_port_encode(struct ofp_wr *, const struct ofp_port *);

struct ofp_port_status {
	uint8_t		ps_reason;
	struct ofp_port	ps_port;
};
/* 7.4.3. */
enum ofp_error ofp_port_status_decode(struct ofp_rd *,
	    struct ofp_port_status *);
void	ofp_port_status_encode(struct ofp_wr *, uint32_t xid,
	    const struct ofp_port_status *);

struct ofp_port_mod {
	uint32_t	pm_no;
	uint8_t		pm_hwaddr[6];
	uint32_t	pm_config, pm_mask, pm_advertise;
};
/*
 * PORT_MOD_FAILED/BAD_CONFIG and BAD_ADVERTISE for bits that do not exist;
 * which ports do, and with which address, is for the switch.  7.3.4.3.
 */
enum ofp_error ofp_port_mod_decode(struct ofp_rd *, struct ofp_port_mod *);
void	ofp_port_mod_encode(struct ofp_wr *, uint32_t xid,
	    const struct ofp_port_mod *);

/* TABLE_MOD, 7.3.3. */
struct ofp_table_mod {
	uint8_t		tm_table;
	uint32_t	tm_config;
};
/* TABLE_MOD_FAILED/BAD_CONFIG for all but the two deprecated bits. */
enum ofp_error ofp_table_mod_decode(struct ofp_rd *, struct ofp_table_mod *);
void	ofp_table_mod_encode(struct ofp_wr *, uint32_t xid,
	    const struct ofp_table_mod *);

/* ROLE_REQUEST and ROLE_REPLY, 7.3.9. */
struct ofp_role_msg {
	uint32_t	ro_role;	/* any value: the switch checks it */
	uint64_t	ro_generation;
};
enum ofp_error ofp_role_decode(struct ofp_rd *, struct ofp_role_msg *);
void	ofp_role_encode(struct ofp_wr *, bool reply, uint32_t xid,
	    const struct ofp_role_msg *);
/* ROLE_STATUS, EXT-191: an experimenter message. */
#define OFP_ONF_ROLE_STATUS	1911
struct ofp_role_status {
	uint32_t	rs_role;
	uint8_t		rs_reason;	/* 0: another became master */
	uint64_t	rs_generation;
};
/* rd behind the experimenter words. */
enum ofp_error ofp_role_status_decode(struct ofp_rd *,
	    struct ofp_role_status *);
void	ofp_role_status_encode(struct ofp_wr *, uint32_t xid, uint32_t role,
	    uint8_t reason, uint64_t generation);

/* GET_ASYNC_REPLY and SET_ASYNC, 7.3.10: [0] master or equal, [1] slave. */
struct ofp_async {
	uint32_t	as_packet_in[2];
	uint32_t	as_port_status[2];
	uint32_t	as_flow_removed[2];
	uint32_t	as_requestforward[2];	/* not in these messages */
};
enum ofp_error ofp_async_decode(struct ofp_rd *, struct ofp_async *);
void	ofp_async_encode(struct ofp_wr *, bool set, uint32_t xid,
	    const struct ofp_async *);
/*
 * The masks as 1.4 has them, one by one; what is not named stays as it is.
 * 1.3 has no message for masks of extensions, so this one is Nicira's: an
 * experimenter message with a list of properties.
 */
#define OFP_NX_SET_ASYNC	27
enum ofp_async_type {
	OFP_ACPT_PACKET_IN_SLAVE = 0, OFP_ACPT_PACKET_IN_MASTER,
	OFP_ACPT_PORT_STATUS_SLAVE, OFP_ACPT_PORT_STATUS_MASTER,
	OFP_ACPT_FLOW_REMOVED_SLAVE, OFP_ACPT_FLOW_REMOVED_MASTER,
	OFP_ACPT_REQUESTFORWARD_SLAVE = 10, OFP_ACPT_REQUESTFORWARD_MASTER
};
struct ofp_async_prop {
	uint16_t	ap_type;
	uint32_t	ap_mask;
};
/*
 * rd behind the experimenter words.  False at the end; *err is BAD_LEN, or
 * ASYNC_CONFIG_FAILED/INVALID (EXT-237) for a length that cannot be.
 */
bool	ofp_async_prop_next(struct ofp_rd *, struct ofp_async_prop *,
	    enum ofp_error *);
size_t	ofp_async_props_begin(struct ofp_wr *, uint32_t xid);
void	ofp_async_prop_encode(struct ofp_wr *, const struct ofp_async_prop *);

/* Request forward, EXT-235: the whole of another controller's message. */
#define OFP_ONF_REQUESTFORWARD	2350
enum ofp_requestforward_reason {
	OFP_RFR_GROUP_MOD = 0, OFP_RFR_METER_MOD
};
struct ofp_requestforward {
	const uint8_t	*rf_msg;
	size_t		rf_len;
};
/* rd behind the experimenter words. */
enum ofp_error ofp_requestforward_decode(struct ofp_rd *,
	    struct ofp_requestforward *);
void	ofp_requestforward_encode(struct ofp_wr *, uint32_t xid,
	    const struct ofp_requestforward *);

/* EXPERIMENTER, 7.5.4: the two words in front of its body. */
struct ofp_experimenter {
	uint32_t	ex_id;
	uint32_t	ex_type;
};
enum ofp_error ofp_experimenter_decode(struct ofp_rd *,
	    struct ofp_experimenter *);	/* rd then stands at the body */

/* Bundles, EXT-230. */
#define OFP_ONF_BUNDLE_CONTROL	2300
#define OFP_ONF_BUNDLE_ADD	2301
enum ofp_bundle_ctrl_type {
	OFP_BCT_OPEN_REQUEST = 0, OFP_BCT_OPEN_REPLY, OFP_BCT_CLOSE_REQUEST,
	OFP_BCT_CLOSE_REPLY, OFP_BCT_COMMIT_REQUEST, OFP_BCT_COMMIT_REPLY,
	OFP_BCT_DISCARD_REQUEST, OFP_BCT_DISCARD_REPLY
};
#define OFP_BF_ATOMIC		1
#define OFP_BF_ORDERED		2
struct ofp_bundle_ctrl {
	uint32_t	bc_id;
	uint16_t	bc_type;
	uint16_t	bc_flags;
};
/* rd behind the experimenter words.  BUNDLE_FAILED/BAD_TYPE, BAD_FLAGS. */
enum ofp_error ofp_bundle_ctrl_decode(struct ofp_rd *,
	    struct ofp_bundle_ctrl *);
void	ofp_bundle_ctrl_encode(struct ofp_wr *, uint32_t xid,
	    const struct ofp_bundle_ctrl *);
struct ofp_bundle_add {
	uint32_t	ba_id;
	uint16_t	ba_flags;
	const uint8_t	*ba_msg;	/* inner message, within the outer */
	size_t		ba_len;
};
/*
 * xid: of the outer message, which the inner one must have.  BUNDLE_FAILED/
 * MSG_BAD_LEN, MSG_BAD_XID, MSG_UNSUP (another version) and BAD_FLAGS; the
 * inner message's type and body are the caller's to check.
 */
enum ofp_error ofp_bundle_add_decode(struct ofp_rd *, uint32_t xid,
	    struct ofp_bundle_add *);

#endif /* _NET_OFP_MSG_H_ */
