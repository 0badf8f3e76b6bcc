/* The door: who may come in, what strangers cost, and who goes when. */
#include "alloc.h"
#include "dtls/dtls_cookie.h"
#include "dtls_test.h"
#include "test.h"

struct fixture {
	struct dtls_net net;
	struct dtls_client client, other;
};


static int fixture_init(struct fixture *f)
{
	int err;

	memset(f, 0, sizeof(*f));
	err = dtls_net_init(&f->net, 0, NULL);
	if (!err)
		err = dtls_net_open(&f->net);
	if (!err)
		err = dtls_client_init(&f->client, &f->net, 5000);

	return err;
}


static void fixture_fini(struct fixture *f)
{
	dtls_client_fini(&f->client);
	dtls_client_fini(&f->other);
	dtls_net_fini(&f->net);
	memset(f, 0, sizeof(*f));
}


static int shake_hands(struct dtls_client *client)
{
	dtls_client_start(client);
	dtls_net_run(client->net, 10);
	if (SSL_is_init_finished(client->ssl))
		return 0;

	return test_alloc_failed() ? -ENOMEM : -EPROTO;
}


/* The hello of a client that gets no answers: `with_cookie`, its second. */
static int make_hello(struct dtls_client *client, bool with_cookie)
{
	client->in.drop = with_cookie ? ~(uint64_t)1 : ~(uint64_t)0;
	if (with_cookie)
		client->out.drop = 2;
	dtls_client_start(client);
	dtls_net_run(client->net, 10);

	return client->said_len <= DTLS_FIRST_MAX ? 0 : -EMSGSIZE;
}


/* Strangers: no session, no chain, not a byte of memory. */
TEST(dtls_door_flood)
{
	struct fixture f;
	struct dtls_client *c = &f.client;
	const struct dtls_door_stats *stats;
	struct io_meta meta = { .segment_len = 0 };
	long live;
	int err;

	TEST_ERR(fixture_init(&f));
	TEST_ERR(make_hello(c, false));
	stats = dtls_door_stats(f.net.door);
	TEST_EXPECT(stats->n_verifies == 1);

	live = alloc_live();
	for (unsigned i = 0; i < (test_is_starved() ? 10 : 3000); i++) {
		meta.peer = c->addr;
		addr_set_port(&meta.peer, (uint16_t)(1 + i));
		c->said[30] = (uint8_t)i;
		dtls_door_input(f.net.door, slice(c->said, c->said_len),
				&meta);
		dtls_net_run(&f.net, 1);
	}
	TEST_EQ(live, alloc_live());
	TEST_EQ(0, stats->n_sessions);
	TEST_EQ(0, f.net.n_accepted);

	/* A cookie for another address, which is answered like none. */
	dtls_client_fini(c);
	TEST_ERR(dtls_client_init(c, &f.net, 5001));
	TEST_ERR(make_hello(c, true));
	TEST_EXPECT(c->n_came == 1);
	live = alloc_live();
	dtls_door_input(f.net.door, slice(c->said, c->said_len), &meta);
	dtls_net_run(&f.net, 1);
	TEST_EQ(0, f.net.n_accepted);
	TEST_EQ(live, alloc_live());

	/* The right one. */
	meta.peer = c->addr;
	dtls_door_input(f.net.door, slice(c->said, c->said_len), &meta);
	TEST_EXPECT(f.net.n_accepted == 1);
 out:
	fixture_fini(&f);
	return err;
}


/* A cookie that came too late opens nothing. */
TEST(dtls_door_expired)
{
	struct fixture f;
	struct dtls_client *c = &f.client;
	int err;

	TEST_ERR(fixture_init(&f));
	TEST_ERR(make_hello(c, true));
	TEST_EXPECT(c->n_came == 1);
	timer_stop(&c->resend);
	dtls_net_run(&f.net, 2000 * DTLS_COOKIE_S);
	dtls_client_inject(c, slice(c->said, c->said_len));
	dtls_net_run(&f.net, 10);
	TEST_EQ(0, f.net.n_accepted);
	TEST_EXPECT(dtls_door_stats(f.net.door)->n_verifies == 2);
 out:
	fixture_fini(&f);
	return err;
}


/* The door asks before it answers a stranger; a cookie needs no asking. */
TEST(dtls_door_budget)
{
	struct fixture f;
	struct dtls_client *c = &f.client;
	int err;

	TEST_ERR(fixture_init(&f));
	f.net.n_replies_max = 0;
	dtls_client_start(c);
	dtls_net_run(&f.net, 500);
	TEST_EXPECT(f.net.n_asked == 1);
	TEST_EQ(0, c->n_came);
	TEST_EQ(1, dtls_door_stats(f.net.door)->n_unanswered);

	f.net.n_replies_max = 2;
	dtls_net_run(&f.net, 1000);
	TEST_EXPECT(f.net.chain && SSL_is_init_finished(c->ssl));
	TEST_EQ(2, f.net.n_asked);
 out:
	fixture_fini(&f);
	return err;
}


/* A new hello from where a session is (RFC 6347 s4.2.8): before its cookie
 * nothing changes, after it the new one stands. */
TEST(dtls_door_replaced)
{
	struct fixture f;
	struct dtls_client *c = &f.client, *other = &f.other;
	uint8_t hello[DTLS_FIRST_MAX];
	struct chain *first;
	size_t len;
	int err;

	TEST_ERR(fixture_init(&f));
	TEST_ERR(dtls_client_init(other, &f.net, 6000));
	TEST_ERR(shake_hands(c));
	first = f.net.chain;

	/* Another client's first hello, in the name of this one. */
	TEST_ERR(make_hello(other, false));
	dtls_client_inject(c, slice(other->said, other->said_len));
	dtls_net_run(&f.net, 10);
	TEST_OK(f.net.chain == first);
	TEST_EQ(1, f.net.n_accepted);
	TEST_ERR(dtls_client_say(c, slice("abc", 3)));
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(c->n_got == 1);

	/* The client has started anew. */
	dtls_client_fini(c);
	TEST_ERR(dtls_client_init(c, &f.net, 5000));
	c->out.later = 2;        /* to have a look at its second hello */
	dtls_client_start(c);
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(c->out.kept_len && c->out.kept_len <= sizeof(hello));
	len = c->out.kept_len;
	memcpy(hello, c->out.kept, len);
	TEST_OK(f.net.chain == first);
	dtls_net_run(&f.net, 5000);
	TEST_EXPECT(f.net.n_accepted == 2 && f.net.chain);
	TEST_EXPECT(SSL_is_init_finished(c->ssl));
	TEST_EQ(1, f.net.n_closed);
	TEST_EQ(0, f.net.closed_err);

	/* That hello again, with its cookie: nothing new. */
	dtls_client_inject(c, slice(hello, len));
	dtls_net_run(&f.net, 10);
	TEST_EQ(2, f.net.n_accepted);
	TEST_EQ(1, f.net.n_closed);
	TEST_ERR(dtls_client_say(c, slice("abc", 3)));
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(c->n_got == 1);
	TEST_EQ(1, dtls_door_stats(f.net.door)->n_sessions);
 out:
	fixture_fini(&f);
	return err;
}


/* Sessions and handshakes have limits; a session that is silent ends, one
 * whose handshake takes too long, too. */
TEST(dtls_door_limits)
{
	struct fixture f;
	struct dtls_client *c = &f.client, *other = &f.other;
	const struct dtls_door_stats *stats;
	int err;

	memset(&f, 0, sizeof(f));
	TEST_ERR(dtls_net_init(&f.net, 0, NULL));
	f.net.conf.handshakes_max = 1;
	f.net.conf.sessions_max = 2;
	TEST_ERR(dtls_net_open(&f.net));
	TEST_ERR(dtls_client_init(c, &f.net, 5000));
	TEST_ERR(dtls_client_init(other, &f.net, 6000));
	stats = dtls_door_stats(f.net.door);

	/* One handshake that does not end. */
	c->out.drop = ~(uint64_t)3;
	dtls_client_start(c);
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(f.net.n_accepted == 1 && f.net.chain);
	TEST_EQ(1, stats->n_handshakes);
	dtls_client_start(other);
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(stats->n_refused == 1);
	TEST_EQ(1, f.net.n_accepted);

	dtls_net_run(&f.net, DTLS_HANDSHAKE_MS);
	TEST_EXPECT(f.net.n_accepted == 2);
	TEST_EXPECT(SSL_is_init_finished(other->ssl));
	TEST_OK(strstr(f.net.log, "no handshake within 15 s"));
	TEST_EQ(1, stats->n_sessions);

	dtls_client_fini(c);
	TEST_ERR(dtls_client_init(c, &f.net, 5000));
	TEST_ERR(shake_hands(c));
	TEST_EQ(2, stats->n_sessions);
	dtls_client_fini(c);
	TEST_ERR(dtls_client_init(c, &f.net, 5001));
	dtls_client_start(c);
	dtls_net_run(&f.net, 10);
	TEST_OK(!SSL_is_init_finished(c->ssl));
	TEST_EXPECT(stats->n_refused >= 2);

	dtls_client_fini(c);
	dtls_net_run(&f.net, 100000);
	TEST_EQ(0, stats->n_sessions);
	TEST_EQ(0, f.net.closed_err);
 out:
	fixture_fini(&f);
	return err;
}


/* Who is not accepted leaves nothing; a door that closes ends all; bytes of
 * anything else do nothing. */
TEST(dtls_door_closes)
{
	struct fixture f;
	struct dtls_client *c = &f.client;
	int err;

	TEST_ERR(fixture_init(&f));
	dtls_client_inject(c, slice("\x16", 1));
	dtls_client_inject(c, slice("\x17 nothing to do with DTLS", 20));
	dtls_client_inject(c, slice("\0\1\0\0", 4));
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(dtls_door_stats(f.net.door)->n_ignored == 3);
	TEST_EQ(0, c->n_came);

	f.net.refuses = true;
	dtls_client_start(c);
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(f.net.n_accepted == 1);
	TEST_EQ(0, dtls_door_stats(f.net.door)->n_sessions);
	TEST_EQ(0, dtls_door_stats(f.net.door)->n_handshakes);

	f.net.refuses = false;
	dtls_net_run(&f.net, 1100);
	TEST_EXPECT(f.net.chain);
	dtls_door_close(f.net.door);
	TEST_OK(!f.net.chain);
	TEST_EQ(-ECANCELED, f.net.closed_err);
	f.net.door = NULL;
 out:
	fixture_fini(&f);
	return err;
}
