/*
 * SPDX-License-Identifier: ISC
 *
 * daemon.c: what switchd(8) says of its switches; see vsctl.h.
 */
#include <err.h>
#include <errno.h>
#include <string.h>

#include <net/ofp_buf.h>
#include <net/ofp_mp.h>
#include <net/ofp_msg.h>

#include "../../usr.sbin/switchctl/client.h"
#include "vsctl.h"

static const char	*path = CTL_SOCKET;

struct want {
	const char		*w_name;
	enum daemon_switch	 w_switch;
	bool			 w_found;
};

void
daemon_path(const char *p)
{
	path = p;
}

/* CTL_OK is 0, or what CTL_FAIL says. */
static int
daemon_ask(enum ctl_type type, const void *req, size_t len, const void *more,
    size_t morelen, client_fn fn, struct want *w)
{
	char	fail[CTL_TEXT_LEN];
	int	r;

	if (client_open(path) == -1)
		errx(1, "%s: %s: does switchd run?", path, strerror(errno));
	r = client_request(type, req, len, more, morelen, fn, w, fail);
	client_close();
	if (r == -1)
		errx(1, "%s: %s", path, fail);
	return (r);
}

static void
got_switch(enum ctl_type type, const uint8_t *data, size_t len, void *arg)
{
	struct want		*w = arg;
	struct ctl_switch	 cw;

	if (type != CTL_SWITCH || len < sizeof(cw))
		return;
	memcpy(&cw, data, sizeof(cw));
	cw.cw_name[sizeof(cw.cw_name) - 1] = '\0';
	if (cw.cw_kind == CTL_KIND_EXTERNAL ||
	    strcmp(cw.cw_name, w->w_name) != 0)
		return;
	w->w_switch = cw.cw_state == CTL_STATE_RELAYED ? DAEMON_RELAYED :
	    DAEMON_OURS;
}

enum daemon_switch
daemon_switch(const char *name)
{
	struct want		w = { .w_name = name };
	struct ctl_select	cs;

	memset(&cs, 0, sizeof(cs));
	daemon_ask(CTL_SHOW_SWITCHES, &cs, sizeof(cs), NULL, 0, got_switch,
	    &w);
	return (w.w_switch);
}

static void
got_reply(enum ctl_type type, const uint8_t *data, size_t len, void *arg)
{
	struct want	*w = arg;
	struct ofp_port	 po;
	struct ofp_mp	 mp;
	struct ofp_rd	 rd;
	struct ofp_hdr	 h;
	size_t		 skip = sizeof(struct ctl_openflow_reply);

	if (type != CTL_OPENFLOW_REPLY || len < skip ||
	    ofp_msg_check(data + skip, len - skip, 0, OFP_TO_CONTROLLER, &h,
	    &rd) != OFP_OK || h.h_version != OFP_VERSION_13 ||
	    h.h_type != OFP_T_MULTIPART_REPLY ||
	    ofp_mp_decode(&rd, true, &mp) != OFP_OK ||
	    mp.mp_type != OFP_MP_PORT_DESC)
		return;
	while (ofp_rd_left(&rd) > 0 && ofp_port_decode(&rd, &po) == OFP_OK)
		if (strncmp(po.po_name, w->w_name, sizeof(po.po_name)) == 0)
			w->w_found = true;
}

bool
daemon_has_port(const char *name, const char *port)
{
	struct want		w = { .w_name = port };
	struct ctl_openflow	co;
	struct ofp_wr		wr;
	uint8_t			buf[64];
	size_t			start;

	memset(&co, 0, sizeof(co));
	memcpy(co.co_select.cs_switch, name, strlen(name));
	ofp_wr_init(&wr, buf, sizeof(buf));
	start = ofp_mp_begin(&wr, false, 1, OFP_MP_PORT_DESC);
	ofp_mp_end(&wr, start, false);
	co.co_len = (uint32_t)ofp_wr_pos(&wr);
	/* Not connected yet is not there yet. */
	daemon_ask(CTL_OPENFLOW, &co, sizeof(co), buf, co.co_len, got_reply,
	    &w);
	return (w.w_found);
}
