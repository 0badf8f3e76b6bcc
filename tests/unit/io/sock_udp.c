/* Datagrams over the loopback interface: what only the kernel can tell.  The
 * fake backend's cases are in udp.c. */
#include <netinet/udp.h>
#include <unistd.h>
#include "io/udp.h"
#include "test.h"

enum {
	PULSES_MAX = 1000,
	PULSE_US = 5000,         /* waited for what does not come at once */
	GOT_MAX = 512,
	PART = 1000,             /* bytes of a train's parts */
};

struct side {
	struct udp udp;
	struct addr addr;
	struct udp *forward;
	const struct addr *forward_to;
	size_t n_got;            /* datagrams, of trains too */
	size_t n_trains;
	size_t lens[GOT_MAX];    /* of each datagram, */
	uint8_t firsts[GOT_MAX]; /* its first byte */
	bool is_wrong;           /* which all others are as well */
	struct io_meta meta;     /* the last one's */
	int n_icmp;
	struct udp_icmp icmp;
	int failed;
};

struct net {
	struct loop loop;
	struct side a, b, c;
};


static void note(struct side *s, struct slice in)
{
	if (s->n_got < GOT_MAX) {
		s->lens[s->n_got] = in.len;
		s->firsts[s->n_got] = in.len ? in.p[0] : 0;
	}
	for (size_t i = 1; i < in.len; i++)
		s->is_wrong |= in.p[i] != in.p[0];
	++s->n_got;
}


static void on_input(void *arg, struct slice in, const struct io_meta *meta)
{
	struct side *s = arg;
	size_t part = meta->segment_len ? meta->segment_len : in.len;

	s->n_trains += meta->segment_len > 0;
	s->meta = *meta;

	do {
		size_t len = in.len < part ? in.len : part;
		const struct udp_packet packet = {
			.body = slice(in.p, len), .is_lent = true,
			.to = s->forward_to,
		};

		note(s, packet.body);
		if (s->forward)
			udp_push(s->forward, &packet);
		in = slice_from(in, len);
	} while (in.len);
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


static int side_open(struct side *s, struct loop *loop, const char *ip,
		     const struct udp_conf *conf)
{
	int fd, err;

	addr_parse(&s->addr, str(ip), 0);
	fd = loop_bind_udp(loop, &s->addr);
	if (fd < 0)
		return fd;
	err = udp_open(&s->udp, loop, fd, conf, &user, s);

	return err ? err : udp_local(&s->udp, &s->addr);
}


static int net_init(struct net *net, const char *backend_name,
		    const char *ip, const struct udp_conf *conf)
{
	struct backend *backend;
	int err;

	memset(net, 0, sizeof(*net));
	err = backend_new(&backend, str(backend_name));
	if (!err)
		err = loop_init(&net->loop, backend);
	if (!err)
		err = side_open(&net->a, &net->loop, ip, conf);
	if (!err)
		err = side_open(&net->b, &net->loop, ip, conf);

	return err;
}


static void net_fini(struct net *net)
{
	udp_close(&net->a.udp);
	udp_close(&net->b.udp);
	udp_close(&net->c.udp);
	if (net->loop.backend)
		loop_fini(&net->loop);
}


/* Until *n is at least `want`. */
static bool pulse_until(struct net *net, const size_t *n, size_t want)
{
	for (int i = 0; i < PULSES_MAX && *n < want; i++)
		loop_pulse(&net->loop, PULSE_US);

	return *n >= want;
}


static bool pulse_until_icmp(struct net *net, const struct side *s)
{
	for (int i = 0; i < PULSES_MAX && !s->n_icmp; i++)
		loop_pulse(&net->loop, PULSE_US);

	return s->n_icmp;
}


/* `len` times the byte `fill`. */
static int push(struct side *from, const struct addr *to, uint8_t fill,
		size_t len)
{
	uint8_t bytes[2048];
	const struct udp_packet packet = {
		.body = slice(bytes, len), .to = to,
	};

	memset(bytes, fill, len);

	return udp_push(&from->udp, &packet);
}


static int push_train(struct side *from, const struct addr *to, uint8_t n,
		      size_t part)
{
	int err = 0;

	for (uint8_t i = 0; i < n && !err; i++)
		err = push(from, to, i, part);

	return err ? err : push(from, to, n, part / 2);
}


static int check_train(const struct side *s, uint8_t n, size_t part)
{
	int err = 0;

	TEST_EQ(n + 1, s->n_got);
	TEST_OK(!s->is_wrong);
	for (uint8_t i = 0; i <= n; i++) {
		TEST_EQ(i < n ? part : part / 2, s->lens[i]);
		TEST_EQ(i, s->firsts[i]);
	}
 out:
	return err;
}


static bool has_gso(const struct side *s)
{
	int v;
	socklen_t len = sizeof(v);

	return !getsockopt(s->udp.io.fd, IPPROTO_UDP, UDP_SEGMENT, &v, &len);
}


static int trains(const char *backend)
{
	const struct udp_conf alone = { .has_no_gro = true };
	struct net net;
	int err;

	TEST_ERR(net_init(&net, backend, "127.0.0.1", NULL));
	TEST_ERR(side_open(&net.c, &net.loop, "127.0.0.1", &alone));
	TEST_ERR(push_train(&net.a, &net.b.addr, 20, PART));
	TEST_OK(pulse_until(&net, &net.b.n_got, 21));
	TEST_ERR(check_train(&net.b, 20, PART));
	if (has_gso(&net.a)) {
		TEST_EQ(1, net.loop.udp_stats.n_trains_sent);
		TEST_EQ(1, net.b.n_trains);
	}

	TEST_ERR(push_train(&net.a, &net.c.addr, 20, PART));
	TEST_OK(pulse_until(&net, &net.c.n_got, 21));
	TEST_ERR(check_train(&net.c, 20, PART));
	TEST_EQ(0, net.c.n_trains);
 out:
	net_fini(&net);
	return err;
}


TEST(sock_udp_epoll_trains)
{
	return trains("epoll");
}


TEST(sock_udp_select_trains)
{
	return trains("select");
}


/* The kernel makes no trains without checksums: then one by one, for good. */
TEST(sock_udp_no_trains)
{
	int one = 1;
	struct net net;
	int err;

	TEST_ERR(net_init(&net, "epoll", "127.0.0.1", NULL));
	TEST_OK(!setsockopt(net.a.udp.io.fd, SOL_SOCKET, SO_NO_CHECK, &one,
			    sizeof(one)));
	TEST_ERR(push_train(&net.a, &net.b.addr, 9, 1400));
	TEST_OK(pulse_until(&net, &net.b.n_got, 10));
	TEST_ERR(check_train(&net.b, 9, 1400));
	TEST_EQ(0, net.a.udp.n_dropped);
	TEST_OK(net.a.udp.segment_max < 1400 ||
		net.loop.udp_stats.n_trains_sent);
	TEST_OK(net.a.udp.segment_max || !has_gso(&net.a) ||
		net.loop.udp_stats.n_sends > 2);

	net.b.n_got = 0;
	TEST_ERR(push_train(&net.a, &net.b.addr, 9, PART));
	TEST_OK(pulse_until(&net, &net.b.n_got, 10));
	TEST_ERR(check_train(&net.b, 9, PART));
	TEST_EQ(0, net.a.udp.n_dropped);
	TEST_OK(!net.a.udp.segment_max || net.loop.udp_stats.n_trains_sent);
 out:
	net_fini(&net);
	return err;
}


/* More than there are slots to receive into in a turn, sent on by pointer. */
TEST(sock_udp_many)
{
	enum { N = 280, BURST = 70, LEN = 500 };
	struct net net;
	int err;

	TEST_ERR(net_init(&net, "epoll", "127.0.0.1", NULL));
	TEST_ERR(side_open(&net.c, &net.loop, "127.0.0.1", NULL));
	net.b.forward = &net.a.udp;
	net.b.forward_to = &net.c.addr;

	for (size_t i = 0; i < N; i++) {
		TEST_ERR(push(&net.a, &net.b.addr, (uint8_t)i,
			      1 + i * 7 % LEN));
		if (i % BURST == BURST - 1)
			TEST_OK(pulse_until(&net, &net.c.n_got, i + 1));
	}
	TEST_EQ(N, net.c.n_got);
	TEST_OK(!net.c.is_wrong);
	for (size_t i = 0; i < N; i++) {
		TEST_EQ(1 + i * 7 % LEN, net.c.lens[i]);
		TEST_EQ((uint8_t)i, net.c.firsts[i]);
	}
	TEST_EQ(0, net.loop.udp_stats.n_dropped);
 out:
	net_fini(&net);
	return err;
}


/* A datagram to `to` comes to the wildcard c, which answers from there. */
static int ask_wildcard(struct net *net, const char *ip)
{
	struct addr to;
	struct udp_packet answer = { .body = slice("x", 1) };
	int err;

	addr_parse(&to, str(ip), addr_port(&net->c.addr));
	net->c.n_got = net->a.n_got = 0;
	TEST_ERR(push(&net->a, &to, 'q', 9));
	TEST_OK(pulse_until(net, &net->c.n_got, 1));
	TEST_OK(addr_eq(&to, &net->c.meta.local));
	TEST_OK(addr_eq(&net->a.addr, &net->c.meta.peer));

	answer.to = &net->c.meta.peer;
	answer.from = &net->c.meta.local;
	TEST_ERR(udp_push(&net->c.udp, &answer));
	TEST_OK(pulse_until(net, &net->a.n_got, 1));
	TEST_OK(addr_eq(&to, &net->a.meta.peer));
	TEST_OK(!net->a.meta.local.u.sa.sa_family);
 out:
	return err;
}


static bool has_ipv6(void)
{
	struct addr addr;
	int fd;

	addr_parse(&addr, str("::1"), 0);
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	if (fd < 0)
		return false;
	if (bind(fd, &addr.u.sa, addr_len(&addr))) {
		close(fd);
		return false;
	}
	close(fd);

	return true;
}


static int wildcard(const char *any, const char *ip, const char *to)
{
	const struct udp_conf conf = { .has_local = true };
	struct net net;
	int err;

	TEST_ERR(net_init(&net, "epoll", ip, NULL));
	TEST_ERR(side_open(&net.c, &net.loop, any, &conf));
	TEST_ERR(ask_wildcard(&net, to));
	TEST_ERR(ask_wildcard(&net, to));
 out:
	net_fini(&net);
	return err;
}


TEST(sock_udp_wildcard)
{
	int err;

	TEST_ERR(wildcard("0.0.0.0", "127.0.0.1", "127.0.0.2"));
	if (has_ipv6()) {
		TEST_ERR(wildcard("::", "::1", "::1"));
		TEST_ERR(wildcard("::", "127.0.0.1", "127.0.0.3"));
	}
 out:
	return err;
}


/* Each of the same packets, and of those of another kind after them, has the
 * TOS and TTL that it is to have: whether they are told beside each or have
 * become the socket's. */
static int check_tos(struct net *net, uint8_t tos, uint8_t ttl, uint8_t want)
{
	const struct udp_packet packet = {
		.body = slice("x", 1), .to = &net->b.addr, .tos = tos,
		.ttl = ttl,
	};
	int err = 0;

	for (int i = 0; i < 20; i++) {
		net->b.n_got = 0;
		TEST_ERR(udp_push(&net->a.udp, &packet));
		TEST_OK(pulse_until(net, &net->b.n_got, 1));
		TEST_EQ(tos, net->b.meta.tos);
		TEST_EQ(want, net->b.meta.ttl);
	}
 out:
	return err;
}


static int tos(const char *ip, const char *from)
{
	const struct udp_conf conf = { .has_tos = true };
	uint8_t ttl;
	struct net net;
	int err;

	TEST_ERR(net_init(&net, "epoll", ip, &conf));
	udp_close(&net.a.udp);
	memset(&net.a, 0, sizeof(net.a));
	TEST_ERR(side_open(&net.a, &net.loop, from, &conf));

	TEST_ERR(push(&net.a, &net.b.addr, 'x', 1));
	TEST_OK(pulse_until(&net, &net.b.n_got, 1));
	ttl = net.b.meta.ttl;
	TEST_OK(ttl);

	TEST_ERR(check_tos(&net, 0xb8, 33, 33));
	TEST_EQ(33, net.a.udp.io.ttl);
	TEST_ERR(check_tos(&net, 0x02, 0, ttl));
	TEST_ERR(check_tos(&net, 0, 200, 200));
	TEST_ERR(check_tos(&net, 0, 0, ttl));
 out:
	net_fini(&net);
	return err;
}


TEST(sock_udp_tos)
{
	int err;

	TEST_ERR(tos("127.0.0.1", "127.0.0.1"));
	if (has_ipv6()) {
		TEST_ERR(tos("::1", "::1"));
		TEST_ERR(tos("127.0.0.1", "::"));
	}
 out:
	return err;
}


static int discovery_of(const struct side *s)
{
	int v = -1;
	socklen_t len = sizeof(v);

	getsockopt(s->udp.io.fd, IPPROTO_IP, IP_MTU_DISCOVER, &v, &len);

	return v;
}


/* DF is for those that ask for it, in whatever order they stand. */
TEST(sock_udp_whole)
{
	struct net net;
	int err;

	TEST_ERR(net_init(&net, "epoll", "127.0.0.1", NULL));
	TEST_EQ(IP_PMTUDISC_DONT, discovery_of(&net.a));
	for (uint8_t i = 0; i < 6; i++) {
		const struct udp_packet packet = {
			.body = slice("abcdef", i + 1u), .to = &net.b.addr,
			.is_whole = i % 2,
		};

		TEST_ERR(udp_push(&net.a.udp, &packet));
	}
	TEST_OK(pulse_until(&net, &net.b.n_got, 6));
	for (size_t i = 0; i < 6; i++)
		TEST_EQ(i + 1, net.b.lens[i]);
	TEST_EQ(IP_PMTUDISC_DO, discovery_of(&net.a));

	TEST_ERR(push(&net.a, &net.b.addr, 'x', 1));
	TEST_OK(pulse_until(&net, &net.b.n_got, 7));
	TEST_EQ(IP_PMTUDISC_DONT, discovery_of(&net.a));
 out:
	net_fini(&net);
	return err;
}


/* Nobody is at b any more: the sender is told, and what it sends to others
 * is not lost by that. */
static int icmp(const char *backend, const char *ip, int type, int code)
{
	struct net net;
	struct addr gone;
	int err;

	TEST_ERR(net_init(&net, backend, ip, NULL));
	TEST_ERR(side_open(&net.c, &net.loop, ip, NULL));
	gone = net.b.addr;
	udp_close(&net.b.udp);

	TEST_ERR(push(&net.a, &gone, 'x', 10));
	TEST_ERR(push(&net.a, &net.c.addr, 'y', 10));
	TEST_ERR(push(&net.a, &gone, 'x', 20));
	TEST_ERR(push(&net.a, &net.c.addr, 'z', 20));
	TEST_OK(pulse_until(&net, &net.c.n_got, 2));
	TEST_OK(pulse_until_icmp(&net, &net.a));
	TEST_OK(addr_eq(&gone, &net.a.icmp.peer));
	TEST_EQ(type, net.a.icmp.type);
	TEST_EQ(code, net.a.icmp.code);
	TEST_EQ(0, net.a.icmp.data);

	/* It goes on, in both directions. */
	TEST_ERR(push(&net.a, &gone, 'x', 10));
	TEST_ERR(push(&net.c, &net.a.addr, 'w', 10));
	TEST_OK(pulse_until(&net, &net.a.n_got, 1));
	TEST_EQ(0, net.a.udp.n_dropped);
	TEST_EQ(0, net.a.failed);
	TEST_EQ(0, net.c.n_icmp);
 out:
	net_fini(&net);
	return err;
}


TEST(sock_udp_icmp)
{
	int err;

	TEST_ERR(icmp("epoll", "127.0.0.1", 3, 3));
	TEST_ERR(icmp("select", "127.0.0.1", 3, 3));
	if (has_ipv6()) {
		TEST_ERR(icmp("epoll", "::1", 1, 4));
		TEST_ERR(icmp("select", "::1", 1, 4));
	}
 out:
	return err;
}


/* The error of one that is on its way already is told the next call, for
 * another one: which is sent all the same. */
TEST(sock_udp_late_error)
{
	struct addr gone;
	const struct iovec iov = { (char[]){ "x" }, 1 };
	const struct io_packet packet = { .iov = &iov, .n_iov = 1,
					  .to = &gone };
	struct net net;
	int err;

	TEST_ERR(net_init(&net, "epoll", "127.0.0.1", NULL));
	TEST_ERR(side_open(&net.c, &net.loop, "127.0.0.1", NULL));
	gone = net.b.addr;
	udp_close(&net.b.udp);

	TEST_EQ(1, net.loop.backend->ops->send(net.loop.backend,
					       &net.a.udp.io, &packet, 1));
	TEST_ERR(push(&net.a, &net.c.addr, 'y', 10));
	udp_close(&net.a.udp);
	TEST_EQ(0, net.a.udp.n_dropped);
	TEST_OK(pulse_until(&net, &net.c.n_got, 1));
 out:
	net_fini(&net);
	return err;
}


/* One that may not be sent at all (broadcast) is lost, alone. */
TEST(sock_udp_lone_error)
{
	struct addr everybody;
	struct net net;
	int err;

	TEST_ERR(net_init(&net, "epoll", "127.0.0.1", NULL));
	addr_parse(&everybody, str("255.255.255.255"), 9);
	TEST_ERR(push(&net.a, &net.b.addr, 'x', 10));
	TEST_ERR(push(&net.a, &everybody, 'x', 30));
	TEST_ERR(push(&net.a, &everybody, 'x', 30));
	TEST_ERR(push(&net.a, &net.b.addr, 'y', 20));
	TEST_OK(pulse_until(&net, &net.b.n_got, 2));
	TEST_EQ(2, net.a.udp.n_dropped);
	TEST_EQ(2, net.loop.udp_stats.n_dropped);
	TEST_EQ(2, net.loop.udp_stats.n_sent);
 out:
	net_fini(&net);
	return err;
}


/* Naps are taken, and nothing is lost or stuck by them. */
TEST(sock_udp_naps)
{
	struct net net;
	int err;

	TEST_ERR(net_init(&net, "epoll", "127.0.0.1", NULL));
	net.loop.coalesce.max_us = 200;
	net.b.forward = &net.b.udp;
	net.b.forward_to = &net.a.addr;
	for (size_t i = 1; i <= 200; i++) {
		TEST_ERR(push(&net.a, &net.b.addr, (uint8_t)i, 100));
		TEST_OK(pulse_until(&net, &net.a.n_got, i));
	}
	TEST_EQ(200, net.b.n_got);
 out:
	net_fini(&net);
	return err;
}
