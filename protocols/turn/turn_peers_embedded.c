/* IPv4 addresses inside of IPv6 addresses: what a tunnel, a translator or
 * the kernel would make of them. */
#include "turn/turn_peers_int.h"

static const uint64_t mapped_lo = 0x0000ffff00000000;       /* RFC 4291 */
static const uint64_t translated_lo = 0xffff000000000000;   /* RFC 2765 */
static const uint64_t isatap_lo = 0x00005efe00000000;       /* RFC 5214 */
static const uint64_t isatap_mask = 0xfcffffff00000000;  /* bits u, g aside */

enum {
	TEREDO = 0x20010000,     /* 2001::/32, RFC 4380 */
	SIX_TO_FOUR = 0x2002,    /* 2002::/16, RFC 3056 */
};

/* RFC 6052 s2.2: the lengths that a prefix may have, and how many bits of
 * the address stand before bits 64 to 71, which are skipped. */
static const struct {
	uint8_t bits, n_before;
} nat64_forms[] = {
	{ 32, 32 }, { 40, 24 }, { 48, 16 }, { 56, 8 }, { 64, 0 },
};


static struct turn_peers_key v4_key(uint64_t ip)
{
	struct turn_peers_key key = { (ip & UINT32_MAX) << 32, 0 };

	return key;
}


/* What stands behind a NAT64 prefix of `bits`. */
static struct turn_peers_key behind_nat64(struct turn_peers_key key,
					  unsigned bits)
{
	for (size_t i = 0; i < ARRAY_LEN(nat64_forms); i++) {
		unsigned n = nat64_forms[i].n_before;

		if (nat64_forms[i].bits == bits)
			return v4_key((n ? key.hi << (32 - n) : 0) |
				      (key.lo << 8 >> 8) >> (24 + n));
	}

	return v4_key(key.lo);
}


/* RFC 8215 leaves the length of a prefix within 64:ff9b:1::/48 open: all
 * that fit. */
static size_t guess(struct turn_peers_key key, struct turn_peers_key *v4)
{
	static const uint8_t lengths[] = { 48, 56, 64, 96 };

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
		v4[i] = behind_nat64(key, lengths[i]);

	return ARRAY_LEN(lengths);
}


/* The longest prefix that has `key`; NULL: none. */
static const struct turn_peers_nat64 *find_nat64(const struct turn_peers *p,
						 struct turn_peers_key key)
{
	const struct turn_peers_nat64 *best = NULL;

	for (size_t i = 0; i < p->n_nat64; i++) {
		const struct turn_peers_nat64 *nat = &p->nat64[i];

		if (!turn_peers_rule_has(&nat->net, key))
			continue;
		if (!best || nat->net.bits > best->net.bits ||
		    (nat->net.bits == best->net.bits && best->is_guess))
			best = nat;
	}

	return best;
}


size_t turn_peers_embedded(const struct turn_peers *peers,
			   struct turn_peers_key key,
			   struct turn_peers_key *v4)
{
	const struct turn_peers_nat64 *nat = find_nat64(peers, key);
	uint64_t upper = key.lo & ~(uint64_t)UINT32_MAX;
	size_t n = 0;

	/* Neither :: nor ::1 is a compatible address (RFC 4291 s2.5.5.1). */
	if (!key.hi && (upper == mapped_lo || upper == translated_lo ||
			(!upper && key.lo > 1)))
		v4[n++] = v4_key(key.lo);
	if ((upper & isatap_mask) == isatap_lo)
		v4[n++] = v4_key(key.lo);
	if (key.hi >> 48 == SIX_TO_FOUR)
		v4[n++] = v4_key(key.hi >> 16);

	if (key.hi >> 32 == TEREDO) {
		v4[n++] = v4_key(key.hi);        /* the server */
		v4[n++] = v4_key(~key.lo);       /* the client, obfuscated */
	}

	if (nat && nat->is_guess)
		n += guess(key, v4 + n);
	else if (nat)
		v4[n++] = behind_nat64(key, nat->net.bits);

	return n;
}
