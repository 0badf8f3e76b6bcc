/* How often a loop lets datagrams wake it. */
#include "io/coalesce.h"


static int64_t interval_of(int64_t rate, int64_t max_us)
{
	if (rate <= COALESCE_RATE_FROM)
		return 0;
	if (rate >= COALESCE_RATE_FULL)
		return max_us;

	return max_us * (rate - COALESCE_RATE_FROM) /
	       (COALESCE_RATE_FULL - COALESCE_RATE_FROM);
}


/* Only when a turn has brought something: a silence is then a long span with
 * a low rate, and the first ones after it are not kept waiting. */
static void measure(struct coalesce *c, int64_t woke_us, uint64_t n)
{
	int64_t span_us = woke_us - c->since_us;

	if (span_us >= COALESCE_SPAN_US) {
		int64_t rate = (int64_t)c->n * 1000000 / span_us;

		c->interval_us = interval_of(rate, c->max_us);
		c->since_us = woke_us;
		c->n = 0;
	}
	c->n += n;
}


void coalesce_on_turn(struct coalesce *c, int64_t woke_us, uint64_t n)
{
	c->is_carrying = n && !c->has_more;
	c->has_more = false;
	c->woke_us = woke_us;
	if (n && c->max_us)
		measure(c, woke_us, n);
}


int64_t coalesce_nap_us(const struct coalesce *c, int64_t now_us)
{
	int64_t left_us = c->woke_us + c->interval_us - now_us;

	return c->is_carrying && left_us > 0 ? left_us : 0;
}
