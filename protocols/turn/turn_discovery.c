/* NAT behaviour discovery (RFC 5780): Binding requests that are answered from
 * another of our addresses, or to another port.  It needs sockets on two
 * addresses with two ports each. */
#include "turn/turn_int.h"


static bool is_same_ip(const struct addr *a, const struct addr *b)
{
	return str_eq(str_of(addr_ip(a)), str_of(addr_ip(b)));
}


static const struct addr *local(const struct turn_node *tn)
{
	return &tn->node.chain->carrier->local;
}


/* The socket whose address, and port, are those of `tn` or others. */
static struct turn_node *find(const struct turn_node *tn, bool other_ip,
			      bool other_port)
{
	LIST_EACH(&tn->worker->sockets, it) {
		struct turn_node *s =
			CONTAINER_OF(it, struct turn_node, of_worker);

		if (s->is_wildcard ||
		    local(s)->u.sa.sa_family != local(tn)->u.sa.sa_family)
			continue;
		if (is_same_ip(local(s), local(tn)) != other_ip &&
		    (addr_port(local(s)) == addr_port(local(tn))) !=
			    other_port)
			return s;
	}

	return NULL;
}


/* All four, or nothing can be discovered (s6.1). */
bool turn_discovers(const struct turn_path *path)
{
	const struct turn_node *tn = path->node;

	return path->transport == TURN_UDP &&
	       tn->worker->server->conf.has_discovery && !tn->is_wildcard &&
	       find(tn, true, true) && find(tn, true, false) &&
	       find(tn, false, true);
}


static void answer(struct turn_request *rq, const struct turn_node *from,
		   size_t padding)
{
	static const uint8_t zeros[TURN_PADDING_MAX];
	const struct turn_path path = *rq->path;

	turn_answer_begin(rq, STUN_SUCCESS);
	stun_put_addr(&rq->out, STUN_MAPPED_ADDRESS, &path.client);
	stun_put_xor_addr(&rq->out, STUN_XOR_MAPPED_ADDRESS, &path.client);
	stun_put_addr(&rq->out, STUN_RESPONSE_ORIGIN, local(from));
	stun_put_addr(&rq->out, STUN_OTHER_ADDRESS,
		      local(find(path.node, true, true)));
	if (padding)
		stun_put(&rq->out, STUN_PADDING, slice(zeros, padding));
}


void turn_discovery_binding(struct turn_request *rq)
{
	struct turn_node *from = rq->path->node;
	struct turn_path back = *rq->path;
	struct slice value;
	uint32_t change = 0;
	size_t padding = 0;
	uint16_t port;

	/* As long as the request's, so that nothing is made larger. */
	if (!stun_message_find(&rq->m, STUN_PADDING, &value))
		padding = value.len < TURN_PADDING_MAX ? value.len
						       : TURN_PADDING_MAX;

	if ((!stun_message_find(&rq->m, STUN_CHANGE_REQUEST, &value) &&
	     stun_u32_read(value, &change)) ||
	    (!stun_message_find(&rq->m, STUN_RESPONSE_PORT, &value) &&
	     (padding || stun_port_read(value, &port)))) {
		turn_answer_error(rq, 400);
		turn_answer_send(rq);
		return;
	}

	if (!stun_message_find(&rq->m, STUN_RESPONSE_PORT, &value))
		addr_set_port(&back.client, port);
	from = find(from, change & STUN_CHANGE_IP, change & STUN_CHANGE_PORT);
	answer(rq, from, padding);
	back.node = from;
	rq->path = &back;
	turn_answer_send(rq);
}
