/* The TCP carrier and the acceptor, on the fake backend: what users leave,
 * how it is cut, when receiving stops. */
#include "base/writer.h"
#include "io/acceptor.h"
#include "io/carrier.h"
#include "io/fake.h"
#include "test.h"

struct party {
	struct carrier *carrier;
	struct writer got;
	size_t eat_max;          /* at a time */
	size_t unit;             /* eats only multiples of this */
	bool is_sated;           /* eats nothing */
	bool is_closing;         /* closes as soon as something comes */
	int n_writable;
	int ended;               /* 1: regularly, or a negative errno */
};

struct call {
	struct fake *fake;
	struct loop loops[2];
	struct party a, b;
};


static ssize_t on_input(void *arg, struct slice in,
			const struct io_meta *meta)
{
	struct party *p = arg;
	size_t n = in.len;

	(void)meta;
	if (p->is_closing) {
		p->carrier->ops->close(p->carrier);
		p->carrier = NULL;
	}
	if (p->is_sated || p->is_closing)
		return 0;

	n = p->eat_max && p->eat_max < n ? p->eat_max : n;
	n = p->unit ? n / p->unit * p->unit : n;
	put_bytes(&p->got, slice(in.p, n));

	return (ssize_t)n;
}


static void on_writable(void *arg)
{
	++((struct party *)arg)->n_writable;
}


static void on_ended(void *arg, int err)
{
	struct party *p = arg;

	p->ended = err ? err : 1;
}


static const struct carrier_user user = {
	.input = on_input,
	.writable = on_writable,
	.ended = on_ended,
};


static int party_open(struct party *p, struct loop *loop, int fd,
		      size_t input_max)
{
	const struct tcp_conf conf = { .send_buffer = 0 };
	const struct addr nobody = { .u.sa.sa_family = AF_INET };
	int err = tcp_open(&p->carrier, loop, fd, &nobody, &conf);

	p->got = writer(1 << 20);
	if (err)
		return err;
	p->carrier->user = &user;
	p->carrier->arg = p;
	p->carrier->input_max = input_max;
	p->carrier->ops->resume(p->carrier);

	return 0;
}


static int call_init(struct call *c, const struct fake_conf *conf,
		     size_t input_max)
{
	int fds[2], err;

	memset(c, 0, sizeof(*c));
	err = fake_new(&c->fake, conf);
	for (unsigned i = 0; i < 2 && !err; i++) {
		struct backend *backend;

		err = fake_backend_new(&backend, c->fake);
		if (!err)
			err = loop_init(&c->loops[i], backend);
	}

	if (!err)
		err = fake_pair(c->fake, fds);
	if (!err)
		err = party_open(&c->a, &c->loops[0], fds[0], input_max);
	if (!err)
		err = party_open(&c->b, &c->loops[1], fds[1], input_max);

	return err;
}


static void party_close(struct party *p)
{
	if (p->carrier)
		p->carrier->ops->close(p->carrier);
	writer_fini(&p->got);
}


static void call_fini(struct call *c)
{
	party_close(&c->a);
	party_close(&c->b);
	for (unsigned i = 0; i < 2; i++) {
		if (c->loops[i].backend)
			loop_fini(&c->loops[i]);
	}
	fake_free(c->fake);
}


static ssize_t send_text(struct party *p, const char *text, size_t len)
{
	char buf[4096];
	struct iovec iov[2] = { { buf, len / 2 },
				{ buf + len / 2, len - len / 2 } };

	memcpy(buf, text, len);

	return p->carrier->ops->send(p->carrier, iov, 2);
}


/* Whatever the cuts and the appetite, the same bytes arrive. */
TEST(tcp_cuts)
{
	static const size_t eats[] = { 0, 1, 2, 7 };
	static const size_t units[] = { 1, 3, 5 };
	static const char text[] = "three sailors went ashore at nightfall.";
	int err = 0;

	for (size_t i = 0; i < 2 * ARRAY_LEN(eats) * ARRAY_LEN(units); i++) {
		const struct fake_conf conf = {
			.seed = i, .recv_max = i & 1 ? 1 : 6,
			.is_exact = i & 1, .send_max = 9,
		};
		struct call c;
		size_t sent = 0, len = sizeof(text);

		err = call_init(&c, &conf, 10);
		c.b.eat_max = eats[i / 2 % ARRAY_LEN(eats)];
		c.b.unit = units[i / 2 / ARRAY_LEN(eats)];
		if (c.b.eat_max < c.b.unit)
			c.b.eat_max = 0;
		len = len / c.b.unit * c.b.unit;

		while (!err && sent < len) {
			ssize_t n = send_text(&c.a, text + sent, len - sent);

			if (n < 0 || !fake_settle(c.fake))
				err = n < 0 ? (int)n : -ETIMEDOUT;
			sent += n > 0 ? (size_t)n : 0;
		}
		if (!err && !(len == c.b.got.len &&
			      !memcmp(text, c.b.got.data, len)) &&
		    !test_alloc_failed())
			err = -EBADMSG;
		call_fini(&c);
		TEST_ERR(err);
	}
 out:
	return err;
}


/* A user that leaves nothing, with a bound of nothing, is served. */
TEST(tcp_no_bound)
{
	struct call c;
	int err;

	TEST_ERR(call_init(&c, &(struct fake_conf){ .seed = 1 }, 0));
	for (int i = 0; i < 3; i++) {
		TEST_EXPECT(send_text(&c.a, "ping", 4) == 4);
		TEST_OK(fake_settle(c.fake));
	}
	TEST_EXPECT(c.b.got.len == 12);
	TEST_MEM("pingpingping", 12, c.b.got.data, c.b.got.len);
	TEST_EQ(12, c.b.carrier->bytes_in);
	TEST_EQ(12, c.a.carrier->bytes_out);
 out:
	call_fini(&c);
	return err;
}


/* One that eats nothing is given no more than its bound and one delivery. */
TEST(tcp_back_pressure)
{
	const struct fake_conf conf = { .seed = 1, .wire_size = 300,
					.recv_max = 10 };
	static const char text[400];
	size_t sent = 0;
	struct call c;
	int err;

	TEST_ERR(call_init(&c, &conf, 50));
	c.b.is_sated = true;
	for (int i = 0; i < 5; i++) {
		ssize_t n = send_text(&c.a, text, 100);

		TEST_EXPECT(n >= 0);
		sent += (size_t)n;
		TEST_OK(fake_settle(c.fake));
	}
	TEST_EXPECT(c.b.carrier->bytes_in >= 50 && c.b.carrier->bytes_in < 60);
	TEST_EQ(sent, c.b.carrier->bytes_in + 300);

	/* The end of the stream waits behind what is not eaten. */
	c.a.carrier->ops->shutdown(c.a.carrier);
	TEST_OK(fake_settle(c.fake));
	TEST_EQ(0, c.b.ended);

	c.b.is_sated = false;
	c.b.carrier->ops->resume(c.b.carrier);
	TEST_OK(fake_settle(c.fake));
	TEST_EXPECT(sent == c.b.got.len);
	TEST_EQ(1, c.b.ended);
	TEST_EQ(1, c.a.n_writable);
 out:
	call_fini(&c);
	return err;
}


TEST(tcp_close_inside)
{
	const struct fake_conf conf = { .seed = 1, .recv_max = 1 };
	struct call c;
	int err;

	TEST_ERR(call_init(&c, &conf, 50));
	c.b.is_closing = true;
	TEST_EXPECT(send_text(&c.a, "ping", 4) == 4);
	TEST_OK(fake_settle(c.fake));

	/* Three bytes were not read: the other side is told so. */
	TEST_EQ(-ECONNRESET, c.a.ended);
	TEST_EQ(-EPIPE, send_text(&c.a, "ping", 4));
 out:
	call_fini(&c);
	return err;
}


struct reception {
	struct acceptor acceptor;
	struct loop *loop;
	struct party *party;     /* who takes the next one; NULL: nobody */
	int n;
};


static void on_accept(int fd, const struct addr *peer, void *arg)
{
	struct reception *r = arg;

	r->n += addr_port(peer) == 4000;
	if (r->party && !party_open(r->party, r->loop, fd, 10))
		r->party = NULL;
}


TEST(tcp_acceptor)
{
	struct reception r = { .n = 0 };
	struct party client = { .n_writable = 0 }, late = { .ended = 0 };
	struct addr at, from;
	struct call c;
	int err, fd;

	TEST_ERR(call_init(&c, &(struct fake_conf){ .seed = 1 }, 10));
	TEST_ERR(addr_parse(&at, str("192.0.2.1"), 1935));
	TEST_ERR(addr_parse(&from, str("::ffff:192.0.2.9"), 4000));

	party_close(&c.b);
	c.b = (struct party){ .ended = 0 };
	r.loop = &c.loops[1];
	r.party = &c.b;
	fd = fake_listen(c.fake, &at);
	TEST_ERR(fd < 0 ? fd : 0);
	TEST_ERR(acceptor_open(&r.acceptor, r.loop, fd, on_accept, &r));

	fd = fake_dial(c.fake, &at, &from);
	TEST_ERR(fd < 0 ? fd : 0);
	TEST_ERR(party_open(&client, &c.loops[0], fd, 10));
	TEST_OK(fake_settle(c.fake));
	TEST_EQ(1, r.n);
	TEST_ERR(r.party ? -ENOMEM : 0);
	TEST_EXPECT(send_text(&client, "ping", 4) == 4);
	TEST_OK(fake_settle(c.fake));
	TEST_EXPECT(c.b.got.len == 4);
	TEST_MEM("ping", 4, c.b.got.data, c.b.got.len);

	/* The next one is not wanted, and then nobody is there. */
	fd = fake_dial(c.fake, &at, &from);
	TEST_ERR(fd < 0 ? fd : 0);
	TEST_ERR(party_open(&late, &c.loops[0], fd, 10));
	TEST_OK(fake_settle(c.fake));
	TEST_EQ(1, late.ended);
	acceptor_close(&r.acceptor);
	acceptor_close(&r.acceptor);
	TEST_EQ(0, client.ended);
 out:
	acceptor_close(&r.acceptor);
	party_close(&client);
	party_close(&late);
	call_fini(&c);
	return err;
}
