/* The keys of the application turn. */
#include "turn_app_keys.h"
#include "turn_app.h"

#define HOURS_S 3600
#define GIB (1024LL * 1024 * 1024)
#define MANY 10000000

/* The end of a table. */
#define END { .name = NULL }


static const struct config_key keys_user[] = {
	{ .name = "name", .type = CONFIG_STRING, .flags = CONFIG_REQUIRED,
	  .doc = "the user's name" },
	{ .name = "password", .type = CONFIG_STRING, .flags = CONFIG_SECRET,
	  .doc = "the password; or, instead of it, one or both keys" },
	{ .name = "key", .type = CONFIG_STRING, .flags = CONFIG_SECRET,
	  .doc = "MD5 of name:realm:password, 32 hexadecimal digits" },
	{ .name = "keySha256", .type = CONFIG_STRING, .flags = CONFIG_SECRET,
	  .doc = "SHA-256 of the same, 64 digits" },
	END
};

static const struct config_key keys_oauth[] = {
	{ .name = "kid", .type = CONFIG_STRING, .flags = CONFIG_REQUIRED,
	  .doc = "the key's name, which clients send as their user name" },
	{ .name = "algorithm", .type = CONFIG_ENUM, .def = "A256GCM",
	  .choices = "A256GCM A128GCM",
	  .doc = "how tokens are sealed" },
	{ .name = "key", .type = CONFIG_STRING,
	  .flags = CONFIG_REQUIRED | CONFIG_SECRET,
	  .doc = "the key, base64: 32 bytes or more, 16 for A128GCM" },
	END
};

static const struct config_key keys_relay[] = {
	{ .name = "ip", .type = CONFIG_IP, .flags = CONFIG_REQUIRED,
	  .doc = "address of this machine, from which peers are reached" },
	{ .name = "externalAddress", .type = CONFIG_IP,
	  .doc = "what a NAT makes of it, if there is one" },
	END
};

const struct config_key turn_app_keys[] = {
	/* Who may use it. */
	{ .name = "realm", .type = CONFIG_STRING, .def = TURN_APP_REALM,
	  .doc = "what user names belong to; part of stored keys" },
	{ .name = "users", .type = CONFIG_LIST, .items = keys_user,
	  .flags = CONFIG_LIVE,
	  .doc = "users with a name and a password, or its keys" },
	{ .name = "secret", .type = CONFIG_STRING, .flags = CONFIG_SECRET | CONFIG_LIVE,
	  .doc = "for time-limited users, shared with a web application" },
	{ .name = "secrets", .type = CONFIG_STRINGS, .flags = CONFIG_SECRET | CONFIG_LIVE,
	  .doc = "several of them: one takes the place of another" },
	{ .name = "secretFile", .type = CONFIG_PATH,
	  .flags = CONFIG_LIVE,
	  .doc = "file with a secret; made at the first start" },
	{ .name = "secretMaxLifetime", .type = CONFIG_DURATION, .unit = "s",
	  .def = "604800", .min = 0, .max = 10 * 8760LL * HOURS_S,
	  .flags = CONFIG_LIVE,
	  .doc = "no time-limited user may live longer; 0: no limit" },
	{ .name = "secretSeparator", .type = CONFIG_STRING, .def = ":",
	  .flags = CONFIG_LIVE,
	  .doc = "stands between the time and the user's name" },
	{ .name = "secretDigest", .type = CONFIG_ENUM, .def = "any",
	  .choices = "any sha256",
	  .flags = CONFIG_LIVE,
	  .doc = "of their passwords: SHA-1 as usual or SHA-256, or only it" },
	{ .name = "oauthKeys", .type = CONFIG_LIST, .items = keys_oauth,
	  .flags = CONFIG_LIVE,
	  .doc = "keys of access tokens (RFC 7635); needs serverName" },
	{ .name = "serverName", .type = CONFIG_STRING,
	  .doc = "this server's name: in URLs, and what tokens are for" },
	{ .name = "onCredentials", .type = CONFIG_HOOK,
	  .flags = CONFIG_LIVE,
	  .doc = "asked for the password of a user whom nothing else knows" },
	{ .name = "algorithms", .type = CONFIG_ENUM, .def = "any",
	  .choices = "any md5 sha256",
	  .flags = CONFIG_LIVE,
	  .doc = "of keys: those of RFC 8489, or only one" },
	{ .name = "anonymity", .type = CONFIG_BOOL, .def = "false",
	  .doc = "clients may hide user names; for static users alone" },
	{ .name = "nonceLifetime", .type = CONFIG_DURATION, .unit = "s",
	  .def = "600", .min = 1, .max = 24 * HOURS_S,
	  .flags = CONFIG_LIVE,
	  .doc = "how long a nonce is good" },
	{ .name = "strictExpiry", .type = CONFIG_BOOL, .def = "false",
	  .doc = "an allocation ends with its user's time" },

	/* Relay addresses. */
	{ .name = "relays", .type = CONFIG_LIST, .items = keys_relay,
	  .doc = "relay addresses; none: those of the listeners or routes" },
	{ .name = "externalAddress", .type = CONFIG_STRINGS,
	  .flags = CONFIG_OR_ONE,
	  .doc = "what NAT makes of the relays; one for each family" },
	{ .name = "minPort", .type = CONFIG_PORT, .def = "49152",
	  .doc = "first port of the relays" },
	{ .name = "maxPort", .type = CONFIG_PORT, .def = "65535",
	  .doc = "last port of the relays" },
	{ .name = "familyOfListener", .type = CONFIG_BOOL, .def = "false",
	  .doc = "who asks for no family gets its own, not IPv4" },
	{ .name = "rfc5766Channels", .type = CONFIG_BOOL, .def = "false",
	  .doc = "take channels 0x5000 to 0x7FFF too, for old clients" },
	{ .name = "maxLifetime", .type = CONFIG_DURATION, .unit = "s",
	  .def = "3600", .min = 600, .max = 24 * HOURS_S,
	  .doc = "longest life of an allocation between refreshes" },

	/* Peers. */
	{ .name = "peers", .type = CONFIG_ENUM, .def = "public",
	  .choices = "public lan test",
	  .flags = CONFIG_LIVE,
	  .doc = "who can be reached: with lan private networks too" },
	{ .name = "allowPeers", .type = CONFIG_STRINGS,
	  .flags = CONFIG_OR_ONE | CONFIG_LIVE,
	  .doc = "networks and ports that may be reached" },
	{ .name = "denyPeers", .type = CONFIG_STRINGS,
	  .flags = CONFIG_OR_ONE | CONFIG_LIVE,
	  .doc = "networks and ports that may not" },
	{ .name = "nat64", .type = CONFIG_STRINGS, .flags = CONFIG_OR_ONE | CONFIG_LIVE,
	  .doc = "NAT64 prefixes of this network" },
	{ .name = "peerPortMin", .type = CONFIG_PORT, .def = "1024",
	  .flags = CONFIG_LIVE,
	  .doc = "lower ports of peers need a rule that names them" },
	{ .name = "allowMetadata", .type = CONFIG_BOOL, .def = "false",
	  .flags = CONFIG_LIVE,
	  .doc = "allowPeers may open metadata services of clouds" },

	/* Extensions. */
	{ .name = "tcpRelay", .type = CONFIG_BOOL, .def = "false",
	  .doc = "relay TCP to peers (RFC 6062)" },
	{ .name = "mobility", .type = CONFIG_BOOL, .def = "false",
	  .doc = "clients may change their address (RFC 8016)" },
	{ .name = "natDiscovery", .type = CONFIG_BOOL, .def = "false",
	  .doc = "NAT behaviour discovery (RFC 5780); two addresses" },
	{ .name = "alternateServer", .type = CONFIG_STRING,
	  .doc = "address:port where clients are sent when this one ends" },
	{ .name = "alternateDomain", .type = CONFIG_STRING,
	  .doc = "the name in that server's certificate" },
	{ .name = "software", .type = CONFIG_STRING,
	  .doc = "told to clients; nothing if not set" },

	/* Limits. */
	{ .name = "maxAllocations", .type = CONFIG_INT,
	  .unit = "allocations", .def = "10000", .min = 0, .max = MANY,
	  .doc = "in all; 0 here and below: no limit" },
	{ .name = "maxAllocationsPerUser", .type = CONFIG_INT,
	  .unit = "allocations", .def = "16", .min = 0, .max = MANY,
	  .doc = "of one user; and as many ports reserved (EVEN-PORT)" },
	{ .name = "maxAllocationsPerAddress", .type = CONFIG_INT,
	  .unit = "allocations", .def = "64", .min = 0, .max = MANY,
	  .doc = "from one address (IPv6: /64)" },
	{ .name = "maxPermissions", .type = CONFIG_INT,
	  .unit = "permissions", .def = "64", .min = 1, .max = 10000,
	  .doc = "of one allocation" },
	{ .name = "maxChannels", .type = CONFIG_INT, .unit = "channels",
	  .def = "64", .min = 1, .max = 4096,
	  .doc = "of one allocation" },
	{ .name = "maxTcpConnections", .type = CONFIG_INT,
	  .unit = "connections", .def = "16", .min = 1, .max = 10000,
	  .doc = "to and from peers of one allocation (tcpRelay)" },
	{ .name = "bytesPerSecond", .type = CONFIG_SIZE, .unit = "bytes",
	  .def = "4M", .min = 0, .max = 1024 * GIB,
	  .doc = "through one allocation, both ways together" },
	{ .name = "bytesPerSecondPerUser", .type = CONFIG_SIZE,
	  .unit = "bytes", .def = "16M", .min = 0, .max = 1024 * GIB,
	  .doc = "through all allocations of a user" },
	{ .name = "maxUnauthenticated", .type = CONFIG_INT,
	  .unit = "connections", .def = "1000", .min = 0, .max = MANY,
	  .doc = "TCP, TLS and DTLS, whose user is not known yet" },
	{ .name = "maxUnauthenticatedPerAddress", .type = CONFIG_INT,
	  .unit = "connections", .def = "64", .min = 0, .max = MANY,
	  .doc = "the same from one address" },
	{ .name = "authenticateTimeoutMs", .type = CONFIG_DURATION,
	  .unit = "ms", .def = "5000", .min = 100, .max = HOURS_S * 1000,
	  .doc = "the time they have for it" },
	{ .name = "repliesPerSecond", .type = CONFIG_INT,
	  .unit = "replies", .def = "50", .min = 0, .max = MANY,
	  .doc = "to one address whose user is not known" },
	END
};
