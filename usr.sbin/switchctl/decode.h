/*
 * SPDX-License-Identifier: ISC
 *
 * decode.h: answers to rows.
 *
 * A row is a JSON object; text and JSON output are made from the same one, so
 * they cannot disagree.  Member names are those of OpenFlow in lower case.
 */
#ifndef _SWITCHCTL_DECODE_H_
#define _SWITCHCTL_DECODE_H_

#include <stdint.h>

#include <jansson.h>

#include "../switchd/ctl.h"

/* What a row is; the order is that of the tables in output.c. */
enum row {
	ROW_SUMMARY, ROW_SWITCH, ROW_MAC, ROW_PROCESS, ROW_COUNTER, ROW_PROFILE,
	ROW_DESC, ROW_FEATURES, ROW_FLOW, ROW_TABLE, ROW_PORT, ROW_GROUP,
	ROW_METER, ROW_QUEUE, ROW_EVENT, ROW_ERROR
};
#define ROW_COUNT	(ROW_ERROR + 1)

/* Takes the row over. */
typedef void (*row_fn)(enum row, json_t *, void *);

/* A data message of switchd, checked for size. */
void	decode_ctl(enum ctl_type, const uint8_t *, size_t, row_fn, void *);
/* A whole OpenFlow message from a switch, 1.0 or 1.3. */
void	decode_openflow(const char *name, const uint8_t *, size_t, row_fn,
	    void *);

/*
 * Members: a port number as text, a number as "0x..", text made printable, on
 * one line or as ofp_print.h wrote it.
 */
json_t	*decode_port(uint32_t);
json_t	*decode_hex(uint64_t, int digits);
json_t	*decode_text(const char *, size_t max);
json_t	*decode_lines(const char *, size_t max);

#endif /* _SWITCHCTL_DECODE_H_ */
