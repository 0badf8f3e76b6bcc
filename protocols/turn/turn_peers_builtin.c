/* The rules that are shipped: the registries of special addresses (RFC 6890)
 * of IANA, the metadata services of clouds, and the disguises of IPv4. */
#include "turn/turn_peers_int.h"

enum row_flags {
	LAN     = 1 << 0,        /* allowed by profiles lan and test */
	TEST    = 1 << 1,        /* allowed by profile test */
	FIXED   = 1 << 2,        /* nothing opens it */
	META    = 1 << 3,        /* fixed, unless rules may open these */
	NAT64   = 1 << 4,
	GUESS   = 1 << 5,        /* NAT64 of unknown length */
};

static const struct {
	const char *net;
	const char *name;
	unsigned flags;
} rows[] = {
	{ "0.0.0.0", "unspecified", FIXED },
	{ "0.0.0.0/8", "this network", 0 },
	{ "10.0.0.0/8", "private", LAN },
	{ "100.64.0.0/10", "carrier NAT", 0 },
	{ "100.100.100.200", "metadata", META },         /* Alibaba */
	{ "127.0.0.0/8", "loopback", TEST },
	{ "168.63.129.16", "metadata", META },           /* Azure */
	{ "169.254.0.0/16", "link-local", 0 },
	{ "169.254.169.253", "metadata", META },         /* AWS: DNS */
	{ "169.254.169.254", "metadata", META },         /* nearly all */
	{ "169.254.170.2", "metadata", META },           /* AWS: ECS */
	{ "169.254.170.23", "metadata", META },          /* AWS: EKS */
	{ "172.16.0.0/12", "private", LAN },
	{ "192.0.0.0/24", "protocol assignments", 0 },
	{ "192.0.0.192", "metadata", META },             /* Oracle */
	{ "192.0.2.0/24", "documentation", 0 },
	{ "192.88.99.0/24", "6to4 relay", 0 },
	{ "192.168.0.0/16", "private", LAN },
	{ "198.18.0.0/15", "benchmarking", 0 },
	{ "198.51.100.0/24", "documentation", 0 },
	{ "203.0.113.0/24", "documentation", 0 },
	{ "224.0.0.0/4", "multicast", FIXED },
	{ "240.0.0.0/4", "reserved", 0 },
	{ "255.255.255.255", "broadcast", FIXED },

	/* Unicast is 2000::/3; the rest, whatever it will be, is not. */
	{ "::/3", "reserved", 0 },
	{ "4000::/2", "reserved", 0 },
	{ "8000::/2", "reserved", 0 },
	{ "c000::/3", "reserved", 0 },
	{ "e000::/4", "reserved", 0 },
	{ "f000::/5", "reserved", 0 },
	{ "f800::/6", "reserved", 0 },
	{ "fe00::/7", "reserved", 0 },
	{ "::", "unspecified", FIXED },
	{ "::1", "loopback", TEST },
	{ "::/96", "IPv4-compatible", 0 },
	{ "::ffff:0:0/96", "IPv4-mapped", FIXED },
	{ "::ffff:0:0:0/96", "IPv4-translated", 0 },
	{ "64:ff9b::/96", "NAT64", NAT64 },
	{ "64:ff9b:1::/48", "NAT64", NAT64 | GUESS },
	{ "100::/64", "discard", 0 },
	{ "2001::/23", "protocol assignments", 0 },
	{ "2001::/32", "Teredo", 0 },
	{ "2001:db8::/32", "documentation", 0 },
	{ "2002::/16", "6to4", 0 },
	{ "3fff::/20", "documentation", 0 },
	{ "5f00::/16", "segment routing", 0 },
	{ "fc00::/7", "private", LAN },
	{ "fd00:ec2::/64", "metadata", META },           /* AWS */
	{ "fd20:ce::254", "metadata", META },            /* Google */
	{ "fe80::/10", "link-local", 0 },
	{ "fec0::/10", "site-local", 0 },
	{ "ff00::/8", "multicast", FIXED },
};

/* Any prefix, then 0:5efe or 200:5efe and an IPv4 address: as narrow as a
 * prefix that leaves 32 bits, so that opening a site does not open these. */
static const struct turn_peers_rule isatap = {
	.net = { 0, 0x00005efe00000000 },
	.mask = { 0, 0xfcffffff00000000 },
	.name = "ISATAP",
	.port_to = UINT16_MAX,
	.bits = 96,
	.family = TURN_PEERS_V6,
	.action = TURN_PEERS_DENY,
	.is_built_in = true,
};


static bool is_allowed(unsigned flags, enum turn_peers_profile profile)
{
	return (flags & LAN && profile != TURN_PEERS_PUBLIC) ||
	       (flags & TEST && profile == TURN_PEERS_TEST);
}


int turn_peers_add_builtin(struct turn_peers *peers,
			   const struct turn_peers_conf *conf)
{
	const char *why;
	int err = turn_peers_insert(peers, &isatap);

	for (size_t i = 0; i < ARRAY_LEN(rows) && !err; i++) {
		unsigned flags = rows[i].flags;
		struct turn_peers_rule rule;

		err = turn_peers_rule_parse(&rule, str(rows[i].net), &why);
		if (err)
			break;

		rule.name = rows[i].name;
		rule.is_built_in = true;
		rule.is_fixed = flags & FIXED ||
				(flags & META && !conf->has_metadata);
		if (is_allowed(flags, conf->profile)) {
			rule.action = TURN_PEERS_ALLOW;
			rule.port_from = peers->port_min;
		}

		err = turn_peers_insert(peers, &rule);
		if (flags & NAT64 && !err)
			err = turn_peers_insert_nat64(peers, &rule,
						      flags & GUESS);
	}

	return err;
}
