/* DTLS 1.2 (RFC 6347), server side.
 *
 * dtls_protocol serves a whole socket, "udp dtls echo": the nearer protocols
 * of its recipe stand in the chain of each session.  Its acceptor line has
 * sslCert and sslKey.
 *
 * dtls_session_protocol is the farthest in the chain of one session, over a
 * carrier that a door (dtls_door.h) has made: { dtls_session, turn }.  The
 * nearer node gets EVENT_UP once the handshake is done, then one plaintext
 * datagram for each `input`, with its meta.  All that is in its outbox when
 * the chain is flushed is one datagram: who has more to say calls chain_flush
 * after each.  They are lost if they are longer than DTLS_RECORD_MAX. */
#ifndef DTLS_NODE_H
#define DTLS_NODE_H

#include "stack/protocol.h"

enum {
	DTLS_RECORD_MAX = 16384,         /* plaintext bytes, RFC 6347 s4.1 */
	DTLS_HANDSHAKE_MS = 15000,       /* from the cookie on */
};

extern const struct protocol dtls_protocol;
extern const struct protocol dtls_session_protocol;

#endif
