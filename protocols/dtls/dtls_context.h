/* What the DTLS sessions of one acceptor line share: certificates and
 * settings (tls_context), and the key of the cookies.  It is made on main and
 * only read afterwards, by all workers. */
#ifndef DTLS_CONTEXT_H
#define DTLS_CONTEXT_H

#include "tls/tls_config.h"

struct dtls_context;
struct tls_wire;

/* Make a context around take_tls (TLS_DATAGRAM, freed on error too).
 * Thread: main.  0 or -ENOMEM. */
int dtls_context_new(struct dtls_context **context,
		     struct tls_context *take_tls);

/* The same from what the acceptor line says, as tls_configure; `protocol` is
 * the one that serves the socket.  0, -EBADMSG or -ENOMEM. */
int dtls_configure(struct dtls_context **context,
		   const struct binding *binding,
		   const struct protocol *protocol);

/* Free it; NULL is allowed.  Thread: main.  Returns NULL. */
struct dtls_context *dtls_context_free(struct dtls_context *context);

/* Use the certificates of `next` (tls_context_adopt); cookies stay good. */
void dtls_context_adopt(struct dtls_context *context,
			struct dtls_context *next);

/* The server's end of a new session over `wire`, which outlives it; for
 * SSL_free.  The cookie was verified before.  NULL without memory. */
struct ssl_st *dtls_context_session(const struct dtls_context *context,
				    struct tls_wire *wire);

/* The key of the cookies: DTLS_COOKIE_KEY_LEN bytes, borrowed. */
const uint8_t *dtls_context_key(const struct dtls_context *context);

#endif
