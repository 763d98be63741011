/*
 * SPDX-License-Identifier: ISC
 *
 * libtls.h: the functions of libtls, loaded only where TLS is configured: the
 * library and what it needs cost each process 0.7 MB, whether used or not.
 *
 *	if (libtls_load() == NULL)
 *		n = libtls.read(tls, buf, sizeof(buf));
 *
 * The parent loads it with the first configuration that has certificates, and
 * starts the children that use TLS with -T from then on: they load it before
 * they are confined.
 */
#ifndef _SWITCHD_LIBTLS_H_
#define _SWITCHD_LIBTLS_H_

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>
#include <tls.h>

/* Each is tls_NAME of tls_init(3) and its like. */
struct libtls {
	struct tls *(*client)(void);
	struct tls *(*server)(void);
	void	(*free)(struct tls *);
	const char *(*error)(struct tls *);
	int	(*configure)(struct tls *, struct tls_config *);
	int	(*accept_socket)(struct tls *, struct tls **, int);
	int	(*connect_socket)(struct tls *, int, const char *);
	int	(*handshake)(struct tls *);
	ssize_t	(*read)(struct tls *, void *, size_t);
	ssize_t	(*write)(struct tls *, const void *, size_t);
	int	(*close)(struct tls *);
	const char *(*peer_cert_hash)(struct tls *);
	const char *(*peer_cert_subject)(struct tls *);
	struct tls_config *(*config_new)(void);
	void	(*config_free)(struct tls_config *);
	const char *(*config_error)(struct tls_config *);
	int	(*config_set_ca_mem)(struct tls_config *, const uint8_t *,
		    size_t);
	int	(*config_set_keypair_mem)(struct tls_config *, const uint8_t *,
		    size_t, const uint8_t *, size_t);
	void	(*config_verify_client)(struct tls_config *);
	void	(*config_insecure_noverifyname)(struct tls_config *);
};
extern struct libtls	libtls;

/* Load it, if it is not yet.  NULL, or why that is impossible. */
const char	*libtls_load(void);
bool		 libtls_is_loaded(void);

#endif /* _SWITCHD_LIBTLS_H_ */
