/*
 * SPDX-License-Identifier: ISC
 *
 * config.c: building and checking a configuration.
 */
#include <sys/socket.h>

#include <net/if.h>

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "bsd.h"
#include "conf.h"
#include "log.h"
#include "msg.h"
#include "switchd.h"
#include "user/uswitch_netns.h"

static char	conf_why[256];

__attribute__((__format__(__printf__, 1, 2))) static const char *
why(const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	vsnprintf(conf_why, sizeof(conf_why), fmt, ap);
	va_end(ap);
	return (conf_why);
}

static void *
xcalloc(size_t size)
{
	void	*p = calloc(1, size);

	if (p == NULL)
		fatal("configuration");
	return (p);
}

struct conf *
conf_new(void)
{
	struct conf	*cf = xcalloc(sizeof(*cf));

	cf->cf_cache = cf->cf_timeout = cf->cf_rate = CONF_UNSET;
	TAILQ_INIT(&cf->cf_listens);
	TAILQ_INIT(&cf->cf_switches);
	TAILQ_INIT(&cf->cf_devices);
	return (cf);
}

void
conf_free(struct conf *cf)
{
	struct conf_listen	*cl;
	struct conf_device	*cd;
	struct conf_switch	*cs;

	if (cf == NULL)
		return;
	while ((cl = TAILQ_FIRST(&cf->cf_listens)) != NULL) {
		TAILQ_REMOVE(&cf->cf_listens, cl, cl_entry);
		free(cl);
	}
	while ((cd = TAILQ_FIRST(&cf->cf_devices)) != NULL) {
		TAILQ_REMOVE(&cf->cf_devices, cd, cd_entry);
		conf_uris_free(&cd->cd_forward);
		free(cd);
	}
	while ((cs = TAILQ_FIRST(&cf->cf_switches)) != NULL) {
		TAILQ_REMOVE(&cf->cf_switches, cs, cs_entry);
		conf_switch_free(cs);
	}
	free(cf->cf_ca);
	free(cf->cf_cert);
	free(cf->cf_key);
	free(cf);
}

/* A numeric address in its usual form; 0 or -1. */
static int
addr_canonical(const char *addr, char *buf, size_t size)
{
	struct addrinfo	 hints = { .ai_flags = AI_NUMERICHOST,
			    .ai_socktype = SOCK_STREAM };
	struct addrinfo	*ai;
	struct in_addr	 in;
	int		 r;

	/* 1 is not 0.0.0.1, nor 010.0.0.1 8.0.0.1. */
	if (strchr(addr, ':') == NULL && inet_pton(AF_INET, addr, &in) != 1)
		return (-1);
	if (getaddrinfo(addr, NULL, &hints, &ai) != 0)
		return (-1);
	r = getnameinfo(ai->ai_addr, ai->ai_addrlen, buf, (socklen_t)size,
	    NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(ai);
	return (r == 0 ? 0 : -1);
}

static bool
addr_is_all(const char *addr)
{
	return (strcmp(addr, "0.0.0.0") == 0 || strcmp(addr, "::") == 0);
}

/* Is one of them the other, or all of its kind? */
static bool
addr_meets(const char *a, const char *b)
{
	return ((strchr(a, ':') == NULL) == (strchr(b, ':') == NULL) &&
	    (strcmp(a, b) == 0 || addr_is_all(a) || addr_is_all(b)));
}

const char *
conf_listen_add(struct conf *cf, const char *addr, int64_t port, bool tls)
{
	struct conf_listen	*cl, *other;

	if (port < 1 || port > 65535)
		return (why("port %lld: give one from 1 to 65535",
		    (long long)port));
	cl = xcalloc(sizeof(*cl));
	cl->cl_port = (uint16_t)port;
	cl->cl_tls = tls;
	if (addr_canonical(addr, cl->cl_addr, sizeof(cl->cl_addr)) == -1) {
		free(cl);
		return (why("listen on %s: give a numeric IPv4 or IPv6 "
		    "address, 0.0.0.0 or :: for all", addr));
	}
	TAILQ_FOREACH(other, &cf->cf_listens, cl_entry)
		if (other->cl_port == cl->cl_port &&
		    addr_meets(other->cl_addr, cl->cl_addr)) {
			free(cl);
			return (why("listen on %s port %lld: listen on %s has "
			    "that already, remove one", addr, (long long)port,
			    other->cl_addr));
		}
	TAILQ_INSERT_TAIL(&cf->cf_listens, cl, cl_entry);
	return (NULL);
}

/* [tcp:|tls:]HOST[:PORT], an IPv6 address with a port in brackets. */
const char *
conf_uri_parse(struct conf_uri *cu, const char *s)
{
	const char	*host = s, *port = NULL, *colon, *err;
	char		 addr[CTL_ADDR_LEN];
	long long	 number = SWITCHD_PORT;
	size_t		 len;

	memset(cu, 0, sizeof(*cu));
	if (strncmp(s, "tcp:", 4) == 0 || strncmp(s, "tls:", 4) == 0) {
		cu->cu_tls = s[1] == 'l';
		host += 4;
	}
	if (*host == '[') {
		len = strcspn(++host, "]");
		if (host[len] != ']' || (host[len + 1] != ':' &&
		    host[len + 1] != '\0'))
			return (why("%s: an IPv6 address is [ADDRESS]:PORT",
			    s));
		port = host[len + 1] == ':' ? host + len + 2 : NULL;
	} else {
		colon = strchr(host, ':');
		len = strlen(host);
		/* More than one colon: an IPv6 address alone. */
		if (colon != NULL && strchr(colon + 1, ':') == NULL) {
			len = (size_t)(colon - host);
			port = colon + 1;
		}
	}
	if (len == 0 || len >= sizeof(cu->cu_host))
		return (why("%s: give tcp:HOST:PORT or tls:HOST:PORT, and a "
		    "host of 1 to %zu characters", s,
		    sizeof(cu->cu_host) - 1));
	memcpy(cu->cu_host, host, len);
	if (strspn(cu->cu_host, "abcdefghijklmnopqrstuvwxyz0123456789"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ.:%_-") != len)
		return (why("%s: not the name or address of a host", s));
	if ((strchr(cu->cu_host, ':') != NULL ||
	    strspn(cu->cu_host, "0123456789.") == len) &&
	    addr_canonical(cu->cu_host, addr, sizeof(addr)) == -1)
		return (why("%s: neither tcp:HOST:PORT, tls:HOST:PORT nor an "
		    "IP address", s));
	if (port != NULL) {
		number = strtonum(port, 1, 65535, &err);
		if (err != NULL)
			return (why("%s: port %s is %s, give one from 1 to "
			    "65535", s, port, err));
	}
	snprintf(cu->cu_port, sizeof(cu->cu_port), "%lld", number);
	return (NULL);
}

bool
conf_uri_same(const struct conf_uri *a, const struct conf_uri *b)
{
	return (a->cu_tls == b->cu_tls && strcmp(a->cu_host, b->cu_host) == 0 &&
	    strcmp(a->cu_port, b->cu_port) == 0);
}

void
conf_uri_text(const struct conf_uri *cu, char *buf, size_t size)
{
	bool	v6 = strchr(cu->cu_host, ':') != NULL;

	snprintf(buf, size, "%s:%s%s%s:%s", cu->cu_tls ? "tls" : "tcp",
	    v6 ? "[" : "", cu->cu_host, v6 ? "]" : "", cu->cu_port);
}

void
conf_uris_free(struct conf_uris *uris)
{
	struct conf_uri	*cu;

	while ((cu = TAILQ_FIRST(uris)) != NULL) {
		TAILQ_REMOVE(uris, cu, cu_entry);
		free(cu);
	}
}

/* Whole, and the only one of its file but for links. */
static bool
path_is_plain(const char *path)
{
	size_t	len = 0;

	for (; *path == '/'; path += len) {
		len = strcspn(++path, "/");
		if (strncmp(path, "..", len) == 0)
			return (false);
	}
	return (len > 0);
}

const char *
conf_device_add(struct conf *cf, const char *path, struct conf_uris *uris,
    unsigned int auxiliaries)
{
	struct conf_device	*cd = xcalloc(sizeof(*cd)), *other;
	const char		*error = NULL;

	TAILQ_INIT(&cd->cd_forward);
	TAILQ_CONCAT(&cd->cd_forward, uris, cu_entry);
	cd->cd_auxiliaries = auxiliaries;
	if (!path_is_plain(path))
		error = why("device %s: give the whole path, without . and .., "
		    "as /dev/switch0", path);
	else if (strlcpy(cd->cd_path, path, sizeof(cd->cd_path)) >=
	    sizeof(cd->cd_path))
		error = why("device %s: the path is too long", path);
	else if (auxiliaries > 0 && strncmp(path, "/dev/", 5) == 0)
		error = why("device %s: only a userland switch can have "
		    "auxiliaries", path);
	TAILQ_FOREACH(other, &cf->cf_devices, cd_entry)
		if (strcmp(other->cd_path, cd->cd_path) == 0)
			error = why("device %s: given twice, remove one",
			    path);
	if (error != NULL) {
		conf_uris_free(&cd->cd_forward);
		free(cd);
		return (error);
	}
	TAILQ_INSERT_TAIL(&cf->cf_devices, cd, cd_entry);
	return (NULL);
}

/* Switches. */

struct conf_switch *
conf_switch_new(const char *name, bool external, const char **error)
{
	struct conf_switch	*cs;
	const char		*dot;
	size_t			 max = external ? CTL_NAME_LEN - 1 : 15;
	size_t			 len = strlen(name);

	if (len == 0 || len > max || strchr(".-", name[0]) != NULL ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != len) {
		*error = why("switch \"%s\": a name has 1 to %zu letters, "
		    "digits or '_', and '.' or '-' behind the first", name,
		    max);
		return (NULL);
	}
	dot = strrchr(name, '.');
	if (!external && dot != NULL && (strcmp(dot, ".ctl") == 0 ||
	    strcmp(dot, ".pid") == 0 || strcmp(dot, ".sock") == 0)) {
		*error = why("switch \"%s\": its socket would be a file of "
		    "another, give a name without %s", name, dot);
		return (NULL);
	}
	cs = xcalloc(sizeof(*cs));
	memcpy(cs->cs_name, name, len);
	cs->cs_external = external;
	cs->cs_cache = cs->cs_timeout = cs->cs_rate = CONF_UNSET;
	cs->cs_fail_delay = CONF_FAIL_DELAY;
	TAILQ_INIT(&cs->cs_ifaces);
	return (cs);
}

void
conf_switch_free(struct conf_switch *cs)
{
	struct conf_iface	*ci;

	if (cs == NULL)
		return;
	while ((ci = TAILQ_FIRST(&cs->cs_ifaces)) != NULL) {
		TAILQ_REMOVE(&cs->cs_ifaces, ci, ci_entry);
		free(ci);
	}
	free(cs->cs_connect);
	free(cs);
}

struct conf_switch *
conf_switch_find(const struct conf *cf, const char *name)
{
	struct conf_switch	*cs;

	TAILQ_FOREACH(cs, &cf->cf_switches, cs_entry)
		if (strcmp(cs->cs_name, name) == 0)
			return (cs);
	return (NULL);
}

bool
conf_switch_fits_kernel(const char *name)
{
	size_t	n = strncmp(name, "switch", 6) == 0 ?
		    strspn(name + 6, "0123456789") : 0;

	return (n >= 1 && n <= 4 && name[6 + n] == '\0' &&
	    (n == 1 || name[6] != '0'));
}

/* What a switch says, against the others; NULL or the mistake. */
static const char *
switch_check(const struct conf *cf, const struct conf_switch *cs)
{
	const struct conf_switch	*other;

	if (conf_switch_find(cf, cs->cs_name) != NULL)
		return (why("switch \"%s\": given twice, put all into one "
		    "block", cs->cs_name));
	if (cs->cs_external && cs->cs_dpid == 0 && cs->cs_addr[0] == '\0' &&
	    cs->cs_connect == NULL)
		return (why("switch \"%s\": which one? give its datapath-id, "
		    "its address, or where to connect", cs->cs_name));
	if (!cs->cs_external && cs->cs_versions == MSG_V_10)
		return (why("switch \"%s\": one of this machine speaks 1.3, "
		    "remove version 1.0", cs->cs_name));
	if (cs->cs_host == CONF_HOST_KERNEL &&
	    !conf_switch_fits_kernel(cs->cs_name))
		return (why("switch \"%s\": in the kernel its name is switch "
		    "and a number, as switch0", cs->cs_name));
	TAILQ_FOREACH(other, &cf->cf_switches, cs_entry) {
		if (cs->cs_connect != NULL && other->cs_connect != NULL &&
		    conf_uri_same(cs->cs_connect, other->cs_connect))
			return (why("switch \"%s\": connects to where \"%s\" "
			    "does, remove one", cs->cs_name, other->cs_name));
		if (other->cs_dpid != cs->cs_dpid)
			continue;
		if (cs->cs_dpid != 0)
			return (why("switch \"%s\": datapath-id 0x%016llx is "
			    "that of \"%s\", give another", cs->cs_name,
			    (unsigned long long)cs->cs_dpid, other->cs_name));
		if (cs->cs_addr[0] != '\0' &&
		    strcmp(other->cs_addr, cs->cs_addr) == 0)
			return (why("switch \"%s\": address %s is that of "
			    "\"%s\", give one of them its datapath-id",
			    cs->cs_name, cs->cs_addr, other->cs_name));
	}
	return (NULL);
}

const char *
conf_switch_add(struct conf *cf, struct conf_switch *cs)
{
	const char	*error = switch_check(cf, cs);

	if (error != NULL) {
		conf_switch_free(cs);
		return (error);
	}
	TAILQ_INSERT_TAIL(&cf->cf_switches, cs, cs_entry);
	return (NULL);
}

const char *
conf_switch_dpid(struct conf_switch *cs, const char *s)
{
	char	*end;

	errno = 0;
	cs->cs_dpid = strtoull(s, &end, 16);
	if (errno != 0 || *end != '\0' || !isxdigit((unsigned char)*s) ||
	    strlen(s) > (strncasecmp(s, "0x", 2) == 0 ? 18 : 16) ||
	    cs->cs_dpid == 0)
		return (why("datapath-id %s: give up to 16 hexadecimal "
		    "digits, not all zero, as 0x00000000000000a1", s));
	return (NULL);
}

const char *
conf_switch_addr(struct conf_switch *cs, const char *s)
{
	if (addr_canonical(s, cs->cs_addr, sizeof(cs->cs_addr)) == -1)
		return (why("address %s: give a numeric IPv4 or IPv6 address",
		    s));
	return (NULL);
}

const char *
conf_switch_pin(struct conf_switch *cs, const char *s)
{
	if (strncmp(s, "SHA256:", 7) != 0 || strlen(s) != 71 ||
	    strspn(s + 7, "0123456789abcdef") != 64)
		return (why("certificate %s: give SHA256: and 64 lower case "
		    "hexadecimal digits, as the log shows them", s));
	strlcpy(cs->cs_pin, s, sizeof(cs->cs_pin));
	return (NULL);
}

/* What both "host kernel" and a line of interfaces are checked for. */
static const char *
kernel_check(const struct conf_switch *cs, const struct conf_iface *ci)
{
	if (cs->cs_host != CONF_HOST_KERNEL || ci->ci_netns[0] == '\0')
		return (NULL);
	return (why("interface \"%s\" netns \"%s\": a switch in the kernel "
	    "has no ports in other namespaces, make it \"host user\"",
	    ci->ci_name, ci->ci_netns));
}

const char *
conf_switch_kernel(struct conf_switch *cs)
{
	const struct conf_iface	*ci;
	const char		*error = NULL;

	cs->cs_host = CONF_HOST_KERNEL;
	TAILQ_FOREACH(ci, &cs->cs_ifaces, ci_entry)
		if (error == NULL)
			error = kernel_check(cs, ci);
	return (error);
}

const char *
conf_switch_version(struct conf_switch *cs, const char *s)
{
	if (strcmp(s, "1.0") == 0)
		cs->cs_versions |= MSG_V_10;
	else if (strcmp(s, "1.3") == 0)
		cs->cs_versions |= MSG_V_13;
	else
		return (why("version %s: give 1.0, 1.3 or both", s));
	return (NULL);
}

static bool
is_pattern(const char *name)
{
	return (strpbrk(name, "*?[\\") != NULL);
}

/* Two lines of a block: does nothing remain for the second? */
static bool
iface_covers(const struct conf_iface *first, const struct conf_iface *ci)
{
	return (strcmp(first->ci_netns, ci->ci_netns) == 0 &&
	    (first->ci_alias[0] == '\0' ||
	    strcmp(first->ci_alias, ci->ci_alias) == 0) &&
	    (first->ci_owner[0] == '\0' ||
	    strcmp(first->ci_owner, ci->ci_owner) == 0) &&
	    (strcmp(first->ci_name, ci->ci_name) == 0 ||
	    (!is_pattern(ci->ci_name) &&
	    fnmatch(first->ci_name, ci->ci_name, 0) == 0)));
}

const char *
conf_iface_add(struct conf_switch *cs, struct conf_iface *ci)
{
	struct conf_iface	*other;
	const char		*error = kernel_check(cs, ci);

	if (ci->ci_name[0] == '\0')
		error = why("interface \"\": give a name or a pattern");
	else if (strcmp(ci->ci_name, cs->cs_name) == 0 &&
	    ci->ci_netns[0] == '\0')
		error = why("interface \"%s\": that is the switch itself: "
		    "write local", ci->ci_name);
	else if (!is_pattern(ci->ci_name) &&
	    strlen(ci->ci_name) >= IF_NAMESIZE)
		error = why("interface \"%s\": no name has more than %d "
		    "characters", ci->ci_name, IF_NAMESIZE - 1);
	else if (ci->ci_port != 0 && is_pattern(ci->ci_name))
		error = why("interface \"%s\" port %u: one number cannot "
		    "belong to a pattern, give the whole name or no port",
		    ci->ci_name, ci->ci_port);
	TAILQ_FOREACH(other, &cs->cs_ifaces, ci_entry) {
		if (ci->ci_port != 0 && ci->ci_port == other->ci_port)
			error = why("interface \"%s\" port %u: the port of "
			    "\"%s\", give another", ci->ci_name, ci->ci_port,
			    other->ci_name);
		if (iface_covers(other, ci))
			error = why("interface \"%s\": never counts behind "
			    "interface \"%s\", put it first or remove it",
			    ci->ci_name, other->ci_name);
	}
	if (error != NULL) {
		free(ci);
		return (error);
	}
	TAILQ_INSERT_TAIL(&cs->cs_ifaces, ci, ci_entry);
	return (NULL);
}

const char *
conf_iface_netns(struct conf_iface *ci, const char *s)
{
	if (!unetns_name_ok(s))
		return (why("netns \"%s\": a name has 1 to %d letters, digits "
		    "or '_', and '.' or '-' behind the first",
		    s, UCTL_NETNS_LEN - 1));
	strlcpy(ci->ci_netns, s, sizeof(ci->ci_netns));
	return (NULL);
}

void
conf_iface_id(const char *netns, const char *name, char *buf, size_t size)
{
	snprintf(buf, size, "%s%s%s", netns, *netns != '\0' ? "/" : "", name);
}

const char *
conf_mac_parse(uint8_t mac[6], const char *s)
{
	static const uint8_t	 none[6];
	const char		*p = s;
	char			*end;
	int			 i;

	for (i = 0; i < 6; i++, p = end + 1) {
		if (!isxdigit((unsigned char)p[0]) ||
		    (p[1] != ':' && p[1] != '\0' &&
		    !isxdigit((unsigned char)p[1])))
			break;
		mac[i] = (uint8_t)strtoul(p, &end, 16);
		if (end - p > 2 || *end != (i < 5 ? ':' : '\0'))
			break;
	}
	if (i < 6)
		return (why("address %s: give six hexadecimal bytes, as "
		    "02:00:00:00:00:01", s));
	if ((mac[0] & 1) || memcmp(mac, none, sizeof(none)) == 0)
		return (why("address %s: that is a group, or none: give the "
		    "address of one host", s));
	return (NULL);
}

static bool
conf_uses_tls(const struct conf *cf)
{
	const struct conf_listen	*cl;
	const struct conf_device	*cd;
	const struct conf_switch	*cs;
	const struct conf_uri		*cu;

	TAILQ_FOREACH(cl, &cf->cf_listens, cl_entry)
		if (cl->cl_tls)
			return (true);
	TAILQ_FOREACH(cd, &cf->cf_devices, cd_entry)
		TAILQ_FOREACH(cu, &cd->cd_forward, cu_entry)
			if (cu->cu_tls)
				return (true);
	TAILQ_FOREACH(cs, &cf->cf_switches, cs_entry)
		if (cs->cs_connect != NULL && cs->cs_connect->cu_tls)
			return (true);
	return (false);
}

const char *
conf_check(const struct conf *cf, const char *where)
{
	int	n = 0;

	n += cf->cf_ca != NULL;
	n += cf->cf_cert != NULL;
	n += cf->cf_key != NULL;
	if (n != 3 && (n != 0 || conf_uses_tls(cf)))
		return (why("%s%sTLS needs all of: tls ca \"FILE\", tls "
		    "certificate \"FILE\", tls key \"FILE\"", where,
		    *where != '\0' ? ": " : ""));
	return (NULL);
}
