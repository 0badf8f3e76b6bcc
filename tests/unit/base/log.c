/* log. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include "base/log.h"
#include "test.h"


enum { N_THREADS = 4, N_LINES = 500 };

struct object {
	struct log_tag log;
};

/* What the sink was given. */
struct seen {
	atomic_int n;
	atomic_int n_left_out;   /* summed from the lines that tell it */
	struct log_record last;
	char text[LOG_TEXT_MAX + 1];
};


static void keep_last(const struct log_record *rec, void *arg)
{
	struct seen *seen = arg;

	++seen->n;
	seen->last = *rec;
	memcpy(seen->text, rec->text.p, rec->text.len);
	seen->text[rec->text.len] = '\0';
}


static void count(const struct log_record *rec, void *arg)
{
	struct seen *seen = arg;

	if (strstr(rec->text.p, "left out"))
		atomic_fetch_add(&seen->n_left_out, atoi(rec->text.p));
	else
		atomic_fetch_add(&seen->n, 1);
}


/* As it was before the case; nothing is left to tell by a later one. */
static void restore(void)
{
	log_set_level(LOG_LEVEL_INFO);
	log_set_budget(LOG_BUDGET);
	log_tell_left_out(INT64_MAX);
	log_set_sink(NULL, NULL);
}


TEST(log_line)
{
	const struct object obj = { { "test", 7 } };
	char longest[2000];
	struct seen seen = { 0 };
	int err = 0;

	log_set_sink(keep_last, &seen);

	log_info(&obj, "publish start name=%s", "a\nerror x\xff");
	TEST_EQ(1, seen.n);
	TEST_OK(!strcmp(seen.text, "publish start name=a\\x0aerror x\\xff"));
	TEST_OK(!strcmp(seen.last.category, "test"));
	TEST_EQ(7, seen.last.id);
	TEST_EQ(LOG_LEVEL_INFO, seen.last.level);
	TEST_OK(seen.last.wall_us > 0);

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	log_info(&obj, "%s", longest);
	TEST_EQ(LOG_TEXT_MAX, seen.last.text.len);
	TEST_OK(!strcmp(seen.text + LOG_TEXT_MAX - 4, "x..."));
 out:
	restore();
	return err;
}


TEST(log_levels)
{
	const struct object quiet = { { "quiet", 0 } };
	const struct object loud = { { "loud", 0 } };
	struct seen seen = { 0 };
	enum log_level level = LOG_LEVEL_INFO;
	int err = 0;

	log_set_sink(keep_last, &seen);

	log_set_level(LOG_LEVEL_WARN);
	log_info(&quiet, "no");
	TEST_EQ(0, seen.n);

	TEST_ERR(log_set_category_level(str("loud"), LOG_LEVEL_DEBUG));
	log_debug(&loud, "yes");
	TEST_EQ(1, seen.n);
	log_debug(&quiet, "no");
	log_info(&quiet, "no");
	TEST_EQ(1, seen.n);
	log_warn(&quiet, "yes");
	TEST_EQ(2, seen.n);

	TEST_ERR(log_set_category_level(str("loud"), LOG_LEVEL_ERROR));
	TEST_OK(!log_is_on(LOG_LEVEL_INFO));
	log_warn(&loud, "no");
	TEST_EQ(2, seen.n);

	TEST_EQ(-EMSGSIZE, log_set_category_level(
			str("a name as long as no folder's is"),
			LOG_LEVEL_INFO));

	TEST_EQ(0, log_level_parse(&level, str("debug")));
	TEST_EQ(LOG_LEVEL_DEBUG, level);
	TEST_EQ(-ENOENT, log_level_parse(&level, str("fine")));
 out:
	restore();
	return err;
}


static void *write_lines(void *arg)
{
	const struct object obj = { { "budget", 0 } };

	for (int i = 0; i < N_LINES; i++)
		log_info(&obj, "%d", i);

	return arg;
}


/* However many threads write, and wherever the seconds turn: each line is
 * written or told to be left out. */
TEST(log_budget)
{
	const struct object obj = { { "budget", 0 } };
	pthread_t threads[N_THREADS];
	struct seen seen = { 0 };
	int err = 0, n = 0;

	log_set_sink(count, &seen);
	log_set_budget(10);

	while (n < N_THREADS &&
	       !pthread_create(&threads[n], NULL, write_lines, NULL))
		++n;
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	TEST_EQ(N_THREADS, n);

	/* Other levels have budgets of their own. */
	log_warn(&obj, "still told");
	log_tell_left_out(INT64_MAX);
	TEST_EQ(N_THREADS * N_LINES + 1, seen.n + seen.n_left_out);
	TEST_OK(seen.n < N_THREADS * N_LINES / 2);
	TEST_OK(seen.n_left_out);
 out:
	restore();
	return err;
}
