/*
 * SPDX-License-Identifier: ISC
 *
 * printconf.c: a configuration as text that parses back to the same.
 */
#include <string.h>

#include "conf.h"
#include "msg.h"

/* A word has quotes of one kind at most: lex.h. */
static void
print_word(const char *before, const char *word, FILE *f)
{
	int	quote = strchr(word, '"') != NULL ? '\'' : '"';

	fprintf(f, "%s%c%s%c", before, quote, word, quote);
}

static void
print_iface(const struct conf_iface *ci, FILE *f)
{
	const uint8_t	*m = ci->ci_mac;
	unsigned int	 i;

	print_word("\tinterface ", ci->ci_name, f);
	if (ci->ci_port != 0)
		fprintf(f, " port %u", ci->ci_port);
	if (ci->ci_netns[0] != '\0')
		print_word(" netns ", ci->ci_netns, f);
	if (ci->ci_alias[0] != '\0')
		print_word(" alias ", ci->ci_alias, f);
	if (ci->ci_owner[0] != '\0')
		print_word(" owner ", ci->ci_owner, f);
	for (i = 1; i < 32; i++)
		if (ci->ci_domains & 1U << i)
			fprintf(f, " protected %u", i);
	if (ci->ci_locked)
		fprintf(f, " locked %02x:%02x:%02x:%02x:%02x:%02x", m[0],
		    m[1], m[2], m[3], m[4], m[5]);
	if (ci->ci_max_macs != 0)
		fprintf(f, " max-addresses %u", ci->ci_max_macs);
	fprintf(f, "\n");
}

static void
print_external(const struct conf_switch *cs, FILE *f)
{
	char	uri[CTL_ADDR_LEN + 32];

	if (cs->cs_addr[0] != '\0')
		fprintf(f, "\taddress %s\n", cs->cs_addr);
	if (cs->cs_pin[0] != '\0')
		fprintf(f, "\tcertificate %s\n", cs->cs_pin);
	if (cs->cs_connect != NULL) {
		conf_uri_text(cs->cs_connect, uri, sizeof(uri));
		fprintf(f, "\tconnect %s\n", uri);
	}
}

static void
print_local(const struct conf_switch *cs, FILE *f)
{
	const struct conf_iface	*ci;

	if (cs->cs_host != CONF_HOST_ANY)
		fprintf(f, "\thost %s\n", cs->cs_host == CONF_HOST_USER ?
		    "user" : "kernel");
	if (cs->cs_standalone)
		fprintf(f, "\tfail standalone %u\n", cs->cs_fail_delay);
	else
		fprintf(f, "\tfail secure\n");
	TAILQ_FOREACH(ci, &cs->cs_ifaces, ci_entry)
		print_iface(ci, f);
	if (cs->cs_local)
		fprintf(f, "\tlocal\n");
}

static void
print_switch(const struct conf_switch *cs, FILE *f)
{
	fprintf(f, "switch \"%s\" %s{\n", cs->cs_name, cs->cs_external ?
	    "external " : "");
	if (cs->cs_dpid != 0)
		fprintf(f, "\tdatapath-id 0x%016llx\n",
		    (unsigned long long)cs->cs_dpid);
	if (cs->cs_cache != CONF_UNSET)
		fprintf(f, "\tcache %u\n", cs->cs_cache);
	if (cs->cs_timeout != CONF_UNSET)
		fprintf(f, "\ttimeout %u\n", cs->cs_timeout);
	if (cs->cs_rate != CONF_UNSET)
		fprintf(f, "\tpacket-in-rate %u\n", cs->cs_rate);
	if (cs->cs_versions != 0)
		fprintf(f, "\tversion%s%s\n", cs->cs_versions & MSG_V_10 ?
		    " 1.0" : "", cs->cs_versions & MSG_V_13 ? " 1.3" : "");
	if (cs->cs_external)
		print_external(cs, f);
	else
		print_local(cs, f);
	fprintf(f, "}\n");
}

static void
print_tls(const char *what, const char *path, FILE *f)
{
	if (path == NULL)
		return;
	print_word(what, path, f);
	fprintf(f, "\n");
}

static void
print_device(const struct conf_device *cd, FILE *f)
{
	const struct conf_uri	*cu;
	char			 uri[CTL_ADDR_LEN + 32];

	print_word("device ", cd->cd_path, f);
	TAILQ_FOREACH(cu, &cd->cd_forward, cu_entry) {
		conf_uri_text(cu, uri, sizeof(uri));
		fprintf(f, "%s %s", cu == TAILQ_FIRST(&cd->cd_forward) ?
		    " forward to" : "", uri);
	}
	if (cd->cd_auxiliaries > 0)
		fprintf(f, " auxiliaries %u", cd->cd_auxiliaries);
	fprintf(f, "\n");
}

void
conf_print(const struct conf *cf, FILE *f)
{
	const struct conf_listen	*cl;
	const struct conf_switch	*cs;
	const struct conf_device	*cd;

	if (cf->cf_cache != CONF_UNSET)
		fprintf(f, "cache %u\n", cf->cf_cache);
	if (cf->cf_timeout != CONF_UNSET)
		fprintf(f, "timeout %u\n", cf->cf_timeout);
	if (cf->cf_rate != CONF_UNSET)
		fprintf(f, "packet-in-rate %u\n", cf->cf_rate);
	print_tls("tls ca ", cf->cf_ca, f);
	print_tls("tls certificate ", cf->cf_cert, f);
	print_tls("tls key ", cf->cf_key, f);
	TAILQ_FOREACH(cl, &cf->cf_listens, cl_entry)
		fprintf(f, "listen on %s%s port %u\n", cl->cl_addr,
		    cl->cl_tls ? " tls" : "", cl->cl_port);
	TAILQ_FOREACH(cs, &cf->cf_switches, cs_entry)
		print_switch(cs, f);
	TAILQ_FOREACH(cd, &cf->cf_devices, cd_entry)
		print_device(cd, f);
}
