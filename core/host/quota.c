/* Limits that hold for the whole server. */
#include "host/quota.h"
#include <string.h>
#include "base/hash.h"
#include "base/random.h"


enum { IPV6_SITE_LEN = 8 };      /* bytes of a /64 */


static atomic_int *counter(struct address_quota *quota, size_t row,
			   unsigned scope, const struct addr *addr)
{
	struct slice ip = addr_ip(addr);
	uint8_t key[IPV6_SITE_LEN + sizeof(scope)];
	uint64_t hash;

	if (ip.len > IPV6_SITE_LEN)
		ip.len = IPV6_SITE_LEN;

	memcpy(key, &scope, sizeof(scope));
	memcpy(key + sizeof(scope), ip.p, ip.len);
	hash = hash_bytes(quota->seeds[row],
			  slice(key, sizeof(scope) + ip.len));

	return &quota->n[row][hash % QUOTA_COUNTERS];
}


bool quota_take(struct quota *quota)
{
	if (atomic_fetch_add(&quota->n, 1) < quota->max || !quota->max)
		return true;

	quota_give(quota);

	return false;
}


void quota_give(struct quota *quota)
{
	atomic_fetch_sub(&quota->n, 1);
}


void address_quota_init(struct address_quota *quota)
{
	random_bytes(quota->seeds, sizeof(quota->seeds));
}


bool address_quota_take(struct address_quota *quota, unsigned scope,
			const struct addr *addr, long max)
{
	bool is_free = !max;

	for (size_t row = 0; row < QUOTA_ROWS; row++)
		is_free |= atomic_fetch_add(counter(quota, row, scope, addr),
					    1) < max;
	if (!is_free)
		address_quota_give(quota, scope, addr);

	return is_free;
}


void address_quota_give(struct address_quota *quota, unsigned scope,
			const struct addr *addr)
{
	for (size_t row = 0; row < QUOTA_ROWS; row++)
		atomic_fetch_sub(counter(quota, row, scope, addr), 1);
}
