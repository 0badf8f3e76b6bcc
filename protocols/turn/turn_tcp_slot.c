/* The table of the connections of peers (RFC 6062): made on the worker of
 * their allocation, bound on any. */
#include "base/mem.h"
#include "turn/turn_tcp_int.h"


enum { INDEX_MASK = TURN_TCP_SLOTS_MAX - 1 };

_Static_assert((TURN_TCP_SLOTS_MAX & INDEX_MASK) == 0, "power of two");


/* {serial, index}: it comes again only after very many others. */
static uint32_t next_id(struct turn_tcp_slot *slot, size_t index)
{
	uint32_t id;

	if (!slot->serial)
		slot->serial = (uint32_t)random_u64();

	do {
		++slot->serial;
		id = slot->serial * TURN_TCP_SLOTS_MAX | (uint32_t)index;
	} while (!id);

	return id;
}


struct turn_tcp_slot *turn_tcp_slot_take(struct turn_server *server,
					 const uint8_t *user,
					 struct turn_tcp_share *share)
{
	const size_t random = (size_t)random_u64();

	for (size_t i = 0; i < TURN_TCP_SLOTS_MAX; i++) {
		size_t at = (random + i) & INDEX_MASK;
		struct turn_tcp_slot *slot = &server->tcp_slots[at];
		unsigned state = TURN_TCP_FREE;

		if (!atomic_compare_exchange_strong(&slot->state, &state,
						    TURN_TCP_BUSY))
			continue;

		memcpy(slot->user, user, sizeof(slot->user));
		slot->share = mem_ref(share);
		slot->fd = -1;
		atomic_store(&slot->id, next_id(slot, at));
		return slot;
	}

	return NULL;
}


struct turn_tcp_slot *turn_tcp_slot_of(const struct turn_server *server,
				       uint32_t id)
{
	return &server->tcp_slots[id & INDEX_MASK];
}


void turn_tcp_slot_hold(struct turn_tcp_slot *slot, int take_fd,
			int64_t ends_us)
{
	slot->fd = take_fd;
	slot->ends_us = ends_us;
	atomic_store(&slot->state, TURN_TCP_HELD);
}


/* The id is looked at first, so that wrong ones do not get in the way. */
bool turn_tcp_slot_seize(struct turn_tcp_slot *slot, uint32_t id)
{
	unsigned state = TURN_TCP_HELD;

	if (atomic_load(&slot->id) != id ||
	    !atomic_compare_exchange_strong(&slot->state, &state,
					    TURN_TCP_BUSY))
		return false;
	if (atomic_load(&slot->id) == id)
		return true;
	turn_tcp_slot_return(slot);

	return false;
}


void turn_tcp_slot_return(struct turn_tcp_slot *slot)
{
	atomic_store(&slot->state, TURN_TCP_HELD);
}


void turn_tcp_slot_bind(struct turn_tcp_slot *slot)
{
	atomic_store(&slot->state, TURN_TCP_BOUND);
}


void turn_tcp_slot_give(struct turn_tcp_slot *slot)
{
	slot->share = mem_unref(slot->share);
	atomic_store(&slot->id, 0);
	atomic_store(&slot->state, TURN_TCP_FREE);
}
