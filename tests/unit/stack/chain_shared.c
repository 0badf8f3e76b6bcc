/* One chain for all peers of a datagram socket. */
#include "stack/chain.h"
#include <sys/socket.h>
#include "io/fake.h"
#include "test.h"

enum { N_PEERS = 3 };

static struct {
	unsigned n_heard;
	unsigned n_bytes;
	unsigned events;
	uint16_t ports[N_PEERS];
} plan;


static ssize_t hall_input(struct node *node, struct slice in,
			  const struct io_meta *meta)
{
	(void)node;
	if (plan.n_heard < N_PEERS)
		plan.ports[plan.n_heard] = addr_port(&meta->peer);
	++plan.n_heard;
	plan.n_bytes += (unsigned)in.len;

	return (ssize_t)in.len;
}


static bool hall_event(struct node *node, const struct event *event)
{
	(void)node;
	plan.events |= 1u << event->type;

	return false;
}


static const struct protocol hall = {
	.name = "hall",
	.size = sizeof(struct node),
	.is_shared = true,
	.input = hall_input,
	.event = hall_event,
};

static const struct protocol passer = {
	.name = "passer",
	.size = sizeof(struct node),
};


static struct addr at(uint16_t port)
{
	struct addr addr;

	addr_parse(&addr, str("192.0.2.1"), port);

	return addr;
}


static const struct io_handler handler = { .recv = NULL };


static int speak(struct fake *fake, struct loop *loop, uint16_t port)
{
	const struct addr from = at(port), to = at(1000);
	const struct iovec iov = { (char[]){ "hey" }, 3 };
	struct io io = {
		.handler = &handler, .loop = loop, .kind = IO_DATAGRAM,
		.fd = fake_bind(fake, &from),
	};
	const struct io_packet packet = { .iov = &iov, .n_iov = 1,
					  .to = &to };
	int err = io.fd < 0 ? io.fd : 0;

	if (!err)
		err = loop->backend->ops->open(loop->backend, &io);
	if (err)
		return err;

	err = loop->backend->ops->send(loop->backend, &io, &packet, 1) == 1
		      ? 0 : -ENOMEM;
	loop->backend->ops->close(loop->backend, &io);

	return err;
}


/* Each peer's datagrams come with their meta; an error of the socket does
 * not end it. */
TEST(chain_shared)
{
	const struct recipe recipe = { true, 1, { &hall } };
	const struct addr here = at(1000);
	struct fake *fake = NULL;
	struct loop loop = { .index = 0 };
	struct chain *chain = NULL;
	struct carrier *socket;
	struct backend *backend;
	int err, fd;

	memset(&plan, 0, sizeof(plan));
	TEST_ERR(fake_new(&fake, &(struct fake_conf){ .seed = 1 }));
	TEST_ERR(fake_backend_new(&backend, fake));
	TEST_ERR(loop_init(&loop, backend));
	fd = fake_bind(fake, &here);
	TEST_EXPECT(fd >= 0);
	TEST_ERR(udp_carrier_open(&socket, &loop, fd, NULL));
	TEST_ERR(chain_open(&chain, socket, &recipe, NULL, NULL, NULL));
	TEST_OK(chain->is_shared);

	for (uint16_t i = 0; i < N_PEERS; i++)
		TEST_ERR(speak(fake, &loop, (uint16_t)(2000 + i)));
	fake_settle(fake);
	TEST_EXPECT(plan.n_heard == N_PEERS);
	TEST_EQ(3 * N_PEERS, plan.n_bytes);
	for (uint16_t i = 0; i < N_PEERS; i++)
		TEST_EQ(2000 + i, plan.ports[i]);

	socket->user->ended(socket->arg, -ECONNREFUSED);
	TEST_EQ(CHAIN_OPEN, chain->state);
	TEST_EQ(0, plan.events);
	chain_tell(chain, EVENT_CLOSING, 0);
	TEST_EQ(1u << EVENT_CLOSING, plan.events);
 out:
	if (chain)
		chain_close(chain, 0);
	if (loop.backend) {
		loop_pulse(&loop, 0);
		loop_fini(&loop);
	}
	fake_free(fake);
	return err;
}


/* Only over UDP, and only if it is the farthest. */
TEST(recipe_is_shared)
{
	const struct recipe tcp = { false, 1, { &hall } };
	const struct recipe near = { true, 2, { &passer, &hall } };
	const struct recipe far = { true, 2, { &hall, &passer } };
	int err = 0;

	TEST_OK(!recipe_is_shared(&tcp));
	TEST_OK(!recipe_is_shared(&near));
	TEST_OK(recipe_is_shared(&far));
 out:
	return err;
}
