/*
 * SPDX-License-Identifier: ISC
 *
 * ofp_mp.h: multipart requests and replies, 7.3.5.
 *
 * A body type has: a request decoder/encoder where it has a request body, an
 * entry decoder `_next` (one entry at a time from a reply's body, false at the
 * end, *err on malformed bytes) and an entry encoder.  A reply that grows past
 * one message is cut between entries by the sender: begin a segment, encode
 * entries while they fit (try, and take the writer's copy back), end it with
 * MORE.
 */
#ifndef _NET_OFP_MP_H_
#define _NET_OFP_MP_H_

#include "ofp_flow.h"
#include "ofp_group.h"
#include "ofp_msg.h"

struct ofp_mp {
	uint16_t	mp_type;
	uint16_t	mp_flags;	/* OFP_MPF_MORE */
};
/*
 * rd then stands at the body.  BAD_REQUEST/BAD_MULTIPART for a request of a
 * type that does not exist; a reply of one is for the caller to skip.
 */
enum ofp_error ofp_mp_decode(struct ofp_rd *, bool reply, struct ofp_mp *);
/* Begin a segment; end it, with REPLY_MORE or REQ_MORE set. */
size_t	ofp_mp_begin(struct ofp_wr *, bool reply, uint32_t xid, uint16_t type);
void	ofp_mp_end(struct ofp_wr *, size_t start, bool more);
/* "FLOW"; NULL for a type that does not exist. */
const char *ofp_mp_name(uint16_t type);

/* DESC, 7.3.5.1: strings, terminated here, cut to their field there. */
struct ofp_desc {
	char	de_mfr[257], de_hw[257], de_sw[257], de_serial[33], de_dp[257];
};
enum ofp_error ofp_desc_decode(struct ofp_rd *, struct ofp_desc *);
void	ofp_desc_encode(struct ofp_wr *, const struct ofp_desc *);

/* FLOW and AGGREGATE, 7.3.5.2 and 3: requests; BAD_MATCH errors. */
struct ofp_flow_req {
	uint8_t		fq_table;
	uint32_t	fq_out_port, fq_out_group;
	uint64_t	fq_cookie, fq_cookie_mask;
	struct ofp_match fq_match;
};
enum ofp_error ofp_flow_req_decode(struct ofp_rd *, struct ofp_flow_req *);
void	ofp_flow_req_encode(struct ofp_wr *, const struct ofp_flow_req *);

struct ofp_flow_stats {
	uint8_t		fs_table;
	uint32_t	fs_sec, fs_nsec;
	uint16_t	fs_priority, fs_idle, fs_hard, fs_flags;
	uint64_t	fs_cookie, fs_packets, fs_bytes;
	struct ofp_match fs_match;
	bool		fs_more;	/* decoded: fields we do not know */
	struct ofp_rd	fs_instr;	/* run of instructions */
};
bool	ofp_flow_stats_next(struct ofp_rd *, struct ofp_flow_stats *,
	    enum ofp_error *);
void	ofp_flow_stats_encode(struct ofp_wr *, const struct ofp_flow_stats *);

struct ofp_aggregate {
	uint64_t	ag_packets, ag_bytes;
	uint32_t	ag_flows;
};
enum ofp_error ofp_aggregate_decode(struct ofp_rd *, struct ofp_aggregate *);
void	ofp_aggregate_encode(struct ofp_wr *, const struct ofp_aggregate *);

/* TABLE, 7.3.5.4. */
struct ofp_table_stats {
	uint8_t		ts_table;
	uint32_t	ts_active;
	uint64_t	ts_lookup, ts_matched;
};
bool	ofp_table_stats_next(struct ofp_rd *, struct ofp_table_stats *,
	    enum ofp_error *);
void	ofp_table_stats_encode(struct ofp_wr *, const struct ofp_table_stats *);

/* PORT_STATS, 7.3.5.6: request is a port number (OFP_P_ANY: all). */
enum ofp_error ofp_port_req_decode(struct ofp_rd *, uint32_t *);
void	ofp_port_req_encode(struct ofp_wr *, uint32_t);
struct ofp_port_stats {
	uint32_t	pt_no;
	uint64_t	pt_rx_packets, pt_tx_packets, pt_rx_bytes, pt_tx_bytes;
	uint64_t	pt_rx_dropped, pt_tx_dropped;
	uint64_t	pt_rx_errors, pt_tx_errors;
	uint64_t	pt_rx_frame_err, pt_rx_over_err, pt_rx_crc_err;
	uint64_t	pt_collisions;
	uint32_t	pt_sec, pt_nsec;
};
bool	ofp_port_stats_next(struct ofp_rd *, struct ofp_port_stats *,
	    enum ofp_error *);
void	ofp_port_stats_encode(struct ofp_wr *, const struct ofp_port_stats *);

/* QUEUE, 7.3.5.8: request is port and queue. */
enum ofp_error ofp_queue_req_decode(struct ofp_rd *, uint32_t *port,
	    uint32_t *queue);
void	ofp_queue_req_encode(struct ofp_wr *, uint32_t port, uint32_t queue);
struct ofp_queue_stats {
	uint32_t	qs_port, qs_queue;
	uint64_t	qs_bytes, qs_packets, qs_errors;
	uint32_t	qs_sec, qs_nsec;
};
bool	ofp_queue_stats_next(struct ofp_rd *, struct ofp_queue_stats *,
	    enum ofp_error *);
void	ofp_queue_stats_encode(struct ofp_wr *, const struct ofp_queue_stats *);

/* GROUP, METER, METER_CONFIG, 7.3.5.9 to 13: request is one number. */
enum ofp_error ofp_id_req_decode(struct ofp_rd *, uint32_t *);
void	ofp_id_req_encode(struct ofp_wr *, uint32_t);

struct ofp_group_stats {
	uint32_t	gs_id, gs_refs;
	uint64_t	gs_packets, gs_bytes;
	uint32_t	gs_sec, gs_nsec;
	struct ofp_rd	gs_buckets;	/* pairs of u64: packets, bytes */
};
bool	ofp_group_stats_next(struct ofp_rd *, struct ofp_group_stats *,
	    enum ofp_error *);
/* begin, ofp_wr_u64 pairs per bucket, end */
size_t	ofp_group_stats_begin(struct ofp_wr *, const struct ofp_group_stats *);
void	ofp_group_stats_end(struct ofp_wr *, size_t start);

struct ofp_group_desc {
	uint8_t		gd_type;
	uint32_t	gd_id;
	struct ofp_rd	gd_buckets;	/* walk with ofp_bucket_next */
};
bool	ofp_group_desc_next(struct ofp_rd *, struct ofp_group_desc *,
	    enum ofp_error *);
void	ofp_group_desc_encode(struct ofp_wr *, const struct ofp_group_desc *);

struct ofp_group_features {
	uint32_t	gf_types, gf_capabilities;
	uint32_t	gf_max[OFP_GT_COUNT], gf_actions[OFP_GT_COUNT];
};
enum ofp_error ofp_group_features_decode(struct ofp_rd *,
	    struct ofp_group_features *);
void	ofp_group_features_encode(struct ofp_wr *,
	    const struct ofp_group_features *);

struct ofp_meter_stats {
	uint32_t	ms_id, ms_flows;
	uint64_t	ms_packets, ms_bytes;
	uint32_t	ms_sec, ms_nsec;
	struct ofp_rd	ms_bands;	/* pairs of u64 */
};
bool	ofp_meter_stats_next(struct ofp_rd *, struct ofp_meter_stats *,
	    enum ofp_error *);
size_t	ofp_meter_stats_begin(struct ofp_wr *, const struct ofp_meter_stats *);
void	ofp_meter_stats_end(struct ofp_wr *, size_t start);

struct ofp_meter_config {
	uint16_t	mc_flags;
	uint32_t	mc_id;
	struct ofp_rd	mc_bands;	/* walk with ofp_band_next */
};
bool	ofp_meter_config_next(struct ofp_rd *, struct ofp_meter_config *,
	    enum ofp_error *);
void	ofp_meter_config_encode(struct ofp_wr *,
	    const struct ofp_meter_config *);

struct ofp_meter_features {
	uint32_t	mf_max, mf_band_types, mf_capabilities;
	uint8_t		mf_max_bands, mf_max_color;
};
enum ofp_error ofp_meter_features_decode(struct ofp_rd *,
	    struct ofp_meter_features *);
void	ofp_meter_features_encode(struct ofp_wr *,
	    const struct ofp_meter_features *);

/* TABLE_FEATURES, 7.3.5.5. All properties as bit sets. */
struct ofp_table_features {
	uint8_t		tf_table;
	char		tf_name[33];
	uint64_t	tf_metadata_match, tf_metadata_write;
	uint32_t	tf_config, tf_max_entries;
	uint32_t	tf_props;		/* bits 1 << OFP_TFPT_* */
	/* [0] for match, [1] for miss */
	uint32_t	tf_instr[2];		/* bits 1 << OFP_IT_* */
	uint64_t	tf_next[2][4];		/* bit per table */
	uint32_t	tf_write[2], tf_apply[2]; /* bits 1 << OFP_AT_* */
	uint64_t	tf_write_set[2], tf_apply_set[2]; /* OFP_FIELD_BIT */
	uint64_t	tf_match, tf_match_masked; /* masked: subset of match */
	uint64_t	tf_wildcards;
	/*
	 * What a switch has to answer to this as a request although its framing
	 * is sound (unknown or repeated ids and properties): BAD_TYPE or
	 * BAD_ARGUMENT of TABLE_FEATURES_FAILED; ignored by a controller.
	 */
	enum ofp_error	tf_error;
};
/* TABLE_FEATURES_FAILED/BAD_LEN in *err for lengths that do not fit. */
bool	ofp_table_features_next(struct ofp_rd *, struct ofp_table_features *,
	    enum ofp_error *);
void	ofp_table_features_encode(struct ofp_wr *,
	    const struct ofp_table_features *);

/* PORT_DESC: entries are ofp_port_decode/encode (ofp_msg.h). */

/* Flow monitors, EXT-187: ofp_monitor.h. */

#endif /* _NET_OFP_MP_H_ */
