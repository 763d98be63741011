/*
 * SPDX-License-Identifier: ISC
 *
 * unl.h: the little of netlink that uswitch needs, over libc alone.
 *
 *	struct unl_msg m;
 *	struct ifinfomsg ifi = { .ifi_index = 7 };
 *
 *	unl_begin(&m, RTM_GETLINK, NLM_F_REQUEST, &ifi, sizeof(ifi));
 *	unl_put(&m, IFLA_EXT_MASK, &mask, sizeof(mask));
 *	if (unl_talk(fd, &m, got_link, arg) == -1)
 *		...
 *
 * Messages that are too long for their buffer become invalid and are refused
 * by unl_talk with EMSGSIZE, so that only the end needs a check.
 */
#ifndef _USER_UNL_H_
#define _USER_UNL_H_

#include <linux/netlink.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unl_msg {
	union {
		struct nlmsghdr	um_hdr;
		uint8_t		um_bytes[512];
	};
	bool			um_bad;
};

/* Attributes by type, of one message or nest. */
struct unl_attrs {
	const struct nlattr	*ua_by_type[64];
};

/* A netlink socket of this protocol, member of groups (bits).  -1, errno. */
int	unl_open(int protocol, uint32_t groups);

/* Start a message with its fixed header. */
void	unl_begin(struct unl_msg *, uint16_t type, uint16_t flags,
	    const void *fixed, size_t len);
void	unl_put(struct unl_msg *, uint16_t type, const void *, size_t);
void	unl_put_str(struct unl_msg *, uint16_t type, const char *);
/* Network byte order, as nf_tables has it. */
void	unl_put_be32(struct unl_msg *, uint16_t type, uint32_t);
/* Returns where the nest starts; give it to unl_nest_end. */
uint32_t unl_nest(struct unl_msg *, uint16_t type);
void	unl_nest_end(struct unl_msg *, uint32_t);

/*
 * Send, and call fn for each answer until the last (NLMSG_DONE, an ACK, an
 * error, or the one answer to a request without NLM_F_ACK and NLM_F_DUMP).
 * 0; -1 and errno, which may be what the kernel refused with, or EINTR: what
 * was listed changed meanwhile, and not all of it was told.  fn does not talk
 * itself.
 */
int	unl_talk(int fd, struct unl_msg *,
	    void (*fn)(const struct nlmsghdr *, void *), void *);

/* Attributes behind the fixed part of a message, or inside a nest. */
void	unl_parse(const struct nlmsghdr *, size_t fixed, struct unl_attrs *);
void	unl_parse_nest(const struct nlattr *, struct unl_attrs *);

/* The value if it has at least len bytes, else NULL. */
const void *unl_data(const struct unl_attrs *, unsigned int type, size_t len);
uint32_t unl_u32(const struct unl_attrs *, unsigned int type, uint32_t absent);
/* Copy a string, cut to the buffer; "" if absent. */
void	unl_str(const struct unl_attrs *, unsigned int type, char *, size_t);

#endif /* _USER_UNL_H_ */
