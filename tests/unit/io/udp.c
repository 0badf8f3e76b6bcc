/* Datagram sockets on the fake backend: heads and bodies, trains, the bounds
 * of the queue, closing, addresses, ICMP. */
#include "io/fake.h"
#include "io/udp.h"
#include "test.h"

enum { GOT_MAX = 4096, SIDES = 3 };

struct side {
	struct udp udp;
	struct addr addr;
	struct udp *forward;     /* what comes is sent on by it, */
	struct addr forward_to;
	struct udp *close;       /* as soon as something comes */
	uint8_t got[GOT_MAX];    /* the beginning of all that came */
	size_t n_got;            /* bytes */
	size_t n_inputs;
	size_t segment_len;      /* the last one's */
	struct io_meta meta;
	int n_icmp;
	struct udp_icmp icmp;
	int failed;
};

struct net {
	struct fake *fake;
	struct loop loop;
	struct side sides[SIDES];
};


static void on_input(void *arg, struct slice in, const struct io_meta *meta)
{
	struct side *s = arg;
	size_t room = sizeof(s->got) - (s->n_got < sizeof(s->got)
						? s->n_got : sizeof(s->got));

	if (in.len)
		memcpy(s->got + sizeof(s->got) - room, in.p,
		       in.len < room ? in.len : room);
	s->n_got += in.len;
	++s->n_inputs;
	s->segment_len = meta->segment_len;
	s->meta = *meta;

	if (s->forward) {
		const struct udp_packet packet = {
			.head = slice("head", 4), .body = in, .is_lent = true,
			.to = &s->forward_to,
		};

		udp_push(s->forward, &packet);
	}
	if (s->close)
		udp_close(s->close);
}


static void on_icmp(void *arg, const struct udp_icmp *icmp)
{
	struct side *s = arg;

	++s->n_icmp;
	s->icmp = *icmp;
}


static void on_failed(void *arg, int err)
{
	((struct side *)arg)->failed = err;
}


static const struct udp_user user = {
	.input = on_input,
	.icmp = on_icmp,
	.failed = on_failed,
};


static int net_init(struct net *net, const struct udp_conf *conf)
{
	const struct fake_conf fake_conf = { .seed = 5 };
	struct backend *backend;
	int err;

	memset(net, 0, sizeof(*net));
	err = fake_new(&net->fake, &fake_conf);
	if (!err)
		err = fake_backend_new(&backend, net->fake);
	if (!err)
		err = loop_init(&net->loop, backend);

	for (size_t i = 0; i < SIDES && !err; i++) {
		struct side *s = &net->sides[i];
		int fd;

		addr_parse(&s->addr, str("192.0.2.1"), 0);
		fd = loop_bind_udp(&net->loop, &s->addr);
		if (fd < 0)
			return fd;
		err = udp_open(&s->udp, &net->loop, fd, conf, &user, s);
		if (!err)
			err = udp_local(&s->udp, &s->addr);
	}

	return err;
}


static void net_fini(struct net *net)
{
	for (size_t i = 0; i < SIDES; i++)
		udp_close(&net->sides[i].udp);
	if (net->loop.backend)
		loop_fini(&net->loop);
	fake_free(net->fake);
}


/* From side 0 to side 1. */
static int push(struct net *net, const void *p, size_t len)
{
	const struct udp_packet packet = {
		.body = slice(p, len), .to = &net->sides[1].addr,
	};

	return udp_push(&net->sides[0].udp, &packet);
}


/* What is pushed is copied, but for what came in the same call. */
TEST(udp_forwards)
{
	char text[] = "one";
	struct net net;
	int err;

	TEST_ERR(net_init(&net, NULL));
	net.sides[1].forward = &net.sides[2].udp;
	net.sides[1].forward_to = net.sides[0].addr;
	TEST_ERR(push(&net, text, 3));
	memset(text, 'x', 3);
	TEST_EQ(0, net.sides[1].n_got);
	fake_settle(net.fake);

	TEST_EXPECT(net.sides[0].n_inputs == 1);
	TEST_MEM("one", 3, net.sides[1].got, net.sides[1].n_got);
	TEST_MEM("headone", 7, net.sides[0].got, net.sides[0].n_got);
	TEST_EQ(addr_port(&net.sides[2].addr),
		addr_port(&net.sides[0].meta.peer));
	TEST_OK(!net.sides[0].meta.local.u.sa.sa_family);
	TEST_EQ(2, net.loop.udp_stats.n_sent);
 out:
	net_fini(&net);
	return err;
}


/* A run of equal ones, the last one shorter, is one train; also after two
 * others. */
static int push_run(struct net *net, size_t n)
{
	static const uint8_t bytes[100];
	int err = push(net, "ab", 2);

	if (!err)
		err = push(net, "abc", 3);
	for (size_t i = 0; i < n && !err; i++)
		err = push(net, bytes, sizeof(bytes));

	return err ? err : push(net, bytes, 50);
}


TEST(udp_trains)
{
	const struct udp_conf alone = { .has_no_gro = true },
			      plain = { .has_no_gso = true };
	struct net net;
	int err;

	TEST_ERR(net_init(&net, NULL));
	TEST_ERR(push_run(&net, 10));
	fake_settle(net.fake);
	TEST_EXPECT(net.sides[1].n_inputs == 3);
	TEST_EQ(5 + 10 * 100 + 50, net.sides[1].n_got);
	TEST_EQ(100, net.sides[1].segment_len);
	TEST_EQ(1, net.loop.udp_stats.n_trains_sent);
	TEST_EQ(13, net.loop.udp_stats.n_sent);

	/* At most 64 in one. */
	TEST_ERR(push_run(&net, 64));
	fake_settle(net.fake);
	TEST_EXPECT(net.sides[1].n_inputs == 3 + 4);
	TEST_EQ(0, net.sides[1].segment_len);

	/* Who does not want them gets them cut. */
	net_fini(&net);
	TEST_ERR(net_init(&net, &alone));
	TEST_ERR(push_run(&net, 10));
	fake_settle(net.fake);
	TEST_EXPECT(net.sides[1].n_inputs == 13);
	TEST_EQ(1, net.loop.udp_stats.n_trains_sent);

	net_fini(&net);
	TEST_ERR(net_init(&net, &plain));
	TEST_ERR(push_run(&net, 10));
	fake_settle(net.fake);
	TEST_EXPECT(net.sides[1].n_inputs == 13);
	TEST_EQ(0, net.loop.udp_stats.n_trains_sent);
 out:
	net_fini(&net);
	return err;
}


/* What is longer than the one before it, or differs in anything else, goes
 * alone. */
TEST(udp_no_trains)
{
	static const struct {
		size_t len, to;
		uint8_t tos, ttl;
		bool is_whole;
	} sent[] = {
		{ 10, 1, 0, 0, false }, { 11, 1, 0, 0, false },
		{ 11, 2, 0, 0, false }, { 11, 1, 0, 0, false },
		{ 11, 1, 4, 0, false }, { 11, 1, 0, 0, false },
		{ 11, 1, 0, 9, false }, { 11, 1, 0, 0, false },
		{ 11, 1, 0, 0, true },
	};
	struct addr other;
	struct net net;
	int err;

	TEST_ERR(net_init(&net, &(struct udp_conf){ .has_local = true }));
	addr_parse(&other, str("198.51.100.8"), 1);
	for (size_t i = 0; i <= ARRAY_LEN(sent); i++) {
		size_t at = i < ARRAY_LEN(sent) ? i : i - 1;
		const struct udp_packet packet = {
			.body = slice("abcdefghijklmn", sent[at].len),
			.to = &net.sides[sent[at].to].addr,
			.tos = sent[at].tos,
			.ttl = sent[at].ttl,
			.is_whole = sent[at].is_whole,
			.from = i > at ? &other : NULL,
		};

		TEST_ERR(udp_push(&net.sides[0].udp, &packet));
	}
	fake_settle(net.fake);
	TEST_EXPECT(net.sides[1].n_inputs == 9 && net.sides[2].n_inputs == 1);
	TEST_EQ(0, net.loop.udp_stats.n_trains_sent);
 out:
	net_fini(&net);
	return err;
}


/* More packets, and more bytes, than the queue holds: sent earlier. */
TEST(udp_queue_bounds)
{
	static uint8_t bytes[65507 + 1];
	struct net net;
	int err;

	TEST_ERR(net_init(&net, &(struct udp_conf){ .has_no_gso = true }));
	for (size_t i = 0; i < 600; i++)
		TEST_ERR(push(&net, "x", 1));
	TEST_EXPECT(net.loop.udp_stats.n_sent == 512);
	fake_settle(net.fake);
	TEST_EXPECT(net.loop.udp_stats.n_sent == 600);

	/* The fake socket has room for 256. */
	TEST_EXPECT(net.sides[1].n_inputs == 256);

	TEST_EQ(-EMSGSIZE, push(&net, bytes, sizeof(bytes)));
	for (size_t i = 0; i < 5; i++)
		TEST_ERR(push(&net, bytes, sizeof(bytes) - 1));
	TEST_ERR(push(&net, "", 0));
	fake_settle(net.fake);
	TEST_EXPECT(net.sides[1].n_inputs == 256 + 6);
	TEST_EQ(256 + 5 * 65507, net.sides[1].n_got);
 out:
	net_fini(&net);
	return err;
}


/* What is queued leaves first; who closes another, or itself, in a call; and
 * what is lent outlives the socket that it came by. */
TEST(udp_closes)
{
	struct net net;
	int err;

	TEST_ERR(net_init(&net, NULL));
	TEST_ERR(push(&net, "last", 4));
	TEST_ERR(push(&net, "word", 4));
	udp_close(&net.sides[0].udp);
	udp_close(&net.sides[0].udp);
	TEST_OK(!udp_is_open(&net.sides[0].udp));
	TEST_EQ(-ENOENT, push(&net, "no", 2));
	fake_settle(net.fake);
	TEST_EXPECT(net.sides[1].n_got == 8);
	TEST_MEM("lastword", 8, net.sides[1].got, net.sides[1].n_got);

	net_fini(&net);
	TEST_ERR(net_init(&net, &(struct udp_conf){ .has_no_gso = true }));
	TEST_ERR(push(&net, "one", 3));
	TEST_ERR(push(&net, "two", 3));
	net.sides[1].close = &net.sides[1].udp;
	net.sides[1].forward = &net.sides[2].udp;
	net.sides[1].forward_to = net.sides[0].addr;
	fake_settle(net.fake);
	TEST_EXPECT(net.sides[1].n_got == 3);
	TEST_EXPECT(net.sides[0].n_got == 7 &&
		    !memcmp("headone", net.sides[0].got, 7));
 out:
	net_fini(&net);
	return err;
}


TEST(udp_addresses)
{
	struct addr any = { .u.sa.sa_family = AF_INET }, v6;
	struct udp_packet packet = { .body = slice("x", 1), .to = &v6 };
	struct net net;
	int err, fd;

	TEST_ERR(net_init(&net, NULL));
	TEST_OK(addr_port(&net.sides[0].addr));
	TEST_OK(!addr_eq(&net.sides[0].addr, &net.sides[1].addr));
	TEST_ERRNO(-EADDRINUSE, loop_bind_udp(&net.loop, &net.sides[0].addr));
	addr_set_port(&any, addr_port(&net.sides[0].addr));
	TEST_ERRNO(-EADDRINUSE, loop_bind_udp(&net.loop, &any));

	/* Given back, it is free again; TCP never minds. */
	fd = loop_listen(&net.loop, &net.sides[0].addr, 1);
	TEST_EXPECT(fd >= 0);
	TEST_ERRNO(-EADDRINUSE, loop_listen(&net.loop, &net.sides[0].addr, 1));
	udp_close(&net.sides[0].udp);
	fd = loop_bind_udp(&net.loop, &any);
	TEST_EXPECT(fd >= 0);
	loop_close_fd(&net.loop, fd);
	fd = loop_bind_udp(&net.loop, &any);
	TEST_EXPECT(fd >= 0);

	addr_parse(&v6, str("2001:db8::1"), 9);
	TEST_EQ(-ENOTSUP, udp_push(&net.sides[1].udp, &packet));
 out:
	net_fini(&net);
	return err;
}


/* A wildcard learns where datagrams came to, and answers from there. */
TEST(udp_wildcard)
{
	const struct udp_conf conf = { .has_local = true, .has_tos = true };
	struct addr any, at, other;
	struct udp_packet packet = {
		.body = slice("x", 1), .to = &at, .tos = 0xb8, .ttl = 33,
	};
	struct side wide = { .n_got = 0 };
	struct net net;
	int err, fd;

	TEST_ERR(net_init(&net, &conf));
	addr_parse(&any, str("::"), 7000);
	addr_parse(&at, str("198.51.100.7"), 7000);
	addr_parse(&other, str("198.51.100.8"), 1);
	fd = loop_bind_udp(&net.loop, &any);
	TEST_EXPECT(fd >= 0);
	TEST_ERR(udp_open(&wide.udp, &net.loop, fd, &conf, &user, &wide));

	TEST_ERR(udp_push(&net.sides[0].udp, &packet));
	fake_settle(net.fake);
	TEST_EXPECT(wide.n_inputs == 1);
	TEST_OK(addr_eq(&at, &wide.meta.local));
	TEST_OK(addr_eq(&net.sides[0].addr, &wide.meta.peer));
	TEST_EQ(0xb8, wide.meta.tos);
	TEST_EQ(33, wide.meta.ttl);

	packet.to = &net.sides[0].addr;
	packet.from = &other;
	TEST_ERR(udp_push(&wide.udp, &packet));
	fake_settle(net.fake);
	TEST_EXPECT(net.sides[0].n_inputs == 1);
	addr_set_port(&other, 7000);
	TEST_OK(addr_eq(&other, &net.sides[0].meta.peer));
 out:
	udp_close(&wide.udp);
	net_fini(&net);
	return err;
}


TEST(udp_icmp)
{
	struct net net;
	int err;

	TEST_ERR(net_init(&net, NULL));
	udp_close(&net.sides[1].udp);
	TEST_ERR(push(&net, "x", 1));
	fake_settle(net.fake);
	TEST_EXPECT(net.sides[0].n_icmp == 1);
	TEST_OK(addr_eq(&net.sides[1].addr, &net.sides[0].icmp.peer));
	TEST_EQ(3, net.sides[0].icmp.type);
	TEST_EQ(3, net.sides[0].icmp.code);
 out:
	net_fini(&net);
	return err;
}
