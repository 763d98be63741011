/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_error.c: errors as messages and as names (7.4.4), of both versions.
 *
 * The codes of 1.3 come from OFP_ERRORS in ofp.h; those of the extensions and
 * of 1.0 stand in tables here.
 */
#include "ofp_msg.h"

struct ofp_error_row {
	uint16_t	 ew_type;
	uint16_t	 ew_code;
	const char	*ew_name;
};

#define OFP_ERROR_ROW(type, abbr, tnum, name, num)			\
	{ (tnum), (num), #type "/" #name },
static const struct ofp_error_row ofp_error_rows[] = {
	OFP_ERRORS(OFP_ERROR_ROW)
};

/* ew_code is the exp_type of an error of ONF's experimenter id. */
static const struct ofp_error_row ofp_error_exp_rows[] = {
	{ OFP_ET_EXPERIMENTER, 2300, "BUNDLE_FAILED/UNKNOWN" },
	{ OFP_ET_EXPERIMENTER, 2301, "BUNDLE_FAILED/EPERM" },
	{ OFP_ET_EXPERIMENTER, 2302, "BUNDLE_FAILED/BAD_ID" },
	{ OFP_ET_EXPERIMENTER, 2303, "BUNDLE_FAILED/BUNDLE_EXIST" },
	{ OFP_ET_EXPERIMENTER, 2304, "BUNDLE_FAILED/BUNDLE_CLOSED" },
	{ OFP_ET_EXPERIMENTER, 2305, "BUNDLE_FAILED/OUT_OF_BUNDLES" },
	{ OFP_ET_EXPERIMENTER, 2306, "BUNDLE_FAILED/BAD_TYPE" },
	{ OFP_ET_EXPERIMENTER, 2307, "BUNDLE_FAILED/BAD_FLAGS" },
	{ OFP_ET_EXPERIMENTER, 2308, "BUNDLE_FAILED/MSG_BAD_LEN" },
	{ OFP_ET_EXPERIMENTER, 2309, "BUNDLE_FAILED/MSG_BAD_XID" },
	{ OFP_ET_EXPERIMENTER, 2310, "BUNDLE_FAILED/MSG_UNSUP" },
	{ OFP_ET_EXPERIMENTER, 2311, "BUNDLE_FAILED/MSG_CONFLICT" },
	{ OFP_ET_EXPERIMENTER, 2312, "BUNDLE_FAILED/MSG_TOO_MANY" },
	{ OFP_ET_EXPERIMENTER, 2313, "BUNDLE_FAILED/MSG_FAILED" },
	{ OFP_ET_EXPERIMENTER, 2314, "BUNDLE_FAILED/TIMEOUT" },
	{ OFP_ET_EXPERIMENTER, 2315, "BUNDLE_FAILED/BUNDLE_IN_PROGRESS" },
	{ OFP_ET_EXPERIMENTER, 2360, "FLOW_MOD_FAILED/BAD_PRIORITY" },
	{ OFP_ET_EXPERIMENTER, 2370, "ASYNC_CONFIG_FAILED/INVALID" },
	{ OFP_ET_EXPERIMENTER, 2371, "ASYNC_CONFIG_FAILED/UNSUPPORTED" },
	{ OFP_ET_EXPERIMENTER, 2372, "ASYNC_CONFIG_FAILED/EPERM" },
	{ OFP_ET_EXPERIMENTER, 2600, "BAD_INSTRUCTION/DUP_INST" },
	{ OFP_ET_EXPERIMENTER, 2640, "BAD_REQUEST/MULTIPART_REQUEST_TIMEOUT" },
	{ OFP_ET_EXPERIMENTER, 2641, "BAD_REQUEST/MULTIPART_REPLY_TIMEOUT" },
};

static const struct ofp_error_row ofp10_error_rows[] = {
	{ 0, 0, "HELLO_FAILED/INCOMPATIBLE" },
	{ 0, 1, "HELLO_FAILED/EPERM" },
	{ 1, 0, "BAD_REQUEST/BAD_VERSION" },
	{ 1, 1, "BAD_REQUEST/BAD_TYPE" },
	{ 1, 2, "BAD_REQUEST/BAD_STAT" },
	{ 1, 3, "BAD_REQUEST/BAD_VENDOR" },
	{ 1, 4, "BAD_REQUEST/BAD_SUBTYPE" },
	{ 1, 5, "BAD_REQUEST/EPERM" },
	{ 1, 6, "BAD_REQUEST/BAD_LEN" },
	{ 1, 7, "BAD_REQUEST/BUFFER_EMPTY" },
	{ 1, 8, "BAD_REQUEST/BUFFER_UNKNOWN" },
	{ 2, 0, "BAD_ACTION/BAD_TYPE" },
	{ 2, 1, "BAD_ACTION/BAD_LEN" },
	{ 2, 2, "BAD_ACTION/BAD_VENDOR" },
	{ 2, 3, "BAD_ACTION/BAD_VENDOR_TYPE" },
	{ 2, 4, "BAD_ACTION/BAD_OUT_PORT" },
	{ 2, 5, "BAD_ACTION/BAD_ARGUMENT" },
	{ 2, 6, "BAD_ACTION/EPERM" },
	{ 2, 7, "BAD_ACTION/TOO_MANY" },
	{ 2, 8, "BAD_ACTION/BAD_QUEUE" },
	{ 3, 0, "FLOW_MOD_FAILED/ALL_TABLES_FULL" },
	{ 3, 1, "FLOW_MOD_FAILED/OVERLAP" },
	{ 3, 2, "FLOW_MOD_FAILED/EPERM" },
	{ 3, 3, "FLOW_MOD_FAILED/BAD_EMERG_TIMEOUT" },
	{ 3, 4, "FLOW_MOD_FAILED/BAD_COMMAND" },
	{ 3, 5, "FLOW_MOD_FAILED/UNSUPPORTED" },
	{ 4, 0, "PORT_MOD_FAILED/BAD_PORT" },
	{ 4, 1, "PORT_MOD_FAILED/BAD_HW_ADDR" },
	{ 5, 0, "QUEUE_OP_FAILED/BAD_PORT" },
	{ 5, 1, "QUEUE_OP_FAILED/BAD_QUEUE" },
	{ 5, 2, "QUEUE_OP_FAILED/EPERM" },
};

/*
 * Names.
 */

static const struct ofp_error_row *
ofp_error_find(const struct ofp_error_row *rows, size_t n, uint16_t type,
    uint16_t code)
{
	size_t	i;

	for (i = 0; i < n; i++) {
		if (rows[i].ew_type == type && rows[i].ew_code == code)
			return (&rows[i]);
	}
	return (NULL);
}

uint16_t
ofp_error_type(enum ofp_error e)
{
	if ((e & OFP_ERROR_EXP) != 0)
		return (OFP_ET_EXPERIMENTER);
	return ((uint16_t)((e & ~OFP_ERROR_BIT) >> 16));
}

uint16_t
ofp_error_code(enum ofp_error e)
{
	return ((uint16_t)(e & 0xffff));
}

const char *
ofp_error_name(enum ofp_error e)
{
	const struct ofp_error_row	*row;

	if (e == OFP_OK)
		return ("OK");
	if ((e & OFP_ERROR_EXP) != 0)
		row = ofp_error_find(ofp_error_exp_rows,
		    nitems(ofp_error_exp_rows), OFP_ET_EXPERIMENTER,
		    ofp_error_code(e));
	else
		row = ofp_error_find(ofp_error_rows, nitems(ofp_error_rows),
		    ofp_error_type(e), ofp_error_code(e));
	return (row == NULL ? "UNKNOWN" : row->ew_name);
}

const char *
ofp_error_str(uint8_t version, uint16_t type, uint16_t code, char *buf,
    size_t len)
{
	const struct ofp_error_row	*row;

	if (version == OFP_VERSION_10)
		row = ofp_error_find(ofp10_error_rows,
		    nitems(ofp10_error_rows), type, code);
	else if (type == OFP_ET_EXPERIMENTER)
		row = ofp_error_find(ofp_error_exp_rows,
		    nitems(ofp_error_exp_rows), type, code);
	else
		row = ofp_error_find(ofp_error_rows, nitems(ofp_error_rows),
		    type, code);
	if (row != NULL)
		return (row->ew_name);
	snprintf(buf, len, "type %u/code %u", type, code);
	return (buf);
}

/*
 * Messages.
 */

enum ofp_error
ofp_error_decode(struct ofp_rd *rd, struct ofp_error_msg *er)
{
	er->er_type = ofp_rd_u16(rd);
	er->er_code = ofp_rd_u16(rd);
	er->er_experimenter = 0;
	if (er->er_type == OFP_ET_EXPERIMENTER)
		er->er_experimenter = ofp_rd_u32(rd);
	er->er_len = ofp_rd_left(rd);
	er->er_data = ofp_rd_ptr(rd, er->er_len);
	return (ofp_rd_err(rd) ? OFP_BRC_BAD_LEN : OFP_OK);
}

/*
 * In 1.0 the first three types have the same numbers as far as their codes
 * go; what is new in 1.3 can there only be said as a request that is wrong.
 */
static enum ofp_error
ofp10_error(enum ofp_error e)
{
	if ((e & OFP_ERROR_EXP) == 0 &&
	    ofp_error_type(e) <= OFP_ET_BAD_ACTION &&
	    ofp_error_find(ofp10_error_rows, nitems(ofp10_error_rows),
	    ofp_error_type(e), ofp_error_code(e)) != NULL)
		return (e);
	return (OFP_BRC_BAD_LEN);
}

/* The start of an error message, up to its data. */
static size_t
ofp_error_begin(struct ofp_wr *wr, uint8_t version, uint32_t xid,
    enum ofp_error e)
{
	size_t	start;

	if (version == OFP_VERSION_10)
		e = ofp10_error(e);
	start = ofp_msg_begin(wr, version, OFP_T_ERROR, xid);
	ofp_wr_u16(wr, ofp_error_type(e));
	ofp_wr_u16(wr, ofp_error_code(e));
	if ((e & OFP_ERROR_EXP) != 0)
		ofp_wr_u32(wr, OFP_ONF_EXPERIMENTER);
	return (start);
}

void
ofp_error_encode(struct ofp_wr *wr, uint8_t version, enum ofp_error e,
    const uint8_t *req, size_t len)
{
	size_t	start;

	start = ofp_error_begin(wr, version,
	    len >= OFP_HDR_LEN ? kern_be32_at(req + 4) : 0, e);
	ofp_wr_bytes(wr, req, len < OFP_ERROR_DATA ? len : OFP_ERROR_DATA);
	ofp_msg_end(wr, start);
}

void
ofp_error_hello_encode(struct ofp_wr *wr, uint8_t version, uint32_t xid,
    enum ofp_error e, const char *text)
{
	size_t	start;

	start = ofp_error_begin(wr, version, xid, e);
	ofp_wr_bytes(wr, text, strlen(text));
	ofp_msg_end(wr, start);
}
