/*
 * SPDX-License-Identifier: ISC
 *
 * msg_mp.c: multipart requests from the text of a scenario.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "ofp_monitor.h"
#include "words.h"

static void
mp_flow(struct words *w, struct ofp_wr *wr)
{
	struct ofp_flow_req	 fq;
	const char		*s = words_key(w, "match");
	char			 err[200];

	memset(&fq, 0, sizeof(fq));
	ofp_match_init(&fq.fq_match);
	/* A match has commas and '=': everything behind "match=". */
	if (s != NULL &&
	    ofp_parse_match(s, &fq.fq_match, err, sizeof(err)) == -1)
		words_fail(w, err, s);
	fq.fq_table = (uint8_t)words_num(w, "table", OFP_TT_ALL);
	fq.fq_out_port = (uint32_t)words_num(w, "out_port", OFP_P_ANY);
	fq.fq_out_group = (uint32_t)words_num(w, "out_group", OFP_G_ANY);
	fq.fq_cookie = words_num(w, "cookie", 0);
	fq.fq_cookie_mask = words_num(w, "cookie_mask", 0);
	ofp_flow_req_encode(wr, &fq);
}

static void
mp_port(struct words *w, struct ofp_wr *wr)
{
	ofp_port_req_encode(wr, (uint32_t)words_num(w, "port", OFP_P_ANY));
}

static void
mp_queue(struct words *w, struct ofp_wr *wr)
{
	const char	*s = words_key(w, "queue");

	ofp_queue_req_encode(wr, (uint32_t)words_num(w, "port", OFP_P_ANY),
	    s == NULL || strcmp(s, "all") == 0 ? OFP_Q_ALL :
	    (uint32_t)words_number(w, s));
}

static void
mp_group(struct words *w, struct ofp_wr *wr)
{
	const char	*s = words_key(w, "group");

	ofp_id_req_encode(wr, s == NULL || strcmp(s, "all") == 0 ?
	    OFP_G_ALL : (uint32_t)words_number(w, s));
}

static void
mp_meter(struct words *w, struct ofp_wr *wr)
{
	const char	*s = words_key(w, "meter");

	ofp_id_req_encode(wr, s == NULL || strcmp(s, "all") == 0 ?
	    OFP_M_ALL : (uint32_t)words_number(w, s));
}

static void
mp_bytes(struct words *w, struct ofp_wr *wr)
{
	words_hex(w, wr, 2);
}

/*
 * tfeat tables=0,1,5 [T.KEY=V ...]: the features that these tables announced
 * last, with changes of table T.
 */
static struct ofp_table_features	tfeat[256];

void
msg_tfeat_seen(const struct ofp_table_features *tf)
{
	tfeat[tf->tf_table] = *tf;
}

static void
tfeat_change(struct words *w, struct ofp_table_features *tf, unsigned int t)
{
	static const struct {
		const char	*name;
		size_t		 off, len;
	} keys[] = {
#define KEY(n, m)							\
	{ n, offsetof(struct ofp_table_features, m),			\
	    sizeof(((struct ofp_table_features *)0)->m) }
		KEY("table", tf_table),
		KEY("metadata_match", tf_metadata_match),
		KEY("metadata_write", tf_metadata_write),
		KEY("config", tf_config), KEY("max_entries", tf_max_entries),
		KEY("props", tf_props), KEY("instructions", tf_instr[0]),
		KEY("instructions_miss", tf_instr[1]),
		KEY("write_actions", tf_write[0]),
		KEY("apply_actions", tf_apply[0]),
		KEY("apply_actions_miss", tf_apply[1]),
		KEY("write_setfield", tf_write_set[0]),
		KEY("apply_setfield", tf_apply_set[0]),
		KEY("match", tf_match), KEY("match_masked", tf_match_masked),
		KEY("wildcards", tf_wildcards), KEY("next", tf_next[0][0]),
		KEY("next1", tf_next[0][1]), KEY("next2", tf_next[0][2]),
		KEY("next3", tf_next[0][3]),
#undef KEY
	};
	const char	*s;
	char		 name[40];
	uint64_t	 v;
	uint32_t	 v32;
	uint8_t		 v8;
	size_t		 i;

	snprintf(name, sizeof(name), "%u.name", t);
	if ((s = words_key(w, name)) != NULL)
		snprintf(tf->tf_name, sizeof(tf->tf_name), "%s", s);
	for (i = 0; i < nitems(keys); i++) {
		snprintf(name, sizeof(name), "%u.%s", t, keys[i].name);
		if ((s = words_key(w, name)) == NULL)
			continue;
		v = words_number(w, s);
		v32 = (uint32_t)v;
		v8 = (uint8_t)v;
		memcpy((char *)tf + keys[i].off, keys[i].len == 8 ?
		    (void *)&v : keys[i].len == 4 ? (void *)&v32 :
		    (void *)&v8, keys[i].len);
	}
}

static void
mp_tfeat(struct words *w, struct ofp_wr *wr)
{
	struct ofp_table_features	tf;
	const char			*s = words_key(w, "tables");
	char				*end;
	unsigned long			 t, last;

	for (; s != NULL && *s != '\0'; s = *end == ',' ? end + 1 : end) {
		t = last = strtoul(s, &end, 0);
		if (*end == '-')
			last = strtoul(end + 1, &end, 0);
		for (; t <= last && t < 256; t++) {
			tf = tfeat[t];
			tfeat_change(w, &tf, (unsigned int)t);
			ofp_table_features_encode(wr, &tf);
		}
		if (*end != ',' && *end != '\0') {
			words_fail(w, "not a table", s);
			return;
		}
	}
	words_hex(w, wr, 2);
}

static void
mp_experimenter(struct words *w, struct ofp_wr *wr)
{
	ofp_wr_u32(wr, (uint32_t)words_num(w, "id", OFP_ONF_EXPERIMENTER));
	ofp_wr_u32(wr, (uint32_t)words_num(w, "type", 0));
	words_data(w, wr);
	words_hex(w, wr, 2);
}

/* monitor monitor=1 flags=0x3f table= out_port= match= */
static void
mp_monitor(struct words *w, struct ofp_wr *wr)
{
	struct ofp_monitor	 mo;
	const char		*s = words_key(w, "match");
	char			 err[200];

	memset(&mo, 0, sizeof(mo));
	ofp_match_init(&mo.mo_match);
	if (s != NULL &&
	    ofp_parse_match(s, &mo.mo_match, err, sizeof(err)) == -1)
		words_fail(w, err, s);
	mo.mo_id = (uint32_t)words_num(w, "monitor", 1);
	mo.mo_flags = (uint16_t)words_num(w, "flags", OFP_FMF_MASK);
	mo.mo_table = (uint8_t)words_num(w, "table", OFP_TT_ALL);
	mo.mo_out_port = (uint32_t)words_num(w, "out_port", OFP_P_ANY);
	ofp_wr_u32(wr, OFP_ONF_EXPERIMENTER);
	ofp_wr_u32(wr, OFP_ONF_FLOW_MONITOR);
	ofp_monitor_encode(wr, &mo);
}

static const struct kind mp_kinds[] = {
	{ "desc", OFP_MP_DESC, mp_bytes },
	{ "flow", OFP_MP_FLOW, mp_flow },
	{ "aggregate", OFP_MP_AGGREGATE, mp_flow },
	{ "table", OFP_MP_TABLE, mp_bytes },
	{ "port_stats", OFP_MP_PORT_STATS, mp_port },
	{ "queue", OFP_MP_QUEUE, mp_queue },
	{ "group", OFP_MP_GROUP, mp_group },
	{ "group_desc", OFP_MP_GROUP_DESC, mp_bytes },
	{ "group_features", OFP_MP_GROUP_FEATURES, mp_bytes },
	{ "meter", OFP_MP_METER, mp_meter },
	{ "meter_config", OFP_MP_METER_CONFIG, mp_meter },
	{ "meter_features", OFP_MP_METER_FEATURES, mp_bytes },
	{ "table_features", OFP_MP_TABLE_FEATURES, mp_bytes },
	{ "tfeat", OFP_MP_TABLE_FEATURES, mp_tfeat },
	{ "port_desc", OFP_MP_PORT_DESC, mp_bytes },
	{ "monitor", 0xff, mp_monitor },
	{ "experimenter", 0xff, mp_experimenter },
	{ "raw", 0, mp_bytes },
};

/* mp NAME ... [more] [mptype=N] [mpflags=N] */
void
msg_multipart(struct words *w, struct ofp_wr *wr)
{
	const struct kind	*k = NULL;
	size_t			 i;

	for (i = 0; i < nitems(mp_kinds) && w->w_n > 1; i++) {
		if (strcmp(mp_kinds[i].k_name, w->w_word[1]) == 0)
			k = &mp_kinds[i];
	}
	if (k == NULL) {
		words_fail(w, "no such multipart",
		    w->w_n > 1 ? w->w_word[1] : "");
		return;
	}
	w->w_word[1] = w->w_word[0];	/* not a key */
	ofp_wr_u16(wr, (uint16_t)words_num(w, "mptype",
	    k->k_type == 0xff ? 0xffff : k->k_type));
	ofp_wr_u16(wr, (uint16_t)words_num(w, "mpflags",
	    words_key(w, "more") != NULL ? OFP_MPF_MORE : 0));
	ofp_wr_zero(wr, 4);
	k->k_write(w, wr);
}
