/* Which peers a client may reach: the tables, and the verdict. */
#include "turn/turn_peers_int.h"
#include <assert.h>

/* What counts where no rule of the tables does. */
static const struct turn_peers_rule rule_default = {
	.name = "default", .family = TURN_PEERS_ANY, .is_built_in = true,
	.action = TURN_PEERS_ALLOW, .port_to = UINT16_MAX,
};

static const struct turn_peers_rule rule_low_port = {
	.name = "low port", .family = TURN_PEERS_ANY, .is_built_in = true,
	.action = TURN_PEERS_DENY, .port_to = UINT16_MAX,
};

static const struct turn_peers_rule rule_port_0 = {
	.name = "port 0", .family = TURN_PEERS_ANY, .is_built_in = true,
	.action = TURN_PEERS_DENY, .is_fixed = true,
};

static const struct turn_peers_rule rule_no_family = {
	.name = "neither IPv4 nor IPv6", .family = TURN_PEERS_ANY,
	.action = TURN_PEERS_DENY, .is_built_in = true, .is_fixed = true,
	.port_to = UINT16_MAX,
};

/* A peer's address, and the IPv4 addresses inside of it. */
struct peer {
	struct turn_peers_key keys[1 + TURN_PEERS_EMBEDDED_MAX];
	enum turn_peers_family families[1 + TURN_PEERS_EMBEDDED_MAX];
	size_t n;
};


static void peer_init(struct peer *peer, const struct turn_peers *peers,
		      const struct addr *addr)
{
	peer->keys[0] = turn_peers_key(addr);
	peer->families[0] = TURN_PEERS_V4;
	peer->n = 1;
	if (addr->u.sa.sa_family == AF_INET)
		return;

	peer->families[0] = TURN_PEERS_V6;
	peer->n += turn_peers_embedded(peers, peer->keys[0], peer->keys + 1);
	for (size_t i = 1; i < peer->n; i++)
		peer->families[i] = TURN_PEERS_V4;
}


/* The rule that decides about the i-th address of `peer`.  Only the peer's
 * own address may be one of our relay addresses: others leave by a socket. */
static const struct turn_peers_rule *find(const struct turn_peers *peers,
					  const struct peer *peer, size_t i,
					  uint16_t port)
{
	enum turn_peers_family family = peer->families[i];
	const struct turn_peers_rule *rule = peers->rules[family];
	const struct turn_peers_rule *end = rule + peers->n_rules[family];

	for ( ; rule < end; rule++) {
		if (!turn_peers_rule_has(rule, peer->keys[i]) ||
		    port < rule->port_from || port > rule->port_to)
			continue;
		if (!i || rule->action != TURN_PEERS_HAIRPIN)
			return rule;
	}

	return port < peers->port_min ? &rule_low_port : &rule_default;
}


static const struct turn_peers_rule *check(const struct turn_peers *peers,
					   const struct peer *peer,
					   uint16_t port)
{
	const struct turn_peers_rule *first, *rule;

	first = rule = find(peers, peer, 0, port);
	for (size_t i = 1; i < peer->n && rule->action; i++)
		rule = find(peers, peer, i, port);
	if (!rule->action)
		return rule;

	return port ? first : &rule_port_0;
}


/* The verdict can change only where the ports of a rule begin or end: look
 * at these, among the rules for the i-th address of `peer`. */
static const struct turn_peers_rule *
search_ports(const struct turn_peers *peers, const struct peer *peer,
	     size_t i)
{
	enum turn_peers_family family = peer->families[i];
	const struct turn_peers_rule *rule = peers->rules[family];
	const struct turn_peers_rule *end = rule + peers->n_rules[family];

	for ( ; rule < end; rule++) {
		const struct turn_peers_rule *verdict;

		if (!turn_peers_rule_has(rule, peer->keys[i]))
			continue;
		verdict = check(peers, peer,
				rule->port_from ? rule->port_from : 1);
		if (!verdict->action && rule->port_to < UINT16_MAX)
			verdict = check(peers, peer,
					(uint16_t)(rule->port_to + 1));
		if (verdict->action)
			return verdict;
	}

	return NULL;
}


int turn_peers_insert(struct turn_peers *peers,
		      const struct turn_peers_rule *rule)
{
	for (unsigned family = TURN_PEERS_V4; family <= TURN_PEERS_V6;
	     family++) {
		struct turn_peers_rule *rules = peers->rules[family];
		size_t i = peers->n_rules[family];

		if (rule->family != family && rule->family != TURN_PEERS_ANY)
			continue;
		if (i == TURN_PEERS_RULES_MAX)
			return -EMSGSIZE;

		for ( ; i && turn_peers_rule_is_before(rule, &rules[i - 1]);
		     i--)
			rules[i] = rules[i - 1];
		rules[i] = *rule;
		++peers->n_rules[family];
	}

	return 0;
}


int turn_peers_insert_nat64(struct turn_peers *peers,
			    const struct turn_peers_rule *net, bool is_guess)
{
	struct turn_peers_nat64 *nat = &peers->nat64[peers->n_nat64];

	if (peers->n_nat64 == TURN_PEERS_NAT64_MAX)
		return -EMSGSIZE;

	nat->net = *net;
	nat->is_guess = is_guess;
	++peers->n_nat64;

	return 0;
}


void turn_peers_init(struct turn_peers *peers,
		     const struct turn_peers_conf *conf)
{
	int err;

	memset(peers, 0, sizeof(*peers));
	peers->port_min = conf->port_min ? conf->port_min : 1;
	err = turn_peers_add_builtin(peers, conf);
	assert(!err);
	(void)err;
}


/* Is all of `rule`'s network in one that nothing opens? */
static bool is_closed(const struct turn_peers *peers,
		      const struct turn_peers_rule *rule)
{
	const struct turn_peers_rule *fixed;

	if (rule->family == TURN_PEERS_ANY)
		return false;

	fixed = peers->rules[rule->family];
	for (size_t i = 0; i < peers->n_rules[rule->family]; i++, fixed++) {
		if (fixed->is_fixed && fixed->is_built_in &&
		    fixed->bits <= rule->bits &&
		    turn_peers_rule_has(fixed, rule->net))
			return true;
	}

	return false;
}


int turn_peers_add(struct turn_peers *peers, enum turn_peers_action action,
		   const struct turn_peers_rule *rule)
{
	struct turn_peers_rule r = *rule;

	assert(action != TURN_PEERS_HAIRPIN);

	if (action == TURN_PEERS_ALLOW) {
		if (is_closed(peers, rule))
			return -EACCES;
		if (!r.has_ports)
			r.port_from = peers->port_min;
	}
	r.action = action;
	r.name = action == TURN_PEERS_ALLOW ? "allow" : "deny";

	return turn_peers_insert(peers, &r);
}


int turn_peers_add_nat64(struct turn_peers *peers,
			 const struct turn_peers_rule *rule)
{
	struct turn_peers_rule r = *rule;

	if (r.family != TURN_PEERS_V6 || r.has_ports)
		return -EBADMSG;
	if (r.bits != 96 && (r.bits < 32 || r.bits > 64 || r.bits % 8))
		return -EBADMSG;
	if (peers->n_nat64 == TURN_PEERS_NAT64_MAX)
		return -EMSGSIZE;

	r.name = "NAT64";
	r.action = TURN_PEERS_DENY;
	r.is_built_in = true;
	if (turn_peers_insert(peers, &r))
		return -EMSGSIZE;

	return turn_peers_insert_nat64(peers, &r, false);
}


int turn_peers_add_own(struct turn_peers *peers, const struct addr *addr,
		       uint16_t port_from, uint16_t port_to)
{
	struct turn_peers_rule r = turn_peers_rule_host(addr, port_from,
							port_to);

	r.name = "own address";
	r.action = TURN_PEERS_DENY;
	r.is_fixed = true;

	return turn_peers_insert(peers, &r);
}


int turn_peers_add_relay(struct turn_peers *peers, const struct addr *addr,
			 uint16_t port_from, uint16_t port_to)
{
	struct turn_peers_rule r = turn_peers_rule_host(addr, port_from,
							port_to);

	r.name = "relay address";
	r.action = TURN_PEERS_HAIRPIN;
	r.is_fixed = true;

	return turn_peers_insert(peers, &r);
}


const struct turn_peers_rule *
turn_peers_check(const struct turn_peers *peers, const struct addr *addr)
{
	struct peer peer;

	if (addr->u.sa.sa_family != AF_INET &&
	    addr->u.sa.sa_family != AF_INET6)
		return &rule_no_family;

	peer_init(&peer, peers, addr);

	return check(peers, &peer, addr_port(addr));
}


const struct turn_peers_rule *
turn_peers_check_ip(const struct turn_peers *peers, const struct addr *addr)
{
	const struct turn_peers_rule *verdict, *found = NULL;
	struct peer peer;

	if (addr->u.sa.sa_family != AF_INET &&
	    addr->u.sa.sa_family != AF_INET6)
		return &rule_no_family;

	peer_init(&peer, peers, addr);
	verdict = check(peers, &peer, UINT16_MAX);
	if (!verdict->action)
		found = check(peers, &peer, peers->port_min);
	if (found && found->action)
		return found;

	for (size_t i = 0; i < peer.n && !verdict->action; i++) {
		found = search_ports(peers, &peer, i);
		if (found)
			return found;
	}

	return verdict;
}
