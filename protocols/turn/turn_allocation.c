/* The life of allocations (RFC 8656 s6, s8). */
#include "base/mem.h"
#include "turn/turn_int.h"


enum {
	GENERATION_BITS = 32,
	SLOT_BITS = 24,
	SLOTS_STEP = 64,
	PEERS_TOLD_MAX = 600,    /* bytes of a log line for the peers */
};


/* -- ids -- */

static int grow_slots(struct turn_worker *worker)
{
	const uint32_t n = worker->n_slots + SLOTS_STEP;
	struct turn_slot *slots;

	if (n > 1 << SLOT_BITS)
		return -EMSGSIZE;

	slots = mem_resize(worker->slots, n * sizeof(slots[0]));
	if (!slots)
		return -ENOMEM;

	for (uint32_t i = worker->n_slots; i < n; i++)
		slots[i] = (struct turn_slot){ .generation = 1,
					       .next_free = i + 1 };
	worker->slots = slots;
	worker->n_slots = n;

	return 0;
}


static int take_slot(struct turn_allocation *alloc)
{
	struct turn_worker *worker = alloc->worker;
	struct turn_slot *slot;

	if (worker->free_slot == worker->n_slots) {
		int err = grow_slots(worker);

		if (err)
			return err;
	}

	slot = &worker->slots[worker->free_slot];
	alloc->slot = worker->free_slot;
	worker->free_slot = slot->next_free;
	slot->alloc = alloc;
	alloc->id = (uint64_t)worker->loop->index
			    << (SLOT_BITS + GENERATION_BITS) |
		    (uint64_t)alloc->slot << GENERATION_BITS |
		    slot->generation;

	return 0;
}


static void give_slot(struct turn_allocation *alloc)
{
	struct turn_worker *worker = alloc->worker;
	struct turn_slot *slot = &worker->slots[alloc->slot];

	slot->alloc = NULL;
	++slot->generation;
	slot->next_free = worker->free_slot;
	worker->free_slot = alloc->slot;
}


unsigned turn_id_worker(uint64_t id)
{
	return (unsigned)(id >> (SLOT_BITS + GENERATION_BITS));
}


struct turn_allocation *turn_allocation_find(struct turn_worker *worker,
					     uint64_t id)
{
	const uint32_t i = (uint32_t)(id >> GENERATION_BITS) &
			   ((1 << SLOT_BITS) - 1);

	if (turn_id_worker(id) != worker->loop->index ||
	    i >= worker->n_slots || !worker->slots[i].alloc ||
	    worker->slots[i].alloc->id != id)
		return NULL;

	return worker->slots[i].alloc;
}


/* -- quotas -- */

static unsigned take_quotas(struct turn_allocation *alloc,
			    struct turn_request *rq)
{
	struct turn_server *server = alloc->worker->server;
	const struct turn_limits *limits = &server->conf.limits;

	rq->limit = "maxAllocations";
	if (!quota_take(&server->allocations))
		return 508;
	rq->limit = "maxAllocationsPerAddress";
	if (!address_quota_take(server->per_address, TURN_SCOPE_ALLOCATIONS,
				&alloc->quota_addr,
				limits->allocations_per_address))
		goto no_address;
	rq->limit = "maxAllocationsPerUser";
	if (!keyed_quota_take(server->per_user, TURN_SCOPE_ALLOCATIONS,
			      turn_user_key(alloc),
			      limits->allocations_per_user))
		goto no_user;
	rq->limit = NULL;

	return 0;

 no_user:
	address_quota_give(server->per_address, TURN_SCOPE_ALLOCATIONS,
			   &alloc->quota_addr);
	quota_give(&server->allocations);
	return 486;
 no_address:
	quota_give(&server->allocations);
	return 508;
}


static void give_quotas(struct turn_allocation *alloc)
{
	struct turn_server *server = alloc->worker->server;

	keyed_quota_give(server->per_user, TURN_SCOPE_ALLOCATIONS,
			 turn_user_key(alloc));
	address_quota_give(server->per_address, TURN_SCOPE_ALLOCATIONS,
			   &alloc->quota_addr);
	quota_give(&server->allocations);
}


/* -- the end -- */

static const char *const end_texts[TURN_ENDS] = {
	[TURN_END_CLIENT] = "client",
	[TURN_END_EXPIRED] = "expired",
	[TURN_END_CONNECTION] = "connection closed",
	[TURN_END_CREDENTIALS] = "credentials expired",
	[TURN_END_KICKED] = "kicked",
	[TURN_END_SERVER] = "server ends",
};


const char *turn_end_text(enum turn_end end)
{
	return end_texts[end];
}


/* The peers it had permissions for, as far as they are still known. */
static void print_peers(struct writer *w, const struct turn_allocation *alloc)
{
	size_t n_left = alloc->permissions.n;

	LIST_EACH(&alloc->permissions, it) {
		struct turn_permission *p =
			CONTAINER_OF(it, struct turn_permission, of_alloc);
		char text[ADDR_TEXT_MAX];

		if (w->len > PEERS_TOLD_MAX) {
			put_fmt(w, " and %zu more", n_left);
			return;
		}
		put_fmt(w, " %s", addr_print_ip(&p->peer, text));
		--n_left;
	}
}


static void log_end(const struct turn_allocation *alloc, const char *reason)
{
	struct writer peers = writer(LOG_TEXT_MAX);
	char client[ADDR_TEXT_MAX];

	print_peers(&peers, alloc);
	log_info(alloc, "end: %s user=%s client=%s/%s seconds=%lld "
		 "sent=%llu/%llu received=%llu/%llu dropped=%llu peers:%.*s",
		 reason, alloc->owner.text,
		 addr_print(&turn_path_of(alloc)->client, client),
		 turn_transport_name(turn_path_of(alloc)->transport),
		 (long long)(alloc->worker->loop->now_us -
			     alloc->opened_us) / 1000000,
		 (unsigned long long)alloc->sent.packets,
		 (unsigned long long)alloc->sent.bytes,
		 (unsigned long long)alloc->received.packets,
		 (unsigned long long)alloc->received.bytes,
		 (unsigned long long)alloc->n_dropped,
		 PRINT_STR(str_of(writer_slice(&peers))));
	writer_fini(&peers);
}


static void destroy(void *arg)
{
	mem_free(arg);
}


void turn_allocation_discard(struct turn_allocation *alloc)
{
	struct turn_worker *worker = alloc->worker;

	for (size_t i = 0; i < TURN_FAMILIES; i++) {
		if (alloc->relays[i])
			turn_relay_close(alloc->relays[i]);
	}

	timer_stop(&alloc->timer);
	turn_tuple_detach(&alloc->tuples[0]);
	turn_tuple_detach(&alloc->tuples[1]);
	give_quotas(alloc);
	give_slot(alloc);
	alloc->death.fn = destroy;
	alloc->death.arg = alloc;
	loop_bury(worker->loop, &alloc->death);
}


void turn_allocation_close(struct turn_allocation *alloc, enum turn_end end,
			   const char *reason)
{
	const struct turn_metrics *metrics = &alloc->worker->metrics;

	if (list_is_linked(&alloc->death.node))
		return;

	turn_tcp_account(alloc);
	log_end(alloc, reason ? reason : end_texts[end]);
	metric_add(metrics->ended[end], 1);
	metric_add(metrics->allocations, -1);
	turn_allocation_discard(alloc);
}


/* -- life -- */

unsigned turn_allocation_new(struct turn_allocation **allocp,
			     struct turn_request *rq)
{
	struct turn_worker *worker = rq->worker;
	struct turn_allocation *alloc = mem_zalloc(sizeof(*alloc));
	unsigned code;

	if (!alloc)
		return 508;

	alloc->log.category = "turn";
	alloc->worker = worker;
	alloc->quota_addr = rq->path->client;
	alloc->opened_us = worker->loop->now_us;
	memcpy(alloc->request_id, rq->m.id, STUN_ID_LEN);
	alloc->owner = rq->who;
	alloc->user_rate = keyed_rate_spot(worker->server->user_bytes, 0,
					   turn_user_key(alloc));

	code = take_quotas(alloc, rq);
	if (code)
		goto no_quota;
	if (take_slot(alloc))
		goto no_slot;
	if (turn_tuple_attach(&alloc->tuples[0], alloc, rq->path))
		goto no_path;

	alloc->log.id = alloc->id;
	*allocp = alloc;

	return 0;

 no_path:
	give_slot(alloc);
 no_slot:
	give_quotas(alloc);
	code = 508;
 no_quota:
	mem_free(alloc);
	return code;
}


static void on_timer(void *arg)
{
	struct turn_allocation *alloc = arg;
	const int64_t now_us = alloc->worker->loop->now_us;

	if (alloc->credentials_us <= now_us) {
		turn_allocation_close(alloc, TURN_END_CREDENTIALS, NULL);
		return;
	}

	for (size_t i = 0; i < TURN_FAMILIES; i++) {
		if (alloc->relays[i] &&
		    alloc->relays[i]->expires_us <= now_us)
			turn_relay_close(alloc->relays[i]);
	}

	turn_allocation_schedule(alloc);
}


void turn_allocation_schedule(struct turn_allocation *alloc)
{
	struct loop *loop = alloc->worker->loop;
	int64_t at_us = INT64_MAX, wait_us;

	for (size_t i = 0; i < TURN_FAMILIES; i++) {
		if (alloc->relays[i] && alloc->relays[i]->expires_us < at_us)
			at_us = alloc->relays[i]->expires_us;
	}

	if (at_us == INT64_MAX) {
		turn_allocation_close(alloc, TURN_END_EXPIRED, NULL);
		return;
	}

	if (alloc->credentials_us < at_us)
		at_us = alloc->credentials_us;
	wait_us = at_us > loop->now_us ? at_us - loop->now_us : 0;
	timer_start(loop_timers(loop), &alloc->timer, (wait_us + 999) / 1000,
		    on_timer, alloc);
}


int turn_worker_end(struct turn_worker *worker, uint64_t id,
		    const char *reason)
{
	struct turn_allocation *alloc = turn_allocation_find(worker, id);

	if (!alloc)
		return -ENOENT;
	turn_allocation_close(alloc, TURN_END_KICKED, reason);

	return 0;
}
