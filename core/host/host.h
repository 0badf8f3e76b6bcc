/* A host: what one worker has of the server: its acceptors, chains, sessions,
 * and its instances of the applications.  Thread: the worker's. */
#ifndef HOST_H
#define HOST_H

#include <stdatomic.h>
#include "host/binding.h"
#include "host/lua_hooks.h"
#include "host/session.h"
#include "io/acceptor.h"
#include "io/worker.h"
#include "stack/demux.h"

struct host_acceptor {
	struct acceptor acceptor;        /* of streams, or */
	struct demux demux;              /* of datagrams, or */
	struct chain *shared;            /* by all peers of its socket */
	struct host *host;
	struct binding *binding;
};

/* An application on this worker. */
struct instance {
	const struct application *app;
	void *data;                      /* what its open gave */
	bool is_open;
	struct lua_hooks *lua;           /* of its setup, on this worker */
	int hooks[QUESTION_TYPES];       /* numbers of functions in `lua`, or
					  * negative */
	int close_hook;
};

/* Find its hooks, those of `app`, in `lua`.  0 or -ENOMEM.  Thread: that of
 * `lua`. */
int instance_find_hooks(struct instance *in, const struct application *app,
			 struct lua_hooks *lua);

/* Go on with the hooks of `from`.  Thread: the worker's. */
void instance_take_hooks(struct instance *in, const struct instance *from);

struct session_slot {
	struct session *session;         /* NULL: free */
	uint32_t generation;
	uint32_t next_free;
};

struct host {
	struct log_tag log;
	struct server *server;
	struct setup *setup;             /* in which it opens what is new */
	struct worker worker;
	struct lua_hooks *hooks;         /* owned */
	struct host_acceptor *acceptors; /* owned */
	size_t n_acceptors;
	struct list chains;
	struct session_slot *slots;      /* owned */
	uint32_t n_slots;
	uint32_t free_slot;              /* or n_slots: none is free */
	atomic_uint n_sessions;          /* any thread may look */
	bool is_draining;
	struct mail drain;
	struct timer drain_timer;
};

/* Make the host and its worker, without thread.  0 or a negative errno, told
 * to the log.  Thread: main. */
int host_init(struct host *host, struct server *server, unsigned index);

/* Close all listeners and chains at once.  Thread: main, after its worker has
 * stopped. */
void host_close(struct host *host);

/* The rest, after all loops had their turns to part.  Thread: main. */
void host_fini(struct host *host);

/* Close the listeners, tell the peers, and let the loop end when all are
 * gone, or after a moment.  Thread: any. */
void host_drain(struct host *host);

/* Open a chain of `recipe` over `take_carrier`, a peer that a protocol has
 * found on a socket of `binding`: it counts, and is bounded and closed, like
 * one that was accepted; binding_prepared is as for the binding's own chains.
 * Who is refused is told to the log, and the carrier closed.
 * Returns 0, -EACCES (a quota), -ECANCELED (the server ends), or what
 * chain_open says.  Thread: the host's worker. */
API int host_open_chain(struct host *host, struct binding *binding,
			const struct recipe *recipe,
			struct carrier *take_carrier);

/* The instance of `app` here. */
static inline struct instance *host_instance(const struct host *host,
					     const struct application *app)
{
	return &app->instances[host->worker.index];
}

#endif
