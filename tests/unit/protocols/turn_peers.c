/* Peers: each disguise and profile, and what the operator says. */
#include "turn/turn_peers.h"
#include <stdio.h>
#include "random.h"
#include "test.h"

/* 50 KiB: not on the stack, and made by each case. */
static struct turn_peers peers;

static const char *const specials_v4[] = {
	"0.0.0.0", "0.0.0.1", "10.0.0.0", "10.255.255.255", "100.64.0.1",
	"100.127.255.254", "127.0.0.1", "127.0.0.8", "127.255.255.254",
	"168.63.129.16", "169.254.0.1", "169.254.169.254", "169.254.255.255",
	"172.16.0.1", "172.31.255.254", "192.0.0.1", "192.0.0.192",
	"192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.254",
	"198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7",
	"224.0.0.1", "239.255.255.254", "240.0.0.1", "255.255.255.255",
};


static void make(enum turn_peers_profile profile)
{
	struct turn_peers_conf conf = {
		.profile = profile, .port_min = TURN_PEERS_PORT_MIN
	};

	turn_peers_init(&peers, &conf);
}


static int add(enum turn_peers_action action, const char *text)
{
	struct turn_peers_rule rule;
	const char *why;
	int err = turn_peers_rule_parse(&rule, str(text), &why);

	return err ? err : turn_peers_add(&peers, action, &rule);
}


static int add_nat64(const char *text)
{
	struct turn_peers_rule rule;
	const char *why;
	int err = turn_peers_rule_parse(&rule, str(text), &why);

	return err ? err : turn_peers_add_nat64(&peers, &rule);
}


/* NULL: no such address. */
static const struct turn_peers_rule *check(const char *ip, uint16_t port)
{
	struct addr addr;

	return addr_parse(&addr, str(ip), port) ? NULL :
		turn_peers_check(&peers, &addr);
}


static const struct turn_peers_rule *check_ip(const char *ip)
{
	struct addr addr;

	return addr_parse(&addr, str(ip), 0) ? NULL :
		turn_peers_check_ip(&peers, &addr);
}


static bool is_allowed(const char *ip, uint16_t port)
{
	const struct turn_peers_rule *rule = check(ip, port);

	return rule && rule->action == TURN_PEERS_ALLOW;
}


/* Columns: public, lan, test; "" is allowed. */
static const struct {
	const char *ip;
	const char *rule[3];
} verdicts[] = {
#define ALL(name) { name, name, name }
	{ "8.8.8.8", ALL("") },
	{ "9.255.255.255", ALL("") },
	{ "11.0.0.0", ALL("") },
	{ "100.63.255.255", ALL("") },
	{ "100.128.0.0", ALL("") },
	{ "126.255.255.255", ALL("") },
	{ "128.0.0.0", ALL("") },
	{ "172.15.255.255", ALL("") },
	{ "172.32.0.0", ALL("") },
	{ "192.0.1.0", ALL("") },
	{ "192.169.0.0", ALL("") },
	{ "198.17.255.255", ALL("") },
	{ "198.20.0.0", ALL("") },
	{ "223.255.255.255", ALL("") },
	{ "2000::1", ALL("") },
	{ "2001:200::1", ALL("") },
	{ "2a00:1450::1", ALL("") },
	{ "2003::1", ALL("") },
	{ "3ffe::1", ALL("") },

	{ "0.0.0.0", ALL("unspecified") },
	{ "0.1.2.3", ALL("this network") },
	{ "10.1.2.3", { "private", "", "" } },
	{ "172.16.0.1", { "private", "", "" } },
	{ "172.31.255.255", { "private", "", "" } },
	{ "192.168.1.1", { "private", "", "" } },
	{ "fc00::1", { "private", "", "" } },
	{ "fdff::1", { "private", "", "" } },
	{ "127.0.0.1", { "loopback", "loopback", "" } },
	{ "127.255.255.254", { "loopback", "loopback", "" } },
	{ "::1", { "loopback", "loopback", "" } },
	{ "100.64.0.1", ALL("carrier NAT") },
	{ "100.100.100.200", ALL("metadata") },
	{ "168.63.129.16", ALL("metadata") },
	{ "169.254.169.254", ALL("metadata") },
	{ "169.254.170.2", ALL("metadata") },
	{ "192.0.0.192", ALL("metadata") },
	{ "fd00:ec2::254", ALL("metadata") },
	{ "fd20:ce::254", ALL("metadata") },
	{ "169.254.0.1", ALL("link-local") },
	{ "fe80::1", ALL("link-local") },
	{ "febf::1", ALL("link-local") },
	{ "fec0::1", ALL("site-local") },
	{ "192.0.0.1", ALL("protocol assignments") },
	{ "192.0.2.1", ALL("documentation") },
	{ "198.51.100.1", ALL("documentation") },
	{ "203.0.113.1", ALL("documentation") },
	{ "2001:db8::1", ALL("documentation") },
	{ "3fff::1", ALL("documentation") },
	{ "192.88.99.1", ALL("6to4 relay") },
	{ "198.19.255.255", ALL("benchmarking") },
	{ "2001:2::1", ALL("protocol assignments") },
	{ "224.0.0.1", ALL("multicast") },
	{ "239.255.255.254", ALL("multicast") },
	{ "ff02::1", ALL("multicast") },
	{ "240.0.0.1", ALL("reserved") },
	{ "255.255.255.255", ALL("broadcast") },
	{ "::", ALL("unspecified") },
	{ "::2", ALL("IPv4-compatible") },
	{ "::8.8.8.8", ALL("IPv4-compatible") },
	{ "::127.0.0.1", ALL("IPv4-compatible") },
	{ "::ffff:8.8.8.8", ALL("IPv4-mapped") },
	{ "::ffff:127.0.0.1", ALL("IPv4-mapped") },
	{ "::ffff:0:8.8.8.8", ALL("IPv4-translated") },
	{ "64:ff9b::8.8.8.8", ALL("NAT64") },
	{ "64:ff9b:1::8.8.8.8", ALL("NAT64") },
	{ "64:ff9b:2::1", ALL("reserved") },
	{ "100::1", ALL("discard") },
	{ "2001::1", ALL("Teredo") },
	{ "2001:0:808:808::f7f7:f7f7", ALL("Teredo") },
	{ "2002:808:808::1", ALL("6to4") },
	{ "2a00::5efe:8.8.8.8", ALL("ISATAP") },
	{ "2a00::200:5efe:8.8.8.8", ALL("ISATAP") },
	{ "4000::1", ALL("reserved") },
	{ "5f00::1", ALL("segment routing") },
	{ "8000::1", ALL("reserved") },
	{ "fe00::1", ALL("reserved") },
#undef ALL
};


TEST(turn_peers_profiles)
{
	int err = 0;

	for (unsigned profile = 0; profile < 3; profile++) {
		make((enum turn_peers_profile)profile);
		for (size_t i = 0; i < ARRAY_LEN(verdicts); i++) {
			const char *ip = verdicts[i].ip;
			const char *want = verdicts[i].rule[profile];
			const struct turn_peers_rule *got = check(ip, 5000);

			if (!got || (*want ? got->action || strcmp(want,
								  got->name)
					   : got->action != TURN_PEERS_ALLOW))
				TEST_FAIL("%s in profile %u: %s", ip, profile,
					  got ? got->name : "no address");
			TEST_OK(check_ip(ip)->action == got->action);

			/* Low ports and port 0 of nobody. */
			TEST_OK(!is_allowed(ip, 0));
			TEST_OK(!is_allowed(ip, 53));
			TEST_OK(!is_allowed(ip, TURN_PEERS_PORT_MIN - 1));
		}
	}
 out:
	return err;
}


/* Where a disguise starts and how it carries an IPv4 address. */
static const struct {
	const char *prefix;      /* what an operator opens */
	uint8_t at[4];           /* the bytes of the IPv4 address */
	uint8_t flip;
} disguises[] = {
	{ "::/96", { 12, 13, 14, 15 }, 0 },
	{ "::ffff:0:0/96", { 12, 13, 14, 15 }, 0 },
	{ "::ffff:0:0:0/96", { 12, 13, 14, 15 }, 0 },
	{ "2002::/16", { 2, 3, 4, 5 }, 0 },
	{ "2001::/32", { 4, 5, 6, 7 }, 0 },
	{ "2001::/32", { 12, 13, 14, 15 }, 0xff },
	{ "64:ff9b::/96", { 12, 13, 14, 15 }, 0 },
	{ "64:ff9b:1::/48", { 6, 7, 9, 10 }, 0 },
	{ "64:ff9b:1::/48", { 7, 9, 10, 11 }, 0 },
	{ "64:ff9b:1::/48", { 9, 10, 11, 12 }, 0 },
	{ "64:ff9b:1::/48", { 12, 13, 14, 15 }, 0 },
	{ "2a01:4f8:0:0:0:5efe::/96", { 12, 13, 14, 15 }, 0 },
	{ "2a01:4f8:0:0:200:5efe::/96", { 12, 13, 14, 15 }, 0 },
	{ "2a02:1::/32", { 4, 5, 6, 7 }, 0 },
	{ "2a02:2:100::/40", { 5, 6, 7, 9 }, 0 },
	{ "2a02:3:1::/48", { 6, 7, 9, 10 }, 0 },
	{ "2a02:4:1:100::/56", { 7, 9, 10, 11 }, 0 },
	{ "2a02:5:1:1::/64", { 9, 10, 11, 12 }, 0 },
	{ "2a02:6:1:1::/96", { 12, 13, 14, 15 }, 0 },
};

enum { FIRST_CONFIGURED = 13 };  /* of disguises: NAT64 prefixes of ours */


static int disguise(size_t i, const char *v4, struct addr *out)
{
	struct addr in;
	struct str prefix = str(disguises[i].prefix);
	int err = addr_parse(&in, str(v4), 0);

	prefix.len = strcspn(prefix.p, "/");
	if (!err)
		err = addr_parse(out, prefix, 5000);
	if (err)
		return err;

	for (size_t k = 0; k < 4; k++)
		out->u.in6.sin6_addr.s6_addr[disguises[i].at[k]] =
			addr_ip(&in).p[k] ^ disguises[i].flip;

	return 0;
}


/* Whatever the operator opens, an address is denied if the IPv4 address in
 * it is. */
TEST(turn_peers_disguises)
{
	struct addr addr;
	int err = 0;

	for (int is_open = 0; is_open < 2; is_open++) {
		make(TURN_PEERS_PUBLIC);
		for (size_t i = FIRST_CONFIGURED; i < ARRAY_LEN(disguises);
		     i++)
			TEST_ERR(add_nat64(disguises[i].prefix));

		for (size_t i = 0; is_open && i < ARRAY_LEN(disguises); i++)
			TEST_EQ(i == 1 ? -EACCES : 0,
				add(TURN_PEERS_ALLOW, disguises[i].prefix));

		for (size_t i = 0; i < ARRAY_LEN(disguises); i++) {
			for (size_t k = 0; k < ARRAY_LEN(specials_v4); k++) {
				const char *v4 = specials_v4[k];

				if (!strcmp(v4, "0.0.0.1") && !i)
					continue;  /* ::1, which is none */
				TEST_ERR(disguise(i, v4, &addr));
				if (turn_peers_check(&peers, &addr)->action ||
				    turn_peers_check_ip(&peers, &addr)->action)
					TEST_FAIL("%s as %s", v4,
						  disguises[i].prefix);
			}
		}
	}

	/* Opened, it is the IPv4 address that counts. */
	TEST_OK(is_allowed("::8.8.8.8", 5000));
	TEST_OK(is_allowed("::ffff:0:8.8.8.8", 5000));
	TEST_OK(!is_allowed("::ffff:8.8.8.8", 5000));
	TEST_OK(is_allowed("2002:808:808::1", 5000));
	TEST_OK(is_allowed("2001:0:808:808::f7f7:f7f7", 5000));
	TEST_OK(is_allowed("64:ff9b::8.8.8.8", 5000));
	TEST_OK(!is_allowed("64:ff9b::8.8.8.8", 80));
	TEST_OK(is_allowed("2a01:4f8::5efe:8.8.8.8", 5000));
	TEST_OK(is_allowed("2a02:6:1:1::8.8.8.8", 5000));
	TEST_OK(is_allowed("2a02:5:1:1:8:808:800::", 5000));
	TEST_OK(is_allowed("2a02:1:808:808::", 5000));

 out:
	return err;
}


/* A prefix of unknown length is opened when its length is told. */
TEST(turn_peers_nat64_length)
{
	int err;

	make(TURN_PEERS_PUBLIC);
	TEST_ERR(add(TURN_PEERS_ALLOW, "64:ff9b:1::/48"));
	TEST_OK(!is_allowed("64:ff9b:1::8.8.8.8", 5000));
	TEST_ERR(add_nat64("64:ff9b:1::/96"));
	TEST_OK(!is_allowed("64:ff9b:1::8.8.8.8", 5000));
	TEST_ERR(add(TURN_PEERS_ALLOW, "64:ff9b:1::/96"));
	TEST_OK(is_allowed("64:ff9b:1::8.8.8.8", 5000));
	TEST_OK(!is_allowed("64:ff9b:1::10.8.8.8", 5000));
	TEST_ERR(add(TURN_PEERS_ALLOW, "10.8.0.0/16"));
	TEST_OK(is_allowed("64:ff9b:1::10.8.8.8", 5000));

	/* Told to be the whole /48, it is that; else all forms count. */
	make(TURN_PEERS_PUBLIC);
	TEST_ERR(add(TURN_PEERS_ALLOW, "64:ff9b:1::/48"));
	TEST_OK(!is_allowed("64:ff9b:1:808:8:800::", 5000));
	TEST_ERR(add_nat64("64:ff9b:1::/48"));
	TEST_OK(is_allowed("64:ff9b:1:808:8:800::", 5000));
	TEST_OK(!is_allowed("64:ff9b:1:a08:8:800::", 5000));

	/* Opening a site opens no ISATAP there. */
	TEST_ERR(add(TURN_PEERS_ALLOW, "2a01:4f8::/64"));
	TEST_OK(is_allowed("2a01:4f8::5eff:8.8.8.8", 5000));
	TEST_OK(!is_allowed("2a01:4f8::5efe:8.8.8.8", 5000));
 out:
	return err;
}


/* The narrower rule counts. */
TEST(turn_peers_operator)
{
	int err;

	make(TURN_PEERS_PUBLIC);
	TEST_ERR(add(TURN_PEERS_ALLOW, "0.0.0.0/0"));
	TEST_ERR(add(TURN_PEERS_ALLOW, "::/0"));
	TEST_ERR(add(TURN_PEERS_ALLOW, "*"));
	TEST_OK(!is_allowed("10.1.2.3", 5000));
	TEST_OK(!is_allowed("::1", 5000));

	TEST_ERR(add(TURN_PEERS_ALLOW, "10.0.0.0/8"));
	TEST_OK(is_allowed("10.1.2.3", 5000));
	TEST_OK(!is_allowed("10.1.2.3", 1023));
	TEST_ERR(add(TURN_PEERS_DENY, "10.1.0.0/16"));
	TEST_OK(!is_allowed("10.1.2.3", 5000));
	TEST_OK(!strcmp(check("10.1.2.3", 5000)->name, "deny"));
	TEST_ERR(add(TURN_PEERS_ALLOW, "10.1.2.3:443"));
	TEST_OK(is_allowed("10.1.2.3", 443));
	TEST_OK(!is_allowed("10.1.2.3", 5000));
	TEST_OK(!is_allowed("10.1.2.4", 443));
	TEST_EQ(TURN_PEERS_ALLOW, check_ip("10.1.2.3")->action);
	TEST_EQ(TURN_PEERS_DENY, check_ip("10.1.2.4")->action);
	TEST_ERR(add(TURN_PEERS_DENY, "9.9.8.8:1-5000"));
	TEST_ERR(add(TURN_PEERS_DENY, "9.9.8.8:6000-65535"));
	TEST_EQ(TURN_PEERS_ALLOW, check_ip("9.9.8.8")->action);
	TEST_ERR(add(TURN_PEERS_DENY, "9.9.8.8:5001-5999"));
	TEST_EQ(TURN_PEERS_DENY, check_ip("9.9.8.8")->action);

	/* Equal networks: fewer ports, then denial. */
	TEST_ERR(add(TURN_PEERS_ALLOW, "9.9.9.9:1-65535"));
	TEST_ERR(add(TURN_PEERS_DENY, "9.9.9.9:5000-5999"));
	TEST_ERR(add(TURN_PEERS_ALLOW, "9.9.9.9:5004"));
	TEST_ERR(add(TURN_PEERS_ALLOW, "9.9.9.9:5005"));
	TEST_ERR(add(TURN_PEERS_DENY, "9.9.9.9:5005"));
	TEST_OK(is_allowed("9.9.9.9", 1));
	TEST_OK(!is_allowed("9.9.9.9", 0));
	TEST_OK(!is_allowed("9.9.9.9", 5000));
	TEST_OK(is_allowed("9.9.9.9", 5004));
	TEST_OK(!is_allowed("9.9.9.9", 5005));
	TEST_OK(is_allowed("9.9.9.9", 6000));

	TEST_ERR(add(TURN_PEERS_ALLOW, "9.8.0.0/16"));
	TEST_ERR(add(TURN_PEERS_DENY, "9.8.0.0/16"));
	TEST_OK(!is_allowed("9.8.1.1", 5000));

 out:
	return err;
}


/* Ports of anybody, in both families; and what opens nothing else. */
TEST(turn_peers_any)
{
	int err;

	make(TURN_PEERS_PUBLIC);
	TEST_ERR(add(TURN_PEERS_DENY, "*:11211"));
	TEST_ERR(add(TURN_PEERS_ALLOW, "*:443"));
	TEST_OK(!is_allowed("8.8.8.8", 11211));
	TEST_OK(!is_allowed("2a00::1", 11211));
	TEST_OK(is_allowed("8.8.8.8", 443));
	TEST_OK(is_allowed("2a00::1", 443));
	TEST_OK(!is_allowed("192.168.1.1", 443));
	TEST_OK(!is_allowed("fd12::1", 443));

	make(TURN_PEERS_LAN);
	TEST_ERR(add(TURN_PEERS_ALLOW, "*:443"));
	TEST_ERR(add(TURN_PEERS_DENY, "192.168.0.0/16"));
	TEST_OK(is_allowed("10.1.1.1", 443));
	TEST_OK(is_allowed("fd12::1", 443));
	TEST_OK(!is_allowed("192.168.1.1", 5000));

	/* A white list. */
	make(TURN_PEERS_PUBLIC);
	TEST_ERR(add(TURN_PEERS_DENY, "*"));
	TEST_ERR(add(TURN_PEERS_ALLOW, "[2a00:1::/32]:5000-6000"));
	TEST_OK(!is_allowed("8.8.8.8", 5000));
	TEST_OK(!is_allowed("2a00:2::1", 5000));
	TEST_OK(is_allowed("2a00:1::1", 6000));
	TEST_OK(!is_allowed("2a00:1::1", 6001));
 out:
	return err;
}


/* What stays closed. */
TEST(turn_peers_fixed)
{
	static const char *const closed[] = {
		"169.254.169.254", "169.254.169.254:80", "fd00:ec2::254",
		"0.0.0.0", "::", "255.255.255.255", "224.0.0.0/4",
		"239.1.1.1", "ff02::1", "::ffff:8.8.8.0/120",
	};
	struct turn_peers_conf conf = { .has_metadata = true };
	struct addr none = { 0 };
	int err = 0;

	make(TURN_PEERS_TEST);
	for (size_t i = 0; i < ARRAY_LEN(closed); i++)
		TEST_EQ(-EACCES, add(TURN_PEERS_ALLOW, closed[i]));
	TEST_ERR(add(TURN_PEERS_ALLOW, "169.254.0.0/16"));
	TEST_ERR(add(TURN_PEERS_ALLOW, "fd00::/8"));
	TEST_OK(is_allowed("169.254.1.1", 5000));
	TEST_OK(is_allowed("fd00::1", 5000));
	TEST_OK(!is_allowed("169.254.169.254", 5000));
	TEST_OK(!is_allowed("fd00:ec2::254", 5000));

	turn_peers_init(&peers, &conf);
	TEST_OK(!is_allowed("169.254.169.254", 80));
	TEST_ERR(add(TURN_PEERS_ALLOW, "169.254.169.254:80"));
	TEST_OK(is_allowed("169.254.169.254", 80));
	TEST_OK(!is_allowed("169.254.169.254", 81));

	/* port_min 0 is 1. */
	TEST_OK(is_allowed("8.8.8.8", 1));
	TEST_OK(!is_allowed("8.8.8.8", 0));

	TEST_EQ(TURN_PEERS_DENY, turn_peers_check(&peers, &none)->action);
	TEST_EQ(TURN_PEERS_DENY, turn_peers_check_ip(&peers, &none)->action);
 out:
	return err;
}


TEST(turn_peers_own)
{
	struct addr own, own6;
	int err;

	make(TURN_PEERS_LAN);
	TEST_ERR(addr_parse(&own, str("9.1.1.1"), 0));
	TEST_ERR(addr_parse(&own6, str("2a00::1"), 0));
	TEST_ERR(turn_peers_add_own(&peers, &own, 0, 65535));
	TEST_ERR(turn_peers_add_own(&peers, &own6, 0, 65535));
	TEST_ERR(add(TURN_PEERS_ALLOW, "9.1.1.1:3478"));
	TEST_ERR(add(TURN_PEERS_ALLOW, "64:ff9b::/96"));
	TEST_OK(!is_allowed("9.1.1.1", 3478));
	TEST_OK(!is_allowed("2a00::1", 50000));
	TEST_OK(!strcmp(check_ip("9.1.1.1")->name, "own address"));
	TEST_OK(is_allowed("9.1.1.2", 3478));

	TEST_ERR(turn_peers_add_relay(&peers, &own, 49152, 65535));
	TEST_ERR(turn_peers_add_own(&peers, &own, 50000, 50000));
	TEST_EQ(TURN_PEERS_HAIRPIN, check("9.1.1.1", 49152)->action);
	TEST_EQ(TURN_PEERS_HAIRPIN, check_ip("9.1.1.1")->action);
	TEST_EQ(TURN_PEERS_DENY, check("9.1.1.1", 50000)->action);
	TEST_EQ(TURN_PEERS_DENY, check("9.1.1.1", 49151)->action);
	TEST_EQ(TURN_PEERS_DENY, check("2a00::1", 49152)->action);

	/* By way of a translator it would come back through a socket. */
	TEST_EQ(TURN_PEERS_DENY, check("64:ff9b::9.1.1.1", 49152)->action);
	TEST_EQ(TURN_PEERS_ALLOW, check("64:ff9b::9.1.1.2", 49152)->action);
 out:
	return err;
}


TEST(turn_peers_limits)
{
	char text[TURN_PEERS_RULE_TEXT_MAX];
	size_t n = 0;
	int err;

	make(TURN_PEERS_PUBLIC);
	while (n < TURN_PEERS_RULES_MAX) {
		snprintf(text, sizeof(text), "9.0.%zu.%zu:443", n / 256,
			 n % 256);
		if (add(TURN_PEERS_ALLOW, text))
			break;
		++n;
	}
	TEST_OK(n > 300 && n < TURN_PEERS_RULES_MAX);
	TEST_EQ(-EMSGSIZE, add(TURN_PEERS_DENY, "9.0.0.1"));
	TEST_OK(is_allowed("9.0.1.43", 443));
	TEST_OK(!is_allowed("10.0.0.1", 5000));

	TEST_EQ(-EBADMSG, add_nat64("192.0.2.0/24"));
	TEST_EQ(-EBADMSG, add_nat64("[2a00::/96]:80"));
	TEST_EQ(-EBADMSG, add_nat64("2a00::/72"));
	TEST_EQ(-EBADMSG, add_nat64("2a00::/24"));
	TEST_EQ(-EBADMSG, add_nat64("2a00::/33"));
	for (n = 0; !(err = add_nat64("2a00::/96")); n++)
		;
	TEST_EQ(-EMSGSIZE, err);
	TEST_EQ(TURN_PEERS_NAT64_MAX - 2, n);
	err = 0;
 out:
	return err;
}


/* A permission is refused exactly if each port is. */
TEST(turn_peers_permission)
{
	static const char *const nets[] = {
		"9.1.1.1", "9.1.1.0/24", "9.0.0.0/8", "*", "2002:901:101::/48",
		"2002::/16",
	};
	static const char *const ips[] = {
		"9.1.1.1", "9.1.1.2", "9.2.1.1", "8.8.8.8", "2a00::1",
		"2002:901:101::1", "2002:901:102::1",
	};
	struct test_random random = { 0x7095 };
	char text[TURN_PEERS_RULE_TEXT_MAX];
	int err = 0;

	for (int round = 0; round < (test_is_starved() ? 1 : 20); round++) {
		make(TURN_PEERS_PUBLIC);
		for (int i = 0; i < 12; i++) {
			unsigned from = 1 + (unsigned)test_below(&random, 9);
			size_t net = test_below(&random, ARRAY_LEN(nets));

			from *= test_once_in(&random, 2) ? 1 : 7000;
			snprintf(text, sizeof(text),
				 net > 3 ? "[%s]:%u-%u" : "%s:%u-%u",
				 nets[net], from,
				 test_once_in(&random, 2) ? 65535 : from);
			TEST_ERR(add(test_once_in(&random, 2) ?
				     TURN_PEERS_ALLOW : TURN_PEERS_DENY,
				     text));
		}
		if (test_once_in(&random, 2))
			TEST_ERR(add(TURN_PEERS_DENY, "*:1-65535"));

		for (size_t i = 0; i < ARRAY_LEN(ips); i++) {
			struct addr addr;
			bool is_any = false;

			TEST_ERR(addr_parse(&addr, str(ips[i]), 0));
			for (unsigned p = 0; p < 65536 && !is_any; p++) {
				addr_set_port(&addr, (uint16_t)p);
				is_any = turn_peers_check(&peers,
							  &addr)->action;
			}
			TEST_EQ(is_any, check_ip(ips[i])->action !=
				TURN_PEERS_DENY);
		}
	}
 out:
	return err;
}
