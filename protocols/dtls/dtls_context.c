/* What the DTLS sessions of one acceptor line share. */
#include "dtls/dtls_context.h"
#include <openssl/ssl.h>
#include "base/mem.h"
#include "base/random.h"
#include "dtls/dtls_cookie.h"


/* Of a handshake's datagrams: fits any path that carries media. */
enum { FLIGHT_MTU = 1200 };

struct dtls_context {
	struct tls_context *tls; /* owned */
	uint8_t key[DTLS_COOKIE_KEY_LEN];
};


int dtls_context_new(struct dtls_context **contextp,
		     struct tls_context *take_tls)
{
	struct dtls_context *context = mem_zalloc(sizeof(*context));

	if (!context) {
		tls_context_free(take_tls);
		return -ENOMEM;
	}

	context->tls = take_tls;
	random_bytes(context->key, sizeof(context->key));
	*contextp = context;

	return 0;
}


int dtls_configure(struct dtls_context **context,
		   const struct binding *binding,
		   const struct protocol *protocol)
{
	struct tls_context *tls;
	int err = tls_configure(&tls, binding, TLS_DATAGRAM, protocol);

	return err ? err : dtls_context_new(context, tls);
}


struct dtls_context *dtls_context_free(struct dtls_context *context)
{
	if (!context)
		return NULL;

	tls_context_free(context->tls);

	return mem_free(context);
}


void dtls_context_adopt(struct dtls_context *context,
			struct dtls_context *next)
{
	tls_context_adopt(context->tls, next->tls);
}


SSL *dtls_context_session(const struct dtls_context *context,
			  struct tls_wire *wire)
{
	SSL *ssl = tls_context_connection(context->tls, wire);

	if (ssl) {
		SSL_set_options(ssl, SSL_OP_NO_QUERY_MTU);
		SSL_set_mtu(ssl, FLIGHT_MTU);
	}

	return ssl;
}


const uint8_t *dtls_context_key(const struct dtls_context *context)
{
	return context->key;
}
