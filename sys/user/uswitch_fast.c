/*
 * SPDX-License-Identifier: ISC
 *
 * uswitch_fast.c: load the kernel's part of a port; see uswitch_fast.h.
 *
 * libbpf loads the object file, which is part of this program.  The program at
 * the interface is held by a link (tcx), so that nothing stays there after
 * kill -9.
 */
#include <sys/socket.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "uswitch_fast.h"

/* Made by the linker of the object file. */
extern const char _binary_uswitch_fast_bpf_o_start[];
extern const char _binary_uswitch_fast_bpf_o_end[];

/* What goes wrong is in errno; older kernels would make libbpf chatter. */
static int
quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return (0);
}

static int
prog_fd(struct bpf_object *o, const char *name)
{
	struct bpf_program	*p = bpf_object__find_program_by_name(o, name);

	return (p == NULL ? -1 : bpf_program__fd(p));
}

static int
attach(struct bpf_object *o, uint32_t ifindex, int sock, int *fds)
{
	int	look = prog_fd(o, "fast_look"), send = prog_fd(o, "fast_send");
	int	table = bpf_object__find_map_fd_by_name(o, "fast_table");

	fds[UFAST_FD_LINK] = bpf_link_create(send, (int)ifindex,
	    (enum bpf_attach_type)UFAST_TCX_INGRESS, NULL);
	if (fds[UFAST_FD_LINK] < 0)
		return (-1);
	fds[UFAST_FD_TABLE] = fcntl(table, F_DUPFD_CLOEXEC, 0);
	if (fds[UFAST_FD_TABLE] != -1 &&
	    setsockopt(sock, SOL_SOCKET, SO_ATTACH_BPF, &look,
	    sizeof(look)) == 0)
		return (0);
	close(fds[UFAST_FD_LINK]);
	if (fds[UFAST_FD_TABLE] != -1)
		close(fds[UFAST_FD_TABLE]);
	return (-1);
}

struct bpf_object *
ufast_load(const char *start, const char *end)
{
	struct bpf_object	*o;
	int			 error;

	libbpf_set_print(quiet);
	o = bpf_object__open_mem(start, (size_t)(end - start), NULL);
	if (o == NULL || bpf_object__load(o) == 0)
		return (o);
	error = errno;
	bpf_object__close(o);
	errno = error;
	return (NULL);
}

int
ufast_open(uint32_t ifindex, int sock, int fds[UFAST_NFDS])
{
	struct bpf_object	*o;
	int			 r, error;

	o = ufast_load(_binary_uswitch_fast_bpf_o_start,
	    _binary_uswitch_fast_bpf_o_end);
	if (o == NULL)
		return (-1);
	r = attach(o, ifindex, sock, fds);
	error = errno;
	bpf_object__close(o);
	errno = error;
	return (r);
}
