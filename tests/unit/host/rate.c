/* Rates: of one, of each key, in a table that is too small for all. */
#include "host/rate.h"
#include <pthread.h>
#include "base/mem.h"
#include "io/addr.h"
#include "host/quota.h"
#include "test.h"

enum {
	S = 1000000,
	NOW = 50 * S,
	THREADS = 3,
	TURNS = 20000,
	PER_S = 1000,
};


TEST(rate_one)
{
	struct rate rate = { 0 };
	int err = 0;

	/* A second's worth at once, then as it comes in. */
	TEST_OK(rate_take(&rate, NOW, 600, 1000));
	TEST_OK(rate_take(&rate, NOW, 400, 1000));
	TEST_OK(!rate_take(&rate, NOW, 1, 1000));
	TEST_OK(!rate_take(&rate, NOW + 999, 1, 1000));
	TEST_OK(rate_take(&rate, NOW + 1000, 1, 1000));
	TEST_OK(!rate_take(&rate, NOW + 1000, 1, 1000));
	TEST_OK(rate_take(&rate, NOW + S / 2, 499, 1000));

	/* Idle time is not saved up. */
	TEST_OK(rate_take(&rate, NOW + 9 * S, 1000, 1000));
	TEST_OK(!rate_take(&rate, NOW + 9 * S, 1, 1000));
 out:
	return err;
}


TEST(rate_extremes)
{
	struct rate slow = { 0 }, fast = { 0 }, none = { 0 };
	int err = 0;

	/* A packet larger than a second's worth passes, and is owed. */
	TEST_OK(rate_take(&slow, NOW, 5000, 1000));
	TEST_OK(!rate_take(&slow, NOW + 4 * S, 1001, 1000));
	TEST_OK(!rate_take(&slow, NOW + 4 * S - 1, 1, 1000));
	TEST_OK(rate_take(&slow, NOW + 4 * S + 1000, 1, 1000));
	TEST_OK(rate_take(&slow, NOW + 50 * S, UINT64_MAX, 1));
	TEST_OK(!rate_take(&slow, NOW + 60LL * S, 1, 1));

	/* 10 Gbit/s in packets: no loss by rounding. */
	for (int i = 0; i < 1250000; i += 125)
		TEST_OK(rate_take(&fast, NOW + i / 125, 125000,
				  1250000000));
	for (int i = 0; i < 1000; i++)
		TEST_OK(rate_take(&none, NOW, UINT64_MAX, 0));
 out:
	return err;
}


TEST(rate_keys)
{
	struct keyed_rate *r = mem_zalloc(sizeof(*r));
	struct rate_spot a, b, same, other;
	struct addr addr;
	int err;

	TEST_PTR(r);
	keyed_rate_init(r);
	TEST_ERR(addr_parse(&addr, str("2001:db8:1:2::1"), 1));
	a = keyed_rate_spot(r, 0, addr_site(&addr));
	b = keyed_rate_spot(r, 1, addr_site(&addr));
	TEST_ERR(addr_parse(&addr, str("2001:db8:1:2:ffff::9"), 2));
	same = keyed_rate_spot(r, 0, addr_site(&addr));
	TEST_ERR(addr_parse(&addr, str("2001:db8:1:3::1"), 1));
	other = keyed_rate_spot(r, 0, addr_site(&addr));

	TEST_MEM(&a, sizeof(a), &same, sizeof(same));
	TEST_OK(keyed_rate_take(r, a, NOW, 2, 3));
	TEST_OK(keyed_rate_take(r, same, NOW, 1, 3));
	TEST_OK(!keyed_rate_take(r, a, NOW, 1, 3));
	TEST_OK(keyed_rate_take(r, a, NOW, 1, 0));
	TEST_OK(keyed_rate_take(r, b, NOW, 3, 3));
	TEST_OK(keyed_rate_take(r, other, NOW, 3, 3));
	TEST_OK(keyed_rate_take(r, a, NOW + S, 3, 3));
 out:
	mem_free(r);
	return err;
}


/* One busy cell refuses nobody; two do, and owe no more than a second. */
TEST(rate_shared_cells)
{
	struct keyed_rate *r = mem_zalloc(sizeof(*r));
	const struct rate_spot a = { { 1, 1 } }, b = { { 1, 2 } };
	const struct rate_spot c = { { 3, 1 } }, d = { { 1, 1 } };
	int err = 0;

	TEST_PTR(r);
	keyed_rate_init(r);
	TEST_OK(keyed_rate_take(r, a, NOW, 3, 3));
	TEST_OK(keyed_rate_take(r, b, NOW, 3, 3));
	TEST_OK(keyed_rate_take(r, c, NOW, 3, 3));
	TEST_OK(!keyed_rate_take(r, b, NOW, 1, 3));
	TEST_OK(!keyed_rate_take(r, c, NOW, 1, 3));
	TEST_OK(!keyed_rate_take(r, d, NOW + S / 4, 1, 3));
	TEST_OK(keyed_rate_take(r, d, NOW + S, 3, 3));
	TEST_OK(!keyed_rate_take(r, d, NOW + S, 1, 3));
 out:
	mem_free(r);
	return err;
}


/* However many share a cell, it owes a second at most. */
TEST(rate_shared_debt)
{
	struct keyed_rate *r = mem_zalloc(sizeof(*r));
	struct rate_spot spot = { { 0, 1 } };
	int err = 0;

	TEST_PTR(r);
	keyed_rate_init(r);
	for (; spot.at[0] < 5; spot.at[0]++)
		TEST_OK(keyed_rate_take(r, spot, NOW, 3, 3));

	/* With the other cell used up, the shared one is what is left. */
	spot.at[1] = 2;
	TEST_OK(keyed_rate_take(r, spot, NOW + S, 3, 3));
	spot.at[1] = 1;
	TEST_OK(keyed_rate_take(r, spot, NOW + S, 3, 3));
	TEST_OK(!keyed_rate_take(r, spot, NOW + S, 1, 3));
 out:
	mem_free(r);
	return err;
}


struct crowd {
	struct keyed_rate *rate;
	atomic_int n_taken;
};


static void *run_crowd(void *arg)
{
	const struct rate_spot spot = { { 5, 6 } };
	struct crowd *c = arg;

	for (int i = 0; i < TURNS; i++)
		if (keyed_rate_take(c->rate, spot, NOW, 1, PER_S))
			atomic_fetch_add(&c->n_taken, 1);

	return NULL;
}


TEST(rate_threads)
{
	struct crowd c = { .rate = mem_zalloc(sizeof(*c.rate)) };
	pthread_t threads[THREADS];
	int n = 0, taken, err;

	TEST_PTR(c.rate);
	while (n < THREADS &&
	       !pthread_create(&threads[n], NULL, run_crowd, &c))
		++n;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	taken = atomic_load(&c.n_taken);

	TEST_OK(n == THREADS || test_is_starved());
	TEST_OK(!n || (taken >= PER_S && taken < PER_S + THREADS));
	err = 0;
 out:
	mem_free(c.rate);
	return err;
}


/* Many more keys than cells: what all take together is bounded. */
TEST(rate_flood)
{
	struct keyed_rate *r = mem_zalloc(sizeof(*r));
	uint32_t n_keys = test_is_starved() ? 100 : 200000;
	unsigned n_taken = 0;
	int err;

	TEST_PTR(r);
	keyed_rate_init(r);
	for (uint32_t key = 0; key < n_keys; key++)
		for (int i = 0; i < 3; i++)
			n_taken += keyed_rate_take(
				r, keyed_rate_spot(r, 0, slice(&key,
							sizeof(key))),
				NOW, 1, 2);

	TEST_OK(n_taken <= 2 * RATE_ROWS * RATE_CELLS);
	TEST_OK(n_keys > 100 || n_taken == 2 * n_keys);
	err = 0;
 out:
	mem_free(r);
	return err;
}
