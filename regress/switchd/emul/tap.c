/*
 * SPDX-License-Identifier: ISC
 *
 * tap.c: the hosts behind a real switch: its ports are taps that we made, and
 * whatever forwards between them is looked at from outside.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/if.h>
#include <linux/if_tun.h>

#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "emul.h"

static int	tap_fd[EM_PORTS + 1];
static char	tap_name[EM_PORTS + 1][IFNAMSIZ];

/* Taps PREFIX1 and so on, up. */
void
tap_open(const char *prefix)
{
	struct ifreq	ifr;
	uint32_t	p;

	for (p = 1; p <= EM_PORTS; p++) {
		snprintf(tap_name[p], IFNAMSIZ, "%.8s%u", prefix, p);
		tap_fd[p] = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
		if (tap_fd[p] == -1)
			err(1, "/dev/net/tun");
		memset(&ifr, 0, sizeof(ifr));
		memcpy(ifr.ifr_name, tap_name[p], IFNAMSIZ);
		ifr.ifr_flags = IFF_TAP | IFF_NO_PI;
		if (ioctl(tap_fd[p], TUNSETIFF, &ifr) == -1)
			err(1, "%s", tap_name[p]);
		tap_link(p, true);
	}
}

void
tap_link(uint32_t port, bool up)
{
	struct ifreq	ifr;
	int		s = socket(AF_INET, SOCK_DGRAM, 0);

	memset(&ifr, 0, sizeof(ifr));
	memcpy(ifr.ifr_name, tap_name[port], IFNAMSIZ);
	ifr.ifr_flags = up ? IFF_UP : 0;
	if (s == -1 || ioctl(s, SIOCSIFFLAGS, &ifr) == -1)
		err(1, "%s", tap_name[port]);
	close(s);
}

/* To the switch; a port that is down takes nothing. */
void
tap_send(uint32_t port, const uint8_t *data, size_t len)
{
	if (port != 0 && port <= EM_PORTS &&
	    write(tap_fd[port], data, len) == -1)
		return;
}

/* What the switch sent. */
void
tap_receive(void)
{
	uint8_t		buf[1600];
	ssize_t		n;
	uint32_t	p;

	for (p = 1; p <= EM_PORTS; p++)
		while ((n = read(tap_fd[p], buf, sizeof(buf))) > 0)
			host_receive(p, buf, n, WAY_HARD);
}
