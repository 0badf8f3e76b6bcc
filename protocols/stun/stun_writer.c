/* Writing STUN messages (RFC 8489 s5, s14). */
#include "stun/stun_writer.h"
#include <assert.h>
#include "stun/stun_int.h"


static void fail(struct stun_writer *s, int err)
{
	if (!s->w->err)
		s->w->err = err;
}


/* The message so far; not after an error. */
static uint8_t *message(const struct stun_writer *s)
{
	return s->w->data + s->start;
}


/* Append an attribute with `len` bytes of room for its value, and count it
 * in the header.  NULL on error; the room may be empty. */
static uint8_t *room(struct stun_writer *s, unsigned type, size_t len)
{
	size_t all = STUN_ATTR_HEADER_LEN + len + STUN_PAD(len);
	size_t total = s->w->len - s->start + all;
	uint8_t *p;

	if (len > 0xffff || total > STUN_MESSAGE_MAX)
		fail(s, -EMSGSIZE);
	p = put_room(s->w, all);
	if (!p)
		return NULL;

	memset(p, 0, all);
	p[0] = (uint8_t)(type >> 8);
	p[1] = (uint8_t)type;
	p[2] = (uint8_t)(len >> 8);
	p[3] = (uint8_t)len;
	message(s)[2] = (uint8_t)((total - STUN_HEADER_LEN) >> 8);
	message(s)[3] = (uint8_t)(total - STUN_HEADER_LEN);

	return p + STUN_ATTR_HEADER_LEN;
}


/* As room, for what stands before the integrity. */
static uint8_t *attr(struct stun_writer *s, unsigned type, size_t len)
{
	assert(!s->ended);

	return room(s, type, len);
}


static void set_be32(uint8_t *p, uint32_t v)
{
	for (int i = 4; i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;
}


struct stun_writer stun_begin(struct writer *w, enum stun_class class,
			      unsigned method, const uint8_t *id)
{
	struct stun_writer s = { w, w->len, 0 };

	assert(method <= 0xfff);

	put_be16(w, stun_type(class, method));
	put_be16(w, 0);
	put_be32(w, STUN_COOKIE);
	put_bytes(w, slice(id, STUN_ID_LEN));

	return s;
}


void stun_put(struct stun_writer *s, unsigned type, struct slice value)
{
	uint8_t *p = attr(s, type, value.len);

	if (p && value.len)
		memcpy(p, value.p, value.len);
}


void stun_put_text(struct stun_writer *s, unsigned type, struct str text)
{
	if (text.len > STUN_TEXT_WRITE_MAX)
		fail(s, -EMSGSIZE);

	stun_put(s, type, slice(text.p, text.len));
}


static void put_addr(struct stun_writer *s, unsigned type,
		     const struct addr *addr, const uint8_t mask[16])
{
	struct slice ip = addr_ip(addr);
	unsigned port = addr_port(addr);
	uint8_t *p = attr(s, type, 4 + ip.len);

	if (!p)
		return;

	p[1] = ip.len == 4 ? STUN_FAMILY_IPV4 : STUN_FAMILY_IPV6;
	p[2] = (uint8_t)(port >> 8) ^ mask[0];
	p[3] = (uint8_t)port ^ mask[1];
	for (size_t i = 0; i < ip.len; i++)
		p[4 + i] = ip.p[i] ^ mask[i];
}


void stun_put_addr(struct stun_writer *s, unsigned type,
		   const struct addr *addr)
{
	static const uint8_t none[16];

	put_addr(s, type, addr, none);
}


void stun_put_xor_addr(struct stun_writer *s, unsigned type,
		       const struct addr *addr)
{
	uint8_t mask[16];

	if (s->w->err)
		return;

	stun_xor_mask(mask, message(s) + 8);
	put_addr(s, type, addr, mask);
}


void stun_put_u32(struct stun_writer *s, unsigned type, uint32_t v)
{
	uint8_t *p = attr(s, type, 4);

	if (p)
		set_be32(p, v);
}


void stun_put_u64(struct stun_writer *s, unsigned type, uint64_t v)
{
	uint8_t *p = attr(s, type, 8);

	if (p) {
		set_be32(p, (uint32_t)(v >> 32));
		set_be32(p + 4, (uint32_t)v);
	}
}


void stun_put_flag(struct stun_writer *s, unsigned type)
{
	attr(s, type, 0);
}


void stun_put_channel(struct stun_writer *s, uint16_t channel)
{
	stun_put_u32(s, STUN_CHANNEL_NUMBER, (uint32_t)channel << 16);
}


void stun_put_transport(struct stun_writer *s, uint8_t protocol)
{
	stun_put_u32(s, STUN_REQUESTED_TRANSPORT, (uint32_t)protocol << 24);
}


void stun_put_even_port(struct stun_writer *s, bool reserve)
{
	uint8_t v = reserve ? 0x80 : 0;

	stun_put(s, STUN_EVEN_PORT, slice(&v, 1));
}


void stun_put_icmp(struct stun_writer *s, const struct stun_icmp *icmp)
{
	uint8_t *p = attr(s, STUN_ICMP, 8);

	if (!p)
		return;

	p[2] = icmp->type;
	p[3] = icmp->code;
	set_be32(p + 4, icmp->data);
}


void stun_put_port(struct stun_writer *s, uint16_t port)
{
	stun_put_u32(s, STUN_RESPONSE_PORT, (uint32_t)port << 16);
}


static unsigned family_wire(int family)
{
	assert(family == AF_INET || family == AF_INET6);

	return family == AF_INET ? STUN_FAMILY_IPV4 : STUN_FAMILY_IPV6;
}


void stun_put_family(struct stun_writer *s, unsigned type, int family)
{
	stun_put_u32(s, type, family_wire(family) << 24);
}


void stun_put_error(struct stun_writer *s, int family, unsigned code,
		    struct str reason)
{
	unsigned type = family == AF_UNSPEC ? STUN_ERROR_CODE
					    : STUN_ADDRESS_ERROR_CODE;
	uint8_t *p;

	assert(code >= 300 && code <= 699);

	if (reason.len > STUN_TEXT_WRITE_MAX)
		fail(s, -EMSGSIZE);
	p = attr(s, type, 4 + reason.len);
	if (!p)
		return;

	if (family != AF_UNSPEC)
		p[0] = (uint8_t)family_wire(family);
	p[2] = (uint8_t)(code / 100);
	p[3] = (uint8_t)(code % 100);
	if (reason.len)
		memcpy(p + 4, reason.p, reason.len);
}


void stun_put_unknown(struct stun_writer *s, const uint16_t *types, size_t n)
{
	uint8_t *p = attr(s, STUN_UNKNOWN_ATTRIBUTES, n * 2);

	for (size_t i = 0; p && i < n; i++) {
		p[2 * i] = (uint8_t)(types[i] >> 8);
		p[2 * i + 1] = (uint8_t)types[i];
	}
}


void stun_put_algorithms(struct stun_writer *s, unsigned type,
			 const uint16_t *ids, size_t n)
{
	uint8_t *p = attr(s, type, n * 4);

	for (size_t i = 0; p && i < n; i++)
		set_be32(p + 4 * i, (uint32_t)ids[i] << 16);
}


/* NOTE: the value follows the header of an attribute that is counted in the
 * message already, as stun_integrity wants it. */
static void put_hmac(struct stun_writer *s, unsigned type, const char *digest,
		     struct slice key, size_t len)
{
	uint8_t *p = room(s, type, len);
	size_t at;
	int err;

	s->ended = type;
	if (!p)
		return;

	at = s->w->len - s->start - len - STUN_ATTR_HEADER_LEN;
	err = stun_integrity(digest, key, message(s), at, len, p);
	if (err)
		fail(s, err);
}


void stun_put_integrity(struct stun_writer *s, struct slice key)
{
	assert(!s->ended);

	put_hmac(s, STUN_MESSAGE_INTEGRITY, "SHA1", key, STUN_SHA1_LEN);
}


void stun_put_sha256(struct stun_writer *s, struct slice key)
{
	assert(!s->ended || s->ended == STUN_MESSAGE_INTEGRITY);

	put_hmac(s, STUN_MESSAGE_INTEGRITY_SHA256, "SHA256", key,
		 STUN_SHA256_LEN);
}


void stun_put_fingerprint(struct stun_writer *s)
{
	uint8_t *p;
	size_t at;

	assert(s->ended != STUN_FINGERPRINT);

	p = room(s, STUN_FINGERPRINT, 4);
	s->ended = STUN_FINGERPRINT;
	if (!p)
		return;

	at = s->w->len - s->start - STUN_ATTR_HEADER_LEN - 4;
	set_be32(p, stun_crc32(slice(message(s), at)) ^ STUN_CRC_XOR);
}
