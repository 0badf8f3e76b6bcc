/* The loop: one thread's IO handler manager. */
#include "io/loop.h"
#include <assert.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "io/sock.h"
#include "io/udp_int.h"


enum {
	LONG_TURN_US = 1000,
	LOAD_SPAN_US = 50000,      /* loop_load is of about this long */
	WAIT_MAX_MS = 1000,
};


static void run_all(struct list *list)
{
	struct list_node *node;

	while ((node = list_pop(list))) {
		struct loop_task *task =
			CONTAINER_OF(node, struct loop_task, node);

		task->fn(task->arg);
	}
}


/* Each one once; those that ask again, or come too late, are next turn's. */
static void run_flush(struct loop *loop)
{
	size_t n = loop->flush.n;
	struct list_node *node;

	loop->flush_until_us = loop_clock_us(loop) + LOOP_FLUSH_US;
	while (n-- > 0 && (node = list_pop(&loop->flush))) {
		struct loop_task *task =
			CONTAINER_OF(node, struct loop_task, node);

		task->fn(task->arg);
		if (!(n & 15) && loop_flush_is_over(loop))
			break;
	}
}


static int64_t wait_us(struct loop *loop, int64_t max_wait_us)
{
	int64_t timer_us, late_us;

	if (loop->flush.n || loop->before_flush.n)
		return 0;

	timer_us = 1000 * timer_wheel_wait_ms(&loop->timers, WAIT_MAX_MS);
	late_us = loop->now_us - 1000 * loop->timers.now_ms;
	timer_us -= late_us < timer_us ? late_us : timer_us;

	return timer_us < max_wait_us ? timer_us : max_wait_us;
}


/* After datagrams, look away for a moment, so that more than one comes.
 * Returns how long that took.  Mail waits, which is short enough: nobody
 * has to wake us. */
static int64_t nap(struct loop *loop, int64_t max_us)
{
	int64_t nap_us = coalesce_nap_us(&loop->coalesce, loop->turn_end_us);

	if (nap_us > max_us)
		nap_us = max_us;
	if (nap_us <= 0 || !loop->backend->ops->nap ||
	    !mailbox_is_empty(&loop->mailbox) ||
	    atomic_load(&loop->is_stopped))
		return 0;

	loop->backend->ops->nap(loop->backend, nap_us);

	return nap_us;
}


static void wait(struct loop *loop, int64_t max_wait_us)
{
	int64_t timeout_us = wait_us(loop, max_wait_us);

	/* Pushed outside of a turn, or at the burial. */
	udp_queue_flush(loop->udp_queue);
	timeout_us -= nap(loop, timeout_us);

	/* A poster stores its mail, then looks whether we sleep; we say that
	 * we sleep, then look for mail: one of the two sees the other. */
	atomic_store(&loop->is_sleeping, true);
	if (!mailbox_is_empty(&loop->mailbox) ||
	    atomic_load(&loop->is_stopped))
		timeout_us = 0;

	loop->backend->ops->wait(loop->backend, timeout_us);
	atomic_store(&loop->is_sleeping, false);
}


/* For what one thread writes and others look at: no more than a move. */
#define LOOK(at) atomic_load_explicit(at, memory_order_relaxed)
#define SET(at, v) atomic_store_explicit(at, v, memory_order_relaxed)
#define ADD(at, n) SET(at, LOOK(at) + (n))


/* The bucket of a turn that took so long. */
static unsigned bucket(int64_t busy_us)
{
	uint64_t above = busy_us > LOOP_BUCKET_FIRST_US
		? (uint64_t)(busy_us - 1) / LOOP_BUCKET_FIRST_US : 0;
	unsigned i = above ? 64 - (unsigned)__builtin_clzll(above) : 0;

	return i < LOOP_BUCKETS ? i : LOOP_BUCKETS - 1;
}


/* From the end of the wait on: what came was delivered within it. */
static void account(struct loop *loop)
{
	struct loop_stats *stats = &loop->stats;
	int64_t end_us = loop_clock_us(loop);
	int64_t busy_us = end_us - loop->now_us;
	int64_t span_us = end_us - loop->load_from_us;

	loop->turn_end_us = end_us;
	SET(&stats->turn_end_us, end_us);
	ADD(&stats->n_turns, 1);
	ADD(&stats->busy_us, busy_us);
	ADD(&stats->turns[bucket(busy_us)], 1);
	if (busy_us > LONG_TURN_US)
		ADD(&stats->n_long_turns, 1);
	if (busy_us > LOOK(&stats->longest_us))
		SET(&stats->longest_us, busy_us);

	loop->load_busy_us += busy_us;
	if (span_us < LOAD_SPAN_US)
		return;

	SET(&stats->load, (unsigned)(1000 * loop->load_busy_us / span_us));
	loop->load_busy_us = 0;
	loop->load_from_us = end_us;
}


int loop_init(struct loop *loop, struct backend *take_backend)
{
	memset(loop, 0, sizeof(*loop));
	loop->backend = take_backend;
	take_backend->loop = loop;
	loop->now_us = loop_clock_us(loop);
	loop->load_from_us = loop->now_us;
	loop->thread = pthread_self();
	timer_wheel_init(&loop->timers, loop->now_us / 1000);

	loop->arena = mem_alloc(LOOP_ARENA);
	if (!loop->arena) {
		take_backend->ops->destroy(take_backend);
		loop->backend = NULL;
		return -ENOMEM;
	}

	return 0;
}


void loop_fini(struct loop *loop)
{
	run_all(&loop->graveyard);
	loop->backend->ops->destroy(loop->backend);
	loop->arena = mem_free(loop->arena);
	loop->sock_arena = sock_arena_free(loop->sock_arena);
	loop->udp_queue = udp_queue_free(loop->udp_queue);
}


void loop_pulse(struct loop *loop, int64_t max_wait_us)
{
	uint64_t n_received = loop->udp_stats.n_received;

	wait(loop, max_wait_us);
	mailbox_run(&loop->mailbox);
	timer_wheel_run(&loop->timers, loop->now_us / 1000);
	run_all(&loop->before_flush);
	run_flush(loop);
	run_all(&loop->after_flush);
	udp_queue_flush(loop->udp_queue);
	run_all(&loop->graveyard);
	account(loop);
	coalesce_on_turn(&loop->coalesce, loop->now_us,
			 loop->udp_stats.n_received - n_received);
}


void loop_run(struct loop *loop)
{
	loop->thread = pthread_self();

	while (!atomic_load(&loop->is_stopped))
		loop_pulse(loop, INT64_MAX);
}


void loop_stop(struct loop *loop)
{
	atomic_store(&loop->is_stopped, true);
	loop->backend->ops->wake(loop->backend);
}


void loop_post(struct loop *loop, struct mail *mail)
{
	if (mailbox_post(&loop->mailbox, mail) &&
	    atomic_exchange(&loop->is_sleeping, false))
		loop->backend->ops->wake(loop->backend);
}


void loop_cancel(struct loop *loop, struct mail *mail)
{
	mailbox_cancel(&loop->mailbox, mail);
}


static void put(struct list *list, struct loop_task *task)
{
	if (!list_is_linked(&task->node))
		list_add(list, &task->node);
}


void loop_before_flush(struct loop *loop, struct loop_task *task)
{
	put(&loop->before_flush, task);
}


void loop_flush(struct loop *loop, struct loop_task *task)
{
	put(&loop->flush, task);
}


void loop_after_flush(struct loop *loop, struct loop_task *task)
{
	put(&loop->after_flush, task);
}


void loop_bury(struct loop *loop, struct loop_task *task)
{
	put(&loop->graveyard, task);
}


bool loop_flush_is_over(const struct loop *loop)
{
	return loop_clock_us(loop) > loop->flush_until_us;
}


int loop_bind_udp(struct loop *loop, const struct addr *addr)
{
	return loop->backend->ops->bind_udp(loop->backend, addr);
}


int loop_listen(struct loop *loop, const struct addr *addr, int backlog)
{
	return loop->backend->ops->listen(loop->backend, addr, backlog);
}


int loop_dial(struct loop *loop, const struct addr *to,
	      const struct addr *from)
{
	return loop->backend->ops->dial(loop->backend, to, from);
}


int loop_local(struct loop *loop, int fd, struct addr *addr)
{
	return loop->backend->ops->local(loop->backend, fd, addr);
}


void loop_close_fd(struct loop *loop, int fd)
{
	loop->backend->ops->discard(loop->backend, fd);
}


int loop_release(struct loop *loop, struct io *io)
{
	return loop->backend->ops->release(loop->backend, io);
}


bool loop_here(const struct loop *loop)
{
	return pthread_equal(loop->thread, pthread_self());
}


struct timer_wheel *loop_timers(struct loop *loop)
{
	return &loop->timers;
}


int64_t loop_clock_us(const struct loop *loop)
{
	struct backend *backend = loop->backend;

	return backend->ops->now_us ? backend->ops->now_us(backend)
				    : clock_now_us();
}


void loop_set_now(struct loop *loop, int64_t now_us)
{
	loop->now_us = now_us;
	timer_wheel_set_now(&loop->timers, now_us / 1000);
}


unsigned loop_load(const struct loop *loop)
{
	return LOOK(&loop->stats.load);
}


struct loop_figures loop_figures(const struct loop *loop)
{
	const struct loop_stats *stats = &loop->stats;
	int64_t idle_us = loop_clock_us(loop) - LOOK(&stats->turn_end_us);
	struct loop_figures f = {
		.n_turns = LOOK(&stats->n_turns),
		.n_long_turns = LOOK(&stats->n_long_turns),
		.longest_us = LOOK(&stats->longest_us),
		.busy_us = LOOK(&stats->busy_us),
		.load = idle_us < 4 * LOAD_SPAN_US ? LOOK(&stats->load) : 0,
	};

	for (unsigned i = 0; i < LOOP_BUCKETS; i++)
		f.turns[i] = LOOK(&stats->turns[i]);

	return f;
}
