/*
 * SPDX-License-Identifier: ISC
 *
 * tunnel_test.c: tickets for the metadata of tunnels, good and bad.
 */
#include <sys/mman.h>

#include <unistd.h>

#include "test.h"
#include "user/tunnel.h"

#define SIZE	((UTUN_IN + UTUN_OUT) * sizeof(struct utun_slot))

static struct utun_slot	*slots;
static struct tunnel	*tn;

static void
begin(void)
{
	int	fd = memfd_create("slots", MFD_CLOEXEC);

	CHECK(fd != -1 && ftruncate(fd, SIZE) == 0);
	slots = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(slots != MAP_FAILED);
	tn = tunnel_open(fd);
	CHECK(tn != NULL);
	close(fd);
}

static void
finish(void)
{
	tunnel_close(tn);
	munmap(slots, SIZE);
	CHECK(pkt_user_inuse() == 0);
}

/* A frame as the kernel gives it, with a ticket for this number. */
static void
arrive(struct pkt *p, uint32_t seq, uint32_t magic)
{
	struct utun_ticket	 uk = { seq, magic };
	uint8_t			 b[64];

	memset(b, 0x55, sizeof(b));
	memcpy(b, &uk, sizeof(uk));
	CHECK(pkt_from(b, sizeof(b), p) == 0);
}

TEST(metadata_or_bytes_are_lost)
{
	struct utun_slot	*us;
	struct pkt_tunnel	 pt;
	struct pkt		 p;

	begin();
	us = &slots[(UTUN_IN + 7) % UTUN_IN];
	us->us_seq = UTUN_IN + 7;
	us->us_id = 42;
	us->us_family = 4;
	memcpy(us->us_first, "firstone", UTUN_FIRST);
	memcpy(us->us_src, "\x0a\0\0\1", 4);
	arrive(&p, UTUN_IN + 7, UTUN_MAGIC);
	CHECK(!pkt_tunnel_get(&p, &pt));
	CHECK(tunnel_received(tn, &p) == 0);
	CHECK(memcmp(p.pk_data, "firstoneUUU", 11) == 0 && p.pk_len == 64);
	CHECK(pkt_tunnel_get(&p, &pt) && be64_get(pt.pt_id) == 42);
	CHECK(be32_get(pt.pt_src) == 0x0a000001 && be32_get(pt.pt_dst) == 0);
	CHECK(pkt_user_tunnel_to(&p) == NULL);
	pkt_free(&p);
	finish();
}

TEST(old_or_missing_ticket_is_taken)
{
	struct pkt	p;

	begin();
	slots[7].us_seq = UTUN_IN + 7;
	arrive(&p, 7, UTUN_MAGIC);
	CHECK(tunnel_received(tn, &p) == ESTALE);
	pkt_free(&p);
	arrive(&p, UTUN_IN + 7, UTUN_MAGIC + 1);
	CHECK(tunnel_received(tn, &p) == EINVAL);
	pkt_user_trim(&p, 7);
	CHECK(tunnel_received(tn, &p) == EINVAL);
	pkt_free(&p);
	arrive(&p, 0xffffffff, UTUN_MAGIC);
	CHECK(tunnel_received(tn, &p) == ESTALE);
	pkt_free(&p);
	finish();
}

/* Two handles of one frame, as an output to two ports has them. */
TEST(destination_is_that_of_another)
{
	struct utun_ticket	 uk;
	struct utun_slot	*us;
	struct pkt_tunnel	 pt;
	struct pkt		 p, q;

	begin();
	arrive(&p, 0, 0);
	CHECK(tunnel_ticket(tn, &p, &uk) == EINVAL);
	memset(&pt, 0, sizeof(pt));
	pt.pt_id = be64_make(1);
	CHECK(pkt_tunnel_set(&p, &pt) == 0);
	CHECK(tunnel_ticket(tn, &p, &uk) == EINVAL);
	pt.pt_dst = be32_make(0x0a000001);
	CHECK(pkt_tunnel_set(&p, &pt) == 0 && pkt_dup(&p, &q) == 0);
	pt.pt_dst = be32_make(0x0a000002);
	CHECK(pkt_tunnel_set(&q, &pt) == 0);
	CHECK(tunnel_ticket(tn, &p, &uk) == 0 && uk.uk_magic == UTUN_MAGIC);
	us = &slots[UTUN_IN + uk.uk_seq % UTUN_OUT];
	CHECK(us->us_family == 4 && us->us_id == 1 && us->us_dst[3] == 1);
	CHECK(memcmp(us->us_first, p.pk_data, UTUN_FIRST) == 0);
	pt.pt_id = be64_make(1ULL << 32);
	CHECK(pkt_tunnel_set(&p, &pt) == 0);
	CHECK(tunnel_ticket(tn, &p, &uk) == EINVAL);
	pkt_free(&p);
	pkt_free(&q);
	finish();
}

int
main(void)
{
	return (test_main());
}
