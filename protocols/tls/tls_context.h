/* What the connections of one acceptor line share: certificates by name, the
 * keys of session tickets, the settings of OpenSSL.  It is made on main and
 * only read afterwards, by all workers. */
#ifndef TLS_CONTEXT_H
#define TLS_CONTEXT_H

#include "base/error.h"
#include "base/slice.h"

struct ssl_st;
struct tls_context;
struct tls_wire;

enum {
	TLS_FAULT_MAX = 1024,
	TLS_ALPN_MAX = 256,      /* bytes of all protocols' names */
};

enum tls_kind {
	TLS_STREAM,              /* TLS 1.2 and 1.3 */
	TLS_DATAGRAM,            /* DTLS 1.2 */
};

/* What is wrong with a certificate. */
struct tls_fault {
	enum tls_fault_where {
		TLS_FAULT_HOST,
		TLS_FAULT_CERT,
		TLS_FAULT_KEY,
	} where;
	char text[TLS_FAULT_MAX];  /* for a person; names the file */
};

/* A certificate with the rest of its chain, and its private key: PEM files.
 * All is borrowed for the call. */
struct tls_identity {
	const char *host;        /* "a.example.org", "*.example.org" */
	const char *cert_file;
	const char *key_file;
};

/* A context without certificates.  Thread: main.  0 or -ENOMEM. */
int tls_context_new(struct tls_context **context, enum tls_kind kind);

/* Free it; NULL is allowed.  Connections that still live keep what they
 * need.  Thread: main.  Returns NULL. */
struct tls_context *tls_context_free(struct tls_context *context);

/* Use the certificates of `next`, of the same kind, from now on; it gets the
 * old ones, and must live on until all connections that were being made
 * (tls_context_connection, the handshake's look at a name) are out of that.
 * Thread: main, while others use `context`. */
void tls_context_adopt(struct tls_context *context, struct tls_context *next);

/* Add a certificate.  The first is the default: it has no use for its host,
 * which may be NULL, and is for whoever asks for an unknown name or for none.
 * Thread: main, before tls_context_connection.  Returns 0, -ENOMEM, or
 * -EBADMSG and *fault: unreadable, not PEM, a key that is encrypted or not
 * that of the certificate, a host that is no name or there already. */
int tls_context_add(struct tls_context *context,
		    const struct tls_identity *identity,
		    struct tls_fault *fault);

/* Speak also the protocols `ids`, blanks between them ("stun.turn h2"), the
 * favourite first.  With any, a client that offers protocols (ALPN, RFC 7301
 * s3.2) and none of these gets the alert no_application_protocol; one that
 * offers none is served.  Thread: main.  0, -ENOMEM or -EMSGSIZE. */
int tls_context_add_alpn(struct tls_context *context, const char *ids);

/* The protocol that both ends have agreed on by ALPN, borrowed; empty: none.
 * Thread: that of the connection. */
struct str tls_alpn(const struct ssl_st *ssl);

/* The server's end of a new connection over `wire`, which outlives it; for
 * SSL_free.  NULL without memory.  Thread: any.
 * NOTE: a datagram's cookie is not looked at, but that of its maker. */
struct ssl_st *tls_context_connection(const struct tls_context *context,
				      struct tls_wire *wire);

/* Does a certificate for `host` serve the name that a client asks for?  Case
 * does not matter, "*." stands for one label (RFC 6125 s6.4.3). */
bool tls_host_fits(struct str host, struct str name);

#endif
