/* STUN messages, read in place (RFC 8489 s5, s14). */
#include "stun/stun_message.h"
#include <assert.h>
#include <openssl/crypto.h>
#include "stun/stun_int.h"


uint16_t stun_type(enum stun_class class, unsigned method)
{
	unsigned c = (unsigned)class;

	return (uint16_t)((method & 0xf80) << 2 | (method & 0x70) << 1 |
			  (method & 0xf) | (c & 2) << 7 | (c & 1) << 4);
}


const char *stun_method_name(unsigned method)
{
	switch (method) {

	case STUN_BINDING:            return "Binding";
	case STUN_ALLOCATE:           return "Allocate";
	case STUN_REFRESH:            return "Refresh";
	case STUN_SEND:               return "Send";
	case STUN_DATA_METHOD:        return "Data";
	case STUN_CREATE_PERMISSION:  return "CreatePermission";
	case STUN_CHANNEL_BIND:       return "ChannelBind";
	case STUN_CONNECT:            return "Connect";
	case STUN_CONNECTION_BIND:    return "ConnectionBind";
	case STUN_CONNECTION_ATTEMPT: return "ConnectionAttempt";
	default:                      return NULL;
	}
}


int stun_message_length(struct slice in)
{
	struct reader r = reader(in);
	unsigned type = get_be16(&r);
	unsigned len = get_be16(&r);
	uint32_t cookie = get_be32(&r);

	get_bytes(&r, STUN_ID_LEN);
	if (r.err)
		return -EAGAIN;
	if (type > 0x3fff || len % 4 || cookie != STUN_COOKIE)
		return -EBADMSG;

	return (int)(STUN_HEADER_LEN + len);
}


bool stun_attr_next(struct reader *r, struct stun_attr *attr)
{
	struct stun_attr next;
	size_t len;

	if (r->err || !reader_left(r))
		return false;

	next.type = get_be16(r);
	len = get_be16(r);
	next.value = get_bytes(r, len);
	get_bytes(r, STUN_PAD(len));
	if (r->err)
		return false;

	*attr = next;

	return true;
}


/* Is this one of the three that end a message, and is it of a length that it
 * can have?  Returns 1, 0 (another attribute) or -EBADMSG. */
static int is_tail(const struct stun_attr *a)
{
	size_t len = a->value.len;
	bool fits;

	switch (a->type) {

	case STUN_MESSAGE_INTEGRITY:
		fits = len == STUN_SHA1_LEN;
		break;

	case STUN_MESSAGE_INTEGRITY_SHA256:
		fits = len >= 16 && len <= STUN_SHA256_LEN && len % 4 == 0;
		break;

	case STUN_FINGERPRINT:
		fits = len == 4;
		break;

	default:
		return 0;
	}

	return fits ? 1 : -EBADMSG;
}


/* Note the attribute at offset `at`, if it counts there. */
static int tail_add(struct stun_message *m, const struct stun_attr *a,
		    size_t at)
{
	int err = 0;

	if (m->fingerprint)
		return -EBADMSG;
	if (a->type == STUN_MESSAGE_INTEGRITY && (m->integrity || m->sha256))
		return 0;
	if (a->type == STUN_MESSAGE_INTEGRITY_SHA256 && m->sha256)
		return 0;

	err = is_tail(a);
	if (err <= 0)
		return err;

	if (!m->integrity && !m->sha256)
		m->attrs.len = at - STUN_HEADER_LEN;

	if (a->type == STUN_MESSAGE_INTEGRITY)
		m->integrity = at;
	else if (a->type == STUN_MESSAGE_INTEGRITY_SHA256)
		m->sha256 = at;
	else
		m->fingerprint = at;

	return 0;
}


int stun_message_parse(struct slice in, struct stun_message *m)
{
	struct stun_message next = { .bytes = in };
	struct stun_attr a;
	struct reader r;
	unsigned type;
	int len, err;

	len = stun_message_length(in);
	if (len < 0)
		return len;
	if ((size_t)len > in.len)
		return -EAGAIN;

	next.bytes.len = (size_t)len;
	type = (unsigned)(in.p[0] << 8 | in.p[1]);
	next.class = (enum stun_class)((type & 0x100) >> 7 |
				       (type & 0x10) >> 4);
	next.method = (uint16_t)((type & 0x3e00) >> 2 | (type & 0xe0) >> 1 |
				 (type & 0xf));
	next.id = in.p + 8;
	next.attrs = slice_from(next.bytes, STUN_HEADER_LEN);

	r = reader(next.attrs);
	for (int n = 0; reader_left(&r); n++) {
		size_t at = next.bytes.len - reader_left(&r);

		if (!stun_attr_next(&r, &a))
			return -EBADMSG;
		if (n >= STUN_ATTRS_MAX)
			return -EMSGSIZE;
		err = tail_add(&next, &a, at);
		if (err)
			return err;
	}
	*m = next;

	return 0;
}


int stun_message_find(const struct stun_message *m, unsigned type,
		      struct slice *value)
{
	struct reader r = reader(m->attrs);
	struct stun_attr a;

	while (stun_attr_next(&r, &a)) {
		if (a.type == type) {
			*value = a.value;
			return 0;
		}
	}

	return -ENOENT;
}


static bool has(const uint16_t *types, size_t n, unsigned type)
{
	for (size_t i = 0; i < n; i++) {
		if (types[i] == type)
			return true;
	}

	return false;
}


size_t stun_message_unknown(const struct stun_message *m,
			    const uint16_t *known, size_t n_known,
			    uint16_t *unknown)
{
	struct reader r = reader(m->attrs);
	struct stun_attr a;
	size_t n = 0;

	while (n < STUN_UNKNOWN_MAX && stun_attr_next(&r, &a)) {
		if (stun_attr_is_required(a.type) &&
		    !has(known, n_known, a.type) && !has(unknown, n, a.type))
			unknown[n++] = a.type;
	}

	return n;
}


/* The value of one of the attributes at the end, by its offset. */
static struct slice tail_value(const struct stun_message *m, size_t at)
{
	struct reader r = reader(slice_from(m->bytes, at));
	struct stun_attr a = { 0 };

	stun_attr_next(&r, &a);

	return a.value;
}


int stun_message_check_fingerprint(const struct stun_message *m)
{
	uint32_t crc;

	if (!m->fingerprint)
		return -ENOENT;

	if (stun_u32_read(tail_value(m, m->fingerprint), &crc))
		return -EBADMSG;
	crc ^= STUN_CRC_XOR;

	return crc == stun_crc32(slice(m->bytes.p, m->fingerprint))
		       ? 0 : -EBADMSG;
}


static int check(const struct stun_message *m, const char *digest, size_t at,
		 struct slice key)
{
	struct slice got = tail_value(m, at);
	uint8_t want[64];
	int err;

	err = stun_integrity(digest, key, m->bytes.p, at, got.len, want);
	if (err)
		return err;

	return CRYPTO_memcmp(want, got.p, got.len) ? -EACCES : 0;
}


int stun_message_check_integrity(const struct stun_message *m,
				 struct slice key)
{
	if (!m->integrity)
		return -ENOENT;

	return check(m, "SHA1", m->integrity, key);
}


int stun_message_check_sha256(const struct stun_message *m, struct slice key,
			      size_t min_len)
{
	assert(min_len >= 16 && min_len <= STUN_SHA256_LEN);

	if (!m->sha256)
		return -ENOENT;
	if (tail_value(m, m->sha256).len < min_len)
		return -EACCES;

	return check(m, "SHA256", m->sha256, key);
}
