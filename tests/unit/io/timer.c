/* The timer wheel against a plain array of times. */
#include "io/timer.h"
#include "random.h"
#include "test.h"

enum {
	TIMERS = 300,
	DAY_MS = 24 * 3600 * 1000,
};

struct clockwork {
	struct timer_wheel wheel;
	struct test_random random;
	int64_t now_ms;          /* the wheel has been run up to here */
	int64_t last_ms;         /* the time of the timer called last */
	int n_wrong;             /* too early, too late, out of order */
	int n_called;
	struct alarm {
		struct clockwork *c;
		struct timer timer;
		int64_t at_ms;
		bool is_running;
	} alarms[TIMERS];
};


static void on_plain(void *arg)
{
	++*(int *)arg;
}


/* Each level, before, at and behind its turns. */
TEST(timer_levels)
{
	static const int64_t delays[] = {
		0, 1, 2, 62, 63, 64, 65, 127, 128, 4095, 4096, 4097, 8191,
		262143, 262144, 262145, 16777215, 16777216, 16777217,
		1073741823, 1073741824, 1073741825, 4000000000,
	};
	static const int64_t starts[] = {
		0, 1, 63, 64, 4095, 4096, 262144 - 1, 16777216 - 1, 987654321,
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(delays) * ARRAY_LEN(starts); i++) {
		int64_t delay = delays[i % ARRAY_LEN(delays)];
		int64_t start = starts[i / ARRAY_LEN(delays)];
		int64_t due = start + (delay ? delay : 1);
		struct timer_wheel wheel;
		struct timer timer = { 0 };
		int64_t now = start, wait;
		int n = 0, n_steps = 0;

		timer_wheel_init(&wheel, start);
		timer_start(&wheel, &timer, delay, on_plain, &n);
		TEST_EQ(1, wheel.n);

		/* What the wheel says is never too late. */
		while (now < due) {
			wait = timer_wheel_wait_ms(&wheel, INT64_MAX);
			TEST_OK(wait > 0 && now + wait <= due);
			timer_wheel_run(&wheel, now + wait - 1);
			TEST_EQ(0, n);
			now += wait;
			timer_wheel_run(&wheel, now);
			TEST_OK(++n_steps <= 80);
		}

		TEST_EQ(1, n);
		TEST_EQ(0, wheel.n);
		TEST_OK(!timer_is_running(&timer));
		TEST_EQ(77, timer_wheel_wait_ms(&wheel, 77));
	}
 out:
	return err;
}


/* A wheel that was not run for long: delays count from the present. */
TEST(timer_present)
{
	struct timer_wheel wheel;
	struct timer timer = { 0 };
	int err = 0, n = 0;

	timer_wheel_init(&wheel, 1000);
	timer_wheel_set_now(&wheel, 1900);
	timer_start(&wheel, &timer, 500, on_plain, &n);
	timer_wheel_run(&wheel, 1900);
	timer_wheel_run(&wheel, 2399);
	TEST_EQ(0, n);
	timer_wheel_run(&wheel, 2400);
	TEST_EQ(1, n);
 out:
	return err;
}


static void on_again(void *arg)
{
	struct alarm *a = arg;

	++a->c->n_called;
	timer_start(&a->c->wheel, &a->timer, 0, on_again, a);
}


/* What starts itself anew with no delay is called once a step. */
TEST(timer_again)
{
	struct clockwork c = { .n_called = 0 };
	int err = 0;

	timer_wheel_init(&c.wheel, 0);
	c.alarms[0].c = &c;
	timer_start(&c.wheel, &c.alarms[0].timer, 0, on_again, &c.alarms[0]);
	timer_wheel_run(&c.wheel, 1);
	TEST_EQ(1, c.n_called);
	timer_wheel_run(&c.wheel, 1);
	TEST_EQ(1, c.n_called);

	/* It is not made up for: this was one turn of a loop. */
	timer_wheel_run(&c.wheel, 100);
	TEST_EQ(2, c.n_called);
	timer_stop(&c.alarms[0].timer);
	timer_stop(&c.alarms[0].timer);
	TEST_EQ(0, c.wheel.n);
	timer_wheel_run(&c.wheel, 1000);
	TEST_EQ(2, c.n_called);
 out:
	return err;
}


static int64_t random_delay(struct test_random *r)
{
	static const int64_t spans[] = { 3, 70, 300, 5000, 300000, DAY_MS };

	return (int64_t)test_below(
		r, (uint64_t)spans[test_below(r, ARRAY_LEN(spans))]);
}


static void on_alarm(void *arg);


static void start_one(struct clockwork *c, struct alarm *a)
{
	int64_t delay = random_delay(&c->random);

	timer_start(&c->wheel, &a->timer, delay, on_alarm, a);
	a->at_ms = c->wheel.present_ms + (delay ? delay : 1);
	a->is_running = true;
}


static void stop_one(struct alarm *a)
{
	timer_stop(&a->timer);
	a->is_running = false;
}


static void on_alarm(void *arg)
{
	struct alarm *a = arg;
	struct clockwork *c = a->c;
	struct test_random *r = &c->random;

	if (!a->is_running || a->at_ms > c->wheel.present_ms ||
	    a->at_ms <= c->now_ms || a->at_ms < c->last_ms)
		++c->n_wrong;

	a->is_running = false;
	c->last_ms = a->at_ms;
	++c->n_called;

	/* Callbacks start and stop whatever they like, themselves too. */
	for (uint64_t n = test_below(r, 3); n > 0; n--)
		start_one(c, &c->alarms[test_below(r, TIMERS)]);
	if (test_once_in(r, 4))
		stop_one(&c->alarms[test_below(r, TIMERS)]);
	if (test_once_in(r, 4))
		start_one(c, a);
}


static int check_all(const struct clockwork *c)
{
	size_t n = 0;
	int err = 0;

	for (size_t i = 0; i < TIMERS; i++) {
		const struct alarm *a = &c->alarms[i];

		n += a->is_running;
		TEST_EQ(a->is_running, timer_is_running(&a->timer));
		TEST_OK(!a->is_running || a->at_ms > c->now_ms);
	}
	TEST_EQ(n, c->wheel.n);
	TEST_EQ(0, c->n_wrong);
 out:
	return err;
}


TEST(timer_random)
{
	static struct clockwork c;
	int err = 0;

	memset(&c, 0, sizeof(c));
	c.random.state = 42;
	c.now_ms = 123456;
	timer_wheel_init(&c.wheel, c.now_ms);
	for (size_t i = 0; i < TIMERS; i++)
		c.alarms[i].c = &c;

	for (int i = 0; i < 20000; i++) {
		struct test_random *r = &c.random;
		int64_t to = c.now_ms + random_delay(r) / 4;

		start_one(&c, &c.alarms[test_below(r, TIMERS)]);
		if (test_once_in(r, 5))
			stop_one(&c.alarms[test_below(r, TIMERS)]);

		timer_wheel_run(&c.wheel, to);
		c.now_ms = to;
		if (!(i & 63))
			TEST_ERR(check_all(&c));
		TEST_EQ(0, c.n_wrong);
	}
	TEST_OK(c.n_called > 10000);
 out:
	return err;
}
