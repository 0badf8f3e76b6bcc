/* What the files of turn_peers share. */
#ifndef TURN_PEERS_INT_H
#define TURN_PEERS_INT_H

#include "turn/turn_peers.h"

enum { TURN_PEERS_EMBEDDED_MAX = 16 };

/* Put a rule where it counts; one for any family goes into both tables.
 * Returns 0 or -EMSGSIZE. */
int turn_peers_insert(struct turn_peers *peers,
		      const struct turn_peers_rule *rule);

/* Remember a NAT64 prefix.  Returns 0 or -EMSGSIZE. */
int turn_peers_insert_nat64(struct turn_peers *peers,
			    const struct turn_peers_rule *net, bool is_guess);

/* The built-in rules; peers->port_min is set.  Returns 0, or a mistake in
 * the list. */
int turn_peers_add_builtin(struct turn_peers *peers,
			   const struct turn_peers_conf *conf);

/* The IPv4 addresses that the IPv6 address `key` carries in one of its
 * disguises.  v4: TURN_PEERS_EMBEDDED_MAX.  Returns their number. */
size_t turn_peers_embedded(const struct turn_peers *peers,
			   struct turn_peers_key key,
			   struct turn_peers_key *v4);

#endif
