/* Where peers reach allocations, and what clients are told of it. */
#include "turn_app.h"
#include "base/error.h"


enum { RELAY_PORT_MIN = 1024 };  /* RFC 8656 s7.2 */

static const char *const family_names[] = { "IPv4", "IPv6" };


static size_t family_index(const struct addr *addr)
{
	return addr->u.sa.sa_family == AF_INET6;
}


static bool is_unicast(const struct addr *addr)
{
	struct slice ip = addr_ip(addr);

	return !addr_is_any(addr) && ip.p[0] != 0xff &&
		(ip.len != sizeof(struct in_addr) || ip.p[0] < 0xe0);
}


/* The relay with this address, or NULL. */
static struct turn_relay_conf *find_relay(struct turn_app_reading *r,
					  const struct addr *ip)
{
	for (size_t i = 0; i < r->conf.n_relays; i++) {
		if (addr_eq(&r->conf.relays[i].ip, ip))
			return &r->conf.relays[i];
	}

	return NULL;
}


/* One more, told to clients as it is; NULL if there is no room. */
static struct turn_relay_conf *add_relay(struct turn_app_reading *r,
					 const struct addr *ip)
{
	struct turn_relay_conf *relay = find_relay(r, ip);

	if (relay || r->conf.n_relays == TURN_RELAYS_MAX)
		return relay;

	relay = &r->conf.relays[r->conf.n_relays++];
	relay->ip = *ip;
	addr_set_port(&relay->ip, 0);
	relay->external = relay->ip;

	return relay;
}


/* -- relays -- */

static bool is_usable(struct turn_app_reading *r,
		      const struct config_section *section,
		      const struct addr *ip)
{
	const char *text = config_str(section, "ip");

	if (!is_unicast(ip))
		turn_app_fail(r, section, "ip", "'%s' is not one address",
			      text);
	else if (find_relay(r, ip))
		turn_app_fail(r, section, "ip", "'%s' is there already",
			      text);
	else if (!turn_app_net_has(r->net, ip))
		turn_app_fail(r, section, "ip", "'%s' is no address of this "
			      "machine; that of a NAT is an externalAddress",
			      text);
	else
		return true;

	return false;
}


static void read_relay(struct turn_app_reading *r,
		       const struct config_section *section)
{
	struct turn_relay_conf *relay;
	struct addr ip, external;

	/* Their form was checked with the file. */
	if (addr_parse(&ip, str(config_str(section, "ip")), 0) ||
	    !is_usable(r, section, &ip))
		return;

	relay = add_relay(r, &ip);
	if (!relay) {
		turn_app_fail(r, section, NULL, "there are more than %d",
			      (int)TURN_RELAYS_MAX);
		return;
	}

	if (addr_parse(&external, str(config_str(section, "externalAddress")),
		       0))
		return;
	if (family_index(&ip) != family_index(&external))
		turn_app_fail(r, section, "externalAddress", "is of another "
			      "family than ip");
	else if (!is_unicast(&external))
		turn_app_fail(r, section, "externalAddress",
			      "is not one address");
	else
		relay->external = external;
}


/* -- without relays in the file -- */

/* The addresses of the listeners are also those of the relays; where they
 * are wildcards, the route out of here says which address is meant. */
static void add_listeners(struct turn_app_reading *r, size_t family,
			  bool is_local)
{
	bool has_one = false;

	for (size_t i = 0; i < turn_app_n_listeners(r->section); i++) {
		struct addr ip = turn_app_listener(r->section, i);

		addr_set_port(&ip, 0);
		if (family_index(&ip) == family && !addr_is_any(&ip) &&
		    turn_app_is_loopback(&ip) == is_local)
			has_one |= add_relay(r, &ip) != NULL;
	}

	if (!has_one && !is_local && r->net->route[family].u.sa.sa_family)
		add_relay(r, &r->net->route[family]);
}


/* Without a route, any address but those that lead nowhere. */
static void add_any(struct turn_app_reading *r)
{
	struct addr loopback;

	for (size_t i = 0; i < r->net->n_own && !r->conf.n_relays; i++) {
		const struct addr *own = &r->net->own[i];

		if (own->u.sa.sa_family == AF_INET &&
		    is_unicast(own) && !turn_app_is_loopback(own))
			add_relay(r, own);
	}
	if (r->conf.n_relays)
		return;

	addr_parse(&loopback, str("127.0.0.1"), 0);
	add_relay(r, &loopback);
	if (!r->is_quiet)
		log_warn(r, "this machine has no address but loopback, so "
			 "that relays reach only itself; set relays");
}


static void choose_relays(struct turn_app_reading *r)
{
	const bool is_local = turn_app_is_local(r->section);

	for (size_t family = 0; family < ARRAY_LEN(family_names); family++)
		add_listeners(r, family, is_local);
	if (!r->conf.n_relays)
		add_any(r);
}


/* -- what clients are told -- */

/* `external` is that of the one relay of its family. */
static void set_external(struct turn_app_reading *r, const char *text,
			 const struct addr *external)
{
	struct turn_relay_conf *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < r->conf.n_relays; i++) {
		if (family_index(&r->conf.relays[i].ip) ==
		    family_index(external)) {
			found = &r->conf.relays[i];
			++n;
		}
	}

	if (n == 1 && addr_eq(&found->ip, &found->external))
		found->external = *external;
	else if (n == 1)
		turn_app_fail(r, r->section, "externalAddress", "'%s': there "
			      "is one for %s already", text,
			      family_names[family_index(external)]);
	else
		turn_app_fail(r, r->section, "externalAddress", "'%s': there "
			      "is %s relay with %s%s", text,
			      n ? "more than one" : "no",
			      family_names[family_index(external)],
			      n ? "; give each its own in relays" : "");
}


static void read_external(struct turn_app_reading *r)
{
	size_t n = config_text_n(r->section, "externalAddress");
	struct addr external;

	for (size_t i = 0; i < n; i++) {
		const char *text = config_text_at(r->section,
						  "externalAddress", i);

		if (addr_parse(&external, str(text), 0) ||
		    !is_unicast(&external))
			turn_app_fail(r, r->section, "externalAddress",
				      "'%.200s' is no IPv4 or IPv6 address%s",
				      text, strchr(text, '/') ? "; with "
				      "several, each stands in relays" : "");
		else
			set_external(r, text, &external);
	}
}


static void read_ports(struct turn_app_reading *r)
{
	const struct config_section *s = r->section;

	r->conf.port_min = (uint16_t)config_int(s, "minPort");
	r->conf.port_max = (uint16_t)config_int(s, "maxPort");

	if (r->conf.port_min < RELAY_PORT_MIN)
		turn_app_fail(r, s, "minPort", "%u is below %d",
			      r->conf.port_min, (int)RELAY_PORT_MIN);
	if (r->conf.port_min > r->conf.port_max)
		turn_app_fail(r, s, config_has(s, "maxPort") ? "maxPort"
			      : "minPort", "minPort %u is above maxPort %u",
			      r->conf.port_min, r->conf.port_max);
}


void turn_app_read_relays(struct turn_app_reading *r)
{
	const struct config_section *relays =
		config_section(r->section, "relays");

	for (size_t i = 0; i < config_n(relays); i++)
		read_relay(r, config_at(relays, i));
	if (!config_n(relays))
		choose_relays(r);

	read_external(r);
	read_ports(r);
}
