/* The fake backend of the tests: a clock, and wires. */
#include "io/fake.h"
#include <assert.h>
#include "base/error.h"
#include "base/mem.h"
#include "base/writer.h"
#include "io/loop.h"


enum {
	FD_FIRST = 1 << 28,      /* no descriptor of the system's */
	START_US = 1000000,
	ROUNDS_MAX = 1000000,    /* of a settling, before we give up */
};

/* One datagram at its receiver. */
struct fake_datagram {
	struct list_node node;
	struct addr from;
	size_t len;
	uint8_t bytes[];
};

/* What a descriptor stands for: one end of a wire, a listener, or a datagram
 * socket. */
struct fake_end {
	struct list_node node;
	int fd;
	enum io_kind kind;
	struct addr addr;        /* its own */
	struct addr peer_addr;
	struct io *io;           /* once it is opened */
	struct fake_backend *owner;
	struct fake_end *peer;   /* NULL: gone, or nobody was there */
	struct fake_end *listener; /* waits to be accepted there */
	struct writer in;        /* under way to us */
	struct list datagrams;
	bool is_closed;
	bool is_cut;
	bool is_reset;
	bool is_ended;           /* by the peer: no more will come */
	bool has_told_end;
};

struct fake {
	struct fake_conf conf;
	uint64_t random;
	int64_t now_us;
	int next_fd;
	struct list ends;
	struct list backends;
};

struct fake_backend {
	struct backend backend;
	struct fake *fake;
	struct list_node node;
	bool is_busy;            /* delivered something in the last wait */
	int64_t timeout_us;      /* of the last wait */
};


static struct fake_backend *self(struct backend *backend)
{
	return CONTAINER_OF(backend, struct fake_backend, backend);
}


static struct fake_end *end_of(struct list_node *node)
{
	return CONTAINER_OF(node, struct fake_end, node);
}


/* xorshift64 */
static uint64_t next_random(struct fake *fake)
{
	fake->random ^= fake->random << 13;
	fake->random ^= fake->random >> 7;
	fake->random ^= fake->random << 17;

	return fake->random;
}


/* How many of `len` bytes move at once. */
static size_t cut(struct fake *fake, size_t len, size_t max)
{
	if (max && !fake->conf.is_exact)
		max = 1 + next_random(fake) % max;

	return max && max < len ? max : len;
}


/* -- ends -- */

static struct fake_end *find_end(const struct fake *fake, int fd)
{
	LIST_EACH(&fake->ends, node) {
		if (end_of(node)->fd == fd)
			return end_of(node);
	}

	return NULL;
}


static struct fake_end *new_end(struct fake *fake, enum io_kind kind,
				const struct addr *addr)
{
	struct fake_end *end = mem_zalloc(sizeof(*end));

	if (!end)
		return NULL;

	end->fd = fake->next_fd++;
	end->kind = kind;
	end->in = writer(SIZE_MAX / 2);
	if (addr)
		end->addr = *addr;
	list_add(&fake->ends, &end->node);

	return end;
}


static void free_end(struct fake_end *end)
{
	struct list_node *node;

	if (end->peer)
		end->peer->peer = NULL;
	while ((node = list_pop(&end->datagrams)))
		mem_free(CONTAINER_OF(node, struct fake_datagram, node));
	writer_fini(&end->in);
	list_del(&end->node);
	mem_free(end);
}


/* The owner has closed it: what is under way still comes to the peer. */
static void close_end(struct fake_end *end)
{
	struct fake_end *peer = end->peer;

	end->is_closed = true;
	end->io = NULL;
	end->owner = NULL;
	if (peer) {
		peer->is_ended = true;
		peer->is_reset |= end->in.len > 0;
		peer->peer = NULL;
		end->peer = NULL;
	}
}


static void join(struct fake_end *a, struct fake_end *b)
{
	a->peer = b;
	b->peer = a;
	a->peer_addr = b->addr;
	b->peer_addr = a->addr;
}


/* Those who listen on `addr` take turns. */
static struct fake_end *find_bound(struct fake *fake, const struct addr *addr,
				   enum io_kind kind)
{
	struct fake_end *found = NULL;

	LIST_EACH(&fake->ends, node) {
		struct fake_end *end = end_of(node);

		if (end->kind == kind && !end->is_closed &&
		    addr_eq(&end->addr, addr)) {
			found = end;
			break;
		}
	}

	if (found) {
		list_del(&found->node);
		list_add(&fake->ends, &found->node);
	}

	return found;
}


/* -- delivery -- */

static bool deliver_writable(struct fake *fake, struct fake_end *end)
{
	struct io *io = end->io;

	if (io->kind == IO_DIAL) {
		if (!end->peer && !end->is_ended) {
			io->handler->failed(io, -ECONNREFUSED);
			return true;
		}
		io->kind = IO_STREAM;
		io->is_send_blocked = false;
		io->handler->writable(io);
		return true;
	}

	if (!io->is_send_blocked)
		return false;
	if (end->peer && end->peer->in.len >= fake->conf.wire_size)
		return false;

	io->is_send_blocked = false;
	io->handler->writable(io);

	return true;
}


static bool deliver_bytes(struct fake_backend *fb, struct fake_end *end)
{
	struct io *io = end->io;
	uint8_t *arena = fb->backend.loop->arena;
	size_t n;

	if (end->in.len) {
		n = cut(fb->fake, end->in.len < LOOP_ARENA ? end->in.len
							   : LOOP_ARENA,
			fb->fake->conf.recv_max);
		memcpy(arena, end->in.data, n);
		writer_drop(&end->in, n);
		io->handler->recv(io, slice(arena, n), NULL);
		return true;
	}

	if (!end->is_ended || end->has_told_end)
		return false;

	end->has_told_end = true;
	io->handler->recv(io, slice(arena, 0), NULL);

	return true;
}


static bool deliver_datagram(struct fake_backend *fb, struct fake_end *end)
{
	struct list_node *node = list_pop(&end->datagrams);
	uint8_t *arena = fb->backend.loop->arena;
	struct io_meta meta = { .segment_len = 0 };
	struct fake_datagram *d;
	size_t len;

	if (!node)
		return false;

	d = CONTAINER_OF(node, struct fake_datagram, node);
	meta.peer = d->from;
	len = d->len;
	memcpy(arena, d->bytes, len);
	mem_free(d);
	end->io->handler->recv(end->io, slice(arena, len), &meta);

	return true;
}


static bool deliver_connection(struct fake *fake, struct fake_end *listener)
{
	LIST_EACH(&fake->ends, node) {
		struct fake_end *end = end_of(node);

		if (end->listener != listener)
			continue;

		end->listener = NULL;
		listener->io->handler->accepted(listener->io, end->fd,
						&end->peer_addr);
		if (!end->io && !end->is_closed)
			close_end(end);
		return true;
	}

	return false;
}


/* Returns whether there was something. */
static bool deliver(struct fake_backend *fb, struct fake_end *end)
{
	struct io *io = end->io;
	bool was_busy;

	if (end->is_cut)
		return false;
	if (end->is_reset && io->kind == IO_STREAM) {
		end->is_reset = false;
		end->has_told_end = true;
		io->handler->failed(io, -ECONNRESET);
		return true;
	}

	was_busy = deliver_writable(fb->fake, end);
	if (!end->io || !end->io->is_receiving)
		return was_busy;

	switch (end->io->kind) {

	case IO_LISTEN:
		return deliver_connection(fb->fake, end) || was_busy;

	case IO_DATAGRAM:
		return deliver_datagram(fb, end) || was_busy;

	default:
		return deliver_bytes(fb, end) || was_busy;
	}
}


static void bury_ends(struct fake *fake)
{
	LIST_EACH(&fake->ends, node) {
		if (end_of(node)->is_closed)
			free_end(end_of(node));
	}
}


/* -- the slots -- */

static int fake_open(struct backend *backend, struct io *io)
{
	struct fake_end *end = find_end(self(backend)->fake, io->fd);

	assert(end && !end->io && !end->is_closed);
	end->io = io;
	end->owner = self(backend);

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


static void send_datagram(struct fake *fake, struct fake_end *end,
			  const struct io_packet *packet)
{
	struct fake_end *to = find_bound(fake, packet->to, IO_DATAGRAM);
	struct fake_datagram *d;
	size_t len = 0;

	for (int i = 0; i < packet->n_iov; i++)
		len += packet->iov[i].iov_len;

	if (!to || to->datagrams.n == FAKE_DATAGRAMS_MAX ||
	    next_random(fake) % 1000 < fake->conf.loss_permille)
		return;
	d = mem_zalloc(sizeof(*d) + len);
	if (!d)
		return;

	d->from = end->addr;
	for (int i = 0; i < packet->n_iov; i++) {
		memcpy(d->bytes + d->len, packet->iov[i].iov_base,
		       packet->iov[i].iov_len);
		d->len += packet->iov[i].iov_len;
	}
	list_add(&to->datagrams, &d->node);
}


static ssize_t send_bytes(struct fake *fake, struct fake_end *end,
			  const struct io_packet *packet)
{
	struct writer *wire = end->peer ? &end->peer->in : NULL;
	size_t len = 0, room, left;

	for (int i = 0; i < packet->n_iov; i++)
		len += packet->iov[i].iov_len;

	if (!wire && !end->is_cut)
		return -EPIPE;

	/* What nobody takes any more fills the wire, and that is it. */
	room = end->is_cut || wire->len >= fake->conf.wire_size
		       ? 0 : fake->conf.wire_size - wire->len;
	left = room < len ? room : len;
	left = cut(fake, left, fake->conf.send_max);
	room = left;

	for (int i = 0; i < packet->n_iov && left; i++) {
		size_t n = packet->iov[i].iov_len;

		n = n < left ? n : left;
		put_bytes(wire, slice(packet->iov[i].iov_base, n));
		left -= n;
	}

	if (wire && wire->err)
		return wire->err;
	if (room < len)
		end->io->is_send_blocked = true;

	return (ssize_t)room;
}


static ssize_t fake_send(struct backend *backend, struct io *io,
			 const struct io_packet *packets, size_t n)
{
	struct fake *fake = self(backend)->fake;
	struct fake_end *end = find_end(fake, io->fd);

	if (io->kind != IO_DATAGRAM) {
		assert(n == 1);
		return send_bytes(fake, end, packets);
	}

	for (size_t i = 0; i < n; i++)
		send_datagram(fake, end, &packets[i]);

	return (ssize_t)n;
}


static void fake_shutdown(struct backend *backend, struct io *io)
{
	struct fake_end *end = find_end(self(backend)->fake, io->fd);

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

	/* Handlers close and make what they like: look each one up. */
	for (int fd = FD_FIRST; fd < last_fd; fd++) {
		struct fake_end *end = find_end(fb->fake, fd);

		if (end && end->io && end->owner == fb)
			fb->is_busy |= deliver(fb, end);
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
	struct fake_end *end = find_end(self(backend)->fake, io->fd);

	close_end(end);
	io->fd = -1;
}


static void fake_destroy(struct backend *backend)
{
	struct fake_backend *fb = self(backend);

	LIST_EACH(&fb->fake->ends, node) {
		if (end_of(node)->owner == fb)
			close_end(end_of(node));
	}

	list_del(&fb->node);
	mem_free(fb);
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
	.close = fake_close,
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
	fake->next_fd = FD_FIRST;
	*fakep = fake;

	return 0;
}


struct fake *fake_free(struct fake *fake)
{
	if (!fake)
		return NULL;

	assert(!fake->backends.n);
	LIST_EACH(&fake->ends, node)
		free_end(end_of(node));

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
	struct fake_end *end = new_end(fake, kind, addr);

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
	struct fake_end *listener = find_bound(fake, to, IO_LISTEN);
	struct fake_end *end = new_end(fake, IO_STREAM, from), *other;

	if (!end || !listener)
		return end ? end->fd : -ENOMEM;

	other = new_end(fake, IO_STREAM, to);
	if (!other) {
		free_end(end);
		return -ENOMEM;
	}

	join(end, other);
	other->listener = listener;

	return end->fd;
}


int fake_pair(struct fake *fake, int fds[2])
{
	struct fake_end *a = new_end(fake, IO_STREAM, NULL);
	struct fake_end *b = new_end(fake, IO_STREAM, NULL);

	if (!a || !b)
		return -ENOMEM;

	join(a, b);
	fds[0] = a->fd;
	fds[1] = b->fd;

	return 0;
}


void fake_cut(struct fake *fake, int fd)
{
	struct fake_end *end = find_end(fake, fd);

	end->is_cut = true;
	if (end->peer)
		end->peer->is_cut = true;
}


void fake_reset(struct fake *fake, int fd)
{
	struct fake_end *end = find_end(fake, fd);

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
