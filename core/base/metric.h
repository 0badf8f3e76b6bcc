/* Metrics: numbers that any thread adds to, and a report reads.
 *
 * A metric is spread over several cache lines, one of which belongs to each
 * CPU, so that workers do not wait for each other: metric_add costs about
 * as much as an uncontended atomic addition.  A reader sums them up; it may
 * miss what is being added at that moment.
 *
 * The registry (owned by the server) has a lock, which is taken to find, add
 * and drop metrics and to describe them, never to add to one.
 *
 *	static const struct metric_conf conf = {
 *		.type = METRIC_COUNTER, .unit = REPORT_BYTES,
 *		.name = "rtmp_received", .help = "Bytes that peers sent",
 *	};
 *
 *	err = metric_new(&node->received, metrics, &conf);
 *	metric_add(node->received, (int64_t)len);
 *
 * is read as sluice_rtmp_received_bytes_total. */
#ifndef METRIC_H
#define METRIC_H

#include <pthread.h>
#include "base/list.h"
#include "base/report.h"

enum {
	METRICS_MAX = 4096,      /* in one registry */
	METRIC_LABELS_MAX = 4,
	METRIC_LABEL_MAX = 64,   /* room for a label's value, with its zero */
	METRIC_BOUNDS_MAX = 24,
};

enum metric_type {
	METRIC_COUNTER,          /* only grows */
	METRIC_GAUGE,            /* goes up and down */
	METRIC_HISTOGRAM,        /* how large values were */
};

struct metric_label {
	const char *name;        /* static, snake_case; NULL: no label */
	const char *value;       /* copied; at most METRIC_LABEL_MAX - 1 */
};

struct metric_conf {
	enum metric_type type;
	enum report_unit unit;   /* of what is added */
	const char *name;        /* static, snake_case, without the unit */
	const char *help;        /* static, one line */
	struct metric_label labels[METRIC_LABELS_MAX];

	/* Histograms: static, growing; NULL: 100 us to 10 s. */
	const int64_t *bounds;
	size_t n_bounds;         /* at most METRIC_BOUNDS_MAX */
};

struct metrics {
	pthread_mutex_t lock;
	struct list list;        /* owns all metrics */
};

struct metric;

/* An empty registry.  Thread: main. */
API void metrics_init(struct metrics *metrics);

/* Free it and what is left in it, which nobody may use afterwards. */
API void metrics_fini(struct metrics *metrics);

/* The metric with the name and the labels of `conf`: a new one, or one more
 * reference, so that instances of a module count together.  Thread: any.
 * Returns 0 and *metricp, -EEXIST (there is one of another type or unit),
 * -EMSGSIZE (METRICS_MAX, or a label's value is too long) or -ENOMEM. */
API int metric_new(struct metric **metricp, struct metrics *metrics,
		   const struct metric_conf *conf);

/* Drop one reference; NULL is allowed.  The last one takes the metric out of
 * the registry.  Thread: any.  Returns NULL, to clear a field. */
API struct metric *metric_unref(struct metric *metric);

/* Add n, which is not negative for a counter.  Thread: any.  Here and below
 * nothing happens for NULL, so whoever got no metric goes on without. */
API void metric_add(struct metric *metric, int64_t n);

/* Set a gauge, to which nobody adds.  Thread: any. */
API void metric_set(struct metric *metric, int64_t v);

/* Put one value into a histogram.  Thread: any. */
API void metric_observe(struct metric *metric, int64_t v);

/* What a counter or gauge stands at; how many values a histogram has. */
API int64_t metric_value(const struct metric *metric);

/* A list of all metrics.  Thread: any; holds the registry's lock. */
API void metrics_describe(struct report *r, struct metrics *metrics);

#endif
