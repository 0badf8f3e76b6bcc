/* Nodes that become others, over the fake backend. */
#include "stack/stack_test.h"
#include "test.h"

enum { LINE_INPUT_MAX = 100, HEARER_INPUT_MAX = 10 };

/* What the line's node is to do, and what came of it. */
static struct plan {
	const struct protocol *const *heirs;
	size_t n_heirs;
	int replace_err;         /* of chain_replace */
	int fail_open;           /* a hearer's */
	int fail_input;          /* the line's, after it was replaced */
	bool is_late;            /* the line is replaced by a timer */
	bool is_in_flush;        /* it eats only within the flush */
	bool closes;             /* within its input, after chain_replace */
	bool ends;
	bool writes;             /* to its heir, before that is open */
	bool lends;              /* the first line is answered by a source */
	unsigned n_lines_closed;
	unsigned n_opened;       /* hearers */
	unsigned n_closed;
	unsigned n_closed_unopened;
	size_t n_heard;
	char heard[32];
} plan;

static struct timer later;


/* -- who is replaced: it answers one line, and is another then -- */

struct line {
	struct node node;
	struct outbox_source source;
	size_t n_lent;
};

static const char body[] = "body,";


static struct line *of_source(struct outbox_source *source)
{
	return CONTAINER_OF(source, struct line, source);
}


static int body_peek(struct outbox_source *source, struct iovec *iov,
		     int n_iov, size_t room, bool one_message)
{
	const char *p = body + of_source(source)->n_lent;

	(void)n_iov;
	(void)room;
	(void)one_message;
	memcpy(&iov->iov_base, &p, sizeof(p));
	iov->iov_len = p == body ? 1 : strlen(p);
	source->has_more = p == body;

	return 1;
}


/* Something else comes within it.  The next line is wanted as soon as this
 * one is answered: while what comes behind is lent, too. */
static void body_consume(struct outbox_source *source, size_t len)
{
	struct line *l = of_source(source);

	l->n_lent += len;
	if (l->n_lent == 1)
		put_str(outbox_control(&l->node.out), str("ping,"));
	if (l->n_lent < strlen(body))
		return;
	outbox_del(&l->node.out, source);
	chain_resume(l->node.chain);
}


static bool body_is_inside(struct outbox_source *source)
{
	return of_source(source)->n_lent;
}


static const struct outbox_source_ops body_ops = {
	.peek = body_peek,
	.consume = body_consume,
	.is_inside = body_is_inside,
};


static void lend(struct line *l)
{
	plan.lends = false;
	l->source.ops = &body_ops;
	outbox_add(&l->node.out, &l->source);
	put_str(outbox_control(&l->node.out), str("head,"));
	chain_want_output(l->node.chain);
}


static void become(struct node *node)
{
	struct node *heir = NULL;

	put_str(outbox_control(&node->out), str("yes,"));
	plan.replace_err = chain_replace(node, plan.heirs, plan.n_heirs,
					 &heir);
	if (!plan.replace_err && plan.writes) {
		while (heir->near)
			heir = heir->near;
		put_str(outbox_control(&heir->out), str("early,"));
	}
	chain_want_output(node->chain);
	if (plan.ends)
		chain_end(node->chain);
	if (plan.closes)
		chain_close(node->chain, 0);
}


static void on_later(void *arg)
{
	become(arg);
}


static ssize_t line_input(struct node *node, struct slice in,
			  const struct io_meta *meta)
{
	const uint8_t *end = memchr(in.p, '\n', in.len);
	struct line *l = CONTAINER_OF(node, struct line, node);

	(void)meta;
	if (!end || timer_is_running(&later) || node->out.sources.n)
		return 0;
	if (plan.lends) {
		lend(l);
		return end - in.p + 1;
	}
	if (plan.is_in_flush && !node->chain->is_flushing) {
		chain_want_output(node->chain);
		return 0;
	}

	if (plan.is_late)
		timer_start(loop_timers(node->chain->loop), &later, 10,
			    on_later, node);
	else
		become(node);

	return plan.fail_input ? plan.fail_input : end - in.p + 1;
}


static int line_output(struct node *node, struct outbox *from)
{
	(void)from;
	if (plan.is_in_flush)
		chain_resume(node->chain);

	return 0;
}


static void line_close(struct node *node)
{
	(void)node;
	timer_stop(&later);
	++plan.n_lines_closed;
}


static const struct protocol line = {
	.name = "line",
	.size = sizeof(struct line),
	.input_max = LINE_INPUT_MAX,
	.input = line_input,
	.output = line_output,
	.close = line_close,
};


/* -- what makes other bytes of them, both ways -- */

static void to_upper(uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (p[i] >= 'a' && p[i] <= 'z')
			p[i] = (uint8_t)(p[i] - 'a' + 'A');
	}
}


static ssize_t upper_input(struct node *node, struct slice in,
			   const struct io_meta *meta)
{
	uint8_t upper[sizeof(plan.heard)];
	size_t n = in.len < sizeof(upper) ? in.len : sizeof(upper);

	memcpy(upper, in.p, n);
	to_upper(upper, n);

	return node_push(node, slice(upper, n), meta);
}


static int upper_output(struct node *node, struct outbox *from)
{
	struct writer *w = outbox_control(&node->out);
	struct iovec iov[OUTBOX_IOV];
	int n = outbox_peek(from, iov, OUTBOX_IOV, OUTBOX_ROOM);
	size_t len = 0;

	for (int i = 0; i < n; i++) {
		uint8_t *p = put_room(w, iov[i].iov_len);

		if (!p)
			return w->err;
		memcpy(p, iov[i].iov_base, iov[i].iov_len);
		to_upper(p, iov[i].iov_len);
		len += iov[i].iov_len;
	}
	outbox_consume(from, len);

	return 0;
}


static const struct protocol upper = {
	.name = "upper",
	.size = sizeof(struct node),
	.input = upper_input,
	.output = upper_output,
};

static const struct protocol passer = {
	.name = "passer",
	.size = sizeof(struct node),
};


/* -- who hears the rest, and greets -- */

struct hearer {
	struct node node;
	bool is_open;
};


static int hearer_open(struct node *node, struct binding *binding)
{
	struct hearer *h = CONTAINER_OF(node, struct hearer, node);

	(void)binding;
	if (plan.fail_open)
		return plan.fail_open;

	h->is_open = true;
	++plan.n_opened;
	put_str(outbox_control(&node->out), str("hello"));
	chain_want_output(node->chain);

	return node->out.control.err;
}


static ssize_t hearer_input(struct node *node, struct slice in,
			    const struct io_meta *meta)
{
	(void)node;
	(void)meta;
	for (size_t i = 0; i < in.len && plan.n_heard < sizeof(plan.heard) - 1;
	     i++)
		plan.heard[plan.n_heard++] = (char)in.p[i];

	return (ssize_t)in.len;
}


static void hearer_close(struct node *node)
{
	struct hearer *h = CONTAINER_OF(node, struct hearer, node);

	++plan.n_closed;
	plan.n_closed_unopened += !h->is_open;
}


static const struct protocol hearer = {
	.name = "hearer",
	.size = sizeof(struct hearer),
	.input_max = HEARER_INPUT_MAX,
	.open = hearer_open,
	.input = hearer_input,
	.close = hearer_close,
};

static const struct protocol *const one[] = { &hearer };
static const struct protocol *const several[] = { &passer, &upper, &hearer };
static const struct recipe alone = { false, 1, { &line } };


static int open_wire(struct stack_test *t, const struct recipe *recipe,
		     size_t recv_max)
{
	memset(&plan, 0, sizeof(plan));
	plan.heirs = one;
	plan.n_heirs = 1;

	return stack_test_init(t, recipe, NULL, recv_max);
}


static void say(struct stack_test *t, const char *text)
{
	stack_test_say(t, slice(text, strlen(text)));
	fake_run(t->fake, 20000);
}


/* The links of a chain, both ways. */
static bool is_sound(const struct chain *chain)
{
	const struct node *far = NULL;

	for (const struct node *n = chain->far; n; n = n->near) {
		if (n->far != far || n->chain != chain || n->heir)
			return false;
		far = n;
	}

	return far == chain->near;
}


/* The nearest becomes another: what it said leaves first, what it has not
 * eaten is the other's, however the bytes come and from wherever it asked. */
TEST(chain_replace_one)
{
	struct stack_test t;
	int err = 0;

	for (int i = 0; i < 16; i++) {
		TEST_ERR(open_wire(&t, &alone, i & 1 ? 1 : 0));
		plan.is_late = i & 2;
		plan.is_in_flush = i & 4;
		plan.writes = i & 8;
		TEST_EQ(LINE_INPUT_MAX, t.chain->carrier->input_max);

		say(&t, "get\nabcdef");
		TEST_EXPECT(plan.n_lines_closed == 1);
		TEST_ERR(plan.replace_err);
		TEST_EXPECT(!strcmp(plan.heard, "abcdef"));
		TEST_EXPECT(stack_test_heard(&t, plan.writes
				       ? "yes,early,hello" : "yes,hello"));
		TEST_OK(is_sound(t.chain));
		TEST_OK(!t.chain->has_filters);
		TEST_OK(t.chain->near->protocol == &hearer);
		TEST_OK(t.chain->out == &t.chain->near->out);
		TEST_EQ(HEARER_INPUT_MAX, t.chain->carrier->input_max);
		say(&t, "gh");
		TEST_EXPECT(!strcmp(plan.heard, "abcdefgh"));

		stack_test_fini(&t);
		TEST_EQ(1, plan.n_lines_closed);
		TEST_EQ(1, plan.n_closed);
	}
 out:
	stack_test_fini(&t);
	return err;
}


/* One becomes several, and stands between others. */
TEST(chain_replace_several)
{
	const struct recipe recipe = { false, 3, { &passer, &line, &passer } };
	struct stack_test t;
	int err = 0;

	for (int i = 0; i < 8; i++) {
		TEST_ERR(open_wire(&t, i & 4 ? &recipe : &alone,
				   i & 1 ? 1 : 0));
		plan.heirs = several;
		plan.n_heirs = ARRAY_LEN(several);
		plan.is_late = i & 2;
		plan.writes = true;

		say(&t, "get\nabcdef");
		TEST_EXPECT(plan.n_lines_closed == 1);
		TEST_ERR(plan.replace_err);
		TEST_EXPECT(!strcmp(plan.heard, "ABCDEF"));

		/* Beyond the old one nothing was turned into capitals; a
		 * farther one that passes hands on the next one's bytes. */
		TEST_EXPECT(stack_test_heard(&t, i & 4 ? "yes,"
				       : "yes,EARLY,HELLO"));
		TEST_OK(is_sound(t.chain));
		TEST_OK(t.chain->has_filters);
		stack_test_fini(&t);
		TEST_EQ(1, plan.n_closed);
	}
 out:
	stack_test_fini(&t);
	return err;
}


/* Twice in a row, on the same bytes. */
TEST(chain_replace_again)
{
	static const struct protocol *const lines[] = { &upper, &line };
	struct stack_test t;
	int err;

	TEST_ERR(open_wire(&t, &alone, 0));
	plan.heirs = lines;
	plan.n_heirs = 2;
	say(&t, "get\n");
	TEST_EXPECT(plan.n_lines_closed == 1);
	say(&t, "get\nget\nget\n");
	TEST_EXPECT(plan.n_lines_closed == 4);
	plan.heirs = one;
	plan.n_heirs = 1;
	say(&t, "get\nx");
	TEST_EXPECT(plan.n_lines_closed == 5);
	TEST_EXPECT(!strcmp(plan.heard, "X"));
	TEST_EXPECT(stack_test_heard(&t, "yes,YES,YES,YES,YES,HELLO"));
	TEST_OK(is_sound(t.chain));
 out:
	stack_test_fini(&t);
	return err;
}


/* A chain that ends, closes or fails meanwhile closes each node once, those
 * that were never opened too. */
TEST(chain_replace_and_close)
{
	struct stack_test t;
	int err = 0;

	for (int i = 0; i < 6; i++) {
		TEST_ERR(open_wire(&t, &alone, 0));
		plan.closes = i % 3 == 0;
		plan.ends = i % 3 == 1;
		plan.fail_input = i % 3 == 2 ? -EBADMSG : 0;
		plan.is_late = i == 3 || i == 4;
		say(&t, "get\nabcdef");
		TEST_ERR(plan.replace_err);
		if (plan.ends)
			TEST_EXPECT(stack_test_heard(&t, "yes,"));
		stack_test_fini(&t);
		TEST_EXPECT(plan.n_lines_closed == 1);
		TEST_EXPECT(plan.n_closed_unopened == 1);
		TEST_EQ(1, plan.n_closed);
		TEST_EQ(0, plan.n_heard);
	}
 out:
	stack_test_fini(&t);
	return err;
}


/* One that does not open closes the chain; it is not closed itself. */
TEST(chain_replace_refused)
{
	static const struct protocol *const two[] = { &hearer, &hearer };
	struct stack_test t;
	int err = 0;

	for (int i = 0; i < 4; i++) {
		TEST_ERR(open_wire(&t, &alone, 0));
		plan.fail_open = -EACCES;
		plan.is_late = i & 1;
		if (i & 2) {
			plan.heirs = two;
			plan.n_heirs = 2;
		}
		say(&t, "get\nabcdef");
		TEST_EXPECT(t.is_closed);
		TEST_EXPECT(t.err == -EACCES);
		TEST_EQ(1, plan.n_lines_closed);
		TEST_EQ(i & 2 ? 1 : 0, plan.n_closed);
		stack_test_fini(&t);
	}
 out:
	stack_test_fini(&t);
	return err;
}


/* Asked for while the carrier takes what an outbox has lent: that stays where
 * it is until then. */
TEST(chain_replace_while_sending)
{
	struct stack_test t;
	int err;

	TEST_ERR(open_wire(&t, &alone, 0));
	plan.lends = true;
	say(&t, "get\nget\nabcdef");
	TEST_EXPECT(plan.n_lines_closed == 1);
	TEST_EXPECT(!strcmp(plan.heard, "abcdef"));
	TEST_EXPECT(stack_test_heard(&t, "head,body,ping,yes,hello"));
 out:
	stack_test_fini(&t);
	return err;
}


/* Nothing becomes of one whose chain ends already. */
TEST(chain_replace_too_late)
{
	struct node *heir = NULL;
	struct stack_test t;
	int err;

	TEST_ERR(open_wire(&t, &alone, 0));
	chain_end(t.chain);
	TEST_EQ(-ECANCELED, chain_replace(t.chain->near, one, 1, &heir));
	TEST_OK(!heir);
	fake_run(t.fake, 3000000);
	TEST_OK(t.is_closed);
 out:
	stack_test_fini(&t);
	return err;
}
