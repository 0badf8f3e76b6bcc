/* Metrics: numbers that any thread adds to, and a report reads. */
#include "base/metric.h"
#include <assert.h>
#include <sched.h>
#include <stdatomic.h>
#include "base/mem.h"


enum {
	N_SHARDS = 8,            /* a power of two */
	LINE = 64,               /* bytes of a cache line */
	LINE_CELLS = LINE / sizeof(int64_t),
};

struct cell {
	_Atomic(int64_t) v;
};

struct metric {
	struct list_node node;
	struct metrics *metrics;
	struct metric_conf conf; /* labels' values are in `values` */
	unsigned n_refs;         /* under the registry's lock */
	size_t stride;           /* cells of one shard */
	struct cell *cells;      /* N_SHARDS * stride, at a cache line */
	void *block;             /* owned: where they were allocated */
	char values[METRIC_LABELS_MAX][METRIC_LABEL_MAX];
};

/* A histogram's shard: the sum, then one count for each bucket. */
enum { CELL_VALUE, CELL_SUM = 0, CELL_BUCKETS };

static const int64_t time_bounds[] = {
	100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000,
	100000, 200000, 500000, 1000000, 2000000, 5000000, 10000000,
};


/* NOTE: a thread may move to another CPU right after; the additions are
 * atomic all the same, only a little slower then. */
static struct cell *shard(struct metric *metric)
{
	unsigned cpu = (unsigned)sched_getcpu();

	return metric->cells + (cpu % N_SHARDS) * metric->stride;
}


static void add(struct cell *cell, int64_t n)
{
	atomic_fetch_add_explicit(&cell->v, n, memory_order_relaxed);
}


static int64_t sum(const struct metric *metric, size_t i)
{
	int64_t v = 0;

	for (size_t s = 0; s < N_SHARDS; s++)
		v += atomic_load_explicit(
			&metric->cells[s * metric->stride + i].v,
			memory_order_relaxed);

	return v;
}


void metric_add(struct metric *metric, int64_t n)
{
	if (!metric)
		return;

	assert(metric->conf.type == METRIC_GAUGE ||
	       (metric->conf.type == METRIC_COUNTER && n >= 0));
	add(&shard(metric)[CELL_VALUE], n);
}


void metric_set(struct metric *metric, int64_t v)
{
	if (!metric)
		return;

	assert(metric->conf.type == METRIC_GAUGE);
	atomic_store_explicit(&metric->cells[CELL_VALUE].v, v,
			      memory_order_relaxed);
}


void metric_observe(struct metric *metric, int64_t v)
{
	size_t i = 0;
	struct cell *at;

	if (!metric)
		return;

	assert(metric->conf.type == METRIC_HISTOGRAM);
	while (i < metric->conf.n_bounds && v > metric->conf.bounds[i])
		++i;

	at = shard(metric);
	add(&at[CELL_SUM], v);
	add(&at[CELL_BUCKETS + i], 1);
}


int64_t metric_value(const struct metric *metric)
{
	int64_t n = 0;

	if (!metric)
		return 0;
	if (metric->conf.type != METRIC_HISTOGRAM)
		return sum(metric, CELL_VALUE);

	for (size_t i = 0; i <= metric->conf.n_bounds; i++)
		n += sum(metric, CELL_BUCKETS + i);

	return n;
}


static bool is_same_text(const char *a, const char *b)
{
	return str_eq(str(a), str(b));
}


static bool is_same(const struct metric_conf *a, const struct metric_conf *b)
{
	for (int i = 0; i < METRIC_LABELS_MAX; i++) {
		if (!is_same_text(a->labels[i].name, b->labels[i].name) ||
		    !is_same_text(a->labels[i].value, b->labels[i].value))
			return false;
	}

	return is_same_text(a->name, b->name);
}


static struct metric *find(struct metrics *metrics,
			   const struct metric_conf *conf)
{
	LIST_EACH(&metrics->list, it) {
		struct metric *metric = CONTAINER_OF(it, struct metric, node);

		if (is_same(&metric->conf, conf))
			return metric;
	}

	return NULL;
}


static int copy_labels(struct metric *metric)
{
	for (int i = 0; i < METRIC_LABELS_MAX; i++) {
		struct metric_label *label = &metric->conf.labels[i];
		size_t len = str(label->value).len;

		if (len >= METRIC_LABEL_MAX)
			return -EMSGSIZE;
		if (!label->name)
			continue;

		if (len)
			memcpy(metric->values[i], label->value, len);
		label->value = metric->values[i];
	}

	return 0;
}


static int make_cells(struct metric *metric)
{
	size_t n = metric->conf.type == METRIC_HISTOGRAM
		? CELL_BUCKETS + metric->conf.n_bounds + 1 : 1;
	size_t size;
	uintptr_t at;

	metric->stride = (n + LINE_CELLS - 1) / LINE_CELLS * LINE_CELLS;
	size = N_SHARDS * metric->stride * sizeof(struct cell);
	metric->block = mem_zalloc(size + LINE - 1);
	if (!metric->block)
		return -ENOMEM;

	at = (uintptr_t)metric->block;
	at = (at + LINE - 1) & ~(uintptr_t)(LINE - 1);
	metric->cells = (struct cell *)at;

	return 0;
}


static struct metric *metric_free(struct metric *metric)
{
	list_del(&metric->node);
	mem_free(metric->block);

	return mem_free(metric);
}


static int add_metric(struct metric **metricp, struct metrics *metrics,
		      const struct metric_conf *conf)
{
	struct metric *metric;
	int err;

	if (metrics->list.n >= METRICS_MAX)
		return -EMSGSIZE;

	metric = mem_zalloc(sizeof(*metric));
	if (!metric)
		return -ENOMEM;

	metric->metrics = metrics;
	metric->conf = *conf;
	metric->n_refs = 1;
	if (conf->type == METRIC_HISTOGRAM && !conf->bounds) {
		metric->conf.bounds = time_bounds;
		metric->conf.n_bounds = ARRAY_LEN(time_bounds);
	}
	assert(metric->conf.n_bounds <= METRIC_BOUNDS_MAX);

	err = copy_labels(metric);
	if (!err)
		err = make_cells(metric);
	if (err) {
		metric_free(metric);
		return err;
	}

	list_add(&metrics->list, &metric->node);
	*metricp = metric;

	return 0;
}


int metric_new(struct metric **metricp, struct metrics *metrics,
	       const struct metric_conf *conf)
{
	struct metric *metric;
	int err = 0;

	pthread_mutex_lock(&metrics->lock);

	metric = find(metrics, conf);
	if (!metric) {
		err = add_metric(metricp, metrics, conf);
	}
	else if (metric->conf.type != conf->type ||
		 metric->conf.unit != conf->unit) {
		err = -EEXIST;
	}
	else {
		++metric->n_refs;
		*metricp = metric;
	}

	pthread_mutex_unlock(&metrics->lock);

	return err;
}


struct metric *metric_unref(struct metric *metric)
{
	struct metrics *metrics;

	if (!metric)
		return NULL;

	metrics = metric->metrics;
	pthread_mutex_lock(&metrics->lock);
	if (!--metric->n_refs)
		metric_free(metric);
	pthread_mutex_unlock(&metrics->lock);

	return NULL;
}


void metrics_init(struct metrics *metrics)
{
	memset(metrics, 0, sizeof(*metrics));
	pthread_mutex_init(&metrics->lock, NULL);
}


void metrics_fini(struct metrics *metrics)
{
	LIST_EACH(&metrics->list, it)
		metric_free(CONTAINER_OF(it, struct metric, node));

	pthread_mutex_destroy(&metrics->lock);
}


static void describe_histogram(struct report *r, const struct metric *metric)
{
	const struct metric_conf *conf = &metric->conf;
	uint64_t counts[METRIC_BOUNDS_MAX + 1];
	const struct report_histogram h = {
		conf->bounds, counts, conf->n_bounds, sum(metric, CELL_SUM),
	};

	for (size_t i = 0; i <= conf->n_bounds; i++)
		counts[i] = (uint64_t)sum(metric, CELL_BUCKETS + i);

	report_histogram(r, conf->name, conf->unit, &h, conf->help);
}


static void describe(struct report *r, const struct metric *metric)
{
	const struct metric_conf *conf = &metric->conf;

	report_open(r, NULL);
	for (int i = 0; i < METRIC_LABELS_MAX; i++) {
		if (conf->labels[i].name)
			report_label(r, conf->labels[i].name,
				     str(conf->labels[i].value));
	}

	switch (conf->type) {

	case METRIC_COUNTER:
		report_count(r, conf->name, conf->unit, metric_value(metric),
			     conf->help);
		break;

	case METRIC_GAUGE:
		report_gauge(r, conf->name, conf->unit, metric_value(metric),
			     conf->help);
		break;

	case METRIC_HISTOGRAM:
		describe_histogram(r, metric);
		break;
	}
	report_close(r);
}


void metrics_describe(struct report *r, struct metrics *metrics)
{
	report_list_open(r, "metrics");
	pthread_mutex_lock(&metrics->lock);

	LIST_EACH(&metrics->list, it)
		describe(r, CONTAINER_OF(it, struct metric, node));

	pthread_mutex_unlock(&metrics->lock);
	report_list_close(r);
}
