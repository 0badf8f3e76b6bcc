/* For the tests of TLS: certificates in a folder of one's own, and a
 * connection without sockets: OpenSSL's client on one side, a chain "tls
 * near" over a fake carrier on the other. */
#ifndef TLS_TEST_H
#define TLS_TEST_H

#include <openssl/ssl.h>
#include "host/binding.h"
#include "tls/tls_context.h"
#include "tls/tls_node.h"

enum { CERTS_PATH_MAX = 256, NEAR_MAX = 100 };

struct certs {
	char dir[CERTS_PATH_MAX / 2];
};

int certs_init(struct certs *certs);
void certs_fini(struct certs *certs);

/* Write a certificate for `name` that it has signed itself, and its key, as
 * <name>.crt and <name>.key; days: of its life, from now. */
int certs_make(const struct certs *certs, const char *name, int days);

/* out: CERTS_PATH_MAX bytes.  Returns `out`. */
const char *certs_path(const struct certs *certs, char *out,
		       const char *name, const char *suffix);

/* A context with certificates for these names, ended by NULL; the first is
 * the default. */
int certs_context(const struct certs *certs, const char *const *names,
		  struct tls_context **context);

struct wire {
	/* The client.  Set ctx's and ssl's options before the first pump. */
	SSL_CTX *ctx;
	SSL *ssl;
	int ssl_error;           /* of its last call */
	struct writer got;       /* plaintext that the server sent */

	/* The carrier. */
	struct carrier carrier;
	struct writer up;        /* sealed, to the server, not eaten */
	struct writer down;      /* sealed, to the client */
	size_t cut;              /* 0: input whole; n: 1 to n bytes each */
	uint32_t random;
	size_t send_room;        /* bytes per send; 0: all */
	bool is_short;           /* `writable` is due */
	bool is_busy, is_shut, is_closed;

	/* The chain, and its nearest node: an echo. */
	struct backend backend;
	struct loop loop;
	struct binding binding;
	struct chain *chain;     /* NULL once closed */
	int closed_err;
	size_t out_max;          /* most that waited in tls's outbox */
	struct node *near;
	struct writer heard;     /* what it has eaten */
	bool is_deaf;            /* it eats nothing */
	bool is_mute;            /* it does not echo */
	size_t unit;             /* it eats multiples of this; 0: all */
	int n_events[EVENT_RESUME + 1];
	char log[1024];          /* the lines so far */
};

/* Open both ends; w: zeroed or not.  wire_fini is always right after it. */
int wire_init(struct wire *w, struct tls_context *context);

/* The same with another protocol for tls_protocol. */
int wire_init_with(struct wire *w, const struct protocol *protocol,
		   struct tls_context *context);
void wire_fini(struct wire *w);

/* Only keep what is logged, until wire_fini. */
void wire_log(struct wire *w);

/* Let bytes flow in both directions until none move. */
int wire_pump(struct wire *w);

/* Send plaintext from the client, or from the near node. */
int wire_say(struct wire *w, struct slice s);
int wire_near_say(struct wire *w, struct slice s);

/* The near node is deaf no more.  0, or why the chain was closed. */
int wire_near_resume(struct wire *w);

/* Bytes from nowhere to the server. */
int wire_inject(struct wire *w, struct slice s);

/* The client's bytes so far to the carrier, none to the chain. */
int wire_collect(struct wire *w);

/* A run of bytes that repeat late; for mem_free. */
uint8_t *pattern_new(size_t len);

#endif
