/*
 * SPDX-License-Identifier: ISC
 *
 * dp_load.c: frames for a switch, as fast as one core makes them.
 *
 *	dp_load send IF SECONDS SIZE FLOWS SRC DST [COPIES]
 *		UDP frames of SIZE bytes out of interface IF, FLOWS source
 *		ports round robin, each frame once and COPIES times (by tc, as
 *		pktgen's clone_skb: one core sends several times as much).
 *		Who receives is counted at the far interface, by the kernel.
 *	dp_load sink IF
 *		Throws away, by tc, what arrives until standard input ends.
 *	dp_load taps A B SECONDS SIZE [GSO]
 *		Holds two taps, as two VMMs would: "ready", then a line on
 *		standard input starts it.  Writes frames of SIZE bytes into A
 *		and reads what comes out of B; with GSO (a segment size),
 *		SIZE is that of a TCP super-frame with a partial checksum.
 *
 * One JSON object on standard output: frames and bytes sent and received,
 * seconds, and cpu (this process's seconds), so that a reader can see when the
 * generator itself was the limit.
 */
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <net/if.h>

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/ether.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BATCH		64
#define FRAME_MAX	65536
#define VNET		sizeof(struct virtio_net_hdr)
#define HEADERS		54	/* Ethernet, IPv4, TCP */

/* bpf/load.c, by the linker. */
extern const char _binary_load_bpf_o_start[], _binary_load_bpf_o_end[];

struct load {
	uint64_t	l_sent, l_sent_bytes;
	uint64_t	l_got, l_got_bytes;
	double		l_begin;
};

static double
now(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (ts.tv_sec + ts.tv_nsec / 1e9);
}

static void
report(const struct load *l)
{
	struct rusage	ru;

	getrusage(RUSAGE_SELF, &ru);
	printf("{\"sent\": %llu, \"sent_bytes\": %llu, \"got\": %llu, "
	    "\"got_bytes\": %llu, \"seconds\": %.3f, \"cpu\": %.3f}\n",
	    (unsigned long long)l->l_sent,
	    (unsigned long long)l->l_sent_bytes,
	    (unsigned long long)l->l_got, (unsigned long long)l->l_got_bytes,
	    now() - l->l_begin,
	    ru.ru_utime.tv_sec + ru.ru_utime.tv_usec / 1e6 +
	    ru.ru_stime.tv_sec + ru.ru_stime.tv_usec / 1e6);
}

static uint16_t
ip_checksum(const uint8_t *p)
{
	uint32_t	sum = 0;
	int		i;

	for (i = 0; i < 20; i += 2)
		sum += p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (~sum);
}

/* An IPv4 frame of size bytes between two addresses; the rest is zero. */
static void
frame_make(uint8_t *f, size_t size, const uint8_t *src, const uint8_t *dst,
    uint8_t proto, uint16_t sport)
{
	uint16_t	n;

	memset(f, 0, size);
	memcpy(f, dst, 6);
	memcpy(f + 6, src, 6);
	f[12] = 0x08;
	f[14] = 0x45;
	n = htons(size - 14);
	memcpy(f + 16, &n, 2);
	f[22] = 64;
	f[23] = proto;
	memcpy(f + 26, "\x0a\x00\x00\x01\x0a\x00\x00\x02", 8);
	n = htons(ip_checksum(f + 14));
	memcpy(f + 24, &n, 2);
	n = htons(sport);
	memcpy(f + 34, &n, 2);
	n = htons(9);
	memcpy(f + 36, &n, 2);
	n = htons(size - 34);
	memcpy(f + 38, &n, 2);
}

static int
packet_open(const char *ifname, int bypass)
{
	struct sockaddr_ll sll;
	int		fd;

	memset(&sll, 0, sizeof(sll));
	sll.sll_family = AF_PACKET;
	if ((sll.sll_ifindex = if_nametoindex(ifname)) == 0)
		err(1, "%s", ifname);
	if ((fd = socket(AF_PACKET, SOCK_RAW, 0)) == -1)
		err(1, "socket");
	if (bind(fd, (struct sockaddr *)&sll, sizeof(sll)) == -1)
		err(1, "bind %s", ifname);
	setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass,
	    sizeof(bypass));
	return (fd);
}

/*
 * A program of bpf/load.c at one end of an interface, until load_detach.
 */
static void
load_attach(struct bpf_tc_hook *hook, const char *ifname,
    enum bpf_tc_attach_point point, const char *name, uint32_t copies)
{
	LIBBPF_OPTS(bpf_tc_opts, opts);
	struct bpf_object	*o;
	struct bpf_map		*m;
	int			 error;

	libbpf_set_print(NULL);
	o = bpf_object__open_mem(_binary_load_bpf_o_start,
	    _binary_load_bpf_o_end - _binary_load_bpf_o_start, NULL);
	if (o == NULL)
		err(1, "bpf");
	bpf_object__for_each_map(m, o)
		if (strstr(bpf_map__name(m), "rodata") != NULL &&
		    bpf_map__set_initial_value(m, &copies, sizeof(copies))
		    != 0)
			err(1, "bpf: settings");
	if (bpf_object__load(o) != 0)
		err(1, "bpf: load");
	memset(hook, 0, sizeof(*hook));
	hook->sz = sizeof(*hook);
	hook->attach_point = point;
	if ((hook->ifindex = if_nametoindex(ifname)) == 0)
		err(1, "%s", ifname);
	opts.prog_fd = bpf_program__fd(
	    bpf_object__find_program_by_name(o, name));
	/* The other end of the interface may have made it. */
	error = bpf_tc_hook_create(hook);
	if ((error != 0 && error != -EEXIST) ||
	    bpf_tc_attach(hook, &opts) != 0)
		err(1, "bpf: %s", ifname);
}

static void
load_detach(struct bpf_tc_hook *hook)
{
	bpf_tc_hook_destroy(hook);
}

static void
send_run(int argc, char *argv[])
{
	static struct mmsghdr msg[BATCH];
	static struct iovec iov[BATCH];
	struct bpf_tc_hook hook;
	struct ether_addr src, dst;
	struct load	 l;
	uint8_t		*frames;
	size_t		 size = atoi(argv[4]), flow = 0;
	double		 seconds = atof(argv[3]);
	int		 copies = argc > 8 ? atoi(argv[8]) : 0, fd, i, n;
	int		 flows = atoi(argv[5]);

	if (size < 60 || size > 9000 || flows < 1 || flows > 60000 ||
	    copies < 0 || copies > 64 || ether_aton_r(argv[6], &src) == NULL ||
	    ether_aton_r(argv[7], &dst) == NULL)
		errx(1, "send: bad size, flows, address or copies");
	fd = packet_open(argv[2], copies == 0);
	if ((frames = calloc(flows, size)) == NULL)
		err(1, NULL);
	for (i = 0; i < flows; i++)
		frame_make(frames + i * size, size, src.ether_addr_octet,
		    dst.ether_addr_octet, 17, 1024 + i);
	if (copies > 0)
		load_attach(&hook, argv[2], BPF_TC_EGRESS, "load_copy",
		    copies);
	memset(&l, 0, sizeof(l));
	for (l.l_begin = now(); now() - l.l_begin < seconds;) {
		for (i = 0; i < BATCH; i++) {
			iov[i].iov_base = frames + flow * size;
			iov[i].iov_len = size;
			msg[i].msg_hdr.msg_iov = &iov[i];
			msg[i].msg_hdr.msg_iovlen = 1;
			flow = (flow + 1) % flows;
		}
		if ((n = sendmmsg(fd, msg, BATCH, 0)) > 0) {
			l.l_sent += n * (1 + copies);
			l.l_sent_bytes += n * (1 + copies) * size;
		} else if (errno != ENOBUFS && errno != EAGAIN)
			err(1, "sendmmsg");
	}
	report(&l);
	if (copies > 0)
		load_detach(&hook);
}

static void
sink_run(char *argv[])
{
	struct bpf_tc_hook	 hook;
	char			 c;

	load_attach(&hook, argv[2], BPF_TC_INGRESS, "load_drop", 0);
	printf("ready\n");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		continue;
	load_detach(&hook);
}

static int
tap_open(const char *name)
{
	struct ifreq	ifr;
	int		fd;

	memset(&ifr, 0, sizeof(ifr));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	ifr.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;
	if ((fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK)) == -1 ||
	    ioctl(fd, TUNSETIFF, &ifr) == -1 ||
	    ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6)
	    == -1)
		err(1, "tap %s", name);
	return (fd);
}

/* The virtio header of a TCP super-frame, and the frame behind it. */
static void
tap_frame_make(uint8_t *buf, size_t size, uint16_t gso, const uint8_t *src,
    const uint8_t *dst)
{
	struct virtio_net_hdr vh;

	memset(&vh, 0, sizeof(vh));
	frame_make(buf + VNET, size, src, dst, gso ? 6 : 17, 1024);
	if (gso) {
		vh.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		vh.gso_type = VIRTIO_NET_HDR_GSO_TCPV4;
		vh.hdr_len = HEADERS;
		vh.gso_size = gso;
		vh.csum_start = 34;
		vh.csum_offset = 16;
		memset(buf + VNET + 38, 0, size - 38);
		buf[VNET + 46] = 0x50;	/* data offset */
		buf[VNET + 47] = 0x10;	/* ACK */
	}
	memcpy(buf, &vh, sizeof(vh));
}

static void
tap_drain(int fd, struct load *l, const uint8_t *dst)
{
	static uint8_t	buf[VNET + FRAME_MAX];
	ssize_t		n;

	while ((n = read(fd, buf, sizeof(buf))) > (ssize_t)VNET + 14)
		if (memcmp(buf + VNET, dst, 6) == 0) {
			l->l_got++;
			l->l_got_bytes += n - VNET;
		}
}

static void
taps_run(int argc, char *argv[])
{
	static uint8_t	 frame[VNET + FRAME_MAX], hello[VNET + 60];
	const uint8_t	 a[6] = { 2, 0, 0, 0, 0, 0xa };
	const uint8_t	 b[6] = { 2, 0, 0, 0, 0, 0xb };
	struct load	 l;
	char		 line[16];
	size_t		 size = atoi(argv[5]);
	double		 seconds = atof(argv[4]);
	uint16_t	 gso = argc > 6 ? atoi(argv[6]) : 0;
	int		 fa = tap_open(argv[2]), fb = tap_open(argv[3]), i;

	if (size < 60 || size > 65000)
		errx(1, "taps: bad size");
	printf("ready\n");
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL)
		return;
	tap_frame_make(hello, 60, 0, b, a);
	if (write(fb, hello, sizeof(hello)) == -1)
		err(1, "%s", argv[3]);
	usleep(300000);
	tap_frame_make(frame, size, gso, a, b);
	memset(&l, 0, sizeof(l));
	tap_drain(fb, &l, b);
	memset(&l, 0, sizeof(l));
	for (l.l_begin = now(); now() - l.l_begin < seconds;) {
		/* Some ahead of the reader, so that the switch has work. */
		for (i = 0; i < BATCH && l.l_sent - l.l_got < 512; i++)
			if (write(fa, frame, VNET + size) > 0) {
				l.l_sent++;
				l.l_sent_bytes += size;
			} else
				break;
		if (i == 0) {
			struct pollfd pfd = { fb, POLLIN, 0 };

			/* What was lost never comes: write it off. */
			if (poll(&pfd, 1, 20) == 0)
				l.l_sent = l.l_got;
		}
		tap_drain(fb, &l, b);
	}
	report(&l);
}

int
main(int argc, char *argv[])
{
	if ((argc == 8 || argc == 9) && strcmp(argv[1], "send") == 0)
		send_run(argc, argv);
	else if (argc == 3 && strcmp(argv[1], "sink") == 0)
		sink_run(argv);
	else if ((argc == 6 || argc == 7) && strcmp(argv[1], "taps") == 0)
		taps_run(argc, argv);
	else {
		fprintf(stderr,
		    "usage: dp_load send if seconds size flows src dst "
		    "[copies]\n"
		    "       dp_load sink if\n"
		    "       dp_load taps a b seconds size [gso]\n");
		return (1);
	}
	return (0);
}
