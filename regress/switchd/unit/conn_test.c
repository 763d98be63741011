/*
 * SPDX-License-Identifier: ISC
 *
 * conn_test.c: the controller against switches that misbehave: hellos, silence,
 * lengths, types, rubbish, peers that do not read, and many at once.
 */
#include <sys/resource.h>

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "fake_switch.h"
#include "test.h"

/* HELLO. */

TEST(a_newer_hello_with_a_bitmap_is_refused)
{
	static const uint8_t	hello[] = { 6, 0, 0, 16, 0, 0, 0, 1,
				    0, 1, 0, 8, 0, 0, 0, 0x50 };
	struct fk		*f = fk_connect(1, OFP_VERSION_13);

	fk_send(f, hello, sizeof(hello));
	pump(f);
	CHECK(!f->f_closed && fk_dp(f) != NULL);
	CHECK(fk_dp(f)->d_version == OFP_VERSION_13);
	fk_close(f);
}

TEST(a_newer_hello_without_bitmap_is_refused)
{
	static const uint8_t	hello[] = { 5, 0, 0, 8, 0, 0, 0, 1 };
	struct fk		*f = fk_connect(1, OFP_VERSION_13);

	fk_send(f, hello, sizeof(hello));
	pump(f);
	CHECK(!f->f_closed && fk_dp(f)->d_version == OFP_VERSION_13);
	fk_close(f);
}

TEST(a_hello_of_1_0_is_not_understood)
{
	static const uint8_t	hello[] = { 1, 0, 0, 8, 0, 0, 0, 1 };
	struct fk		*f = fk_connect(2, OFP_VERSION_10);

	fk_send(f, hello, sizeof(hello));
	pump(f);
	CHECK(!f->f_closed && fk_dp(f) != NULL);
	CHECK(fk_dp(f)->d_version == OFP_VERSION_10);
	fk_close(f);
}

TEST(no_common_version_gets_no_error)
{
	static const uint8_t	hello[] = { 2, 0, 0, 8, 0, 0, 0, 1 };
	struct fk		*f = fk_connect(3, OFP_VERSION_13);

	fk_send(f, hello, sizeof(hello));
	pump(f);
	CHECK(f->f_closed && f->f_errors == 1);
	CHECK(f->f_error_type == OFP_ET_HELLO_FAILED && f->f_error_code == 0);
	fk_close(f);
}

TEST(messages_before_hello_are_processed)
{
	struct fk	*f = fk_connect(4, OFP_VERSION_13);

	fk_packet_in(f, 1, A, BCAST, 7, 0);
	CHECK(f->f_outs == 0 && f->f_mods == 0 && !f->f_closed);
	fk_hello(f);
	CHECK(fk_dp(f) != NULL && fk_dp(f)->d_state == DP_UP);
	fk_close(f);
}

TEST(a_late_hello_ends_the_session)
{
	struct fk	*f = fk_up(5);

	fk_hello(f);
	CHECK(!f->f_closed && f->f_errors == 0);
	fk_close(f);
}

/* Misbehaviour. */

TEST(silence_is_never_noticed)
{
	struct fk	*f = fk_connect(6, OFP_VERSION_13);
	uint64_t	 n = dp_nobody.cn_v[CNT_conn_hello_timeout];

	pump(f);
	conn_times.ct_hello = 0;
	dp_tick();
	pump(f);
	CHECK(f->f_closed);
	CHECK(dp_nobody.cn_v[CNT_conn_hello_timeout] == n + 1);
	fk_close(f);
}

TEST(hello_and_silence_is_never_noticed)
{
	struct fk	*f = fk_connect(6, OFP_VERSION_13);

	f->f_dpid = 0;
	ofp_hello_encode(&wr, 1, 1U << 4);
	fk_put(f);
	event_base_loop(base, EVLOOP_NONBLOCK);
	conn_times.ct_hello = 0;
	dp_tick();
	fk_receive(f);
	pump(f);
	CHECK(f->f_closed);
	fk_close(f);
}

TEST(a_dead_peer_is_never_noticed)
{
	struct fk	*f = fk_up(7);

	f->f_mute = true;
	conn_times.ct_idle = 0;
	dp_tick();
	pump(f);
	CHECK(!f->f_closed);
	conn_times.ct_dead = 0;
	dp_tick();
	pump(f);
	CHECK(f->f_closed && fk_dp(f)->d_conn == NULL);
	fk_close(f);
}

TEST(a_length_below_8_hangs_or_lives)
{
	static const uint8_t	bad[] = { 4, 2, 0, 7, 0, 0, 0, 1 };
	struct fk		*f = fk_up(8);

	fk_send(f, bad, sizeof(bad));
	pump(f);
	CHECK(f->f_closed && f->f_errors == 1);
	CHECK(fk_dp(f)->d_counters.cn_v[CNT_conn_framing_lost] == 1);
	fk_close(f);
}

/* CT-21; of all other messages fuzz_switch and ofp_golden_test. */
TEST(a_packet_in_cut_short_ends_the_session)
{
	struct fk	*f = fk_up(9);
	uint8_t		 msg[100] = { 4, 10, 0, 0, 0, 0, 0, 9 };
	unsigned int	 len;

	memset(msg + 8, 0xff, sizeof(msg) - 8);
	for (len = 8; len < 42; len++) {
		msg[3] = len;
		fk_send(f, msg, len);
		pump(f);
	}
	CHECK(!f->f_closed && f->f_errors >= 42 - 8 - 1);
	CHECK(fk_dp(f)->d_learn.l_count == 0);
	fk_packet_in(f, 1, A, BCAST, 7, 0);
	CHECK(fk_dp(f)->d_learn.l_count == 1);
	fk_close(f);
}

TEST(a_packet_in_without_frame_is_learned)
{
	struct fk		*f = fk_up(10);
	struct ofp_packet_in	 pi;

	memset(&pi, 0, sizeof(pi));
	ofp_match_init(&pi.pi_match);
	ofp_match_set(&pi.pi_match, OFP_XMT_IN_PORT, 1);
	pi.pi_buffer = 5;
	ofp_packet_in_encode(&wr, 0, &pi);
	fk_put(f);
	pump(f);
	CHECK(!f->f_closed && fk_dp(f)->d_learn.l_count == 0);
	CHECK(fk_dp(f)->d_counters.cn_v[CNT_drop_short] == 1);
	CHECK(f->f_outs == 1 && f->f_last_out == 0);	/* buffer freed */
	fk_close(f);
}

TEST(a_group_source_is_learned)
{
	struct fk	*f = fk_up(11);

	fk_packet_in(f, 1, 0x010000000001ULL, B, 7, 0);
	fk_packet_in(f, 1, 0, B, 7, 0);
	CHECK(fk_dp(f)->d_learn.l_count == 0);
	CHECK(fk_dp(f)->d_counters.cn_v[CNT_source_refused] == 2);
	fk_close(f);
}

TEST(an_unknown_type_gets_no_error_or_the_end)
{
	static const uint8_t	bad[] = { 4, 77, 0, 8, 0, 0, 0, 1 };
	struct fk		*f = fk_up(12);

	fk_send(f, bad, sizeof(bad));
	pump(f);
	CHECK(!f->f_closed && f->f_errors == 1 && f->f_error_type == 1 &&
	    f->f_error_code == 1);
	fk_close(f);
}

TEST(another_version_gets_no_error_or_the_end)
{
	static const uint8_t	bad[] = { 1, 2, 0, 8, 0, 0, 0, 1 };
	struct fk		*f = fk_up(13);

	fk_send(f, bad, sizeof(bad));
	pump(f);
	CHECK(!f->f_closed && f->f_errors == 1 && f->f_error_type == 1 &&
	    f->f_error_code == 0 && f->f_echos == 0);
	fk_close(f);
}

TEST(an_error_is_answered_with_an_error)
{
	static const uint8_t	bad[] = { 4, 1, 0, 9, 0, 0, 0, 1, 0 };
	struct fk		*f = fk_up(14);

	fk_send(f, bad, sizeof(bad));
	pump(f);
	CHECK(!f->f_closed && f->f_errors == 0);
	fk_close(f);
}

TEST(any_type_ends_the_session)
{
	struct fk	*f = fk_up(15);
	uint8_t		 msg[8] = { 4, 0, 0, 8, 0, 0, 0, 1 };
	unsigned int	 type;

	for (type = 0; type < 256; type++) {
		msg[1] = type;
		fk_send(f, msg, sizeof(msg));
		pump(f);
	}
	CHECK(!f->f_closed);
	fk_packet_in(f, 1, A, BCAST, 7, 0);
	CHECK(fk_dp(f)->d_learn.l_count == 1);
	fk_close(f);
}

TEST(a_message_byte_by_byte_is_lost)
{
	struct fk	*f = fk_up(16);
	uint8_t		 msg[20] = { 4, 2, 0, 20, 9, 8, 7, 6, 1, 2, 3, 4 };
	unsigned int	 i;

	for (i = 0; i < sizeof(msg); i++) {
		fk_send(f, msg + i, 1);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	pump(f);
	CHECK(f->f_echos == 1 && f->f_echo_len == 12);
	CHECK(memcmp(f->f_echo, msg + 8, 12) == 0);
	fk_close(f);
}

TEST(a_switch_that_never_reads_costs_memory_or_others)
{
	struct fk	*bad = fk_up(17), *good = fk_up(18);
	struct dp	*d = fk_dp(bad);
	uint8_t		 msg[1024] = { 4, 2, 4, 0 };
	unsigned int	 i;
	size_t		 sent = 0;
	ssize_t		 n;

	for (i = 0; i < 20000; i++) {
		n = send(bad->f_fd, msg, sizeof(msg),
		    MSG_DONTWAIT | MSG_NOSIGNAL);
		event_base_loop(base, EVLOOP_NONBLOCK);
		if (n == sizeof(msg))
			sent += n;
		else if (n > 0)
			break;
	}
	CHECK(d->d_conn != NULL);
	CHECK(d->d_conn->c_out_len < CONN_QUEUE_MAX);
	CHECK(sent < 4 << 20);
	fk_packet_in(good, 1, A, BCAST, 7, 0);
	CHECK(fk_dp(good)->d_learn.l_count == 1);
	conn_times.ct_stalled = 0;
	dp_tick();
	CHECK(d->d_conn == NULL);
	CHECK(d->d_counters.cn_v[CNT_conn_stalled] == 1);
	fk_close(bad);
	fk_close(good);
}

TEST(a_switch_is_gone_while_it_is_written_to)
{
	static const uint8_t	data[60000];
	struct fk		*f = fk_up(20);
	struct dp		*d = fk_dp(f);
	unsigned int		 i;

	shutdown(f->f_fd, SHUT_RDWR);
	for (i = 0; i < 20; i++)
		ofp_echo_encode(conn_wr(d->d_conn), OFP_VERSION_13, false, i,
		    data, sizeof(data));
	CHECK(d->d_conn != NULL && d->d_state == DP_UP);
	conn_flush();
	CHECK(d->d_conn == NULL && d->d_state == DP_DOWN);
	fk_close(f);
}

/* Send to a switch that does not read for now, until so much waits. */
static void
fill(struct conn *c, size_t size)
{
	static const uint8_t	zero[60000];

	while (!c->c_lost && c->c_out_len - c->c_out_off < size) {
		ofp_echo_encode(conn_wr(c), OFP_VERSION_13, false,
		    conn_next_xid(c), zero, sizeof(zero));
		conn_flush();
	}
}

/* Let it read all of that. */
static void
catch_up(struct fk *f, struct conn *c)
{
	do
		pump(f);
	while (c->c_out_len > 0 && !f->f_closed);
}

TEST(a_slow_reader_is_taken_for_dead)
{
	struct fk	*f = fk_up(24);
	struct conn	*c = fk_dp(f)->d_conn;

	f->f_mute = true;
	fill(c, CONN_QUEUE_STOP);
	c->c_heard -= 2 * conn_times.ct_dead;
	dp_tick();
	CHECK(fk_dp(f)->d_conn == c);
	/* What it was asked it has only just read. */
	catch_up(f, c);
	dp_tick();
	CHECK(fk_dp(f)->d_conn == c);
	c->c_moved -= 2 * conn_times.ct_dead;
	dp_tick();
	CHECK(fk_dp(f)->d_conn == NULL);
	fk_close(f);
}

TEST(an_echo_that_was_dropped_is_waited_for)
{
	struct fk	*f = fk_up(25);
	struct dp	*d = fk_dp(f);
	uint64_t	 sent;

	f->f_mute = true;
	fill(d->d_conn, SIZE_MAX);
	conn_times.ct_idle = 0;
	dp_tick();
	sent = d->d_counters.cn_v[CNT_echo_sent];
	catch_up(f, d->d_conn);
	dp_tick();
	CHECK(d->d_counters.cn_v[CNT_echo_sent] == sent + 1);
	fk_close(f);
}

TEST(many_bad_connections_lock_a_good_one_out)
{
	enum { N = 400 };
	static struct fk	*bad[N];
	struct fk		*good;
	unsigned int		 i;

	for (i = 0; i < N; i++) {
		bad[i] = fk_connect(0, OFP_VERSION_13);
		if (i % 2)
			fk_send(bad[i], "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	}
	good = fk_up(19);
	CHECK(fk_dp(good) != NULL && fk_dp(good)->d_state == DP_UP);
	conn_times.ct_hello = 0;
	dp_tick();
	CHECK(fk_dp(good)->d_conn != NULL);
	CHECK(conn_count == 1);
	for (i = 0; i < N; i++)
		fk_close(bad[i]);
	fk_close(good);
}

/* CT-01: many at once, each by its id */
TEST(any_number_hangs_before_its_hello)
{
	struct fk	*old[4], *young[2];
	unsigned int	 i;

	conn_early_max = conn_early + 4;
	for (i = 0; i < 4; i++) {
		CHECK(conn_make_room());
		old[i] = fk_connect(0, OFP_VERSION_13);
	}
	/* All are young: nobody goes, nobody comes. */
	CHECK(!conn_make_room());
	for (i = 0; i < 4; i++)
		CHECK(!old[i]->f_closed);
	conn_times.ct_early = 0;
	CHECK(conn_make_room());
	for (i = 0; i < 4; i++) {
		pump(old[i]);
		CHECK(old[i]->f_closed);
		fk_close(old[i]);
	}
	/* Who has said HELLO is none of them. */
	for (i = 0; i < 2; i++)
		young[i] = fk_up(40 + i);
	CHECK(conn_early + 4 == conn_early_max);
	CHECK(conn_make_room());
	for (i = 0; i < 2; i++) {
		CHECK(!young[i]->f_closed);
		fk_close(young[i]);
	}
	conn_early_max = CONN_EARLY_MAX;
	conn_times.ct_early = 2;
}

TEST(an_idle_switch_takes_more_than_1900_bytes)
{
	enum { N = 200 };
	static struct fk	*f[N];
	size_t			 before, after;
	unsigned int		 i;

	for (i = 0; i < N; i++) {
		f[i] = fk_connect(1000 + i, OFP_VERSION_13);
		free(malloc(1));
	}
	for (i = 0; i < N; i++)
		fk_close(f[i]);
	for (i = 0; i < N; i++)
		f[i] = calloc(1, sizeof(**f));
	for (i = 0; i < N; i++)
		free(f[i]);
	before = mallinfo2().uordblks + mallinfo2().hblkhd;
	for (i = 0; i < N; i++)
		f[i] = fk_up(1000 + i);
	after = mallinfo2().uordblks + mallinfo2().hblkhd;
	after -= N * malloc_usable_size(f[0]);
#ifndef SANITIZED
	CHECK(after < before + N * 1900);
#endif
	for (i = 0; i < N; i++)
		CHECK(fk_dp(f[i])->d_state == DP_UP);
	for (i = 0; i < N; i++)
		fk_close(f[i]);
	(void)before;
	(void)after;
}

int
main(void)
{
	struct rlimit	rl = { 4096, 4096 };

	setrlimit(RLIMIT_NOFILE, &rl);
	signal(SIGPIPE, SIG_IGN);
	return (test_main());
}
