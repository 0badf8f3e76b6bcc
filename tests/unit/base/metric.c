/* metric. */
#include <pthread.h>
#include "base/metric.h"
#include "test.h"


enum { N_THREADS = 4, N_ROUNDS = 2000 };

static const struct metric_conf received = {
	.type = METRIC_COUNTER, .unit = REPORT_BYTES,
	.name = "rtmp_received", .help = "Bytes that peers sent",
};

static const struct metric_conf turn = {
	.type = METRIC_HISTOGRAM, .unit = REPORT_US,
	.name = "loop_turn", .help = "Time of one turn",
	.labels = { { "worker", "0" } },
};

static const struct metric_conf viewers = {
	.type = METRIC_GAUGE, .name = "viewers", .help = "Viewers now",
};


static void *work(void *arg)
{
	struct metrics *metrics = arg;
	struct metric *counter = NULL, *gauge = NULL;

	/* An instance of a module per worker: all count together. */
	metric_new(&counter, metrics, &received);
	metric_new(&gauge, metrics, &viewers);
	for (int i = 0; i < N_ROUNDS; i++) {
		metric_add(counter, 3);
		metric_add(gauge, 2);
		metric_add(gauge, -1);
	}
	metric_unref(counter);
	metric_unref(gauge);

	return NULL;
}


TEST(metric_from_many_threads)
{
	struct metric *counter = NULL, *gauge = NULL;
	pthread_t threads[N_THREADS];
	struct metrics metrics;
	int err, n = 0;

	metrics_init(&metrics);
	TEST_ERR(metric_new(&counter, &metrics, &received));
	TEST_ERR(metric_new(&gauge, &metrics, &viewers));

	while (n < N_THREADS &&
	       !pthread_create(&threads[n], NULL, work, &metrics))
		++n;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);

	TEST_EQ(N_THREADS, n);
	TEST_EQ(N_THREADS * N_ROUNDS * 3, metric_value(counter));
	TEST_EQ(N_THREADS * N_ROUNDS, metric_value(gauge));
	TEST_EQ(2, metrics.list.n);
 out:
	metric_unref(counter);
	metric_unref(gauge);
	metrics_fini(&metrics);
	return err;
}


TEST(metric_registry)
{
	struct metric *a = NULL, *b = NULL, *c = NULL;
	struct metric_conf other = turn;
	char name[METRIC_LABEL_MAX + 1];
	struct metrics metrics;
	int err;

	metrics_init(&metrics);
	TEST_ERR(metric_new(&a, &metrics, &turn));
	TEST_ERR(metric_new(&b, &metrics, &turn));
	TEST_OK(a == b);

	other.type = METRIC_COUNTER;
	TEST_EQ(-EEXIST, metric_new(&c, &metrics, &other));

	/* The label's value is copied. */
	other.labels[0].value = name;
	strcpy(name, "1");
	TEST_ERR(metric_new(&c, &metrics, &other));
	TEST_OK(c != a);
	strcpy(name, "2");
	b = metric_unref(b);
	TEST_ERR(metric_new(&b, &metrics, &other));
	TEST_EQ(3, metrics.list.n);

	b = metric_unref(b);
	TEST_EQ(2, metrics.list.n);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	err = metric_new(&b, &metrics, &other);
	TEST_OK(err == -EMSGSIZE || (err == -ENOMEM && test_alloc_failed()));
	err = 0;

	metric_add(NULL, 1);
	metric_set(NULL, 1);
	metric_observe(NULL, 1);
	TEST_EQ(0, metric_value(NULL));
	TEST_OK(!metric_unref(NULL));
 out:
	metrics_fini(&metrics);
	return err;
}


TEST(metrics_describe)
{
	static const char want[] =
		"# HELP sluice_loop_turn_seconds Time of one turn\n"
		"# TYPE sluice_loop_turn_seconds histogram\n"
		"sluice_loop_turn_seconds_bucket{worker=\"0\",le=\"0.001\"} 2\n"
		"sluice_loop_turn_seconds_bucket{worker=\"0\",le=\"0.01\"} 2\n"
		"sluice_loop_turn_seconds_bucket{worker=\"0\",le=\"+Inf\"} 3\n"
		"sluice_loop_turn_seconds_sum{worker=\"0\"} 0.011002\n"
		"sluice_loop_turn_seconds_count{worker=\"0\"} 3\n"
		"# HELP sluice_viewers Viewers now\n"
		"# TYPE sluice_viewers gauge\n"
		"sluice_viewers -7\n"
		"# HELP sluice_rtmp_received_bytes_total "
			"Bytes that peers sent\n"
		"# TYPE sluice_rtmp_received_bytes_total counter\n"
		"sluice_rtmp_received_bytes_total 5\n";
	static const int64_t bounds[] = { 1000, 10000 };
	struct metric *a = NULL, *b = NULL, *c = NULL;
	struct writer w = writer(1 << 16);
	struct metric_conf conf = turn;
	struct metrics metrics;
	struct report r;
	int err;

	metrics_init(&metrics);
	conf.bounds = bounds;
	conf.n_bounds = 2;
	TEST_ERR(metric_new(&a, &metrics, &conf));
	TEST_ERR(metric_new(&b, &metrics, &viewers));
	TEST_ERR(metric_new(&c, &metrics, &received));

	metric_observe(a, 1);
	metric_observe(a, 1000);
	metric_observe(a, 10001);
	TEST_EQ(3, metric_value(a));
	metric_set(b, 12);
	metric_set(b, -7);
	metric_add(c, 5);

	report_init(&r, REPORT_PROMETHEUS, &w);
	metrics_describe(&r, &metrics);
	TEST_ERR(report_fini(&r));
	if (w.len != strlen(want) || memcmp(want, w.data, w.len))
		TEST_FAIL("got:\n%.*s", (int)w.len, (const char *)w.data);
 out:
	writer_fini(&w);
	metrics_fini(&metrics);
	return err;
}
