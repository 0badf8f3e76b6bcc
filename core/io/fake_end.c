/* The ends of the fake backend's wires, its listeners and datagram
 * sockets. */
#include <assert.h>
#include "base/error.h"
#include "base/mem.h"
#include "io/fake_int.h"


/* One datagram, or train, at its receiver; or the news that one that it has
 * sent was not taken. */
struct fake_datagram {
	struct list_node node;
	bool is_icmp;
	struct io_meta meta;
	size_t len;
	uint8_t bytes[];
};


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


struct fake_end *fake_end_find(const struct fake *fake, int fd)
{
	LIST_EACH(&fake->ends, node) {
		if (fake_end_of(node)->fd == fd)
			return fake_end_of(node);
	}

	return NULL;
}


struct fake_end *fake_end_new(struct fake *fake, enum io_kind kind,
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


void fake_end_free_datagrams(struct list *datagrams)
{
	struct list_node *node;

	while ((node = list_pop(datagrams)))
		mem_free(CONTAINER_OF(node, struct fake_datagram, node));
}


void fake_end_free(struct fake_end *end)
{
	if (end->peer)
		end->peer->peer = NULL;
	fake_end_free_datagrams(&end->datagrams);
	writer_fini(&end->in);
	list_del(&end->node);
	mem_free(end);
}


void fake_end_close(struct fake_end *end)
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


void fake_end_join(struct fake_end *a, struct fake_end *b)
{
	a->peer = b;
	b->peer = a;
	a->peer_addr = b->addr;
	b->peer_addr = a->addr;
}


/* Is `bound` all addresses of addr's family, or of both, at its port? */
static bool is_wildcard_of(const struct addr *bound, const struct addr *addr)
{
	static const uint8_t zeroes[16];
	struct slice ip = addr_ip(bound);

	return addr_port(bound) == addr_port(addr) && bound->u.sa.sa_family &&
	       (bound->u.sa.sa_family == addr->u.sa.sa_family ||
		bound->u.sa.sa_family == AF_INET6) &&
	       !memcmp(ip.p, zeroes, ip.len);
}


static struct fake_end *find_bound(const struct fake *fake,
				   const struct addr *addr, enum io_kind kind)
{
	struct fake_end *any = NULL;

	LIST_EACH(&fake->ends, node) {
		struct fake_end *end = fake_end_of(node);

		if (end->kind != kind || end->is_closed)
			continue;
		if (addr_eq(&end->addr, addr))
			return end;
		if (!any && is_wildcard_of(&end->addr, addr))
			any = end;
	}

	return any;
}


struct fake_end *fake_end_find_bound(struct fake *fake, const struct addr *addr,
				   enum io_kind kind)
{
	struct fake_end *found = find_bound(fake, addr, kind);

	if (found) {
		list_del(&found->node);
		list_add(&fake->ends, &found->node);
	}

	return found;
}


bool fake_end_is_bound(const struct fake *fake, const struct addr *addr,
		       enum io_kind kind)
{
	LIST_EACH(&fake->ends, node) {
		const struct fake_end *end = fake_end_of(node);

		if (end->kind == kind && !end->is_closed &&
		    (addr_eq(&end->addr, addr) ||
		     is_wildcard_of(&end->addr, addr) ||
		     is_wildcard_of(addr, &end->addr)))
			return true;
	}

	return false;
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
	struct udp_icmp icmp = { .data = 0 };
	struct fake_datagram *d;
	struct io *io = end->io;

	if (!node)
		return false;

	d = CONTAINER_OF(node, struct fake_datagram, node);
	list_add(&fb->delivered, &d->node);
	if (!d->is_icmp) {
		io->handler->recv(io, slice(d->bytes, d->len), &d->meta);
		return true;
	}

	/* "Port unreachable": RFC 792, RFC 4443 s3.1. */
	icmp.peer = d->meta.peer;
	icmp.type = icmp.peer.u.sa.sa_family == AF_INET ? 3 : 1;
	icmp.code = icmp.peer.u.sa.sa_family == AF_INET ? 3 : 4;
	io->handler->icmp(io, &icmp);

	return true;
}


static bool deliver_connection(struct fake *fake, struct fake_end *listener)
{
	LIST_EACH(&fake->ends, node) {
		struct fake_end *end = fake_end_of(node);

		if (end->listener != listener)
			continue;

		end->listener = NULL;
		listener->io->handler->accepted(listener->io, end->fd,
						&end->peer_addr);
		if (!end->io && !end->is_closed && !end->is_released)
			fake_end_close(end);
		return true;
	}

	return false;
}


bool fake_end_deliver(struct fake_backend *fb, struct fake_end *end)
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


enum { TTL = 64, DATAGRAM_MAX = 65536 };


/* What the receiver is told of a packet, as far as it wants to. */
static struct io_meta meta_of(const struct fake_end *end,
			      const struct fake_end *to,
			      const struct io_packet *packet)
{
	struct io_meta meta = { .peer = end->addr };
	unsigned wishes = to->io ? to->io->wishes : 0;

	if (packet->from) {
		meta.peer = *packet->from;
		addr_unmap(&meta.peer);
		addr_set_port(&meta.peer, addr_port(&end->addr));
	}
	if (wishes & IO_LOCAL) {
		meta.local = *packet->to;
		addr_unmap(&meta.local);
	}
	if (wishes & IO_TOS) {
		meta.tos = packet->tos;
		meta.ttl = packet->ttl ? packet->ttl : TTL;
	}

	return meta;
}


static void put_datagram(struct fake_end *to, const struct io_meta *meta,
			 struct slice bytes, bool is_icmp)
{
	struct fake_datagram *d;

	if (to->datagrams.n == FAKE_DATAGRAMS_MAX)
		return;
	d = mem_zalloc(sizeof(*d) + bytes.len);
	if (!d)
		return;

	d->is_icmp = is_icmp;
	d->meta = *meta;
	d->len = bytes.len;
	if (bytes.len)
		memcpy(d->bytes, bytes.p, bytes.len);
	list_add(&to->datagrams, &d->node);
}


/* One by one, each with the luck of its own. */
static void put_parts(struct fake *fake, struct fake_end *to,
		      const struct io_meta *meta, struct slice bytes,
		      size_t part_len)
{
	do {
		size_t len = bytes.len < part_len ? bytes.len : part_len;

		if (next_random(fake) % 1000 >= fake->conf.loss_permille)
			put_datagram(to, meta, slice(bytes.p, len), false);
		bytes = slice_from(bytes, len);
	} while (bytes.len);
}


static void send_datagram(struct fake *fake, struct fake_end *end,
			  const struct io_packet *packet)
{
	struct io_meta meta = { .peer = *packet->to };
	uint8_t bytes[DATAGRAM_MAX];
	struct fake_end *to;
	size_t len = 0;

	addr_unmap(&meta.peer);
	to = fake_end_find_bound(fake, &meta.peer, IO_DATAGRAM);
	if (!to) {
		if (end->io->wishes & IO_ICMP)
			put_datagram(end, &meta, slice(NULL, 0), true);
		return;
	}

	for (int i = 0; i < packet->n_iov; i++) {
		const struct iovec *iov = &packet->iov[i];

		assert(iov->iov_len <= sizeof(bytes) - len);
		if (iov->iov_len)
			memcpy(bytes + len, iov->iov_base, iov->iov_len);
		len += iov->iov_len;
	}

	meta = meta_of(end, to, packet);
	if (packet->segment_len && !fake->conf.loss_permille && to->io &&
	    to->io->wishes & IO_TRAINS) {
		meta.segment_len = packet->segment_len;
		put_datagram(to, &meta, slice(bytes, len), false);
		return;
	}

	put_parts(fake, to, &meta, slice(bytes, len),
		  packet->segment_len ? packet->segment_len : DATAGRAM_MAX);
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


ssize_t fake_end_send(struct fake *fake, struct fake_end *end,
		      const struct io_packet *packets, size_t n)
{
	if (end->kind != IO_DATAGRAM) {
		assert(n == 1);
		return send_bytes(fake, end, packets);
	}

	for (size_t i = 0; i < n; i++)
		send_datagram(fake, end, &packets[i]);

	return (ssize_t)n;
}
