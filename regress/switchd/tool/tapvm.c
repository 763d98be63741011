/*
 * SPDX-License-Identifier: ISC
 *
 * tapvm.c: a virtual machine's network card, without the machine.
 *
 * A VMM holds a tap and moves frames, with their virtio headers, between it
 * and its guest.  So does this: the tap OUTER stays in the namespace it was
 * started in, where a switch attaches it; the guest is a network namespace,
 * whose card INNER is a second tap.  Carrier is up while the program runs, and
 * both taps vanish with it, as with qemu.
 *
 *	tapvm OUTER NETNS INNER
 *
 * It prints "ready" when both taps are there.  Give the addresses with ip(8).
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/if.h>
#include <linux/if_tun.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAME_MAX	(65536 + 256)
#define OFFLOADS	(TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6)

static int
tap_open(const char *name)
{
	struct ifreq	ifr;
	int		fd;

	memset(&ifr, 0, sizeof(ifr));
	if (strlen(name) >= sizeof(ifr.ifr_name))
		errx(1, "%s: interface name too long", name);
	memcpy(ifr.ifr_name, name, strlen(name));
	ifr.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
	if ((fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK)) == -1)
		err(1, "/dev/net/tun");
	if (ioctl(fd, TUNSETIFF, &ifr) == -1)
		err(1, "%s: TUNSETIFF", name);
	if (ioctl(fd, TUNSETOFFLOAD, OFFLOADS) == -1)
		err(1, "%s: TUNSETOFFLOAD", name);
	return (fd);
}

static void
netns_enter(const char *name)
{
	char	path[256];
	int	fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	if ((fd = open(path, O_RDONLY)) == -1)
		err(1, "%s", path);
	if (setns(fd, CLONE_NEWNET) == -1)
		err(1, "setns %s", name);
	close(fd);
}

/* Move what is there, at most a burst; a full queue drops, as a card does. */
static void
move(int from, int to)
{
	static char	buf[FRAME_MAX];
	ssize_t		n;
	int		i;

	for (i = 0; i < 64; i++) {
		if ((n = read(from, buf, sizeof(buf))) <= 0) {
			if (n == -1 && errno != EAGAIN && errno != EIO)
				err(1, "read");
			return;
		}
		if (write(to, buf, n) == -1 && errno != EAGAIN &&
		    errno != EIO && errno != ENOBUFS && errno != EINVAL)
			err(1, "write");
	}
}

int
main(int argc, char *argv[])
{
	struct pollfd	pfd[2];

	if (argc != 4) {
		fprintf(stderr, "usage: tapvm outer netns inner\n");
		return (1);
	}
	pfd[0].fd = tap_open(argv[1]);
	netns_enter(argv[2]);
	pfd[1].fd = tap_open(argv[3]);
	pfd[0].events = pfd[1].events = POLLIN;
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		if (poll(pfd, 2, -1) == -1 && errno != EINTR)
			err(1, "poll");
		if (pfd[0].revents)
			move(pfd[0].fd, pfd[1].fd);
		if (pfd[1].revents)
			move(pfd[1].fd, pfd[0].fd);
	}
}
