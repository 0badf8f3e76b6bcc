/* The UDP carrier on the fake backend: batches, peers, losses. */
#include "base/mem.h"
#include "io/carrier.h"
#include "io/fake.h"
#include "test.h"

enum { PORTS = 3, DATAGRAMS = 200 };

struct port {
	struct carrier *carrier;
	struct addr addr;
	size_t n_got;
	bool is_wrong;
	uint8_t last;
	uint16_t from;           /* the port of who sent the last one */
};

struct net {
	struct fake *fake;
	struct loop loop;
	struct port ports[PORTS];
};


static ssize_t on_input(void *arg, struct slice in,
			const struct io_meta *meta)
{
	struct port *p = arg;

	++p->n_got;
	p->is_wrong |= in.len < 1 || (p->n_got > 1 && in.p[0] <= p->last);
	p->last = in.p[0];
	p->from = addr_port(&meta->peer);
	for (size_t i = 1; i < in.len; i++)
		p->is_wrong |= in.p[i] != in.p[0];

	return (ssize_t)in.len;
}


static void on_writable(void *arg)
{
	(void)arg;
}


static void on_ended(void *arg, int err)
{
	(void)arg;
	(void)err;
}


static const struct carrier_user user = {
	.input = on_input,
	.writable = on_writable,
	.ended = on_ended,
};


static int net_init(struct net *net, unsigned loss_permille)
{
	const struct fake_conf conf = { .seed = 5,
					.loss_permille = loss_permille };
	struct backend *backend;
	int err;

	memset(net, 0, sizeof(*net));
	err = fake_new(&net->fake, &conf);
	if (!err)
		err = fake_backend_new(&backend, net->fake);
	if (!err)
		err = loop_init(&net->loop, backend);

	for (uint16_t i = 0; i < PORTS && !err; i++) {
		struct port *p = &net->ports[i];
		int fd;

		addr_parse(&p->addr, str("2001:db8::1"),
			   (uint16_t)(5000 + i));
		fd = fake_bind(net->fake, &p->addr);
		if (fd < 0)
			return fd;
		err = udp_carrier_open(&p->carrier, &net->loop, fd, NULL);
		if (err)
			return err;
		p->carrier->user = &user;
		p->carrier->arg = p;
		p->carrier->ops->resume(p->carrier);
	}

	return err;
}


static void net_fini(struct net *net)
{
	for (size_t i = 0; i < PORTS; i++) {
		if (net->ports[i].carrier)
			net->ports[i].carrier->ops->close(
				net->ports[i].carrier);
	}
	if (net->loop.backend)
		loop_fini(&net->loop);
	fake_free(net->fake);
}


/* Datagram number i, of some length, to port 1 or 2. */
static int send_one(struct net *net, size_t i)
{
	uint8_t bytes[1500];
	struct iovec iov[2] = { { bytes, 1 }, { bytes + 1, i * 7 } };

	memset(bytes, (int)i, sizeof(bytes));

	return udp_carrier_send(net->ports[0].carrier, iov, 2,
				&net->ports[1 + i % 2].addr);
}


/* More than one batch holds; each peer gets its own, in order. */
TEST(udp_carrier_batches)
{
	static uint8_t large[70000];
	struct iovec iov = { large, sizeof(large) };
	struct net net;
	int err;

	TEST_ERR(net_init(&net, 0));
	for (size_t i = 0; i < DATAGRAMS; i++)
		TEST_ERR(send_one(&net, i));
	TEST_EQ(-EMSGSIZE, udp_carrier_send(net.ports[0].carrier, &iov, 1,
					    &net.ports[1].addr));
	fake_settle(net.fake);

	TEST_EXPECT(net.ports[1].n_got == DATAGRAMS / 2);
	TEST_EXPECT(net.ports[2].n_got == DATAGRAMS / 2);
	TEST_OK(!net.ports[1].is_wrong && !net.ports[2].is_wrong);
	TEST_EQ(5000, net.ports[2].from);
	TEST_EQ(0, net.ports[0].n_got);
 out:
	net_fini(&net);
	return err;
}


/* What is sent before a close in the same turn still leaves. */
TEST(udp_carrier_close)
{
	struct net net;
	int err;

	TEST_ERR(net_init(&net, 0));
	TEST_ERR(send_one(&net, 1));
	net.ports[0].carrier->ops->close(net.ports[0].carrier);
	net.ports[0].carrier = NULL;
	fake_settle(net.fake);
	TEST_EXPECT(net.ports[2].n_got == 1);
 out:
	net_fini(&net);
	return err;
}


TEST(udp_carrier_losses)
{
	size_t got[2] = { 0, 0 };
	struct net net;
	int err;

	for (int round = 0; round < 2; round++) {
		TEST_ERR(net_init(&net, 300));
		for (size_t i = 0; i < DATAGRAMS; i++)
			TEST_ERR(send_one(&net, i));
		fake_settle(net.fake);
		got[round] = net.ports[1].n_got + net.ports[2].n_got;
		TEST_OK(!net.ports[1].is_wrong && !net.ports[2].is_wrong);
		net_fini(&net);
		memset(&net, 0, sizeof(net));
	}

	/* Each run is the same. */
	TEST_EXPECT(got[0] == got[1]);
	TEST_OK(got[0] > DATAGRAMS / 2 && got[0] < 9 * DATAGRAMS / 10);
 out:
	net_fini(&net);
	return err;
}
