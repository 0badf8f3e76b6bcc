/* Ports that wait for their client (RFC 8656 s7.2). */
#ifndef TURN_RESERVATION_INT_H
#define TURN_RESERVATION_INT_H

#include "turn/turn_int.h"

/* Hold a bound socket, at that port of a relay address, for whoever comes with
 * the token that this returns; or 0: there are too many, or alloc's user has
 * (it is closed then). */
uint64_t turn_reserve(const struct turn_allocation *alloc, unsigned index,
		      uint16_t port, int take_fd);

/* The socket behind `token`, which becomes the caller's, or -ENOENT. */
int turn_redeem(struct turn_worker *worker, uint64_t token, unsigned *index,
		uint16_t *port);

/* Close those whose time is over; without a loop, when no worker is left,
 * all.  True if there are others. */
bool turn_forget_reservations(struct turn_server *server, struct loop *loop);

#endif
