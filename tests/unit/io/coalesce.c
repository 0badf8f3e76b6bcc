/* Naps between wake-ups: none while little comes, longer with the rate, none
 * again after a silence. */
#include "io/coalesce.h"
#include "test.h"

enum { MS = 1000, S = 1000 * MS };


/* For a second, a turn every step_us, which brings n. */
static void feed(struct coalesce *c, int64_t *now_us, int64_t step_us,
		 uint64_t n)
{
	for (int64_t end_us = *now_us + S; *now_us < end_us;
	     *now_us += step_us)
		coalesce_on_turn(c, *now_us, n);
	*now_us -= step_us;
}


TEST(coalesce_grows)
{
	struct coalesce c = { .max_us = COALESCE_US };
	int64_t now_us = 5 * S;
	int err = 0;

	feed(&c, &now_us, 1000, 1);
	TEST_EQ(0, coalesce_nap_us(&c, now_us));

	feed(&c, &now_us, 1000, 10);
	TEST_EQ(COALESCE_US / 2, coalesce_nap_us(&c, now_us));
	TEST_EQ(COALESCE_US / 2 - 10, coalesce_nap_us(&c, now_us + 10));
	TEST_EQ(0, coalesce_nap_us(&c, now_us + COALESCE_US / 2));

	feed(&c, &now_us, 20, 1);
	TEST_EQ(COALESCE_US, coalesce_nap_us(&c, now_us));

	/* A turn of other things, and then none for a moment. */
	coalesce_on_turn(&c, now_us += 100, 0);
	TEST_EQ(0, coalesce_nap_us(&c, now_us));
	coalesce_on_turn(&c, now_us += 100, 1);
	TEST_EQ(COALESCE_US, coalesce_nap_us(&c, now_us));
	coalesce_on_turn(&c, now_us += S, 30);
	TEST_EQ(0, coalesce_nap_us(&c, now_us));
 out:
	return err;
}


TEST(coalesce_bound)
{
	struct coalesce off = { .max_us = 0 }, short_one = { .max_us = 100 };
	int64_t now_us = S;
	int err = 0;

	feed(&off, &now_us, 10, 5);
	TEST_EQ(0, coalesce_nap_us(&off, now_us));
	feed(&short_one, &now_us, 10, 5);
	TEST_EQ(100, coalesce_nap_us(&short_one, now_us));
 out:
	return err;
}


/* Who sleeps while datagrams wait loses them, as soon as somebody else wants
 * the processor. */
TEST(coalesce_not_with_more)
{
	struct coalesce c = { .max_us = COALESCE_US };
	int64_t now_us = 0;
	int err = 0;

	feed(&c, &now_us, 1000, 100);
	TEST_EQ(COALESCE_US, coalesce_nap_us(&c, now_us));
	c.has_more = true;
	coalesce_on_turn(&c, now_us, 100);
	TEST_EQ(0, coalesce_nap_us(&c, now_us));
	coalesce_on_turn(&c, now_us, 100);
	TEST_EQ(COALESCE_US, coalesce_nap_us(&c, now_us));
 out:
	return err;
}
