/* So many a second, for one or for each of many keys. */
#include "host/rate.h"
#include "base/hash.h"
#include "base/random.h"


enum { SECOND_NS = 1000000000, US_NS = 1000 };

_Static_assert(sizeof(struct keyed_rate) <= 256 * 1024,
	       "the table is as large as promised");


/* The time in which `n` units come in; what takes a year is no rate. */
static int64_t cost_ns(uint64_t n, uint64_t per_s)
{
	const int64_t year_ns = 365LL * 24 * 3600 * SECOND_NS;
	double ns = (double)n * SECOND_NS / (double)per_s;

	return ns < (double)year_ns ? (int64_t)ns : year_ns;
}


/* is_forced: charge a cell that is used up; it owes a second then, no more,
 * whatever its neighbours take. */
static bool take(struct rate *rate, int64_t now_us, int64_t cost,
		 bool is_forced)
{
	int64_t now = now_us * US_NS, paid, next;

	paid = atomic_load_explicit(&rate->paid_ns, memory_order_relaxed);
	do {
		next = (paid > now ? paid : now) + cost;
		if (paid > now && next > now + SECOND_NS) {
			if (!is_forced)
				return false;
			next = paid > now + SECOND_NS ? paid
						      : now + SECOND_NS;
		}
	} while (!atomic_compare_exchange_weak_explicit(
			 &rate->paid_ns, &paid, next, memory_order_relaxed,
			 memory_order_relaxed));

	return true;
}


bool rate_take(struct rate *rate, int64_t now_us, uint64_t n,
	       uint64_t per_s)
{
	return !per_s || take(rate, now_us, cost_ns(n, per_s), false);
}


void keyed_rate_init(struct keyed_rate *rate)
{
	random_bytes(rate->seeds, sizeof(rate->seeds));
}


struct rate_spot keyed_rate_spot(const struct keyed_rate *rate,
				 unsigned scope, struct slice key)
{
	struct rate_spot spot;

	for (size_t row = 0; row < RATE_ROWS; row++) {
		const uint64_t seed[2] = { rate->seeds[row][0] ^ scope,
					   rate->seeds[row][1] };

		spot.at[row] = (uint16_t)(hash_bytes(seed, key) % RATE_CELLS);
	}

	return spot;
}


bool keyed_rate_take(struct keyed_rate *rate, struct rate_spot spot,
		     int64_t now_us, uint64_t n, uint64_t per_s)
{
	int64_t cost;
	size_t row;

	if (!per_s)
		return true;

	cost = cost_ns(n, per_s);
	for (row = 0; row < RATE_ROWS; row++) {
		if (take(&rate->cells[row][spot.at[row]], now_us, cost,
			 false))
			break;
	}
	if (row == RATE_ROWS)
		return false;

	/* The rows before were full; those behind are charged as well. */
	while (++row < RATE_ROWS)
		take(&rate->cells[row][spot.at[row]], now_us, cost, true);

	return true;
}
