/* Digests and MACs of several parts, by OpenSSL 3.  Thread: any, pure. */
#ifndef STUN_CRYPTO_H
#define STUN_CRYPTO_H

#include "base/error.h"
#include "base/slice.h"

enum {
	STUN_SHA1_LEN = 20,
	STUN_SHA256_LEN = 32,
};

/* HMAC of the parts, one after the other.  digest: "SHA1" or "SHA256".
 * out: as long as the digest.  Returns 0, -ENOTSUP (not to be had) or
 * -ENOMEM. */
int stun_hmac(const char *digest, struct slice key, const struct slice *parts,
	      size_t n, uint8_t *out);

/* Digest of the parts.  Arguments and errors as for stun_hmac; also
 * "MD5". */
int stun_digest(const char *digest, const struct slice *parts, size_t n,
		uint8_t *out);

#endif
