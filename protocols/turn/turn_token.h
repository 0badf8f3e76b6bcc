/* Self-contained access tokens (RFC 7635 s6.2): what an authorization server
 * seals for one STUN server with a key that both know, so that a client can
 * prove what it was given.
 *
 *	nonce_length:16 nonce  AEAD { key_length:16 mac_key timestamp:64
 *	                              lifetime:32 }, with the server's name
 *
 * Thread: any, pure. */
#ifndef TURN_TOKEN_H
#define TURN_TOKEN_H

#include "base/error.h"
#include "base/slice.h"
#include "stun/stun_key.h"

enum {
	TURN_TOKEN_KEYS_MAX = 16,
	TURN_TOKEN_KID_MAX = 128,
	TURN_TOKEN_SERVER_MAX = 255,     /* bytes of a server's name */
	TURN_TOKEN_NONCE_LEN = 12,       /* of AES-GCM (RFC 5116 s5.1) */
	TURN_TOKEN_MAC_KEY_MIN = 16,     /* bytes */
	TURN_TOKEN_MAC_KEY_MAX = STUN_KEY_MAX,
	TURN_TOKEN_FRAME_LEN = 2 + TURN_TOKEN_NONCE_LEN + 2 + 8 + 4 + 16,
	TURN_TOKEN_MAX = TURN_TOKEN_FRAME_LEN + TURN_TOKEN_MAC_KEY_MAX,
	TURN_TOKEN_DELTA_S = 5,          /* RFC 7635 s7 */
};

enum turn_token_algorithm {
	TURN_TOKEN_A128GCM,
	TURN_TOKEN_A256GCM,
};

/* What the authorization server and we share. */
struct turn_token_key {
	char kid[TURN_TOKEN_KID_MAX + 1]; /* its name, in USERNAME; ended by a
				  * zero */
	enum turn_token_algorithm algorithm;
	uint8_t bytes[32];       /* 16 of them for A128GCM */
};

struct turn_tokens {
	struct turn_token_key keys[TURN_TOKEN_KEYS_MAX];
	size_t n_keys;
};

struct turn_token {
	struct stun_key mac_key; /* TURN_TOKEN_MAC_KEY_MIN..MAX bytes */
	uint64_t made_at;        /* seconds since 1970 in 48 bits, then 16 of
				  * 1/64000 s */
	uint32_t lifetime_s;
};

/* Fill a key from its configuration.
 * kid: 1..TURN_TOKEN_KID_MAX bytes.  algorithm: "A128GCM" or "A256GCM".
 * base64: at least 16 or 32 bytes; what is more is left out, as RFC 7635
 * appendix A does.
 * Returns 0, -ENOENT (another algorithm), -EBADMSG (kid empty or with a zero
 * in it, not base64, too short) or -EMSGSIZE (kid or key too long). */
API int turn_token_key_parse(struct turn_token_key *key, struct str kid,
			     struct str algorithm, struct str base64);

/* Copy a key into the set.  Returns 0, -EEXIST or -EMSGSIZE. */
int turn_tokens_add(struct turn_tokens *tokens,
		    const struct turn_token_key *key);

/* The key with this name, or NULL. */
const struct turn_token_key *turn_tokens_find(const struct turn_tokens *tokens,
					      struct str kid);

/* Open the value of ACCESS-TOKEN: the token, or its base64 (RFC 7635 s6.2 can
 * be read both ways).  server: the name it must have been made for.
 * token: filled on 0, else unchanged.
 * Returns 0, -EBADMSG (lengths), -EACCES (not sealed with this key for this
 * server), -ENOTSUP or -ENOMEM (OpenSSL). */
int turn_token_open(const struct turn_token_key *key, struct str server,
		    struct slice in, struct turn_token *token);

/* Seal a token, as an authorization server does.
 * nonce: TURN_TOKEN_NONCE_LEN bytes, never the same twice with one key.
 * out: TURN_TOKEN_MAX bytes.
 * Returns the length, -EMSGSIZE (length of the MAC key), -ENOTSUP or
 * -ENOMEM. */
int turn_token_seal(const struct turn_token_key *key, struct str server,
		    const uint8_t *nonce, const struct turn_token *token,
		    uint8_t *out);

/* How long the token is still good at `wall_s`: lifetime + delta - |now -
 * made| (RFC 7635 s9); 0 or less: it is not (s7). */
int64_t turn_token_left_s(const struct turn_token *token, int64_t wall_s);

#endif
