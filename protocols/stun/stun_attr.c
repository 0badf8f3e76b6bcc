/* What stands in the attributes of STUN and its extensions (RFC 8489 s14,
 * RFC 8656 s18). */
#include "stun/stun_attr.h"
#include "base/text.h"
#include "stun/stun_int.h"


static const struct {
	uint16_t type;
	const char *name;
} names[] = {
	{ STUN_MAPPED_ADDRESS, "MAPPED-ADDRESS" },
	{ STUN_CHANGE_REQUEST, "CHANGE-REQUEST" },
	{ STUN_USERNAME, "USERNAME" },
	{ STUN_MESSAGE_INTEGRITY, "MESSAGE-INTEGRITY" },
	{ STUN_ERROR_CODE, "ERROR-CODE" },
	{ STUN_UNKNOWN_ATTRIBUTES, "UNKNOWN-ATTRIBUTES" },
	{ STUN_CHANNEL_NUMBER, "CHANNEL-NUMBER" },
	{ STUN_LIFETIME, "LIFETIME" },
	{ STUN_XOR_PEER_ADDRESS, "XOR-PEER-ADDRESS" },
	{ STUN_DATA, "DATA" },
	{ STUN_REALM, "REALM" },
	{ STUN_NONCE, "NONCE" },
	{ STUN_XOR_RELAYED_ADDRESS, "XOR-RELAYED-ADDRESS" },
	{ STUN_REQUESTED_ADDRESS_FAMILY, "REQUESTED-ADDRESS-FAMILY" },
	{ STUN_EVEN_PORT, "EVEN-PORT" },
	{ STUN_REQUESTED_TRANSPORT, "REQUESTED-TRANSPORT" },
	{ STUN_DONT_FRAGMENT, "DONT-FRAGMENT" },
	{ STUN_ACCESS_TOKEN, "ACCESS-TOKEN" },
	{ STUN_MESSAGE_INTEGRITY_SHA256, "MESSAGE-INTEGRITY-SHA256" },
	{ STUN_PASSWORD_ALGORITHM, "PASSWORD-ALGORITHM" },
	{ STUN_USERHASH, "USERHASH" },
	{ STUN_XOR_MAPPED_ADDRESS, "XOR-MAPPED-ADDRESS" },
	{ STUN_RESERVATION_TOKEN, "RESERVATION-TOKEN" },
	{ STUN_PRIORITY, "PRIORITY" },
	{ STUN_USE_CANDIDATE, "USE-CANDIDATE" },
	{ STUN_PADDING, "PADDING" },
	{ STUN_RESPONSE_PORT, "RESPONSE-PORT" },
	{ STUN_CONNECTION_ID, "CONNECTION-ID" },
	{ STUN_ADDITIONAL_ADDRESS_FAMILY, "ADDITIONAL-ADDRESS-FAMILY" },
	{ STUN_ADDRESS_ERROR_CODE, "ADDRESS-ERROR-CODE" },
	{ STUN_PASSWORD_ALGORITHMS, "PASSWORD-ALGORITHMS" },
	{ STUN_ALTERNATE_DOMAIN, "ALTERNATE-DOMAIN" },
	{ STUN_ICMP, "ICMP" },
	{ STUN_SOFTWARE, "SOFTWARE" },
	{ STUN_ALTERNATE_SERVER, "ALTERNATE-SERVER" },
	{ STUN_CACHE_TIMEOUT, "CACHE-TIMEOUT" },
	{ STUN_FINGERPRINT, "FINGERPRINT" },
	{ STUN_ICE_CONTROLLED, "ICE-CONTROLLED" },
	{ STUN_ICE_CONTROLLING, "ICE-CONTROLLING" },
	{ STUN_RESPONSE_ORIGIN, "RESPONSE-ORIGIN" },
	{ STUN_OTHER_ADDRESS, "OTHER-ADDRESS" },
	{ STUN_THIRD_PARTY_AUTHORIZATION, "THIRD-PARTY-AUTHORIZATION" },
	{ STUN_MOBILITY_TICKET, "MOBILITY-TICKET" },
};


const char *stun_attr_name(unsigned type)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].type == type)
			return names[i].name;
	}

	return NULL;
}


bool stun_attr_is_required(unsigned type)
{
	return type < 0x8000;
}


/* All of the value was read, and there was enough of it. */
static int whole(const struct reader *r)
{
	return r->err || reader_left(r) ? -EBADMSG : 0;
}


static int family_of(unsigned wire)
{
	switch (wire) {

	case STUN_FAMILY_IPV4: return AF_INET;
	case STUN_FAMILY_IPV6: return AF_INET6;
	default:          return AF_UNSPEC;
	}
}


/* NOTE: the mask of an address is cookie || id; that of a port is the upper
 * half of the cookie (RFC 8489 s14.2). */
static int addr_read(struct slice value, const uint8_t mask[16],
		     struct addr *addr)
{
	struct reader r = reader(value);
	struct addr a = { 0 };
	struct slice ip;
	uint8_t *to;
	unsigned port;

	get_u8(&r);
	a.u.sa.sa_family = (sa_family_t)family_of(get_u8(&r));
	port = get_be16(&r) ^ (unsigned)(mask[0] << 8 | mask[1]);
	if (r.err)
		return -EBADMSG;
	if (a.u.sa.sa_family == AF_UNSPEC)
		return -ENOTSUP;

	ip = get_bytes(&r, addr_ip(&a).len);
	if (whole(&r))
		return -EBADMSG;

	to = a.u.sa.sa_family == AF_INET ? (uint8_t *)&a.u.in.sin_addr
					 : a.u.in6.sin6_addr.s6_addr;
	for (size_t i = 0; i < ip.len; i++)
		to[i] = ip.p[i] ^ mask[i];
	addr_set_port(&a, (uint16_t)port);
	*addr = a;

	return 0;
}


int stun_addr_read(struct slice value, struct addr *addr)
{
	static const uint8_t none[16];

	return addr_read(value, none, addr);
}


int stun_xor_addr_read(struct slice value, const uint8_t id[STUN_ID_LEN],
		       struct addr *addr)
{
	uint8_t mask[16];

	stun_xor_mask(mask, id);

	return addr_read(value, mask, addr);
}


void stun_xor_mask(uint8_t mask[16], const uint8_t id[STUN_ID_LEN])
{
	static const uint8_t cookie[] = { 0x21, 0x12, 0xa4, 0x42 };

	memcpy(mask, cookie, sizeof(cookie));
	memcpy(mask + sizeof(cookie), id, STUN_ID_LEN);
}


int stun_text_read(struct slice value, struct str *s)
{
	struct str rest = str_of(value);
	uint32_t code;
	size_t n;

	if (!value.len)
		return -EBADMSG;
	if (value.len > STUN_TEXT_READ_MAX)
		return -EMSGSIZE;

	while (rest.len) {
		n = text_utf8(rest, &code);
		if (!n)
			return -EBADMSG;
		rest = str_n(rest.p + n, rest.len - n);
	}
	*s = str_of(value);

	return 0;
}


struct str stun_text_unquote(struct str s)
{
	while (s.len && !s.p[s.len - 1])
		--s.len;
	if (s.len >= 2 && s.p[0] == '"' && s.p[s.len - 1] == '"')
		s = str_n(s.p + 1, s.len - 2);

	return s;
}


static int error_read(struct slice value, bool has_family,
		      struct stun_error *e)
{
	struct reader r = reader(value);
	unsigned family = get_u8(&r);
	unsigned hundreds, number;

	get_u8(&r);
	hundreds = get_u8(&r) & 7;
	number = get_u8(&r);
	if (r.err || hundreds < 3 || hundreds > 6 || number > 99)
		return -EBADMSG;
	if (reader_left(&r) > STUN_TEXT_READ_MAX)
		return -EMSGSIZE;
	if (has_family && family_of(family) == AF_UNSPEC)
		return -ENOTSUP;

	e->family = has_family ? family_of(family) : AF_UNSPEC;
	e->code = hundreds * 100 + number;
	e->reason = str_of(get_rest(&r));

	return 0;
}


int stun_error_read(struct slice value, struct stun_error *e)
{
	return error_read(value, false, e);
}


int stun_address_error_read(struct slice value, struct stun_error *e)
{
	return error_read(value, true, e);
}


int stun_unknown_read(struct slice value, uint16_t *types, size_t max)
{
	struct reader r = reader(value);
	size_t n = value.len / 2;

	if (value.len % 2)
		return -EBADMSG;

	if (n > max)
		n = max;
	for (size_t i = 0; i < n; i++)
		types[i] = get_be16(&r);

	return (int)n;
}


int stun_algorithm_next(struct reader *r, struct stun_algorithm *a)
{
	struct reader at = *r;
	struct stun_algorithm next;
	size_t len, pad;

	if (!reader_left(r))
		return 0;

	next.id = get_be16(&at);
	len = get_be16(&at);
	next.params = get_bytes(&at, len);
	if (at.err)
		return -EBADMSG;

	pad = STUN_PAD(len);
	get_bytes(&at, pad < reader_left(&at) ? pad : reader_left(&at));
	*a = next;
	*r = at;

	return 1;
}


int stun_u32_read(struct slice value, uint32_t *v)
{
	struct reader r = reader(value);
	uint32_t n = get_be32(&r);

	if (whole(&r))
		return -EBADMSG;
	*v = n;

	return 0;
}


int stun_u64_read(struct slice value, uint64_t *v)
{
	struct reader r = reader(value);
	uint64_t n = get_be64(&r);

	if (whole(&r))
		return -EBADMSG;
	*v = n;

	return 0;
}


int stun_channel_read(struct slice value, uint16_t *channel)
{
	uint32_t v;

	if (stun_u32_read(value, &v))
		return -EBADMSG;
	*channel = (uint16_t)(v >> 16);

	return 0;
}


bool stun_channel_is_valid(unsigned channel)
{
	return channel >= 0x4000 && channel <= 0x4fff;
}


int stun_transport_read(struct slice value, uint8_t *protocol)
{
	uint32_t v;

	if (stun_u32_read(value, &v))
		return -EBADMSG;
	*protocol = (uint8_t)(v >> 24);

	return 0;
}


int stun_family_read(struct slice value, int *family)
{
	uint32_t v;

	if (stun_u32_read(value, &v))
		return -EBADMSG;
	if (family_of(v >> 24) == AF_UNSPEC)
		return -ENOTSUP;
	*family = family_of(v >> 24);

	return 0;
}


int stun_even_port_read(struct slice value, bool *reserve)
{
	if (value.len != 1)
		return -EBADMSG;
	*reserve = value.p[0] & 0x80;

	return 0;
}


int stun_flag_read(struct slice value)
{
	return value.len ? -EBADMSG : 0;
}


int stun_icmp_read(struct slice value, struct stun_icmp *icmp)
{
	struct reader r = reader(value);
	struct stun_icmp v;

	get_be16(&r);
	v.type = get_u8(&r);
	v.code = get_u8(&r);
	v.data = get_be32(&r);
	if (whole(&r))
		return -EBADMSG;
	*icmp = v;

	return 0;
}


int stun_port_read(struct slice value, uint16_t *port)
{
	struct reader r = reader(value);

	if (value.len != 2 && value.len != 4)
		return -EBADMSG;
	*port = get_be16(&r);

	return 0;
}
