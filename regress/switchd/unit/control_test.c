/*
 * SPDX-License-Identifier: ISC
 *
 * control_test.c: the process that serves switchctl, between clients on a
 * real socket and processes that the test plays: what they are sent is noted,
 * what they answer is put into the handler.  Its time-out is called, not
 * waited for, which is why the file itself is part of the test.
 */
#include <sys/resource.h>
#include <sys/un.h>

#include <fcntl.h>

#include "../../../usr.sbin/switchd/control.c"
#include "test.h"

#define MAX_SENT	256

struct event_base	*proc_base;

static struct sent {
	enum proc_id	to;
	enum msg_type	type;
	uint32_t	id;
	uint32_t	value;		/* the first of what is in it */
} sent[MAX_SENT];
static unsigned int	nsent;

static struct sockaddr_un	sun = { .sun_family = AF_UNIX };
static int			sun_len;

void
proc_send(enum proc_id to, enum msg_type type, uint32_t id, int fd,
    const void *data, size_t len)
{
	proc_send2(to, type, id, fd, data, len, NULL, 0);
}

void
proc_send2(enum proc_id to, enum msg_type type, uint32_t id, int fd,
    const void *data, size_t len, const void *more, size_t morelen)
{
	CHECK(msg_check(type, PROC_CONTROL, to, len + morelen, fd != -1) ==
	    NULL);
	if (nsent == MAX_SENT)
		return;
	sent[nsent] = (struct sent){ to, type, id, 0 };
	if (len >= sizeof(uint32_t))
		memcpy(&sent[nsent].value, data, sizeof(uint32_t));
	nsent++;
}

static void
turn(void)
{
	unsigned int	i;

	for (i = 0; i < 8; i++)
		event_base_loop(proc_base, EVLOOP_NONBLOCK);
}

/* The listening socket is an abstract one, so that nothing is left. */
static void
begin(void)
{
	struct msg	m = { .m_type = MSG_LISTEN_ADD };

	nsent = 0;
	if (proc_base == NULL)
		proc_base = event_base_new();
	log_init("control", 1, -1);
	sun_len = (int)offsetof(struct sockaddr_un, sun_path) + 1 +
	    snprintf(sun.sun_path + 1, sizeof(sun.sun_path) - 1,
	    "control_test.%d.%u", (int)getpid(), client_ids);
	m.m_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(bind(m.m_fd, (struct sockaddr *)&sun, sun_len) == 0);
	CHECK(listen(m.m_fd, 256) == 0);
	control_listen(&m);
}

static void
end(void)
{
	while (!TAILQ_EMPTY(&clients))
		client_free(TAILQ_FIRST(&clients));
	event_free(control_event);
	control_event = NULL;
	close(control_fd);
}

static int
dial(void)
{
	int	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CHECK(connect(fd, (struct sockaddr *)&sun, sun_len) == 0);
	return (fd);
}

static void
ask(int fd, enum ctl_type type, size_t size)
{
	static const uint8_t	zero[512];
	struct imsgbuf		ib;

	CHECK(imsgbuf_init(&ib, fd) == 0);
	CHECK(imsg_compose(&ib, type, 0, 0, -1, zero, size) == 1);
	CHECK(imsgbuf_flush(&ib) == 0);
	imsgbuf_clear(&ib);
	turn();
}

/* The types that came, and the text of the last CTL_FAIL; 0: none. */
static unsigned int
heard(int fd, uint32_t *types, unsigned int max, struct ctl_fail *cf)
{
	struct imsgbuf	ib;
	struct imsg	imsg;
	unsigned int	n = 0;

	turn();
	fcntl(fd, F_SETFL, O_NONBLOCK);
	CHECK(imsgbuf_init(&ib, fd) == 0);
	if (imsgbuf_read(&ib) == 1)
		while (n < max && imsgbuf_get(&ib, &imsg) == 1) {
			types[n++] = imsg_get_type(&imsg);
			if (imsg_get_type(&imsg) == CTL_FAIL)
				imsg_get_data(&imsg, cf, sizeof(*cf));
			imsg_free(&imsg);
		}
	imsgbuf_clear(&ib);
	return (n);
}

static void
reply(enum proc_id from, uint32_t id, enum ctl_type type, const char *text)
{
	struct {
		struct msg_ctl	mc;
		union {
			struct ctl_fail		cf;
			struct ctl_counter	ct;
			struct ctl_event	ce;
		} u;
	} d;
	struct msg	m = { .m_type = MSG_CTL_REPLY, .m_from = from,
			    .m_id = id, .m_fd = -1, .m_data = (uint8_t *)&d };

	memset(&d, 0, sizeof(d));
	d.mc.mc_type = type;
	m.m_len = sizeof(d.mc) + (type == CTL_OK ? 0 : type == CTL_COUNTER ?
	    sizeof(d.u.ct) : type == CTL_EVENT ? sizeof(d.u.ce) :
	    sizeof(d.u.cf));
	if (text != NULL)
		strlcpy(d.u.cf.cf_text, text, sizeof(d.u.cf.cf_text));
	control_reply(&m);
}

/* The last thing that a process was asked. */
static uint32_t
asked(enum proc_id to)
{
	unsigned int	i;

	for (i = nsent; i > 0; i--)
		if (sent[i - 1].to == to && sent[i - 1].type == MSG_CTL)
			return (sent[i - 1].id);
	return (0);
}

static bool
told_gone(uint32_t id)
{
	unsigned int	i;

	for (i = 0; i < nsent; i++)
		if (sent[i].type == MSG_CTL_GONE && sent[i].id == id)
			return (true);
	return (false);
}

static void
late(void)
{
	client_late(-1, 0, TAILQ_FIRST(&clients));
}

TEST(a_late_answer_is_taken_for_the_next_request)
{
	struct ctl_fail	cf;
	uint32_t	types[8], first;
	int		fd;

	begin();
	fd = dial();
	ask(fd, CTL_SHOW_SUMMARY, 0);
	first = asked(PROC_OFP);
	CHECK(first != 0);
	late();
	CHECK(told_gone(first));
	CHECK(heard(fd, types, 8, &cf) == 1 && types[0] == CTL_FAIL);
	CHECK(strstr(cf.cf_text, "no answer from ofp") != NULL);
	ask(fd, CTL_SHOW_MACS, SELECT);
	CHECK(asked(PROC_OFP) != first);
	reply(PROC_OFP, first, CTL_COUNTER, NULL);
	reply(PROC_OFP, first, CTL_OK, NULL);
	CHECK(heard(fd, types, 8, &cf) == 0);
	reply(PROC_OFP, asked(PROC_OFP), CTL_OK, NULL);
	CHECK(heard(fd, types, 8, &cf) == 1 && types[0] == CTL_OK);
	close(fd);
	end();
}

TEST(half_an_answer_is_good)
{
	struct ctl_fail	cf;
	uint32_t	types[8];
	int		fd;

	begin();
	fd = dial();
	ask(fd, CTL_SHOW_SWITCHES, SELECT);
	late();
	reply(PROC_OFCCONN, asked(PROC_OFCCONN), CTL_OK, NULL);
	CHECK(heard(fd, types, 8, &cf) == 1 && types[0] == CTL_FAIL);
	CHECK(strstr(cf.cf_text, "no answer from ofp") != NULL);

	ask(fd, CTL_SHOW_SWITCHES, SELECT);
	reply(PROC_OFP, asked(PROC_OFP), CTL_OK, NULL);
	control_peer(PROC_OFCCONN);
	CHECK(heard(fd, types, 8, &cf) == 1 && types[0] == CTL_FAIL);
	CHECK(strstr(cf.cf_text, "started again") != NULL);
	close(fd);
	end();
}

TEST(a_silent_process_knows_no_such_switch)
{
	struct ctl_fail	cf;
	uint32_t	types[8];
	int		fd;

	begin();
	fd = dial();
	ask(fd, CTL_DISCONNECT, SELECT);
	late();
	reply(PROC_OFP, asked(PROC_OFP), CTL_FAIL, "no such switch");
	CHECK(heard(fd, types, 8, &cf) == 1 && types[0] == CTL_FAIL);
	CHECK(strstr(cf.cf_text, "no answer from parent") != NULL);
	/* But who did it did it. */
	ask(fd, CTL_DISCONNECT, SELECT);
	late();
	reply(PROC_OFP, asked(PROC_OFP), CTL_OK, NULL);
	CHECK(heard(fd, types, 8, &cf) == 1 && types[0] == CTL_OK);
	close(fd);
	end();
}

TEST(one_that_knows_the_switch_is_not_enough)
{
	struct ctl_fail	cf;
	uint32_t	types[8];
	int		fd;

	begin();
	fd = dial();
	ask(fd, CTL_SHOW_SWITCHES, SELECT);
	reply(PROC_OFP, asked(PROC_OFP), CTL_FAIL, "no such switch");
	reply(PROC_OFCCONN, asked(PROC_OFCCONN), CTL_OK, NULL);
	CHECK(heard(fd, types, 8, &cf) == 1 && types[0] == CTL_OK);
	close(fd);
	end();
}

TEST(busy_clients_are_more_than_allowed)
{
	uint32_t	types[8];
	struct ctl_fail	cf;
	int		fd[CONTROL_CLIENTS], more, i;

	begin();
	for (i = 0; i < CONTROL_CLIENTS; i++) {
		fd[i] = dial();
		ask(fd[i], CTL_SHOW_SUMMARY, 0);
	}
	more = dial();
	turn();
	CHECK(nclients == CONTROL_CLIENTS);
	ask(more, CTL_SHOW_SUMMARY, 0);
	CHECK(nclients == CONTROL_CLIENTS);
	/* One is done, and stays connected: the other is served. */
	reply(PROC_OFP, TAILQ_FIRST(&clients)->cl_ask, CTL_OK, NULL);
	CHECK(heard(fd[0], types, 8, &cf) == 1 && types[0] == CTL_OK);
	turn();
	CHECK(nclients == CONTROL_CLIENTS);
	reply(PROC_OFP, asked(PROC_OFP), CTL_OK, NULL);
	CHECK(heard(more, types, 8, &cf) == 1 && types[0] == CTL_OK);
	for (i = 0; i < CONTROL_CLIENTS; i++)
		close(fd[i]);
	close(more);
	end();
}

TEST(monitors_take_all_places)
{
	uint32_t	types[8];
	struct ctl_fail	cf;
	int		fd[CONTROL_CLIENTS], i;

	begin();
	for (i = 0; i < CONTROL_CLIENTS; i++) {
		fd[i] = dial();
		ask(fd[i], CTL_MONITOR, sizeof(struct ctl_monitor));
		if (i < CONTROL_MONITORS)
			reply(PROC_OFP, asked(PROC_OFP), CTL_OK, NULL);
	}
	/* The next one is told, and may ask for something else. */
	i = CONTROL_MONITORS;
	CHECK(heard(fd[i], types, 8, &cf) == 1 && types[0] == CTL_FAIL);
	CHECK(strstr(cf.cf_text, "too many monitors") != NULL);
	ask(fd[i], CTL_SHOW_SUMMARY, 0);
	reply(PROC_OFP, asked(PROC_OFP), CTL_OK, NULL);
	CHECK(heard(fd[i], types, 8, &cf) == 1 && types[0] == CTL_OK);
	/* An event reaches the one that it is for; all saw the others come. */
	CHECK(heard(fd[0], types, 8, &cf) == 8 && types[0] == CTL_OK);
	reply(PROC_OFP, TAILQ_FIRST(&clients)->cl_ask, CTL_EVENT, NULL);
	CHECK(heard(fd[0], types, 8, &cf) == 1 && types[0] == CTL_EVENT);
	/* And its end is told by the same number. */
	types[0] = TAILQ_FIRST(&clients)->cl_ask;
	close(fd[0]);
	turn();
	CHECK(told_gone(types[0]));
	for (i = 1; i < CONTROL_CLIENTS; i++)
		close(fd[i]);
	end();
}

TEST(who_says_no_more_gets_no_answer)
{
	struct ctl_fail	cf;
	uint32_t	types[8];
	int		fd;

	begin();
	fd = dial();
	ask(fd, CTL_SHOW_SUMMARY, 0);
	shutdown(fd, SHUT_WR);
	turn();
	reply(PROC_OFP, asked(PROC_OFP), CTL_OK, NULL);
	CHECK(heard(fd, types, 8, &cf) == 1 && types[0] == CTL_OK);
	CHECK(nclients == 0);
	close(fd);
	end();
}

TEST(requests_sent_ahead_cost_any_memory)
{
	static uint8_t	many[8000][IMSG_HEADER_SIZE];
	struct imsg_hdr	h = { CTL_SHOW_SUMMARY, sizeof(h), 0, 0 };
	struct client	*cl;
	int		 fd, i;

	begin();
	fd = dial();
	for (i = 0; i < 8000; i++)
		memcpy(many[i], &h, sizeof(h));
	CHECK(write(fd, many, sizeof(many)) == sizeof(many));
	for (i = 0; i < 8; i++) {
		turn();
		reply(PROC_OFP, asked(PROC_OFP), CTL_OK, NULL);
	}
	turn();
	CHECK(nsent == 9);
	if (CHECK((cl = TAILQ_FIRST(&clients)) != NULL))
		CHECK(cl->cl_ibuf.im_in.iq_len < 4096);
	close(fd);
	end();
}

TEST(no_descriptor_left_makes_it_spin)
{
	struct rlimit	all, none;
	int		fd;

	begin();
	fd = dial();
	CHECK(getrlimit(RLIMIT_NOFILE, &all) == 0);
	none = all;
	none.rlim_cur = fd + 1;
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	turn();
	CHECK(nclients == 0);
	CHECK(!event_pending(control_event, EV_READ, NULL));
	CHECK(setrlimit(RLIMIT_NOFILE, &all) == 0);
	control_retry(-1, 0, NULL);
	turn();
	CHECK(nclients == 1);
	close(fd);
	end();
}

/* A message of the largest size. */
static void
reply_large(uint32_t id)
{
	static struct {
		struct msg_ctl	mc;
		uint8_t		data[CTL_DATA_MAX - 64];
	} d = { .mc = { CTL_OPENFLOW_REPLY } };
	struct msg	m = { .m_type = MSG_CTL_REPLY, .m_from = PROC_OFP,
			    .m_id = id, .m_fd = -1, .m_data = (uint8_t *)&d,
			    .m_len = sizeof(d) };

	control_reply(&m);
}

/* So many as it takes until one of the clients is dropped. */
static unsigned int
fill(unsigned int max)
{
	unsigned int	n, before = nclients;

	for (n = 0; n < max && nclients == before; n++)
		reply_large(asked(PROC_OFP));
	return (n);
}

TEST(an_unread_answer_costs_any_memory)
{
	unsigned int	n;
	int		fd[3];

	begin();
	control_memory = 16 << 20;
	fd[0] = dial();
	ask(fd[0], CTL_SHOW_MACS, SELECT);
	n = fill(20000);
	CHECK(n > 240 && n < 270);
	CHECK(nclients == 0 && control_unread == 0);
	/* Others have their share even when one has all. */
	fd[1] = dial();
	ask(fd[1], CTL_SHOW_MACS, SELECT);
	CHECK(fill(n - 1) == n - 1 && nclients == 1);
	fd[2] = dial();
	ask(fd[2], CTL_SHOW_MACS, SELECT);
	n = fill(20000);
	CHECK(n > 60 && n < 70);
	CHECK(nclients == 1);
	for (n = 0; n < 3; n++)
		close(fd[n]);
	end();
	CHECK(control_unread == 0);
	control_memory = CONTROL_MEMORY;
}

TEST(a_slow_reader_does_not_get_all_of_a_long_list)
{
	enum { N = 100000, SIZE = IMSG_HEADER_SIZE +
	    sizeof(struct ctl_counter) };
	static uint8_t	buf[65536];
	unsigned int	told = 0, i;
	uint32_t	id;
	size_t		got = 0;
	ssize_t		n = 1;
	bool		hold = false;
	int		fd;

	begin();
	fd = dial();
	ask(fd, CTL_SHOW_MACS, SELECT);
	id = asked(PROC_OFP);
	while (n > 0 && got < N * SIZE) {
		for (i = 0; i < 1000 && !hold && told < N; i++, told++)
			reply(PROC_OFP, id, CTL_COUNTER, NULL);
		CHECK(control_unread < 2 * CONTROL_BEHIND);
		turn();
		n = read(fd, buf, sizeof(buf));
		got += n > 0 ? n : 0;
		if (nsent > 0 && sent[nsent - 1].type == MSG_CTL_HOLD)
			hold = sent[nsent - 1].value;
		nsent = 0;
	}
	CHECK(got == N * SIZE);
	reply(PROC_OFP, id, CTL_OK, NULL);
	turn();
	CHECK(read(fd, buf, sizeof(buf)) == IMSG_HEADER_SIZE);
	close(fd);
	end();
}

TEST(who_does_not_read_a_list_keeps_others_out)
{
	uint32_t	id;
	int		fd[CONTROL_CLIENTS], more, i;

	begin();
	for (i = 0; i < CONTROL_CLIENTS; i++) {
		fd[i] = dial();
		ask(fd[i], CTL_SHOW_MACS, SELECT);
	}
	id = asked(PROC_OFP);
	more = dial();
	ask(more, CTL_SHOW_SUMMARY, 0);
	CHECK(asked(PROC_OFP) == id);
	fill(40);
	/* It is waited for, not the process. */
	CHECK(!event_pending(client_find(id)->cl_timer, EV_TIMEOUT, NULL));
	turn();
	CHECK(told_gone(id) && asked(PROC_OFP) != id);
	for (i = 0; i < CONTROL_CLIENTS; i++)
		close(fd[i]);
	close(more);
	end();
}

int
main(void)
{
	return (test_main());
}
