/*
 * SPDX-License-Identifier: ISC
 *
 * request.h: words to OpenFlow 1.3 requests.
 */
#ifndef _SWITCHCTL_REQUEST_H_
#define _SWITCHCTL_REQUEST_H_

#include <net/ofp_mp.h>
#include <net/ofp_print.h>

enum request_what {
	REQ_DESC, REQ_FEATURES, REQ_FLOWS, REQ_TABLES, REQ_PORTS, REQ_GROUPS,
	REQ_METERS, REQ_QUEUES
};
/* By name, abbreviations too; -1: none of them. */
int	request_find(const char *);

/*
 * Write the messages that ask for it.  table: -1 for all; match: text in
 * ovs-ofctl's syntax or NULL (flows only).  0, or -1 with a sentence in err.
 */
int	request_dump(struct ofp_wr *, enum request_what, int table,
	    const char *match, char *err, size_t errlen);

/*
 * A flow mod from words: one word in ovs-ofctl's syntax ("in_port=1,
 * actions=output:2"), or the older "match inport 1 apply output 2".
 */
int	request_flow(struct ofp_wr *, enum ofp_flow_command, int table,
	    int argc, char *const argv[], char *err, size_t errlen);

#endif /* _SWITCHCTL_REQUEST_H_ */
