/* Which peers a client may reach through us: addresses in, a verdict out.
 *
 * Asked for CreatePermission, ChannelBind, Send, Connect and what comes in
 * from a peer.  The rules are told in the README of this folder; they are
 * made once for a configuration on one thread, and afterwards read by all.
 * Checks allocate nothing. */
#ifndef TURN_PEERS_H
#define TURN_PEERS_H

#include "turn/turn_peers_rule.h"

enum {
	TURN_PEERS_RULES_MAX = 384,      /* of each family, ours included */
	TURN_PEERS_NAT64_MAX = 16,      /* ours included */
	TURN_PEERS_PORT_MIN = 1024,      /* lowest port of a peer, as shipped */
};

enum turn_peers_profile {
	TURN_PEERS_PUBLIC,       /* what is routed in the Internet */
	TURN_PEERS_LAN,          /* private networks (RFC 1918, ULA) too */
	TURN_PEERS_TEST,         /* loopback too */
};

struct turn_peers_conf {
	enum turn_peers_profile profile;
	uint16_t port_min;       /* lower ports need a rule that names them;
	                          * 0 is read as 1 */
	bool has_metadata;       /* rules may open metadata services */
};

struct turn_peers_nat64 {
	struct turn_peers_rule net;
	bool is_guess;           /* of unknown length within 64:ff9b:1::/48 */
};

struct turn_peers {
	struct turn_peers_rule rules[2][TURN_PEERS_RULES_MAX];
	size_t n_rules[2];       /* by family; what counts first is first */
	struct turn_peers_nat64 nat64[TURN_PEERS_NAT64_MAX];
	size_t n_nat64;
	uint16_t port_min;
};

/* Fill in the built-in rules.  The struct has no need of an end. */
API void turn_peers_init(struct turn_peers *peers,
		     const struct turn_peers_conf *conf);

/* A rule of the operator.  An allow rule that speaks of no ports opens those
 * from port_min on; one for "*" opens nothing that a built-in rule denies,
 * since narrower rules count first.
 * rule: from turn_peers_rule_parse; copied.
 * Returns 0, -EACCES (nothing may open this network) or -EMSGSIZE (too
 * many). */
API int turn_peers_add(struct turn_peers *peers, enum turn_peers_action action,
		   const struct turn_peers_rule *rule);

/* Our network has a NAT64 with this prefix: it is denied unless a rule as
 * narrow allows it, and then what is behind it must be allowed too.
 * rule: an IPv6 network of 32, 40, 48, 56, 64 or 96 bits (RFC 6052 s2.2)
 * without ports.  Returns 0, -EBADMSG (any other) or -EMSGSIZE. */
API int turn_peers_add_nat64(struct turn_peers *peers,
			 const struct turn_peers_rule *rule);

/* Never reach these ports of an address of this server, or of a service that
 * it uses; no rule of the operator opens them.
 * addr: an interface's address, an external one, a database; its port is not
 * looked at.  0, 65535: all ports.  Returns 0 or -EMSGSIZE. */
API int turn_peers_add_own(struct turn_peers *peers, const struct addr *addr,
		       uint16_t port_from, uint16_t port_to);

/* These ports of an own address are relay ports: the verdict on them is
 * TURN_PEERS_HAIRPIN, unless turn_peers_add_own named as few of them.
 * Returns 0 or -EMSGSIZE. */
API int turn_peers_add_relay(struct turn_peers *peers, const struct addr *addr,
			 uint16_t port_from, uint16_t port_to);

/* The rule that decides about `peer` and its port; never NULL, and its name
 * neither: `action` is the verdict.  Addresses that carry others (6to4,
 * NAT64, ...) are allowed only if all of these are.  Thread: any. */
const struct turn_peers_rule *
turn_peers_check(const struct turn_peers *peers, const struct addr *peer);

/* The same for a permission, which is for an address and all its ports
 * (RFC 8656 s9): denied only if no port of it may be reached.  The port must
 * be checked when there is one. */
API const struct turn_peers_rule *
turn_peers_check_ip(const struct turn_peers *peers, const struct addr *peer);

#endif
