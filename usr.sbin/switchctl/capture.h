/*
 * SPDX-License-Identifier: ISC
 *
 * capture.h: OpenFlow to and from pcap files, by libpcap.
 *
 * A file is written as Ethernet, IPv4 and TCP with port 6653 at the
 * controller, so that Wireshark and tcpdump read it as well.  Any capture of
 * OpenFlow over TCP is read.
 */
#ifndef _SWITCHCTL_CAPTURE_H_
#define _SWITCHCTL_CAPTURE_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct capture;

/* A new file; NULL with a sentence in err. */
struct capture *capture_create(const char *path, char *err, size_t errlen);
/* One message of a switch; sent: by the controller. 0, -1: disk full. */
int	capture_write(struct capture *, uint64_t dpid, uint64_t time_us,
	    bool sent, const uint8_t *, size_t);
void	capture_close(struct capture *);

/* A message of a file: who (text), when, whether the controller sent it. */
typedef void (*capture_fn)(const char *who, uint64_t time_us, bool sent,
	    const uint8_t *, size_t, void *);
/*
 * Read a file.  0, or -1 with a sentence in err.  What is no OpenFlow is
 * passed over and counted in *skipped (packets).
 */
int	capture_read(const char *path, capture_fn, void *, uint64_t *skipped,
	    char *err, size_t errlen);

#endif /* _SWITCHCTL_CAPTURE_H_ */
