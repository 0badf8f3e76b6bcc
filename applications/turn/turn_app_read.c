/* The application's section as a whole. */
#include <stdarg.h>
#include <stdio.h>
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "turn_app.h"


enum {
	ERROR_MAX = 500,
	STUN_PORT = 3478,
	SOFTWARE_MAX = 127,      /* characters, RFC 8489 s14.14 */
	DOMAIN_MAX = 255,        /* bytes, s14.16 */
};


void turn_app_fail(struct turn_app_reading *r,
		   const struct config_section *section, const char *key,
		   const char *fmt, ...)
{
	char text[ERROR_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);

	config_fail(section, key, "%s", text);
	r->is_wrong = true;
}


/* -- acceptors -- */

size_t turn_app_n_listeners(const struct config_section *app)
{
	return config_n(config_section(app, "acceptors"));
}


struct addr turn_app_listener(const struct config_section *app, size_t i)
{
	const struct config_section *acceptor =
		config_at(config_section(app, "acceptors"), i);
	struct addr addr;

	/* Its form was checked with the file. */
	addr_parse(&addr, str(config_str(acceptor, "ip")),
		   (uint16_t)config_int(acceptor, "port"));

	return addr;
}


bool turn_app_is_local(const struct config_section *app)
{
	size_t n = turn_app_n_listeners(app);

	for (size_t i = 0; i < n; i++) {
		struct addr addr = turn_app_listener(app, i);

		if (!turn_app_is_loopback(&addr))
			return false;
	}

	return n > 0;
}


/* -- RFC 5780 -- */

static bool has_listener(const struct turn_app_reading *r,
			 const struct addr *ip, uint16_t port)
{
	struct addr wanted = *ip;

	addr_set_port(&wanted, port);
	for (size_t i = 0; i < turn_app_n_listeners(r->section); i++) {
		struct addr addr = turn_app_listener(r->section, i);

		if (addr_eq(&addr, &wanted))
			return true;
	}

	return false;
}


/* Two addresses with the same two ports (RFC 5780 s3)? */
static bool has_square(const struct turn_app_reading *r)
{
	const size_t n = turn_app_n_listeners(r->section);

	for (size_t i = 0; i < n * n; i++) {
		struct addr a = turn_app_listener(r->section, i / n);
		struct addr b = turn_app_listener(r->section, i % n);
		struct addr a_there = a;

		addr_set_port(&a_there, addr_port(&b));
		if (a.u.sa.sa_family == b.u.sa.sa_family &&
		    addr_port(&a) != addr_port(&b) && !addr_eq(&a_there, &b)
		    && has_listener(r, &a, addr_port(&b)) &&
		    has_listener(r, &b, addr_port(&a)))
			return true;
	}

	return false;
}


/* -- where clients go while the server ends -- */

/* "192.0.2.1", "192.0.2.1:3478", "[2001:db8::1]:3478" */
static int parse_server(struct addr *addr, struct str text)
{
	int64_t port = STUN_PORT;
	struct str ip = text, digits = { 0 };
	const char *end;

	if (!addr_parse(addr, text, STUN_PORT))
		return 0;

	if (text.len && text.p[0] == '[') {
		end = memchr(text.p, ']', text.len);
		if (!end)
			return -EBADMSG;
		ip = str_n(text.p + 1, (size_t)(end - text.p - 1));
		digits = str_n(end + 1, text.len - ip.len - 2);
	}
	else {
		end = text.len ? memchr(text.p, ':', text.len) : NULL;
		if (!end)
			return -EBADMSG;
		ip = str_n(text.p, (size_t)(end - text.p));
		digits = str_n(end, text.len - ip.len);
	}

	if (digits.len && (digits.p[0] != ':' || digits.len < 2 ||
			   text_parse_int(str_n(digits.p + 1, digits.len - 1),
					  1, UINT16_MAX, &port)))
		return -EBADMSG;

	return addr_parse(addr, ip, (uint16_t)port);
}


static char *copy(struct turn_app_reading *r, const char *key)
{
	char *text = text_dup(str(config_str(r->section, key)));

	if (!text)
		r->err = -ENOMEM;

	return text;
}


static void read_texts(struct turn_app_reading *r)
{
	const struct config_section *s = r->section;
	const char *server = config_str(s, "alternateServer");

	if (config_has(s, "alternateServer") &&
	    parse_server(&r->conf.alternate, str(server)))
		turn_app_fail(r, s, "alternateServer", "'%.200s' is no "
			      "address with a port, such as 192.0.2.1:3478",
			      server);
	if (config_has(s, "alternateDomain") &&
	    !config_has(s, "alternateServer"))
		turn_app_fail(r, s, "alternateDomain",
			      "needs alternateServer too");
	if (strlen(config_str(s, "alternateDomain")) > DOMAIN_MAX)
		turn_app_fail(r, s, "alternateDomain",
			      "is longer than %d bytes", (int)DOMAIN_MAX);
	if (strlen(config_str(s, "software")) > SOFTWARE_MAX)
		turn_app_fail(r, s, "software", "is longer than %d bytes",
			      (int)SOFTWARE_MAX);

	r->conf.alternate_domain = copy(r, "alternateDomain");
	r->conf.software = copy(r, "software");
}


/* -- all -- */

static void read_limits(struct turn_app_reading *r)
{
	const struct config_section *s = r->section;

	r->conf.limits = (struct turn_limits){
		.allocations = (long)config_int(s, "maxAllocations"),
		.allocations_per_user =
			(long)config_int(s, "maxAllocationsPerUser"),
		.allocations_per_address =
			(long)config_int(s, "maxAllocationsPerAddress"),
		.permissions = (unsigned)config_int(s, "maxPermissions"),
		.channels = (unsigned)config_int(s, "maxChannels"),
		.connections = (unsigned)config_int(s, "maxTcpConnections"),
		.bytes_per_s = config_int(s, "bytesPerSecond"),
		.bytes_per_s_per_user =
			config_int(s, "bytesPerSecondPerUser"),
		.unauthenticated = (long)config_int(s, "maxUnauthenticated"),
		.unauthenticated_per_address =
			(long)config_int(s, "maxUnauthenticatedPerAddress"),
		.authenticate_ms = config_int(s, "authenticateTimeoutMs"),
		.replies_per_s = (unsigned)config_int(s, "repliesPerSecond"),
	};
}


static void read_features(struct turn_app_reading *r)
{
	const struct config_section *s = r->section;

	r->conf.lifetime_max_s = config_int(s, "maxLifetime");
	r->conf.has_tcp = config_bool(s, "tcpRelay");
	r->conf.has_mobility = config_bool(s, "mobility");
	r->conf.has_discovery = config_bool(s, "natDiscovery");
	r->conf.follows_listener = config_bool(s, "familyOfListener");
	r->conf.channel_max = config_bool(s, "rfc5766Channels")
				      ? TURN_CHANNEL_MAX_5766
				      : TURN_CHANNEL_MAX;
	r->conf.ends_at_expiry = config_bool(s, "strictExpiry");

	if (r->conf.has_discovery && !has_square(r))
		turn_app_fail(r, s, "natDiscovery", "needs four acceptors for "
			      "UDP: two addresses (no \"::\"), each with the "
			      "same two ports");
}


int turn_app_read(struct turn_app_reading *r)
{
	read_limits(r);
	read_features(r);
	read_texts(r);
	turn_app_read_relays(r);
	turn_app_read_peers(r);

	/* Last: a secret is made when nothing else is wrong. */
	turn_app_read_auth(r);
	if (!r->err && !r->is_wrong)
		return 0;

	turn_conf_fini(&r->conf);

	return r->err ? r->err : -EBADMSG;
}
