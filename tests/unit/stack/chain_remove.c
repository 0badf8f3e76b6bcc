/* Nodes that take themselves out of their chain, over the fake backend. */
#include "stack/chain.h"
#include "io/fake.h"
#include "test.h"

enum { EATS = 3, GATE_INPUT_MAX = 1000, HEARER_INPUT_MAX = 10 };

static struct plan {
	bool is_eager;           /* leaves at once, before it has eaten */
	bool closes;             /* its chain, in the same breath */
	int fails;
	unsigned n_closed;       /* gates */
	unsigned n_hearers_closed;
	unsigned n_asked;        /* gates, for output */
	size_t n_heard;
	char heard[32];
} plan;


/* -- a gate: holds back output, eats three bytes, and goes -- */

static ssize_t gate_input(struct node *node, struct slice in,
			  const struct io_meta *meta)
{
	(void)meta;
	if (!plan.is_eager && in.len < EATS)
		return 0;

	chain_remove(node);
	if (plan.closes)
		chain_close(node->chain, 0);

	return plan.fails ? plan.fails : plan.is_eager ? 0 : EATS;
}


static int gate_output(struct node *node, struct outbox *from)
{
	(void)node;
	(void)from;
	++plan.n_asked;

	return 0;
}


static void gate_close(struct node *node)
{
	(void)node;
	++plan.n_closed;
}


static const struct protocol gate = {
	.name = "gate",
	.size = sizeof(struct node),
	.input_max = GATE_INPUT_MAX,
	.input = gate_input,
	.output = gate_output,
	.close = gate_close,
};


/* -- a pusher, which makes other bytes of them -- */

static ssize_t pusher_input(struct node *node, struct slice in,
			    const struct io_meta *meta)
{
	uint8_t upper[sizeof(plan.heard)];
	size_t n = in.len < sizeof(upper) ? in.len : sizeof(upper);

	for (size_t i = 0; i < n; i++)
		upper[i] = (uint8_t)(in.p[i] - 'a' + 'A');

	return node_push(node, slice(upper, n), meta);
}


static const struct protocol pusher = {
	.name = "pusher",
	.size = sizeof(struct node),
	.input = pusher_input,
};


/* -- a hearer, who greets -- */

static int hearer_open(struct node *node, struct binding *binding)
{
	(void)binding;
	put_str(outbox_control(&node->out), str("hello"));
	chain_want_output(node->chain);

	return node->out.control.err;
}


static ssize_t hearer_input(struct node *node, struct slice in,
			    const struct io_meta *meta)
{
	(void)node;
	(void)meta;
	for (size_t i = 0; i < in.len && plan.n_heard < sizeof(plan.heard);
	     i++)
		plan.heard[plan.n_heard++] = (char)in.p[i];

	return (ssize_t)in.len;
}


static void hearer_close(struct node *node)
{
	(void)node;
	++plan.n_hearers_closed;
}


static const struct protocol hearer = {
	.name = "hearer",
	.size = sizeof(struct node),
	.input_max = HEARER_INPUT_MAX,
	.open = hearer_open,
	.input = hearer_input,
	.close = hearer_close,
};


/* -- the frame: a chain, and a socket that talks to it -- */

struct wire {
	struct fake *fake;
	struct loop loop;
	struct chain *chain;
	struct carrier *peer;
	bool is_closed;
	char got[16];
	size_t n_got;
};


static ssize_t on_peer_input(void *arg, struct slice in,
			     const struct io_meta *meta)
{
	struct wire *wire = arg;

	(void)meta;
	for (size_t i = 0; i < in.len && wire->n_got < sizeof(wire->got);
	     i++)
		wire->got[wire->n_got++] = (char)in.p[i];

	return (ssize_t)in.len;
}


static void on_peer_writable(void *arg)
{
	(void)arg;
}


static void on_peer_ended(void *arg, int err)
{
	(void)arg;
	(void)err;
}


static const struct carrier_user peer_user = {
	.input = on_peer_input,
	.writable = on_peer_writable,
	.ended = on_peer_ended,
};


static void on_closed(struct chain *chain, int err, void *arg)
{
	struct wire *wire = arg;

	(void)chain;
	(void)err;
	wire->is_closed = true;
}


static int wire_init(struct wire *wire, const struct recipe *recipe,
		     size_t recv_max)
{
	const struct fake_conf conf = { .seed = 5, .recv_max = recv_max };
	const struct addr nobody = { .u.sa.sa_family = AF_INET };
	const struct tcp_conf tcp = { .send_buffer = 0 };
	struct carrier *carrier;
	struct backend *backend;
	int fds[2], err;

	memset(wire, 0, sizeof(*wire));
	memset(&plan, 0, sizeof(plan));
	err = fake_new(&wire->fake, &conf);
	if (!err)
		err = fake_backend_new(&backend, wire->fake);
	if (!err)
		err = loop_init(&wire->loop, backend);
	if (!err)
		err = fake_pair(wire->fake, fds);
	if (!err)
		err = tcp_open(&wire->peer, &wire->loop, fds[0], &nobody,
			       &tcp);
	if (err)
		return err;

	wire->peer->user = &peer_user;
	wire->peer->arg = wire;
	wire->peer->ops->resume(wire->peer);
	err = tcp_open(&carrier, &wire->loop, fds[1], &nobody, &tcp);
	if (!err)
		err = chain_open(&wire->chain, carrier, recipe, NULL,
				 on_closed, wire);
	if (err)
		wire->chain = NULL;

	return err;
}


static void wire_fini(struct wire *wire)
{
	if (wire->chain && !wire->is_closed)
		chain_close(wire->chain, 0);
	if (wire->peer)
		wire->peer->ops->close(wire->peer);
	if (wire->loop.backend) {
		loop_pulse(&wire->loop, 0);
		loop_fini(&wire->loop);
	}
	fake_free(wire->fake);
}


static void say(struct wire *wire, char *text)
{
	const struct iovec iov = { text, strlen(text) };

	wire->peer->ops->send(wire->peer, &iov, 1);
	fake_settle(wire->fake);
}


/* The farthest node goes, with and without having eaten; what it held back
 * leaves, and the chain is as if it had never been there. */
TEST(chain_remove_far)
{
	const struct recipe recipe = { false, 2, { &gate, &hearer } };
	struct wire wire;
	int err = 0;

	for (int i = 0; i < 4; i++) {
		TEST_ERR(wire_init(&wire, &recipe, i & 1 ? 1 : 0));
		plan.is_eager = i & 2;
		fake_settle(wire.fake);
		TEST_EQ(0, wire.n_got);
		TEST_EQ(GATE_INPUT_MAX, wire.chain->carrier->input_max);

		say(&wire, (char[]){ "abcdef" });
		if (plan.is_eager)
			TEST_EXPECT(!strcmp(plan.heard, "abcdef"));
		else
			TEST_EXPECT(!strcmp(plan.heard, "def"));
		TEST_EXPECT(wire.n_got == 5);
		TEST_EQ(1, plan.n_closed);
		TEST_OK(wire.chain->far == wire.chain->near);
		TEST_OK(!wire.chain->far->far && !wire.chain->has_filters);
		TEST_OK(wire.chain->out == &wire.chain->near->out);
		TEST_EQ(HEARER_INPUT_MAX, wire.chain->carrier->input_max);
		wire_fini(&wire);
		memset(&wire, 0, sizeof(wire));
		TEST_EQ(1, plan.n_closed);
		TEST_EQ(1, plan.n_hearers_closed);
	}
 out:
	wire_fini(&wire);
	return err;
}


/* Nodes between others: several that go at once, each with its bytes; the
 * farther one is told how many were eaten in all. */
TEST(chain_remove_between)
{
	const struct recipe recipe = {
		false, 5, { &pusher, &gate, &pusher, &gate, &hearer },
	};
	struct wire wire;
	int err;

	TEST_ERR(wire_init(&wire, &recipe, 0));
	fake_settle(wire.fake);
	TEST_EXPECT(plan.n_asked);
	say(&wire, (char[]){ "abcdefgh" });
	TEST_EXPECT(wire.n_got == 5);
	TEST_EQ(2, plan.n_closed);
	TEST_EQ(2, plan.n_heard);
	TEST_OK(wire.chain->far->near->near == wire.chain->near);
	TEST_OK(wire.chain->near->far->far == wire.chain->far);
	TEST_OK(!wire.chain->has_filters);

	/* Exactly as many as the gates eat: nothing goes on. */
	wire_fini(&wire);
	TEST_ERR(wire_init(&wire, &recipe, 0));
	say(&wire, (char[]){ "abc" });
	TEST_EXPECT(plan.n_closed == 1);
	say(&wire, (char[]){ "def" });
	TEST_EXPECT(plan.n_closed == 2);
	TEST_EQ(0, plan.n_heard);
	say(&wire, (char[]){ "ghi" });
	TEST_EXPECT(plan.n_heard == 3);
 out:
	wire_fini(&wire);
	return err;
}


/* A chain that closes or fails meanwhile closes each node once. */
TEST(chain_remove_and_close)
{
	const struct recipe recipe = { false, 2, { &gate, &hearer } };
	struct wire wire;
	int err = 0;

	for (int i = 0; i < 3; i++) {
		TEST_ERR(wire_init(&wire, &recipe, 0));
		plan.closes = i != 1;
		plan.fails = i ? -EBADMSG : 0;
		say(&wire, (char[]){ "abcdef" });
		TEST_EXPECT(wire.is_closed);
		TEST_EQ(1, plan.n_closed);
		TEST_EQ(1, plan.n_hearers_closed);
		TEST_EQ(0, plan.n_heard);
		wire_fini(&wire);
		memset(&wire, 0, sizeof(wire));
	}
 out:
	wire_fini(&wire);
	return err;
}
