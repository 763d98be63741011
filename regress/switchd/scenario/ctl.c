/*
 * SPDX-License-Identifier: ISC
 *
 * ctl.c: the controllers of a scenario: connect, send, and what is expected.
 *
 * Messages are read when somebody wants to know, and wait in a queue for each
 * controller.  Replies must carry the xid of a request of that controller.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner.h"

void
ctl_flush(struct ctl *c)
{
	struct msg	*m;

	while ((m = c->ct_first) != NULL) {
		c->ct_first = m->ms_next;
		free(m);
	}
	c->ct_last = &c->ct_first;
}

void
ctl_reset(struct ctl *c)
{
	ctl_flush(c);
	free(c->ct_buf);
	memset(c, 0, sizeof(*c));
	c->ct_last = &c->ct_first;
}

bool
write_all(int n, const uint8_t *p, size_t len)
{
	size_t	part;
	ssize_t	done;
	char	path[300];
	FILE	*fp;

	if (run.record != NULL && n == 1) {
		snprintf(path, sizeof(path), "%s/%08u", run.record,
		    run.nok + run.nbad);
		if ((fp = fopen(path, "a")) != NULL) {
			fwrite(p, 1, len, fp);
			fclose(fp);
		}
	}
	while (len > 0) {
		part = run.chunk != 0 && run.chunk < len ? run.chunk : len;
		done = run.be->be_write(n, p, part);
		if (done == 0) {	/* full: it wants to be read first */
			pump(n);
			continue;
		}
		if (done < 0)
			return (fail("ctl %d: cannot write", n));
		p += done;
		len -= (size_t)done;
	}
	return (true);
}

/* Queue a whole message; echo requests of the switch are answered. */
static void
take(int n, const uint8_t *p, size_t len)
{
	struct ctl	*c = &run.ctl[n];
	struct msg	*m;
	uint8_t		*reply;

	if (p[1] == OFP_T_ECHO_REQUEST && !c->ct_quiet) {
		reply = malloc(len);
		memcpy(reply, p, len);
		reply[1] = OFP_T_ECHO_REPLY;
		write_all(n, reply, len);
		free(reply);
		return;
	}
	if ((m = malloc(sizeof(*m) + len)) == NULL)
		abort();
	m->ms_next = NULL;
	m->ms_len = len;
	memcpy(m->ms_data, p, len);
	*c->ct_last = m;
	c->ct_last = &m->ms_next;
}

/* Read what is there. */
void
pump(int n)
{
	static uint8_t	 buf[70000];
	struct ctl	*c = &run.ctl[n];
	ssize_t		 got;
	size_t		 off;
	int		 len;

	while (c->ct_open && !c->ct_closed) {
		got = run.be->be_read(n, buf, run.chunk != 0 ? run.chunk :
		    sizeof(buf));
		if (got == 0)
			return;
		if (got < 0) {
			c->ct_closed = true;
			return;
		}
		c->ct_buf = realloc(c->ct_buf, c->ct_len + (size_t)got);
		memcpy(c->ct_buf + c->ct_len, buf, (size_t)got);
		c->ct_len += (size_t)got;
		for (off = 0; (len = ofp_msg_frame(c->ct_buf + off,
		    c->ct_len - off)) > 0 &&
		    (size_t)len <= c->ct_len - off; off += (size_t)len)
			take(n, c->ct_buf + off, (size_t)len);
		if (len < 0) {
			fail("ctl %d: the switch lost the framing", n);
			return;
		}
		memmove(c->ct_buf, c->ct_buf + off, c->ct_len - off);
		c->ct_len -= off;
	}
}

/* The next message, waiting for it; NULL: none came. */
struct msg *
msg_next(int n)
{
	struct ctl	*c = &run.ctl[n];

	do {
		pump(n);
		if (c->ct_first != NULL)
			return (c->ct_first);
	} while (!c->ct_closed && run.be->be_wait());
	return (NULL);
}

static void
msg_drop(int n)
{
	struct ctl	*c = &run.ctl[n];
	struct msg	*m = c->ct_first;

	if ((c->ct_first = m->ms_next) == NULL)
		c->ct_last = &c->ct_first;
	free(m);
}

/* Join the further segments of a multipart reply to what is shown. */
static bool
join(int n, struct shown *sn, uint32_t xid)
{
	struct ctl	*c = &run.ctl[n];
	struct msg	**mp, *m;
	struct shown	 more;
	struct ofp_rd	 rd;
	unsigned int	 segs = 1;
	bool		 last = !sn->sn_more;

	for (;;) {
		if (last)
			break;
		do {
			pump(n);
			for (mp = &c->ct_first; (m = *mp) != NULL;
			    mp = &m->ms_next) {
				ofp_rd_init(&rd, m->ms_data + 4, 4);
				if (m->ms_data[1] == OFP_T_MULTIPART_REPLY &&
				    ofp_rd_u32(&rd) == xid)
					break;
			}
		} while (m == NULL && run.be->be_wait());
		if (m == NULL)
			return (fail("the rest of a multipart reply is "
			    "missing"));
		if ((*mp = m->ms_next) == NULL)
			c->ct_last = mp;
		msg_show(&more, m->ms_data, m->ms_len);
		free(m);
		segs++;
		if (strcmp(more.sn_msg.sh_name, sn->sn_msg.sh_name) != 0)
			fail("segments of two types");
		sn->sn_entry = realloc(sn->sn_entry, (sn->sn_nentries +
		    more.sn_nentries + 1) * sizeof(*sn->sn_entry));
		memcpy(sn->sn_entry + sn->sn_nentries, more.sn_entry,
		    more.sn_nentries * sizeof(*sn->sn_entry));
		sn->sn_nentries += more.sn_nentries;
		last = !more.sn_more;
		more.sn_nentries = 0;
		msg_shown_free(&more);
	}
	if (asprintf(&sn->sn_msg.sh_word[sn->sn_msg.sh_nwords++],
	    "count=%zu", sn->sn_nentries) == -1 ||
	    asprintf(&sn->sn_msg.sh_word[sn->sn_msg.sh_nwords++],
	    "segments=%u", segs) == -1)
		abort();
	return (true);
}

static bool
text_send(int n, const char *text, uint8_t *msg, int *len)
{
	struct ctl	*c = &run.ctl[n];
	char		 why[300];

	c->ct_xid = ++run.xid;
	*len = msg_build(text, c->ct_xid, msg, OFP_MSG_MAX + 1, why,
	    sizeof(why));
	if (*len < 0)
		return (fail("%s", why));
	return (write_all(n, msg, (size_t)*len));
}

/* ctl N send MESSAGE */
bool
do_send(int n, char *rest)
{
	static uint8_t	msg[OFP_MSG_MAX + 1];
	int		len;

	if (!run.ctl[n].ct_open)
		return (fail("ctl %d is not connected", n));
	return (text_send(n, rest, msg, &len));
}

/* Read the port descriptions, so that port_mod knows the addresses. */
static bool
learn_ports(int n)
{
	static uint8_t	msg[OFP_MSG_MAX + 1];
	struct shown	sn;
	struct msg	*m;
	int		len;

	if (!text_send(n, "mp port_desc", msg, &len))
		return (false);
	while ((m = msg_next(n)) != NULL) {
		msg_show(&sn, m->ms_data, m->ms_len);
		len = strcmp(sn.sn_msg.sh_name, "mp port_desc") == 0 &&
		    !sn.sn_more;
		msg_shown_free(&sn);
		msg_drop(n);
		if (len)
			return (true);
	}
	return (fail("no port descriptions"));
}

/* ctl N connect [raw] [aux of M id K] [error NAME] */
bool
do_connect(int n, char *rest)
{
	static uint8_t	 msg[OFP_MSG_MAX + 1];
	struct ctl	*c = &run.ctl[n];
	char		*w;
	int		 of = 0, id = 0, len, rc;
	bool		 raw = false, want = true;
	struct msg	*m;

	while ((w = word(&rest)) != NULL) {
		if (strcmp(w, "raw") == 0)
			raw = true;
		else if (strcmp(w, "refused") == 0)
			want = false;
		else if (strncmp(w, "aux=", 4) == 0)
			id = atoi(w + 4);
		else if (strncmp(w, "of=", 3) == 0)
			of = atoi(w + 3);
		else
			return (fail("connect: \"%s\"?", w));
	}
	ctl_reset(c);
	rc = run.be->be_connect(n, of, (uint8_t)id);
	if ((rc == 0) != want)
		return (fail("connect: %s", rc == 0 ? "accepted" :
		    strerror(rc)));
	if (rc != 0)
		return (true);
	c->ct_open = true;
	c->ct_xid0 = run.xid + 1;
	if (raw)
		return (true);
	if (!text_send(n, "hello bits=0x10", msg, &len))
		return (false);
	if ((m = msg_next(n)) == NULL || m->ms_data[1] != OFP_T_HELLO)
		return (fail("no hello from the switch"));
	msg_drop(n);
	return (n != 1 || id != 0 || learn_ports(n));
}

/* Everything sent so far has been done: only where that takes time. */
void
settle(void)
{
	static uint8_t	 msg[OFP_MSG_MAX + 1];
	struct ctl	*c;
	struct msg	**mp, *m;
	struct ofp_rd	 rd;
	uint32_t	 xid;
	int		 n, len;

	if (run.be->be_clock)
		return;
	for (n = 1; n < CTLS; n++) {
		c = &run.ctl[n];
		if (!c->ct_open || c->ct_closed)
			continue;
		xid = c->ct_xid;
		if (!text_send(n, "barrier_request", msg, &len))
			return;
		for (m = NULL; m == NULL;) {
			pump(n);
			for (mp = &c->ct_first; (m = *mp) != NULL;
			    mp = &m->ms_next) {
				ofp_rd_init(&rd, m->ms_data + 4, 4);
				if (m->ms_data[1] == OFP_T_BARRIER_REPLY &&
				    ofp_rd_u32(&rd) == c->ct_xid)
					break;
			}
			if (m == NULL && (c->ct_closed || !run.be->be_wait()))
				break;
		}
		c->ct_xid = xid;
		if (m == NULL)
			continue;
		if ((*mp = m->ms_next) == NULL)
			c->ct_last = mp;
		free(m);
	}
}

/* Expectations of messages. */

static bool
xid_right(struct ctl *c, const uint8_t *p, const char *rest)
{
	struct ofp_rd	rd;
	uint32_t	xid;

	switch (p[1]) {
	case OFP_T_HELLO: case OFP_T_PACKET_IN: case OFP_T_FLOW_REMOVED:
	case OFP_T_PORT_STATUS: case OFP_T_ECHO_REQUEST:
	case OFP_T_EXPERIMENTER:
		return (true);
	}
	if (strstr(rest, "xid=") != NULL)
		return (true);
	if (strncmp(rest, "mp monitor", 10) == 0)
		return (true);
	ofp_rd_init(&rd, p + 4, 4);
	xid = ofp_rd_u32(&rd);
	return (xid >= c->ct_xid0 && xid <= c->ct_xid);
}

/* "-> NAME=key ...": keep values of what was expected. */
static bool
keep(const struct show *s, char *rest)
{
	char	*w, *k;
	size_t	 n;
	int	 i;

	while ((w = word(&rest)) != NULL) {
		if ((k = strchr(w, '=')) == NULL)
			return (fail("-> NAME=key"));
		*k++ = '\0';
		n = strlen(k);
		for (i = 0; i < s->sh_nwords; i++) {
			if (strncmp(s->sh_word[i], k, n) == 0 &&
			    s->sh_word[i][n] == '=')
				break;
		}
		if (i == s->sh_nwords)
			return (fail("no \"%s\" to keep", k));
		var_set(w, s->sh_word[i] + n + 1);
	}
	return (true);
}

/* All words of rest hold for s; the first that does not into *bad. */
static bool
holds(const struct show *s, char *rest, char **bad)
{
	char	*w;

	while ((w = word(&rest)) != NULL) {
		if (!show_holds(s, w)) {
			*bad = w;
			return (false);
		}
	}
	return (true);
}

/* ctl N expect MESSAGE words [-> NAME=key] */
bool
expect_msg(int n, char *rest)
{
	struct ctl	*c = &run.ctl[n];
	struct msg	*m;
	struct show	*s = &run.shown.sn_msg;
	char		 text[900], *arrow, *bad = NULL;
	size_t		 len;
	struct ofp_rd	 rd;

	if ((m = msg_next(n)) == NULL)
		return (fail("ctl %d: nothing came, expected %s", n, rest));
	msg_shown_free(&run.shown);
	free(run.used);
	run.used = NULL;
	msg_show(&run.shown, m->ms_data, m->ms_len);
	show_print(s, text, sizeof(text));
	if (!xid_right(c, m->ms_data, rest))
		return (fail("ctl %d: xid of no request: %s", n, text));
	ofp_rd_init(&rd, m->ms_data + 4, 4);
	len = strlen(s->sh_name);
	if (strncmp(rest, s->sh_name, len) != 0 ||
	    (rest[len] != ' ' && rest[len] != '\0'))
		return (fail("ctl %d: expected %s, got %s", n, rest, text));
	if (m->ms_data[1] == OFP_T_MULTIPART_REPLY ||
	    m->ms_data[1] == OFP_T_QUEUE_GET_CONFIG_REPLY) {
		uint32_t	xid = ofp_rd_u32(&rd);

		msg_drop(n);
		if (!join(n, &run.shown, xid))
			return (false);
		run.used = calloc(run.shown.sn_nentries + 1, sizeof(bool));
	} else
		msg_drop(n);
	rest += len;
	if ((arrow = strstr(rest, "-> ")) != NULL) {
		*arrow = '\0';
		arrow += 3;
	}
	if (!holds(s, rest, &bad)) {
		show_print(s, text, sizeof(text));
		return (fail("ctl %d: not %s: %s", n, bad, text));
	}
	return (arrow == NULL || keep(s, arrow));
}

/* entry words: one entry of the reply expected last, in any order. */
bool
do_entry(char *rest)
{
	struct show	*s;
	char		*copy, *arrow, *bad, text[900];
	size_t		 i;
	bool		 ok = false;

	if ((arrow = strstr(rest, "-> ")) != NULL) {
		*arrow = '\0';
		arrow += 3;
	}
	for (i = 0; i < run.shown.sn_nentries; i++) {
		s = &run.shown.sn_entry[i];
		if (run.used[i])
			continue;
		copy = strdup(rest);
		ok = holds(s, copy, &bad);
		if (!ok && run.shown.sn_nentries == 1) {
			show_print(s, text, sizeof(text));
			fail("entry is not %s: %s", bad, text);
		}
		free(copy);
		if (ok) {
			run.used[i] = true;
			return (arrow == NULL || keep(s, arrow));
		}
	}
	text[0] = '\0';
	if (run.shown.sn_nentries > 0)
		show_print(&run.shown.sn_entry[0], text, sizeof(text));
	return (fail("no such entry of %zu: %s; the first: %s",
	    run.shown.sn_nentries, rest, text));
}
