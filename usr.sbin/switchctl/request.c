/*
 * SPDX-License-Identifier: ISC
 *
 * request.c: words to OpenFlow 1.3 requests, see request.h.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "request.h"

static const char *const request_names[] = {
	[REQ_DESC] = "desc", [REQ_FEATURES] = "features",
	[REQ_FLOWS] = "flows", [REQ_TABLES] = "tables",
	[REQ_PORTS] = "ports", [REQ_GROUPS] = "groups",
	[REQ_METERS] = "meters", [REQ_QUEUES] = "queues"
};

int
request_find(const char *word)
{
	size_t	i, n = sizeof(request_names) / sizeof(request_names[0]);
	int	found = -1;

	for (i = 0; i < n; i++) {
		if (strcmp(request_names[i], word) == 0)
			return (i);
		if (strncmp(request_names[i], word, strlen(word)) == 0 &&
		    *word != '\0')
			found = found == -1 ? (int)i : -2;
	}
	return (found < 0 ? -1 : found);
}

/* A multipart request whose body is one number, or nothing. */
static void
ask(struct ofp_wr *wr, uint16_t type)
{
	size_t	start = ofp_mp_begin(wr, false, type + 1, type);

	switch (type) {
	case OFP_MP_PORT_STATS:
		ofp_port_req_encode(wr, OFP_P_ANY);
		break;
	case OFP_MP_GROUP:
		ofp_id_req_encode(wr, OFP_G_ALL);
		break;
	case OFP_MP_METER:
	case OFP_MP_METER_CONFIG:
		ofp_id_req_encode(wr, OFP_M_ALL);
		break;
	case OFP_MP_QUEUE:
		ofp_queue_req_encode(wr, OFP_P_ANY, OFP_Q_ALL);
		break;
	}
	ofp_mp_end(wr, start, false);
}

static int
ask_flows(struct ofp_wr *wr, int table, const char *match, char *err,
    size_t errlen)
{
	struct ofp_flow_req	req;
	size_t			start;

	memset(&req, 0, sizeof(req));
	req.fq_table = table == -1 ? OFP_TT_ALL : table;
	req.fq_out_port = OFP_P_ANY;
	req.fq_out_group = OFP_G_ANY;
	ofp_match_init(&req.fq_match);
	if (match != NULL &&
	    ofp_parse_match(match, &req.fq_match, err, errlen) == -1)
		return (-1);
	start = ofp_mp_begin(wr, false, OFP_MP_FLOW + 1, OFP_MP_FLOW);
	ofp_flow_req_encode(wr, &req);
	ofp_mp_end(wr, start, false);
	return (0);
}

int
request_dump(struct ofp_wr *wr, enum request_what what, int table,
    const char *match, char *err, size_t errlen)
{
	if (match != NULL && what != REQ_FLOWS) {
		snprintf(err, errlen, "%s: only flows can be matched", match);
		return (-1);
	}
	switch (what) {
	case REQ_DESC:
		ask(wr, OFP_MP_DESC);
		break;
	case REQ_FEATURES:
		ofp_msg_bare(wr, OFP_VERSION_13, OFP_T_FEATURES_REQUEST, 1);
		break;
	case REQ_FLOWS:
		if (ask_flows(wr, table, match, err, errlen) == -1)
			return (-1);
		break;
	case REQ_TABLES:
		ask(wr, OFP_MP_TABLE);
		break;
	case REQ_PORTS:
		ask(wr, OFP_MP_PORT_DESC);
		ask(wr, OFP_MP_PORT_STATS);
		break;
	case REQ_GROUPS:
		ask(wr, OFP_MP_GROUP_DESC);
		ask(wr, OFP_MP_GROUP);
		break;
	case REQ_METERS:
		ask(wr, OFP_MP_METER_CONFIG);
		ask(wr, OFP_MP_METER);
		break;
	case REQ_QUEUES:
		ask(wr, OFP_MP_QUEUE);
		break;
	}
	return (0);
}

/* Append to text; false when it is full. */
static bool
append(char *text, size_t size, const char *a, const char *b)
{
	size_t	len = strlen(text);

	return ((size_t)snprintf(text + len, size - len, "%s%s", a, b) <
	    size - len);
}

/*
 * The older form, rewritten: "match inport P apply|write output Q ..." becomes
 * "in_port=P,actions=output:Q".  A word is what it was in the original.
 */
static int
rewrite(int argc, char *const argv[], char *text, size_t size, char *err,
    size_t errlen)
{
	bool	actions = false, write = false, ok = true;
	int	i;

	text[0] = '\0';
	for (i = 0; i < argc && ok; i++) {
		if (strcmp(argv[i], "match") == 0)
			continue;
		if (strcmp(argv[i], "apply") == 0 ||
		    strcmp(argv[i], "write") == 0) {
			write = *argv[i] == 'w';
			ok = append(text, size, *text ? "," : "", write ?
			    "actions=write_actions(" : "actions=");
			actions = true;
			continue;
		}
		if (i + 1 >= argc) {
			snprintf(err, errlen, "%s: a value is missing",
			    argv[i]);
			return (-1);
		}
		if (strcmp(argv[i], "inport") == 0 && !actions)
			ok = append(text, size, *text ? ",in_port=" :
			    "in_port=", argv[++i]);
		else if (strcmp(argv[i], "output") == 0 && actions) {
			ok = append(text, size, text[strlen(text) - 1] == '='
			    || text[strlen(text) - 1] == '(' ? "output:" :
			    ",output:", argv[++i]);
		} else {
			snprintf(err, errlen, "%s: expected %s", argv[i],
			    actions ? "output PORT" : "inport PORT, apply or "
			    "write");
			return (-1);
		}
	}
	if (write)
		ok = ok && append(text, size, ")", "");
	if (!ok) {
		snprintf(err, errlen, "flow is too long");
		return (-1);
	}
	return (0);
}

int
request_flow(struct ofp_wr *wr, enum ofp_flow_command command, int table,
    int argc, char *const argv[], char *err, size_t errlen)
{
	struct ofp_flow	 f;
	struct ofp_wr	 instr;
	static uint8_t	 bytes[16384];
	static char	 text[4096];
	const char	*spec = argv[0];

	if (argc > 1 || strcmp(argv[0], "match") == 0) {
		if (rewrite(argc, argv, text, sizeof(text), err, errlen) == -1)
			return (-1);
		spec = text;
	}
	ofp_wr_init(&instr, bytes, sizeof(bytes));
	if (ofp_parse_flow(spec, command, &f, &instr, err, errlen) == -1)
		return (-1);
	ofp_rd_init(&f.f_instr_bytes, bytes, ofp_wr_pos(&instr));
	if (table != -1)
		f.f_table = table;
	ofp_flow_encode(wr, 1, &f);
	if (ofp_wr_err(wr) || ofp_wr_err(&instr)) {
		snprintf(err, errlen, "flow is too long");
		return (-1);
	}
	return (0);
}
