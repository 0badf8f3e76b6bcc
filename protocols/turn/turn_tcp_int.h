/* What the files of the TCP relay (RFC 6062) share.  Thread: that of the
 * worker, unless it says otherwise. */
#ifndef TURN_TCP_INT_H
#define TURN_TCP_INT_H

#include "turn/turn_int.h"

enum {
	TURN_TCP_SLOTS_MAX = 1 << 14,    /* connections of peers, in all */
	TURN_TCP_WAIT_MS = 30000,        /* for a peer that is dialled, and
					  * then for the client (s5.2) */
};

/* What a relay and its data connections share, on whichever workers they
 * are: counted references. */
struct turn_tcp_share {
	atomic_bool is_over;             /* the relay is closed */
	struct rate rate;                /* of bytes, both ways */
	struct rate_spot user_rate;
	_Atomic(uint64_t) sent;          /* bytes, to peers */
	_Atomic(uint64_t) received;
};

enum turn_tcp_state {
	TURN_TCP_FREE,
	TURN_TCP_BUSY,           /* somebody's: only he may touch the rest */
	TURN_TCP_HELD,           /* waits for its ConnectionBind */
	TURN_TCP_BOUND,          /* to a pipe, whose it is */
};

/* A connection of a peer, as all workers see it.  Who sets BUSY owns it. */
struct turn_tcp_slot {
	_Atomic(unsigned) state;
	_Atomic(uint32_t) id;            /* CONNECTION-ID, or 0 */
	uint32_t serial;                 /* how often it was taken */
	int fd;                          /* HELD: of no loop */
	int64_t ends_us;                 /* HELD: no longer */
	uint8_t user[TURN_IDENTITY_ID_LEN];
	struct turn_tcp_share *share;    /* a reference */
};

/* -- turn_tcp_slot.c.  Thread: any worker's -- */

/* A BUSY slot with a new id, for `user` (an id of struct turn_identity); takes
 * a reference to `share`.  NULL: all are in use. */
struct turn_tcp_slot *turn_tcp_slot_take(struct turn_server *server,
					 const uint8_t *user,
					 struct turn_tcp_share *share);

/* The slot where a connection with that id would be. */
struct turn_tcp_slot *turn_tcp_slot_of(const struct turn_server *server,
				       uint32_t id);

/* BUSY to HELD: from now on the descriptor waits for its client. */
void turn_tcp_slot_hold(struct turn_tcp_slot *slot, int take_fd,
			int64_t ends_us);

/* HELD to BUSY.  False: it does not wait, or no longer under that id. */
bool turn_tcp_slot_seize(struct turn_tcp_slot *slot, uint32_t id);

/* BUSY to HELD, as it was; BUSY to BOUND; from either to FREE. */
void turn_tcp_slot_return(struct turn_tcp_slot *slot);
void turn_tcp_slot_bind(struct turn_tcp_slot *slot);
void turn_tcp_slot_give(struct turn_tcp_slot *slot);

/* -- turn_tcp_pipe.c -- */

/* Join the connection of `node` and that of the slot, which is BUSY: after
 * the answer under way, all is raw.  0 and BOUND, or -ENOMEM and the like,
 * and BUSY. */
int turn_pipe_open(struct turn_node *node, struct turn_tcp_slot *slot);

#endif
