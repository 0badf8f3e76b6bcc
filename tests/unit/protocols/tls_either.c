/* TLS beside plain bytes on one port, and ALPN. */
#include "tls_test.h"
#include "test.h"

struct fixture {
	struct certs certs;
	struct tls_context *context;
	struct wire wire;
};

static const char stun[] = "\0\1\0\0 of nobody";


static int fixture_init(struct fixture *f, const struct protocol *protocol,
			const char *alpn, bool has_certificate)
{
	static const char *const names[] = { "one.example", NULL };
	int err = certs_init(&f->certs);

	if (!err && has_certificate)
		err = certs_context(&f->certs, names, &f->context);
	if (!err && alpn)
		err = tls_context_add_alpn(f->context, alpn);
	if (!err)
		err = wire_init_with(&f->wire, protocol, f->context);

	return err;
}


static void fixture_fini(struct fixture *f)
{
	wire_fini(&f->wire);
	tls_context_free(f->context);
	certs_fini(&f->certs);
	memset(f, 0, sizeof(*f));
}


/* A first byte of a handshake: TLS, however it is cut. */
TEST(tls_either_encrypted)
{
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	int err = 0;

	for (size_t cut = 0; cut < 2; cut++) {
		TEST_ERR(fixture_init(&f, &tls_or_plain_protocol, NULL,
				      true));
		w->cut = cut;
		TEST_ERR(wire_pump(w));
		TEST_EQ(1, SSL_is_init_finished(w->ssl));
		TEST_EQ(1, w->n_events[EVENT_UP]);
		TEST_ERR(wire_say(w, slice(stun, sizeof(stun))));
		TEST_ERR(wire_pump(w));
		TEST_MEM(stun, sizeof(stun), w->got.data, w->got.len);
		TEST_OK(w->chain && w->chain->far != w->chain->near);
		fixture_fini(&f);
	}
 out:
	fixture_fini(&f);
	return err;
}


/* Any other: plain bytes, all of them, and no TLS in the way.  The same for
 * all without a certificate, even if the byte is that of a handshake. */
TEST(tls_either_plain)
{
	static const char hello[] = "\x16\3\1 of a chain without TLS";
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	int err = 0;

	for (size_t i = 0; i < 4; i++) {
		bool has_certificate = i & 1;
		struct slice said = has_certificate
					    ? slice(stun, sizeof(stun))
					    : slice(hello, sizeof(hello));

		TEST_ERR(fixture_init(&f, &tls_or_plain_protocol, NULL,
				      has_certificate));
		w->cut = i & 2 ? 1 : 0;
		TEST_ERR(wire_near_say(w, slice("early", 5)));
		loop_pulse(&w->loop, 0);
		TEST_EQ(0, w->down.len);

		TEST_ERR(wire_inject(w, said));
		chain_resume(w->chain);
		loop_pulse(&w->loop, 0);
		TEST_EXPECT(w->chain && w->heard.len == said.len);
		TEST_MEM(said.p, said.len, w->heard.data, w->heard.len);
		TEST_EXPECT(w->down.len == 5 + said.len);
		TEST_MEM("early", 5, w->down.data, 5);
		TEST_OK(w->chain->far == w->chain->near);
		TEST_EQ(NEAR_MAX, w->carrier.input_max);
		TEST_EQ(0, w->n_events[EVENT_UP]);
		fixture_fini(&f);
	}
 out:
	fixture_fini(&f);
	return err;
}


/* Who says nothing is not waited for. */
TEST(tls_either_deadline)
{
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	struct timer_wheel *wheel;
	int err;

	TEST_ERR(fixture_init(&f, &tls_or_plain_protocol, NULL, true));
	wheel = loop_timers(&w->loop);
	timer_wheel_run(wheel, wheel->now_ms + TLS_HANDSHAKE_MS + 1);
	TEST_OK(!w->chain);
	TEST_EQ(-ETIMEDOUT, w->closed_err);
	TEST_OK(strstr(w->log, "no first byte within 10 s"));
 out:
	fixture_fini(&f);
	return err;
}


/* What a client offers, what we speak, and what comes of it. */
TEST(tls_alpn)
{
	static const struct {
		const char *ours;
		const char *offer;
		const char *got;  /* NULL: refused */
	} cases[] = {
		{ NULL, "\2h2", "" },
		{ NULL, NULL, "" },
		{ "stun.turn stun.nat-discovery", NULL, "" },
		{ "stun.turn stun.nat-discovery", "\11stun.turn",
		  "stun.turn" },
		{ "stun.turn stun.nat-discovery",
		  "\2h2\22stun.nat-discovery\11stun.turn", "stun.turn" },
		{ "stun.turn  stun.nat-discovery ", "\22stun.nat-discovery",
		  "stun.nat-discovery" },
		{ "stun.turn stun.nat-discovery", "\2h2\10http/1.1", NULL },
		{ "stun.turn stun.nat-discovery", "\10stun.tur", NULL },
	};
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	int err = 0;

	log_set_level(LOG_LEVEL_DEBUG);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *offer = cases[i].offer;
		struct str got;

		TEST_ERR(fixture_init(&f, &tls_protocol, cases[i].ours,
				      true));
		if (offer)
			SSL_set_alpn_protos(w->ssl, (const uint8_t *)offer,
					    (unsigned)strlen(offer));
		TEST_ERR(wire_pump(w));
		if (!cases[i].got) {
			TEST_EQ(SSL_ERROR_SSL, w->ssl_error);
			TEST_OK(strstr(w->log, "no application protocol"));
			TEST_EQ(0, w->n_events[EVENT_UP]);
		} else {
			TEST_EXPECT(SSL_is_init_finished(w->ssl));
			got = tls_alpn(w->ssl);
			TEST_OK(str_is(got, cases[i].got));
			TEST_EQ(got.len > 0,
				strstr(w->log, "alpn=stun.") != NULL);
		}
		fixture_fini(&f);
	}
 out:
	log_set_level(LOG_LEVEL_INFO);
	fixture_fini(&f);
	return err;
}


TEST(tls_alpn_limits)
{
	struct tls_context *context = NULL;
	char text[TLS_ALPN_MAX + 2] = "";
	int err;

	TEST_ERR(tls_context_new(&context, TLS_STREAM));
	memset(text, 'x', UINT8_MAX + 1);
	TEST_ERRNO(-EMSGSIZE, tls_context_add_alpn(context, text));
	text[UINT8_MAX] = '\0';
	TEST_ERRNO(0, tls_context_add_alpn(context, text));
	TEST_ERRNO(-EMSGSIZE, tls_context_add_alpn(context, "x"));
 out:
	tls_context_free(context);
	return err;
}
