/* The way to a client, and from a 5-tuple to its allocation. */
#include "turn/turn_ring_int.h"


/* -- sending -- */

static void send_datagram(const struct turn_path *path, struct slice head,
			  struct slice body, const struct turn_cargo *cargo)
{
	const struct udp_packet packet = {
		.head = head,
		.body = body,
		.is_lent = cargo->is_lent,
		.to = &path->client,
		.from = path->node->is_wildcard ? &path->server : NULL,
		.tos = cargo->tos,
	};

	udp_push(path->node->udp, &packet);
}


void turn_path_send(struct turn_worker *worker, const struct turn_path *path,
		    struct slice head, struct slice body,
		    const struct turn_cargo *cargo)
{
	if (path->transport == TURN_UDP)
		send_datagram(path, head, body, cargo);
	else if (path->node)
		turn_node_send(path->node, head, body);
	else if (path->remote)
		turn_ring_answer(worker, path, head, body);
}


struct stun_writer turn_begin_indication(struct turn_worker *worker,
					 unsigned method)
{
	uint8_t id[STUN_ID_LEN];

	random_bytes(id, sizeof(id));
	worker->out.len = 0;
	worker->out.err = 0;

	return stun_begin(&worker->out, STUN_INDICATION, method, id);
}


void turn_path_send_message(struct turn_worker *worker,
			    const struct turn_path *path, uint8_t tos)
{
	const struct turn_cargo cargo = { .tos = tos };

	if (!worker->out.err)
		turn_path_send(worker, path, slice(NULL, 0),
			       writer_slice(&worker->out), &cargo);
}


/* -- finding -- */

static void put(uint8_t *buf, size_t *len, const void *p, size_t n)
{
	memcpy(buf + *len, p, n);
	*len += n;
}


struct slice turn_tuple_key(uint8_t buf[TURN_TUPLE_MAX],
			    const struct turn_path *path)
{
	const uint16_t port = addr_port(&path->client);
	struct slice ip = addr_ip(&path->client);
	size_t len = 0;

	/* The socket tells the server's address and port. */
	if (path->remote)
		put(buf, &len, &path->remote, sizeof(path->remote));
	else
		put(buf, &len, &path->node, sizeof(path->node));
	put(buf, &len, &port, sizeof(port));
	put(buf, &len, ip.p, ip.len);
	if (path->node && path->node->is_wildcard) {
		ip = addr_ip(&path->server);
		put(buf, &len, ip.p, ip.len);
	}

	return slice(buf, len);
}


struct turn_tuple *turn_tuple_find(const struct turn_worker *worker,
				   const struct turn_path *path)
{
	uint8_t buf[TURN_TUPLE_MAX];
	struct hash_node *node = hash_find(&worker->tuples,
					   turn_tuple_key(buf, path));

	return node ? CONTAINER_OF(node, struct turn_tuple, by_key) : NULL;
}


int turn_tuple_attach(struct turn_tuple *tuple,
		      struct turn_allocation *alloc,
		      const struct turn_path *path)
{
	int err;

	err = hash_add(&alloc->worker->tuples, &tuple->by_key,
		       turn_tuple_key(tuple->key, path));
	if (err)
		return err;

	tuple->path = *path;
	tuple->alloc = alloc;
	if (path->node && !path->node->udp)
		turn_node_set_allocation(path->node, alloc);

	return 0;
}


void turn_tuple_detach(struct turn_tuple *tuple)
{
	struct turn_node *node = tuple->path.node;

	if (!hash_is_linked(&tuple->by_key))
		return;

	hash_del(&tuple->by_key);
	tuple->path.node = NULL;
	tuple->path.remote = 0;
	if (node && !node->udp)
		turn_node_set_allocation(node, NULL);
}
