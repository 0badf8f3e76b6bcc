/* Static users: by name and by USERHASH, with keys that are made of passwords
 * or come instead of them (RFC 8489 s9.2.2, s14.4, s18.5).
 * Made on one thread, then read by all. */
#ifndef TURN_USERS_H
#define TURN_USERS_H

#include "base/hash.h"
#include "stun/stun_key.h"

enum {
	TURN_USERS_MAX = 1 << 20,
	TURN_USER_NAME_MAX = 508,        /* bytes, RFC 8489 s14.3 */
};

/* A password, or one or both keys in hexadecimal (32 and 64 digits, "0x"
 * before them or not). */
struct turn_user_conf {
	struct str name;
	struct str password;
	struct str md5_key;      /* MD5(name ":" realm ":" password) */
	struct str sha256_key;   /* SHA-256 of the same */
};

struct turn_user {
	struct hash_node by_name;
	struct hash_node by_hash;
	struct stun_key md5;     /* len 0: there is none */
	struct stun_key sha256;
	uint8_t userhash[32];
	size_t name_len;
	char name[];             /* prepared as OpaqueString */
};

struct turn_users {
	struct hash by_name;
	struct hash by_hash;
	size_t n_without_md5;
	size_t n_without_sha256;
};

void turn_users_init(struct turn_users *users);

/* Free all, and overwrite their keys. */
void turn_users_fini(struct turn_users *users);

/* Add a user.  realm: prepared; as users are looked up with it later.
 * Without MD5 (OpenSSL under FIPS) a password gives the other key alone.
 * Returns 0, -EBADMSG (a name or password that is empty or refused by
 * OpaqueString, a key that is not hexadecimal or of another length, neither
 * or both of password and key), -EEXIST (the name is there), -EMSGSIZE (name
 * too long, too many users), -ENOTSUP or -ENOMEM. */
int turn_users_add(struct turn_users *users, struct str realm,
		   const struct turn_user_conf *conf);

/* The user with this name (prepared), or with this USERHASH, or NULL. */
const struct turn_user *turn_users_find(const struct turn_users *users,
					struct str name);
const struct turn_user *
turn_users_find_hash(const struct turn_users *users, struct slice userhash);

static inline struct str turn_user_name(const struct turn_user *user)
{
	return str_n(user->name, user->name_len);
}

#endif
