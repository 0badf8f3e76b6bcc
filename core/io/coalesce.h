/* How often a loop lets datagrams wake it.  To be woken for each costs more
 * than to relay it; so a loop that is woken often naps for a moment after a
 * turn that brought datagrams, and finds several when it looks again.
 * docs/datagrams.md has what it costs and saves.  Thread: the loop's. */
#ifndef COALESCE_H
#define COALESCE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	COALESCE_US = 500,       /* the longest nap, if nobody says else */

	/* No naps up to the first rate (datagrams or trains a second), the
	 * longest ones from the second rate on. */
	COALESCE_RATE_FROM = 4000,
	COALESCE_RATE_FULL = 16000,
	COALESCE_SPAN_US = 10000, /* over which the rate is measured */
};

struct coalesce {
	int max_us;              /* from wake-up to wake-up, at the most;
				  * 0: no naps */
	int64_t interval_us;     /* now in force */
	int64_t since_us;        /* the present measurement's start */
	uint64_t n;              /* and datagrams */
	int64_t woke_us;         /* when the last turn began */
	bool is_carrying;        /* it brought datagrams, and left none */
	bool has_more;           /* the turn under way leaves some behind */
};

/* A turn that began at woke_us has brought n datagrams; if it has left more,
 * there is nothing to wait for. */
void coalesce_on_turn(struct coalesce *c, int64_t woke_us, uint64_t n);

/* For how long to look away now. */
int64_t coalesce_nap_us(const struct coalesce *c, int64_t now_us);

#endif
