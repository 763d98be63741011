/*
 * SPDX-License-Identifier: ISC
 *
 * fuzz_agent.c: anything on a controller's channel, behind the hello: the
 * whole agent and core.  Frames are injected in between, time passes, and at
 * the end all memory and all frames must be back.
 */
#include <stdlib.h>
#include <string.h>

#include "if_switch.h"
#include "ofp_msg.h"
#include "../unit/quiet_host.h"
#include "user/pkt_user.h"

#define PORTS	3

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const uint8_t	frame[] = {
	2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0,
	0x45, 0, 0, 0x1c, 0, 0, 0, 0, 0x40, 0x11, 0x66, 0xce,
	10, 0, 0, 1, 10, 0, 0, 2, 3, 0xe8, 7, 0xd0, 0, 8, 0, 0
};

static void
inject(struct switch_port *sp)
{
	struct pkt	p;

	if (pkt_from(frame, sizeof(frame), &p) != 0)
		return;
	smr_read_enter();
	switch_input(sp, &p);
	smr_read_leave();
	kern_quiesce();
}

static void
quiet(const char *line)
{
}

/* Give the stream to the channel, reading what comes. */
static void
feed(struct switch_chan *ch, struct switch_port *sp, const uint8_t *p,
    size_t len)
{
	static uint8_t	buf[70000];
	size_t		n;

	while (len > 0) {
		n = switch_chan_write(ch, p, len);
		p += n;
		len -= n;
		inject(sp);
		while (switch_chan_read(ch, buf, sizeof(buf)) > 0 ||
		    switch_chan_readable(ch))
			;
		if (n == 0 && switch_chan_closing(ch))
			return;
		kern_quiesce();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static const uint8_t	 hello[] = { 4, 0, 0, 8, 0, 0, 0, 1 };
	struct switch_conf	 conf;
	struct switch_port_conf	 pc;
	struct switch_port	*sp[PORTS];
	struct switch_chan	*ch;
	struct switch_softc	*sc;
	size_t			 before = kern_alloc_bytes();
	unsigned int		 inuse = pkt_user_inuse(), i;

	kern_log_set(quiet, 0);
	kern_time_set(1000000000);
	memset(&conf, 0, sizeof(conf));
	conf.sc_dpid = 1;
	conf.sc_tables = 8;
	conf.sc_max_groups = conf.sc_max_meters = conf.sc_max_buffers = 8;
	conf.sc_max_chans = 2;
	conf.sc_chan_queue = 262144;
	conf.sc_cache = 64;
	if ((sc = switch_create(&conf, NULL)) == NULL)
		abort();
	memset(&pc, 0, sizeof(pc));
	for (i = 0; i < PORTS; i++) {
		pc.sp_no = i + 1;
		if (switch_port_add(sc, &pc, &sp[i], &sp[i]) != 0)
			abort();
	}
	if (switch_chan_open(sc, NULL, &ch) != 0)
		abort();
	feed(ch, sp[0], hello, sizeof(hello));
	feed(ch, sp[0], p, len);
	kern_time_set(20000000000);
	switch_tick(sc);
	inject(sp[1]);
	switch_chan_close(ch);
	for (i = 0; i < PORTS; i++)
		switch_port_del(sp[i]);
	switch_destroy(sc);
	kern_quiesce();
	if (kern_alloc_bytes() != before || pkt_user_inuse() != inuse)
		abort();
	return (0);
}
