/* Rules about peers, one a line: what can be read prints to the same rule,
 * and whatever the rules open, neither an address that stays closed nor one
 * that carries it is reached. */
#include <stdlib.h>
#include "turn/turn_peers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct turn_peers peers;


static void check(bool ok)
{
	if (!ok)
		abort();
}


static void again(const struct turn_peers_rule *rule)
{
	char a[TURN_PEERS_RULE_TEXT_MAX], b[TURN_PEERS_RULE_TEXT_MAX];
	struct turn_peers_rule copy;
	const char *why;

	turn_peers_rule_print(rule, a);
	check(!turn_peers_rule_parse(&copy, str(a), &why));
	check(!strcmp(a, turn_peers_rule_print(&copy, b)));
	check(copy.bits == rule->bits && copy.family == rule->family &&
	      copy.net.hi == rule->net.hi && copy.net.lo == rule->net.lo &&
	      copy.mask.hi == rule->mask.hi && copy.mask.lo == rule->mask.lo &&
	      copy.port_from == rule->port_from &&
	      copy.port_to == rule->port_to);
}


/* The first character says what becomes of the rule. */
static void line(struct str s)
{
	struct turn_peers_rule rule;
	const char *why = NULL;
	char what = s.len ? s.p[0] : '+';

	if (s.len)
		s = str_n(s.p + 1, s.len - 1);
	if (turn_peers_rule_parse(&rule, s, &why)) {
		check(why && why[0]);
		return;
	}

	again(&rule);
	if (what == 'n')
		turn_peers_add_nat64(&peers, &rule);
	else
		turn_peers_add(&peers, what == '-' ? TURN_PEERS_DENY
						   : TURN_PEERS_ALLOW, &rule);
}


static void look(void)
{
	static const char *const closed[] = {
		"0.0.0.0", "169.254.169.254", "224.0.0.1", "255.255.255.255",
		"::", "::ffff:8.8.8.8", "::169.254.169.254",
		"2002:a9fe:a9fe::1", "64:ff9b::169.254.169.254",
		"2001:0:a9fe:a9fe::1", "2a00::5efe:169.254.169.254",
		"fd00:ec2::254", "ff02::1",
	};
	static const char *const others[] = {
		"8.8.8.8", "10.0.0.1", "2a00::1", "64:ff9b:1::8.8.8.8",
	};
	struct addr addr;

	for (size_t i = 0; i < ARRAY_LEN(closed); i++) {
		check(!addr_parse(&addr, str(closed[i]), 5000));
		check(!turn_peers_check(&peers, &addr)->action);
		check(!turn_peers_check_ip(&peers, &addr)->action);
	}

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		check(!addr_parse(&addr, str(others[i]), 443));
		check(!turn_peers_check(&peers, &addr)->action ||
		      turn_peers_check_ip(&peers, &addr)->action);
		addr_set_port(&addr, 0);
		check(!turn_peers_check(&peers, &addr)->action);
	}
}


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct turn_peers_conf conf = {
		.profile = len ? data[0] % 3 : TURN_PEERS_PUBLIC,
		.port_min = TURN_PEERS_PORT_MIN,
	};
	size_t from = 1;

	turn_peers_init(&peers, &conf);
	for (size_t i = 1; i < len; i++) {
		if (data[i] != '\n' && i + 1 < len)
			continue;
		line(str_of(slice(data + from, i - from)));
		from = i + 1;
	}
	look();

	return 0;
}
