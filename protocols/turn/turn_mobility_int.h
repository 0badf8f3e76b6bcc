/* Allocations that move (RFC 8016), also between workers.  Thread: the
 * worker's. */
#ifndef TURN_MOBILITY_INT_H
#define TURN_MOBILITY_INT_H

#include "turn/turn_int.h"

/* Put MOBILITY-TICKET into an answer. */
void turn_put_ticket(struct turn_request *rq,
		     const struct turn_allocation *alloc);

/* A Refresh with a ticket, by another path than that of its allocation: find
 * that, and make `path` the one that it moves to.  Returns 0 and rq->alloc,
 * 400, 405, 437, 441, 508, or TURN_ANSWERED: it belongs to another worker,
 * which answers. */
unsigned turn_resume(struct turn_request *rq);

/* The client has sent data by another path than the present one: it has
 * arrived. */
void turn_move(struct turn_allocation *alloc);

/* A path has closed.  True if the allocation goes on without. */
bool turn_path_lost(struct turn_tuple *tuple);

/* Data of the client has come by `tuple`. */
static inline void turn_came_by(struct turn_allocation *alloc,
				const struct turn_tuple *tuple)
{
	if (alloc->is_moving && tuple != &alloc->tuples[alloc->present])
		turn_move(alloc);
}

/* Forget that a path that closes belongs to another worker; all of them. */
void turn_forget_path(struct turn_worker *worker,
		      const struct turn_path *path);
void turn_forget_foreigners(struct turn_worker *worker);

/* Does what comes by `path` belong to another worker? */
bool turn_is_foreign(const struct turn_worker *worker,
		     const struct turn_path *path);

/* What came by a path belongs to another worker: send it there.  False: to
 * none. */
bool turn_forward(struct turn_worker *worker, const struct turn_path *path,
		  struct slice in, const struct turn_cargo *cargo);

#endif
