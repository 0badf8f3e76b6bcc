/* Packets for other workers.  Thread: that of `worker`. */
#ifndef TURN_RING_INT_H
#define TURN_RING_INT_H

#include "turn/turn_int.h"

/* For an allocation of another worker: what the peer `from`, a relay of ours,
 * has sent. */
void turn_ring_peer(struct turn_worker *worker, uint64_t id,
		    const struct addr *from, struct slice data,
		    const struct turn_cargo *cargo);

/* For the worker `to`: what came from a client by `path`. */
void turn_ring_client(struct turn_worker *worker, unsigned to,
		      const struct turn_path *path, struct slice in,
		      const struct turn_cargo *cargo);

/* For a client whose connection another worker has. */
void turn_ring_answer(struct turn_worker *worker,
		      const struct turn_path *path, struct slice head,
		      struct slice body);

/* The connection `path`, of this worker, has closed. */
void turn_ring_gone(struct turn_worker *worker, unsigned to,
		    const struct turn_path *path);

void turn_rings_free(struct turn_server *server);

#endif
