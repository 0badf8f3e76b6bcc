/* The keys that tokens are checked with.  Thread: main; then they do not
 * change, and any. */
#ifndef JWT_APP_KEYS_H
#define JWT_APP_KEYS_H

#include <jwt.h>
#include "base/error.h"
#include "base/slice.h"

enum {
	JWT_APP_KEYS_MAX = 32,
	JWT_APP_KEY_FILE_MAX = 64 * 1024,
};

/* As libjwt wants it: the bytes of a secret, or a public key as PEM. */
struct jwt_app_key {
	char *kid;               /* owned; "": it has none */
	uint8_t *bytes;          /* owned; ends with a zero */
	size_t len;
};

struct jwt_app_keys {
	jwt_alg_t alg;           /* the only one that is taken */
	size_t n;
	struct jwt_app_key at[JWT_APP_KEYS_MAX];
};

/* Add a secret (of HS*) or a public key in PEM (of RS*, ES*).  0; -EBADMSG,
 * *why: it is no such key, static; -EMSGSIZE: there are too many; -ENOMEM. */
int jwt_app_keys_add(struct jwt_app_keys *keys, struct slice key,
		     const char **why);

/* Add those of a JWK set (RFC 7517 s5) that are for keys->alg.  As above;
 * -EBADMSG also if there is none. */
int jwt_app_keys_add_set(struct jwt_app_keys *keys, struct slice json,
			 const char **why);

/* The key for a token that names `kid` (NULL: none), or NULL. */
const struct jwt_app_key *jwt_app_keys_find(const struct jwt_app_keys *keys,
					    const char *kid);

/* Base64url without padding (RFC 7515 s2) into `out`.  Returns the length, or
 * -1: it is none, or longer than `size`.  Thread: any, pure. */
int jwt_app_decode(uint8_t *out, size_t size, struct str text);

void jwt_app_keys_fini(struct jwt_app_keys *keys);

#endif
