/* Nonces that the server need not remember (RFC 8489 s9.2, s18.1): the nonce
 * cookie with its security features, the time of the nonce's end, and an HMAC
 * that binds both to the client's address and port.
 * Thread: any; the keys belong to their owner. */
#ifndef STUN_NONCE_H
#define STUN_NONCE_H

#include "io/addr.h"

/* Bit 0 of the RFC is the most significant of 24. */
enum {
	STUN_FEATURE_PASSWORD_ALGORITHMS = 1 << 23,
	STUN_FEATURE_USERNAME_ANONYMITY = 1 << 22,
};

enum {
	STUN_COOKIE_LEN = 13,            /* "obMatJos2" and four more */
	STUN_NONCE_LEN = STUN_COOKIE_LEN + 32,
	STUN_NONCE_KEY_LEN = 32,
};

/* New nonces are made with `now`, those of `old` are still known. */
struct stun_nonce_keys {
	uint8_t now[STUN_NONCE_KEY_LEN];
	uint8_t old[STUN_NONCE_KEY_LEN];
};

/* Two random keys. */
void stun_nonce_keys_init(struct stun_nonce_keys *keys);

/* A new key; that of before becomes the old one.  To be done at most once in
 * the life of a nonce. */
void stun_nonce_keys_rotate(struct stun_nonce_keys *keys);

/* The features that a nonce promises.
 * Returns 0 and *features, or -ENOENT: no nonce cookie. */
int stun_nonce_features(struct str nonce, uint32_t *features);

/* Write a nonce.  features: STUN_FEATURE_*.  ends_s: when it ends, in seconds
 * of any clock that goes on, at least 0 and less than 2^48.  from: whom it is for.
 * out: STUN_NONCE_LEN bytes and a zero.
 * Returns 0, -ENOTSUP or -ENOMEM (OpenSSL). */
int stun_nonce_print(char out[STUN_NONCE_LEN + 1],
		     const struct stun_nonce_keys *keys,
		     uint32_t features, int64_t ends_s,
		     const struct addr *from);

/* Check a nonce that came from `from` at `now_s`.
 * Returns 0, -EACCES (not ours, changed, or given to somebody else),
 * -ETIMEDOUT (ours, but at its end), -ENOTSUP or -ENOMEM. */
int stun_nonce_check(struct str nonce,
		     const struct stun_nonce_keys *keys, int64_t now_s,
		     const struct addr *from);

/* The same for a nonce that may have been given to another port of the
 * address. */
int stun_nonce_check_ip(struct str nonce,
			const struct stun_nonce_keys *keys, int64_t now_s,
			const struct addr *from);

#endif
