/* Limits that hold for the whole server, taken and given from any thread. */
#ifndef QUOTA_H
#define QUOTA_H

#include <stdatomic.h>
#include <stdbool.h>
#include "io/addr.h"

enum { QUOTA_ROWS = 2, QUOTA_COUNTERS = 16384 };

/* How many of a thing there may be; max 0: no limit.  A limit that is lowered
 * takes nothing away. */
struct quota {
	atomic_long n;
	atomic_long max;
};

/* Take one.  False: there is none left. */
API bool quota_take(struct quota *quota);
API void quota_give(struct quota *quota);

/* How many there may be for each key (a user's name, say) and scope (an
 * application's index, or which of several things).  Counted in a table of
 * fixed size, twice under different secrets: two keys may share one counter,
 * but hardly ever both. */
struct keyed_quota {
	uint64_t seeds[QUOTA_ROWS][2];
	atomic_int n[QUOTA_ROWS][QUOTA_COUNTERS];
};

API void keyed_quota_init(struct keyed_quota *quota);

/* Take one of `max` (0: no limit, but it is counted all the same).  False:
 * there is none left.  key: borrowed. */
API bool keyed_quota_take(struct keyed_quota *quota, unsigned scope,
			  struct slice key, long max);
API void keyed_quota_give(struct keyed_quota *quota, unsigned scope,
			  struct slice key);

/* How many of the key are taken: hardly ever more than there are. */
API unsigned keyed_quota_count(struct keyed_quota *quota, unsigned scope,
			       struct slice key);

/* An address as a key: IPv4 by itself, IPv6 by its /64, since who has one
 * address of that has all of them.  Borrowed from `addr`. */
API struct slice addr_site(const struct addr *addr);

/* keyed_quota for the site of an address. */
API bool address_quota_take(struct keyed_quota *quota, unsigned scope,
			    const struct addr *addr, long max);
API void address_quota_give(struct keyed_quota *quota, unsigned scope,
			    const struct addr *addr);

#endif
