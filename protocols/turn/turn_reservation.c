/* Reservations (RFC 8656 s7.2): a bound socket that waits for its client, on
 * whichever worker it comes. */
#include <unistd.h>
#include "base/random.h"
#include "turn/turn_reservation_int.h"


enum { SLOT_MASK = TURN_RESERVATIONS_MAX - 1 };

_Static_assert((TURN_RESERVATIONS_MAX & SLOT_MASK) == 0, "power of two");


/* There are few, and to ask for one costs nothing: as many as a user may have
 * allocations are his. */
static bool take_quota(struct turn_server *server, struct slice user)
{
	return keyed_quota_take(server->per_user, TURN_SCOPE_RESERVATIONS,
				user,
				server->conf.limits.allocations_per_user);
}


static void give_quota(struct turn_server *server, struct slice user)
{
	keyed_quota_give(server->per_user, TURN_SCOPE_RESERVATIONS, user);
}


/* A free one, which is ours now; or NULL. */
static struct turn_reservation *find_free(struct turn_server *server,
					  uint64_t from)
{
	for (size_t i = 0; i < TURN_RESERVATIONS_MAX; i++) {
		struct turn_reservation *r =
			&server->reservations[(from + i) & SLOT_MASK];
		unsigned state = TURN_RESERVATION_FREE;

		if (atomic_compare_exchange_strong(&r->state, &state,
						   TURN_RESERVATION_BUSY))
			return r;
	}

	return NULL;
}


uint64_t turn_reserve(const struct turn_allocation *alloc, unsigned index,
		      uint16_t port, int take_fd)
{
	struct turn_worker *worker = alloc->worker;
	struct turn_server *server = worker->server;
	const uint64_t random = random_u64();
	struct turn_reservation *r;
	uint64_t token;

	if (!take_quota(server, turn_user_key(alloc)))
		goto no_quota;
	r = find_free(server, random);
	if (!r)
		goto no_room;

	token = (random & ~(uint64_t)SLOT_MASK) |
		(uint64_t)(r - server->reservations);
	r->token = token;
	r->fd = take_fd;
	r->index = index;
	r->port = port;
	r->ends_us = worker->loop->now_us + TURN_RESERVATION_S * 1000000LL;
	memcpy(r->user, alloc->owner.id, sizeof(r->user));
	atomic_store(&r->state, TURN_RESERVATION_HELD);
	turn_worker_sweep(worker);

	return token;

 no_room:
	give_quota(server, turn_user_key(alloc));
 no_quota:
	loop_close_fd(worker->loop, take_fd);
	return 0;
}


/* Its socket is somebody's, or closed. */
static void release(struct turn_server *server, struct turn_reservation *r)
{
	give_quota(server, slice(r->user, sizeof(r->user)));
	r->token = 0;
	atomic_store(&r->state, TURN_RESERVATION_FREE);
}


int turn_redeem(struct turn_worker *worker, uint64_t token, unsigned *index,
		uint16_t *port)
{
	struct turn_reservation *r =
		&worker->server->reservations[token & SLOT_MASK];
	unsigned state = TURN_RESERVATION_HELD;
	int fd;

	if (!atomic_compare_exchange_strong(&r->state, &state,
					    TURN_RESERVATION_BUSY))
		return -ENOENT;

	if (r->token != token || r->ends_us <= worker->loop->now_us) {
		atomic_store(&r->state, TURN_RESERVATION_HELD);
		return -ENOENT;
	}

	fd = r->fd;
	*index = r->index;
	*port = r->port;
	release(worker->server, r);

	return fd;
}


static void forget(struct turn_server *server, struct loop *loop,
		   struct turn_reservation *r)
{
	if (loop)
		loop_close_fd(loop, r->fd);
	else
		close(r->fd);
	release(server, r);
}


bool turn_forget_reservations(struct turn_server *server, struct loop *loop)
{
	bool has_more = false;

	for (size_t i = 0; i < TURN_RESERVATIONS_MAX; i++) {
		struct turn_reservation *r = &server->reservations[i];
		unsigned state = TURN_RESERVATION_HELD;

		if (!atomic_compare_exchange_strong(&r->state, &state,
						    TURN_RESERVATION_BUSY)) {
			has_more |= state != TURN_RESERVATION_FREE;
			continue;
		}

		if (!loop || r->ends_us <= loop->now_us) {
			forget(server, loop, r);
			continue;
		}
		has_more = true;
		atomic_store(&r->state, TURN_RESERVATION_HELD);
	}

	return has_more;
}
