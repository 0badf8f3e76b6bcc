/* Who may use a TURN server: the long-term credentials of RFC 8489 s9.2 with
 * static users, time-limited users, a hook, and the tokens of RFC 7635.
 *
 *	code = turn_auth_check(auth, &request, &identity);
 *	if (code < 0)
 *		return;                         ... no answer
 *	if (code) {
 *		s = stun_begin(&w, STUN_ERROR, method, id);
 *		stun_put_error(&s, AF_UNSPEC, code, str(""));
 *		turn_auth_challenge(auth, &s, code, from, wall_s);
 *	} else {
 *		s = stun_begin(&w, STUN_SUCCESS, method, id);
 *		...
 *		turn_identity_sign(&identity, &s);
 *	}
 *
 * A turn_auth is made on one thread and only read afterwards, by all workers:
 * nothing here remembers a request. */
#ifndef TURN_AUTH_H
#define TURN_AUTH_H

#include "stun/stun_key.h"
#include "stun/stun_writer.h"
#include "turn/turn_rest.h"
#include "turn/turn_token.h"
#include "turn/turn_users.h"

struct turn_auth;

enum {
	TURN_AUTH_REALM_MAX = 127,       /* bytes, RFC 8489 s14.9 */
	TURN_AUTH_NONCE_S = 600,         /* life of a nonce, as shipped */
	TURN_AUTH_NONCE_KEY_MIN = 16,
	TURN_AUTH_PASSWORD_MAX = 256,
	TURN_IDENTITY_ID_LEN = 16,
	TURN_IDENTITY_TEXT_MAX = 64,     /* with its zero */
};

enum turn_identity_kind {
	TURN_IDENTITY_STATIC,
	TURN_IDENTITY_TIMED,             /* a name with the time of its end */
	TURN_IDENTITY_ASKED,             /* the hook knew the password */
	TURN_IDENTITY_TOKEN,             /* RFC 7635 */
};

/* Who sent a request.  Plain bytes without an end; they hold a key, and so
 * must never be logged whole. */
struct turn_identity {
	enum turn_identity_kind kind;
	uint8_t id[TURN_IDENTITY_ID_LEN]; /* of the user: to count by.  A
				  * time-limited user is the part of the name
				  * behind the time; the bearers of a token
				  * are one user */
	uint8_t holder[TURN_IDENTITY_ID_LEN]; /* who may take an allocation to
				  * another address: the id, but of the token
				  * that was used last */
	char text[TURN_IDENTITY_TEXT_MAX]; /* the user's name for logs, cut if
				  * long; of a token the id of its key */
	struct stun_key key;     /* that answers are signed with */
	bool is_sha256;          /* by MESSAGE-INTEGRITY-SHA256 */
	int64_t expires_s;       /* since 1970; 0: never.  NOTE: no LIFETIME
				  * may go beyond that of a token (RFC 7635
				  * s9) */
};

/* What the hook is asked, and what it says.  All text is borrowed. */
struct turn_auth_question {
	struct str username;     /* prepared as OpaqueString */
	struct str realm;
	const struct addr *from;
};

struct turn_auth_answer {
	char password[TURN_AUTH_PASSWORD_MAX];
	size_t len;              /* of it; not empty */
	int64_t expires_s;       /* for turn_identity; 0: never */
};

/* Tell the password of a user.  Called on the thread of turn_auth_check, with
 * the request's ask_arg; must not block.
 * Returns 0 and *answer, -ENOENT (no such user, or not now), or -EAGAIN: not
 * known yet, the client will send its request again. */
typedef int (turn_auth_ask_fn)(void *arg,
			       const struct turn_auth_question *question,
			       struct turn_auth_answer *answer);

struct turn_auth_conf {
	struct str realm;        /* 1..TURN_AUTH_REALM_MAX bytes */
	int64_t nonce_s;         /* life of a nonce; 0: TURN_AUTH_NONCE_S */
	struct slice nonce_key;  /* shared by servers whose nonces shall be good
				  * at all of them; empty: random */
	bool has_only_md5;       /* no PASSWORD-ALGORITHMS: RFC 5389 */
	bool has_only_sha256;    /* no clients of RFC 5389 */
	bool has_anonymity;      /* clients hide their names (USERHASH), if
				  * there are none but static users */
	struct turn_rest_conf rest;
	struct str server_name;  /* of tokens: THIRD-PARTY-AUTHORIZATION, and
				  * what they are sealed for */
	turn_auth_ask_fn *ask;   /* or NULL */
};

struct turn_auth_request {
	const struct stun_message *message;
	const struct addr *from;
	int64_t wall_s;          /* seconds since 1970: what nonces, times in
				  * names and tokens are held against */
	const struct turn_identity *owner; /* of the allocation that the
				  * request is about, or NULL */
	void *ask_arg;           /* for the hook */
};

/* Credentials that let nobody in yet.  Copies what `conf` has.
 * Returns 0, -EBADMSG (the realm is empty or refused by OpaqueString, or
 * nonce_key is shorter than TURN_AUTH_NONCE_KEY_MIN), -EMSGSIZE (realm or
 * server name too long), -ENOTSUP (has_only_md5 with an OpenSSL that lacks
 * it) or -ENOMEM. */
API int turn_auth_new(struct turn_auth **auth,
		      const struct turn_auth_conf *conf);

/* Give up the first reference; with the last (mem_ref, mem_unref) it is freed
 * and its secrets are overwritten.  NULL is allowed.  Returns NULL. */
API struct turn_auth *turn_auth_free(struct turn_auth *auth);

/* Let nonces of `before`, which it takes the place of, stay good.
 * Thread: main, before `auth` is used. */
API void turn_auth_inherit(struct turn_auth *auth,
			   const struct turn_auth *before);

/* A static user; a secret of time-limited users; a key of tokens.  They are
 * tried in this order, and the hook last.  A user without a key for SHA-256
 * takes PASSWORD-ALGORITHMS from everybody, since a client that sees them
 * must use the best.  Errors: see turn_users_add, turn_rest_add and
 * turn_tokens_add; also -ENOTSUP, for a user without a key of the only
 * algorithm. */
API int turn_auth_add_user(struct turn_auth *auth,
			   const struct turn_user_conf *user);
API int turn_auth_add_secret(struct turn_auth *auth, struct str secret);
API int turn_auth_add_token_key(struct turn_auth *auth,
				const struct turn_token_key *key);

/* Is there a user, secret, key or hook?  Without, a server must not start. */
bool turn_auth_lets_in(const struct turn_auth *auth);

/* STUN_FEATURE_*: what nonces promise. */
uint32_t turn_auth_features(const struct turn_auth *auth);

/* Is ACCESS-TOKEN known in requests of this method?  Only in Allocate and
 * Refresh, and only with keys of tokens (RFC 7635 s7, s9); else it belongs to
 * the unknown attributes. */
bool turn_auth_takes_token(const struct turn_auth *auth, unsigned method);

/* Do the checks of RFC 8489 s9.2.4 and RFC 7635 s7 in their order:
 *
 *  401  no integrity at all
 *  400  USERNAME and USERHASH, REALM or NONCE missing; algorithms that are
 *       not those that were offered
 *  401  another realm, no such user, wrong integrity, expired
 *  420  the same, with ACCESS-TOKEN where there are no keys of tokens
 *  438  the nonce is too old, or not for this client
 *
 * Of two integrities SHA-256 counts, the other is not looked at.  The owner's
 * own credentials go on working for his allocation when they have expired
 * (but for tokens), and the hook is not asked again for him.
 * NOTE: who may use the allocation is for turn_identity_may_use.
 * request: borrowed; a message of class STUN_REQUEST.
 * identity: filled on 0, else unchanged; may be `owner`.
 * Returns 0; a code for the answer, see turn_auth_challenge; or, for no
 * answer at all: -EAGAIN (the hook will know later), -ENOMEM, -ENOTSUP. */
int turn_auth_check(const struct turn_auth *auth,
		    const struct turn_auth_request *request,
		    struct turn_identity *identity);

/* For the log, what is wrong with a user name whose request was refused: its
 * time, or else that user and password do not match.  Pure; static text. */
const char *turn_auth_why_not(const struct turn_auth *auth,
			      struct str username, int64_t wall_s);

/* Put what an error answer with `code`, as turn_auth_check gave it, has beside
 * ERROR-CODE: for 401 and 438 REALM, a fresh NONCE for `from`,
 * PASSWORD-ALGORITHMS; for 401 THIRD-PARTY-AUTHORIZATION; for 420
 * UNKNOWN-ATTRIBUTES; for 400 nothing.  It gets no integrity.
 * Errors stick in the writer. */
void turn_auth_challenge(const struct turn_auth *auth, struct stun_writer *s,
			 int code, const struct addr *from, int64_t wall_s);

/* Put the integrity of an answer, success or error, to a request that passed
 * turn_auth_check.  Nothing may follow but FINGERPRINT. */
void turn_identity_sign(const struct turn_identity *identity,
			struct stun_writer *s);

/* May `identity` use what `owner` allocated, or is it 441 (RFC 8656 s5)?  The
 * same user may; and a client with a new token, which it must use to refresh
 * (RFC 7635 s9): that one comes from the owner's own address. */
bool turn_identity_may_use(const struct turn_identity *owner,
			   const struct turn_identity *identity);

/* May it, with the owner's ticket, from another address (RFC 8016 s3.2.2)?
 * Tickets can be seen on their way, and tokens are all alike: only the one
 * that the owner used last will do. */
bool turn_identity_may_move(const struct turn_identity *owner,
			    const struct turn_identity *identity);

/* After a Refresh: the owner goes on with the key, the holder and the end of
 * the credentials used for it; id and text, which he is counted by, stay. */
void turn_identity_renew(struct turn_identity *owner,
			 const struct turn_identity *identity);

#endif
