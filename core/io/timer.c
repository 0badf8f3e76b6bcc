/* Timers on a hierarchical wheel: level 0 has a slot for each of the next 64
 * milliseconds, level n one for each 64^n of them.  When the time of a level
 * turns over, one slot of the level above is dealt out anew. */
#include "io/timer.h"
#include <assert.h>
#include <string.h>


static size_t slot_of(int64_t at_ms, int level)
{
	return (size_t)(at_ms >> (level * TIMER_BITS)) & (TIMER_SLOTS - 1);
}


/* The lowest level on which `at_ms` is less than one turn away. */
static int level_of(const struct timer_wheel *wheel, int64_t at_ms)
{
	int level = 0;

	while (level < TIMER_LEVELS - 1 &&
	       (at_ms >> (level * TIMER_BITS)) -
		       (wheel->now_ms >> (level * TIMER_BITS)) >= TIMER_SLOTS)
		++level;

	return level;
}


static void insert(struct timer_wheel *wheel, struct timer *timer)
{
	const int top = (TIMER_LEVELS - 1) * TIMER_BITS;
	int64_t last = ((wheel->now_ms >> top) + TIMER_SLOTS - 1) << top;
	int64_t at_ms = timer->at_ms < last ? timer->at_ms : last;
	int level = level_of(wheel, at_ms);
	size_t slot = slot_of(at_ms, level);

	list_add(&wheel->slots[level][slot], &timer->node);
	wheel->used[level] |= 1ull << slot;
}


static void deal_out(struct timer_wheel *wheel, int level)
{
	size_t slot = slot_of(wheel->now_ms, level);
	struct list due = wheel->slots[level][slot];
	struct list *list = &wheel->slots[level][slot];

	for (size_t n = due.n; n > 0; n--) {
		struct list_node *node = list_pop(list);

		insert(wheel, CONTAINER_OF(node, struct timer, node));
	}

	if (!list->n)
		wheel->used[level] &= ~(1ull << slot);
}


static void call_due(struct timer_wheel *wheel)
{
	size_t slot = slot_of(wheel->now_ms, 0);
	struct list *list = &wheel->slots[0][slot];
	struct list_node *node;

	/* What a callback starts for this very step is called in the next. */
	for (size_t n = list->n; n > 0 && (node = list_pop(list)); n--) {
		struct timer *timer = CONTAINER_OF(node, struct timer, node);

		--wheel->n;
		timer->fn(timer->arg);
	}

	if (!list->n)
		wheel->used[0] &= ~(1ull << slot);
}


static int64_t next_ms(const struct timer_wheel *wheel)
{
	int64_t best = INT64_MAX;

	for (int level = 0; level < TIMER_LEVELS; level++) {
		int shift = level * TIMER_BITS;
		int64_t now = wheel->now_ms >> shift;
		size_t at = (size_t)(now + 1) & (TIMER_SLOTS - 1);
		uint64_t used = wheel->used[level];
		int64_t ms;

		if (!used)
			continue;

		used = at ? used >> at | used << (TIMER_SLOTS - at) : used;
		ms = (now + 1 + __builtin_ctzll(used)) << shift;
		if (ms < best)
			best = ms;
	}

	return best;
}


void timer_wheel_init(struct timer_wheel *wheel, int64_t now_ms)
{
	memset(wheel, 0, sizeof(*wheel));
	wheel->now_ms = wheel->present_ms = now_ms;
}


void timer_wheel_set_now(struct timer_wheel *wheel, int64_t now_ms)
{
	wheel->present_ms = now_ms;
}


void timer_wheel_run(struct timer_wheel *wheel, int64_t now_ms)
{
	wheel->present_ms = now_ms;

	while (wheel->now_ms < now_ms) {
		int64_t next = next_ms(wheel);

		wheel->now_ms = next < now_ms ? next : now_ms;

		for (int level = TIMER_LEVELS - 1; level > 0; level--) {
			int64_t mask = ((int64_t)1 << level * TIMER_BITS) - 1;

			if (!(wheel->now_ms & mask))
				deal_out(wheel, level);
		}

		call_due(wheel);
	}
}


int64_t timer_wheel_wait_ms(const struct timer_wheel *wheel, int64_t max_ms)
{
	int64_t next = next_ms(wheel);

	if (next == INT64_MAX || next - wheel->now_ms > max_ms)
		return max_ms;

	return next - wheel->now_ms;
}


void timer_start(struct timer_wheel *wheel, struct timer *timer,
		 int64_t delay_ms, timer_fn *fn, void *arg)
{
	assert(delay_ms >= 0);

	timer_stop(timer);
	timer->wheel = wheel;
	timer->at_ms = wheel->present_ms + (delay_ms ? delay_ms : 1);
	timer->fn = fn;
	timer->arg = arg;
	insert(wheel, timer);
	++wheel->n;
}


void timer_stop(struct timer *timer)
{
	if (!timer_is_running(timer))
		return;

	list_del(&timer->node);
	--timer->wheel->n;
}
