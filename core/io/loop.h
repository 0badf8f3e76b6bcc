/* The loop: one thread's IO handler manager.  A turn (`pulse`) waits for
 * events and delivers them, takes the mail, calls the timers, flushes what
 * has output, and buries the dead. */
#ifndef LOOP_H
#define LOOP_H

#include <pthread.h>
#include <stdint.h>
#include "io/backend.h"
#include "io/coalesce.h"
#include "io/mailbox.h"
#include "io/timer.h"

enum {
	LOOP_ARENA = 256 * 1024,   /* bytes received at once, at most */
	LOOP_FLUSH_US = 1000,      /* flushing is cut after this, to receive */
};

typedef void (loop_fn)(void *arg);

/* Work of this turn: embedded, zeroed at first, put on one of the lists. */
struct loop_task {
	struct list_node node;
	loop_fn *fn;
	void *arg;
};

enum {
	LOOP_BUCKETS = 16,         /* of turns: up to 16 us, 32 us, ... 262 ms,
				    * and above */
	LOOP_BUCKET_FIRST_US = 16,
};

/* Written by the loop alone; any thread may look, by loop_stats_read. */
struct loop_stats {
	_Atomic(uint64_t) n_turns;
	_Atomic(uint64_t) n_long_turns;    /* above 1 ms */
	_Atomic(int64_t) longest_us;
	_Atomic(int64_t) busy_us;          /* time spent outside `wait` */
	_Atomic(uint64_t) turns[LOOP_BUCKETS];   /* by their length */
	_Atomic(int64_t) turn_end_us;      /* of the newest one */
	atomic_uint load;                  /* of the last moment, in 1/1000 */
};

/* The same, as it was at one moment or so. */
struct loop_figures {
	uint64_t n_turns;
	uint64_t n_long_turns;
	int64_t longest_us;
	int64_t busy_us;
	uint64_t turns[LOOP_BUCKETS];
	unsigned load;             /* 0 if it sleeps for long */
};

/* Of all datagram sockets of a loop. */
struct udp_stats {
	uint64_t n_received;       /* datagrams, or trains of them */
	uint64_t n_receives;       /* calls for that */
	uint64_t n_sent;           /* datagrams, those of trains too */
	uint64_t n_sends;          /* calls for that */
	uint64_t n_trains_sent;
	uint64_t n_dropped;        /* not sent: no room, or an error */
	uint64_t n_icmp;
};

struct sock_arena;
struct udp_queue;

struct loop {
	unsigned index;            /* of its worker */
	struct backend *backend;   /* owned */
	int64_t now_us;            /* the time of this turn */
	struct timer_wheel timers;
	struct mailbox mailbox;
	atomic_bool is_sleeping;
	atomic_bool is_stopped;
	struct list before_flush;  /* loop_task: once, in this turn */
	struct list flush;         /* loop_task: once, when it is its turn */
	int64_t flush_until_us;
	struct list after_flush;   /* loop_task: once, in this turn */
	struct list graveyard;     /* loop_task: frees an object */
	pthread_t thread;
	int64_t load_from_us;
	int64_t load_busy_us;
	struct loop_stats stats;
	uint8_t *arena;            /* owned; streams are received into it */

	/* Made for the first datagram socket: */
	struct sock_arena *sock_arena; /* owned; received into, by sock_* */
	struct udp_queue *udp_queue;   /* owned; what is to be sent */
	struct udp_stats udp_stats;
	struct coalesce coalesce;      /* its max_us: as configured */
	int64_t turn_end_us;
};

/* Open a loop over `take_backend`, which is destroyed on error too.
 * Returns 0 or -ENOMEM.  Thread: main, or the loop's. */
API int loop_init(struct loop *loop, struct backend *take_backend);

/* Bury the dead, destroy the backend.  Nothing must be open any more. */
API void loop_fini(struct loop *loop);

/* One turn, which waits at most max_wait_us.  Thread: the loop's. */
API void loop_pulse(struct loop *loop, int64_t max_wait_us);

/* Pulse until loop_stop. */
API void loop_run(struct loop *loop);

/* Let loop_run return after its present turn.  Thread: any. */
API void loop_stop(struct loop *loop);

/* Have mail->fn called on the loop's thread.  Cannot fail.  Mail that is
 * queued already stays where it is.  Thread: any. */
API void loop_post(struct loop *loop, struct mail *mail);

/* Take back mail that nobody posts any more.  Thread: the loop's. */
API void loop_cancel(struct loop *loop, struct mail *mail);

/* Have task->fn(task->arg) called in this turn: before the flush, when it is
 * this one's turn to flush, after the flush.  A task that is on a list
 * already stays there.  Thread: the loop's. */
API void loop_before_flush(struct loop *loop, struct loop_task *task);
API void loop_flush(struct loop *loop, struct loop_task *task);
API void loop_after_flush(struct loop *loop, struct loop_task *task);

/* True if this turn's flush has taken long enough: a task with more to do puts
 * itself on the list again, and returns.  Thread: the loop's. */
API bool loop_flush_is_over(const struct loop *loop);

/* Call task->fn(task->arg), which frees an object, at the end of the turn. */
API void loop_bury(struct loop *loop, struct loop_task *task);

/* Sockets of the loop's world, for its thread: the system's, or in tests the
 * fake backend's.  Non-blocking; each call returns a descriptor, which is
 * the caller's, or a negative errno, such as -EADDRINUSE, -EADDRNOTAVAIL.
 *
 * bind_udp: a datagram socket at `addr` alone (port 0: any, see loop_local),
 * for udp_open.  listen: a listening TCP socket, for acceptor_open.  dial: a
 * TCP socket on its way to `to`, for tcp_open; from `from`, if not NULL, which
 * may be the address of a loop_listen socket too (RFC 6062 s5.2). */
API int loop_bind_udp(struct loop *loop, const struct addr *addr);
API int loop_listen(struct loop *loop, const struct addr *addr, int backlog);
API int loop_dial(struct loop *loop, const struct addr *to,
		  const struct addr *from);

/* A socket's own address, not mapped.  Returns 0 or a negative errno. */
API int loop_local(struct loop *loop, int fd, struct addr *addr);

/* Close a socket that nothing was opened over. */
API void loop_close_fd(struct loop *loop, int fd);

/* Take the stream or dial `io` out of the loop without closing it.  Returns the
 * descriptor, which is the caller's: for this loop or another one's. */
API int loop_release(struct loop *loop, struct io *io);

/* True on the loop's thread (and before any thread runs it). */
API bool loop_here(const struct loop *loop);

API struct timer_wheel *loop_timers(struct loop *loop);

/* The time by the loop's clock; loop->now_us is that of its turn. */
API int64_t loop_clock_us(const struct loop *loop);

/* The time of this turn.  For backends, before they deliver. */
void loop_set_now(struct loop *loop, int64_t now_us);

/* How busy the thread was lately, 0 to 1000. */
API unsigned loop_load(const struct loop *loop);

/* What the loop has counted, and how long turns of bucket `i` last at most;
 * the last one has no such bound.  Thread: any. */
API struct loop_figures loop_figures(const struct loop *loop);

static inline int64_t loop_bucket_us(unsigned i)
{
	return (int64_t)LOOP_BUCKET_FIRST_US << i;
}

#endif
