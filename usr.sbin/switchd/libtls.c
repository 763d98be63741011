/*
 * SPDX-License-Identifier: ISC
 *
 * libtls.c: load libtls when it is needed, see libtls.h.
 */
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "libtls.h"

struct libtls	libtls;

/* As systems name it, the usual first. */
static const char *const	names[] = {
	"libtls.so.26", "libtls.so.28", "libtls.so.20", "libtls.so"
};

#define ROW(name)	{ "tls_" #name, offsetof(struct libtls, name) }
static const struct {
	const char	*name;
	size_t		 offset;
} rows[] = {
	ROW(client),
	ROW(server),
	ROW(free),
	ROW(error),
	ROW(configure),
	ROW(accept_socket),
	ROW(connect_socket),
	ROW(handshake),
	ROW(read),
	ROW(write),
	ROW(close),
	ROW(peer_cert_hash),
	ROW(peer_cert_subject),
	ROW(config_new),
	ROW(config_free),
	ROW(config_error),
	ROW(config_set_ca_mem),
	ROW(config_set_keypair_mem),
	ROW(config_verify_client),
	ROW(config_insecure_noverifyname)
};
#define NROWS	(sizeof(rows) / sizeof(rows[0]))

static bool	loaded;

const char *
libtls_load(void)
{
	static char	 why[256];
	void		*lib = NULL, *fn;
	size_t		 i;

	if (loaded)
		return (NULL);
	for (i = 0; lib == NULL && i < sizeof(names) / sizeof(names[0]); i++)
		lib = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
	if (lib == NULL) {
		snprintf(why, sizeof(why), "TLS needs libtls: %s", dlerror());
		return (why);
	}
	for (i = 0; i < NROWS; i++) {
		fn = dlsym(lib, rows[i].name);
		if (fn == NULL) {
			snprintf(why, sizeof(why), "libtls has no %s",
			    rows[i].name);
			dlclose(lib);
			return (why);
		}
		memcpy((char *)&libtls + rows[i].offset, &fn, sizeof(fn));
	}
	loaded = true;
	return (NULL);
}

bool
libtls_is_loaded(void)
{
	return (loaded);
}
