/* TLS as a node: bytes through it in both directions, however they are cut,
 * however slow either side is, and whatever the peer does. */
#include "base/mem.h"
#include "tls_test.h"
#include "test.h"

enum { RECORD_WAITING_MAX = TLS_RECORD_MAX + 256 };

/* What each case has: a context with one certificate, and a wire. */
struct fixture {
	struct certs certs;
	struct tls_context *context;
	struct wire wire;
	uint8_t *bytes;
};


static int fixture_init(struct fixture *f)
{
	static const char *const names[] = { "one.example", NULL };
	int err = certs_init(&f->certs);

	if (!err)
		err = certs_context(&f->certs, names, &f->context);
	if (!err)
		err = wire_init(&f->wire, f->context);

	return err;
}


static void fixture_fini(struct fixture *f)
{
	wire_fini(&f->wire);
	tls_context_free(f->context);
	certs_fini(&f->certs);
	mem_free(f->bytes);
}


/* A connection of `version` (0: any), cut in pieces of at most `cut`, says
 * `len` bytes, and hears them from the echo. */
static int echo(int version, size_t cut, size_t len)
{
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	int err;

	TEST_ERR(fixture_init(&f));
	TEST_PTR((f.bytes = pattern_new(len)));
	SSL_set_min_proto_version(w->ssl, version);
	SSL_set_max_proto_version(w->ssl, version);
	w->cut = cut;

	TEST_ERR(wire_pump(w));
	TEST_EQ(1, SSL_is_init_finished(w->ssl));
	TEST_EQ(1, w->n_events[EVENT_UP]);
	if (version)
		TEST_EQ(version, SSL_version(w->ssl));

	for (size_t n = 0; n < len; n += len / 4) {
		TEST_ERR(wire_say(w, slice(f.bytes + n, len / 4)));
		TEST_ERR(wire_pump(w));
	}

	TEST_MEM(f.bytes, len, w->heard.data, w->heard.len);
	TEST_MEM(f.bytes, len, w->got.data, w->got.len);
	TEST_PTR(w->chain);
	TEST_OK(w->out_max <= RECORD_WAITING_MAX);
	err = 0;
 out:
	fixture_fini(&f);
	return err;
}


TEST(tls_node_echo)
{
	int err = echo(0, 0, 200);

	return err ? err : echo(0, 0, 100000);
}


TEST(tls_node_versions)
{
	int err = echo(TLS1_2_VERSION, 0, 1000);

	return err ? err : echo(TLS1_3_VERSION, 0, 1000);
}


TEST(tls_node_cut)
{
	int err = echo(TLS1_2_VERSION, 1, 4000);

	if (!err)
		err = echo(TLS1_3_VERSION, 1, 4000);
	if (!err)
		err = echo(0, 100, 72000);
	if (!err)
		err = echo(0, 9000, 100000);

	return err;
}


TEST(tls_node_refuses_old_version)
{
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	int err;

	TEST_ERR(fixture_init(&f));
	SSL_set_security_level(w->ssl, 0);
	SSL_set_min_proto_version(w->ssl, TLS1_1_VERSION);
	SSL_set_max_proto_version(w->ssl, TLS1_1_VERSION);

	TEST_ERR(wire_pump(w));
	TEST_EQ(SSL_ERROR_SSL, w->ssl_error);
	TEST_OK(strstr(w->log, "192.0.2.1:1: unsupported protocol"));
	TEST_EQ(1, w->n_events[EVENT_FAILED]);
	TEST_EQ(0, w->n_events[EVENT_UP]);
	TEST_OK(w->is_shut);
	err = 0;
 out:
	fixture_fini(&f);
	return err;
}


/* The nearer node eats nothing: what waits is bounded, and comes when it is
 * called for, even if the carrier has nothing left. */
TEST(tls_node_waits_for_near)
{
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	size_t len = 200000, up;
	int err;

	TEST_ERR(fixture_init(&f));
	TEST_PTR((f.bytes = pattern_new(len)));
	TEST_ERR(wire_pump(w));

	w->is_deaf = true;
	TEST_ERR(wire_say(w, slice(f.bytes, 10)));
	TEST_ERR(wire_pump(w));
	TEST_EQ(0, w->up.len);
	TEST_EQ(0, w->heard.len);

	TEST_ERR(wire_near_resume(w));
	TEST_EQ(10, w->heard.len);

	w->is_deaf = true;
	TEST_ERR(wire_say(w, slice(f.bytes + 10, len - 10)));
	up = w->up.len;
	TEST_ERR(wire_pump(w));
	TEST_OK(up - w->up.len < 2 * TLS_RECORD_MAX);
	TEST_EQ(10, w->heard.len);

	TEST_ERR(wire_near_resume(w));
	TEST_MEM(f.bytes, len, w->heard.data, w->heard.len);
	TEST_ERR(wire_pump(w));
	TEST_MEM(f.bytes, len, w->got.data, w->got.len);
	err = 0;
 out:
	fixture_fini(&f);
	return err;
}


/* It eats whole messages only, which end anywhere in the records. */
TEST(tls_node_near_wants_more)
{
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	size_t len = 7 * 5000;
	int err;

	TEST_ERR(fixture_init(&f));
	TEST_PTR((f.bytes = pattern_new(len)));
	TEST_ERR(wire_pump(w));
	w->unit = 7;
	w->cut = 2000;

	for (size_t n = 0, part; n < len; n += part) {
		part = n % 1000 + 1 < len - n ? n % 1000 + 1 : len - n;
		TEST_ERR(wire_say(w, slice(f.bytes + n, part)));
		TEST_ERR(wire_pump(w));
		TEST_EQ((n + part) / 7 * 7, w->heard.len);
	}
	TEST_MEM(f.bytes, len, w->heard.data, w->heard.len);
	TEST_MEM(f.bytes, len, w->got.data, w->got.len);
	err = 0;
 out:
	fixture_fini(&f);
	return err;
}


/* The socket takes little at a time: never more than one sealed record
 * waits. */
TEST(tls_node_short_writes)
{
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	size_t len = 600000;
	int err;

	TEST_ERR(fixture_init(&f));
	TEST_PTR((f.bytes = pattern_new(len)));
	TEST_ERR(wire_pump(w));
	w->send_room = 7001;

	TEST_ERR(wire_near_say(w, slice(f.bytes, len)));
	TEST_ERR(wire_pump(w));
	TEST_MEM(f.bytes, len, w->got.data, w->got.len);
	TEST_OK(w->out_max > TLS_RECORD_MAX / 2);
	TEST_OK(w->out_max <= RECORD_WAITING_MAX);
	err = 0;
 out:
	fixture_fini(&f);
	return err;
}


static int first_bytes(const char *bytes, const char *said)
{
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	int err;

	TEST_ERR(fixture_init(&f));
	TEST_ERR(wire_inject(w, slice(bytes, strlen(bytes))));
	TEST_ERR(wire_pump(w));
	TEST_OK(!w->chain);
	TEST_EQ(-EPROTO, w->closed_err);
	TEST_OK(strstr(w->log, said));
	err = 0;
 out:
	fixture_fini(&f);
	return err;
}


TEST(tls_node_no_tls)
{
	int err = first_bytes("\x03\x01\x02\x03", "plain RTMP: closed");

	if (!err)
		err = first_bytes("GET / HTTP/1.1", "plain HTTP");
	if (!err)
		err = first_bytes("\x80\x2e\x01", "something else");

	return err;
}


/* Bytes that only begin like TLS. */
TEST(tls_node_garbage)
{
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	int err;

	TEST_ERR(fixture_init(&f));
	TEST_PTR((f.bytes = pattern_new(2000)));
	memcpy(f.bytes, "\x16\x03\x01\x02\x00", 5);
	TEST_ERR(wire_inject(w, slice(f.bytes, 2000)));
	TEST_ERR(wire_pump(w));
	TEST_EQ(1, w->n_events[EVENT_FAILED]);
	TEST_EQ(0, w->heard.len);
	TEST_OK(w->is_shut);
	err = 0;
 out:
	fixture_fini(&f);
	return err;
}


/* One bit is wrong: what was whole before it is heard, nothing after it, and
 * the client is told. */
TEST(tls_node_broken_record)
{
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	int err;

	TEST_ERR(fixture_init(&f));
	TEST_ERR(wire_pump(w));
	TEST_ERR(wire_say(w, slice("good", 4)));
	TEST_ERR(wire_say(w, slice("bad", 3)));
	w->up.data[w->up.len - 1] ^= 1;
	TEST_ERR(wire_pump(w));

	TEST_MEM("good", 4, w->heard.data, w->heard.len);
	TEST_EQ(SSL_ERROR_SSL, w->ssl_error);
	TEST_EQ(1, w->n_events[EVENT_FAILED]);
	TEST_OK(strstr(w->log, "record from 192.0.2.1:1"));
	TEST_OK(w->is_shut);
	err = 0;
 out:
	fixture_fini(&f);
	return err;
}


/* The client goes away after each number of its first bytes. */
TEST(tls_node_truncated)
{
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	int err;

	for (size_t n = 0; n < 300; n += 37) {
		f = (struct fixture){ 0 };
		TEST_ERR(fixture_init(&f));
		SSL_do_handshake(w->ssl);
		TEST_ERR(wire_collect(w));
		TEST_OK(n < w->up.len);
		w->up.len = n;
		TEST_ERR(wire_inject(w, slice(NULL, 0)));
		w->carrier.ops->resume(&w->carrier);
		TEST_EQ(0, w->up.len);
		w->carrier.user->ended(w->carrier.arg, 0);
		TEST_OK(!w->chain);
		TEST_EQ(0, w->n_events[EVENT_UP]);
		fixture_fini(&f);
	}

	return 0;
 out:
	fixture_fini(&f);
	return err;
}


TEST(tls_node_deadline)
{
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	int err;

	TEST_ERR(fixture_init(&f));
	w->loop.now_us += (TLS_HANDSHAKE_MS - 10) * 1000;
	loop_pulse(&w->loop, 0);
	TEST_OK(w->chain);
	w->loop.now_us += 20 * 1000;
	loop_pulse(&w->loop, 0);
	TEST_OK(!w->chain);
	TEST_EQ(-ETIMEDOUT, w->closed_err);
	TEST_OK(strstr(w->log, "no first byte within 10 s"));
	err = 0;
 out:
	fixture_fini(&f);
	return err;
}


/* Up in time: the deadline is none any more. */
TEST(tls_node_no_deadline_when_up)
{
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	int err;

	TEST_ERR(fixture_init(&f));
	TEST_ERR(wire_pump(w));
	w->loop.now_us += 2 * TLS_HANDSHAKE_MS * 1000;
	loop_pulse(&w->loop, 0);
	TEST_OK(w->chain);
	err = 0;
 out:
	fixture_fini(&f);
	return err;
}


/* We end: all that was to be said, then close_notify, then the socket's
 * end. */
TEST(tls_node_ends)
{
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	size_t len = 50000;
	int err;

	TEST_ERR(fixture_init(&f));
	TEST_PTR((f.bytes = pattern_new(len)));
	TEST_ERR(wire_pump(w));
	TEST_ERR(wire_near_say(w, slice(f.bytes, len)));
	chain_end(w->chain);
	TEST_ERR(wire_pump(w));
	TEST_MEM(f.bytes, len, w->got.data, w->got.len);
	TEST_EQ(SSL_ERROR_ZERO_RETURN, w->ssl_error);
	TEST_OK(w->is_shut);
	err = 0;
 out:
	fixture_fini(&f);
	return err;
}


/* The client ends: what it asked for before is answered. */
TEST(tls_node_peer_ends)
{
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	int err;

	TEST_ERR(fixture_init(&f));
	TEST_ERR(wire_pump(w));
	TEST_ERR(wire_say(w, slice("last", 4)));
	TEST_EQ(0, SSL_shutdown(w->ssl));
	TEST_ERR(wire_pump(w));
	TEST_MEM("last", 4, w->heard.data, w->heard.len);
	TEST_MEM("last", 4, w->got.data, w->got.len);
	TEST_EQ(1, w->n_events[EVENT_EOF]);
	TEST_EQ(0, w->n_events[EVENT_FAILED]);
	TEST_EQ(SSL_ERROR_ZERO_RETURN, w->ssl_error);
	TEST_OK(w->is_shut);
	err = 0;
 out:
	fixture_fini(&f);
	return err;
}


/* A client that asks for new keys for ever, and reads nothing, is closed
 * before its answers fill our memory. */
TEST(tls_node_bounds_answers)
{
	struct fixture f = { 0 };
	struct wire *w = &f.wire;
	int err, n;

	TEST_ERR(fixture_init(&f));
	TEST_ERR(wire_pump(w));
	w->chain->is_send_blocked = true;

	for (n = 0; w->chain && n < 100000; n++) {
		TEST_EQ(1, SSL_key_update(w->ssl, SSL_KEY_UPDATE_REQUESTED));
		TEST_EQ(1, SSL_do_handshake(w->ssl));
		TEST_ERR(wire_collect(w));
		w->carrier.ops->resume(&w->carrier);
		TEST_OK(!w->chain || w->near->far->out.control.len <=
					     TLS_WAITING_MAX);
	}
	TEST_OK(!w->chain);
	err = 0;
 out:
	fixture_fini(&f);
	return err;
}
