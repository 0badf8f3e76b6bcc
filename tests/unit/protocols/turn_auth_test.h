/* A client that says what a case wants, right or wrong. */
#ifndef TURN_AUTH_TEST_H
#define TURN_AUTH_TEST_H

#include "stun/stun_nonce.h"
#include "turn/turn_auth.h"

#define TURN_AUTH_TEST_REALM "example.org"

enum { TURN_AUTH_TEST_NOW = 1700000000 };

/* A zeroed one sends no attribute at all. */
struct turn_auth_client {
	unsigned method;
	const char *name;        /* USERNAME */
	const uint8_t *userhash;
	const char *realm;
	struct str nonce;
	struct slice algorithms; /* PASSWORD-ALGORITHMS; p NULL: none */
	struct slice algorithm;
	struct slice token;
	struct stun_key key;     /* of the integrities */
	bool has_sha1;
	bool has_sha256;
	struct addr from;
	int64_t wall_s;
	const struct turn_identity *owner;
	void *ask_arg;

	/* What the server said last: attributes borrow `w`. */
	struct writer w;
	char nonce_text[STUN_NONCE_LEN + 1];
	uint8_t algorithms_copy[16];
	struct turn_identity identity;
};

/* A client at 192.0.2.1:1000 with the realm, that sends Allocate. */
struct turn_auth_client turn_auth_client(const char *name);
void turn_auth_client_fini(struct turn_auth_client *c);

/* Send the request.  What turn_auth_check says. */
int turn_auth_client_send(struct turn_auth_client *c,
			  const struct turn_auth *auth);

/* Take nonce and algorithms from the challenge that 401 or 438 comes with,
 * and the best algorithm that `ids` has.  0, or -ENOMEM. */
int turn_auth_client_learn(struct turn_auth_client *c,
			   const struct turn_auth *auth, int code);

/* Key of the password for the algorithm chosen, and the integrity for it. */
int turn_auth_client_password(struct turn_auth_client *c,
			      const char *password);

/* All of these: learn, password, send. */
int turn_auth_client_log_in(struct turn_auth_client *c,
			    const struct turn_auth *auth,
			    const char *password);

#endif
