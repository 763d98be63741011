/*
 * SPDX-License-Identifier: ISC
 *
 * queue.h: a doubly linked list with a tail, for the writers' side.
 *
 * The macros are those of queue(3), cut down to what sys/net uses; their
 * names collide with nothing in the headers of Linux.  A list that packets
 * walk is not made of these but of SMR pointers.
 */
#ifndef _NET_QUEUE_H_
#define _NET_QUEUE_H_

#define TAILQ_HEAD(name, type)						\
struct name {								\
	struct type	*tqh_first;					\
	struct type	**tqh_last;					\
}

#define TAILQ_ENTRY(type)						\
struct {								\
	struct type	*tqe_next;					\
	struct type	**tqe_prev;					\
}

#define TAILQ_FIRST(head)	((head)->tqh_first)
#define TAILQ_NEXT(e, field)	((e)->field.tqe_next)
#define TAILQ_EMPTY(head)	(TAILQ_FIRST(head) == NULL)

#define TAILQ_FOREACH(e, head, field)					\
	for ((e) = TAILQ_FIRST(head); (e) != NULL;			\
	    (e) = TAILQ_NEXT(e, field))

/* e may be removed, and freed, within. */
#define TAILQ_FOREACH_SAFE(e, head, field, next)			\
	for ((e) = TAILQ_FIRST(head);					\
	    (e) != NULL && ((next) = TAILQ_NEXT(e, field), 1);		\
	    (e) = (next))

#define TAILQ_INIT(head) do {						\
	(head)->tqh_first = NULL;					\
	(head)->tqh_last = &(head)->tqh_first;				\
} while (0)

#define TAILQ_INSERT_HEAD(head, e, field) do {				\
	if (((e)->field.tqe_next = (head)->tqh_first) != NULL)		\
		(head)->tqh_first->field.tqe_prev =			\
		    &(e)->field.tqe_next;				\
	else								\
		(head)->tqh_last = &(e)->field.tqe_next;		\
	(head)->tqh_first = (e);					\
	(e)->field.tqe_prev = &(head)->tqh_first;			\
} while (0)

#define TAILQ_INSERT_TAIL(head, e, field) do {				\
	(e)->field.tqe_next = NULL;					\
	(e)->field.tqe_prev = (head)->tqh_last;				\
	*(head)->tqh_last = (e);					\
	(head)->tqh_last = &(e)->field.tqe_next;			\
} while (0)

#define TAILQ_INSERT_AFTER(head, at, e, field) do {			\
	if (((e)->field.tqe_next = (at)->field.tqe_next) != NULL)	\
		(e)->field.tqe_next->field.tqe_prev =			\
		    &(e)->field.tqe_next;				\
	else								\
		(head)->tqh_last = &(e)->field.tqe_next;		\
	(at)->field.tqe_next = (e);					\
	(e)->field.tqe_prev = &(at)->field.tqe_next;			\
} while (0)

#define TAILQ_INSERT_BEFORE(at, e, field) do {				\
	(e)->field.tqe_prev = (at)->field.tqe_prev;			\
	(e)->field.tqe_next = (at);					\
	*(at)->field.tqe_prev = (e);					\
	(at)->field.tqe_prev = &(e)->field.tqe_next;			\
} while (0)

#define TAILQ_REMOVE(head, e, field) do {				\
	if ((e)->field.tqe_next != NULL)				\
		(e)->field.tqe_next->field.tqe_prev =			\
		    (e)->field.tqe_prev;				\
	else								\
		(head)->tqh_last = (e)->field.tqe_prev;			\
	*(e)->field.tqe_prev = (e)->field.tqe_next;			\
} while (0)

/* All of from behind the last of to; from is empty afterwards. */
#define TAILQ_CONCAT(to, from, field) do {				\
	if (!TAILQ_EMPTY(from)) {					\
		*(to)->tqh_last = (from)->tqh_first;			\
		(from)->tqh_first->field.tqe_prev = (to)->tqh_last;	\
		(to)->tqh_last = (from)->tqh_last;			\
		TAILQ_INIT(from);					\
	}								\
} while (0)

#endif /* _NET_QUEUE_H_ */
