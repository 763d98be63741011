/*
 * SPDX-License-Identifier: ISC
 *
 * uswitch_tunnel.c: load the BPF programs of a port that is an external
 * tunnel; see uswitch_tunnel.h.  They are held by links, as in uswitch_fast.c.
 */
#include <sys/socket.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "uswitch_fast.h"
#include "uswitch_tunnel.h"

/* Made by the linker of the object file. */
extern const char _binary_uswitch_tunnel_bpf_o_start[];
extern const char _binary_uswitch_tunnel_bpf_o_end[];

static int
prog_fd(struct bpf_object *o, const char *name)
{
	return (bpf_program__fd(bpf_object__find_program_by_name(o, name)));
}

static int
attach(struct bpf_object *o, uint32_t ifindex, const int *socks,
    unsigned int n, int *fds)
{
	int		look = prog_fd(o, "tun_look");
	uint32_t	mark = UTUN_MARK_OUT;
	unsigned int	i;

	fds[UTUN_FD_SLOTS] = fcntl(bpf_object__find_map_fd_by_name(o,
	    "tun_slots"), F_DUPFD_CLOEXEC, 0);
	fds[UTUN_FD_IN] = bpf_link_create(prog_fd(o, "tun_in"), (int)ifindex,
	    (enum bpf_attach_type)UFAST_TCX_INGRESS, NULL);
	fds[UTUN_FD_OUT] = bpf_link_create(prog_fd(o, "tun_out"),
	    (int)ifindex, (enum bpf_attach_type)UFAST_TCX_EGRESS, NULL);
	if (fds[UTUN_FD_SLOTS] < 0 || fds[UTUN_FD_IN] < 0 ||
	    fds[UTUN_FD_OUT] < 0)
		return (-1);
	for (i = 0; i < n; i++)
		if (setsockopt(socks[i], SOL_SOCKET, SO_MARK, &mark,
		    sizeof(mark)) == -1)
			return (-1);
	return (setsockopt(socks[0], SOL_SOCKET, SO_ATTACH_BPF, &look,
	    sizeof(look)));
}

int
utun_open(uint32_t ifindex, const int *socks, unsigned int n,
    int fds[UTUN_NFDS])
{
	struct bpf_object	*o;
	int			 i, r = -1, error;

	o = ufast_load(_binary_uswitch_tunnel_bpf_o_start,
	    _binary_uswitch_tunnel_bpf_o_end);
	if (o == NULL)
		return (-1);
	for (i = 0; i < UTUN_NFDS; i++)
		fds[i] = -1;
	r = attach(o, ifindex, socks, n, fds);
	error = errno;
	if (r == -1)
		for (i = 0; i < UTUN_NFDS; i++)
			if (fds[i] >= 0)
				close(fds[i]);
	bpf_object__close(o);
	errno = error;
	return (r);
}
