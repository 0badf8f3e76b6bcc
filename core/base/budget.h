/* So many a second, and no more: what is above is counted, so that it can
 * be told.  Time is an argument.  Thread: any. */
#ifndef BUDGET_H
#define BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/api.h"

/* Zeroed, it is ready. */
struct budget {
	_Atomic(int64_t) second; /* that n_taken counts */
	atomic_uint n_taken;
	atomic_uint n_refused;   /* since budget_refused */
};

/* Take one of the `per_s` (0: without a limit) of this second; now_us: of
 * any clock that does not go back.  False: none is left, one more refused.
 * Threads that meet at the turn of a second may take a few more. */
API bool budget_take(struct budget *budget, int64_t now_us, unsigned per_s);

/* How many were refused in seconds before this one and not reported yet:
 * each is reported once, to one caller. */
API unsigned budget_refused(struct budget *budget, int64_t now_us);

#endif
