/*
 * SPDX-License-Identifier: ISC
 *
 * parse.y: the grammar of switchd.conf(5).
 *
 * A statement ends with its line.  Words are cut by lex.c, which also knows
 * files, lines and macros; what a word means is the table of keywords here.
 * All mistakes of a file are told, each as "file:line: what is wrong and what
 * is expected", and then there is no configuration.
 */
%define parse.error custom
%define parse.lac full
%define api.prefix {conf_yy}

%code requires {
#include <stdint.h>
}

%{
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bsd.h"
#include "conf.h"
#include "lex.h"
#include "log.h"
#include "msg.h"
#include "switchd.h"

/* Where its stack begins; it grows. */
#define YYINITDEPTH	16

static struct conf		*conf;
static struct conf_switch	*cs;	/* of the block that we are in */
static struct conf_iface	*ci;	/* of the line that we are in */
static struct conf_uris		 uris;	/* of the line that we are in */
static bool			 tls;
static int64_t			 port;
static unsigned int		 auxiliaries;
static uint64_t			 in_file;	/* tokens so far, see once() */
static uint64_t			 in_block;
static uint64_t			 in_line;
static char			 tls_where[512]; /* of its first line */

static int	conf_yylex(void);
static void	conf_yyerror(const char *);
static void	complain(const char *);
static void	switch_begin(const char *, bool);
static void	switch_end(const char *);
static void	iface_begin(const char *);
static void	iface_end(void);
static void	once(uint64_t *, int, const char *);
static void	tls_used(void);
static void	uri_add(const char *);
static void	set_path(char **, const char *, const char *);
static uint32_t	u32(int64_t, int64_t, int64_t, const char *);
static void	copy(char *, size_t, const char *, const char *);
static void	owner_check(const char *);
static bool	is_local(const char *);
static bool	is_external(const char *);
%}

%union {
	char		*string;	/* to be freed */
	int64_t		 number;
}

%token <string> STRING	"a word"
%token <string> NUMBER	"a number"
%token EOL		"end of line"
%token ERROR		"nothing"
%token ADDRESS		"address"
%token ALIAS		"alias"
%token AUXILIARIES	"auxiliaries"
%token CA		"ca"
%token CACHE		"cache"
%token CERTIFICATE	"certificate"
%token CONNECT		"connect"
%token DATAPATHID	"datapath-id"
%token DEVICE		"device"
%token EXTERNAL		"external"
%token FAIL		"fail"
%token FORWARD		"forward"
%token HOST		"host"
%token INCLUDE		"include"
%token INTERFACE	"interface"
%token KERNEL		"kernel"
%token KEY		"key"
%token LISTEN		"listen"
%token LOCAL		"local"
%token LOCKED		"locked"
%token MAXADDRESSES	"max-addresses"
%token NETNS		"netns"
%token ON		"on"
%token OWNER		"owner"
%token PACKETINRATE	"packet-in-rate"
%token PORT		"port"
%token PROTECTED	"protected"
%token SECURE		"secure"
%token STANDALONE	"standalone"
%token SWITCH		"switch"
%token TIMEOUT		"timeout"
%token TLS		"tls"
%token TO		"to"
%token USER		"user"
%token VERSION		"version"

%type <string> word
%type <number> number

%destructor { free($$); } <string>

%%

file		: /* empty */
		| file EOL
		| file statement EOL
		| file error EOL		{ yyerrok; }
		;

statement	: include
		| macro
		| listen
		| device
		| switch
		| tls
		| CACHE number			{
			once(&in_file, CACHE, "cache");
			conf->cf_cache = u32($2, 1, UINT32_MAX - 1, "cache");
		}
		| TIMEOUT number		{
			once(&in_file, TIMEOUT, "timeout");
			conf->cf_timeout = u32($2, 0, UINT32_MAX - 1,
			    "timeout");
		}
		| PACKETINRATE number		{
			once(&in_file, PACKETINRATE, "packet-in-rate");
			conf->cf_rate = u32($2, 0, UINT32_MAX - 1,
			    "packet-in-rate");
		}
		;

include		: INCLUDE word			{
			complain(lex_include($2));
			free($2);
		}
		;

macro		: STRING '=' word		{
			complain(lex_macro_set($1, $3, false));
			free($1);
			free($3);
		}
		;

listen		: LISTEN ON word		{
			tls = false;
			port = SWITCHD_PORT;
			in_line = 0;
		} listen_options		{
			complain(conf_listen_add(conf, $3, port, tls));
			free($3);
		}
		;

listen_options	: /* empty */
		| listen_options TLS		{
			once(&in_line, TLS, "tls");
			tls = true;
			tls_used();
		}
		| listen_options PORT number	{
			once(&in_line, PORT, "port");
			port = $3;
		}
		;

device		: DEVICE word			{
			conf_uris_free(&uris);
			auxiliaries = 0;
		} forward {
			complain(conf_device_add(conf, $2, &uris,
			    auxiliaries));
			free($2);
		}
		;

forward		: /* empty */
		| FORWARD TO uris
		| FORWARD TO uris AUXILIARIES number	{
			auxiliaries = u32($5, 0, CONF_AUXILIARIES,
			    "auxiliaries");
		}
		;

uris		: word				{ uri_add($1); free($1); }
		| uris comma word		{ uri_add($3); free($3); }
		;

comma		: /* empty */
		| ','
		;

tls		: TLS CA word			{
			set_path(&conf->cf_ca, $3, "tls ca");
			free($3);
		}
		| TLS CERTIFICATE word		{
			set_path(&conf->cf_cert, $3, "tls certificate");
			free($3);
		}
		| TLS KEY word			{
			set_path(&conf->cf_key, $3, "tls key");
			free($3);
		}
		;

switch		: SWITCH word external		{
			switch_begin($2, tls);
		} '{' settings '}'		{
			switch_end($2);
			free($2);
		}
		;

external	: /* empty */			{ tls = false; }
		| EXTERNAL			{ tls = true; }
		;

settings	: /* empty */
		| settings EOL
		| settings setting EOL
		| settings error EOL		{ yyerrok; }
		;

setting		: DATAPATHID word		{
			once(&in_block, DATAPATHID, "datapath-id");
			complain(conf_switch_dpid(cs, $2));
			free($2);
		}
		| CACHE number			{
			once(&in_block, CACHE, "cache");
			cs->cs_cache = u32($2, 1, UINT32_MAX - 1, "cache");
		}
		| TIMEOUT number		{
			once(&in_block, TIMEOUT, "timeout");
			cs->cs_timeout = u32($2, 0, UINT32_MAX - 1,
			    "timeout");
		}
		| PACKETINRATE number		{
			once(&in_block, PACKETINRATE, "packet-in-rate");
			cs->cs_rate = u32($2, 0, UINT32_MAX - 1,
			    "packet-in-rate");
		}
		| VERSION versions		{
			once(&in_block, VERSION, "version");
		}
		| ADDRESS word			{
			once(&in_block, ADDRESS, "address");
			if (is_external("address"))
				complain(conf_switch_addr(cs, $2));
			free($2);
		}
		| CERTIFICATE word		{
			once(&in_block, CERTIFICATE, "certificate");
			if (is_external("certificate"))
				complain(conf_switch_pin(cs, $2));
			free($2);
		}
		| CONNECT word			{
			once(&in_block, CONNECT, "connect");
			conf_uris_free(&uris);
			if (is_external("connect")) {
				uri_add($2);
				free(cs->cs_connect);
				cs->cs_connect = TAILQ_FIRST(&uris);
				TAILQ_INIT(&uris);
			}
			free($2);
		}
		| HOST host			{
			once(&in_block, HOST, "host");
		}
		| FAIL fail			{
			once(&in_block, FAIL, "fail");
		}
		| LOCAL				{
			once(&in_block, LOCAL, "local");
			cs->cs_local = is_local("local");
		}
		| INTERFACE word		{
			iface_begin($2);
		} options			{
			iface_end();
			free($2);
		}
		;

versions	: version
		| versions comma version
		;

version		: word				{
			complain(conf_switch_version(cs, $1));
			free($1);
		}
		;

host		: USER				{
			if (is_local("host"))
				cs->cs_host = CONF_HOST_USER;
		}
		| KERNEL			{
			if (is_local("host"))
				complain(conf_switch_kernel(cs));
		}
		;

fail		: SECURE			{
			if (is_local("fail"))
				cs->cs_standalone = false;
		}
		| STANDALONE			{
			if (is_local("fail"))
				cs->cs_standalone = true;
		}
		| STANDALONE number		{
			if (is_local("fail"))
				cs->cs_standalone = true;
			cs->cs_fail_delay = u32($2, 1, UINT32_MAX,
			    "fail standalone");
		}
		;

options		: /* empty */
		| options option
		;

option		: PORT number			{
			once(&in_line, PORT, "port");
			ci->ci_port = u32($2, 1, 0xfffffeff, "port");
		}
		| NETNS word			{
			once(&in_line, NETNS, "netns");
			complain(conf_iface_netns(ci, $2));
			lex_where(ci->ci_where, sizeof(ci->ci_where));
			free($2);
		}
		| ALIAS word			{
			once(&in_line, ALIAS, "alias");
			copy(ci->ci_alias, sizeof(ci->ci_alias), $2, "alias");
			free($2);
		}
		| OWNER word			{
			once(&in_line, OWNER, "owner");
			copy(ci->ci_owner, sizeof(ci->ci_owner), $2, "owner");
			owner_check($2);
			free($2);
		}
		| PROTECTED number		{
			ci->ci_domains |= 1U << u32($2, 1, 31, "protected");
		}
		| LOCKED word			{
			once(&in_line, LOCKED, "locked");
			complain(conf_mac_parse(ci->ci_mac, $2));
			ci->ci_locked = true;
			free($2);
		}
		| MAXADDRESSES number		{
			once(&in_line, MAXADDRESSES, "max-addresses");
			ci->ci_max_macs = u32($2, 1, UINT32_MAX,
			    "max-addresses");
		}
		;

word		: STRING
		| NUMBER
		;

number		: NUMBER			{
			$$ = strtoll($1, NULL, 10);
			free($1);
		}
		;

%%

/* The words with a meaning, sorted. */
static const struct keyword {
	const char	*k_name;
	int		 k_token;
} keywords[] = {
	{ "address", ADDRESS },
	{ "alias", ALIAS },
	{ "auxiliaries", AUXILIARIES },
	{ "ca", CA },
	{ "cache", CACHE },
	{ "certificate", CERTIFICATE },
	{ "connect", CONNECT },
	{ "datapath-id", DATAPATHID },
	{ "device", DEVICE },
	{ "external", EXTERNAL },
	{ "fail", FAIL },
	{ "forward", FORWARD },
	{ "host", HOST },
	{ "include", INCLUDE },
	{ "interface", INTERFACE },
	{ "kernel", KERNEL },
	{ "key", KEY },
	{ "listen", LISTEN },
	{ "local", LOCAL },
	{ "locked", LOCKED },
	{ "max-addresses", MAXADDRESSES },
	{ "netns", NETNS },
	{ "on", ON },
	{ "owner", OWNER },
	{ "packet-in-rate", PACKETINRATE },
	{ "port", PORT },
	{ "protected", PROTECTED },
	{ "secure", SECURE },
	{ "standalone", STANDALONE },
	{ "switch", SWITCH },
	{ "timeout", TIMEOUT },
	{ "tls", TLS },
	{ "to", TO },
	{ "user", USER },
	{ "version", VERSION }
};

static int
keyword_cmp(const void *name, const void *k)
{
	return (strcmp(name, ((const struct keyword *)k)->k_name));
}

static const struct keyword *
keyword_find(const char *name)
{
	return (bsearch(name, keywords, sizeof(keywords) / sizeof(keywords[0]),
	    sizeof(keywords[0]), keyword_cmp));
}

static int
conf_yylex(void)
{
	const struct keyword	*k;
	const char		*err = "";
	struct lex_word		 lw;

	switch (lex_next(&lw)) {
	case LEX_END:
		return (0);
	case LEX_BAD:
		complain(lw.lw_text);
		return (ERROR);
	case LEX_CHAR:
		return (lw.lw_char == '\n' ? EOL : lw.lw_char);
	case LEX_WORD:
		break;
	}
	if (!lw.lw_quoted) {
		k = keyword_find(lw.lw_text);
		if (k != NULL)
			return (k->k_token);
		strtonum(lw.lw_text, INT64_MIN, INT64_MAX, &err);
	}
	conf_yylval.string = strdup(lw.lw_text);
	if (conf_yylval.string == NULL)
		fatal("configuration");
	return (err == NULL ? NUMBER : STRING);
}

static void
complain(const char *what)
{
	if (what != NULL)
		lex_error("%s", what);
}

/* Memory, the only error that the parser itself reports. */
static void
conf_yyerror(const char *what)
{
	complain(what);
}

/* 'near "x": expected a, b or c' */
static int
yyreport_syntax_error(const yypcontext_t *ctx)
{
	yysymbol_kind_t	 want[32];
	char		 text[640];
	const char	*near;
	size_t		 used;
	int		 i, n;

	if (yypcontext_token(ctx) == YYSYMBOL_ERROR)
		return (0);
	if (yypcontext_token(ctx) == YYSYMBOL_YYEOF && cs != NULL) {
		lex_error("switch \"%s\": its block is open at the end of the "
		    "file: close it with '}'", cs->cs_name);
		return (0);
	}
	n = yypcontext_expected_tokens(ctx, want, 32);
	near = lex_near();
	snprintf(text, sizeof(text), "%s%s%s: expected", *near != '\0' ?
	    "near \"" : "at the end of the ", *near != '\0' ? near : "line",
	    *near != '\0' ? "\"" : "");
	for (i = 0; i < n; i++) {
		used = strlen(text);
		snprintf(text + used, sizeof(text) - used, "%s %s",
		    i == 0 ? "" : i == n - 1 ? " or" : ",",
		    yysymbol_name(want[i]));
	}
	if (n == 2 && want[0] == YYSYMBOL_STRING && keyword_find(near) != NULL)
		strlcat(text, "; a keyword is one in quotes", sizeof(text));
	if (n == 1 && strcmp(yysymbol_name(want[0]), "'='") == 0)
		strlcat(text, ", as in NAME = \"value\"; or begin the line "
		    "with one of cache, device, include, listen, "
		    "packet-in-rate, switch, timeout, tls", sizeof(text));
	lex_error("%s", text);
	return (0);
}

/* What can be said once is said again: one of the two is a mistake. */
static void
once(uint64_t *seen, int token, const char *what)
{
	uint64_t	bit = 1ULL << (token - EOL);

	if (*seen & bit)
		lex_error("%s: given twice, remove one", what);
	*seen |= bit;
}

static void
tls_used(void)
{
	if (tls_where[0] == '\0')
		lex_where(tls_where, sizeof(tls_where));
}

static void
switch_begin(const char *name, bool external)
{
	const char	*error = NULL;

	in_block = 0;
	conf_switch_free(cs);		/* of a line that was broken */
	cs = conf_switch_new(name, external, &error);
	complain(error);
	/* Check the block nevertheless. */
	if (cs == NULL)
		cs = conf_switch_new("bad", external, &error);
}

static void
switch_end(const char *name)
{
	/* That of a bad name is none to find again. */
	if (strcmp(cs->cs_name, name) == 0)
		complain(conf_switch_add(conf, cs));
	else
		conf_switch_free(cs);
	cs = NULL;
}

static bool
is_local(const char *what)
{
	if (cs->cs_external)
		lex_error("%s is for switches of this machine: remove it, or "
		    "the word external", what);
	return (!cs->cs_external);
}

static bool
is_external(const char *what)
{
	if (!cs->cs_external)
		lex_error("%s is for switches elsewhere: remove it, or write "
		    "switch \"%s\" external {", what, cs->cs_name);
	return (cs->cs_external);
}

static void
iface_begin(const char *name)
{
	is_local("interface");
	in_line = 0;
	free(ci);			/* of a line that was broken */
	ci = calloc(1, sizeof(*ci));
	if (ci == NULL)
		fatal("configuration");
	copy(ci->ci_name, sizeof(ci->ci_name), name, "interface");
}

static void
iface_end(void)
{
	complain(conf_iface_add(cs, ci));
	ci = NULL;
}

static void
uri_add(const char *s)
{
	struct conf_uri	*cu = calloc(1, sizeof(*cu)), *other;

	if (cu == NULL)
		fatal("configuration");
	complain(conf_uri_parse(cu, s));
	TAILQ_FOREACH(other, &uris, cu_entry)
		if (conf_uri_same(cu, other))
			lex_error("%s: given twice, remove one", s);
	if (cu->cu_tls)
		tls_used();
	TAILQ_INSERT_TAIL(&uris, cu, cu_entry);
}

static void
set_path(char **where, const char *path, const char *what)
{
	tls_used();
	if (*where != NULL)
		lex_error("%s: given twice, remove one", what);
	if (*path != '/')
		lex_error("%s %s: give the whole path", what, path);
	free(*where);
	*where = strdup(path);
	if (*where == NULL)
		fatal("configuration");
}

static uint32_t
u32(int64_t n, int64_t min, int64_t max, const char *what)
{
	if (n >= min && n <= max)
		return ((uint32_t)n);
	lex_error("%s %lld: give a number from %lld to %lld", what,
	    (long long)n, (long long)min, (long long)max);
	return ((uint32_t)min);
}

static void
copy(char *to, size_t size, const char *from, const char *what)
{
	if (strlcpy(to, from, size) >= size)
		lex_error("%s \"%s\": at most %zu characters", what, from,
		    size - 1);
}

/* No mistake for sure: users come and go, as interfaces do. */
static void
owner_check(const char *owner)
{
	char	where[512];

	if (getpwnam(owner) != NULL)
		return;
	lex_where(where, sizeof(where));
	log_warnx("%s: owner \"%s\": no such user: correct the name, or create "
	    "the user", where, owner);
}

struct conf *
conf_parse(const char *path)
{
	struct conf	*cf;

	conf = conf_new();
	cs = NULL;
	ci = NULL;
	in_file = 0;
	tls_where[0] = '\0';
	TAILQ_INIT(&uris);
	complain(lex_open(path));
	if (lex_errors() == 0 && conf_yyparse() != 0 && lex_errors() == 0)
		lex_error("the rest cannot be understood");
	/* What a broken line began. */
	conf_switch_free(cs);
	free(ci);
	conf_uris_free(&uris);
	lex_close();
	if (lex_errors() == 0)
		complain(conf_check(conf, tls_where));
	cf = conf;
	conf = NULL;
	if (lex_errors() == 0)
		return (cf);
	conf_free(cf);
	return (NULL);
}

int
conf_macro(const char *s)
{
	char	*name = strdup(s), *eq;
	int	 r = -1;

	if (name != NULL && (eq = strchr(name, '=')) != NULL) {
		*eq = '\0';
		if (lex_macro_set(name, eq + 1, true) == NULL)
			r = 0;
	}
	free(name);
	return (r);
}

const char *
conf_parse_error(void)
{
	return (lex_first_error());
}
