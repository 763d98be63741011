/*
 * SPDX-License-Identifier: ISC
 *
 * conf.h: switchd.conf(5) in memory, in the parent only.
 *
 * parse.y fills it through the conf_*_add functions of config.c, which say in
 * words what is wrong; printconf.c writes it as text that parses back to the
 * same.  Nothing here is an open file or a connection.
 */
#ifndef _SWITCHD_CONF_H_
#define _SWITCHD_CONF_H_

#include <sys/queue.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "ctl.h"
#include "user/uswitch_ctl.h"

#define CONF_UNSET	UINT32_MAX
#define CONF_FAIL_DELAY	15	/* s, where none is given */

/* tcp:HOST:PORT, tls:HOST:PORT */
struct conf_uri {
	bool			 cu_tls;
	char			 cu_host[CTL_ADDR_LEN];
	char			 cu_port[16];
	TAILQ_ENTRY(conf_uri)	 cu_entry;
};
TAILQ_HEAD(conf_uris, conf_uri);

struct conf_listen {
	char			 cl_addr[64];	/* numeric */
	uint16_t		 cl_port;
	bool			 cl_tls;
	TAILQ_ENTRY(conf_listen) cl_entry;
};

struct conf_device {
	char			 cd_path[104];
	struct conf_uris	 cd_forward;	/* empty: to ourselves */
	unsigned int		 cd_auxiliaries; /* connections, of each */
	TAILQ_ENTRY(conf_device) cd_entry;
};

/* Interfaces of a local switch: which, and what their ports are like. */
struct conf_iface {
	char			 ci_name[64];	/* patterns of fnmatch(3) */
	char			 ci_alias[128];	/* "": any */
	char			 ci_owner[32];	/* user of a tap, "": any */
	char			 ci_netns[UCTL_NETNS_LEN]; /* "": our own */
	char			 ci_where[256];	/* of netns: "file:line" */
	uint32_t		 ci_port;	/* 0: a free one */
	uint32_t		 ci_domains;	/* protected domains as bits */
	uint32_t		 ci_max_macs;	/* 0: no limit */
	bool			 ci_locked;
	uint8_t			 ci_mac[6];
	TAILQ_ENTRY(conf_iface)	 ci_entry;
};

enum conf_host { CONF_HOST_ANY, CONF_HOST_USER, CONF_HOST_KERNEL };

struct conf_switch {
	char			 cs_name[CTL_NAME_LEN];
	uint32_t		 cs_id;		/* to ofp, set by the parent */
	bool			 cs_external;
	uint64_t		 cs_dpid;	/* 0: not given */
	uint32_t		 cs_cache;	/* or CONF_UNSET */
	uint32_t		 cs_timeout;	/* or CONF_UNSET */
	uint32_t		 cs_rate;	/* the same */
	uint32_t		 cs_versions;	/* MSG_V_*; 0: all */
	/* External. */
	char			 cs_addr[64];	/* numeric, "": any */
	char			 cs_pin[80];
	struct conf_uri		*cs_connect;	/* NULL: it connects to us */
	/* Local. */
	enum conf_host		 cs_host;
	bool			 cs_standalone;
	uint32_t		 cs_fail_delay;	/* s */
	bool			 cs_local;
	TAILQ_HEAD(, conf_iface) cs_ifaces;
	TAILQ_ENTRY(conf_switch) cs_entry;
};

struct conf {
	uint32_t		 cf_cache;	/* CONF_UNSET: not given */
	uint32_t		 cf_timeout;
	uint32_t		 cf_rate;
	char			*cf_ca;		/* paths; all or none */
	char			*cf_cert;
	char			*cf_key;
	TAILQ_HEAD(, conf_listen) cf_listens;
	TAILQ_HEAD(, conf_switch) cf_switches;
	TAILQ_HEAD(, conf_device) cf_devices;
};

/* config.c.  Those that return a string: what is wrong, or NULL. */
struct conf	*conf_new(void);
void		 conf_free(struct conf *);
const char	*conf_listen_add(struct conf *, const char *addr,
		    int64_t port, bool tls);
#define CONF_AUXILIARIES	8	/* at most, of one connection */
const char	*conf_device_add(struct conf *, const char *path,
		    struct conf_uris *,		/* consumes the uris */
		    unsigned int auxiliaries);
const char	*conf_uri_parse(struct conf_uri *, const char *);
bool		 conf_uri_same(const struct conf_uri *,
		    const struct conf_uri *);
void		 conf_uri_text(const struct conf_uri *, char *, size_t);
void		 conf_uris_free(struct conf_uris *);
struct conf_switch *conf_switch_new(const char *name, bool external,
		    const char **why);
void		 conf_switch_free(struct conf_switch *);
/* Consumes the switch. */
const char	*conf_switch_add(struct conf *, struct conf_switch *);
const char	*conf_switch_dpid(struct conf_switch *, const char *);
const char	*conf_switch_addr(struct conf_switch *, const char *);
const char	*conf_switch_pin(struct conf_switch *, const char *);
const char	*conf_switch_kernel(struct conf_switch *);
const char	*conf_switch_version(struct conf_switch *, const char *);
/* May a switch of the kernel have this name?  "switch0" */
bool		 conf_switch_fits_kernel(const char *name);
struct conf_switch *conf_switch_find(const struct conf *, const char *name);
const char	*conf_iface_add(struct conf_switch *, struct conf_iface *);
const char	*conf_iface_netns(struct conf_iface *, const char *);
/* As a port is called: "eth0", "vm1/tap0". */
void		 conf_iface_id(const char *netns, const char *name, char *,
		    size_t);
const char	*conf_mac_parse(uint8_t mac[6], const char *);
/* All of it, when it is complete; "file:line" that is about TLS, or "". */
const char	*conf_check(const struct conf *, const char *);

/* parse.y: NULL after having said on standard error or the log why. */
struct conf	*conf_parse(const char *path);
/* A macro of the command line, "name=value"; 0 or -1. */
int		 conf_macro(const char *);
/* The first error of the last conf_parse: "file:line: what". */
const char	*conf_parse_error(void);

/* printconf.c */
void		 conf_print(const struct conf *, FILE *);

#endif /* _SWITCHD_CONF_H_ */
