/* Counts of durations in microseconds, to within 1.6 %. */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

enum {
	HISTOGRAM_SUB_BITS = 6,
	HISTOGRAM_BUCKETS = (40 - HISTOGRAM_SUB_BITS) << HISTOGRAM_SUB_BITS,
};

struct histogram {
	uint64_t n;
	int64_t max_us;
	uint32_t counts[HISTOGRAM_BUCKETS];
};

/* Count one duration; below 0 counts as 0, above 2^39 us as that. */
void histogram_add(struct histogram *h, int64_t us);

/* The duration that a share `q` (0 .. 1) of all does not exceed; 0 if none
 * was counted. */
int64_t histogram_quantile(const struct histogram *h, double q);

#endif
