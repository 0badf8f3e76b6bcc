/* Buckets: linear below 2^SUB_BITS, then 2^SUB_BITS for each power of two. */
#include "histogram.h"

enum {
	SUB = 1 << HISTOGRAM_SUB_BITS,
};


static unsigned bucket_of(uint64_t us)
{
	unsigned shift;

	if (us < SUB)
		return (unsigned)us;

	shift = 63u - (unsigned)__builtin_clzll(us) - HISTOGRAM_SUB_BITS;

	return (shift << HISTOGRAM_SUB_BITS) + (unsigned)(us >> shift);
}


/* The largest duration of a bucket. */
static int64_t bucket_end(unsigned i)
{
	unsigned shift;

	if (i < SUB)
		return i;

	shift = (i >> HISTOGRAM_SUB_BITS) - 1;

	return ((int64_t)(i - (shift << HISTOGRAM_SUB_BITS) + 1) << shift) - 1;
}


void histogram_add(struct histogram *h, int64_t us)
{
	unsigned i = bucket_of(us > 0 ? (uint64_t)us : 0);

	if (i >= HISTOGRAM_BUCKETS)
		i = HISTOGRAM_BUCKETS - 1;

	++h->counts[i];
	++h->n;
	if (us > h->max_us)
		h->max_us = us;
}


int64_t histogram_quantile(const struct histogram *h, double q)
{
	uint64_t left = (uint64_t)(q * (double)h->n);
	int64_t end;

	if (!h->n)
		return 0;

	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (h->counts[i] > left) {
			end = bucket_end(i);
			return end < h->max_us ? end : h->max_us;
		}
		left -= h->counts[i];
	}

	return h->max_us;
}
