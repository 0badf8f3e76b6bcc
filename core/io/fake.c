/* The fake backend of the tests: a clock, and wires. */
#include <assert.h>
#include "base/error.h"
#include "base/mem.h"
#include "io/fake_int.h"


enum {
	START_US = 1000000,
	PORT_FIRST = 49152,      /* RFC 6335 s6 */
	ROUNDS_MAX = 1000000,    /* of a settling, before we give up */
};


static struct fake_backend *self(struct backend *backend)
{
	return CONTAINER_OF(backend, struct fake_backend, backend);
}


static void bury_ends(struct fake *fake)
{
	LIST_EACH(&fake->ends, node) {
		if (fake_end_of(node)->is_closed)
			fake_end_free(fake_end_of(node));
	}
}


/* -- the slots -- */

static int fake_open(struct backend *backend, struct io *io)
{
	struct fake_end *end = fake_end_find(self(backend)->fake, io->fd);

	assert(end && !end->io && !end->is_closed);
	end->io = io;
	end->owner = self(backend);
	if (io->kind == IO_DATAGRAM) {
		io->family = end->addr.u.sa.sa_family;
		io->port = htons(addr_port(&end->addr));
	}

	return 0;
}


static int fake_recv_start(struct backend *backend, struct io *io)
{
	(void)backend;
	io->is_receiving = true;

	return 0;
}


static void fake_recv_stop(struct backend *backend, struct io *io)
{
	(void)backend;
	io->is_receiving = false;
}


static ssize_t fake_send(struct backend *backend, struct io *io,
			 const struct io_packet *packets, size_t n)
{
	struct fake *fake = self(backend)->fake;

	return fake_end_send(fake, fake_end_find(fake, io->fd), packets, n);
}


static void fake_shutdown(struct backend *backend, struct io *io)
{
	struct fake_end *end = fake_end_find(self(backend)->fake, io->fd);

	if (end->peer)
		end->peer->is_ended = true;
}


/* One delivery for each socket of this loop, in the order of their making. */
static void fake_wait(struct backend *backend, int64_t timeout_us)
{
	struct fake_backend *fb = self(backend);
	int last_fd = fb->fake->next_fd;

	loop_set_now(backend->loop, fb->fake->now_us);
	fb->timeout_us = timeout_us;
	fb->is_busy = false;
	fake_end_free_datagrams(&fb->delivered);

	/* Handlers close and make what they like: look each one up. */
	for (int fd = FAKE_FD_FIRST; fd < last_fd; fd++) {
		struct fake_end *end = fake_end_find(fb->fake, fd);

		if (end && end->io && end->owner == fb)
			fb->is_busy |= fake_end_deliver(fb, end);
	}

	bury_ends(fb->fake);
}


static int64_t fake_clock(struct backend *backend)
{
	return self(backend)->fake->now_us;
}


static void fake_wake(struct backend *backend)
{
	/* All loops get their turns anyway. */
	(void)backend;
}


static void fake_close(struct backend *backend, struct io *io)
{
	struct fake_end *end = fake_end_find(self(backend)->fake, io->fd);

	fake_end_close(end);
	io->fd = -1;
}


static int fake_release(struct backend *backend, struct io *io)
{
	struct fake_end *end = fake_end_find(self(backend)->fake, io->fd);

	end->io = NULL;
	end->owner = NULL;
	end->is_released = true;
	io->fd = -1;

	return end->fd;
}


static void fake_destroy(struct backend *backend)
{
	struct fake_backend *fb = self(backend);

	LIST_EACH(&fb->fake->ends, node) {
		if (fake_end_of(node)->owner == fb)
			fake_end_close(fake_end_of(node));
	}

	fake_end_free_datagrams(&fb->delivered);
	list_del(&fb->node);
	mem_free(fb);
}


/* -- sockets made by a loop -- */

/* `addr`, with a port that is free. */
static int pick_addr(struct fake *fake, const struct addr *addr,
		     enum io_kind kind, struct addr *picked)
{
	*picked = *addr;
	if (addr_port(addr))
		return fake_end_is_bound(fake, addr, kind) ? -EADDRINUSE : 0;

	for (int i = PORT_FIRST; i <= UINT16_MAX; i++) {
		fake->next_port = fake->next_port < PORT_FIRST ||
						  fake->next_port == UINT16_MAX
			? PORT_FIRST : (uint16_t)(fake->next_port + 1);
		addr_set_port(picked, fake->next_port);
		if (!fake_end_is_bound(fake, picked, kind))
			return 0;
	}

	return -EADDRINUSE;
}


static int fake_bind_udp_slot(struct backend *backend,
			      const struct addr *addr)
{
	struct fake *fake = self(backend)->fake;
	struct addr picked;
	int err = pick_addr(fake, addr, IO_DATAGRAM, &picked);

	return err ? err : fake_bind(fake, &picked);
}


static int fake_listen_slot(struct backend *backend, const struct addr *addr,
			    int backlog)
{
	struct fake *fake = self(backend)->fake;
	struct addr picked;
	int err = pick_addr(fake, addr, IO_LISTEN, &picked);

	(void)backlog;

	return err ? err : fake_listen(fake, &picked);
}


static int fake_dial_slot(struct backend *backend, const struct addr *to,
			  const struct addr *from)
{
	struct fake *fake = self(backend)->fake;
	struct addr any, picked;
	int err;

	addr_parse(&any, str(to->u.sa.sa_family == AF_INET ? "127.0.0.1"
							   : "::1"), 0);
	if (!from)
		from = &any;
	picked = *from;
	err = addr_port(from) ? 0 : pick_addr(fake, from, IO_STREAM, &picked);

	return err ? err : fake_dial(fake, to, &picked);
}


static int fake_local_slot(struct backend *backend, int fd,
			   struct addr *addr)
{
	const struct fake_end *end = fake_end_find(self(backend)->fake, fd);

	memset(addr, 0, sizeof(*addr));
	if (!end)
		return -EBADF;
	*addr = end->addr;

	return 0;
}


static void fake_discard_slot(struct backend *backend, int fd)
{
	struct fake_end *end = fake_end_find(self(backend)->fake, fd);

	if (end)
		fake_end_close(end);
}


static const struct backend_ops fake_ops = {
	.name = "fake",
	.open = fake_open,
	.recv_start = fake_recv_start,
	.recv_stop = fake_recv_stop,
	.send = fake_send,
	.shutdown = fake_shutdown,
	.wait = fake_wait,
	.now_us = fake_clock,
	.wake = fake_wake,
	.bind_udp = fake_bind_udp_slot,
	.listen = fake_listen_slot,
	.dial = fake_dial_slot,
	.local = fake_local_slot,
	.discard = fake_discard_slot,
	.close = fake_close,
	.release = fake_release,
	.destroy = fake_destroy,
};


/* -- the world -- */

int fake_new(struct fake **fakep, const struct fake_conf *conf)
{
	struct fake *fake = mem_zalloc(sizeof(*fake));

	if (!fake)
		return -ENOMEM;

	fake->conf = *conf;
	if (!conf->wire_size)
		fake->conf.wire_size = FAKE_WIRE;
	fake->random = conf->seed ^ 0x9e3779b97f4a7c15;
	fake->now_us = START_US;
	fake->next_fd = FAKE_FD_FIRST;
	*fakep = fake;

	return 0;
}


struct fake *fake_free(struct fake *fake)
{
	if (!fake)
		return NULL;

	assert(!fake->backends.n);
	LIST_EACH(&fake->ends, node)
		fake_end_free(fake_end_of(node));

	return mem_free(fake);
}


int fake_backend_new(struct backend **backend, struct fake *fake)
{
	struct fake_backend *fb = mem_zalloc(sizeof(*fb));

	if (!fb)
		return -ENOMEM;

	fb->backend.ops = &fake_ops;
	fb->fake = fake;
	list_add(&fake->backends, &fb->node);
	*backend = &fb->backend;

	return 0;
}


static int bind_end(struct fake *fake, enum io_kind kind,
		    const struct addr *addr)
{
	struct fake_end *end = fake_end_new(fake, kind, addr);

	return end ? end->fd : -ENOMEM;
}


int fake_listen(struct fake *fake, const struct addr *addr)
{
	return bind_end(fake, IO_LISTEN, addr);
}


int fake_bind(struct fake *fake, const struct addr *addr)
{
	return bind_end(fake, IO_DATAGRAM, addr);
}


int fake_dial(struct fake *fake, const struct addr *to,
	      const struct addr *from)
{
	struct fake_end *listener = fake_end_find_bound(fake, to, IO_LISTEN);
	struct fake_end *end = fake_end_new(fake, IO_STREAM, from), *other;

	if (!end || !listener)
		return end ? end->fd : -ENOMEM;

	other = fake_end_new(fake, IO_STREAM, to);
	if (!other) {
		fake_end_free(end);
		return -ENOMEM;
	}

	fake_end_join(end, other);
	other->listener = listener;

	return end->fd;
}


int fake_pair(struct fake *fake, int fds[2])
{
	struct fake_end *a = fake_end_new(fake, IO_STREAM, NULL);
	struct fake_end *b = fake_end_new(fake, IO_STREAM, NULL);

	if (!a || !b)
		return -ENOMEM;

	fake_end_join(a, b);
	fds[0] = a->fd;
	fds[1] = b->fd;

	return 0;
}


void fake_cut(struct fake *fake, int fd)
{
	struct fake_end *end = fake_end_find(fake, fd);

	end->is_cut = true;
	if (end->peer)
		end->peer->is_cut = true;
}


void fake_reset(struct fake *fake, int fd)
{
	struct fake_end *end = fake_end_find(fake, fd);

	end->is_reset = true;
	if (end->peer)
		end->peer->is_reset = true;
}


int64_t fake_now_us(const struct fake *fake)
{
	return fake->now_us;
}


/* A turn of all loops.  Returns how long they would all sleep now; 0: there
 * was something to do. */
static int64_t turn(struct fake *fake)
{
	int64_t sleep_us = INT64_MAX;

	LIST_EACH(&fake->backends, node) {
		struct fake_backend *fb =
			CONTAINER_OF(node, struct fake_backend, node);

		loop_pulse(fb->backend.loop, INT64_MAX);
		if (fb->is_busy)
			sleep_us = 0;
		else if (fb->timeout_us < sleep_us)
			sleep_us = fb->timeout_us;
	}

	return sleep_us;
}


/* The first turn at a new time may call timers, whose work is seen only in
 * the turn after it.  Returns how long all would sleep, or 0. */
static int64_t settle(struct fake *fake)
{
	int64_t sleep_us = 0;

	turn(fake);
	for (int i = 0; i < ROUNDS_MAX && !sleep_us; i++)
		sleep_us = turn(fake);

	return sleep_us;
}


bool fake_settle(struct fake *fake)
{
	return settle(fake) > 0;
}


bool fake_run(struct fake *fake, int64_t us)
{
	int64_t until_us = fake->now_us + us;

	for (;;) {
		int64_t left_us, sleep_us = settle(fake);

		left_us = until_us - fake->now_us;
		if (!sleep_us || !left_us)
			return sleep_us > 0;
		fake->now_us += sleep_us < left_us ? sleep_us : left_us;
	}
}
