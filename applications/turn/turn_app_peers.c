/* Which peers clients may reach: the configuration's rules, and our own
 * addresses, which none opens. */
#include "turn_app.h"
#include <netinet/in.h>
#include "base/error.h"
#include "base/mem.h"


/* Take what a function of turn_peers says. */
static void take(struct turn_app_reading *r, const char *key,
		 const char *text, int err)
{
	if (err == -EACCES)
		turn_app_fail(r, r->section, key, "'%s': nothing opens this "
			      "network%s", text,
			      config_bool(r->section, "allowMetadata") ? ""
			      : " (allowMetadata: metadata services)");
	else if (err == -EBADMSG)
		turn_app_fail(r, r->section, key, "'%s' is no NAT64 prefix: "
			      "IPv6 of 32, 40, 48, 56, 64 or 96 bits", text);
	else if (err == -EMSGSIZE)
		turn_app_fail(r, r->section, key, "there are too many rules");
}


static void read_rules(struct turn_app_reading *r, const char *key,
		       enum turn_peers_action action)
{
	size_t n = config_text_n(r->section, key);

	for (size_t i = 0; i < n; i++) {
		const char *text = config_text_at(r->section, key, i);
		struct turn_peers_rule rule;
		const char *why;

		if (turn_peers_rule_parse(&rule, str(text), &why))
			turn_app_fail(r, r->section, key, "'%.200s': %s",
				      text, why);
		else
			take(r, key, text,
			     turn_peers_add(r->conf.peers, action, &rule));
	}
}


static void read_nat64(struct turn_app_reading *r)
{
	size_t n = config_text_n(r->section, "nat64");

	for (size_t i = 0; i < n; i++) {
		const char *text = config_text_at(r->section, "nat64", i);
		struct turn_peers_rule rule;
		const char *why;

		if (turn_peers_rule_parse(&rule, str(text), &why))
			turn_app_fail(r, r->section, "nat64", "'%.200s': %s",
				      text, why);
		else
			take(r, "nat64", text,
			     turn_peers_add_nat64(r->conf.peers, &rule));
	}
}


/* -- own addresses -- */

static void add_port(struct turn_app_reading *r, const struct addr *addr,
		     uint16_t port)
{
	take(r, "denyPeers", "", turn_peers_add_own(r->conf.peers, addr, port,
						    port));
}


/* All ports, unless the rules so far leave none open: a host of containers
 * has more addresses than there is room for, nearly all of them private. */
static void add_own(struct turn_app_reading *r, const struct addr *addr)
{
	if (turn_peers_check_ip(r->conf.peers, addr)->action !=
	    TURN_PEERS_DENY)
		take(r, "denyPeers", "", turn_peers_add_own(
			     r->conf.peers, addr, 0, UINT16_MAX));
}


/* In the profile "test", loopback is where peers are. */
static bool is_for_peers(const struct turn_app_reading *r,
			 const struct addr *addr)
{
	return config_enum(r->section, "peers") == TURN_PEERS_TEST &&
		turn_app_is_loopback(addr);
}


static void add_addresses(struct turn_app_reading *r)
{
	for (size_t i = 0; i < r->net->n_own; i++) {
		if (!is_for_peers(r, &r->net->own[i]))
			add_own(r, &r->net->own[i]);
	}

	for (size_t i = 0; i < r->conf.n_relays; i++) {
		const struct addr *ip = &r->conf.relays[i].ip;
		const struct addr *external = &r->conf.relays[i].external;

		if (!is_for_peers(r, ip))
			add_own(r, ip);
		if (!addr_eq(ip, external))
			add_own(r, external);
	}
}


/* Relay ports are open, but only inside of the process. */
static void add_relays(struct turn_app_reading *r)
{
	for (size_t i = 0; i < r->conf.n_relays; i++) {
		const struct addr *ip = &r->conf.relays[i].ip;
		const struct addr *external = &r->conf.relays[i].external;

		take(r, "relays", "",
		     turn_peers_add_relay(r->conf.peers, ip,
					  r->conf.port_min,
					  r->conf.port_max));
		if (!addr_eq(ip, external))
			take(r, "relays", "",
			     turn_peers_add_relay(r->conf.peers, external,
						  r->conf.port_min,
						  r->conf.port_max));
	}
}


/* The port of a listener is closed where its address is not as a whole: among
 * relay ports, and on loopback if that is for peers. */
static void add_listener(struct turn_app_reading *r,
			 const struct addr *listener)
{
	const uint16_t port = addr_port(listener);
	const bool is_relay_port = port >= r->conf.port_min &&
		port <= r->conf.port_max;

	for (size_t i = 0; is_relay_port && i < r->conf.n_relays; i++) {
		add_port(r, &r->conf.relays[i].ip, port);
		add_port(r, &r->conf.relays[i].external, port);
	}

	for (size_t i = 0; i < r->net->n_own; i++) {
		if (is_for_peers(r, &r->net->own[i]))
			add_port(r, &r->net->own[i], port);
	}
	if (is_for_peers(r, listener))
		add_port(r, listener, port);
}


/* UDP and TCP often have one port. */
static bool is_repeated(const struct config_section *app, size_t n)
{
	struct addr listener = turn_app_listener(app, n);

	for (size_t i = 0; i < n; i++) {
		struct addr before = turn_app_listener(app, i);

		if (addr_eq(&before, &listener))
			return true;
	}

	return false;
}


/* Those of all applications: RTMP is no peer either. */
static void add_listeners(struct turn_app_reading *r)
{
	for (size_t i = 0; i < config_n(r->apps); i++) {
		const struct config_section *app = config_at(r->apps, i);

		for (size_t j = 0; j < turn_app_n_listeners(app); j++) {
			struct addr listener = turn_app_listener(app, j);

			if (!is_repeated(app, j))
				add_listener(r, &listener);
		}
	}
}


void turn_app_read_peers(struct turn_app_reading *r)
{
	const struct turn_peers_conf conf = {
		.profile = (enum turn_peers_profile)
			config_enum(r->section, "peers"),
		.port_min = (uint16_t)config_int(r->section, "peerPortMin"),
		.has_metadata = config_bool(r->section, "allowMetadata"),
	};

	if (conf.profile == TURN_PEERS_TEST && !turn_app_is_local(r->section))
		turn_app_fail(r, r->section, "peers", "with \"test\" clients "
			      "reach what listens on loopback only: all "
			      "acceptors must listen on 127.0.0.1 or ::1");

	r->conf.peers = mem_new_raw(sizeof(*r->conf.peers), NULL);
	if (!r->conf.peers) {
		r->err = -ENOMEM;
		return;
	}

	turn_peers_init(r->conf.peers, &conf);
	read_rules(r, "allowPeers", TURN_PEERS_ALLOW);
	read_rules(r, "denyPeers", TURN_PEERS_DENY);
	read_nat64(r);
	add_addresses(r);
	add_relays(r);
	add_listeners(r);
}
