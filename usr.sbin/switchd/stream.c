/*
 * SPDX-License-Identifier: ISC
 *
 * stream.c: a byte stream, plain or TLS (libtls), without blocking.
 */
#include <sys/socket.h>

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bsd.h"
#include "libtls.h"
#include "stream.h"

/* Handshakes refer to it for as long as they live: it is counted. */
struct server {
	struct tls	*se_tls;
	unsigned int	 se_count;
};

struct stream {
	int		 st_fd;
	struct tls	*st_tls;	/* NULL: plain */
	struct server	*st_server;	/* that accepted it, or NULL */
	bool		 st_open;	/* no handshake (any more) */
	bool		 st_heard;	/* and a byte came by TLS */
	short		 st_want;	/* what TLS waits for, whatever we do */
	char		*st_error;	/* of the last failure, or NULL */
};

/*
 * For streams to come; NULL: no certificates.  Whether a name is verified is a
 * property of the configuration at the end of a handshake, so that each way
 * has one of its own.
 */
static struct tls_config	*certs, *certs_noname;
static struct server		*certs_server;
static char			 certs_error[256];

/* Certificates. */

static int
certs_fail(const char *what, const char *why)
{
	snprintf(certs_error, sizeof(certs_error), "%s: %s", what,
	    why != NULL ? why : "unusable");
	return (-1);
}

static int
certs_set(struct tls_config *tc, const struct msg_tls *mt, const uint8_t *p)
{
	const uint8_t	*cert = p + mt->mt_ca, *key = cert + mt->mt_cert;

	if (libtls.config_set_ca_mem(tc, p, mt->mt_ca) == -1)
		return (certs_fail("tls ca", libtls.config_error(tc)));
	if (libtls.config_set_keypair_mem(tc, cert, mt->mt_cert, key,
	    mt->mt_key) == -1)
		return (certs_fail("tls certificate or key",
		    libtls.config_error(tc)));
	libtls.config_verify_client(tc);
	return (0);
}

static struct server *
server_new(void)
{
	struct server	*se = calloc(1, sizeof(*se));

	if (se == NULL || (se->se_tls = libtls.server()) == NULL) {
		free(se);
		return (NULL);
	}
	se->se_count = 1;
	return (se);
}

static void
server_put(struct server *se)
{
	if (se == NULL || --se->se_count > 0)
		return;
	libtls.free(se->se_tls);
	free(se);
}

static void
certs_use(struct tls_config *tc, struct tls_config *noname, struct server *se)
{
	if (certs != NULL) {
		server_put(certs_server);
		libtls.config_free(certs);
		libtls.config_free(certs_noname);
	}
	certs = tc;
	certs_noname = noname;
	certs_server = se;
}

int
stream_certs(struct msg *m)
{
	struct msg_tls		 mt;
	struct tls_config	*tc, *noname;
	struct server		*server;
	const uint8_t		*p;
	size_t			 len;

	msg_get(m, &mt, sizeof(mt));
	p = msg_rest(m, sizeof(mt), &len);
	if ((uint64_t)mt.mt_ca + mt.mt_cert + mt.mt_key != len)
		return (certs_fail("certificates", "of a wrong length"));
	if (len == 0) {
		certs_use(NULL, NULL, NULL);
		return (0);
	}
	if (!libtls_is_loaded())
		return (certs_fail("TLS", "libtls is not loaded"));
	tc = libtls.config_new();
	noname = libtls.config_new();
	server = server_new();
	if (tc == NULL || noname == NULL || server == NULL)
		certs_fail("TLS", "out of memory");
	else if (certs_set(tc, &mt, p) == 0 && certs_set(noname, &mt, p) == 0) {
		if (libtls.configure(server->se_tls, tc) == 0) {
			libtls.config_insecure_noverifyname(noname);
			certs_use(tc, noname, server);
			return (0);
		}
		certs_fail("tls certificate or key",
		    libtls.error(server->se_tls));
	}
	server_put(server);
	libtls.config_free(tc);
	libtls.config_free(noname);
	return (-1);
}

const char *
stream_certs_error(void)
{
	return (certs_error);
}

/* Streams. */

static struct stream *
stream_new(int fd)
{
	struct stream	*st = calloc(1, sizeof(*st));

	if (st == NULL) {
		close(fd);
		return (NULL);
	}
	evutil_make_socket_nonblocking(fd);
	st->st_fd = fd;
	st->st_open = true;
	return (st);
}

static struct stream *
stream_fail(struct stream *st, int error)
{
	stream_free(st);
	errno = error;
	return (NULL);
}

struct stream *
stream_accept(int fd, bool tls)
{
	struct stream	*st = stream_new(fd);

	if (st == NULL || !tls)
		return (st);
	st->st_open = false;
	st->st_want = EV_READ;
	if (certs_server == NULL ||
	    libtls.accept_socket(certs_server->se_tls, &st->st_tls, fd) == -1)
		return (stream_fail(st, certs_server == NULL ? ENOKEY :
		    ENOMEM));
	st->st_server = certs_server;
	st->st_server->se_count++;
	return (st);
}

struct stream *
stream_connect(int fd, bool tls, const char *host)
{
	struct stream	*st = stream_new(fd);

	if (st == NULL || !tls)
		return (st);
	st->st_open = false;
	st->st_want = EV_WRITE;
	if (certs == NULL)
		return (stream_fail(st, ENOKEY));
	st->st_tls = libtls.client();
	if (st->st_tls == NULL)
		return (stream_fail(st, ENOMEM));
	if (libtls.configure(st->st_tls, *host != '\0' ? certs :
	    certs_noname) == -1 ||
	    libtls.connect_socket(st->st_tls, fd, *host != '\0' ? host :
	    NULL) == -1)
		return (stream_fail(st, EINVAL));
	return (st);
}

void
stream_free(struct stream *st)
{
	if (st == NULL)
		return;
	if (st->st_tls != NULL) {
		if (st->st_open)
			libtls.close(st->st_tls);
		libtls.free(st->st_tls);
		server_put(st->st_server);
	}
	close(st->st_fd);
	free(st->st_error);
	free(st);
}

/* Whose certificate it is about, and what helps; "": that is not known. */
static const char *
stream_hint(const struct stream *st, const char *why)
{
#define HINT_CA	": its certificate is not signed by our tls ca"
#define HINT_DENIED \
	": it may not take our tls certificate: its log says why"
	static const struct {
		const char	*part, *hint;
	} hints[] = {
		{ "certificate has expired", ": its certificate: renew it" },
		{ "certificate is not yet valid",
		    ": its certificate: set the clock right, here or there" },
		{ "self-signed certificate", HINT_CA },
		{ "self signed certificate", HINT_CA },
		{ "issuer certificate", HINT_CA },
		{ "certificate signature failure", HINT_CA },
		{ "certificate purpose", ": its certificate may not be used "
		    "for that: give it the extendedKeyUsage, or none" },
		{ "certificate verify failed", ": its certificate" },
		{ "not present in server certificate",
		    ": connect to a name that is, or pin the certificate" },
		{ "did not return a certificate",
		    ": it must show one that our tls ca signed" },
		{ "alert unknown ca",
		    ": it does not know who signed our tls certificate" },
		{ "alert certificate expired",
		    ": our tls certificate: renew it" },
		{ "alert bad certificate",
		    ": it does not take our tls certificate" },
		{ "alert certificate unknown",
		    ": it does not take our tls certificate" },
		{ "unexpected eof", HINT_DENIED },
		{ "wrong version number", ": it does not speak TLS" },
		{ "http request", ": it does not speak TLS" }
	};
	size_t	i;

	/* In 1.3 a client has shaken hands before it is judged. */
	if (st->st_server == NULL && st->st_open && !st->st_heard &&
	    strstr(why, " alert ") == NULL)
		return (HINT_DENIED);
	for (i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (strstr(why, hints[i].part) != NULL)
			return (hints[i].hint);
	return ("");
#undef HINT_CA
#undef HINT_DENIED
}

/* Of a certificate that was shown to a server, only that knows the reason. */
static const char *
stream_why(const struct stream *st)
{
	const char	*why = libtls.error(st->st_tls), *verified;

	if (why == NULL)
		return ("failed");
	if (st->st_server != NULL && !st->st_open &&
	    strstr(why, "certificate verify failed") != NULL &&
	    (verified = libtls.error(st->st_server->se_tls)) != NULL)
		return (verified);
	return (why);
}

/* What libtls answered, as read and write answer. */
static ssize_t
stream_tls_result(struct stream *st, ssize_t n)
{
	const char	*why;

	if (n == TLS_WANT_POLLIN || n == TLS_WANT_POLLOUT) {
		st->st_want = n == TLS_WANT_POLLIN ? EV_READ : EV_WRITE;
		errno = EAGAIN;
		return (-1);
	}
	st->st_want = 0;
	if (n >= 0)
		return (n);
	why = stream_why(st);
	free(st->st_error);
	if (asprintf(&st->st_error, "TLS %s%s%s", st->st_open ? "" :
	    "handshake: ", why, stream_hint(st, why)) == -1)
		st->st_error = NULL;
	errno = EPROTO;
	return (-1);
}

static int
stream_handshake(struct stream *st)
{
	if (st->st_open)
		return (0);
	if (stream_tls_result(st, libtls.handshake(st->st_tls)) == -1)
		return (-1);
	st->st_open = true;
	return (0);
}

static ssize_t
stream_plain_result(struct stream *st, ssize_t n)
{
	if (n == -1 && errno == EINTR)
		errno = EAGAIN;
	if (n == -1 && errno != EAGAIN) {
		free(st->st_error);
		st->st_error = strdup(strerror(errno));
	}
	return (n);
}

ssize_t
stream_read(struct stream *st, void *buf, size_t len)
{
	ssize_t	n;

	if (st->st_tls == NULL)
		return (stream_plain_result(st, read(st->st_fd, buf, len)));
	if (stream_handshake(st) == -1)
		return (-1);
	n = stream_tls_result(st, libtls.read(st->st_tls, buf, len));
	st->st_heard |= n > 0;
	return (n);
}

ssize_t
stream_write(struct stream *st, const void *buf, size_t len)
{
	if (st->st_tls == NULL)
		return (stream_plain_result(st, write(st->st_fd, buf, len)));
	if (stream_handshake(st) == -1)
		return (-1);
	return (stream_tls_result(st, libtls.write(st->st_tls, buf, len)));
}

int
stream_finish(struct stream *st)
{
	if (st->st_tls != NULL && st->st_open)
		libtls.close(st->st_tls);
	return (shutdown(st->st_fd, SHUT_WR));
}

int
stream_fd(const struct stream *st)
{
	return (st->st_fd);
}

short
stream_events(const struct stream *st, bool towrite)
{
	if (!st->st_open)
		return (st->st_want);
	return ((short)(EV_READ | st->st_want | (towrite ? EV_WRITE : 0)));
}

bool
stream_is_open(const struct stream *st)
{
	return (st->st_open);
}

const char *
stream_error(const struct stream *st)
{
	return (st->st_error != NULL ? st->st_error : "no memory");
}

const char *
stream_peer_hash(const struct stream *st)
{
	if (st->st_tls == NULL || !st->st_open)
		return (NULL);
	return (libtls.peer_cert_hash(st->st_tls));
}

const char *
stream_peer_name(const struct stream *st)
{
	if (st->st_tls == NULL || !st->st_open)
		return (NULL);
	return (libtls.peer_cert_subject(st->st_tls));
}
