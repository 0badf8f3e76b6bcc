/* A binding: one acceptor line of the configuration, checked and ready; what
 * its chains are opened for.  Immutable once workers run. */
#ifndef BINDING_H
#define BINDING_H

#include "host/application.h"
#include "host/quota.h"
#include "stack/chain.h"

enum { BINDING_PROTOCOLS_MAX = 2 * CHAIN_NODES_MAX };

/* What a protocol has prepared for the chains of a line. */
struct binding_part {
	const struct protocol *protocol;
	void *prepared;                  /* for its release; or NULL */
};

struct binding {
	struct log_tag log;
	struct server *server;
	struct application *app;
	const struct config_section *section;
	struct recipe recipe;
	char *chain_name;                /* owned: as configured */
	struct addr wanted;              /* where the file says */
	struct addr addr;                /* where it listens: 0.0.0.0 for ::
					  * without IPv6 */
	int worker;                      /* the only one, or -1: all */
	int backlog;
	int send_timeout_ms;
	struct tcp_conf tcp;
	struct quota *connections;       /* a reference; goes on, as the
					  * counts of its application do */
	struct binding_part parts[BINDING_PROTOCOLS_MAX];  /* near to far */
	size_t n_parts;
	int *fds;                        /* listening, one for each worker */
};

/* Check the line `section` of `app` and prepare its protocols.  Errors are
 * added to the configuration's.  0, -EBADMSG or -ENOMEM.  Thread: main. */
int binding_init(struct binding *binding, struct application *app,
		 const struct config_section *section);
void binding_fini(struct binding *binding);

/* Prepare one more protocol, which a node of its chains may become: for the
 * `prepare` of that node's protocol.  Who has a say in what is nearer (ALPN)
 * comes after those.  0, what its prepare says, or -EMSGSIZE: too many.
 * Thread: main. */
int binding_prepare(struct binding *binding, const struct protocol *protocol);

/* Open its sockets, after making sure that no other server has the address.
 * 0, or a negative errno, which is told to the log.  Thread: main. */
int binding_listen(struct binding *binding, unsigned n_workers);

/* The host on whose worker a chain of this binding runs, what `protocol`
 * prepared for it, or NULL. */
API struct host *binding_host(const struct binding *binding,
			      const struct chain *chain);
API void *binding_prepared(const struct binding *binding,
			   const struct protocol *protocol);

#endif
