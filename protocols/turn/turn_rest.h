/* Time-limited users (the "TURN REST API" draft, as all servers and web
 * applications have it): the name is the time of its end with a user's name
 * behind it, the password a MAC of the name under a secret that the server
 * shares with the application:
 *
 *	username = "1700000000:alice"
 *	password = base64(HMAC-SHA1(secret, username))
 *
 * SHA-256 is taken as well.  Thread: any, pure. */
#ifndef TURN_REST_H
#define TURN_REST_H

#include "base/error.h"
#include "base/slice.h"

enum {
	TURN_REST_SECRETS_MAX = 8,
	TURN_REST_SECRET_LEN_MAX = 1024,
	TURN_REST_PASSWORD_MAX = 45,     /* with its zero */
};

enum turn_rest_digest {
	TURN_REST_SHA1,
	TURN_REST_SHA256,
};

struct turn_rest_conf {
	char separator;          /* between time and user; 0: ':' */
	int64_t horizon_s;       /* how far in the future a name may end; 0: no
				  * limit */
	bool has_only_sha256;
};

struct turn_rest {
	struct turn_rest_conf conf;
	char *secrets[TURN_REST_SECRETS_MAX]; /* owned */
	size_t n_secrets;
};

struct turn_rest_name {
	int64_t expires_s;       /* since 1970 */
	struct str user;         /* borrowed; all of the name if it is only a
				  * time */
};

void turn_rest_init(struct turn_rest *rest, const struct turn_rest_conf *conf);

/* Free and overwrite the secrets. */
void turn_rest_fini(struct turn_rest *rest);

/* One more secret, copied: any of them is good, so that one can replace
 * another while users still live.
 * Returns 0, -EBADMSG (empty, or with a zero in it), -EMSGSIZE (too long, or
 * too many) or -ENOMEM. */
int turn_rest_add(struct turn_rest *rest, struct str secret);

/* Read "expiry", "expiry:user" or "expiry:" with the separator.
 * Returns 0, -EBADMSG (no time of 1 to 12 digits at the start), -ETIMEDOUT
 * (it ended, at `wall_s` at the latest) or -EACCES (beyond the horizon). */
int turn_rest_parse(const struct turn_rest *rest, struct str username,
		    int64_t wall_s, struct turn_rest_name *name);

/* The password of a name.  out: TURN_REST_PASSWORD_MAX bytes, ended by a zero.
 * Returns its length, -ENOTSUP or -ENOMEM (OpenSSL). */
API int turn_rest_password(char *out, enum turn_rest_digest digest,
			   struct str secret, struct str username);

#endif
