/* Rules about peers: their text, and which of two counts. */
#include "turn/turn_peers_rule.h"
#include <stdio.h>

enum {
	V4_BITS = 32,
	V6_BITS = 128,
	PORT_MAX = 65535,
	DIGITS_MAX = 5,
};

static const char why_long[] = "longer than any rule";
static const char why_address[] =
	"not an IPv4 or IPv6 address or network (10.0.0.0/8), nor \"*\"";
static const char why_prefix[] =
	"the length of a prefix is 0 to 32 for IPv4, 0 to 128 for IPv6";
static const char why_host_bits[] =
	"the address has bits beyond the length of its prefix";
static const char why_brackets[] =
	"ports after an IPv6 network need brackets: [2001:db8::/32]:443";
static const char why_v4_brackets[] = "brackets are for IPv6 alone";
static const char why_ports[] =
	"ports are written as 443 or 1024-65535, from 1 on";


static size_t index_of(struct str s, char c)
{
	const char *p = s.len ? memchr(s.p, c, s.len) : NULL;

	return p ? (size_t)(p - s.p) : s.len;
}


static struct str str_from(struct str s, size_t n)
{
	return str_n(s.p + n, s.len - n);
}


/* Digits alone, without leading zeros. */
static bool parse_number(struct str s, unsigned max, unsigned *v)
{
	unsigned n = 0;

	if (!s.len || s.len > DIGITS_MAX || (s.p[0] == '0' && s.len > 1))
		return false;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		n = n * 10 + (unsigned)(s.p[i] - '0');
	}
	*v = n;

	return n <= max;
}


/* The first `bits` of 64; shifting by 64 would be undefined. */
static uint64_t mask64(unsigned bits)
{
	if (!bits)
		return 0;

	return bits < 64 ? ~(UINT64_MAX >> bits) : UINT64_MAX;
}


static struct turn_peers_key mask_of(unsigned bits)
{
	struct turn_peers_key mask = {
		mask64(bits < 64 ? bits : 64),
		mask64(bits < 64 ? 0 : bits - 64),
	};

	return mask;
}


/* Returns NULL, or why not. */
static const char *parse_ports(struct turn_peers_rule *rule, struct str s)
{
	size_t dash = index_of(s, '-');
	unsigned from, to;

	if (!parse_number(str_n(s.p, dash), PORT_MAX, &from) || !from)
		return why_ports;
	to = from;
	if (dash < s.len &&
	    !parse_number(str_from(s, dash + 1), PORT_MAX, &to))
		return why_ports;
	if (to < from)
		return why_ports;

	rule->port_from = (uint16_t)from;
	rule->port_to = (uint16_t)to;
	rule->has_ports = true;

	return NULL;
}


static const char *parse_network(struct turn_peers_rule *rule, struct str s)
{
	size_t slash = index_of(s, '/');
	struct addr addr;
	unsigned bits, max;

	if (addr_parse(&addr, str_n(s.p, slash), 0))
		return why_address;

	*rule = turn_peers_rule_host(&addr, 0, PORT_MAX);
	if (slash == s.len)
		return NULL;

	max = rule->bits;
	s = str_from(s, slash + 1);
	if (rule->family == TURN_PEERS_V6 && index_of(s, ':') < s.len)
		return why_brackets;
	if (!parse_number(s, max, &bits))
		return why_prefix;

	rule->bits = (uint8_t)bits;
	rule->mask = mask_of(bits);
	if ((rule->net.hi & ~rule->mask.hi) || (rule->net.lo & ~rule->mask.lo))
		return why_host_bits;

	return NULL;
}


/* Part `text` into network and ports (empty without a colon), both without
 * what stands around them. */
static const char *split(struct str text, struct str *net, struct str *ports)
{
	size_t end = index_of(text, ':');

	*net = text;
	*ports = str_n(text.p, 0);

	if (text.len && text.p[0] == '[') {
		end = index_of(text, ']');
		if (end == text.len)
			return why_address;
		*net = str_n(text.p + 1, end - 1);
		if (index_of(*net, ':') == net->len)
			return why_v4_brackets;
		if (++end < text.len && text.p[end] != ':')
			return why_ports;
	}
	else if (end < text.len &&
		 index_of(str_from(text, end + 1), ':') <
		 text.len - end - 1)
		return NULL;  /* two colons: IPv6 without ports */
	else
		*net = str_n(text.p, end);

	if (end < text.len) {
		*ports = str_from(text, end + 1);
		if (!ports->len)
			return why_ports;
	}

	return NULL;
}


int turn_peers_rule_parse(struct turn_peers_rule *rule, struct str text,
			  const char **why)
{
	struct turn_peers_rule r = {
		.family = TURN_PEERS_ANY, .port_to = PORT_MAX
	};
	struct str net, ports;

	if (text.len >= TURN_PEERS_RULE_TEXT_MAX) {
		*why = why_long;
		return -EMSGSIZE;
	}

	*why = split(text, &net, &ports);
	if (!*why && !str_is(net, "*"))
		*why = parse_network(&r, net);
	if (!*why && ports.len)
		*why = parse_ports(&r, ports);
	if (*why)
		return -EBADMSG;

	*rule = r;

	return 0;
}


static void put_be64(uint8_t *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}


static void print_network(const struct turn_peers_rule *rule, char *buf)
{
	char ip[ADDR_TEXT_MAX];
	struct addr addr = { 0 };
	uint8_t bytes[16];

	if (rule->family == TURN_PEERS_ANY) {
		snprintf(buf, TURN_PEERS_RULE_TEXT_MAX, "*");
		return;
	}

	put_be64(bytes, rule->net.hi);
	put_be64(bytes + 8, rule->net.lo);
	if (rule->family == TURN_PEERS_V4) {
		addr.u.in.sin_family = AF_INET;
		memcpy(&addr.u.in.sin_addr, bytes, 4);
	}
	else {
		addr.u.in6.sin6_family = AF_INET6;
		memcpy(&addr.u.in6.sin6_addr, bytes, 16);
	}
	snprintf(buf, TURN_PEERS_RULE_TEXT_MAX, "%s/%u",
		 addr_print_ip(&addr, ip), (unsigned)rule->bits);
}


const char *turn_peers_rule_print(const struct turn_peers_rule *rule,
				  char *buf)
{
	char net[TURN_PEERS_RULE_TEXT_MAX], ports[16] = "";
	bool is_v6 = rule->has_ports && rule->family == TURN_PEERS_V6;

	print_network(rule, net);
	if (rule->has_ports && rule->port_from == rule->port_to)
		snprintf(ports, sizeof(ports), ":%u", rule->port_to);
	else if (rule->has_ports)
		snprintf(ports, sizeof(ports), ":%u-%u", rule->port_from,
			 rule->port_to);
	if (snprintf(buf, TURN_PEERS_RULE_TEXT_MAX, "%s%s%s%s",
		     is_v6 ? "[" : "", net, is_v6 ? "]" : "", ports) < 0)
		buf[0] = '\0';

	return buf;
}


struct turn_peers_rule turn_peers_rule_host(const struct addr *addr,
					    uint16_t port_from,
					    uint16_t port_to)
{
	bool is_v6 = addr->u.sa.sa_family == AF_INET6;
	struct turn_peers_rule rule = {
		.net = turn_peers_key(addr),
		.mask = mask_of(is_v6 ? V6_BITS : V4_BITS),
		.bits = is_v6 ? V6_BITS : V4_BITS,
		.family = is_v6 ? TURN_PEERS_V6 : TURN_PEERS_V4,
		.port_from = port_from,
		.port_to = port_to,
		.has_ports = port_from || port_to < PORT_MAX,
	};

	return rule;
}


struct turn_peers_key turn_peers_key(const struct addr *addr)
{
	struct turn_peers_key key = { 0, 0 };
	struct slice ip = addr_ip(addr);

	for (size_t i = 0; i < ip.len; i++) {
		uint64_t *half = i < 8 ? &key.hi : &key.lo;

		*half |= (uint64_t)ip.p[i] << (56 - i % 8 * 8);
	}

	return key;
}


bool turn_peers_rule_has(const struct turn_peers_rule *rule,
			 struct turn_peers_key key)
{
	return !((key.hi ^ rule->net.hi) & rule->mask.hi) &&
	       !((key.lo ^ rule->net.lo) & rule->mask.lo);
}


/* As written: what port_min takes from a rule does not make it narrower. */
static int n_ports(const struct turn_peers_rule *rule)
{
	return rule->has_ports ? rule->port_to - rule->port_from + 1
			       : PORT_MAX + 1;
}


bool turn_peers_rule_is_before(const struct turn_peers_rule *a,
			       const struct turn_peers_rule *b)
{
	int a_ports = n_ports(a), b_ports = n_ports(b);

	if (a->is_fixed != b->is_fixed)
		return a->is_fixed;
	if (a->bits != b->bits)
		return a->bits > b->bits;
	if (a_ports != b_ports)
		return a_ports < b_ports;
	if (a->is_built_in != b->is_built_in)
		return b->is_built_in;

	return a->action < b->action;
}
