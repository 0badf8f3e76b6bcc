/* Numbers that look random and are the same in each run. */
#ifndef TEST_RANDOM_H
#define TEST_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct test_random {
	uint64_t state;          /* not 0 */
};


/* The next one (xorshift64*). */
static inline uint64_t test_random(struct test_random *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;

	return r->state * 0x2545f4914f6cdd1dull >> 16;
}


/* One of 0 .. n - 1. */
static inline uint64_t test_below(struct test_random *r, uint64_t n)
{
	return test_random(r) % n;
}


/* True once in `n` times. */
static inline bool test_once_in(struct test_random *r, uint64_t n)
{
	return !test_below(r, n);
}

#endif
