/* TLS 1.2 and 1.3 (RFC 5246, RFC 8446), server side, as a node of a chain:
 * "tcp tls rtmp".  Its acceptor line has sslCert and sslKey, and may have
 * sslCertificates.  The nearer node gets EVENT_UP once the handshake is
 * done. */
#ifndef TLS_NODE_H
#define TLS_NODE_H

#include "stack/protocol.h"

enum {
	TLS_RECORD_MAX = 16384,          /* plaintext bytes, RFC 8446 s5.1 */
	TLS_INPUT_MAX = TLS_RECORD_MAX + 2048,
	TLS_HANDSHAKE_MS = 10000,        /* from the connection on */
	TLS_WAITING_MAX = 128 * 1024,    /* sealed bytes that wait */
};

extern const struct protocol tls_protocol;

/* "tcp tlsOrPlain turn": TLS for peers that begin with a handshake record, if
 * the acceptor line has a certificate; for all others it takes itself out of
 * the chain.  The peer speaks first: until then nothing is sent, and no
 * EVENT_UP comes to those who speak plainly. */
extern const struct protocol tls_or_plain_protocol;

#endif
