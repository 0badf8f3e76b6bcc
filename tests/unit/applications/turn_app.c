/* The application turn: what becomes of its keys, and each fault. */
#include "applications/turn/turn_app.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "applications/turn/turn_app_keys.h"
#include "base/clock.h"
#include "host/config_doc.h"
#include "host/lua_source.h"
#include "host/secret_file.h"
#include "stun/stun_key.h"
#include "test.h"

#define WILD "acceptors = { { port = 3478, protocol = 'inboundTurn' } }, "
#define LOCAL "acceptors = { { ip = '127.0.0.1', port = 3478, " \
	"protocol = 'inboundTurn' } }, "
#define SECRET "secret = 'a long and random text', "
#define MD5 "0123456789abcdef0123456789ABCDEF"

struct fixture {
	struct lua_source *source;
	struct config *config;
	struct turn_app_net net;
	struct turn_app_reading r;
	char text[2048];
};


static int no_answer(void *arg, const struct turn_auth_question *question,
		     struct turn_auth_answer *answer)
{
	(void)arg;
	(void)question;
	(void)answer;

	return -ENOENT;
}


static struct addr ip(const char *text)
{
	struct addr addr;

	memset(&addr, 0, sizeof(addr));
	addr_parse(&addr, str(text), 0);

	return addr;
}


/* A machine with a private address, IPv6, and their loopbacks. */
static void net_init(struct turn_app_net *net)
{
	static const char *const own[] = { "127.0.0.1", "::1", "10.0.0.5",
		"10.0.0.255", "2001:db8:5::5", "fe80::5" };

	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		net->own[net->n_own++] = ip(own[i]);
	net->route[0] = ip("10.0.0.5");
	net->route[1] = ip("2001:db8:5::5");
}


static void fixture_fini(struct fixture *f)
{
	turn_conf_fini(&f->r.conf);
	f->config = config_free(f->config);
	f->source = lua_source_unref(f->source);
}


/* Load the section `keys`; 0, -EBADMSG and errors, or -ENOMEM. */
static int load(struct fixture *f, const char *keys)
{
	const struct config_section *apps;
	int err, failed;

	snprintf(f->text, sizeof(f->text), "configuration = { applications = "
		 "{ { name = 'turn', %s } } }\n", keys);
	err = lua_source_new_text(&f->source, "/conf/", "t.lua",
				  str(f->text));
	if (!err)
		err = config_load(&f->config, f->source);
	if (err)
		return err;

	apps = config_section(config_top(f->config), "applications");
	f->r.section = config_at(apps, 0);
	f->r.apps = apps;
	f->r.net = &f->net;
	f->r.ask = no_answer;
	f->r.is_quiet = true;
	failed = config_extend(f->r.section, turn_app_keys);
	if (failed && failed != -EBADMSG)
		return failed;
	err = turn_app_read(&f->r);

	return failed ? failed : err;
}


static int read_keys(struct fixture *f, const char *keys)
{
	memset(f, 0, sizeof(*f));
	net_init(&f->net);

	return load(f, keys);
}


/* The verdict on a peer as text: "deny", "allow", "hairpin". */
static const char *verdict(const struct fixture *f, const char *peer,
			   uint16_t port)
{
	static const char *const names[] = { "deny", "allow", "hairpin" };
	struct addr addr = ip(peer);

	addr_set_port(&addr, port);

	return names[turn_peers_check(f->r.conf.peers, &addr)->action];
}


static bool is_relay(const struct fixture *f, size_t i, const char *own,
		     const char *external)
{
	const struct turn_relay_conf *relay = &f->r.conf.relays[i];
	struct addr a = ip(own), b = ip(external);

	return i < f->r.conf.n_relays && addr_eq(&a, &relay->ip) &&
		addr_eq(&b, &relay->external);
}


TEST(turn_app_defaults)
{
	const struct turn_limits *limits;
	struct fixture f;
	int err;

	TEST_ERR(read_keys(&f, WILD SECRET));
	limits = &f.r.conf.limits;
	TEST_EQ(10000, limits->allocations);
	TEST_EQ(16, limits->allocations_per_user);
	TEST_EQ(64, limits->allocations_per_address);
	TEST_EQ(64, limits->permissions);
	TEST_EQ(64, limits->channels);
	TEST_EQ(4 << 20, limits->bytes_per_s);
	TEST_EQ(16 << 20, limits->bytes_per_s_per_user);
	TEST_EQ(1000, limits->unauthenticated);
	TEST_EQ(64, limits->unauthenticated_per_address);
	TEST_EQ(5000, limits->authenticate_ms);
	TEST_EQ(50, limits->replies_per_s);
	TEST_EQ(3600, f.r.conf.lifetime_max_s);
	TEST_EQ(49152, f.r.conf.port_min);
	TEST_EQ(65535, f.r.conf.port_max);
	TEST_OK(!f.r.conf.has_tcp && !f.r.conf.has_mobility);
	TEST_OK(!f.r.conf.has_discovery && !f.r.conf.follows_listener);
	TEST_OK(!f.r.conf.ends_at_expiry);
	TEST_OK(!f.r.conf.software[0] && !f.r.conf.alternate_domain[0]);
	TEST_OK(!f.r.conf.alternate.u.sa.sa_family);
	TEST_OK(turn_auth_lets_in(f.r.conf.auth));
 out:
	fixture_fini(&f);
	return err;
}


TEST(turn_app_values)
{
	struct addr alternate = ip("2001:db8::1");
	struct fixture f;
	int err;

	TEST_ERR(read_keys(&f, WILD SECRET
		"minPort = 50000, maxPort = 50010, familyOfListener = true, "
		"maxLifetime = '2h', tcpRelay = true, mobility = true, "
		"strictExpiry = true, maxAllocations = 7, "
		"maxTcpConnections = 3, bytesPerSecond = '1M', "
		"alternateServer = '[2001:db8::1]:5349', "
		"alternateDomain = 'turn.example.org', software = 'x'"));
	TEST_EQ(50000, f.r.conf.port_min);
	TEST_EQ(50010, f.r.conf.port_max);
	TEST_EQ(7200, f.r.conf.lifetime_max_s);
	TEST_OK(f.r.conf.has_tcp && f.r.conf.has_mobility);
	TEST_OK(f.r.conf.follows_listener && f.r.conf.ends_at_expiry);
	TEST_EQ(7, f.r.conf.limits.allocations);
	TEST_EQ(3, f.r.conf.limits.connections);
	TEST_EQ(1 << 20, f.r.conf.limits.bytes_per_s);
	addr_set_port(&alternate, 5349);
	TEST_OK(addr_eq(&alternate, &f.r.conf.alternate));
	TEST_OK(!strcmp("turn.example.org", f.r.conf.alternate_domain));
	TEST_OK(!strcmp("x", f.r.conf.software));
 out:
	fixture_fini(&f);
	return err;
}


/* Which relays there are, without or with relays and externalAddress. */
TEST(turn_app_relays)
{
	static const struct {
		const char *keys;
		const char *relays[3][2];
	} cases[] = {
		{ WILD, { { "10.0.0.5", "10.0.0.5" },
			  { "2001:db8:5::5", "2001:db8:5::5" } } },
		{ WILD "externalAddress = '203.0.113.1'",
		  { { "10.0.0.5", "203.0.113.1" },
		    { "2001:db8:5::5", "2001:db8:5::5" } } },
		{ WILD "externalAddress = { '2001:db8::9', '203.0.113.1' }",
		  { { "10.0.0.5", "203.0.113.1" },
		    { "2001:db8:5::5", "2001:db8::9" } } },
		{ LOCAL, { { "127.0.0.1", "127.0.0.1" } } },
		{ "acceptors = { { ip = '127.0.0.1', port = 1, protocol = "
		  "'inboundTurn' }, { ip = '::1', port = 1, protocol = "
		  "'inboundTurn' } }, ",
		  { { "127.0.0.1", "127.0.0.1" }, { "::1", "::1" } } },
		{ "acceptors = { { ip = '192.0.2.7', port = 1, protocol = "
		  "'inboundTurn' }, { ip = '127.0.0.1', port = 1, protocol = "
		  "'inboundTurn' } }, ",
		  { { "192.0.2.7", "192.0.2.7" },
		    { "2001:db8:5::5", "2001:db8:5::5" } } },
		{ WILD "relays = { { ip = '10.0.0.5', externalAddress = "
		  "'203.0.113.1' }, { ip = '127.0.0.1' } }",
		  { { "10.0.0.5", "203.0.113.1" },
		    { "127.0.0.1", "127.0.0.1" } } },
	};
	struct fixture f = { .source = NULL };
	size_t n_cases = test_is_starved() ? 1 : ARRAY_LEN(cases), n;
	char keys[1000];
	int err = 0;

	for (size_t i = 0; i < n_cases; i++) {
		snprintf(keys, sizeof(keys), SECRET "%s", cases[i].keys);
		TEST_ERR(read_keys(&f, keys));
		for (n = 0; cases[i].relays[n][0]; n++)
			TEST_OK(is_relay(&f, n, cases[i].relays[n][0],
					 cases[i].relays[n][1]));
		TEST_EQ(n, f.r.conf.n_relays);
		fixture_fini(&f);
	}
 out:
	fixture_fini(&f);
	return err;
}


/* Without a route: an address that is there; without any: loopback. */
TEST(turn_app_offline)
{
	struct fixture f;
	int err;

	memset(&f, 0, sizeof(f));
	f.net.own[f.net.n_own++] = ip("127.0.0.1");
	f.net.own[f.net.n_own++] = ip("192.168.7.7");
	TEST_ERR(load(&f, WILD SECRET));
	TEST_EQ(1, f.r.conf.n_relays);
	TEST_OK(is_relay(&f, 0, "192.168.7.7", "192.168.7.7"));

	fixture_fini(&f);
	memset(&f, 0, sizeof(f));
	TEST_ERR(load(&f, WILD SECRET));
	TEST_EQ(1, f.r.conf.n_relays);
	TEST_OK(is_relay(&f, 0, "127.0.0.1", "127.0.0.1"));
 out:
	fixture_fini(&f);
	return err;
}


TEST(turn_app_peers)
{
	struct fixture f;
	int err;

	TEST_ERR(read_keys(&f, SECRET "minPort = 3000, maxPort = 50000, "
		"acceptors = { { port = 3478, protocol = 'inboundTurn' }, "
		"{ port = 60000, protocol = 'inboundTurn' } }, "
		"externalAddress = '198.41.0.1', "
		"allowPeers = { '10.1.0.0/16', '*:443' }, "
		"denyPeers = '198.41.7.0/24', nat64 = '2001:4860::/96'"));

	TEST_OK(!strcmp("allow", verdict(&f, "198.41.0.4", 5000)));
	TEST_OK(!strcmp("deny", verdict(&f, "198.41.7.4", 5000)));
	TEST_OK(!strcmp("allow", verdict(&f, "198.41.0.4", 443)));
	TEST_OK(!strcmp("deny", verdict(&f, "198.41.0.4", 80)));
	TEST_OK(!strcmp("allow", verdict(&f, "10.1.2.3", 5000)));
	TEST_OK(!strcmp("deny", verdict(&f, "10.2.2.3", 5000)));
	TEST_OK(!strcmp("deny", verdict(&f, "127.0.0.1", 5000)));
	TEST_OK(!strcmp("deny", verdict(&f, "2001:4860::a01:203", 5000)));

	/* Our own: relay ports, but none that is a listener's. */
	TEST_OK(!strcmp("hairpin", verdict(&f, "10.0.0.5", 3000)));
	TEST_OK(!strcmp("hairpin", verdict(&f, "198.41.0.1", 50000)));
	TEST_OK(!strcmp("hairpin", verdict(&f, "2001:db8:5::5", 4000)));
	TEST_OK(!strcmp("deny", verdict(&f, "10.0.0.5", 3478)));
	TEST_OK(!strcmp("deny", verdict(&f, "198.41.0.1", 3478)));
	TEST_OK(!strcmp("deny", verdict(&f, "2001:db8:5::5", 3478)));
	TEST_OK(!strcmp("deny", verdict(&f, "198.41.0.1", 60000)));
	TEST_OK(!strcmp("deny", verdict(&f, "198.41.0.1", 2999)));
	TEST_OK(!strcmp("deny", verdict(&f, "10.0.0.255", 4000)));
 out:
	fixture_fini(&f);
	return err;
}


/* A host of containers: more private addresses than rules have room for. */
TEST(turn_app_many_addresses)
{
	struct fixture f;
	char text[32];
	int err;

	memset(&f, 0, sizeof(f));
	net_init(&f.net);
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "10.7.%d.%d", i / 250, i % 250);
		f.net.own[f.net.n_own++] = ip(text);
	}
	f.net.own[f.net.n_own++] = ip("198.41.3.3");
	TEST_ERR(load(&f, WILD SECRET "allowPeers = '10.7.0.0/28'"));
	TEST_OK(!strcmp("deny", verdict(&f, "10.7.0.3", 5000)));
	TEST_OK(!strcmp("deny", verdict(&f, "10.7.3.3", 5000)));
	TEST_OK(!strcmp("deny", verdict(&f, "198.41.3.3", 5000)));
	TEST_OK(!strcmp("allow", verdict(&f, "198.41.3.4", 5000)));
 out:
	fixture_fini(&f);
	return err;
}


/* In the profile test, loopback is for peers, but for what listens there. */
TEST(turn_app_peers_test)
{
	struct fixture f;
	int err;

	TEST_ERR(read_keys(&f, LOCAL SECRET "peers = 'test', "
			   "minPort = 50000, maxPort = 50100"));
	TEST_OK(!strcmp("allow", verdict(&f, "127.0.0.1", 5000)));
	TEST_OK(!strcmp("allow", verdict(&f, "::1", 5000)));
	TEST_OK(!strcmp("deny", verdict(&f, "127.0.0.1", 3478)));
	TEST_OK(!strcmp("deny", verdict(&f, "::1", 3478)));
	TEST_OK(!strcmp("hairpin", verdict(&f, "127.0.0.1", 50000)));
	TEST_OK(!strcmp("allow", verdict(&f, "10.9.9.9", 5000)));
	TEST_OK(!strcmp("deny", verdict(&f, "10.0.0.5", 5000)));

	fixture_fini(&f);
	TEST_ERR(read_keys(&f, WILD SECRET "peers = 'lan'"));
	TEST_OK(!strcmp("allow", verdict(&f, "10.9.9.9", 5000)));
	TEST_OK(!strcmp("deny", verdict(&f, "10.0.0.5", 5000)));
	TEST_OK(!strcmp("deny", verdict(&f, "127.0.0.1", 5000)));
 out:
	fixture_fini(&f);
	return err;
}


#define BAD "applications[1]"

/* Keys beside an acceptor, and what is told about them. */
static const struct fault {
	const char *keys, *error;
} faults[] = {
	{ WILD, BAD ": nobody could use it: set secretFile, secret, users, "
		"oauthKeys or onCredentials (env() of a variable that is not "
		"set is nothing)" },
	{ WILD "users = {}", BAD ": nobody could use it: set secretFile, "
		"secret, users, oauthKeys or onCredentials (env() of a "
		"variable that is not set is nothing)" },
	{ WILD "secrets = { '' }", BAD ".secrets: is empty" },
	{ WILD SECRET "realm = ''", BAD ".realm: must be of 1 to 127 bytes, "
		"without control characters" },
	{ WILD "users = { { password = 'x' } }",
	  BAD ".users[1].name: must be set" },
	{ WILD "users = { { name = 'a' } }", BAD ".users[1]: needs a password "
		"(env() of a variable that is not set is none), or key or "
		"keySha256" },
	{ WILD "realm = 'r', users = { { name = 'a', password = 'x', key = '"
	  MD5 "' } }", BAD ".users[1].password: is one too many: the user has "
		"a key" },
	{ WILD "realm = 'r', users = { { name = 'a', key = 'abc' } }",
	  BAD ".users[1].key: must be 32 hexadecimal digits" },
	{ WILD "realm = 'r', users = { { name = 'a', keySha256 = '" MD5
	  "' } }", BAD ".users[1].keySha256: must be 64 hexadecimal digits" },
	{ WILD "users = { { name = 'a', key = '" MD5 "' } }",
	  BAD ".realm: must be set: the keys of users are made with it" },
	{ WILD "realm = 'r', algorithms = 'sha256', users = { { name = 'a', "
	  "key = '" MD5 "' } }", BAD ".users[1].key: is of no use without "
		"keySha256: algorithms is \"sha256\"" },
	{ WILD "users = { { name = 'a', password = '\\7' } }",
	  BAD ".users[1]: its name or password is empty, or has characters "
		"that neither may have" },
	{ WILD "users = { { name = 'a', password = 'x' }, { name = 'a', "
	  "password = 'y' } }", BAD ".users[2].name: 'a' is there already" },
	{ WILD SECRET "secretSeparator = '12'", BAD ".secretSeparator: must "
		"be one character that is no letter or digit" },
	{ WILD "oauthKeys = { { kid = 'k', key = '"
	  "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=' } }",
	  BAD ".serverName: must be set: tokens are sealed for a server's "
		"name" },
	{ WILD "serverName = 's', oauthKeys = { { kid = 'k', key = 'MDEy' } }",
	  BAD ".oauthKeys[1].key: must be base64 of 32 bytes (A128GCM: 16) or "
		"more, and kid not empty" },
	{ WILD SECRET "anonymity = true", BAD ".anonymity: only users with a "
		"name in users can hide it: set no secrets, oauthKeys or "
		"onCredentials" },
	{ WILD SECRET "relays = { { ip = '192.0.2.9' } }",
	  BAD ".relays[1].ip: '192.0.2.9' is no address of this machine; that "
		"of a NAT is an externalAddress" },
	{ WILD SECRET "relays = { { ip = '::' } }",
	  BAD ".relays[1].ip: '::' is not one address" },
	{ WILD SECRET "relays = { { ip = '10.0.0.5' }, { ip = '10.0.0.5' } }",
	  BAD ".relays[2].ip: '10.0.0.5' is there already" },
	{ WILD SECRET "relays = { { ip = '10.0.0.5', externalAddress = "
	  "'2001:db8::1' } }",
	  BAD ".relays[1].externalAddress: is of another family than ip" },
	{ WILD SECRET "externalAddress = 'example.org'",
	  BAD ".externalAddress: 'example.org' is no IPv4 or IPv6 address" },
	{ WILD SECRET "relays = { { ip = '10.0.0.5' } }, externalAddress = "
	  "'2001:db8::1'", BAD ".externalAddress: '2001:db8::1': there is no "
		"relay with IPv6" },
	{ WILD SECRET "relays = { { ip = '10.0.0.5' }, { ip = '127.0.0.1' } "
	  "}, externalAddress = '203.0.113.1'",
	  BAD ".externalAddress: '203.0.113.1': there is more than one relay "
		"with IPv4; give each its own in relays" },
	{ WILD SECRET "externalAddress = { '203.0.113.1', '203.0.113.2' }",
	  BAD ".externalAddress: '203.0.113.2': there is one for IPv4 "
		"already" },
	{ WILD SECRET "minPort = 1000", BAD ".minPort: 1000 is below 1024" },
	{ WILD SECRET "minPort = 6000, maxPort = 5000",
	  BAD ".maxPort: minPort 6000 is above maxPort 5000" },
	{ WILD SECRET "peers = 'test'", BAD ".peers: with \"test\" clients "
		"reach what listens on loopback only: all acceptors must "
		"listen on 127.0.0.1 or ::1" },
	{ WILD SECRET "allowPeers = '10.0.0.1/8'", BAD ".allowPeers: "
		"'10.0.0.1/8': the address has bits beyond the length of its "
		"prefix" },
	{ WILD SECRET "allowPeers = '169.254.169.254'", BAD ".allowPeers: "
		"'169.254.169.254': nothing opens this network "
		"(allowMetadata: metadata services)" },
	{ WILD SECRET "nat64 = '2001:db8::/33'", BAD ".nat64: "
		"'2001:db8::/33' is no NAT64 prefix: IPv6 of 32, 40, 48, 56, "
		"64 or 96 bits" },
	{ WILD SECRET "alternateServer = 'example.org'", BAD
		".alternateServer: 'example.org' is no address with a port, "
		"such as 192.0.2.1:3478" },
	{ WILD SECRET "alternateServer = '192.0.2.1:'", BAD
		".alternateServer: '192.0.2.1:' is no address with a port, "
		"such as 192.0.2.1:3478" },
	{ WILD SECRET "alternateDomain = 'x'",
	  BAD ".alternateDomain: needs alternateServer too" },
	{ WILD SECRET "natDiscovery = true", BAD ".natDiscovery: needs four "
		"acceptors for UDP: two addresses (no \"::\"), each with the "
		"same two ports" },
	{ WILD "secretFile = '/nowhere/at/all'", BAD ".secretFile: cannot "
		"make or read '/nowhere/at/all': not found; make its folder" },
	{ WILD SECRET "maxLifetime = 10",
	  BAD ".maxLifetime: 10 is not within 600..86400 s" },
};


TEST(turn_app_faults)
{
	size_t n = test_is_starved() ? 1 : ARRAY_LEN(faults);
	struct fixture f = { .source = NULL };
	char want[500];
	int err = 0;

	for (size_t i = 0; i < n; i++) {
		TEST_ERRNO(-EBADMSG, read_keys(&f, faults[i].keys));
		snprintf(want, sizeof(want), "t.lua:1: %s", faults[i].error);
		if (strcmp(want, config_error(f.config, 0)))
			TEST_FAIL("want %s\ngot %s", want,
				  config_error(f.config, 0));
		if (config_n_errors(f.config) > 1)
			TEST_FAIL("%s: also %s", faults[i].keys,
				  config_error(f.config, 1));
		fixture_fini(&f);
	}
 out:
	fixture_fini(&f);
	return err;
}


/* One reading tells all faults. */
TEST(turn_app_all_faults)
{
	struct fixture f;
	int err;

	TEST_ERRNO(-EBADMSG, read_keys(&f, WILD "realm = '', minPort = 1, "
		"users = { { name = 'a' } }, allowPeers = 'x', "
		"externalAddress = 'y', maxLifetime = 1, software = 7"));
	TEST_EXPECT(config_n_errors(f.config) == 7);
 out:
	fixture_fini(&f);
	return err;
}


TEST(turn_app_square)
{
	struct fixture f;
	int err;

#define AT(ip, port) "{ ip = '" ip "', port = " port \
	", protocol = 'inboundTurn' }, "
	TEST_ERR(read_keys(&f, SECRET "natDiscovery = true, acceptors = { "
		AT("192.0.2.1", "3478") AT("192.0.2.1", "3479")
		AT("192.0.2.2", "3478") AT("192.0.2.2", "3479") "}"));
	TEST_OK(f.r.conf.has_discovery);

	fixture_fini(&f);
	TEST_ERRNO(-EBADMSG, read_keys(&f, SECRET "natDiscovery = true, "
		"acceptors = { " AT("192.0.2.1", "3478")
		AT("192.0.2.1", "3479") AT("192.0.2.2", "3478") "}"));
#undef AT
 out:
	fixture_fini(&f);
	return err;
}


/* Made once, for its owner alone, and never in a check. */
TEST(turn_app_secret_file)
{
	char path[] = "/tmp/sluice-turn-XXXXXX", keys[200];
	char first[SECRET_FILE_MAX], again[sizeof(first)];
	struct fixture f;
	struct stat st;
	int err, len;

	memset(&f, 0, sizeof(f));
	TEST_OK(mkdtemp(path));
	snprintf(keys, sizeof(keys), WILD "secretFile = '%s/secret'", path);
	net_init(&f.net);
	f.r.is_check = true;
	TEST_ERR(load(&f, keys));
	snprintf(keys, sizeof(keys), "%s/secret", path);
	TEST_OK(access(keys, F_OK));

	fixture_fini(&f);
	snprintf(keys, sizeof(keys), WILD "secretFile = '%s/secret'", path);
	TEST_ERR(read_keys(&f, keys));
	TEST_OK(turn_auth_lets_in(f.r.conf.auth));
	snprintf(keys, sizeof(keys), "%s/secret", path);
	TEST_OK(!stat(keys, &st));
	TEST_EQ(0600, st.st_mode & 07777);
	len = secret_file_read(keys, first);
	TEST_EQ(65, len);
	TEST_EQ(64, strspn(first, "0123456789abcdef"));

	TEST_EQ(0, secret_file_make(keys, str("other\n")));
	TEST_EQ(65, secret_file_read(keys, again));
	TEST_MEM(first, 65, again, 65);
 out:
	fixture_fini(&f);
	snprintf(keys, sizeof(keys), "%s/secret", path);
	unlink(keys);
	rmdir(path);
	return err;
}


TEST(secret_file_lines)
{
	struct str text = str("\none \r\n\n  \ntwo\nthree"), s;
	int err = 0;

	s = secret_file_next(&text);
	TEST_OK(str_is(s, "one"));
	s = secret_file_next(&text);
	TEST_OK(str_is(s, "two"));
	s = secret_file_next(&text);
	TEST_OK(str_is(s, "three"));
	s = secret_file_next(&text);
	TEST_OK(!s.len && !text.len);
 out:
	return err;
}


/* Whatever the machine is, it has loopback. */
TEST(turn_app_net)
{
	struct turn_app_net *net = calloc(1, sizeof(*net));
	struct addr loopback = ip("127.0.0.1"), other = ip("192.0.2.99");
	int err = 0;

	if (!net)
		return -ENOMEM;
	TEST_ERR(turn_app_net_read(net));
	TEST_OK(turn_app_net_has(net, &loopback));
	TEST_OK(!turn_app_net_has(net, &other));
	TEST_OK(turn_app_is_loopback(&loopback));
	TEST_OK(!turn_app_is_loopback(&other));
 out:
	free(net);
	return err;
}


/* The README's table of keys is what the keys are. */
TEST(turn_app_page_is_current)
{
	static const char mark[] = "(make docs). -->\n\n";
	struct writer want = writer(1 << 20), page = writer(1 << 20);
	FILE *file = fopen("applications/turn/README.md", "r");
	const char *p;
	int err = 0, c;

	TEST_OK(file);
	while ((c = getc_unlocked(file)) != EOF)
		put_u8(&page, (unsigned)c);
	put_u8(&page, 0);
	config_doc_module(&want, "applications[n] (turn)", turn_app_keys,
			  true);
	put_u8(&want, 0);
	TEST_ERR(page.err);
	TEST_ERR(want.err);

	p = strstr((const char *)page.data, mark);
	if (!p || strcmp((const char *)want.data, p + strlen(mark)))
		TEST_FAIL("run make docs");
 out:
	if (file)
		fclose(file);
	writer_fini(&want);
	writer_fini(&page);
	return err;
}
