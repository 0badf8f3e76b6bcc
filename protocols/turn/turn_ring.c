/* Packets for other workers: a ring of bytes for each pair of workers that
 * has something to say, with one writer and one reader, and a bound. */
#include <stddef.h>
#include "base/mem.h"
#include "turn/turn_mobility_int.h"
#include "turn/turn_ring_int.h"


enum {
	RING_LEN = 512 * 1024,           /* bytes; a power of two */
	ALIGN = 16,
};

_Static_assert((RING_LEN & (RING_LEN - 1)) == 0, "power of two");

enum kind {
	KIND_SKIP,               /* the rest of the ring, up to its end */
	KIND_PEER,
	KIND_CLIENT,
	KIND_ANSWER,
	KIND_GONE,
};

struct record {
	uint32_t len;            /* with what follows it, padded */
	uint32_t head_len;
	uint32_t body_len;
	enum kind kind;
	uint64_t id;             /* of an allocation, or a connection */
	const struct binding *binding;
	enum turn_transport transport;
	uint8_t tos;
	uint8_t ttl;
	struct addr client;      /* or the peer */
	struct addr server;
};

struct turn_ring {
	struct mail mail;
	struct turn_worker *to;
	_Atomic(size_t) head;    /* bytes written, ever */
	_Atomic(size_t) tail;    /* bytes read, ever */
	_Alignas(ALIGN) uint8_t bytes[RING_LEN];
};


static struct record *record_at(struct turn_ring *ring, size_t at)
{
	return (struct record *)(void *)(ring->bytes +
					 (at & (RING_LEN - 1)));
}


/* -- reading -- */

static void on_client(struct turn_worker *worker, const struct record *r,
		      struct slice body)
{
	const struct turn_cargo cargo = {
		.is_forwarded = true,
		.tos = r->tos,
		.ttl = r->ttl,
	};
	struct turn_path path = {
		.transport = r->transport,
		.client = r->client,
		.server = r->server,
	};

	if (r->transport == TURN_UDP)
		path.node = turn_socket_of(worker, r->binding);
	else
		path.remote = r->id;
	if (path.node || path.remote)
		turn_client_input(worker, &path, body, &cargo);
}


static void on_peer(struct turn_worker *worker, const struct record *r,
		    struct slice body)
{
	const struct turn_cargo cargo = { .tos = r->tos };
	struct turn_allocation *alloc = turn_allocation_find(worker, r->id);
	size_t family = turn_family_index(r->client.u.sa.sa_family);

	if (alloc && alloc->relays[family])
		turn_relay_input(alloc->relays[family], &r->client, body,
				 &cargo);
}


static void on_answer(struct turn_worker *worker, const struct record *r,
		      struct slice head, struct slice body)
{
	struct hash_node *node =
		hash_find(&worker->connections, slice(&r->id, sizeof(r->id)));

	if (node)
		turn_node_send(CONTAINER_OF(node, struct turn_node,
					    by_remote), head, body);
}


static void on_gone(struct turn_worker *worker, const struct record *r)
{
	const struct turn_path path = {
		.remote = r->id,
		.client = r->client,
	};
	struct turn_tuple *tuple = turn_tuple_find(worker, &path);

	if (tuple)
		turn_path_lost(tuple);
}


static void on_record(struct turn_worker *worker, const struct record *r)
{
	const uint8_t *p = (const uint8_t *)(r + 1);
	const struct slice head = slice(p, r->head_len);
	const struct slice body = slice(p + r->head_len, r->body_len);

	switch (r->kind) {

	case KIND_PEER:
		on_peer(worker, r, body);
		break;

	case KIND_CLIENT:
		on_client(worker, r, body);
		break;

	case KIND_ANSWER:
		on_answer(worker, r, head, body);
		break;

	case KIND_GONE:
		on_gone(worker, r);
		break;

	default:
		break;
	}
}


/* What is written meanwhile comes with its own mail. */
static void on_mail(struct mail *mail)
{
	struct turn_ring *ring = CONTAINER_OF(mail, struct turn_ring, mail);
	const size_t head = atomic_load(&ring->head);
	size_t tail = atomic_load(&ring->tail);

	while (tail != head) {
		const struct record *r = record_at(ring, tail);

		on_record(ring->to, r);
		tail += r->len;
		atomic_store(&ring->tail, tail);
	}
}


/* -- writing -- */

static struct turn_ring *ring_to(struct turn_worker *worker, unsigned to)
{
	struct turn_server *server = worker->server;
	_Atomic(struct turn_ring *) *at =
		&server->rings[worker->loop->index * server->n_workers + to];
	struct turn_ring *ring = atomic_load(at);

	if (ring)
		return ring;

	ring = mem_alloc(sizeof(*ring));
	if (!ring)
		return NULL;
	memset(ring, 0, offsetof(struct turn_ring, bytes));
	ring->mail.fn = on_mail;
	ring->to = server->workers[to];
	atomic_store(at, ring);

	return ring;
}


/* A record lies in one piece: what is too short at the end is skipped. */
static struct record *make_room(struct turn_ring *ring, uint32_t len,
				size_t *head)
{
	const size_t tail = atomic_load(&ring->tail);
	size_t to_end;

	*head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	to_end = RING_LEN - (*head & (RING_LEN - 1));
	if (*head - tail + len + (to_end < len ? to_end : 0) > RING_LEN)
		return NULL;

	if (to_end < len) {
		struct record *skip = record_at(ring, *head);

		skip->kind = KIND_SKIP;
		skip->len = (uint32_t)to_end;
		*head += to_end;
	}

	return record_at(ring, *head);
}


static void push(struct turn_worker *worker, unsigned to, struct record *r,
		 struct slice head, struct slice body)
{
	struct turn_ring *ring = ring_to(worker, to);
	struct record *at;
	uint8_t *p;
	size_t end;

	r->head_len = (uint32_t)head.len;
	r->body_len = (uint32_t)body.len;
	r->len = (uint32_t)((sizeof(*r) + head.len + body.len + ALIGN - 1) &
			    ~(size_t)(ALIGN - 1));
	at = ring ? make_room(ring, r->len, &end) : NULL;
	if (!at) {
		metric_add(worker->metrics.ring_packets, 1);
		return;
	}

	*at = *r;
	p = (uint8_t *)(at + 1);
	if (head.len)
		memcpy(p, head.p, head.len);
	if (body.len)
		memcpy(p + head.len, body.p, body.len);
	atomic_store(&ring->head, end + r->len);
	loop_post(ring->to->loop, &ring->mail);
}


void turn_ring_peer(struct turn_worker *worker, uint64_t id,
		    const struct addr *from, struct slice data,
		    const struct turn_cargo *cargo)
{
	struct record r = {
		.kind = KIND_PEER,
		.id = id,
		.client = *from,
		.tos = cargo->tos,
	};

	push(worker, turn_id_worker(id), &r, slice(NULL, 0), data);
}


/* A connection gets a name of {worker, number}, never used twice. */
static uint64_t remote_of(struct turn_worker *worker, struct turn_node *node)
{
	if (!node->remote) {
		node->remote = (uint64_t)(worker->loop->index + 1) << 48 |
			       ++worker->n_remotes;
		if (hash_add(&worker->connections, &node->by_remote,
			     slice(&node->remote, sizeof(node->remote))))
			node->remote = 0;
	}

	return node->remote;
}


static struct record of_path(struct turn_worker *worker, enum kind kind,
			     const struct turn_path *path)
{
	return (struct record){
		.kind = kind,
		.id = path->transport == TURN_UDP
			      ? 0 : remote_of(worker, path->node),
		.binding = path->node->binding,
		.transport = path->transport,
		.client = path->client,
		.server = path->server,
	};
}


void turn_ring_client(struct turn_worker *worker, unsigned to,
		      const struct turn_path *path, struct slice in,
		      const struct turn_cargo *cargo)
{
	struct record r = of_path(worker, KIND_CLIENT, path);

	r.tos = cargo->tos;
	r.ttl = cargo->ttl;
	push(worker, to, &r, slice(NULL, 0), in);
}


void turn_ring_gone(struct turn_worker *worker, unsigned to,
		    const struct turn_path *path)
{
	struct record r = of_path(worker, KIND_GONE, path);

	if (r.id)
		push(worker, to, &r, slice(NULL, 0), slice(NULL, 0));
}


void turn_ring_answer(struct turn_worker *worker,
		      const struct turn_path *path, struct slice head,
		      struct slice body)
{
	struct record r = { .kind = KIND_ANSWER, .id = path->remote };

	push(worker, (unsigned)(path->remote >> 48) - 1, &r, head, body);
}


void turn_rings_free(struct turn_server *server)
{
	for (unsigned i = 0; i < server->n_workers * server->n_workers; i++)
		mem_free(server->rings[i]);
	mem_free(server->rings);
}
