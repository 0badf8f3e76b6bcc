/* The node towards clients: a UDP socket with all of them, or one connection
 * over TCP, TLS or DTLS. */
#include "base/mem.h"
#include "dtls/dtls_door.h"
#include "dtls/dtls_node.h"
#include "tls/tls_config.h"
#include "turn/turn_frame.h"
#include "turn/turn_mobility_int.h"
#include "turn/turn_table_int.h"


enum {
	UNKNOWN_FRAME_MAX = 2048,        /* before the client is known */
	IDLE_MS = 60000,                 /* without an allocation */
};


static struct turn_node *of_node(struct node *node)
{
	return CONTAINER_OF(node, struct turn_node, node);
}


/* What stands between us and the carrier encrypts; over TCP that is known
 * when the first bytes come. */
static enum turn_transport transport_of(const struct node *node)
{
	if (node->chain->carrier->is_datagram)
		return node->far ? TURN_DTLS : TURN_UDP;

	return node->far ? TURN_TLS : TURN_TCP;
}


/* A stream that is not read loses data, as a path of datagrams would; of
 * messages only what nobody waits for any more. */
void turn_node_send(struct turn_node *tn, struct slice head,
		    struct slice body)
{
	static const uint8_t zeros[4];
	struct writer *out = outbox_control(&tn->node.out);
	struct chain *chain = tn->node.chain;
	const size_t max = TURN_STREAM_WAITING_MAX * (head.len ? 1 : 2);
	const bool is_datagram = chain->carrier->is_datagram;

	if (out->len + head.len + body.len > max) {
		metric_add(tn->worker->metrics.slow_packets, 1);
		return;
	}

	put_bytes(out, head);
	put_bytes(out, body);
	if (head.len && !is_datagram)
		put_bytes(out, slice(zeros, -body.len & 3));

	/* Each datagram is a record of its own. */
	if (is_datagram)
		chain_flush(chain);
	else
		chain_want_output(chain);
}


static void on_deadline(void *arg);

static void start_deadline(struct turn_node *tn, int64_t ms)
{
	if (ms)
		timer_start(loop_timers(tn->worker->loop), &tn->deadline, ms,
			    on_deadline, tn);
}


static void on_deadline(void *arg)
{
	struct turn_node *tn = arg;

	/* Another worker may have its allocation. */
	if (turn_is_foreign(tn->worker, &tn->path)) {
		start_deadline(tn, IDLE_MS);
		return;
	}

	log_debug(tn, "closed: %s", tn->is_authenticated ?
		  "no allocation" : "not authenticated in time");
	chain_close(tn->node.chain, -ETIMEDOUT);
}


static void give_unknown(struct turn_node *tn)
{
	struct turn_server *server = tn->worker->server;

	if (tn->is_authenticated)
		return;
	quota_give(&server->unauthenticated);
	address_quota_give(server->per_address, TURN_SCOPE_UNKNOWN,
			   &tn->path.client);
}


void turn_node_set_authenticated(struct turn_node *tn)
{
	if (tn->udp || tn->is_authenticated)
		return;

	give_unknown(tn);
	tn->is_authenticated = true;
	if (!tn->alloc)
		start_deadline(tn, IDLE_MS);
}


void turn_node_set_allocation(struct turn_node *tn,
			      struct turn_allocation *alloc)
{
	tn->alloc = alloc;
	if (alloc)
		timer_stop(&tn->deadline);
	else
		start_deadline(tn, IDLE_MS);
}


struct turn_node *turn_socket_of(const struct turn_worker *worker,
				 const struct binding *binding)
{
	LIST_EACH(&worker->sockets, it) {
		struct turn_node *tn =
			CONTAINER_OF(it, struct turn_node, of_worker);

		if (tn->binding == binding)
			return tn;
	}

	return NULL;
}


/* -- input -- */

/* *tuple: NULL, or that of the path: a train looks it up once. */
static void client_input(struct turn_worker *worker,
			 const struct turn_path *path, struct slice in,
			 const struct turn_cargo *cargo,
			 struct turn_tuple **tuple)
{
	const struct turn_channel *channel;
	struct turn_allocation *alloc;
	struct slice data;
	uint16_t number;

	if (in.p[0] < 4) {
		*tuple = NULL;
		turn_message_input(worker, path, in, cargo);
		return;
	}

	if (turn_frame_read_datagram(in, worker->server->conf.channel_max,
				     &number, &data))
		return;

	if (!*tuple)
		*tuple = turn_tuple_find(worker, path);
	alloc = *tuple ? (*tuple)->alloc : NULL;
	channel = alloc ? turn_channel_find(alloc, number) : NULL;
	if (!channel)
		return;

	turn_came_by(alloc, *tuple);
	turn_channel_input(channel, data, cargo);
}


void turn_client_input(struct turn_worker *worker,
		       const struct turn_path *path, struct slice in,
		       const struct turn_cargo *cargo)
{
	struct turn_tuple *tuple = NULL;

	client_input(worker, path, in, cargo, &tuple);
}


/* The first bytes of what may come (RFC 7983 s7); channels of RFC 5766 have
 * more of them. */
static bool is_turn(const struct turn_node *tn, uint8_t first)
{
	const uint16_t max = tn->worker->server->conf.channel_max;

	return first < 4 || (first >= 64 && first <= max >> 8);
}


static bool is_dtls(uint8_t first)
{
	return first >= 20 && first < 64;
}


/* One hop more, and never 0 (RFC 8656 s14). */
static uint8_t next_ttl(uint8_t ttl)
{
	return ttl > 1 ? (uint8_t)(ttl - 1) : ttl;
}


static ssize_t socket_input(struct turn_node *tn, struct slice in,
			    const struct io_meta *meta)
{
	const struct turn_cargo cargo = {
		.is_lent = true,
		.tos = meta->tos,
		.ttl = next_ttl(meta->ttl),
	};
	const size_t step = meta->segment_len ? meta->segment_len : in.len;
	struct turn_path path = { .node = tn, .client = meta->peer };
	struct turn_worker *worker = tn->worker;
	struct turn_tuple *tuple = NULL;
	const size_t len = in.len;

	if (tn->is_wildcard)
		path.server = meta->local;

	while (in.len) {
		struct slice one = slice(in.p, in.len < step ? in.len : step);
		const uint8_t first = one.p[0];

		in = slice_from(in, one.len);
		if (is_dtls(first) && tn->door)
			dtls_door_input(tn->door, one, meta);
		else if (is_turn(tn, first) &&
			 !turn_forward(worker, &path, one, &cargo))
			client_input(worker, &path, one, &cargo, &tuple);
	}

	return (ssize_t)len;
}


static void connection_input(struct turn_node *tn, struct slice in)
{
	static const struct turn_cargo cargo;

	if (!turn_forward(tn->worker, &tn->path, in, &cargo))
		turn_client_input(tn->worker, &tn->path, in, &cargo);
}


static ssize_t stream_input(struct turn_node *tn, struct slice in)
{
	const struct chain *chain = tn->node.chain;
	struct turn_frame_limits limits = {
		.channel = tn->worker->server->conf.channel_max,
	};
	struct turn_frame frame;
	size_t n = 0;
	int err;

	while (chain->state == CHAIN_OPEN && !tn->pipe) {
		limits.len = tn->is_authenticated ? TURN_FRAME_MAX
						  : UNKNOWN_FRAME_MAX;
		err = turn_frame_read(slice_from(in, n), &limits, &frame);
		if (err == -EAGAIN)
			return (ssize_t)n;
		if (err)
			return err;
		connection_input(tn, slice(in.p + n, frame.len));
		n += frame.len;
	}

	/* What follows a ConnectionBind at once is data. */
	if (tn->pipe && chain->state == CHAIN_OPEN &&
	    turn_pipe_input(tn->pipe, slice_from(in, n)) < 0)
		return -ENOMEM;

	return (ssize_t)in.len;
}


static ssize_t turn_input(struct node *node, struct slice in,
			  const struct io_meta *meta)
{
	struct turn_node *tn = of_node(node);

	if (tn->udp)
		return socket_input(tn, in, meta);

	tn->path.transport = transport_of(node);
	if (!meta)
		return stream_input(tn, in);

	if (in.len && is_turn(tn, in.p[0]))
		connection_input(tn, in);

	return (ssize_t)in.len;
}


static bool turn_event(struct node *node, const struct event *event)
{
	struct turn_node *tn = of_node(node);

	if (event->type == EVENT_EOF && tn->pipe)
		turn_pipe_eof(tn->pipe);

	return false;
}


/* -- life -- */

static int open_connection(struct turn_node *tn)
{
	struct turn_server *server = tn->worker->server;
	const struct turn_limits *limits = &server->conf.limits;
	const struct carrier *carrier = tn->node.chain->carrier;

	if (!quota_take(&server->unauthenticated))
		return -EMSGSIZE;
	if (!address_quota_take(server->per_address, TURN_SCOPE_UNKNOWN,
				&carrier->peer,
				limits->unauthenticated_per_address)) {
		quota_give(&server->unauthenticated);
		return -EMSGSIZE;
	}

	tn->path.client = carrier->peer;
	tn->path.server = carrier->local;
	start_deadline(tn, limits->authenticate_ms);

	return 0;
}


/* Who has shown a cookie gets a chain of his own. */
static void on_session(void *arg, struct carrier *take_carrier)
{
	static const struct recipe recipe = {
		.is_datagram = true,
		.n = 2,
		.protocols = { &dtls_session_protocol, &turn_protocol },
	};
	struct turn_node *tn = arg;

	host_open_chain(tn->worker->host, tn->binding, &recipe,
			take_carrier);
}


static bool may_reply(void *arg, const struct addr *to)
{
	const struct turn_node *tn = arg;

	return turn_may_answer(tn->worker, TURN_UDP, to);
}


/* NOTE: sessions end with their allocations, not by idleTimeoutMs: a client
 * that only receives has nothing to say until it must refresh. */
static int open_socket(struct turn_node *tn)
{
	const struct carrier *carrier = tn->node.chain->carrier;
	const struct dtls_door_conf conf = {
		.udp = tn->udp,
		.context = binding_prepared(tn->binding, &turn_protocol),
		.idle_ms = 1000 * turn_silence_max_s(tn->worker) + IDLE_MS,
		.accept = on_session,
		.may_reply = may_reply,
		.arg = tn,
	};
	int err = conf.context ? dtls_door_open(&tn->door, &conf) : 0;

	tn->is_wildcard = addr_is_any(&carrier->local);
	if (!err)
		list_add(&tn->worker->sockets, &tn->of_worker);

	return err;
}


static int turn_open(struct node *node, struct binding *binding)
{
	struct turn_node *tn = of_node(node);
	struct host *host = binding_host(binding, node->chain);

	tn->log.category = "turn";
	tn->worker = host_instance(host, binding->app)->data;
	tn->binding = binding;
	tn->path.node = tn;
	node->out.control.max = 2 * TURN_STREAM_WAITING_MAX + TURN_FRAME_MAX;
	if (!node->chain->is_shared)
		return open_connection(tn);

	tn->udp = carrier_udp(node->chain->carrier);

	return open_socket(tn);
}


static void close_connection(struct turn_node *tn)
{
	struct turn_tuple *tuple = turn_tuple_find(tn->worker, &tn->path);

	give_unknown(tn);
	if (tn->pipe)
		tn->pipe = turn_pipe_close(tn->pipe);
	turn_forget_path(tn->worker, &tn->path);
	hash_del(&tn->by_remote);
	if (tuple && !turn_path_lost(tuple))
		turn_allocation_close(tuple->alloc, TURN_END_CONNECTION,
				      NULL);
	timer_stop(&tn->deadline);
}


static void turn_close(struct node *node)
{
	struct turn_node *tn = of_node(node);

	if (tn->udp) {
		list_del(&tn->of_worker);
		dtls_door_close(tn->door);
		turn_worker_close_socket(tn->worker, tn);
	} else {
		close_connection(tn);
	}
}


/* -- configuration -- */

static int turn_prepare(struct binding *binding, void **prepared)
{
	const struct protocol *const *p = binding->app->module->protocols;

	while (p && *p && *p != &turn_protocol)
		++p;
	if (!p || !*p) {
		config_fail(binding->section, "protocol", "a chain with "
			    "\"turn\" is for applications of the module "
			    "turn");
		return -EBADMSG;
	}

	/* DTLS comes by the same socket. */
	if (!binding->recipe.is_datagram || !tls_is_configured(binding))
		return 0;

	return dtls_configure((struct dtls_context **)prepared, binding,
			      &turn_protocol);
}


static void turn_release(void *prepared)
{
	dtls_context_free(prepared);
}


static void turn_adopt(void *prepared, void *next)
{
	dtls_context_adopt(prepared, next);
}


const struct protocol turn_protocol = {
	.name = "turn",
	.size = sizeof(struct turn_node),
	.input_max = TURN_FRAME_MAX,
	.is_shared = true,
	.takes_certificate = true,
	.alpn = "stun.turn stun.nat-discovery",
	.open = turn_open,
	.input = turn_input,
	.event = turn_event,
	.close = turn_close,
	.prepare = turn_prepare,
	.release = turn_release,
	.adopt = turn_adopt,
};
