/* Quotas: for all, and for each address, from several threads. */
#include "host/quota.h"
#include <pthread.h>
#include "base/mem.h"
#include "test.h"

enum { THREADS = 3, TURNS = 20000, MAX = 2 };

struct crowd {
	struct quota quota;
	atomic_int n_in;
	atomic_int n_wrong;
};


static void *run_crowd(void *arg)
{
	struct crowd *c = arg;

	for (int i = 0; i < TURNS; i++) {
		if (!quota_take(&c->quota))
			continue;
		if (atomic_fetch_add(&c->n_in, 1) >= MAX)
			atomic_fetch_add(&c->n_wrong, 1);
		atomic_fetch_sub(&c->n_in, 1);
		quota_give(&c->quota);
	}

	return NULL;
}


TEST(quota_plain)
{
	struct quota quota = { .max = 2 }, none = { .max = 0 };
	int err = 0;

	TEST_OK(quota_take(&quota) && quota_take(&quota));
	TEST_OK(!quota_take(&quota) && !quota_take(&quota));
	quota_give(&quota);
	TEST_OK(quota_take(&quota));
	TEST_OK(!quota_take(&quota));
	for (int i = 0; i < 1000; i++)
		TEST_OK(quota_take(&none));
 out:
	return err;
}


TEST(quota_threads)
{
	struct crowd c = { .quota.max = MAX };
	pthread_t threads[THREADS];
	int n = 0, err = 0;

	while (n < THREADS &&
	       !pthread_create(&threads[n], NULL, run_crowd, &c))
		++n;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);

	TEST_OK(n == THREADS || test_is_starved());
	TEST_EQ(0, atomic_load(&c.n_wrong));
	TEST_EQ(0, atomic_load(&c.quota.n));
 out:
	return err;
}


/* IPv6 counts by site, IPv4 by address, each application for itself. */
TEST(quota_addresses)
{
	struct keyed_quota *q = mem_zalloc(sizeof(*q));
	struct addr a, same_site, other, v4;
	int err;

	TEST_PTR(q);
	keyed_quota_init(q);
	TEST_ERR(addr_parse(&a, str("2001:db8:1:2::1"), 1));
	TEST_ERR(addr_parse(&same_site, str("2001:db8:1:2:ffff::9"), 2));
	TEST_ERR(addr_parse(&other, str("2001:db8:1:3::1"), 1));
	TEST_ERR(addr_parse(&v4, str("192.0.2.1"), 1));

	TEST_OK(address_quota_take(q, 0, &a, 2));
	TEST_OK(address_quota_take(q, 0, &same_site, 2));
	TEST_OK(!address_quota_take(q, 0, &a, 2));
	TEST_OK(address_quota_take(q, 1, &a, 2));
	TEST_OK(address_quota_take(q, 0, &other, 2));
	TEST_OK(address_quota_take(q, 0, &v4, 1));
	TEST_OK(!address_quota_take(q, 0, &v4, 1));
	address_quota_give(q, 0, &same_site);
	TEST_OK(address_quota_take(q, 0, &a, 2));

	/* Without a limit they are counted all the same. */
	for (int i = 0; i < 10; i++)
		TEST_OK(address_quota_take(q, 2, &a, 0));
	TEST_OK(!address_quota_take(q, 2, &a, 10));
 out:
	mem_free(q);
	return err;
}


/* Any bytes are a key; a scope parts what is counted in one table. */
TEST(quota_names)
{
	struct keyed_quota *q = mem_zalloc(sizeof(*q));
	struct slice alice = slice("alice", 5), bob = slice("bob", 3);
	int err = 0;

	TEST_PTR(q);
	keyed_quota_init(q);
	TEST_OK(keyed_quota_take(q, 0, alice, 2));
	TEST_OK(keyed_quota_take(q, 0, alice, 2));
	TEST_OK(!keyed_quota_take(q, 0, alice, 2));
	TEST_OK(keyed_quota_take(q, 0, bob, 2));
	TEST_OK(keyed_quota_take(q, 1, alice, 2));
	keyed_quota_give(q, 0, alice);
	TEST_OK(keyed_quota_take(q, 0, alice, 2));
	TEST_OK(!keyed_quota_take(q, 0, alice, 2));
 out:
	mem_free(q);
	return err;
}
