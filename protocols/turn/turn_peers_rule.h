/* One rule about peers: a network, ports, and what becomes of a peer there.
 *
 *	192.0.2.0/24                   a network, all ports
 *	192.0.2.1                      one address
 *	192.0.2.0/24:1024-65535        some ports of it
 *	2001:db8::/32                  the same in IPv6, ...
 *	[2001:db8::/32]:443            ... in brackets where ports follow
 *	*:3478                         ports of any address, both families
 *
 * Thread: any, pure. */
#ifndef TURN_PEERS_RULE_H
#define TURN_PEERS_RULE_H

#include <stdbool.h>
#include "base/error.h"
#include "io/addr.h"

enum { TURN_PEERS_RULE_TEXT_MAX = 80 };  /* longest text, with its zero */

enum turn_peers_family {
	TURN_PEERS_V4,
	TURN_PEERS_V6,
	TURN_PEERS_ANY,
};

enum turn_peers_action {
	TURN_PEERS_DENY,
	TURN_PEERS_ALLOW,
	TURN_PEERS_HAIRPIN,      /* our own relay ports: never by a socket */
};

/* 128 bits as numbers, first bit on top; IPv4 fills the first 32. */
struct turn_peers_key {
	uint64_t hi, lo;
};

struct turn_peers_rule {
	struct turn_peers_key net, mask;
	const char *name;        /* static; NULL: nobody gave it one */
	uint16_t port_from;
	uint16_t port_to;        /* included */
	bool has_ports;          /* the rule speaks of them */
	uint8_t bits;            /* of the prefix: 0..32 or 0..128 */
	enum turn_peers_family family;
	enum turn_peers_action action;
	bool is_fixed;           /* no rule of the operator is above it */
	bool is_built_in;
};

/* Read a rule as above.  A network with bits beyond its prefix, port 0, a
 * range that ends before it starts and numbers with leading zeros are
 * refused, for they are slips.  2001:db8::1:443 is an address and no port.
 *
 * rule: filled, with action TURN_PEERS_DENY and no name; unchanged on errors.
 * why: set on errors to a static text that a person understands.
 *
 * Returns 0, -EBADMSG, or -EMSGSIZE (longer than any rule). */
API int turn_peers_rule_parse(struct turn_peers_rule *rule, struct str text,
			  const char **why);

/* The rule's text, from which turn_peers_rule_parse makes the same rule.
 * buf: TURN_PEERS_RULE_TEXT_MAX bytes, which is returned. */
const char *turn_peers_rule_print(const struct turn_peers_rule *rule,
				  char *buf);

/* A rule for one address, to be denied, without a name.
 * addr: IPv4 or IPv6; its port is not looked at.  0, 65535: all ports. */
struct turn_peers_rule turn_peers_rule_host(const struct addr *addr,
					    uint16_t port_from,
					    uint16_t port_to);

/* The bits of an IPv4 or IPv6 address. */
struct turn_peers_key turn_peers_key(const struct addr *addr);

/* Is `key` in the rule's network?  The families are for the caller. */
bool turn_peers_rule_has(const struct turn_peers_rule *rule,
			 struct turn_peers_key key);

/* Does `a` count before `b`?  Fixed rules do; then the longer prefix; then
 * fewer ports; then what the operator said; then denial. */
bool turn_peers_rule_is_before(const struct turn_peers_rule *a,
			       const struct turn_peers_rule *b);

#endif
