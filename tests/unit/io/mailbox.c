/* Mail: order, coalescing, cancelling, several threads that post. */
#include "io/mailbox.h"
#include <pthread.h>
#include <sched.h>
#include "test.h"

enum { LETTERS = 5, THREADS = 3, POSTS = 20000 };

struct letter {
	struct mail mail;
	struct letter *again;    /* posted from within */
	struct letter *cancel;   /* taken out from within */
	struct office *office;
	int id;
};

struct office {
	struct mailbox box;
	struct letter letters[LETTERS];
	int got[32];
	size_t n;
};


static void on_letter(struct mail *mail)
{
	struct letter *l = CONTAINER_OF(mail, struct letter, mail);

	l->office->got[l->office->n++] = l->id;
	if (l->again)
		mailbox_post(&l->office->box, &l->again->mail);
	if (l->cancel)
		mailbox_cancel(&l->office->box, &l->cancel->mail);
}


static void office_init(struct office *o)
{
	memset(o, 0, sizeof(*o));
	for (int i = 0; i < LETTERS; i++) {
		o->letters[i].mail.fn = on_letter;
		o->letters[i].office = o;
		o->letters[i].id = i;
	}
}


static bool post(struct office *o, int i)
{
	return mailbox_post(&o->box, &o->letters[i].mail);
}


TEST(mailbox_order)
{
	static const int want[] = { 2, 0, 1, 3, 0 };
	struct office o;
	int err = 0;

	office_init(&o);
	TEST_OK(mailbox_is_empty(&o.box));
	TEST_OK(post(&o, 2));
	TEST_OK(!mailbox_is_empty(&o.box));
	TEST_OK(post(&o, 0));
	TEST_OK(post(&o, 1));
	TEST_OK(!post(&o, 2));
	mailbox_run(&o.box);
	TEST_EQ(3, o.n);
	TEST_OK(mailbox_is_empty(&o.box));

	TEST_OK(post(&o, 3));
	TEST_OK(post(&o, 0));
	mailbox_run(&o.box);
	TEST_MEM(want, sizeof(want), o.got, o.n * sizeof(o.got[0]));
 out:
	return err;
}


TEST(mailbox_again)
{
	struct office o;
	int err = 0;

	/* What is posted from within is for the next time. */
	office_init(&o);
	o.letters[0].again = &o.letters[0];
	post(&o, 0);
	post(&o, 1);
	mailbox_run(&o.box);
	TEST_EQ(2, o.n);
	TEST_OK(!mailbox_is_empty(&o.box));
	mailbox_run(&o.box);
	TEST_EQ(3, o.n);
	TEST_EQ(0, o.got[2]);
 out:
	return err;
}


TEST(mailbox_cancel)
{
	static const int want[] = { 0, 2, 4, 3, 1 };
	struct office o;
	int err = 0;

	/* First, middle, last; not there; from within. */
	office_init(&o);
	for (int i = 0; i < LETTERS; i++)
		post(&o, i);
	mailbox_cancel(&o.box, &o.letters[1].mail);
	mailbox_cancel(&o.box, &o.letters[1].mail);
	o.letters[2].cancel = &o.letters[3];
	mailbox_run(&o.box);
	TEST_EQ(3, o.n);

	TEST_OK(post(&o, 3));
	TEST_OK(post(&o, 1));
	mailbox_run(&o.box);
	TEST_MEM(want, sizeof(want), o.got, o.n * sizeof(o.got[0]));

	/* With new mail behind what is taken already. */
	office_init(&o);
	o.letters[0].again = &o.letters[2];
	o.letters[0].cancel = &o.letters[1];
	post(&o, 0);
	post(&o, 1);
	post(&o, 3);
	while (!mailbox_is_empty(&o.box))
		mailbox_run(&o.box);
	TEST_EQ(3, o.n);
	TEST_EQ(3, o.got[1]);
	TEST_EQ(2, o.got[2]);
 out:
	return err;
}


struct poster {
	struct mailbox *box;
	struct mail mail;
	struct mail *shared;
	pthread_t thread;
	atomic_bool is_out;      /* posted, and fn has not read yet */
	int n_posted;            /* the poster's, unless it is out */
	int n_seen;
};

struct shared_mail {
	struct mail mail;
	int n;
};


static void on_own(struct mail *mail)
{
	struct poster *p = CONTAINER_OF(mail, struct poster, mail);

	/* Not atomic: the post is what makes it seen. */
	p->n_seen = p->n_posted;
	atomic_store(&p->is_out, false);
}


static void on_shared(struct mail *mail)
{
	++CONTAINER_OF(mail, struct shared_mail, mail)->n;
}


static void *run_poster(void *arg)
{
	struct poster *p = arg;

	for (int i = 0; i < POSTS; i++) {
		if (!atomic_load(&p->is_out)) {
			++p->n_posted;
			atomic_store(&p->is_out, true);
			mailbox_post(p->box, &p->mail);
		}
		mailbox_post(p->box, p->shared);
	}

	return NULL;
}


TEST(mailbox_threads)
{
	struct mailbox box = { .taken = NULL };
	struct shared_mail shared = { .mail.fn = on_shared };
	struct poster posters[THREADS];
	size_t n = 0;
	int err = 0;

	memset(posters, 0, sizeof(posters));
	for (; n < THREADS; n++) {
		struct poster *p = &posters[n];

		p->box = &box;
		p->mail.fn = on_own;
		p->shared = &shared.mail;
		err = -pthread_create(&p->thread, NULL, run_poster, p);
		if (err)
			break;
	}

	for (int i = 0; i < 1000; i++) {
		mailbox_run(&box);
		sched_yield();
	}

	for (size_t i = 0; i < n; i++)
		pthread_join(posters[i].thread, NULL);
	mailbox_run(&box);

	if (err)
		return err == -EAGAIN ? -ENOMEM : err;
	TEST_OK(mailbox_is_empty(&box));
	TEST_OK(shared.n > 0);
	for (size_t i = 0; i < THREADS; i++)
		TEST_EQ(posters[i].n_posted, posters[i].n_seen);
 out:
	return err;
}
