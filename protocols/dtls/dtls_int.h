/* What a door (dtls_door.c) and the node of a session (dtls_node.c) share. */
#ifndef DTLS_INT_H
#define DTLS_INT_H

#include "base/hash.h"
#include "dtls/dtls_cookie.h"
#include "dtls/dtls_door.h"

enum { DTLS_KEY_MAX = 2 * 18 };  /* two addresses with their ports */

struct dtls_session {
	struct carrier carrier;
	struct hash_node node;
	struct dtls_door *door;
	const struct dtls_context *context;
	int64_t seen_us;
	bool has_local;          /* its own address is to be sent from */
	bool is_up;              /* the handshake is done */
	struct loop_task death;
	uint8_t random[DTLS_RANDOM_LEN]; /* of the hello that opened it */
	uint8_t key[DTLS_KEY_MAX];
};

/* The session whose carrier this is; NULL: it is something else. */
struct dtls_session *dtls_session_of(struct carrier *carrier);

/* Send one datagram; one that finds no room is lost, as datagrams are. */
void dtls_session_send(struct dtls_session *session, struct slice datagram);

/* Its handshake is done. */
void dtls_session_up(struct dtls_session *session);

#endif
