/* Limits that hold for the whole server, taken and given from any thread. */
#ifndef QUOTA_H
#define QUOTA_H

#include <stdatomic.h>
#include <stdbool.h>
#include "io/addr.h"

enum { QUOTA_ROWS = 2, QUOTA_COUNTERS = 16384 };

/* How many of a thing there may be; max 0: no limit. */
struct quota {
	atomic_long n;
	long max;
};

/* Take one.  False: there is none left. */
API bool quota_take(struct quota *quota);
API void quota_give(struct quota *quota);

/* The same for each address (IPv6: each /64) and scope (an application's
 * index).  Counted in a table of fixed size, twice under different secrets:
 * two addresses may share one counter, but hardly ever both. */
struct address_quota {
	uint64_t seeds[QUOTA_ROWS][2];
	atomic_int n[QUOTA_ROWS][QUOTA_COUNTERS];
};

API void address_quota_init(struct address_quota *quota);
API bool address_quota_take(struct address_quota *quota, unsigned scope,
			    const struct addr *addr, long max);
API void address_quota_give(struct address_quota *quota, unsigned scope,
			    const struct addr *addr);

#endif
