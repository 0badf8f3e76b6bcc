/* So many a second, and no more. */
#include "base/budget.h"


bool budget_take(struct budget *budget, int64_t now_us, unsigned per_s)
{
	int64_t now = now_us / 1000000;
	int64_t then = atomic_load_explicit(&budget->second,
					    memory_order_relaxed);

	if (!per_s)
		return true;

	if (then != now &&
	    atomic_compare_exchange_strong(&budget->second, &then, now))
		atomic_store(&budget->n_taken, 0);

	if (atomic_fetch_add(&budget->n_taken, 1) < per_s)
		return true;

	atomic_fetch_add(&budget->n_refused, 1);

	return false;
}


unsigned budget_refused(struct budget *budget, int64_t now_us)
{
	if (!atomic_load_explicit(&budget->n_refused, memory_order_relaxed) ||
	    atomic_load(&budget->second) == now_us / 1000000)
		return 0;

	return atomic_exchange(&budget->n_refused, 0);
}
