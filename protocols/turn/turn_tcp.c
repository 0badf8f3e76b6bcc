/* TCP relays on the worker of their allocation: connections to peers and from
 * them, up to the moment when their client binds them (RFC 6062 s5.1 to
 * s5.3). */
#include "base/mem.h"
#include "io/acceptor.h"
#include "turn/turn_tcp_int.h"


/* The listener of a relay, and its connections. */
struct turn_tcp {
	struct acceptor acceptor;
	struct turn_relay *relay;
	struct turn_tcp_share *share;    /* a reference */
	struct list peers;               /* of struct peer, owned */
};

/* A connection while it is made, while it waits, and while it is bound: its
 * slot tells when it is over. */
struct peer {
	struct list_node of_tcp;
	struct turn_tcp *tcp;
	struct turn_tcp_slot *slot;
	uint32_t id;
	struct addr addr;
	struct io io;                    /* of a dial; else fd is -1 */
	struct timer timer;
	struct turn_identity who;        /* of the Connect, */
	uint8_t request_id[STUN_ID_LEN]; /* which waits for its answer */
	bool has_fingerprint;
	struct loop_task death;
};


static struct turn_worker *worker_of(const struct turn_tcp *tcp)
{
	return tcp->relay->alloc->worker;
}


/* -- the list of connections -- */

static void destroy(void *arg)
{
	mem_free(arg);
}


static struct peer *peer_new(struct turn_tcp *tcp, const struct addr *addr)
{
	const struct turn_allocation *alloc = tcp->relay->alloc;
	struct peer *peer = mem_zalloc(sizeof(*peer));

	if (!peer)
		return NULL;

	peer->slot = turn_tcp_slot_take(worker_of(tcp)->server,
					alloc->owner.id, tcp->share);
	if (!peer->slot)
		return mem_free(peer);

	peer->id = atomic_load(&peer->slot->id);
	peer->tcp = tcp;
	peer->addr = *addr;
	peer->io.fd = -1;
	list_add(&tcp->peers, &peer->of_tcp);

	return peer;
}


static void peer_del(struct peer *peer)
{
	timer_stop(&peer->timer);
	list_del(&peer->of_tcp);
	explicit_bzero(&peer->who, sizeof(peer->who));
	peer->death.fn = destroy;
	peer->death.arg = peer;
	loop_bury(worker_of(peer->tcp)->loop, &peer->death);
}


/* Close it, unless it is bound: then it is the pipe's. */
static bool close_unbound(struct peer *peer)
{
	struct loop *loop = worker_of(peer->tcp)->loop;

	if (peer->io.fd >= 0)
		loop->backend->ops->close(loop->backend, &peer->io);
	else if (turn_tcp_slot_seize(peer->slot, peer->id))
		loop_close_fd(loop, peer->slot->fd);
	else
		return false;
	turn_tcp_slot_give(peer->slot);

	return true;
}


/* Forget those whose pipe has ended. */
static void purge(struct turn_tcp *tcp)
{
	LIST_EACH(&tcp->peers, it) {
		struct peer *peer = CONTAINER_OF(it, struct peer, of_tcp);

		if (atomic_load(&peer->slot->id) != peer->id)
			peer_del(peer);
	}
}


static bool has_peer(const struct turn_tcp *tcp, const struct addr *addr)
{
	LIST_EACH(&tcp->peers, it) {
		if (addr_eq(&CONTAINER_OF(it, struct peer, of_tcp)->addr,
			    addr))
			return true;
	}

	return false;
}


static bool has_room(const struct turn_tcp *tcp)
{
	const unsigned max =
		worker_of(tcp)->server->conf.limits.connections;
	size_t n = 0;

	for (size_t i = 0; i < TURN_FAMILIES; i++) {
		struct turn_relay *relay = tcp->relay->alloc->relays[i];

		if (!relay)
			continue;
		purge(relay->tcp);
		n += relay->tcp->peers.n;
	}

	return !max || n < max;
}


static void log_peer(const struct peer *peer, const char *what)
{
	char text[ADDR_TEXT_MAX];

	log_info(peer->tcp->relay->alloc, "%s peer=%s connection=%x", what,
		 addr_print(&peer->addr, text), peer->id);
}


/* -- waiting -- */

/* Over TCP nothing is sent twice, so the present path is the one. */
static void answer_connect(const struct peer *peer, unsigned code)
{
	struct turn_allocation *alloc = peer->tcp->relay->alloc;
	struct turn_request rq = {
		.worker = alloc->worker,
		.path = turn_path_of(alloc),
		.alloc = alloc,
		.m = {
			.method = STUN_CONNECT,
			.id = peer->request_id,
			.fingerprint = peer->has_fingerprint,
		},
		.is_authenticated = true,
		.who = peer->who,
	};

	if (!rq.path->node && !rq.path->remote)
		return;

	if (code) {
		turn_answer_error(&rq, code);
	} else {
		turn_answer_begin(&rq, STUN_SUCCESS);
		stun_put_u32(&rq.out, STUN_CONNECTION_ID, peer->id);
	}
	turn_answer_send(&rq);
}


static void fail(struct peer *peer, unsigned code)
{
	answer_connect(peer, code);
	close_unbound(peer);
	peer_del(peer);
}


/* The peer, or then the client, has not come. */
static void on_timer(void *arg)
{
	struct peer *peer = arg;

	if (peer->io.fd >= 0) {
		log_peer(peer, "connect: timeout");
		fail(peer, 447);
	} else if (close_unbound(peer)) {
		log_peer(peer, "not bound");
		peer_del(peer);
	}
}


static void start_timer(struct peer *peer)
{
	timer_start(loop_timers(worker_of(peer->tcp)->loop), &peer->timer,
		    TURN_TCP_WAIT_MS, on_timer, peer);
}


/* The kernel keeps what the peer sends meanwhile (s5.2): nothing is read
 * before there is somebody to take it. */
static void wait_for_client(struct peer *peer)
{
	struct loop *loop = worker_of(peer->tcp)->loop;

	turn_tcp_slot_hold(peer->slot, loop_release(loop, &peer->io),
			   loop->now_us + TURN_TCP_WAIT_MS * 1000LL);
	start_timer(peer);
}


/* -- to peers (s5.2) -- */

static void on_dialled(struct io *io)
{
	struct peer *peer = CONTAINER_OF(io, struct peer, io);

	log_peer(peer, "connect");
	wait_for_client(peer);
	answer_connect(peer, 0);
}


static void on_dial_failed(struct io *io, int err)
{
	struct peer *peer = CONTAINER_OF(io, struct peer, io);

	log_peer(peer, error_text(err));
	fail(peer, 447);
}


static const struct io_handler dial_handler = {
	.writable = on_dialled,
	.failed = on_dial_failed,
};


/* Where to dial for `addr`.  A relay of this server only while it is one:
 * what else may listen on the address of the relays is nobody's business. */
static unsigned route(const struct turn_relay *relay,
		      const struct addr *addr, struct addr *to)
{
	const struct turn_server *server = relay->alloc->worker->server;
	const int index = turn_server_relay_of(server, addr);
	char text[ADDR_TEXT_MAX];
	uint64_t id;

	*to = *addr;
	if (index < 0)
		return 0;

	id = atomic_load(&server->tcp_ports[index][addr_port(addr)]);
	if (!id || id == relay->alloc->id) {
		log_info(relay->alloc, "peer %s denied: %s",
			 addr_print(addr, text),
			 id ? "itself" : "no relay is there");
		return 403;
	}
	*to = server->conf.relays[index].ip;
	addr_set_port(to, addr_port(addr));

	return 0;
}


static unsigned dial(struct peer *peer, const struct addr *to)
{
	const struct turn_relay *relay = peer->tcp->relay;
	struct turn_worker *worker = worker_of(peer->tcp);
	struct loop *loop = worker->loop;
	struct addr from = worker->server->conf.relays[relay->index].ip;
	int fd;

	addr_set_port(&from, relay->port);
	fd = loop_dial(loop, to, &from);
	if (fd < 0)
		return fd == -EMFILE || fd == -ENFILE || fd == -ENOBUFS ||
		       fd == -ENOMEM ? 508 : 447;

	peer->io.handler = &dial_handler;
	peer->io.loop = loop;
	peer->io.kind = IO_DIAL;
	peer->io.fd = fd;
	if (loop->backend->ops->open(loop->backend, &peer->io)) {
		peer->io.fd = -1;
		loop_close_fd(loop, fd);
		return 508;
	}
	start_timer(peer);

	return 0;
}


static unsigned start_connect(const struct turn_request *rq,
			      struct turn_tcp *tcp, const struct addr *addr,
			      const struct addr *to)
{
	struct peer *peer = peer_new(tcp, addr);
	unsigned code;

	if (!peer)
		return 508;

	memcpy(peer->request_id, rq->m.id, STUN_ID_LEN);
	peer->has_fingerprint = rq->m.fingerprint;
	peer->who = rq->who;
	code = dial(peer, to);
	if (!code)
		return TURN_ANSWERED;

	turn_tcp_slot_give(peer->slot);
	peer_del(peer);

	return code;
}


unsigned turn_connect(struct turn_request *rq)
{
	struct slice value;
	struct turn_tcp *tcp;
	struct addr addr, to;
	unsigned code;

	if (!rq->alloc->is_tcp)
		return 437;
	if (stun_message_find(&rq->m, STUN_XOR_PEER_ADDRESS, &value) ||
	    stun_xor_addr_read(value, rq->m.id, &addr))
		return 400;

	code = turn_check_peer(rq->alloc, &addr, true);
	if (code)
		return code;

	tcp = rq->alloc->relays[turn_family_index(addr.u.sa.sa_family)]->tcp;
	code = route(tcp->relay, &addr, &to);
	if (code)
		return code;
	purge(tcp);
	if (has_peer(tcp, &addr))
		return 446;

	return has_room(tcp) ? start_connect(rq, tcp, &addr, &to) : 508;
}


/* -- from peers (s5.3) -- */

/* Another relay of this server is known by its relayed address. */
static void rename_relay(const struct turn_server *server, struct addr *addr)
{
	const int index = turn_server_relay_of(server, addr);
	const uint16_t port = addr_port(addr);

	if (index < 0 || !atomic_load(&server->tcp_ports[index][port]))
		return;
	*addr = server->conf.relays[index].external;
	addr_set_port(addr, port);
}


static void announce(const struct peer *peer)
{
	const struct turn_allocation *alloc = peer->tcp->relay->alloc;
	struct turn_worker *worker = alloc->worker;
	struct stun_writer s = turn_begin_indication(
		worker, STUN_CONNECTION_ATTEMPT);

	stun_put_u32(&s, STUN_CONNECTION_ID, peer->id);
	stun_put_xor_addr(&s, STUN_XOR_PEER_ADDRESS, &peer->addr);
	turn_path_send_message(worker, turn_path_of(alloc), 0);
}


/* False: the descriptor is still the caller's. */
static bool welcome(struct turn_tcp *tcp, int fd, const struct addr *addr)
{
	struct loop *loop = worker_of(tcp)->loop;
	struct peer *peer;

	if (!turn_may_receive(tcp->relay, addr) || !has_room(tcp))
		return false;
	peer = peer_new(tcp, addr);
	if (!peer)
		return false;

	/* In the loop and out again: it belongs to whom it is released to. */
	peer->io.loop = loop;
	peer->io.kind = IO_STREAM;
	peer->io.fd = fd;
	if (loop->backend->ops->open(loop->backend, &peer->io)) {
		turn_tcp_slot_give(peer->slot);
		peer_del(peer);
		return false;
	}

	log_peer(peer, "accept");
	wait_for_client(peer);
	announce(peer);

	return true;
}


static void on_accepted(int fd, const struct addr *peer, void *arg)
{
	struct turn_tcp *tcp = arg;
	struct addr addr = *peer;

	addr_unmap(&addr);
	rename_relay(worker_of(tcp)->server, &addr);
	if (!welcome(tcp, fd, &addr))
		loop_close_fd(worker_of(tcp)->loop, fd);
}


/* -- relays -- */

int turn_tcp_open(struct turn_relay *relay, int take_fd)
{
	struct loop *loop = relay->alloc->worker->loop;
	struct turn_tcp *tcp = mem_zalloc(sizeof(*tcp));
	int err = -ENOMEM;

	if (!tcp)
		goto no_tcp;

	tcp->relay = relay;
	tcp->share = mem_new(sizeof(*tcp->share), NULL);
	if (!tcp->share)
		goto no_share;

	tcp->share->user_rate = relay->alloc->user_rate;
	err = acceptor_open(&tcp->acceptor, loop, take_fd, on_accepted, tcp);
	if (err)
		goto no_acceptor;
	relay->tcp = tcp;

	return 0;

 no_acceptor:
	take_fd = -1;
	mem_unref(tcp->share);
 no_share:
	mem_free(tcp);
 no_tcp:
	if (take_fd >= 0)
		loop_close_fd(loop, take_fd);
	return err;
}


void turn_tcp_close(struct turn_relay *relay)
{
	struct turn_tcp *tcp = relay->tcp;

	acceptor_close(&tcp->acceptor);
	atomic_store(&tcp->share->is_over, true);
	LIST_EACH(&tcp->peers, it) {
		struct peer *peer = CONTAINER_OF(it, struct peer, of_tcp);

		close_unbound(peer);
		peer_del(peer);
	}

	turn_tcp_account(relay->alloc);
	tcp->share = mem_unref(tcp->share);
}


void turn_tcp_account(struct turn_allocation *alloc)
{
	for (size_t i = 0; i < TURN_FAMILIES; i++) {
		struct turn_tcp_share *share;

		if (!alloc->relays[i] || !alloc->relays[i]->tcp)
			continue;
		share = alloc->relays[i]->tcp->share;
		alloc->sent.bytes += atomic_exchange(&share->sent, 0);
		alloc->received.bytes += atomic_exchange(&share->received,
							 0);
	}
}


static const char *state_of(const struct peer *peer)
{
	if (peer->io.fd >= 0)
		return "dialled";
	if (atomic_load(&peer->slot->id) != peer->id)
		return "over";

	return atomic_load(&peer->slot->state) == TURN_TCP_BOUND ? "bound"
								 : "waiting";
}


void turn_tcp_describe(struct report *r, const struct turn_tcp *tcp)
{
	char text[ADDR_TEXT_MAX];

	report_list_open(r, "connections");
	LIST_EACH(&tcp->peers, it) {
		const struct peer *peer =
			CONTAINER_OF(it, struct peer, of_tcp);

		report_open(r, NULL);
		report_text(r, "peer", str(addr_print(&peer->addr, text)));
		report_text(r, "state", str(state_of(peer)));
		report_close(r);
	}
	report_list_close(r);
}


/* -- the data connection of the client (s5.4) -- */

unsigned turn_connection_bind(struct turn_request *rq)
{
	const struct turn_path *path = rq->path;
	struct turn_tcp_slot *slot;
	struct slice value;
	unsigned code = 0;
	uint32_t id;

	if (!path->node || path->node->node.chain->carrier->is_datagram ||
	    rq->alloc ||
	    stun_message_find(&rq->m, STUN_CONNECTION_ID, &value) ||
	    stun_u32_read(value, &id))
		return 400;

	slot = turn_tcp_slot_of(rq->worker->server, id);
	if (!id || !turn_tcp_slot_seize(slot, id))
		return 400;

	if (slot->ends_us <= rq->worker->loop->now_us)
		code = 400;
	else if (memcmp(slot->user, rq->who.id, sizeof(slot->user)))
		code = 441;
	else if (turn_pipe_open(path->node, slot))
		code = 508;
	if (code)
		turn_tcp_slot_return(slot);

	return code;
}
