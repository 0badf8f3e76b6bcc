/* Timers on a hierarchical wheel with steps of one millisecond.  Starting and
 * stopping cost the same however many there are.  Thread: the loop's. */
#ifndef TIMER_H
#define TIMER_H

#include <stdint.h>
#include "base/list.h"

enum {
	TIMER_BITS = 6,
	TIMER_SLOTS = 1 << TIMER_BITS,
	TIMER_LEVELS = 5,          /* 2^30 ms: 12 days; later ones wait there */
};

typedef void (timer_fn)(void *arg);

struct timer {
	struct list_node node;
	struct timer_wheel *wheel;
	int64_t at_ms;
	timer_fn *fn;
	void *arg;
};

struct timer_wheel {
	int64_t now_ms;                 /* up to which all were called */
	int64_t present_ms;             /* from which delays count */
	size_t n;
	uint64_t used[TIMER_LEVELS];    /* a bit for each slot not empty */
	struct list slots[TIMER_LEVELS][TIMER_SLOTS];
};

/* An empty wheel whose time is now_ms. */
API void timer_wheel_init(struct timer_wheel *wheel, int64_t now_ms);

/* Delays count from now_ms on, until this or timer_wheel_run is called again;
 * nothing is called yet.  A loop that has slept says so before it delivers. */
API void timer_wheel_set_now(struct timer_wheel *wheel, int64_t now_ms);

/* Call every timer due up to now_ms; callbacks may start and stop any. */
API void timer_wheel_run(struct timer_wheel *wheel, int64_t now_ms);

/* Milliseconds until the next timer may be due (it never is before), at most
 * `max_ms`. */
API int64_t timer_wheel_wait_ms(const struct timer_wheel *wheel,
				int64_t max_ms);

/* Call fn(arg) once, delay_ms (0 and more) from the present; one that runs
 * already is started anew.  `timer` is the caller's, zeroed before its
 * first use, and must be stopped before it is freed. */
API void timer_start(struct timer_wheel *wheel, struct timer *timer,
		     int64_t delay_ms, timer_fn *fn, void *arg);

API void timer_stop(struct timer *timer);

static inline bool timer_is_running(const struct timer *timer)
{
	return list_is_linked(&timer->node);
}

#endif
