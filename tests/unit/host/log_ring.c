/* log_ring, log_line. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "host/log_ring.h"
#include "test.h"


enum { N_THREADS = 3, N_LINES = 2000 };

struct writer_thread {
	pthread_t thread;
	struct log_ring *ring;
	uint64_t id;
};


static void push(struct log_ring *ring, uint64_t id, const char *text)
{
	const struct log_record rec = {
		LOG_LEVEL_INFO, 5, "test", id, false, str(text)
	};

	log_ring_push(ring, &rec);
}


TEST(log_ring)
{
	struct log_ring ring = { 0 };
	int err;

	TEST_ERR(log_ring_init(&ring));
	TEST_OK(!log_ring_first(&ring));

	for (int round = 0; round < 3; round++) {
		for (uint64_t i = 0; i < LOG_RING_LINES + 2; i++)
			push(&ring, i, "x");
		TEST_EQ(2, log_ring_dropped(&ring));
		TEST_EQ(0, log_ring_dropped(&ring));

		for (uint64_t i = 0; i < LOG_RING_LINES; i++) {
			TEST_OK(log_ring_first(&ring));
			TEST_EQ(i, log_ring_first(&ring)->id);
			log_ring_pop(&ring);
		}
		TEST_OK(!log_ring_first(&ring));
	}
 out:
	log_ring_fini(&ring);
	return err;
}


static void *push_lines(void *arg)
{
	struct writer_thread *w = arg;
	char text[32];

	for (int i = 1; i <= N_LINES; i++) {
		snprintf(text, sizeof(text), "%d", i);
		push(w->ring, w->id, text);
	}

	return NULL;
}


/* Lines of one thread come in order, and none is lost without a count. */
TEST(log_ring_from_many_threads)
{
	struct writer_thread threads[N_THREADS];
	int last[N_THREADS] = { 0 }, n = 0, n_seen = 0, err, value;
	struct log_ring ring = { 0 };

	TEST_ERR(log_ring_init(&ring));
	for (; n < N_THREADS; n++) {
		threads[n].ring = &ring;
		threads[n].id = (uint64_t)n;
		if (pthread_create(&threads[n].thread, NULL, push_lines,
				   &threads[n]))
			break;
	}

	for (int i = 0; i < N_LINES; i++) {
		const struct log_line *line = log_ring_first(&ring);

		if (!line)
			continue;
		++n_seen;
		value = atoi(line->text);
		if (value <= last[line->id])
			err = -EINVAL;
		last[line->id] = value;
		log_ring_pop(&ring);
	}

	for (int i = 0; i < n; i++)
		pthread_join(threads[i].thread, NULL);
	for (; log_ring_first(&ring); log_ring_pop(&ring))
		++n_seen;

	TEST_EQ(N_THREADS, n);
	TEST_EQ(0, err);
	TEST_EQ(N_THREADS * N_LINES,
		n_seen + (int)log_ring_dropped(&ring));
 out:
	log_ring_fini(&ring);
	return err;
}


TEST(log_line_print)
{
	static const char plain[] =
		"2026-01-31T12:00:00.007Z warn  rtmp#7 we lost something\n";
	static const char coloured[] =
		"\x1b[33m2026-01-31T12:00:00.007Z warn  "
		"a-category-that-is-too- we lost something\x1b[0m\n";
	struct log_record rec = {
		LOG_LEVEL_WARN, 1769860800007999, "rtmp", 7,
		false, str("we lost something"),
	};
	char out[LOG_LINE_MAX], longest[LOG_TEXT_MAX];
	struct log_line line;
	size_t n;
	int err = 0;

	log_line_set(&line, &rec);
	n = log_line_print(out, &line, false);
	TEST_MEM(plain, sizeof(plain) - 1, out, n);

	rec.category = "a-category-that-is-too-long";
	rec.id = 0;
	log_line_set(&line, &rec);
	n = log_line_print(out, &line, true);
	TEST_MEM(coloured, sizeof(coloured) - 1, out, n);

	memset(longest, 'x', sizeof(longest));
	rec.text = str_n(longest, sizeof(longest));
	rec.id = UINT64_MAX;
	log_line_set(&line, &rec);
	n = log_line_print(out, &line, true);
	TEST_OK(n < sizeof(out) && out[n - 1] == '\n');
 out:
	return err;
}
