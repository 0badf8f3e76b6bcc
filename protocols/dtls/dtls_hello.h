/* The first exchange of DTLS 1.2, which makes no state: a ClientHello, and
 * the HelloVerifyRequest that answers one without a cookie (RFC 6347 s4.2.1).
 * Thread: any, pure. */
#ifndef DTLS_HELLO_H
#define DTLS_HELLO_H

#include "base/error.h"
#include "base/slice.h"

enum {
	DTLS_RANDOM_LEN = 32,
	DTLS_SEQUENCE_LEN = 6,
	DTLS_COOKIE_MAX = 255,
	DTLS_VERIFY_MAX = 28 + DTLS_COOKIE_MAX,  /* a HelloVerifyRequest */
};

/* All is borrowed from the datagram. */
struct dtls_hello {
	struct slice sequence;   /* of its record: DTLS_SEQUENCE_LEN bytes */
	struct slice random;     /* DTLS_RANDOM_LEN bytes */
	struct slice cookie;     /* empty in a client's first one */
};

/* Read a datagram that begins with a ClientHello, up to its cookie.
 * Returns 0, -ENOENT: it is something else (of a session, or no DTLS at
 * all), -ENOTSUP: only a fragment of one, or -EBADMSG. */
int dtls_hello_read(struct dtls_hello *hello, struct slice datagram);

/* Write the HelloVerifyRequest that asks the sender of `hello` for `cookie`
 * (at most DTLS_COOKIE_MAX bytes) into `out`.  Returns its length. */
size_t dtls_verify_write(uint8_t out[DTLS_VERIFY_MAX],
			 const struct dtls_hello *hello, struct slice cookie);

#endif
