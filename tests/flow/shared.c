/* A chain that serves a whole socket, and the chains that it opens for what
 * it finds there, as a server's host has them. */
#include "base/mem.h"
#include "rig.h"
#include "test.h"

enum { PORT = 3478, GUESTS = 3 };

static struct {
	struct node *hall;
	unsigned n_halls_closed;
	unsigned n_heard;
	unsigned hall_events;
	unsigned guest_events;
	unsigned n_guests_closed;
	unsigned n_carriers_closed;
	bool had_hall_at_close;  /* a guest's: the socket was still open */
} plan;


/* -- the node that serves the socket -- */

static int hall_open(struct node *node, struct binding *binding)
{
	(void)binding;
	plan.hall = node;

	return 0;
}


static ssize_t hall_input(struct node *node, struct slice in,
			  const struct io_meta *meta)
{
	(void)node;
	(void)meta;
	++plan.n_heard;

	return (ssize_t)in.len;
}


static bool hall_event(struct node *node, const struct event *event)
{
	(void)node;
	plan.hall_events |= 1u << event->type;

	return false;
}


static void hall_close(struct node *node)
{
	(void)node;
	plan.hall = NULL;
	++plan.n_halls_closed;
}


static const struct protocol hall = {
	.name = "hall",
	.size = sizeof(struct node),
	.is_shared = true,
	.open = hall_open,
	.input = hall_input,
	.event = hall_event,
	.close = hall_close,
};


/* -- that of one peer -- */

static bool guest_event(struct node *node, const struct event *event)
{
	(void)node;
	plan.guest_events |= 1u << event->type;

	return false;
}


static void guest_close(struct node *node)
{
	(void)node;
	plan.had_hall_at_close = plan.hall != NULL;
	++plan.n_guests_closed;
}


static const struct protocol guest = {
	.name = "guest",
	.size = sizeof(struct node),
	.event = guest_event,
	.close = guest_close,
};


static void carrier_nothing(struct carrier *carrier)
{
	(void)carrier;
}


static void carrier_close(struct carrier *carrier)
{
	(void)carrier;
	++plan.n_carriers_closed;
}


static const struct carrier_ops carrier_ops = {
	.resume = carrier_nothing,
	.shutdown = carrier_nothing,
	.close = carrier_close,
};

static struct carrier carriers[GUESTS];


static int open_guest(struct rig *rig, unsigned i)
{
	static const struct recipe recipe = { true, 1, { &guest } };
	struct host *host = &rig->server.hosts[0];
	struct carrier *carrier = &carriers[i];

	memset(carrier, 0, sizeof(*carrier));
	carrier->ops = &carrier_ops;
	carrier->loop = &host->worker.loop;
	carrier->is_datagram = true;
	addr_parse(&carrier->peer, str("198.51.100.7"), (uint16_t)(100 + i));

	return host_open_chain(host, &rig->server.setup->bindings[1], &recipe,
			       carrier);
}


/* -- the frame -- */

static int open_rig(struct rig **rigp)
{
	static const struct protocol *const protocols[] = {
		&hall, &guest, NULL,
	};
	static const struct rig_more more = {
		.acceptors = "{ ip = \"192.0.2.1\", port = 3478, worker = 0, "
			     "maxConnections = 2, "
			     "protocol = { \"udp\", \"hall\", \"guest\" } },",
		.protocols = protocols,
	};
	static const struct fake_conf conf = { .seed = 1 };

	memset(&plan, 0, sizeof(plan));
	*rigp = mem_zalloc(sizeof(**rigp));

	return *rigp ? rig_init_more(*rigp, 1, "", &conf, &more) : -ENOMEM;
}


static void close_rig(struct rig *rig)
{
	if (rig)
		rig_fini(rig);
	mem_free(rig);
}


static int speak(struct rig *rig)
{
	static const struct io_handler handler = { .recv = NULL };
	const struct iovec iov = { (char[]){ "hey" }, 3 };
	struct backend *backend = rig->loop.backend;
	struct addr from, to;
	const struct io_packet packet = { .iov = &iov, .n_iov = 1,
					  .to = &to };
	struct io io = { .handler = &handler, .loop = &rig->loop,
			 .kind = IO_DATAGRAM };
	ssize_t sent;
	int err;

	addr_parse(&from, str("198.51.100.8"), 9);
	addr_parse(&to, str("192.0.2.1"), PORT);
	io.fd = fake_bind(rig->fake, &from);
	err = backend->ops->open(backend, &io);
	if (err)
		return err;

	sent = backend->ops->send(backend, &io, &packet, 1);
	backend->ops->close(backend, &io);
	rig_run(rig, 1);

	return sent == 1 ? 0 : -EPROTO;
}


/* One chain, with the farthest protocol only, which is no connection; what
 * it opens are connections, with the limits of their acceptor. */
TEST(shared_chain_opens_others)
{
	struct rig *rig = NULL;
	struct host *host;
	struct quota *quota;
	int err = 0;

	if (test_is_starved())
		return 0;

	TEST_ERR(open_rig(&rig));
	host = &rig->server.hosts[0];
	quota = rig->server.setup->bindings[1].connections;
	TEST_OK(plan.hall && plan.hall->chain->is_shared);
	TEST_OK(!plan.hall->near);
	TEST_EQ(0, host->chains.n);
	TEST_EQ(0, quota->n);

	TEST_ERR(speak(rig));
	TEST_ERR(speak(rig));
	TEST_EQ(2, plan.n_heard);
	TEST_EQ(0, host->chains.n);

	TEST_ERR(open_guest(rig, 0));
	TEST_ERR(open_guest(rig, 1));
	TEST_EQ(2, host->chains.n);
	TEST_EQ(2, quota->n);
	TEST_EQ(2, rig->server.connections.n);
	TEST_EQ(-EACCES, open_guest(rig, 2));
	TEST_EQ(1, plan.n_carriers_closed);
	TEST_EQ(2, quota->n);

	carriers[0].user->ended(carriers[0].arg, 0);
	TEST_EQ(1, plan.n_guests_closed);
	TEST_EQ(1, quota->n);
	TEST_EQ(1, rig->server.connections.n);
	TEST_ERR(open_guest(rig, 2));
	err = 0;
 out:
	close_rig(rig);
	return err;
}


/* The end: all are told, only the guests are waited for, no more are let in,
 * and the socket is there until the last has gone. */
TEST(shared_chain_drains)
{
	struct rig *rig = NULL;
	struct host *host;
	int err = 0;

	if (test_is_starved())
		return 0;

	TEST_ERR(open_rig(&rig));
	host = &rig->server.hosts[0];
	TEST_ERR(open_guest(rig, 0));
	host_drain(host);
	rig_run(rig, 1);
	TEST_EQ(1u << EVENT_CLOSING, plan.hall_events);
	TEST_OK(plan.guest_events & 1u << EVENT_CLOSING);
	TEST_EQ(0, plan.n_halls_closed);
	TEST_EQ(-ECANCELED, open_guest(rig, 1));
	TEST_EQ(1, plan.n_carriers_closed);
	TEST_OK(!atomic_load(&host->worker.loop.is_stopped));

	carriers[0].user->ended(carriers[0].arg, 0);
	TEST_OK(atomic_load(&host->worker.loop.is_stopped));
	TEST_EQ(0, plan.n_halls_closed);
	close_rig(rig);
	rig = NULL;
	TEST_EQ(1, plan.n_halls_closed);

	/* Without time to drain: guests first. */
	TEST_ERR(open_rig(&rig));
	TEST_ERR(open_guest(rig, 0));
	close_rig(rig);
	rig = NULL;
	TEST_EQ(1, plan.n_guests_closed);
	TEST_OK(plan.had_hall_at_close);
	TEST_EQ(1, plan.n_halls_closed);
 out:
	close_rig(rig);
	return err;
}
