/* Decisions and sessions over a host of the test's own, whose module answers
 * as it is told: at once, later, from another thread, too late, never. */
#include "host/decision.h"
#include <pthread.h>
#include "base/clock.h"
#include "base/mem.h"
#include "host/decider.h"
#include "host/server.h"
#include "io/fake.h"
#include "test.h"

enum { DEADLINE_MS = 5000, WORKER = 3 };

struct desk {
	struct fake *fake;
	struct server server;
	struct host host;
	struct instance instances[WORKER + 1];
	struct application app;
	struct carrier carrier;  /* only its addresses are looked at */
	struct session *session;
	struct decision decision;

	struct verdict verdict;  /* what the module answers */
	struct decision_token *token; /* of VERDICT_LATER */
	bool defers;
	unsigned n_asked;
	unsigned n_closed;
	unsigned n_kicked;
	enum question_type asked;
	unsigned n_done;
	struct verdict done;
};


static struct verdict answer(void *data, const struct question *q)
{
	struct desk *desk = data;

	++desk->n_asked;
	desk->asked = q->type;
	if (desk->defers)
		desk->token = decision_defer(q);

	return desk->verdict;
}


static void on_close(void *data, struct session *session)
{
	(void)session;
	++((struct desk *)data)->n_closed;
}


static void on_kick(struct session *session, const char *reason, void *arg)
{
	(void)session;
	(void)reason;
	++((struct desk *)arg)->n_kicked;
}


/* Yes, for half a minute. */
static struct verdict answer_soon(void *data, const struct question *q)
{
	struct verdict verdict = verdict_allow();

	(void)data;
	(void)q;
	verdict.ends_us = clock_wall_us() + 30000000;

	return verdict;
}


static const struct decider decider = { .ask = answer };
static const struct decider soon = { .ask = answer_soon };

static const struct application_module module = {
	.abi = APPLICATION_ABI,
	.name = "desk",
	.on_session = answer,
	.on_publish = answer,
	.on_close = on_close,
};


static int desk_init(struct desk *desk)
{
	struct instance *in = &desk->instances[WORKER];
	struct backend *backend;
	int err;

	memset(desk, 0, sizeof(*desk));
	log_set_level(LOG_LEVEL_ERROR);
	err = fake_new(&desk->fake, &(struct fake_conf){ .seed = 1 });
	if (!err)
		err = fake_backend_new(&backend, desk->fake);
	if (!err)
		err = worker_init_over(&desk->host.worker, WORKER, backend);
	if (err)
		return err;

	desk->app.module = &module;
	desk->app.name = "desk";
	desk->app.decision_timeout_ms = DEADLINE_MS;
	desk->host.server = &desk->server;
	desk->app.instances = desk->instances;
	in->app = &desk->app;
	in->data = desk;
	in->close_hook = -1;
	for (int i = 0; i < QUESTION_TYPES; i++)
		in->hooks[i] = -1;

	desk->session = session_new(&desk->host, &desk->app, "test",
				    &desk->carrier, on_kick, desk);

	return desk->session ? 0 : -ENOMEM;
}


static void desk_fini(struct desk *desk)
{
	static const struct verdict no = { .kind = VERDICT_DENY };

	desk->session = session_close(desk->session);
	if (desk->token)
		decision_answer(desk->token, &no);
	if (desk->host.worker.loop.backend) {
		fake_settle(desk->fake);
		worker_fini(&desk->host.worker);
	}
	mem_free(desk->host.slots);
	fake_free(desk->fake);
	log_set_level(LOG_LEVEL_INFO);
}


static void on_done(const struct verdict *verdict, void *arg)
{
	struct desk *desk = arg;

	++desk->n_done;
	desk->done = *verdict;
}


static void ask(struct desk *desk, enum question_type type)
{
	decision_ask(&desk->decision, desk->session, type, str("s"),
		     str("k=v"), on_done, desk);
}


TEST(decision_at_once)
{
	struct desk desk;
	int err;

	TEST_ERR(desk_init(&desk));
	desk.verdict = verdict_deny("no, %s", "thanks");
	ask(&desk, QUESTION_PUBLISH);
	TEST_EQ(1, desk.n_done);
	TEST_OK(!decision_is_pending(&desk.decision));
	TEST_EQ(VERDICT_DENY, desk.done.kind);
	TEST_EXPECT(str_is(str(desk.done.text), "no, thanks"));
	TEST_EQ(QUESTION_PUBLISH, desk.asked);

	/* A module that has no such hook lets all play. */
	ask(&desk, QUESTION_PLAY);
	TEST_EQ(2, desk.n_done);
	TEST_EXPECT(desk.done.kind == VERDICT_ALLOW);
	TEST_EQ(1, desk.n_asked);
 out:
	desk_fini(&desk);
	return err;
}


TEST(decision_later)
{
	struct verdict yes = { .kind = VERDICT_REDIRECT, .text = "other" };
	struct desk desk;
	int err;

	TEST_ERR(desk_init(&desk));
	desk.verdict.kind = VERDICT_LATER;
	desk.defers = true;
	ask(&desk, QUESTION_SESSION);
	TEST_PTR(desk.token);
	TEST_EQ(0, desk.n_done);
	TEST_OK(decision_is_pending(&desk.decision));

	fake_run(desk.fake, 1000 * (DEADLINE_MS - 10));
	TEST_EQ(0, desk.n_done);
	decision_answer(desk.token, &yes);
	desk.token = NULL;
	TEST_EQ(0, desk.n_done);
	fake_settle(desk.fake);
	TEST_EQ(1, desk.n_done);
	TEST_EQ(VERDICT_REDIRECT, desk.done.kind);
	TEST_OK(str_is(str(desk.done.text), "other"));

	/* Nothing is left that could be done twice. */
	fake_run(desk.fake, 1000 * DEADLINE_MS);
	TEST_EQ(1, desk.n_done);
 out:
	desk_fini(&desk);
	return err;
}


/* No answer until the deadline; it comes after all, and is late. */
TEST(decision_too_late)
{
	struct verdict yes = { .kind = VERDICT_ALLOW };
	struct desk desk;
	int err;

	TEST_ERR(desk_init(&desk));
	desk.verdict.kind = VERDICT_LATER;
	desk.defers = true;
	ask(&desk, QUESTION_SESSION);
	TEST_PTR(desk.token);
	fake_run(desk.fake, 1000 * DEADLINE_MS);
	TEST_EQ(1, desk.n_done);
	TEST_EQ(VERDICT_DENY, desk.done.kind);

	decision_answer(desk.token, &yes);
	desk.token = NULL;
	fake_settle(desk.fake);
	TEST_EQ(1, desk.n_done);

	/* LATER without a token ends at the deadline as well. */
	desk.defers = false;
	ask(&desk, QUESTION_SESSION);
	fake_run(desk.fake, 1000 * DEADLINE_MS);
	TEST_EQ(2, desk.n_done);
	TEST_EQ(VERDICT_DENY, desk.done.kind);
 out:
	desk_fini(&desk);
	return err;
}


/* Cancelled, or the session gone, before or after the answer was posted. */
TEST(decision_cancelled)
{
	struct verdict yes = { .kind = VERDICT_ALLOW };
	struct desk desk;
	int err = 0;

	for (int i = 0; i < 4; i++) {
		TEST_ERR(desk_init(&desk));
		desk.verdict.kind = VERDICT_LATER;
		desk.defers = true;
		ask(&desk, QUESTION_PUBLISH);
		TEST_PTR(desk.token);

		if (i & 1) {
			decision_answer(desk.token, &yes);
			desk.token = NULL;
		}
		if (i & 2)
			desk.session = session_close(desk.session);
		else
			decision_cancel(&desk.decision);
		TEST_OK(!decision_is_pending(&desk.decision));
		fake_run(desk.fake, 2000 * DEADLINE_MS);
		TEST_EQ(0, desk.n_done);
		TEST_EQ(i >> 1, desk.n_closed);
		desk_fini(&desk);
		memset(&desk, 0, sizeof(desk));
	}
 out:
	desk_fini(&desk);
	return err;
}


static void *run_answer(void *arg)
{
	static const struct verdict no = { .kind = VERDICT_DENY,
					   .text = "from afar" };

	decision_answer(arg, &no);

	return NULL;
}


TEST(decision_from_thread)
{
	struct desk desk;
	pthread_t thread;
	int err;

	TEST_ERR(desk_init(&desk));
	desk.verdict.kind = VERDICT_LATER;
	desk.defers = true;
	ask(&desk, QUESTION_PUBLISH);
	TEST_PTR(desk.token);
	if (pthread_create(&thread, NULL, run_answer, desk.token)) {
		err = -ENOMEM;
		goto out;
	}

	desk.token = NULL;
	for (int i = 0; i < 1000000 && !desk.n_done; i++)
		loop_pulse(&desk.host.worker.loop, 0);
	pthread_join(thread, NULL);
	fake_settle(desk.fake);
	TEST_EQ(1, desk.n_done);
	TEST_OK(str_is(str(desk.done.text), "from afar"));
 out:
	desk_fini(&desk);
	return err;
}


/* One after the other is asked, until one does not allow; each later. */
TEST(decision_of_several)
{
	struct verdict yes = { .kind = VERDICT_ALLOW };
	struct desk desk;
	int err = 0;

	for (unsigned last = 1; last <= 3; last++) {
		TEST_ERR(desk_init(&desk));
		desk.app.makers[DECIDER_TOKEN][QUESTION_PUBLISH] =
			(struct decision_maker){ &decider, &desk };
		desk.app.makers[DECIDER_URL][QUESTION_PUBLISH] =
			(struct decision_maker){ &decider, &desk };
		desk.verdict.kind = VERDICT_LATER;
		desk.defers = true;
		ask(&desk, QUESTION_PUBLISH);

		for (unsigned i = 1; i <= last; i++) {
			struct decision_token *token = desk.token;

			TEST_PTR(token);
			TEST_EQ(i, desk.n_asked);
			desk.token = NULL;
			yes.kind = i < 3 && i == last ? VERDICT_REDIRECT
						      : VERDICT_ALLOW;
			decision_answer(token, &yes);
			fake_settle(desk.fake);
			TEST_EQ(i == last, desk.n_done);
		}
		TEST_EQ(yes.kind, desk.done.kind);
		TEST_EQ(last, desk.n_asked);
		desk_fini(&desk);
		memset(&desk, 0, sizeof(desk));
	}
 out:
	desk_fini(&desk);
	return err;
}


/* A verdict for a while ends the session, by the earliest. */
TEST(decision_for_a_while)
{
	struct desk desk;
	int err;

	TEST_ERR(desk_init(&desk));
	desk.verdict = verdict_allow();
	desk.verdict.ends_us = clock_wall_us() + 60000000;
	ask(&desk, QUESTION_PUBLISH);
	TEST_EQ(1, desk.n_done);
	TEST_EXPECT(desk.done.kind == VERDICT_ALLOW);

	desk.verdict.ends_us += 60000000;
	ask(&desk, QUESTION_PUBLISH);
	fake_run(desk.fake, 50000000);
	TEST_EQ(0, desk.n_kicked);
	fake_run(desk.fake, 20000000);
	TEST_EQ(1, desk.n_kicked);
	fake_run(desk.fake, 120000000);
	TEST_EQ(1, desk.n_kicked);

	/* Of several who say yes, the earliest counts. */
	desk.session->ends_us = 0;
	desk.app.makers[DECIDER_TOKEN][QUESTION_PUBLISH].decider = &soon;
	desk.verdict.ends_us = clock_wall_us() + 60000000;
	ask(&desk, QUESTION_PUBLISH);
	fake_run(desk.fake, 40000000);
	TEST_EXPECT(desk.n_kicked == 2);

	/* What is denied ends nothing. */
	desk.verdict = verdict_deny("no");
	desk.verdict.ends_us = 1;
	ask(&desk, QUESTION_PUBLISH);
	fake_run(desk.fake, 1000);
	TEST_EQ(2, desk.n_kicked);
 out:
	desk_fini(&desk);
	return err;
}
