/* Keys of STUN's credentials, and the text that goes into them (RFC 8489 s9,
 * s14.4, s18.5; RFC 8265 s4.2).  Thread: any, pure. */
#ifndef STUN_KEY_H
#define STUN_KEY_H

#include "base/error.h"
#include "base/slice.h"

enum stun_key_algorithm {
	STUN_KEY_MD5 = 1,
	STUN_KEY_SHA256 = 2,
};

enum { STUN_KEY_MAX = 32 };

/* A long-term key: worth as much as the password, never to be logged. */
struct stun_key {
	uint8_t bytes[STUN_KEY_MAX];
	size_t len;              /* 16 (MD5) or 32 (SHA-256) */
};

static inline struct slice stun_key_slice(const struct stun_key *key)
{
	return slice(key->bytes, key->len);
}

/* The digest of username ":" realm ":" password (s9.2.2).  The texts are
 * taken as they are: see stun_opaque_string and stun_text_unquote.
 * key: filled on 0, else unchanged.  Returns 0, -ENOTSUP (another algorithm,
 * or one that OpenSSL does not give: MD5 under FIPS) or -ENOMEM. */
int stun_key_long_term(struct stun_key *key, unsigned algorithm,
		       struct str username, struct str realm,
		       struct str password);

/* USERHASH: SHA-256 of username ":" realm (s14.4).  out: 32 bytes.
 * Returns 0, -ENOTSUP or -ENOMEM. */
int stun_userhash(uint8_t out[32], struct str username,
		  struct str realm);

/* Prepare a password, a username or a realm as OpaqueString (RFC 8265 s4.2):
 * spaces beyond ASCII become U+0020; controls, ignorable characters, old
 * Hangul letters and noncharacters are refused.
 * NOTE: what is not ASCII should come in NFC already; see the README.
 * out: `size` bytes, without an ending zero; never longer than `s`.
 * Returns the length, -EBADMSG (empty, not UTF-8, or refused) or -EMSGSIZE
 * (no room). */
int stun_opaque_string(struct str s, char *out, size_t size);

/* Equal bytes, in a time that tells nothing but whether the lengths are the
 * same. */
bool stun_is_secret(struct slice a, struct slice b);

#endif
