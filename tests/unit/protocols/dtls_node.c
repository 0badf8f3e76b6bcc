/* DTLS sessions: datagrams through them, whatever becomes of the handshake's
 * and whatever anybody else sends. */
#include "dtls_test.h"
#include "random.h"
#include "test.h"

struct fixture {
	struct dtls_net net;
	struct dtls_client client;
};


static int fixture_init(struct fixture *f, const char *alpn)
{
	int err = dtls_net_init(&f->net, 0, alpn);

	f->client.net = NULL;
	if (!err)
		err = dtls_net_open(&f->net);

	return err ? err : dtls_client_init(&f->client, &f->net, 5000);
}


static void fixture_fini(struct fixture *f)
{
	dtls_client_fini(&f->client);
	dtls_net_fini(&f->net);
	memset(f, 0, sizeof(*f));
}


static int start(struct fixture *f)
{
	int err = fixture_init(f, NULL);

	if (err)
		return err;
	dtls_client_start(&f->client);
	dtls_net_run(&f->net, 10);
	if (SSL_is_init_finished(f->client.ssl))
		return 0;

	return test_alloc_failed() ? -ENOMEM : -EPROTO;
}


/* Each datagram is one, there and back, from nothing but a byte on. */
TEST(dtls_node_echo)
{
	static const size_t lens[] = { 1, 100, 1200, 4000, DTLS_RECORD_MAX };
	static uint8_t bytes[DTLS_RECORD_MAX];
	struct fixture f = { .client.n_got = 0 };
	struct dtls_client *c = &f.client;
	int err;

	TEST_ERR(start(&f));
	TEST_EQ(1, f.net.n_accepted);
	TEST_EQ(1, f.net.n_events[EVENT_UP]);
	TEST_EQ(DTLS1_2_VERSION, SSL_version(c->ssl));
	TEST_EQ(0, dtls_door_stats(f.net.door)->n_handshakes);
	TEST_EQ(1, dtls_door_stats(f.net.door)->n_verifies);

	for (size_t i = 0; i < ARRAY_LEN(lens); i++)
		TEST_ERR(dtls_client_say(c, slice(bytes, lens[i])));
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(c->n_got == ARRAY_LEN(lens));
	TEST_EQ(ARRAY_LEN(lens), f.net.n_heard);
	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		TEST_EQ(lens[i], f.net.heard[i]);
		TEST_EQ(lens[i], c->got[i]);
	}

	/* Silence is no timer: nothing is sent again. */
	c->n_came = 0;
	dtls_net_run(&f.net, 20000);
	TEST_EQ(0, c->n_came);
 out:
	fixture_fini(&f);
	return err;
}


/* OpenSSL's buffers go while a session rests, and come back. */
TEST(dtls_node_rests)
{
	struct fixture f = { .client.n_got = 0 };
	struct dtls_client *c = &f.client;
	int err;

	TEST_ERR(start(&f));
	for (unsigned i = 1; i < 4; i++) {
		dtls_net_run(&f.net, 700 * i);
		TEST_ERR(dtls_client_say(c, slice("abc", 3)));
		dtls_net_run(&f.net, 10);
		TEST_EXPECT(c->n_got == i);
	}
	dtls_net_run(&f.net, 1500);
	TEST_EXPECT(f.net.chain);
	put_str(outbox_control(&f.net.near->out), str("news"));
	chain_want_output(f.net.chain);
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(c->n_got == 4);
	dtls_net_run(&f.net, 1500);
	chain_end(f.net.chain);
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(c->ssl_error == SSL_ERROR_ZERO_RETURN);
 out:
	fixture_fini(&f);
	return err;
}


/* Several records in a datagram are several datagrams. */
TEST(dtls_node_records)
{
	struct fixture f = { .client.n_got = 0 };
	struct dtls_client *c = &f.client;
	uint8_t all[3 * DTLS_FIRST_MAX];
	size_t len = 0;
	int err;

	TEST_ERR(start(&f));
	c->is_gagged = true;
	for (size_t i = 0; i < 3; i++) {
		TEST_ERR(dtls_client_say(c, slice("abcdef", i + 2)));
		memcpy(all + len, c->said, c->said_len);
		len += c->said_len;
	}
	dtls_client_inject(c, slice(all, len));
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(c->n_got == 3);
	for (size_t i = 0; i < 3; i++) {
		TEST_EQ(i + 2, f.net.heard[i]);
		TEST_EQ(i + 2, c->got[i]);
	}

	/* The same once more: replayed records are no news. */
	dtls_client_inject(c, slice(all, len));
	dtls_net_run(&f.net, 10);
	TEST_EQ(3, f.net.n_heard);
 out:
	fixture_fini(&f);
	return err;
}


/* The nearer node speaks first; its datagrams stay apart; what is too long
 * for a record is lost, and no more. */
TEST(dtls_node_near_speaks)
{
	static uint8_t bytes[DTLS_RECORD_MAX + 1];
	struct fixture f = { .client.n_got = 0 };
	struct dtls_client *c = &f.client;
	struct writer *out;
	int err;

	TEST_ERR(fixture_init(&f, NULL));
	f.net.greets = true;
	dtls_client_start(c);
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(c->n_got == 1 && f.net.chain);
	TEST_EQ(2, c->got[0]);

	out = outbox_control(&f.net.near->out);
	for (size_t i = 0; i < 3; i++) {
		put_bytes(out, slice(bytes, 10 + i));
		chain_flush(f.net.chain);
		TEST_EXPECT(f.net.chain);
	}
	put_bytes(out, slice(bytes, sizeof(bytes)));
	chain_flush(f.net.chain);
	TEST_EXPECT(f.net.chain);
	put_bytes(out, slice(bytes, 7));
	put_bytes(out, slice(bytes, 6));
	chain_want_output(f.net.chain);
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(c->n_got == 5);
	TEST_EQ(11, c->got[2]);
	TEST_EQ(12, c->got[3]);
	TEST_EQ(13, c->got[4]);
	TEST_OK(f.net.chain);
 out:
	fixture_fini(&f);
	return err;
}


/* Every datagram of the handshake is lost, late or doubled, one at a time:
 * OpenSSL's timers bring it to its end. */
TEST(dtls_node_bad_wire)
{
	struct fixture f = { .client.n_got = 0 };
	int err = 0;

	for (unsigned i = 0; i < (test_is_starved() ? 3 : 24); i++) {
		uint64_t bit = (uint64_t)1 << i % 4;
		struct dtls_fate *fate;

		TEST_ERR(fixture_init(&f, NULL));
		fate = i & 4 ? &f.client.out : &f.client.in;
		if (i < 8)
			fate->drop = bit;
		else if (i < 16)
			fate->later = bit;
		else
			fate->twice = bit;
		dtls_client_start(&f.client);
		dtls_net_run(&f.net, 5000);
		TEST_EXPECT(f.net.chain &&
			    SSL_is_init_finished(f.client.ssl));
		TEST_EQ(1, f.net.n_events[EVENT_UP]);
		TEST_EQ(0, f.net.n_closed);
		fate->drop = fate->later = fate->twice = 0;
		TEST_ERR(dtls_client_say(&f.client, slice("abc", 3)));
		dtls_net_run(&f.net, 10);
		TEST_EXPECT(f.client.n_got == 1);
		fixture_fini(&f);
	}
 out:
	fixture_fini(&f);
	return err;
}


/* A client that does not answer gets the flight again, by our own timers:
 * after 1, 3 and 7 seconds (RFC 6347 s4.2.4.1). */
TEST(dtls_node_resends)
{
	struct fixture f = { .client.n_got = 0 };
	struct dtls_client *c = &f.client;
	int err;

	TEST_ERR(fixture_init(&f, NULL));
	c->out.drop = ~(uint64_t)3;
	dtls_client_start(c);
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(f.net.chain && c->n_came > 1);

	for (int64_t s = 1; s <= 4; s *= 2) {
		c->n_came = 0;
		dtls_net_run(&f.net, s * 1000 - 100);
		TEST_EQ(0, c->n_came);
		dtls_net_run(&f.net, 100);
		TEST_EXPECT(c->n_came);
	}
 out:
	fixture_fini(&f);
	return err;
}


/* A wire that loses a fifth of all: patience brings most through. */
TEST(dtls_node_lossy)
{
	struct fixture f = { .client.n_got = 0 };
	int err, n_up = 0;

	TEST_ERR(dtls_net_init(&f.net, 200, NULL));
	TEST_ERR(dtls_net_open(&f.net));
	for (uint16_t i = 0; i < (test_is_starved() ? 1 : 10); i++) {
		TEST_ERR(dtls_client_init(&f.client, &f.net,
					  (uint16_t)(5000 + i)));
		dtls_client_start(&f.client);
		dtls_net_run(&f.net, 30000);
		n_up += SSL_is_init_finished(f.client.ssl);
		dtls_client_fini(&f.client);
	}
	TEST_EQ(0, dtls_door_stats(f.net.door)->n_handshakes);
	TEST_EXPECT(test_is_starved() || n_up >= 8);
 out:
	fixture_fini(&f);
	return err;
}


/* A chain of certificates of several flights' length: no datagram is above
 * 1200 bytes, and their order does not matter. */
TEST(dtls_node_fragments)
{
	struct fixture f = { .client.n_got = 0 };
	char path[CERTS_PATH_MAX], pem[4096];
	size_t len;
	FILE *file;
	int err = 0;

	for (unsigned i = 0; i < (test_is_starved() ? 1 : 4); i++) {
		TEST_ERR(dtls_net_init(&f.net, 0, NULL));
		file = fopen(certs_path(&f.net.certs, path, "x", ".crt"),
			     "r+");
		TEST_OK(file);
		len = fread(pem, 1, sizeof(pem), file);
		for (int k = 0; k < 8; k++)
			fwrite(pem, 1, len, file);
		fclose(file);
		TEST_ERR(dtls_net_context(&f.net, NULL));
		TEST_ERR(dtls_net_open(&f.net));
		TEST_ERR(dtls_client_init(&f.client, &f.net, 5000));
		if (i)
			f.client.in.later = (uint64_t)1 << i;
		dtls_client_start(&f.client);
		dtls_net_run(&f.net, 5000);
		TEST_EXPECT(f.net.chain &&
			    SSL_is_init_finished(f.client.ssl));
		TEST_OK(f.client.n_came >= 4);
		TEST_OK(f.client.longest > 1000 && f.client.longest <= 1200);
		fixture_fini(&f);
	}
 out:
	fixture_fini(&f);
	return err;
}


/* Nothing that others send in the name of the peer ends its session, or is
 * answered (RFC 6347 s4.1.2.7). */
TEST(dtls_node_forged)
{
	static const uint8_t alert[] = { 21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 1,
					 0, 0, 2, 2, 40 };
	struct fixture f = { .client.n_got = 0 };
	struct dtls_client *c = &f.client;
	uint8_t forged[DTLS_FIRST_MAX];
	struct test_random seed = { 9 };
	size_t len;
	int err;

	TEST_ERR(start(&f));
	c->is_gagged = true;
	TEST_ERR(dtls_client_say(c, slice("abcdefgh", 8)));
	len = c->said_len;
	c->n_came = 0;
	for (unsigned i = 0; i < (test_is_starved() ? 30 : 2000); i++) {
		size_t n = len;

		memcpy(forged, c->said, len);
		forged[test_random(&seed) % len] ^=
			(uint8_t)(1u << test_random(&seed) % 8);
		if (i % 3 == 1)
			n = 1 + test_random(&seed) % len;
		for (size_t k = 1; i % 3 == 2 && k < n; k++)
			forged[k] = (uint8_t)test_random(&seed);
		forged[0] = (uint8_t)(20 + i % 44);
		if (!memcmp(forged, c->said, n))
			continue;
		dtls_client_inject(c, slice(forged, n));
		dtls_net_run(&f.net, 1);
	}
	for (uint8_t epoch = 0; epoch < 3; epoch++) {
		memcpy(forged, alert, sizeof(alert));
		forged[4] = epoch;
		dtls_client_inject(c, slice(forged, sizeof(alert)));
	}
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(f.net.chain);
	TEST_EQ(0, c->n_came);
	TEST_EQ(0, f.net.n_heard);

	c->is_gagged = false;
	TEST_ERR(dtls_client_say(c, slice("abc", 3)));
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(c->n_got == 1);
 out:
	fixture_fini(&f);
	return err;
}


/* close_notify, from either side. */
TEST(dtls_node_ends)
{
	struct fixture f = { .client.n_got = 0 };
	int err;

	TEST_ERR(start(&f));
	SSL_shutdown(f.client.ssl);
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(!f.net.chain);
	TEST_EQ(0, f.net.closed_err);
	TEST_EQ(1, f.net.n_events[EVENT_EOF]);
	TEST_EXPECT(SSL_shutdown(f.client.ssl) == 1);
	TEST_EQ(0, dtls_door_stats(f.net.door)->n_sessions);
	fixture_fini(&f);

	TEST_ERR(start(&f));
	TEST_EXPECT(f.net.chain);
	put_str(outbox_control(&f.net.near->out), str("bye"));
	chain_end(f.net.chain);
	dtls_net_run(&f.net, 10);
	TEST_EXPECT(!f.net.chain && !f.net.closed_err);
	TEST_EXPECT(f.client.n_got == 1);
	TEST_EXPECT(f.client.ssl_error == SSL_ERROR_ZERO_RETURN);
 out:
	fixture_fini(&f);
	return err;
}


TEST(dtls_node_alpn)
{
	static const struct {
		const char *offer;
		const char *got;  /* NULL: refused */
	} cases[] = {
		{ NULL, "" }, { "\11stun.turn", "stun.turn" },
		{ "\2h2", NULL },
	};
	struct fixture f = { .client.n_got = 0 };
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *offer = cases[i].offer;
		struct str got;

		TEST_ERR(fixture_init(&f, "stun.turn stun.nat-discovery"));
		if (offer)
			SSL_set_alpn_protos(f.client.ssl,
					    (const uint8_t *)offer,
					    (unsigned)strlen(offer));
		dtls_client_start(&f.client);
		dtls_net_run(&f.net, 10);
		if (cases[i].got) {
			TEST_EXPECT(SSL_is_init_finished(f.client.ssl));
			got = tls_alpn(f.client.ssl);
			TEST_OK(str_is(got, cases[i].got));
		} else {
			TEST_EXPECT(f.client.ssl_error == SSL_ERROR_SSL);
			TEST_OK(!f.net.chain);
			TEST_EQ(-EBADMSG, f.net.closed_err);
			TEST_EQ(1, f.net.n_events[EVENT_FAILED]);
			TEST_OK(strstr(f.net.log, "no application protocol"));
		}
		fixture_fini(&f);
	}
 out:
	fixture_fini(&f);
	return err;
}
