/* So many a second, of bytes, replies or whatever else: the generic cell rate
 * algorithm (ITU-T I.371), one number for each limit.  A second's worth may
 * come at once; time is an argument.  Thread: any, for all of it; nothing
 * waits. */
#ifndef RATE_H
#define RATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/api.h"
#include "base/slice.h"

enum { RATE_ROWS = 2, RATE_CELLS = 16381 };

/* Zeroed, it is ready. */
struct rate {
	_Atomic(int64_t) paid_ns; /* when what was taken will be worked off */
};

/* Take `n` of `per_s` (0: without a limit) units.  More than a second's worth
 * passes when nothing was taken lately, and is then owed.
 * now_us: of a clock that does not go back.  False: nothing was taken. */
API bool rate_take(struct rate *rate, int64_t now_us, uint64_t n,
		   uint64_t per_s);

/* One rate for each key and scope, as in keyed_quota: a table of fixed size
 * (below 256 KiB), each key twice in it under different secrets.  A key is
 * refused only if both its cells are used up, by itself or by those that it
 * shares them with. */
struct keyed_rate {
	uint64_t seeds[RATE_ROWS][2];
	struct rate cells[RATE_ROWS][RATE_CELLS];
};

/* Where a key is counted: to be kept by who takes often. */
struct rate_spot {
	uint16_t at[RATE_ROWS];
};

API void keyed_rate_init(struct keyed_rate *rate);

/* key: borrowed; addr_site of an address, a user's name, ... */
API struct rate_spot keyed_rate_spot(const struct keyed_rate *rate,
				     unsigned scope, struct slice key);

/* rate_take for the key of `spot`. */
API bool keyed_rate_take(struct keyed_rate *rate, struct rate_spot spot,
			 int64_t now_us, uint64_t n, uint64_t per_s);

#endif
