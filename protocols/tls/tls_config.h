/* What an acceptor line says about encryption: sslCert, sslKey,
 * sslCertificates, and the protocols that stand behind it. */
#ifndef TLS_CONFIG_H
#define TLS_CONFIG_H

#include "host/binding.h"
#include "tls/tls_context.h"

/* Has the line certificates? */
bool tls_is_configured(const struct binding *binding);

/* Make a context of what the line says.  It offers by ALPN what `protocol`,
 * which is being prepared, and the nearer ones speak.  All faults are
 * added to the configuration's.  Thread: main.  0 and *context (owned by the
 * caller, for tls_context_free), -EBADMSG or -ENOMEM. */
int tls_configure(struct tls_context **context, const struct binding *binding,
		  enum tls_kind kind, const struct protocol *protocol);

#endif
