/* A binding: one acceptor line of the configuration, checked and ready; what
 * its chains are opened for.  Immutable once workers run. */
#ifndef BINDING_H
#define BINDING_H

#include "host/application.h"
#include "host/quota.h"
#include "stack/chain.h"

struct binding {
	struct log_tag log;
	struct server *server;
	struct application *app;
	const struct config_section *section;
	struct recipe recipe;
	char *chain_name;                /* owned: as configured */
	struct addr addr;
	int worker;                      /* the only one, or -1: all */
	int backlog;
	int send_timeout_ms;
	struct tcp_conf tcp;
	struct quota connections;
	void *prepared[CHAIN_NODES_MAX]; /* by protocols' prepare */
	int *fds;                        /* listening, one for each worker */
};

/* Check the line `section` of `app` and prepare its protocols.  Errors are
 * added to the configuration's.  0, -EBADMSG or -ENOMEM.  Thread: main. */
int binding_init(struct binding *binding, struct application *app,
		 const struct config_section *section);
void binding_fini(struct binding *binding);

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
