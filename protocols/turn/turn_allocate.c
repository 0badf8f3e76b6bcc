/* Allocate and Refresh (RFC 8656 s7, s8). */
#include "base/clock.h"
#include "host/server.h"
#include "turn/turn_mobility_int.h"


enum {
	PROTOCOL_TCP = 6,        /* of IP */
	PROTOCOL_UDP = 17,
};

/* What an Allocate asks for. */
struct wish {
	bool is_tcp;
	int family;              /* AF_UNSPEC: both */
	enum turn_ports ports;
	bool has_token;
	uint64_t token;
	int64_t lifetime_s;
	bool is_mobile;
};


static bool has(const struct turn_request *rq, unsigned type)
{
	struct slice value;

	return !stun_message_find(&rq->m, type, &value);
}


/* -- lifetimes (s7.2, s8.2) -- */

/* What is asked for, or the default.  0 or 400. */
static unsigned read_lifetime(const struct turn_request *rq,
			      int64_t *lifetime_s)
{
	struct slice value;
	uint32_t asked;

	*lifetime_s = TURN_LIFETIME_S;
	if (stun_message_find(&rq->m, STUN_LIFETIME, &value))
		return 0;
	if (stun_u32_read(value, &asked))
		return 400;
	*lifetime_s = asked;

	return 0;
}


/* No longer than credentials are good, if that is to count. */
static int64_t credentials_us(const struct turn_request *rq)
{
	const struct turn_conf *conf = &rq->worker->server->conf;

	if (!rq->who.expires_s || (!conf->ends_at_expiry &&
				   rq->who.kind != TURN_IDENTITY_TOKEN))
		return INT64_MAX;

	return rq->worker->loop->now_us + rq->who.expires_s * 1000000 -
	       clock_wall_us();
}


static int64_t grant_lifetime(const struct turn_request *rq,
			      int64_t asked_s)
{
	const int64_t max_s = rq->worker->server->conf.lifetime_max_s;
	int64_t left_us = credentials_us(rq);
	int64_t s = asked_s < max_s ? asked_s : max_s;

	if (s < TURN_LIFETIME_S)
		s = TURN_LIFETIME_S;
	if (left_us != INT64_MAX) {
		left_us -= rq->worker->loop->now_us;
		if (left_us < s * 1000000)
			s = left_us > 0 ? left_us / 1000000 : 0;
	}

	return s;
}


/* -- Allocate -- */

static unsigned read_transport(const struct turn_request *rq,
			       struct wish *wish)
{
	const enum turn_transport by = rq->path->transport;
	struct slice value;
	uint8_t protocol;

	if (stun_message_find(&rq->m, STUN_REQUESTED_TRANSPORT, &value) ||
	    stun_transport_read(value, &protocol))
		return 400;

	wish->is_tcp = protocol == PROTOCOL_TCP;
	if (protocol == PROTOCOL_UDP)
		return 0;
	if (!wish->is_tcp || !rq->worker->server->conf.has_tcp)
		return 442;

	/* RFC 6062 s5.1. */
	if (by == TURN_UDP || by == TURN_DTLS || has(rq, STUN_EVEN_PORT) ||
	    has(rq, STUN_RESERVATION_TOKEN) || has(rq, STUN_DONT_FRAGMENT))
		return 400;

	return 0;
}


/* coturn's own client sends the number of a draft (4.6, Debian 12). */
static bool has_additional(const struct turn_request *rq, struct slice *value)
{
	return !stun_message_find(&rq->m, STUN_ADDITIONAL_ADDRESS_FAMILY,
				  value) ||
	       !stun_message_find(&rq->m, STUN_ADDITIONAL_FAMILY_DRAFT,
				  value);
}


static unsigned read_token(const struct turn_request *rq, struct wish *wish)
{
	struct slice token, value;

	if (stun_message_find(&rq->m, STUN_RESERVATION_TOKEN, &token))
		return 0;
	if (has(rq, STUN_EVEN_PORT) ||
	    has(rq, STUN_REQUESTED_ADDRESS_FAMILY) ||
	    has_additional(rq, &value))
		return 400;
	wish->has_token = true;

	return stun_u64_read(token, &wish->token) ? 400 : 0;
}


static bool has_family(const struct turn_conf *conf, int family)
{
	for (size_t i = 0; i < conf->n_relays; i++) {
		if (conf->relays[i].ip.u.sa.sa_family == family)
			return true;
	}

	return false;
}


static int default_family(const struct turn_request *rq)
{
	const struct turn_conf *conf = &rq->worker->server->conf;
	const int family = rq->path->client.u.sa.sa_family;

	return conf->follows_listener && has_family(conf, family) ? family
								  : AF_INET;
}


static unsigned read_family(const struct turn_request *rq, struct wish *wish)
{
	const struct turn_conf *conf = &rq->worker->server->conf;
	struct slice value;
	int err, family;

	wish->family = default_family(rq);
	if (has_additional(rq, &value)) {
		if (has(rq, STUN_REQUESTED_ADDRESS_FAMILY) ||
		    stun_family_read(value, &family) || family != AF_INET6)
			return 400;
		wish->family = AF_UNSPEC;
		return 0;
	}

	if (!stun_message_find(&rq->m, STUN_REQUESTED_ADDRESS_FAMILY,
			       &value)) {
		err = stun_family_read(value, &wish->family);
		if (err)
			return err == -ENOTSUP ? 440 : 400;
	}

	return has_family(conf, wish->family) ? 0 : 440;
}


static unsigned read_ports(const struct turn_request *rq, struct wish *wish)
{
	struct slice value;
	bool is_pair;

	if (stun_message_find(&rq->m, STUN_EVEN_PORT, &value))
		return 0;
	if (stun_even_port_read(value, &is_pair))
		return 400;
	wish->ports = is_pair ? TURN_PORTS_PAIR : TURN_PORTS_EVEN;

	return is_pair && wish->family == AF_UNSPEC ? 400 : 0;
}


/* RFC 8016 s3.1.2: an empty one asks for a ticket. */
static unsigned read_mobility(const struct turn_request *rq,
			      struct wish *wish)
{
	struct slice value;

	if (stun_message_find(&rq->m, STUN_MOBILITY_TICKET, &value))
		return 0;
	if (!rq->worker->server->conf.has_mobility)
		return 405;
	wish->is_mobile = true;

	return value.len ? 400 : 0;
}


/* The checks of s7.2, in their order. */
static unsigned read_wish(const struct turn_request *rq, struct wish *wish)
{
	unsigned code = read_transport(rq, wish);

	if (!code)
		code = read_token(rq, wish);
	if (!code)
		code = read_family(rq, wish);
	if (!code)
		code = read_ports(rq, wish);
	if (!code)
		code = read_lifetime(rq, &wish->lifetime_s);
	if (!code)
		code = read_mobility(rq, wish);

	return code;
}


/* Half of what was asked for is a success (s7.2, point 9). */
static unsigned open_both(struct turn_allocation *alloc,
			  enum turn_ports ports)
{
	unsigned v4 = turn_relay_open(alloc, AF_INET, ports);
	unsigned v6 = turn_relay_open(alloc, AF_INET6, ports);

	if (v4 && v6)
		return 508;
	alloc->missing_family = v4 ? AF_INET : v6 ? AF_INET6 : AF_UNSPEC;
	alloc->missing_code = v4 ? v4 : v6;

	return 0;
}


static unsigned open_relays(struct turn_allocation *alloc,
			    const struct wish *wish)
{
	if (wish->has_token)
		return turn_relay_redeem(alloc, wish->token);
	if (wish->family == AF_UNSPEC)
		return open_both(alloc, wish->ports);

	return turn_relay_open(alloc, wish->family, wish->ports);
}


static void set_expiry(struct turn_allocation *alloc, int family,
		       int64_t lifetime_s)
{
	const int64_t now_us = alloc->worker->loop->now_us;

	for (size_t i = 0; i < TURN_FAMILIES; i++) {
		struct turn_relay *relay = alloc->relays[i];

		if (relay && (family == AF_UNSPEC ||
			      i == turn_family_index(family)))
			relay->expires_us = now_us + lifetime_s * 1000000;
	}
}


static int64_t lifetime_left_s(const struct turn_allocation *alloc)
{
	int64_t at_us = 0;

	for (size_t i = 0; i < TURN_FAMILIES; i++) {
		if (alloc->relays[i] && alloc->relays[i]->expires_us > at_us)
			at_us = alloc->relays[i]->expires_us;
	}

	return (at_us - alloc->worker->loop->now_us + 999999) / 1000000;
}


static void answer_allocate(struct turn_request *rq,
			    const struct turn_allocation *alloc)
{
	for (size_t i = 0; i < TURN_FAMILIES; i++) {
		if (alloc->relays[i])
			stun_put_xor_addr(&rq->out, STUN_XOR_RELAYED_ADDRESS,
					  &alloc->relays[i]->addr);
	}

	stun_put_u32(&rq->out, STUN_LIFETIME,
		     (uint32_t)lifetime_left_s(alloc));
	stun_put_xor_addr(&rq->out, STUN_XOR_MAPPED_ADDRESS,
			  &rq->path->client);
	if (alloc->token)
		stun_put_u64(&rq->out, STUN_RESERVATION_TOKEN, alloc->token);
	if (alloc->missing_code)
		stun_put_error(&rq->out, alloc->missing_family,
			       alloc->missing_code, str(""));
	if (alloc->is_mobile)
		turn_put_ticket(rq, alloc);
}


static void log_allocate(const struct turn_allocation *alloc)
{
	char client[ADDR_TEXT_MAX], relayed[TURN_FAMILIES][ADDR_TEXT_MAX];

	for (size_t i = 0; i < TURN_FAMILIES; i++) {
		relayed[i][0] = '\0';
		if (alloc->relays[i])
			addr_print(&alloc->relays[i]->addr, relayed[i]);
	}

	log_info(alloc, "allocate user=%s client=%s/%s relayed=%s%s%s",
		 alloc->owner.text,
		 addr_print(&turn_path_of(alloc)->client, client),
		 turn_transport_name(turn_path_of(alloc)->transport),
		 relayed[0],
		 relayed[0][0] && relayed[1][0] ? "," : "", relayed[1]);
}


/* Somewhere else, if there is a server for the client's own family (RFC 8489
 * s10). */
static unsigned send_away(const struct turn_request *rq)
{
	const struct turn_conf *conf = &rq->worker->server->conf;

	return conf->alternate.u.sa.sa_family ==
	       rq->path->client.u.sa.sa_family ? 300 : 508;
}


unsigned turn_allocate(struct turn_request *rq)
{
	struct wish wish = { .ports = TURN_PORTS_ANY };
	struct turn_allocation *alloc = rq->alloc;
	unsigned code;

	/* The same request again gets the same answer. */
	if (alloc && (memcmp(alloc->request_id, rq->m.id, STUN_ID_LEN) ||
		      !turn_identity_may_use(&alloc->owner, &rq->who)))
		return 437;
	if (alloc) {
		answer_allocate(rq, alloc);
		return 0;
	}

	code = read_wish(rq, &wish);
	if (code)
		return code;
	if (atomic_load(&rq->worker->host->server->is_draining))
		return send_away(rq);

	code = turn_allocation_new(&alloc, rq);
	if (code)
		return code;

	alloc->is_tcp = wish.is_tcp;
	code = open_relays(alloc, &wish);
	if (code) {
		turn_allocation_discard(alloc);
		return code;
	}

	alloc->is_mobile = wish.is_mobile;
	alloc->credentials_us = credentials_us(rq);
	set_expiry(alloc, AF_UNSPEC, grant_lifetime(rq, wish.lifetime_s));
	turn_allocation_schedule(alloc);
	metric_add(rq->worker->metrics.opened, 1);
	metric_add(rq->worker->metrics.allocations, 1);
	log_allocate(alloc);
	answer_allocate(rq, alloc);

	return 0;
}


/* -- Refresh -- */

static unsigned read_refresh_family(const struct turn_request *rq,
				    int *family)
{
	struct slice value;
	int err;

	*family = AF_UNSPEC;
	if (stun_message_find(&rq->m, STUN_REQUESTED_ADDRESS_FAMILY, &value))
		return 0;
	err = stun_family_read(value, family);
	if (err)
		return err == -ENOTSUP ? 443 : 400;

	return rq->alloc->relays[turn_family_index(*family)] ? 0 : 443;
}


/* Lifetime 0: take away one relay, or all. */
static void delete_relays(struct turn_allocation *alloc, int family)
{
	size_t n_left = 0;

	for (size_t i = 0; i < TURN_FAMILIES; i++) {
		struct turn_relay *relay = alloc->relays[i];

		if (relay && family != AF_UNSPEC &&
		    i == turn_family_index(family))
			turn_relay_close(relay);
		n_left += alloc->relays[i] != NULL;
	}

	if (!n_left || family == AF_UNSPEC)
		turn_allocation_close(alloc, TURN_END_CLIENT, NULL);
	else
		turn_allocation_schedule(alloc);
}


unsigned turn_refresh(struct turn_request *rq)
{
	int64_t lifetime_s;
	unsigned code;
	int family;

	code = turn_resume(rq);
	if (code)
		return code;

	code = read_refresh_family(rq, &family);
	if (!code)
		code = read_lifetime(rq, &lifetime_s);
	if (code)
		return code;

	turn_identity_renew(&rq->alloc->owner, &rq->who);
	rq->alloc->credentials_us = credentials_us(rq);
	if (lifetime_s) {
		lifetime_s = grant_lifetime(rq, lifetime_s);
		set_expiry(rq->alloc, family, lifetime_s);
		turn_allocation_schedule(rq->alloc);
		stun_put_u32(&rq->out, STUN_LIFETIME, (uint32_t)lifetime_s);
		if (rq->alloc->is_mobile)
			turn_put_ticket(rq, rq->alloc);
	} else {
		stun_put_u32(&rq->out, STUN_LIFETIME, 0);
		delete_relays(rq->alloc, family);
	}

	return 0;
}
