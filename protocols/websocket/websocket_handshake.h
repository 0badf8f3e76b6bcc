/* The opening handshake, seen from the server (RFC 6455 s4.2), over the
 * values of an HTTP request's header fields.  Where a field came more than
 * once its values are joined with ", ", as RFC 9110 s5.3 says.
 * Thread: any, pure. */
#ifndef WEBSOCKET_HANDSHAKE_H
#define WEBSOCKET_HANDSHAKE_H

#include "base/error.h"
#include "base/slice.h"

enum {
	WEBSOCKET_VERSION = 13,
	WEBSOCKET_KEY_LEN = 24,          /* 16 bytes in base64 */
	WEBSOCKET_ACCEPT_LEN = 28,       /* 20 bytes in base64 */
};

/* What a client asks with; empty what is not there.  All borrowed. */
struct websocket_request {
	struct str method;
	bool is_http10;          /* HTTP/1.0 knows no upgrade */
	struct str host;
	struct str upgrade;
	struct str connection;
	struct str key;          /* Sec-WebSocket-Key */
	struct str version;      /* Sec-WebSocket-Version */
};

/* Is this a handshake, and one that can be accepted (s4.2.1)?
 *
 * Origin is not looked at: which pages may connect is the application's
 * policy.  Extensions are not either: none is agreed upon.
 *
 * Returns 0; -ENOENT: no upgrade to WebSocket is asked for, so this is a
 * request like others; -ENOTSUP: another version than 13, to be answered with
 * 426 and "Sec-WebSocket-Version: 13" (s4.4); -EBADMSG: to be answered with
 * 400. */
int websocket_request_check(const struct websocket_request *q);

/* Print Sec-WebSocket-Accept, which proves that the server read the key
 * (s4.2.2).
 * out: WEBSOCKET_ACCEPT_LEN + 1 bytes, zero-terminated on 0.
 * key: as checked by websocket_request_check.
 * Returns 0, or -ENOTSUP: this OpenSSL has no SHA-1. */
int websocket_accept_print(char *out, struct str key);

/* Choose one of the subprotocols that the client offers, in its order
 * (s4.2.2).
 * offered: Sec-WebSocket-Protocol.  ours: `n` names, compared case and all.
 * Returns 0 and *chosen, borrowed from `offered`; -ENOENT: none is ours, or
 * offered: answer without that field; -EBADMSG: no list of tokens. */
int websocket_protocol_choose(struct str offered, const char *const *ours,
			      size_t n, struct str *chosen);

#endif
