/*
 * SPDX-License-Identifier: ISC
 *
 * loop.h: the main loop of uswitch: descriptors that are ready, in batches.
 *
 * One turn: wait, read the clock, let each ready descriptor work off a bounded
 * part of what it has, then call the hooks for the end of a batch, then run
 * what smr_call deferred.  A handler may remove any descriptor, also its own.
 */
#ifndef _USER_LOOP_H_
#define _USER_LOOP_H_

#include <stdbool.h>
#include <stdint.h>

struct loop_io {
	int		 li_fd;		/* -1: not in the loop */
	uint32_t	 li_events;	/* EPOLLIN, EPOLLOUT */
	void		(*li_fn)(void *, uint32_t);
	void		*li_arg;
};

struct loop_hooks {
	void	(*lh_batch)(void);	/* send what was gathered */
	void	(*lh_tick)(void);	/* once a second */
	bool	(*lh_busy)(void);	/* something must be tried again soon */
};

/* 0; -1 and errno. */
int	loop_init(const struct loop_hooks *);

/* Call fn(arg, events) when fd is ready.  0; -1 and errno. */
int	loop_add(struct loop_io *, int fd, uint32_t events,
	    void (*fn)(void *, uint32_t), void *arg);
void	loop_mod(struct loop_io *, uint32_t events);
/* Does not close the descriptor.  Accepts one that is not in the loop. */
void	loop_del(struct loop_io *);

/* Until loop_stop.  0; -1 and errno. */
int	loop_run(void);
void	loop_stop(void);

#endif /* _USER_LOOP_H_ */
