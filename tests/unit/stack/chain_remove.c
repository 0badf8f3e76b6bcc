/* Nodes that take themselves out of their chain, over the fake backend. */
#include "stack/stack_test.h"
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


static int open_wire(struct stack_test *t, const struct recipe *recipe,
		     size_t recv_max)
{
	memset(&plan, 0, sizeof(plan));

	return stack_test_init(t, recipe, NULL, recv_max);
}


static void say(struct stack_test *t, const char *text)
{
	stack_test_say(t, slice(text, strlen(text)));
}


/* The farthest node goes, with and without having eaten; what it held back
 * leaves, and the chain is as if it had never been there. */
TEST(chain_remove_far)
{
	const struct recipe recipe = { false, 2, { &gate, &hearer } };
	struct stack_test t;
	int err = 0;

	for (int i = 0; i < 4; i++) {
		TEST_ERR(open_wire(&t, &recipe, i & 1 ? 1 : 0));
		plan.is_eager = i & 2;
		fake_settle(t.fake);
		TEST_EQ(0, t.got.len);
		TEST_EQ(GATE_INPUT_MAX, t.chain->carrier->input_max);

		say(&t, "abcdef");
		if (plan.is_eager)
			TEST_EXPECT(!strcmp(plan.heard, "abcdef"));
		else
			TEST_EXPECT(!strcmp(plan.heard, "def"));
		TEST_EXPECT(t.got.len == 5);
		TEST_EQ(1, plan.n_closed);
		TEST_OK(t.chain->far == t.chain->near);
		TEST_OK(!t.chain->far->far && !t.chain->has_filters);
		TEST_OK(t.chain->out == &t.chain->near->out);
		TEST_EQ(HEARER_INPUT_MAX, t.chain->carrier->input_max);
		stack_test_fini(&t);
		TEST_EQ(1, plan.n_closed);
		TEST_EQ(1, plan.n_hearers_closed);
	}
 out:
	stack_test_fini(&t);
	return err;
}


/* Nodes between others: several that go at once, each with its bytes; the
 * farther one is told how many were eaten in all. */
TEST(chain_remove_between)
{
	const struct recipe recipe = {
		false, 5, { &pusher, &gate, &pusher, &gate, &hearer },
	};
	struct stack_test t;
	int err;

	TEST_ERR(open_wire(&t, &recipe, 0));
	fake_settle(t.fake);
	TEST_EXPECT(plan.n_asked);
	say(&t, "abcdefgh");
	TEST_EXPECT(t.got.len == 5);
	TEST_EQ(2, plan.n_closed);
	TEST_EQ(2, plan.n_heard);
	TEST_OK(t.chain->far->near->near == t.chain->near);
	TEST_OK(t.chain->near->far->far == t.chain->far);
	TEST_OK(!t.chain->has_filters);

	/* Exactly as many as the gates eat: nothing goes on. */
	stack_test_fini(&t);
	TEST_ERR(open_wire(&t, &recipe, 0));
	say(&t, "abc");
	TEST_EXPECT(plan.n_closed == 1);
	say(&t, "def");
	TEST_EXPECT(plan.n_closed == 2);
	TEST_EQ(0, plan.n_heard);
	say(&t, "ghi");
	TEST_EXPECT(plan.n_heard == 3);
 out:
	stack_test_fini(&t);
	return err;
}


/* A chain that closes or fails meanwhile closes each node once. */
TEST(chain_remove_and_close)
{
	const struct recipe recipe = { false, 2, { &gate, &hearer } };
	struct stack_test t;
	int err = 0;

	for (int i = 0; i < 3; i++) {
		TEST_ERR(open_wire(&t, &recipe, 0));
		plan.closes = i != 1;
		plan.fails = i ? -EBADMSG : 0;
		say(&t, "abcdef");
		TEST_EXPECT(t.is_closed);
		TEST_EQ(1, plan.n_closed);
		TEST_EQ(1, plan.n_hearers_closed);
		TEST_EQ(0, plan.n_heard);
		stack_test_fini(&t);
	}
 out:
	stack_test_fini(&t);
	return err;
}
