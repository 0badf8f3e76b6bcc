/* The bounded ring of log lines: many writers, one reader (Vyukov's bounded
 * queue).  A slot's `turn` says whose it is: `at` a writer's that comes to
 * position `at`, `at + 1` the reader's. */
#include "host/log_ring.h"
#include "base/error.h"
#include "base/mem.h"


struct log_slot {
	atomic_size_t turn;
	struct log_line line;
};


static struct log_slot *slot(struct log_ring *ring, size_t at)
{
	return &ring->slots[at % LOG_RING_LINES];
}


int log_ring_init(struct log_ring *ring)
{
	ring->slots = mem_zalloc(LOG_RING_LINES * sizeof(*ring->slots));
	if (!ring->slots)
		return -ENOMEM;

	for (size_t i = 0; i < LOG_RING_LINES; i++)
		atomic_init(&ring->slots[i].turn, i);
	atomic_init(&ring->head, 0);
	atomic_init(&ring->n_dropped, 0);
	ring->tail = 0;

	return 0;
}


void log_ring_fini(struct log_ring *ring)
{
	ring->slots = mem_free(ring->slots);
}


void log_ring_push(struct log_ring *ring, const struct log_record *rec)
{
	size_t at = atomic_load_explicit(&ring->head, memory_order_relaxed);

	for (;;) {
		struct log_slot *s = slot(ring, at);
		size_t turn = atomic_load_explicit(&s->turn,
						   memory_order_acquire);

		if (turn == at) {
			/* On failure, `at` is where the head is now. */
			if (!atomic_compare_exchange_weak(&ring->head, &at,
							  at + 1))
				continue;
			log_line_set(&s->line, rec);
			atomic_store_explicit(&s->turn, at + 1,
					      memory_order_release);
			return;
		}

		if ((ptrdiff_t)(turn - at) < 0) {
			atomic_fetch_add(&ring->n_dropped, 1);
			return;
		}

		at = atomic_load_explicit(&ring->head, memory_order_relaxed);
	}
}


const struct log_line *log_ring_first(struct log_ring *ring)
{
	struct log_slot *s = slot(ring, ring->tail);

	if (atomic_load_explicit(&s->turn, memory_order_acquire) !=
	    ring->tail + 1)
		return NULL;

	return &s->line;
}


void log_ring_pop(struct log_ring *ring)
{
	atomic_store_explicit(&slot(ring, ring->tail)->turn,
			      ring->tail + LOG_RING_LINES,
			      memory_order_release);
	++ring->tail;
}


unsigned log_ring_dropped(struct log_ring *ring)
{
	if (!atomic_load_explicit(&ring->n_dropped, memory_order_relaxed))
		return 0;

	return atomic_exchange(&ring->n_dropped, 0);
}
