/* CreatePermission and ChannelBind (RFC 8656 s10, s12). */
#include "turn/turn_table_int.h"


static unsigned forbid(const struct turn_allocation *alloc,
		       const struct turn_peers_rule *rule,
		       const struct addr *peer)
{
	char text[ADDR_TEXT_MAX];

	log_info(alloc, "peer %s denied: %s", addr_print(peer, text),
		 rule->name);

	return 403;
}


unsigned turn_check_peer(const struct turn_allocation *alloc,
			 const struct addr *peer, bool has_port)
{
	const struct turn_peers *peers = alloc->worker->peers_allowed;
	const struct turn_peers_rule *rule =
		has_port ? turn_peers_check(peers, peer)
			 : turn_peers_check_ip(peers, peer);

	/* Of what is denied nothing else is told. */
	if (rule->action == TURN_PEERS_DENY)
		return forbid(alloc, rule, peer);
	if (!alloc->relays[turn_family_index(peer->u.sa.sa_family)])
		return 443;

	return 0;
}


bool turn_may_receive(const struct turn_relay *relay, const struct addr *peer)
{
	const struct turn_peers *peers =
		relay->alloc->worker->peers_allowed;

	return turn_permission_find(relay, peer) &&
	       turn_peers_check(peers, peer)->action != TURN_PEERS_DENY;
}


/* The next XOR-PEER-ADDRESS.  1, 0 (no more) or -EBADMSG. */
static int next_peer(const struct turn_request *rq, struct reader *r,
		     struct addr *peer)
{
	struct stun_attr attr;

	while (stun_attr_next(r, &attr)) {
		if (attr.type == STUN_XOR_PEER_ADDRESS)
			return stun_xor_addr_read(attr.value, rq->m.id, peer)
				       ? -EBADMSG : 1;
	}

	return 0;
}


/* One that is over may be forgotten before it is its turn. */
static bool is_new(const struct turn_allocation *alloc,
		   const struct addr *peer)
{
	const struct turn_permission *p = turn_permission_get(alloc, peer);

	return !p || (!p->n_channels && !turn_permission_is_alive(p));
}


/* All are checked before the first is installed (s10.2). */
static unsigned check_peers(struct turn_request *rq)
{
	struct reader r = reader(rq->m.attrs);
	struct addr peer;
	unsigned code, n = 0, n_new = 0;
	int more;

	while ((more = next_peer(rq, &r, &peer)) > 0) {
		code = turn_check_peer(rq->alloc, &peer, false);
		if (code)
			return code;
		++n;
		n_new += is_new(rq->alloc, &peer);
	}

	if (more < 0 || !n)
		return 400;

	if (turn_permission_has_room(rq->alloc, n_new))
		return 0;
	rq->limit = "maxPermissions";

	return 508;
}


unsigned turn_create_permission(struct turn_request *rq)
{
	struct reader r = reader(rq->m.attrs);
	unsigned code = check_peers(rq);
	struct addr peer;

	while (!code && next_peer(rq, &r, &peer) > 0) {
		size_t i = turn_family_index(peer.u.sa.sa_family);

		if (turn_permission_set(rq->alloc->relays[i], &peer))
			code = 508;
	}

	return code;
}


unsigned turn_channel_bind(struct turn_request *rq)
{
	struct slice number_value, peer_value;
	uint16_t number;
	struct addr peer;
	unsigned code;
	int err;

	if (stun_message_find(&rq->m, STUN_CHANNEL_NUMBER, &number_value) ||
	    stun_message_find(&rq->m, STUN_XOR_PEER_ADDRESS, &peer_value) ||
	    stun_channel_read(number_value, &number) ||
	    number < TURN_CHANNEL_MIN ||
	    number > rq->worker->server->conf.channel_max ||
	    stun_xor_addr_read(peer_value, rq->m.id, &peer))
		return 400;

	code = turn_check_peer(rq->alloc, &peer, true);
	if (code)
		return code;
	if (rq->alloc->is_tcp)
		return 400;

	err = turn_channel_set(
		rq->alloc->relays[turn_family_index(peer.u.sa.sa_family)],
		number, &peer);
	if (err == -EMSGSIZE)
		rq->limit = "maxChannels or maxPermissions";

	return err == -EEXIST ? 400 : err ? 508 : 0;
}
