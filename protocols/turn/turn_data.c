/* The data path: between clients and peers (RFC 8656 s11, s12.4 to s12.7). */
#include "base/mem.h"
#include "turn/turn_ring_int.h"
#include "turn/turn_table_int.h"


/* -- limits -- */

/* May so many bytes pass, in either direction? */
static bool may_pass(struct turn_allocation *alloc, size_t len)
{
	struct turn_server *server = alloc->worker->server;
	const struct turn_limits *limits = &server->conf.limits;
	const int64_t now_us = alloc->worker->loop->now_us;

	if (rate_take(&alloc->rate, now_us, len,
		      (uint64_t)limits->bytes_per_s) &&
	    (!limits->bytes_per_s_per_user ||
	     keyed_rate_take(server->user_bytes, alloc->user_rate, now_us,
			     len, (uint64_t)limits->bytes_per_s_per_user)))
		return true;

	++alloc->n_dropped;
	metric_add(alloc->worker->metrics.limited_packets, 1);

	return false;
}


static void count(struct turn_traffic *traffic, struct metric *packets,
		  struct metric *bytes, size_t n, size_t len)
{
	traffic->packets += n;
	traffic->bytes += len;
	metric_add(packets, (int64_t)n);
	metric_add(bytes, (int64_t)len);
}


/* -- from peers -- */

static void send_channel_data(struct turn_relay *relay,
			      const struct turn_channel *channel,
			      struct slice data, const struct turn_cargo *c)
{
	const uint8_t head[TURN_HEAD_LEN] = {
		(uint8_t)(channel->number >> 8), (uint8_t)channel->number,
		(uint8_t)(data.len >> 8), (uint8_t)data.len,
	};

	turn_path_send(relay->alloc->worker, turn_path_of(relay->alloc),
		       slice(head, sizeof(head)), data, c);
}


static void send_data(struct turn_relay *relay, const struct addr *peer,
		      struct slice data, const struct turn_cargo *cargo)
{
	struct turn_worker *worker = relay->alloc->worker;
	struct stun_writer s = turn_begin_indication(worker,
						     STUN_DATA_METHOD);

	stun_put_xor_addr(&s, STUN_XOR_PEER_ADDRESS, peer);
	stun_put(&s, STUN_DATA, data);
	turn_path_send_message(worker, turn_path_of(relay->alloc), cargo->tos);
}


void turn_relay_input(struct turn_relay *relay, const struct addr *peer,
		      struct slice in, const struct turn_cargo *cargo)
{
	struct turn_allocation *alloc = relay->alloc;
	struct turn_metrics *metrics = &alloc->worker->metrics;
	const struct turn_channel *channel =
		turn_channel_find_peer(relay, peer);
	const size_t step = cargo->segment_len ? cargo->segment_len : in.len;
	const size_t len = in.len;
	size_t n = 0;

	if (channel ? !turn_permission_is_alive(channel->permission)
		    : !turn_may_receive(relay, peer))
		return;

	if (!may_pass(alloc, in.len))
		return;

	do {
		struct slice data = slice(in.p, in.len < step ? in.len
							      : step);

		if (channel)
			send_channel_data(relay, channel, data, cargo);
		else
			send_data(relay, peer, data, cargo);
		in = slice_from(in, data.len);
		++n;

		/* A connection that fails closes at once, and takes relay
		 * and channel with it. */
	} while (in.len && udp_is_open(&relay->udp));

	count(&alloc->received, metrics->received_packets,
	      metrics->received, n, len);
}


static void on_input(void *arg, struct slice in, const struct io_meta *meta)
{
	const struct turn_cargo cargo = {
		.is_lent = true,
		.tos = meta->tos,
		.segment_len = meta->segment_len,
	};

	turn_relay_input(arg, &meta->peer, in, &cargo);
}


/* Only addresses are compared (s11.5); that of the packet that was lost. */
static void on_icmp(void *arg, const struct udp_icmp *icmp)
{
	struct turn_relay *relay = arg;
	struct turn_worker *worker = relay->alloc->worker;
	const bool is_v6 = relay->addr.u.sa.sa_family == AF_INET6;
	const struct stun_icmp value = { icmp->type, icmp->code,
					 icmp->data };
	struct stun_writer s;

	if (is_v6 ? icmp->type < 1 || icmp->type > 3
		  : icmp->type != 3 && icmp->type != 11)
		return;
	if (!turn_permission_find(relay, &icmp->peer))
		return;

	s = turn_begin_indication(worker, STUN_DATA_METHOD);
	stun_put_xor_addr(&s, STUN_XOR_PEER_ADDRESS, &icmp->peer);
	stun_put_icmp(&s, &value);
	turn_path_send_message(worker, turn_path_of(relay->alloc), 0);
}


/* One that can neither send nor receive any more. */
static void on_failed(void *arg, int err)
{
	struct turn_relay *relay = arg;

	log_warn(relay->alloc, "relay port %u failed: %s", relay->port,
		 error_text(err));
	relay->expires_us = 0;
	turn_allocation_schedule(relay->alloc);
}


const struct udp_user turn_relay_user = {
	.input = on_input,
	.icmp = on_icmp,
	.failed = on_failed,
};


/* -- to peers -- */

/* A relay of this server is reached without a socket, and takes what it has a
 * permission for: the sender's relayed address. */
static void hairpin(struct turn_relay *from, unsigned index,
		    const struct addr *to, struct slice data,
		    const struct turn_cargo *cargo)
{
	struct turn_worker *worker = from->alloc->worker;
	const uint64_t id = atomic_load_explicit(
		&worker->server->ports[index][addr_port(to)],
		memory_order_acquire);
	struct turn_allocation *alloc;
	size_t family = turn_family_index(to->u.sa.sa_family);

	if (!id)
		return;
	if (turn_id_worker(id) != worker->loop->index) {
		turn_ring_peer(worker, id, &from->addr, data, cargo);
		return;
	}

	alloc = turn_allocation_find(worker, id);
	if (alloc && alloc->relays[family])
		turn_relay_input(alloc->relays[family], &from->addr, data,
				 cargo);
}


static void send_to_peer(struct turn_relay *relay, const struct addr *to,
			 int hairpin_index, struct slice data,
			 const struct turn_cargo *cargo)
{
	struct turn_allocation *alloc = relay->alloc;
	struct turn_metrics *metrics = &alloc->worker->metrics;

	if (!may_pass(alloc, data.len))
		return;

	count(&alloc->sent, metrics->sent_packets, metrics->sent, 1,
	      data.len);

	if (hairpin_index >= 0) {
		hairpin(relay, (unsigned)hairpin_index, to, data, cargo);
	} else {
		const struct udp_packet packet = {
			.body = data,
			.is_lent = cargo->is_lent,
			.to = to,
			.tos = cargo->tos,
			.ttl = cargo->ttl,
			.is_whole = cargo->is_whole,
		};

		udp_push(&relay->udp, &packet);
	}
}


void turn_channel_input(const struct turn_channel *channel, struct slice data,
			const struct turn_cargo *cargo)
{
	send_to_peer(channel->relay, &channel->peer, channel->hairpin, data,
		     cargo);
}


/* What may stand in a Send indication and must be known (s11.2). */
static const uint16_t send_attrs[] = {
	STUN_XOR_PEER_ADDRESS, STUN_DATA, STUN_DONT_FRAGMENT,
};


void turn_send_input(struct turn_allocation *alloc,
		     const struct stun_message *m,
		     const struct turn_cargo *cargo)
{
	uint16_t unknown[STUN_UNKNOWN_MAX];
	struct turn_cargo own = *cargo;
	struct slice value, data;
	struct turn_relay *relay;
	struct addr peer;

	if (stun_message_unknown(m, send_attrs, ARRAY_LEN(send_attrs),
				 unknown) ||
	    stun_message_find(m, STUN_XOR_PEER_ADDRESS, &value) ||
	    stun_xor_addr_read(value, m->id, &peer) ||
	    stun_message_find(m, STUN_DATA, &data))
		return;

	own.is_whole = !stun_message_find(m, STUN_DONT_FRAGMENT, &value);
	relay = alloc->relays[turn_family_index(peer.u.sa.sa_family)];
	if (!relay || !turn_may_receive(relay, &peer))
		return;

	send_to_peer(relay, &peer,
		     turn_server_relay_of(alloc->worker->server, &peer),
		     data, &own);
}
