/*
 * SPDX-License-Identifier: ISC
 *
 * certs.c: certificates and keys, read by the parent and handed on as memory.
 *
 * They are tried here first, as a child would use them, so that a reload with
 * a certificate that does not fit its key is refused like any other mistake.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bsd.h"
#include "libtls.h"
#include "log.h"
#include "parent.h"

#define CERTS_MAX_SIZE	(40 * 1024)

static const char *const	certs_names[3] = {
	"tls ca", "tls certificate", "tls key"
};
static char			certs_why[512];

static const char *
certs_fail(int i, const char *path, const char *what)
{
	snprintf(certs_why, sizeof(certs_why), "%s %s: %s", certs_names[i],
	    path, what);
	return (certs_why);
}

static const char *
certs_read_file(struct certs *ce, int i, const char *path)
{
	struct stat	 st;
	const char	*error = NULL;
	ssize_t		 n;
	int		 fd;

	/* Whatever it is: to open it must not wait. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1 || fstat(fd, &st) == -1)
		error = certs_fail(i, path, strerror(errno));
	else if (!S_ISREG(st.st_mode) || st.st_size > CERTS_MAX_SIZE)
		error = certs_fail(i, path, "not a file of at most 40 kB");
	else if (i == 2 && (st.st_mode & 077) != 0)
		error = certs_fail(i, path, "others may read it: chmod 600");
	else {
		ce->ce_pem[i] = calloc(1, (size_t)st.st_size + 1);
		if (ce->ce_pem[i] == NULL)
			fatal("certificates");
		n = read(fd, ce->ce_pem[i], (size_t)st.st_size);
		ce->ce_len[i] = n > 0 ? (size_t)n : 0;
		if (n <= 0 || strstr(ce->ce_pem[i], "-----BEGIN ") == NULL)
			error = certs_fail(i, path, "no PEM in it");
	}
	if (fd != -1)
		close(fd);
	return (error);
}

/* Would a child be able to use them? */
static const char *
certs_try(const struct certs *ce, const struct conf *cf)
{
	struct tls_config	*tc = libtls.config_new();
	struct tls		*server = libtls.server();
	const char		*error = NULL;

	if (tc == NULL || server == NULL)
		fatalx("TLS: out of memory");
	if (libtls.config_set_ca_mem(tc, (const uint8_t *)ce->ce_pem[0],
	    ce->ce_len[0]) == -1)
		error = certs_fail(0, cf->cf_ca, libtls.config_error(tc));
	else if (libtls.config_set_keypair_mem(tc,
	    (const uint8_t *)ce->ce_pem[1], ce->ce_len[1],
	    (const uint8_t *)ce->ce_pem[2], ce->ce_len[2]) == -1)
		error = certs_fail(1, cf->cf_cert, libtls.config_error(tc));
	else {
		libtls.config_verify_client(tc);
		if (libtls.configure(server, tc) == -1)
			error = certs_fail(1, cf->cf_cert,
			    libtls.error(server));
	}
	libtls.free(server);
	libtls.config_free(tc);
	return (error);
}

const char *
certs_read(struct certs *ce, const struct conf *cf)
{
	const char	*paths[3] = { cf->cf_ca, cf->cf_cert, cf->cf_key };
	const char	*error = NULL;
	int		 i;

	memset(ce, 0, sizeof(*ce));
	if (cf->cf_ca == NULL)
		return (NULL);
	for (i = 0; i < 3 && error == NULL; i++)
		error = certs_read_file(ce, i, paths[i]);
	if (error == NULL)
		error = libtls_load();
	if (error == NULL)
		error = certs_try(ce, cf);
	if (error != NULL)
		certs_clear(ce);
	return (error);
}

bool
certs_same(const struct certs *a, const struct certs *b)
{
	int	i;

	for (i = 0; i < 3; i++)
		if (a->ce_len[i] != b->ce_len[i] || (a->ce_len[i] > 0 &&
		    memcmp(a->ce_pem[i], b->ce_pem[i], a->ce_len[i]) != 0))
			return (false);
	return (true);
}

void
certs_send(const struct certs *ce, enum proc_id to)
{
	struct msg_tls	 mt;
	size_t		 len = ce->ce_len[0] + ce->ce_len[1] + ce->ce_len[2];
	uint8_t		*pem = calloc(1, len + 1), *p = pem;
	int		 i;

	if (pem == NULL)
		fatal("certificates");
	mt.mt_ca = (uint32_t)ce->ce_len[0];
	mt.mt_cert = (uint32_t)ce->ce_len[1];
	mt.mt_key = (uint32_t)ce->ce_len[2];
	for (i = 0; i < 3; p += ce->ce_len[i++])
		if (ce->ce_len[i] > 0)
			memcpy(p, ce->ce_pem[i], ce->ce_len[i]);
	proc_send2(to, MSG_TLS, 0, -1, &mt, sizeof(mt), pem, len);
	explicit_bzero(pem, len);
	free(pem);
}

void
certs_clear(struct certs *ce)
{
	int	i;

	for (i = 0; i < 3; i++) {
		if (ce->ce_pem[i] != NULL)
			explicit_bzero(ce->ce_pem[i], ce->ce_len[i]);
		free(ce->ce_pem[i]);
	}
	memset(ce, 0, sizeof(*ce));
}
