/* The loop: its lists, its mail, its timers by a clock of the test's. */
#include "io/loop.h"
#include "io/fake.h"
#include "io/worker.h"
#include "test.h"

enum { TASKS = 40 };

struct rig {
	struct fake *fake;
	struct loop loop;
	struct step {
		struct rig *rig;
		struct loop_task task;
		char name;
		unsigned n_again;
	} steps[TASKS];
	char said[128];
	size_t n_said;
};


static int rig_init(struct rig *rig)
{
	struct backend *backend;
	int err;

	memset(rig, 0, sizeof(*rig));
	err = fake_new(&rig->fake, &(struct fake_conf){ .seed = 1 });
	if (!err)
		err = fake_backend_new(&backend, rig->fake);
	if (!err)
		err = loop_init(&rig->loop, backend);

	return err;
}


static void rig_fini(struct rig *rig)
{
	if (rig->loop.backend)
		loop_fini(&rig->loop);
	fake_free(rig->fake);
}


static void say(struct rig *rig, char name)
{
	if (rig->n_said + 1 < sizeof(rig->said))
		rig->said[rig->n_said++] = name;
}


static void on_step(void *arg)
{
	struct step *s = arg;

	say(s->rig, s->name);
	if (s->n_again && s->n_again--)
		loop_flush(&s->rig->loop, &s->task);
}


static struct loop_task *step(struct rig *rig, size_t i, char name)
{
	struct step *s = &rig->steps[i];

	s->rig = rig;
	s->name = name;
	s->task.fn = on_step;
	s->task.arg = s;

	return &s->task;
}


static void on_mail(struct mail *mail)
{
	(void)mail;
}


static void on_timer(void *arg)
{
	say(arg, 't');
}


TEST(loop_order)
{
	struct rig rig;
	struct timer timer = { 0 };
	int err;

	TEST_ERR(rig_init(&rig));
	loop_bury(&rig.loop, step(&rig, 0, 'd'));
	loop_after_flush(&rig.loop, step(&rig, 1, 'a'));
	loop_flush(&rig.loop, step(&rig, 2, 'f'));
	loop_flush(&rig.loop, step(&rig, 2, 'f'));
	loop_flush(&rig.loop, step(&rig, 3, 'g'));
	loop_before_flush(&rig.loop, step(&rig, 4, 'b'));
	timer_start(loop_timers(&rig.loop), &timer, 1, on_timer, &rig);
	rig.steps[2].n_again = 2;

	/* What asks to be flushed again has to wait for the next turn. */
	loop_pulse(&rig.loop, 0);
	TEST_OK(str_is(str(rig.said), "bfgad"));
	TEST_OK(fake_settle(rig.fake));
	TEST_OK(str_is(str(rig.said), "bfgadff"));
	TEST_OK(fake_run(rig.fake, 999));
	TEST_OK(str_is(str(rig.said), "bfgadff"));
	TEST_OK(fake_run(rig.fake, 1));
	TEST_OK(str_is(str(rig.said), "bfgadfft"));
 out:
	timer_stop(&timer);
	rig_fini(&rig);
	return err;
}


/* A flush of many goes on in the next turn, when its time is over. */
TEST(loop_flush_share)
{
	struct rig rig;
	int err;

	TEST_ERR(rig_init(&rig));
	for (size_t i = 0; i < TASKS; i++)
		loop_flush(&rig.loop, step(&rig, i, 'f'));
	TEST_OK(fake_settle(rig.fake));
	TEST_EQ(TASKS, rig.n_said);
	TEST_EQ(0, rig.loop.flush.n);
 out:
	rig_fini(&rig);
	return err;
}


struct pitcher {
	struct mail mail;
	struct loop *loop;
	struct timer timer;
	int64_t fired_us;
};


static void on_pitch(struct mail *mail)
{
	struct pitcher *p = CONTAINER_OF(mail, struct pitcher, mail);

	loop_stop(p->loop);
}


static void on_pitcher_timer(void *arg)
{
	struct pitcher *p = arg;

	p->fired_us = p->loop->now_us;
}


static void start_pitcher_timer(struct mail *mail)
{
	struct pitcher *p = CONTAINER_OF(mail, struct pitcher, mail);

	timer_start(loop_timers(p->loop), &p->timer, 300, on_pitcher_timer, p);
}


/* After a long sleep a timer still takes its whole time. */
TEST(loop_timer_after_sleep)
{
	struct rig rig;
	struct pitcher p = { .mail.fn = start_pitcher_timer };
	int64_t from_us;
	int err;

	TEST_ERR(rig_init(&rig));
	p.loop = &rig.loop;
	TEST_OK(fake_run(rig.fake, 777777));
	from_us = fake_now_us(rig.fake);
	loop_post(&rig.loop, &p.mail);
	TEST_OK(fake_run(rig.fake, 2000000));
	TEST_OK(p.fired_us >= from_us + 299000);
	TEST_OK(p.fired_us <= from_us + 300000);
 out:
	timer_stop(&p.timer);
	rig_fini(&rig);
	return err;
}


static int post_wakes(struct str backend)
{
	struct worker worker;
	struct pitcher p = { .mail.fn = on_pitch };
	int err;

	memset(&worker, 0, sizeof(worker));
	TEST_ERR(worker_init(&worker, 0, backend));
	p.loop = &worker.loop;
	err = worker_start(&worker);
	if (err) {
		err = err == -EAGAIN ? -ENOMEM : err;
		goto out;
	}

	/* Without a wake-up this would take a second at least. */
	loop_post(&worker.loop, &p.mail);
	worker_join(&worker);
	TEST_OK(!atomic_load(&p.mail.is_queued));
 out:
	if (worker.loop.backend)
		worker_fini(&worker);
	return err;
}


TEST(loop_post_wakes_epoll)
{
	return post_wakes(str("epoll"));
}


TEST(loop_post_wakes_select)
{
	return post_wakes(str("select"));
}


TEST(loop_cancels_mail)
{
	struct rig rig;
	struct mail mail = { .fn = on_mail };
	int err;

	TEST_ERR(rig_init(&rig));
	loop_post(&rig.loop, &mail);
	loop_cancel(&rig.loop, &mail);
	TEST_OK(mailbox_is_empty(&rig.loop.mailbox));
	TEST_OK(loop_here(&rig.loop));
	TEST_EQ(-ENOENT, backend_new(&rig.loop.backend, str("kqueue")));
 out:
	rig_fini(&rig);
	return err;
}
