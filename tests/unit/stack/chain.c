/* Chains over the fake backend: a node that talks, a filter that transforms,
 * ends and errors at every point; and the factory. */
#include "stack/factory.h"
#include "io/fake.h"
#include "random.h"
#include "test.h"

enum { TALK = 3000, FILTER_ROOM = 700 };

/* What the test has set up for the next chain. */
struct plan {
	size_t n_talk;           /* bytes that the near node sends */
	int fail_open;           /* the near node's open, if not 0 */
	int fail_input;
	bool close_inside;       /* within input */
	bool end_inside;
	unsigned n_open;         /* nodes */
	unsigned n_closed;
	unsigned events;         /* bits of the near node's events */
	unsigned far_events;
	size_t n_heard;
	bool is_wrong;
};

static struct plan plan;


static uint8_t talk_byte(size_t at)
{
	return (uint8_t)(at * 11 + (at >> 7));
}


/* -- the talker: near -- */

static int talker_open(struct node *node, struct binding *binding)
{
	(void)binding;
	if (plan.fail_open)
		return plan.fail_open;

	++plan.n_open;
	for (size_t i = 0; i < plan.n_talk; i++)
		put_u8(outbox_control(&node->out), talk_byte(i));
	chain_want_output(node->chain);

	return node->out.control.err;
}


static ssize_t talker_input(struct node *node, struct slice in,
			    const struct io_meta *meta)
{
	(void)meta;
	if (plan.close_inside)
		chain_close(node->chain, -EPROTO);
	if (plan.end_inside)
		chain_end(node->chain);
	if (plan.fail_input)
		return plan.fail_input;

	for (size_t i = 0; i < in.len; i++)
		plan.is_wrong |= in.p[i] != talk_byte(plan.n_heard++);

	return (ssize_t)in.len;
}


static bool talker_event(struct node *node, const struct event *event)
{
	(void)node;
	plan.events |= 1u << event->type;

	return false;
}


static void count_close(struct node *node)
{
	(void)node;
	++plan.n_closed;
}


static const struct protocol talker = {
	.name = "talker",
	.size = sizeof(struct node),
	.open = talker_open,
	.input = talker_input,
	.event = talker_event,
	.close = count_close,
};


/* -- the filter: turns all bits over -- */

static int filter_open(struct node *node, struct binding *binding)
{
	(void)node;
	(void)binding;
	++plan.n_open;

	return 0;
}


static ssize_t filter_input(struct node *node, struct slice in,
			    const struct io_meta *meta)
{
	uint8_t buf[100];
	size_t n = in.len < sizeof(buf) ? in.len : sizeof(buf);

	for (size_t i = 0; i < n; i++)
		buf[i] = (uint8_t)~in.p[i];

	return node_push(node, slice(buf, n), meta);
}


static int filter_output(struct node *node, struct outbox *from)
{
	struct writer *w = outbox_control(&node->out);
	struct iovec iov[OUTBOX_IOV];
	size_t len = 0;
	int n;

	if (w->len >= FILTER_ROOM)
		return 0;

	n = outbox_peek(from, iov, OUTBOX_IOV, FILTER_ROOM - w->len);
	for (int i = 0; i < n; i++) {
		const uint8_t *p = iov[i].iov_base;

		for (size_t k = 0; k < iov[i].iov_len; k++)
			put_u8(w, (uint8_t)~p[k]);
		len += iov[i].iov_len;
	}
	outbox_consume(from, len);

	return w->err;
}


static bool filter_event(struct node *node, const struct event *event)
{
	(void)node;
	plan.far_events |= 1u << event->type;

	/* This one is mine. */
	return event->type == EVENT_UP;
}


static const struct protocol filter = {
	.name = "filter",
	.size = sizeof(struct node),
	.open = filter_open,
	.input = filter_input,
	.output = filter_output,
	.event = filter_event,
	.close = count_close,
};

static const struct protocol passer = {
	.name = "passer",
	.size = sizeof(struct node),
};


/* -- the frame: two chains that talk to each other -- */

struct line {
	struct fake *fake;
	struct loop loop;
	struct factory factory;
	struct chain *chains[2];
	int fds[2];
	int n_closed[2];
	int err[2];
};


static void on_closed(struct chain *chain, int err, void *arg)
{
	struct line *line = arg;
	int i = chain == line->chains[1];

	++line->n_closed[i];
	line->err[i] = err;
}


static int open_chain(struct line *line, int i, const char *name)
{
	const struct addr nobody = { .u.sa.sa_family = AF_INET };
	const struct tcp_conf conf = { .send_buffer = 0 };
	struct str names = str(name), unknown;
	struct carrier *carrier;
	struct recipe recipe;
	int err = factory_find(&line->factory, &names, 1, &recipe, &unknown);

	if (!err)
		err = tcp_open(&carrier, &line->loop, line->fds[i], &nobody,
			       &conf);
	if (!err)
		err = chain_open(&line->chains[i], carrier, &recipe, NULL,
				 on_closed, line);
	if (err)
		line->chains[i] = NULL;

	return err;
}


static int line_init(struct line *line, const struct fake_conf *conf)
{
	struct factory *f = &line->factory;
	struct backend *backend;
	int err;

	memset(line, 0, sizeof(*line));
	memset(&plan, 0, sizeof(plan));
	err = fake_new(&line->fake, conf);
	if (!err)
		err = fake_backend_new(&backend, line->fake);
	if (!err)
		err = loop_init(&line->loop, backend);
	if (!err)
		err = factory_add_protocol(f, &talker);
	if (!err)
		err = factory_add_protocol(f, &filter);
	if (!err)
		err = factory_add_protocol(f, &passer);
	if (!err)
		err = factory_add_chain(f, "plain", "tcp talker");
	if (!err)
		err = factory_add_chain(f, "long", "tcp passer filter "
					"passer filter filter talker");
	if (!err)
		err = factory_add_chain(f, "odd", "tcp filter talker");

	return err ? err : fake_pair(line->fake, line->fds);
}


static void line_fini(struct line *line)
{
	for (int i = 0; i < 2; i++) {
		if (line->chains[i] && !line->n_closed[i])
			chain_close(line->chains[i], 0);
	}
	if (line->loop.backend) {
		loop_pulse(&line->loop, 0);
		loop_fini(&line->loop);
	}
	factory_fini(&line->factory);
	fake_free(line->fake);
}


/* Both talk at once, through any filters, in any cuts. */
TEST(chain_talk)
{
	static const char *const pairs[][2] = {
		{ "plain", "plain" }, { "odd", "long" }, { "long", "odd" },
	};
	struct line line;
	int err = 0;

	for (uint64_t seed = 1; seed < 7; seed++) {
		const struct fake_conf conf = {
			.seed = seed, .recv_max = seed & 1 ? 1 : 500,
			.send_max = 200, .wire_size = 300,
		};

		TEST_ERR(line_init(&line, &conf));
		plan.n_talk = TALK;
		TEST_ERR(open_chain(&line, 0, pairs[seed % 3][0]));
		TEST_ERR(open_chain(&line, 1, pairs[seed % 3][1]));
		plan.n_heard = 0;
		TEST_OK(fake_settle(line.fake));

		/* The two heard the same, mixed; so only count. */
		TEST_EXPECT(plan.n_heard == 2 * TALK);
		line_fini(&line);
		memset(&line, 0, sizeof(line));
	}
 out:
	line_fini(&line);
	return err;
}


/* One talks, the bytes are the same, and an end lets all of them out. */
TEST(chain_end)
{
	struct line line;
	int err;

	TEST_ERR(line_init(&line, &(struct fake_conf){ .seed = 3,
						       .send_max = 100 }));
	TEST_ERR(open_chain(&line, 1, "long"));
	plan.n_talk = TALK;
	TEST_ERR(open_chain(&line, 0, "odd"));
	chain_end(line.chains[0]);
	chain_end(line.chains[0]);
	TEST_OK(fake_settle(line.fake));
	TEST_EXPECT(plan.n_heard == TALK);
	TEST_OK(!plan.is_wrong);

	/* It waits for the peer, who is told, and closes. */
	TEST_EQ(1, line.n_closed[1]);
	TEST_EQ(0, line.err[1]);
	TEST_OK(plan.events & 1u << EVENT_EOF);
	TEST_EQ(1, line.n_closed[0]);
	TEST_EQ(plan.n_open, plan.n_closed);
 out:
	line_fini(&line);
	return err;
}


/* The directions end one by one, and one that is paused loses nothing. */
TEST(chain_two_way)
{
	struct line line;
	int err;

	TEST_ERR(line_init(&line, &(struct fake_conf){ .seed = 3,
						       .send_max = 100 }));
	TEST_ERR(open_chain(&line, 1, "long"));
	chain_set_two_way(line.chains[1]);
	chain_pause(line.chains[1]);
	plan.n_talk = TALK;
	TEST_ERR(open_chain(&line, 0, "odd"));
	plan.n_talk = 0;
	chain_end(line.chains[0]);
	TEST_OK(fake_settle(line.fake));
	TEST_EQ(0, plan.n_heard);

	chain_resume(line.chains[1]);
	TEST_OK(fake_settle(line.fake));
	TEST_EXPECT(plan.n_heard == TALK);
	TEST_OK(plan.events & 1u << EVENT_EOF);
	TEST_EQ(0, line.n_closed[1]);
	TEST_EQ(0, line.n_closed[0]);

	chain_shut(line.chains[1]);
	TEST_OK(fake_settle(line.fake));
	TEST_EQ(1, line.n_closed[0]);
	TEST_EQ(0, line.n_closed[1]);
	chain_close(line.chains[1], 0);
	TEST_EQ(1, line.n_closed[1]);
 out:
	line_fini(&line);
	return err;
}


/* A peer that does not close is not waited for longer than the linger. */
TEST(chain_end_lingers)
{
	struct line line;
	int err;

	TEST_ERR(line_init(&line, &(struct fake_conf){ .seed = 3 }));
	plan.n_talk = 10;
	TEST_ERR(open_chain(&line, 0, "plain"));
	chain_end(line.chains[0]);
	fake_run(line.fake, 1000 * (CHAIN_LINGER_MS - 10));
	TEST_EXPECT(line.n_closed[0] == 0);
	fake_run(line.fake, 20000);
	TEST_EXPECT(line.n_closed[0] == 1);
	TEST_EXPECT(line.err[0] == 0);
 out:
	line_fini(&line);
	return err;
}


TEST(chain_send_timeout)
{
	struct line line;
	int err;

	TEST_ERR(line_init(&line, &(struct fake_conf){ .seed = 3,
						       .wire_size = 100 }));
	plan.n_talk = TALK;
	TEST_ERR(open_chain(&line, 0, "odd"));
	chain_set_send_timeout(line.chains[0], 5000);
	fake_run(line.fake, 4900000);
	TEST_EXPECT(line.n_closed[0] == 0);
	fake_run(line.fake, 200000);
	TEST_EXPECT(line.n_closed[0] == 1);
	TEST_EXPECT(line.err[0] == -ETIMEDOUT);
	TEST_OK(plan.events & plan.far_events & 1u << EVENT_TIMEOUT);
 out:
	line_fini(&line);
	return err;
}


/* Errors and ends from within an input, through filters. */
TEST(chain_inside)
{
	static const int errors[] = { -EPROTO, 0, -EBADMSG, -ECONNRESET };
	struct line line;
	int err = 0;

	for (int what = 0; what < 4; what++) {
		TEST_ERR(line_init(&line, &(struct fake_conf){
						  .seed = 1, .recv_max = 1 }));
		TEST_ERR(open_chain(&line, 1, "odd"));
		plan.n_talk = 500;
		TEST_ERR(open_chain(&line, 0, "odd"));
		plan.close_inside = what == 0;
		plan.end_inside = what == 1;
		plan.fail_input = what == 2 ? -EBADMSG : 0;
		if (what == 3)
			fake_reset(line.fake, line.fds[1]);
		fake_run(line.fake, 5000000);

		TEST_EXPECT(line.n_closed[1] == 1);
		TEST_EXPECT(line.err[1] == errors[what]);
		TEST_EXPECT(line.n_closed[0] == 1);
		TEST_EQ(plan.n_open, plan.n_closed);
		line_fini(&line);
		memset(&line, 0, sizeof(line));
	}
 out:
	line_fini(&line);
	return err;
}


/* A node that does not open: those farther are closed again. */
TEST(chain_open_fails)
{
	struct line line;
	int err;

	TEST_ERR(line_init(&line, &(struct fake_conf){ .seed = 1 }));
	plan.fail_open = -EACCES;
	err = open_chain(&line, 0, "long");
	TEST_EXPECT(err == -EACCES);
	TEST_EQ(3, plan.n_open);
	TEST_EQ(plan.n_open, plan.n_closed);
	TEST_EQ(0, line.n_closed[0]);
	err = 0;
 out:
	line_fini(&line);
	return err;
}


/* Events go from far to near, until one keeps it; control has a bound. */
TEST(chain_events)
{
	struct line line;
	int err;

	TEST_ERR(line_init(&line, &(struct fake_conf){ .seed = 1 }));
	TEST_ERR(open_chain(&line, 0, "odd"));
	chain_tell(line.chains[0], EVENT_CLOSING, 0);
	chain_tell(line.chains[0], EVENT_UP, 0);
	TEST_EQ(1u << EVENT_CLOSING | 1u << EVENT_UP, plan.far_events);
	TEST_EQ(1u << EVENT_CLOSING, plan.events);

	TEST_EXPECT(put_room(outbox_control(&line.chains[0]->near->out),
			     OUTBOX_CONTROL_MAX));
	put_u8(outbox_control(&line.chains[0]->near->out), 0);
	chain_want_output(line.chains[0]);
	fake_settle(line.fake);
	TEST_EQ(1, line.n_closed[0]);
	TEST_EXPECT(line.err[0] == -EMSGSIZE);
 out:
	line_fini(&line);
	return err;
}


static void count_name(const char *name, void *arg)
{
	(void)name;
	++*(int *)arg;
}


TEST(factory_names)
{
	const struct str good[] = { str("tcp"), str("filter"),
				    str("talker") };
	const struct str bad[] = { str("tcp"), str("filtre") };
	struct str many[CHAIN_NODES_MAX + 2];
	struct factory f = { { NULL, NULL, 0 }, { NULL, NULL, 0 } };
	struct recipe recipe;
	struct str unknown;
	int err, n = 0;

	TEST_ERR(factory_add_protocol(&f, &talker));
	TEST_ERR(factory_add_protocol(&f, &filter));
	TEST_EQ(-EEXIST, factory_add_protocol(&f, &filter));
	TEST_ERR(factory_add_chain(&f, "c", "udp  filter talker"));
	TEST_EQ(-EEXIST, factory_add_chain(&f, "c", "tcp talker"));
	TEST_EQ(-ENOENT, factory_add_chain(&f, "d", "tcp talkre"));
	TEST_EQ(-EBADMSG, factory_add_chain(&f, "d", "talker filter"));
	TEST_EQ(-EBADMSG, factory_add_chain(&f, "d", "tcp"));
	TEST_EQ(-EBADMSG, factory_add_chain(&f, "d", ""));
	TEST_EQ(-EMSGSIZE, factory_add_chain(&f, "d", "tcp filter filter "
					     "filter filter filter filter "
					     "filter filter talker"));
	factory_each_chain(&f, count_name, &n);
	TEST_EQ(1, n);

	TEST_ERR(factory_find(&f, good, 3, &recipe, &unknown));
	TEST_EQ(2, recipe.n);
	TEST_OK(!recipe.is_datagram && recipe.protocols[1] == &talker);
	TEST_EQ(-ENOENT, factory_find(&f, bad, 2, &recipe, &unknown));
	TEST_OK(str_is(unknown, "filtre"));
	TEST_EQ(-ENOENT, factory_find(&f, &bad[1], 1, &recipe, &unknown));
	TEST_EQ(-EBADMSG, factory_find(&f, good, 0, &recipe, &unknown));
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		many[i] = i ? str("filter") : str("tcp");
	TEST_EQ(-EMSGSIZE, factory_find(&f, many, ARRAY_LEN(many), &recipe,
					&unknown));
	TEST_ERR(factory_find(&f, many, ARRAY_LEN(many) - 1, &recipe,
			      &unknown));
	many[0] = str("c");
	TEST_ERR(factory_find(&f, many, 1, &recipe, &unknown));
	TEST_OK(recipe.is_datagram && recipe.n == 2);
 out:
	factory_fini(&f);
	return err;
}
