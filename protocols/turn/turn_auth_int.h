/* What the files of turn_auth share. */
#ifndef TURN_AUTH_INT_H
#define TURN_AUTH_INT_H

#include "turn/turn_auth.h"

enum { TURN_AUTH_MASTER_LEN = 32 };

struct turn_auth {
	char *realm;             /* owned; prepared as OpaqueString */
	char *server_name;       /* owned */
	int64_t nonce_s;
	uint8_t master[TURN_AUTH_MASTER_LEN]; /* keys of nonces come of it */
	bool has_md5;
	bool has_sha256;
	bool has_anonymity;
	struct turn_users users;
	struct turn_rest rest;
	struct turn_tokens tokens;
	turn_auth_ask_fn *ask;
};

/* What a request says about itself; all borrowed. */
struct turn_auth_claim {
	const struct stun_message *message;
	struct slice username;   /* p NULL: there is none */
	struct slice userhash;   /* the same */
	struct slice token;      /* the same */
	struct str realm;
	struct str nonce;
	unsigned algorithm;      /* enum stun_key_algorithm: of the key */
	bool is_old;             /* of a client that knows MD5 alone */
	char name_text[TURN_USER_NAME_MAX];
	struct str name;         /* USERNAME prepared as OpaqueString, in
				  * name_text; empty: not valid */
};

/* Find out whose integrity the claim has.
 * Returns 0 and *identity, -EACCES, -EAGAIN (the hook), -ENOMEM. */
int turn_auth_identify(const struct turn_auth *auth,
		       const struct turn_auth_request *request,
		       const struct turn_auth_claim *claim,
		       struct turn_identity *identity);

#endif
