/* Limits that hold for the whole server. */
#include "host/quota.h"
#include <limits.h>
#include "base/hash.h"
#include "base/random.h"


enum { IPV6_SITE_LEN = 8 };      /* bytes of a /64 */


bool quota_take(struct quota *quota)
{
	const long max = atomic_load_explicit(&quota->max,
					      memory_order_relaxed);

	if (atomic_fetch_add(&quota->n, 1) < max || !max)
		return true;

	quota_give(quota);

	return false;
}


void quota_give(struct quota *quota)
{
	atomic_fetch_sub(&quota->n, 1);
}


static atomic_int *counter(struct keyed_quota *quota, size_t row,
			   unsigned scope, struct slice key)
{
	const uint64_t seed[2] = { quota->seeds[row][0] ^ scope,
				   quota->seeds[row][1] };

	return &quota->n[row][hash_bytes(seed, key) % QUOTA_COUNTERS];
}


void keyed_quota_init(struct keyed_quota *quota)
{
	random_bytes(quota->seeds, sizeof(quota->seeds));
}


bool keyed_quota_take(struct keyed_quota *quota, unsigned scope,
		      struct slice key, long max)
{
	bool is_free = !max;

	for (size_t row = 0; row < QUOTA_ROWS; row++)
		is_free |= atomic_fetch_add(counter(quota, row, scope, key),
					    1) < max;
	if (!is_free)
		keyed_quota_give(quota, scope, key);

	return is_free;
}


void keyed_quota_give(struct keyed_quota *quota, unsigned scope,
		      struct slice key)
{
	for (size_t row = 0; row < QUOTA_ROWS; row++)
		atomic_fetch_sub(counter(quota, row, scope, key), 1);
}


unsigned keyed_quota_count(struct keyed_quota *quota, unsigned scope,
			   struct slice key)
{
	int least = INT_MAX;

	for (size_t row = 0; row < QUOTA_ROWS; row++) {
		int n = atomic_load(counter(quota, row, scope, key));

		least = n < least ? n : least;
	}

	return least > 0 ? (unsigned)least : 0;
}


struct slice addr_site(const struct addr *addr)
{
	struct slice ip = addr_ip(addr);

	return slice(ip.p, ip.len > IPV6_SITE_LEN ? IPV6_SITE_LEN : ip.len);
}


bool address_quota_take(struct keyed_quota *quota, unsigned scope,
			const struct addr *addr, long max)
{
	return keyed_quota_take(quota, scope, addr_site(addr), max);
}


void address_quota_give(struct keyed_quota *quota, unsigned scope,
			const struct addr *addr)
{
	keyed_quota_give(quota, scope, addr_site(addr));
}
