/* The first exchange of DTLS 1.2. */
#include "dtls/dtls_hello.h"
#include "base/reader.h"


enum {
	CONTENT_HANDSHAKE = 22,
	CLIENT_HELLO = 1,
	HELLO_VERIFY_REQUEST = 3,
	RECORD_HEADER = 13,      /* type, version, epoch, sequence, length */
	MESSAGE_HEADER = 12,
	VERSION_MAJOR = 254,     /* one's complement of 1 */
	DTLS_1_0 = 0xfeff,
	SESSION_ID_MAX = 32,
};


int dtls_hello_read(struct dtls_hello *hello, struct slice datagram)
{
	struct reader r = reader(datagram);
	unsigned type, major, epoch, message;
	size_t len, offset, fragment_len;
	struct slice session;

	type = get_u8(&r);  major = get_u8(&r);  get_u8(&r);
	epoch = get_be16(&r);
	hello->sequence = get_bytes(&r, DTLS_SEQUENCE_LEN);
	get_be16(&r);
	message = get_u8(&r);
	if (r.err || type != CONTENT_HANDSHAKE || major != VERSION_MAJOR ||
	    epoch || message != CLIENT_HELLO)
		return -ENOENT;

	len = get_be24(&r);  get_be16(&r);
	offset = get_be24(&r);  fragment_len = get_be24(&r);
	if (!r.err && (offset || fragment_len != len))
		return -ENOTSUP;

	get_be16(&r);
	hello->random = get_bytes(&r, DTLS_RANDOM_LEN);
	session = get_bytes(&r, get_u8(&r));
	hello->cookie = get_bytes(&r, get_u8(&r));
	if (r.err || session.len > SESSION_ID_MAX)
		return -EBADMSG;

	return 0;
}


static uint8_t *put(uint8_t *p, size_t n, size_t v)
{
	for (size_t i = n; i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;

	return p + n;
}


/* The record has the number of the one that it answers, and the version of
 * DTLS 1.0 whatever comes later (RFC 6347 s4.2.1). */
size_t dtls_verify_write(uint8_t out[DTLS_VERIFY_MAX],
			 const struct dtls_hello *hello, struct slice cookie)
{
	size_t body_len = 3 + cookie.len;
	uint8_t *p = out;

	p = put(p, 1, CONTENT_HANDSHAKE);
	p = put(p, 2, DTLS_1_0);
	p = put(p, 2, 0);
	memcpy(p, hello->sequence.p, DTLS_SEQUENCE_LEN);
	p = put(p + DTLS_SEQUENCE_LEN, 2, MESSAGE_HEADER + body_len);

	p = put(p, 1, HELLO_VERIFY_REQUEST);
	p = put(p, 3, body_len);
	p = put(p, 2, 0);
	p = put(p, 3, 0);
	p = put(p, 3, body_len);

	p = put(p, 2, DTLS_1_0);
	p = put(p, 1, cookie.len);
	memcpy(p, cookie.p, cookie.len);

	return RECORD_HEADER + MESSAGE_HEADER + body_len;
}
