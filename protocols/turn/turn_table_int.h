/* Permissions and channels (RFC 8656 s9, s12): the tables of the fast path.
 * Thread: the worker's. */
#ifndef TURN_TABLE_INT_H
#define TURN_TABLE_INT_H

#include "turn/turn_int.h"

/* The one for `peer`, whether it still lives or not; or NULL. */
struct turn_permission *
turn_permission_get(const struct turn_allocation *alloc,
		    const struct addr *peer);

/* The one that lives, or NULL. */
struct turn_permission *
turn_permission_find(const struct turn_relay *relay, const struct addr *peer);
struct turn_channel *turn_channel_find(const struct turn_allocation *alloc,
				       uint16_t number);
struct turn_channel *turn_channel_find_peer(const struct turn_relay *relay,
					    const struct addr *peer);

bool turn_permission_is_alive(const struct turn_permission *permission);

/* Is there room for `n` more permissions?  Those that are over are
 * forgotten, if there is none. */
bool turn_permission_has_room(struct turn_allocation *alloc, size_t n);

/* Install, or refresh.  0, -EMSGSIZE (limit), -ENOMEM; for a channel that
 * also refreshes the permission; -EEXIST: number or peer have another. */
int turn_permission_set(struct turn_relay *relay, const struct addr *peer);
int turn_channel_set(struct turn_relay *relay, uint16_t number,
		     const struct addr *peer);

void turn_permission_del(struct turn_permission *permission);
void turn_channel_del(struct turn_channel *channel);

#endif
