/* A TURN server: what all workers of one application share, and what each of
 * them has (RFC 8656). */
#ifndef TURN_SERVER_H
#define TURN_SERVER_H

#include "base/report.h"
#include "host/host.h"
#include "turn/turn_conf.h"

struct turn_server;
struct turn_worker;

/* The protocol of all chains towards clients.  It belongs to modules that
 * list it, and whose `open` gives a turn_worker. */
API extern const struct protocol turn_protocol;

/* A server for `n_workers`, which has taken over what `take_conf` owns, on
 * errors too.  Returns 0 or -ENOMEM.  Thread: main. */
API int turn_server_new(struct turn_server **server,
			const struct turn_conf *take_conf,
			unsigned n_workers);

/* Free it; its workers are gone.  NULL is allowed, and returned.
 * Thread: main. */
API struct turn_server *turn_server_free(struct turn_server *server);

/* The part on the worker of `host`, which lives on.  ask_arg: for the hook of
 * conf.auth.  Returns 0 or -ENOMEM.  Thread: main, before the worker starts. */
API int turn_worker_new(struct turn_worker **worker,
			struct turn_server *server, struct host *host,
			void *ask_arg);

/* What turn_worker_new was given.  Thread: the worker's. */
API void *turn_worker_ask_arg(const struct turn_worker *worker);

/* From now on those of `next` may use it, and reach whom they may there;
 * allocations that there are stay.  Thread: the worker's. */
API void turn_worker_adopt(struct turn_worker *worker,
			   const struct turn_server *next);

/* The nonces of `before`, which `server` follows, stay good.  Thread: main,
 * before `server` has workers. */
API void turn_server_follow(struct turn_server *server,
			    const struct turn_server *before);

/* End all allocations and free it, after its chains are closed.  NULL is
 * allowed, and returned.  Thread: the worker's, or main after its end. */
API struct turn_worker *turn_worker_free(struct turn_worker *worker);

/* End the allocation with that id on this worker, for `reason` (static text).
 * Returns 0, or -ENOENT: it is gone.  Thread: the worker's. */
API int turn_worker_end(struct turn_worker *worker, uint64_t id,
			const char *reason);

/* Describe at most *max allocations, counting it down, from slot `from` on.
 * Returns the slot to go on with, or 0: that was all.  Thread: the
 * worker's. */
API size_t turn_worker_describe(struct report *r,
				const struct turn_worker *worker,
				size_t from, size_t *max);

#endif
