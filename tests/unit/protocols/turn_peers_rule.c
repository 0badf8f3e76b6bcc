/* Rules about peers: what can be written, and what is refused how. */
#include "turn/turn_peers_rule.h"
#include "test.h"


TEST(turn_peers_rule_text)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "192.0.2.0/24", "192.0.2.0/24" },
		{ "192.0.2.1", "192.0.2.1/32" },
		{ "0.0.0.0/0:1-65535", "0.0.0.0/0:1-65535" },
		{ "192.0.2.0/24:1024-65535", "192.0.2.0/24:1024-65535" },
		{ "192.0.2.1:443", "192.0.2.1/32:443" },
		{ "192.0.2.1:443-443", "192.0.2.1/32:443" },
		{ "2001:DB8::/32", "2001:db8::/32" },
		{ "[2001:db8::/32]", "2001:db8::/32" },
		{ "[2001:db8::/32]:443", "[2001:db8::/32]:443" },
		{ "[2001:db8::1]:1-2", "[2001:db8::1/128]:1-2" },
		{ "2001:db8::1:443", "2001:db8::1:443/128" },
		{ "2001:db8::8000:0:0:0/65", "2001:db8:0:0:8000::/65" },
		{ "::/0", "::/0" },
		{ "::", "::/128" },
		{ "*", "*" },
		{ "*:3478", "*:3478" },
	};
	char buf[TURN_PEERS_RULE_TEXT_MAX];
	struct turn_peers_rule rule;
	const char *why = "";
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		TEST_ERR(turn_peers_rule_parse(&rule, str(rows[i].in), &why));
		turn_peers_rule_print(&rule, buf);
		if (strcmp(rows[i].out, buf))
			TEST_FAIL("%s is %s", rows[i].in, buf);
	}
 out:
	return err;
}


static const struct {
	const char *text;
	const char *why;         /* a part of it */
} malformed[] = {
	{ "", "not an IPv4" },
	{ "localhost", "not an IPv4" },
	{ "192.0.2.0 /24", "not an IPv4" },
	{ " 192.0.2.0/24", "not an IPv4" },
	{ "192.0.2/24", "not an IPv4" },
	{ ":443", "not an IPv4" },
	{ "*/8", "not an IPv4" },
	{ "[2001:db8::/32", "not an IPv4" },
	{ "2001:db8::/32]", "0 to 32" },
	{ "192.0.2.0/33", "0 to 32" },
	{ "192.0.2.0/", "0 to 32" },
	{ "192.0.2.0/+24", "0 to 32" },
	{ "192.0.2.0/024", "0 to 32" },
	{ "192.0.2.0/255.255.255.0", "0 to 32" },
	{ "2001:db8::/129", "0 to 32" },
	{ "192.0.2.1/24", "beyond" },
	{ "2001:db8::1/64", "beyond" },
	{ "2001:db8::/32:443", "brackets: " },
	{ "[192.0.2.0/24]:443", "IPv6 alone" },
	{ "[]", "IPv6 alone" },
	{ "192.0.2.1:", "ports" },
	{ "192.0.2.1:0", "ports" },
	{ "192.0.2.1:0-5", "ports" },
	{ "192.0.2.1:65536", "ports" },
	{ "192.0.2.1:99999999999", "ports" },
	{ "192.0.2.1:2-1", "ports" },
	{ "192.0.2.1:1-", "ports" },
	{ "192.0.2.1:-1", "ports" },
	{ "192.0.2.1:1-2-3", "ports" },
	{ "192.0.2.1:http", "ports" },
	{ "[2001:db8::]443", "ports" },
	{ "[2001:db8::]:", "ports" },
};


TEST(turn_peers_rule_malformed)
{
	char text[TURN_PEERS_RULE_TEXT_MAX + 1];
	struct turn_peers_rule rule = { .bits = 77 };
	const char *why = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
		TEST_EQ(-EBADMSG,
			turn_peers_rule_parse(&rule, str(malformed[i].text),
					      &why));
		if (!strstr(why, malformed[i].why))
			TEST_FAIL("%s: %s", malformed[i].text, why);
		TEST_EQ(77, rule.bits);
	}

	memset(text, '1', sizeof(text));
	TEST_EQ(-EMSGSIZE, turn_peers_rule_parse(&rule,
						 str_n(text, sizeof(text)),
						 &why));
	TEST_EQ(-EBADMSG, turn_peers_rule_parse(&rule, str(NULL), &why));
	TEST_EQ(-EBADMSG, turn_peers_rule_parse(&rule,
						str_n("8.8.8.8\0:1", 10),
						&why));
 out:
	return err;
}
