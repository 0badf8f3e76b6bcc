/* Allocations that move from one 5-tuple to another (RFC 8016), and requests
 * that came to another worker than that of their allocation. */
#include "base/mem.h"
#include "turn/turn_mobility_int.h"
#include "turn/turn_ring_int.h"


enum { OLD_TICKET_S = 30 };      /* s3.2.2 */

/* Packets of this 5-tuple belong to another worker: SO_REUSEPORT gives a
 * client that has moved to any. */
struct foreign {
	struct hash_node node;
	struct list_node of_worker;
	unsigned worker;
	int64_t used_us;
	struct addr client;              /* that it counts for */
	uint8_t key[TURN_TUPLE_MAX];
};


/* -- tickets -- */

void turn_put_ticket(struct turn_request *rq,
		     const struct turn_allocation *alloc)
{
	const struct turn_ticket ticket = {
		.worker = (uint16_t)rq->worker->loop->index,
		.slot = alloc->slot,
		.generation = (uint32_t)alloc->id,
		.serial = alloc->serial,
	};
	uint8_t sealed[TURN_TICKET_LEN];

	if (!turn_ticket_seal(sealed, rq->worker->server->ticket_key,
			      &ticket))
		stun_put(&rq->out, STUN_MOBILITY_TICKET,
			 slice(sealed, sizeof(sealed)));
}


static struct turn_allocation *find_slot(struct turn_worker *worker,
					 const struct turn_ticket *ticket)
{
	struct turn_allocation *alloc;

	if (ticket->slot >= worker->n_slots)
		return NULL;
	alloc = worker->slots[ticket->slot].alloc;

	return alloc && (uint32_t)alloc->id == ticket->generation ? alloc
								  : NULL;
}


/* -- other workers -- */

static struct foreign *find_foreign(const struct turn_worker *worker,
				    const struct turn_path *path)
{
	uint8_t buf[TURN_TUPLE_MAX];
	struct hash_node *node = hash_find(&worker->foreign,
					   turn_tuple_key(buf, path));

	return node ? CONTAINER_OF(node, struct foreign, node) : NULL;
}


static bool is_in_use(const struct turn_worker *worker,
		      const struct foreign *f)
{
	return worker->loop->now_us <
	       f->used_us + 1000000 * turn_silence_max_s(worker);
}


bool turn_is_foreign(const struct turn_worker *worker,
		     const struct turn_path *path)
{
	const struct foreign *f = find_foreign(worker, path);

	return f && is_in_use(worker, f);
}


static void forget(struct turn_worker *worker, struct foreign *f)
{
	address_quota_give(worker->server->per_address, TURN_SCOPE_FOREIGN,
			   &f->client);
	hash_del(&f->node);
	list_del(&f->of_worker);
	mem_free(f);
}


static void forget_unused(struct turn_worker *worker)
{
	LIST_EACH(&worker->foreigners, it) {
		struct foreign *f =
			CONTAINER_OF(it, struct foreign, of_worker);

		if (!is_in_use(worker, f))
			forget(worker, f);
	}
}


static int foreign_new(struct turn_worker *worker,
		       const struct turn_path *path, unsigned to)
{
	struct foreign *f = mem_zalloc(sizeof(*f));
	int err;

	if (!f)
		return -ENOMEM;

	f->worker = to;
	f->used_us = worker->loop->now_us;
	f->client = path->client;
	err = hash_add(&worker->foreign, &f->node,
		       turn_tuple_key(f->key, path));
	if (err)
		mem_free(f);
	else
		list_add(&worker->foreigners, &f->of_worker);

	return err;
}


/* Remember where packets of this path belong.  No address has more of these
 * than allocations: only the other worker can tell what a ticket is worth. */
static int add_foreign(struct turn_worker *worker,
		       const struct turn_path *path, unsigned to)
{
	struct turn_server *server = worker->server;
	struct foreign *f = find_foreign(worker, path);
	int err;

	if (f) {
		f->worker = to;
		return 0;
	}

	forget_unused(worker);
	if (!address_quota_take(server->per_address, TURN_SCOPE_FOREIGN,
				&path->client,
				server->conf.limits.allocations_per_address))
		return -EMSGSIZE;

	err = foreign_new(worker, path, to);
	if (err)
		address_quota_give(server->per_address, TURN_SCOPE_FOREIGN,
				   &path->client);

	return err;
}


bool turn_forward(struct turn_worker *worker, const struct turn_path *path,
		  struct slice in, const struct turn_cargo *cargo)
{
	struct foreign *f = worker->foreign.n ? find_foreign(worker, path)
					      : NULL;

	if (!f)
		return false;

	f->used_us = worker->loop->now_us;
	turn_ring_client(worker, f->worker, path, in, cargo);

	return true;
}


void turn_forget_path(struct turn_worker *worker,
		      const struct turn_path *path)
{
	struct foreign *f = worker->foreign.n ? find_foreign(worker, path)
					      : NULL;

	if (!f)
		return;
	turn_ring_gone(worker, f->worker, path);
	forget(worker, f);
}


void turn_forget_foreigners(struct turn_worker *worker)
{
	LIST_EACH(&worker->foreigners, it)
		forget(worker, CONTAINER_OF(it, struct foreign, of_worker));
}


/* -- moving -- */

static struct turn_tuple *other(struct turn_allocation *alloc)
{
	return &alloc->tuples[!alloc->present];
}


/* The old path goes, with the old ticket. */
void turn_move(struct turn_allocation *alloc)
{
	turn_tuple_detach(&alloc->tuples[alloc->present]);
	alloc->present = !alloc->present;
	alloc->is_moving = false;
}


bool turn_path_lost(struct turn_tuple *tuple)
{
	struct turn_allocation *alloc = tuple->alloc;
	const bool is_present = tuple == &alloc->tuples[alloc->present];

	if (!alloc->is_mobile)
		return false;

	if (alloc->is_moving && is_present) {
		turn_move(alloc);
	} else {
		turn_tuple_detach(tuple);
		alloc->is_moving = false;
	}

	return true;
}


static unsigned start_move(struct turn_request *rq,
			   struct turn_allocation *alloc)
{
	if (alloc->is_moving)
		turn_tuple_detach(other(alloc));
	alloc->is_moving = false;
	if (turn_tuple_attach(other(alloc), alloc, rq->path))
		return 508;

	alloc->is_moving = true;
	alloc->old_ticket_us = rq->worker->loop->now_us +
			       OLD_TICKET_S * 1000000LL;
	++alloc->serial;

	/* Without a present path there is nothing to wait for. */
	if (!turn_path_of(alloc)->node && !turn_path_of(alloc)->remote)
		turn_move(alloc);

	return 0;
}


/* The last ticket moves it; the one before only repeats that. */
static unsigned resume(struct turn_request *rq,
		       const struct turn_ticket *ticket,
		       struct turn_allocation *alloc, bool is_same_path)
{
	if (!turn_identity_may_move(&alloc->owner, &rq->who))
		return 441;

	if (is_same_path)
		return ticket->serial + 1 == alloc->serial &&
		       rq->worker->loop->now_us < alloc->old_ticket_us
			       ? 0 : 400;

	return ticket->serial == alloc->serial ? start_move(rq, alloc) : 400;
}


unsigned turn_resume(struct turn_request *rq)
{
	struct turn_worker *worker = rq->worker;
	struct turn_allocation *alloc;
	struct turn_ticket ticket;
	struct slice value;
	unsigned code;

	if (stun_message_find(&rq->m, STUN_MOBILITY_TICKET, &value))
		return rq->alloc ? 0 : 437;
	if (!worker->server->conf.has_mobility)
		return 405;
	if (turn_ticket_open(value, worker->server->ticket_key, &ticket))
		return 400;

	if (ticket.worker != worker->loop->index) {
		/* Who has the allocation could not answer: it came from
		 * another worker already, or by a listener that no other
		 * worker has. */
		if (rq->cargo->is_forwarded ||
		    rq->path->node->binding->worker >= 0)
			return 437;
		if (rq->alloc || ticket.worker >= worker->server->n_workers)
			return 400;
		if (add_foreign(worker, rq->path, ticket.worker))
			return 508;
		turn_forward(worker, rq->path, rq->m.bytes, rq->cargo);
		return TURN_ANSWERED;
	}

	alloc = find_slot(worker, &ticket);
	if (!alloc)
		return 437;
	if (rq->alloc && rq->alloc != alloc)
		return 400;

	code = resume(rq, &ticket, alloc, rq->alloc == alloc);
	rq->alloc = alloc;

	return code;
}
