/*
 * SPDX-License-Identifier: ISC
 *
 * switch_expire.c: timeouts of flows.
 *
 * A timing wheel of two rings: 256 slots of a second, 256 slots of 256
 * seconds, which is more than a timeout can be (65535 s).  A flow hangs in the
 * slot of the second in which it may expire at the earliest.  A packet only
 * stores the time in the flow; when its slot comes up, a flow that was used
 * meanwhile is hung further on.  So a second costs what falls due in it.
 *
 * Under the mutex.
 */
#include "switch_pass.h"

#define NS		1000000000ULL
#define RING		256
#define FARTHEST	(RING * RING - 1)

struct switch_wheel {
	uint64_t		 wh_now;	/* second that is being done */
	struct switch_flow_list	 wh_slot[2 * RING];
};

int
switch_wheel_create(struct switch_softc *sc)
{
	struct switch_wheel	*wh = kern_zalloc(sizeof(*wh));
	unsigned int		 i;

	if (wh == NULL)
		return (ENOMEM);
	for (i = 0; i < nitems(wh->wh_slot); i++)
		TAILQ_INIT(&wh->wh_slot[i]);
	wh->wh_now = kern_div64(kern_uptime_ns(), NS);
	sc->sc_wheel = wh;
	return (0);
}

void
switch_wheel_destroy(struct switch_softc *sc)
{
	if (sc->sc_wheel != NULL)
		kern_free(sc->sc_wheel, sizeof(*sc->sc_wheel));
	sc->sc_wheel = NULL;
}

/* When it may expire, ns; 0: never. */
static uint64_t
flow_deadline(const struct switch_flow *f, uint8_t *reason)
{
	uint64_t	 idle = 0, hard = 0;

	if (f->sf_idle != 0)
		idle = kern_load(&f->sf_used) + f->sf_idle * NS;
	if (f->sf_hard != 0)
		hard = f->sf_created + f->sf_hard * NS;
	*reason = OFP_RR_HARD_TIMEOUT;
	if (hard == 0 || (idle != 0 && idle < hard)) {
		*reason = OFP_RR_IDLE_TIMEOUT;
		return (idle);
	}
	return (hard);
}

/* The first whole second at or after the deadline. */
void
switch_wheel_add(struct switch_softc *sc, struct switch_flow *f)
{
	struct switch_wheel	*wh = sc->sc_wheel;
	uint64_t		 when;
	uint8_t			 reason;

	if (f->sf_idle == 0 && f->sf_hard == 0)
		return;
	when = kern_div64(flow_deadline(f, &reason) + NS - 1, NS);
	if (when <= wh->wh_now)
		when = wh->wh_now + 1;
	else if (when - wh->wh_now > FARTHEST)
		when = wh->wh_now + FARTHEST;
	if (when - wh->wh_now < RING)
		f->sf_slot = when % RING;
	else
		f->sf_slot = RING + when / RING % RING;
	TAILQ_INSERT_TAIL(&wh->wh_slot[f->sf_slot], f, sf_timer);
}

void
switch_wheel_del(struct switch_softc *sc, struct switch_flow *f)
{
	if (f->sf_idle == 0 && f->sf_hard == 0)
		return;
	TAILQ_REMOVE(&sc->sc_wheel->wh_slot[f->sf_slot], f, sf_timer);
}

/* One that is due for a look now; NULL: no more in this second. */
static struct switch_flow *
wheel_due(struct switch_wheel *wh)
{
	struct switch_flow	*f;

	f = TAILQ_FIRST(&wh->wh_slot[wh->wh_now % RING]);
	if (f == NULL && wh->wh_now % RING == 0)
		f = TAILQ_FIRST(&wh->wh_slot[RING + wh->wh_now / RING % RING]);
	return (f);
}

bool
switch_wheel_run(struct switch_softc *sc, unsigned int budget)
{
	struct switch_wheel	*wh = sc->sc_wheel;
	uint64_t		 now = kern_uptime_ns(), sec;
	struct switch_flow	*f;
	uint8_t			 reason;

	KERN_MUTEX_ASSERT(&sc->sc_mutex);
	sec = kern_div64(now, NS);
	for (; budget > 0; budget--) {
		f = wheel_due(wh);
		if (f == NULL) {
			if (wh->wh_now >= sec)
				return (false);
			wh->wh_now++;
			continue;
		}
		if (flow_deadline(f, &reason) <= now)
			switch_flow_delete(sc, f, reason);
		else {
			switch_wheel_del(sc, f);
			switch_wheel_add(sc, f);
		}
	}
	return (true);
}
