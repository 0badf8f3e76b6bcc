/* One datagram socket, many chains. */
#include "stack/demux.h"
#include "base/mem.h"


enum { KEY_MAX = 18 };           /* an IPv6 address and a port */

struct peer {
	struct carrier carrier;
	struct hash_node node;
	struct demux *demux;
	int64_t seen_us;
	struct loop_task death;
	uint8_t key[KEY_MAX];
};


static struct peer *of_carrier(struct carrier *carrier)
{
	return CONTAINER_OF(carrier, struct peer, carrier);
}


static struct slice key_of(const struct addr *addr, uint8_t *buf)
{
	struct slice ip = addr_ip(addr);
	uint16_t port = addr_port(addr);

	memcpy(buf, ip.p, ip.len);
	memcpy(buf + ip.len, &port, sizeof(port));

	return slice(buf, ip.len + sizeof(port));
}


/* -- a peer's carrier -- */

static ssize_t peer_send(struct carrier *carrier, const struct iovec *iov,
			 int n_iov)
{
	struct peer *peer = of_carrier(carrier);
	size_t len = 0;

	for (int i = 0; i < n_iov; i++)
		len += iov[i].iov_len;

	/* One that finds no room is lost, as datagrams are. */
	if (!udp_carrier_send(peer->demux->socket, iov, n_iov,
			      &carrier->peer))
		carrier->bytes_out += len;

	return (ssize_t)len;
}


static void peer_nothing(struct carrier *carrier)
{
	(void)carrier;
}


static void destroy(void *peer)
{
	mem_free(peer);
}


static void peer_close(struct carrier *carrier)
{
	struct peer *peer = of_carrier(carrier);

	if (!hash_is_linked(&peer->node))
		return;

	hash_del(&peer->node);
	peer->death.fn = destroy;
	peer->death.arg = peer;
	loop_bury(carrier->loop, &peer->death);
}


static const struct carrier_ops peer_ops = {
	.send = peer_send,
	.resume = peer_nothing,
	.shutdown = peer_nothing,
	.close = peer_close,
};


/* -- the socket -- */

static struct peer *add_peer(struct demux *demux, const struct addr *addr)
{
	struct peer *peer = mem_zalloc(sizeof(*peer));

	if (!peer)
		return NULL;

	peer->demux = demux;
	peer->carrier.ops = &peer_ops;
	peer->carrier.loop = demux->socket->loop;
	peer->carrier.peer = *addr;
	peer->carrier.local = demux->socket->local;
	peer->carrier.is_datagram = true;
	if (hash_add(&demux->peers, &peer->node, key_of(addr, peer->key)))
		return mem_free(peer);

	demux->fn(&peer->carrier, demux->arg);

	return hash_is_linked(&peer->node) ? peer : NULL;
}


static ssize_t on_input(void *arg, struct slice in,
			const struct io_meta *meta)
{
	struct demux *demux = arg;
	uint8_t buf[KEY_MAX];
	struct hash_node *node = hash_find(&demux->peers,
					   key_of(&meta->peer, buf));
	struct peer *peer = node ? CONTAINER_OF(node, struct peer, node)
				 : add_peer(demux, &meta->peer);

	if (!peer) {
		++demux->n_refused;
		return (ssize_t)in.len;
	}

	peer->seen_us = demux->socket->loop->now_us;
	peer->carrier.bytes_in += in.len;
	peer->carrier.user->input(peer->carrier.arg, in, meta);

	return (ssize_t)in.len;
}


static void on_writable(void *arg)
{
	(void)arg;
}


/* A datagram socket has no end: errors belong to single datagrams. */
static void on_ended(void *arg, int err)
{
	(void)arg;
	(void)err;
}


static const struct carrier_user demux_user = {
	.input = on_input,
	.writable = on_writable,
	.ended = on_ended,
};


static void sweep(void *arg)
{
	struct demux *demux = arg;
	int64_t since_us = demux->socket->loop->now_us - demux->idle_us;

	HASH_EACH(&demux->peers, node) {
		struct peer *peer = CONTAINER_OF(node, struct peer, node);

		if (peer->seen_us < since_us)
			peer->carrier.user->ended(peer->carrier.arg, 0);
	}

	timer_start(loop_timers(demux->socket->loop), &demux->sweep,
		    demux->idle_us / 2000, sweep, demux);
}


void demux_open(struct demux *demux, struct carrier *take_socket,
		size_t max_peers, int64_t idle_ms, demux_accept_fn *fn,
		void *arg)
{
	demux->socket = take_socket;
	demux->idle_us = idle_ms * 1000;
	demux->fn = fn;
	demux->arg = arg;
	hash_init(&demux->peers, max_peers);

	take_socket->user = &demux_user;
	take_socket->arg = demux;
	take_socket->ops->resume(take_socket);
	timer_start(loop_timers(take_socket->loop), &demux->sweep,
		    idle_ms / 2, sweep, demux);
}


void demux_close(struct demux *demux)
{
	if (!demux->socket)
		return;

	timer_stop(&demux->sweep);
	hash_fini(&demux->peers);
	demux->socket->ops->close(demux->socket);
	demux->socket = NULL;
}
