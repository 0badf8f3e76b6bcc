/* Targets: their queues, and when what is sent, with a clock of our own. */
#include "applications/webhooks/webhooks_target.h"
#include "test.h"

struct range {
	struct metrics metrics;
	struct webhooks_target target;
};

static const struct webhooks_result ok = { .status = 204 };
static const struct webhooks_result broken = { .status = 500 };
static const struct webhooks_result refused = { .status = 404 };
static const struct webhooks_result away = { .status = 302 };
static const struct webhooks_result unreached = { .error = "no route" };


static int range_init(struct range *r, size_t max_queue)
{
	const struct webhooks_target_conf conf = {
		.url = "http://x/", .name = "x", .secret = "", .ca_file = "",
		.mask = 1u << NOTICE_PLAY_START, .timeout_ms = 1000,
		.retries = 2, .max_queue = max_queue,
	};

	memset(r, 0, sizeof(*r));
	log_set_level(LOG_LEVEL_ERROR);
	metrics_init(&r->metrics);

	return webhooks_target_init(&r->target, &conf, &r->metrics);
}


static void range_fini(struct range *r)
{
	webhooks_target_fini(&r->target);
	metrics_fini(&r->metrics);
	log_set_level(LOG_LEVEL_INFO);
}


static int push(struct range *r, char name)
{
	struct notice notice = { .type = NOTICE_PLAY_START };

	notice.id[0] = name;
	notice.json = chunk_copy(slice(&name, 1));
	if (!notice.json)
		return -ENOMEM;
	webhooks_target_push(&r->target, &notice);
	chunk_unref(notice.json);

	return 0;
}


/* The name of what is to be sent at that time, or '-'. */
static char next(struct range *r, int64_t now_ms)
{
	const struct notice *n = webhooks_target_next(&r->target, now_ms);

	return n ? n->id[0] : '-';
}


TEST(webhooks_target_in_order)
{
	struct range r;
	int err;

	TEST_ERR(range_init(&r, 10));
	TEST_EQ(99, webhooks_target_wait_ms(&r.target, 0, 99));
	for (char c = 'a'; c <= 'c'; c++)
		TEST_ERR(push(&r, c));
	TEST_EQ(0, webhooks_target_wait_ms(&r.target, 0, 99));

	for (char c = 'a'; c <= 'c'; c++) {
		TEST_EQ(c, next(&r, 0));
		TEST_EQ('-', next(&r, 0));
		TEST_EQ(99, webhooks_target_wait_ms(&r.target, 0, 99));
		webhooks_target_done(&r.target, &ok, 0);
	}
	TEST_EQ('-', next(&r, 0));
	TEST_EXPECT(metric_value(r.target.delivered) == 3);
	TEST_EQ(0, metric_value(r.target.queued));

	/* Others are not for this target. */
	webhooks_target_push(&r.target, &(struct notice){
				.type = NOTICE_PLAY_STOP });
	TEST_EQ(0, r.target.n);
 out:
	range_fini(&r);
	return err;
}


/* The same one again, later and later, and at last the one behind it. */
TEST(webhooks_target_retries)
{
	struct range r;
	int64_t now = 1000;
	int err;

	TEST_ERR(range_init(&r, 10));
	TEST_ERR(push(&r, 'a'));
	TEST_ERR(push(&r, 'b'));
	for (unsigned i = 1; i <= 3; i++) {
		int64_t wait;

		TEST_EQ('a', next(&r, now));
		webhooks_target_done(&r.target, i == 2 ? &unreached : &broken,
				     now);
		if (i == 3)
			break;
		wait = webhooks_target_wait_ms(&r.target, now, 100000);
		TEST_OK(wait >= 250 * i && wait <= 500 * i);
		TEST_EQ('-', next(&r, now + wait - 1));
		now += wait;
	}
	TEST_EQ('b', next(&r, now));
	webhooks_target_done(&r.target, &ok, now);
	TEST_EQ(0, r.target.n);
	TEST_EXPECT(metric_value(r.target.failed) == 1);
	TEST_EXPECT(metric_value(r.target.delivered) == 1);

	/* What is refused or elsewhere is not asked again. */
	TEST_ERR(push(&r, 'c'));
	TEST_ERR(push(&r, 'd'));
	TEST_EQ('c', next(&r, now));
	webhooks_target_done(&r.target, &refused, now);
	TEST_EQ('d', next(&r, now));
	webhooks_target_done(&r.target, &away, now);
	TEST_EQ(0, r.target.n);
	TEST_EXPECT(metric_value(r.target.failed) == 3);
 out:
	range_fini(&r);
	return err;
}


TEST(webhooks_target_is_bounded)
{
	struct range r;
	int err;

	TEST_ERR(range_init(&r, 3));
	for (char c = 'a'; c <= 'e'; c++)
		TEST_ERR(push(&r, c));
	TEST_EQ(3, r.target.n);
	TEST_EQ(2, r.target.n_lost);

	/* The one being sent stays. */
	TEST_EQ('c', next(&r, 0));
	TEST_EQ(2, r.target.n_lost_sent);
	TEST_ERR(push(&r, 'f'));
	TEST_ERR(push(&r, 'g'));
	TEST_EQ(3, r.target.n);
	webhooks_target_done(&r.target, &ok, 0);
	TEST_EQ(2, r.target.n_lost);
	TEST_EQ('f', next(&r, 0));
	webhooks_target_done(&r.target, &ok, 0);
	TEST_EQ('g', next(&r, 0));
	webhooks_target_done(&r.target, &ok, 0);
	TEST_EQ(0, r.target.n + r.target.n_lost);
	TEST_EXPECT(metric_value(r.target.dropped) == 4);

	range_fini(&r);
	TEST_ERR(range_init(&r, 1));
	TEST_ERR(push(&r, 'a'));
	TEST_EQ('a', next(&r, 0));
	TEST_ERR(push(&r, 'b'));
	TEST_EQ(1, r.target.n_lost);
	webhooks_target_done(&r.target, &ok, 0);
	TEST_EQ(0, r.target.n);
 out:
	range_fini(&r);
	return err;
}


TEST(webhooks_retry_schedule)
{
	static const struct {
		unsigned attempts;
		int64_t after_ms, min_ms, max_ms;
	} rows[] = {
		{ 1, 0, 250, 500 },
		{ 2, 0, 500, 1000 },
		{ 5, 0, 4000, 8000 },
		{ 8, 0, 30000, 60000 },
		{ 4000000000u, 0, 30000, 60000 },
		{ 1, 3000, 3000, 3000 },
		{ 8, 1, 30000, 60000 },
		{ 1, INT64_MAX, 3600000, 3600000 },
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (uint64_t random = 0; random < 7777777; random += 5471) {
			int64_t ms = webhooks_retry_ms(rows[i].attempts,
						       rows[i].after_ms,
						       random);

			TEST_OK(ms >= rows[i].min_ms && ms <= rows[i].max_ms);
		}
		TEST_EQ(rows[i].max_ms, webhooks_retry_ms(
				rows[i].attempts, rows[i].after_ms, 0));
	}
 out:
	return err;
}
