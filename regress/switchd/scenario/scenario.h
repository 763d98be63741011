/*
 * SPDX-License-Identifier: ISC
 *
 * scenario.h: run scenario files (language: README) against a switch.
 *
 * The runner speaks only through a back end: the test host (host.c: the core
 * in this process, fake ports, simulated clock), or a running switch (live.c:
 * its device, a packet socket on the other end of each port).
 */
#ifndef _SCENARIO_H_
#define _SCENARIO_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CTLS		11	/* controllers are numbered 1..10 */
#define FRAMES_MAX	65600

struct switch_conf;

enum port_op {
	PORT_ADD, PORT_DEL, PORT_LINK_UP, PORT_LINK_DOWN, PORT_ADMIN_UP,
	PORT_ADMIN_DOWN, PORT_DOMAINS, PORT_LOCK_MAC, PORT_QUEUE
};

struct backend {
	const char	*be_name;
	bool		 be_clock;	/* time can be moved */
	bool		 be_conf;	/* settings can be chosen */
	bool		 be_ports;	/* ports can be added and removed */
	bool		 be_ctls;	/* several controllers at once */
	/* Parts of a configured target, e.g. "/dev/switch0,1=veth1,2=..." */
	int	(*be_open)(const char *);
	/* A fresh switch, or one cleaned up as far as can be. 0 or -1. */
	int	(*be_reset)(const struct switch_conf *);
	int	(*be_port)(uint32_t no, enum port_op, const char *arg);
	int	(*be_inject)(uint32_t no, const uint8_t *, size_t);
	/* The next frame that left at a port: length, 0: none (now). */
	ssize_t	(*be_frame)(uint32_t no, uint8_t *, size_t);
	/* aux: id of an auxiliary of controller aux_of, or 0. 0 or errno. */
	int	(*be_connect)(int ctl, int aux_of, uint8_t aux);
	void	(*be_close)(int ctl);
	/* As read and write; write gives 0 when the switch wants to be read
	 * first, read gives 0 when there is nothing now and -1 when the switch
	 * closed. */
	ssize_t	(*be_write)(int ctl, const uint8_t *, size_t);
	ssize_t	(*be_read)(int ctl, uint8_t *, size_t);
	/* Let time pass, in milliseconds. */
	void	(*be_advance)(uint64_t ms);
	/* Wait a moment for something to come; false: nothing will. */
	bool	(*be_wait)(void);
	/* A counter of the switch by name; -1: unknown. NULL: none to be had,
	 * what is expected of them is passed over. */
	int	(*be_counter)(const char *, uint64_t *);
	/* Let the nth allocation from now on fail, 0: none; returns how many
	 * there were since the last call.  NULL: cannot. */
	unsigned int (*be_fail)(unsigned int n);
	void	(*be_end)(void);
};
extern const struct backend backend_host;
extern struct backend backend_live;

/*
 * msg_build.c: a message from text ("flow_mod add in_port=1,actions=..").
 * hwaddr: of the ports, for port_mod.  Length, or -1 and a sentence in err.
 */
int	msg_build(const char *text, uint32_t xid, uint8_t *, size_t cap,
	    char *err, size_t errlen);
void	msg_hwaddr_set(uint32_t port, const uint8_t mac[6]);
/* What tables said of themselves last, to be sent back with changes. */
struct ofp_table_features;
void	msg_tfeat_seen(const struct ofp_table_features *);

/*
 * msg_show.c: a message as name and words "key=value"; multipart replies as
 * one such list for each entry.
 */
#define SHOW_WORDS	96
struct show {
	char	 sh_name[40];
	char	*sh_word[SHOW_WORDS];
	int	 sh_nwords;
};
struct shown {
	struct show	 sn_msg;
	struct show	*sn_entry;
	size_t		 sn_nentries, sn_cap;
	bool		 sn_more;
};
void	msg_show(struct shown *, const uint8_t *, size_t);
void	msg_shown_free(struct shown *);
void	show_print(const struct show *, char *, size_t);
/* Does a list of words satisfy one "key=value", "key>=value" ...? */
bool	show_holds(const struct show *, const char *want);

#endif /* _SCENARIO_H_ */
