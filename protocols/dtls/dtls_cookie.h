/* Cookies that the server need not remember: a MAC over who sends them from
 * where (RFC 6347 s4.2.1), by a key that all workers share.  The MAC is also
 * over the minute, which stands for a key of its own: one lives for this
 * minute and the next.  Thread: any, pure. */
#ifndef DTLS_COOKIE_H
#define DTLS_COOKIE_H

#include "dtls/dtls_hello.h"
#include "io/addr.h"

enum {
	DTLS_COOKIE_KEY_LEN = 32,
	DTLS_COOKIE_LEN = 16,    /* of HMAC-SHA256's 32 bytes */
	DTLS_COOKIE_S = 60,      /* it lives so long, to twice that */
};

/* Between whom the hello went. */
struct dtls_path {
	struct addr peer;
	struct addr local;       /* without family: not known */
};

/* The cookie for who sends `hello` (only its random is read).  now_us: of a
 * clock that all workers share.  0, or -ENOMEM (OpenSSL's). */
int dtls_cookie_make(uint8_t out[DTLS_COOKIE_LEN],
		     const uint8_t key[DTLS_COOKIE_KEY_LEN],
		     const struct dtls_path *path,
		     const struct dtls_hello *hello, int64_t now_us);

/* Is hello->cookie one that we made for it, not too long ago? */
bool dtls_cookie_is_valid(const uint8_t key[DTLS_COOKIE_KEY_LEN],
			  const struct dtls_path *path,
			  const struct dtls_hello *hello, int64_t now_us);

#endif
