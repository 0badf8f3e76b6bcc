/* HTTP/1.1 over the fake backend, with routes of the cases' own. */
#include <stdio.h>
#include "httpd/http_exchange.h"
#include "test.h"
#include "websocket/websocket_node.h"
#include "wire.h"


enum { CHUNK = 100000, ANSWER_MS = 5, LOAN_MAX = 64 };

/* What the routes do and see. */
static struct {
	struct chunk *chunk;     /* what /chunk answers with */
	struct http_exchange *x; /* /later, /stream: to be answered */
	unsigned n_closed;       /* of them */
	int closed_err;
	struct outbox_source source;
	struct writer lent;      /* what the source has to lend */
} plan;


/* -- a source -- */

static int source_peek(struct outbox_source *source, struct iovec *iov,
		       int n_iov, size_t room, bool one_message)
{
	(void)source;
	(void)n_iov;
	(void)room;
	(void)one_message;
	iov[0] = (struct iovec){ plan.lent.data, plan.lent.len };

	return plan.lent.len ? 1 : 0;
}


static void source_consume(struct outbox_source *source, size_t len)
{
	(void)source;
	writer_drop(&plan.lent, len);
}


static bool source_is_inside(struct outbox_source *source)
{
	(void)source;

	return false;
}


static const struct outbox_source_ops source_ops = {
	.peek = source_peek,
	.consume = source_consume,
	.is_inside = source_is_inside,
};


/* -- a WebSocket that says all again -- */

static void on_message(struct websocket *ws, enum websocket_opcode opcode,
		       struct slice payload, void *arg)
{
	(void)arg;
	websocket_send(ws, opcode, payload);
}


static void on_ws_closed(struct websocket *ws, unsigned code, void *arg)
{
	(void)ws;
	(void)arg;
	++plan.n_closed;
	plan.closed_err = (int)code;
}


static const struct websocket_user echoing = {
	.message = on_message,
	.closed = on_ws_closed,
};


/* -- routes -- */

static void on_closed(struct http_exchange *x, int err, void *arg)
{
	(void)x;
	(void)arg;
	++plan.n_closed;
	plan.closed_err = err;
	plan.x = NULL;
}


static void keep(struct http_exchange *x)
{
	x->on_closed = on_closed;
	plan.x = x;
}


static void answer_text(struct http_exchange *x, struct str text)
{
	http_exchange_answer(x, &(struct http_answer){
		.type = "text/plain",
		.body = slice(text.p, text.len),
	});
}


static void echo(struct http_exchange *x)
{
	if (http_exchange_allows(x, "POST"))
		answer_text(x, str_of(x->body));
}


static bool on_http(void *data, struct http_exchange *x)
{
	(void)data;
	if (str_is(x->path, "/hello")) {
		if (http_exchange_allows(x, "GET"))
			answer_text(x, str("hello"));
	} else if (str_is(x->path, "/echo")) {
		echo(x);
	} else if (str_is(x->path, "/chunk")) {
		http_exchange_answer(x, &(struct http_answer){
			.chunk = plan.chunk,
			.etag = str("\"c\""),
			.max_age_s = 60,
		});
	} else if (str_is(x->path, "/websocket")) {
		http_exchange_upgrade(x, &echoing, NULL);
	} else if (str_is(x->path, "/later")) {
		keep(x);
	} else if (str_is(x->path, "/stream")) {
		keep(x);
		http_exchange_stream(x, &(struct http_answer){ .status = 200 },
				     HTTP_LENGTH_OPEN, &plan.source);
	} else {
		return false;
	}

	return true;
}


static const struct application_module module = {
	.abi = APPLICATION_ABI,
	.name = "live",
	.on_http = on_http,
};


/* -- the frame -- */

struct hall {
	struct rig rig;
	struct wire wire;
	const struct application_module *live;
};


static int dial_at(struct hall *h, unsigned acceptor)
{
	struct addr from;
	int err;

	plan.x = NULL;
	wire_close(&h->wire);
	writer_fini(&h->wire.in);
	writer_fini(&h->wire.out);
	err = wire_open(&h->wire, &h->rig,
			rig_dial(&h->rig, acceptor, &from));
	rig_run(&h->rig, ANSWER_MS);

	return err;
}


static int dial(struct hall *h)
{
	return dial_at(h, 0);
}


static int hall_init(struct hall *h, size_t recv_max)
{
	const struct fake_conf conf = { .seed = 3, .recv_max = recv_max };
	const struct rig_more more = {
		.chain = "inboundHttp",
		.acceptors = "{ ip = \"192.0.2.1\", port = 1936, worker = 0, "
			     "protocol = \"inboundHttp\", "
			     "allowOrigins = \"*\" }, "
			     "{ ip = \"192.0.2.1\", port = 1937, worker = 0, "
			     "protocol = \"inboundHttp\", "
			     "allowOrigins = { \"https://a.example\" } },",
	};
	int err;

	memset(h, 0, sizeof(*h));
	memset(&plan, 0, sizeof(plan));
	plan.source.ops = &source_ops;
	plan.lent = writer(SIZE_MAX / 2);
	plan.chunk = chunk_new(CHUNK);
	if (!plan.chunk)
		return -ENOMEM;
	plan.chunk->len = CHUNK;
	for (size_t i = 0; i < CHUNK; i++)
		plan.chunk->data[i] = (uint8_t)('a' + i % 26);

	err = rig_init_more(&h->rig, 1, "idleTimeoutMs = 60000,", &conf,
			    &more);
	if (err)
		return err;
	h->live = h->rig.server.setup->apps[0].module;
	h->rig.server.setup->apps[0].module = &module;

	return dial(h);
}


static void hall_fini(struct hall *h)
{
	wire_close(&h->wire);
	writer_fini(&h->wire.in);
	writer_fini(&h->wire.out);
	if (h->live)
		h->rig.server.setup->apps[0].module = h->live;
	rig_fini(&h->rig);
	chunk_unref(plan.chunk);
	writer_fini(&plan.lent);
}


static void say(struct hall *h, const char *text)
{
	wire_send(&h->wire, slice(text, strlen(text)));
	rig_run(&h->rig, ANSWER_MS);
}


/* How often `text` stands in what came. */
static unsigned count(const struct hall *h, const char *text)
{
	struct str in = str_of(writer_slice(&h->wire.in));
	size_t len = strlen(text);
	unsigned n = 0;

	for (size_t i = 0; i + len <= in.len; i++)
		n += !memcmp(in.p + i, text, len);

	return n;
}


static bool ends_with(const struct hall *h, const char *text)
{
	struct str in = str_of(writer_slice(&h->wire.in));
	size_t len = strlen(text);

	return in.len >= len && !memcmp(in.p + in.len - len, text, len);
}


static void forget(struct hall *h)
{
	writer_fini(&h->wire.in);
}


static struct chain *only_chain(const struct hall *h)
{
	return CONTAINER_OF(h->rig.server.hosts[0].chains.head, struct chain,
			    node);
}


/* -- cases -- */

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"


/* However the requests are cut, each gets its answer, in order. */
TEST(http_pipelined)
{
	static const char requests[] =
		GET("/hello")
		"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
		"four"
		"HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n"
		"POST /echo HTTP/1.1\r\nHost: x\r\n"
		"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
		GET("/nothing")
		GET("/chunk")
		GET("/hello");
	struct hall h;
	int err = 0;

	for (size_t recv_max = test_is_starved() ? 15 : 0; recv_max < 20;
	     recv_max += 1 + recv_max) {
		TEST_ERR(hall_init(&h, recv_max));
		say(&h, requests);
		rig_run(&h.rig, 1000);
		TEST_EXPECT(count(&h, "HTTP/1.1 ") == 7);
		TEST_EXPECT(count(&h, "HTTP/1.1 200 OK\r\n") == 6);
		TEST_EXPECT(count(&h, "HTTP/1.1 404 Not Found\r\n") == 1);
		TEST_EXPECT(count(&h, "\r\n\r\nfourHTTP/1.1") == 1);
		TEST_EXPECT(count(&h, "\r\n\r\nabcHTTP/1.1") == 1);
		TEST_EXPECT(count(&h, "Content-Length: 5\r\n") == 3);
		TEST_EXPECT(count(&h, "\r\n\r\nhello") == 2);
		TEST_EXPECT(ends_with(&h, "\r\n\r\nhello"));
		TEST_EXPECT(!h.wire.has_ended);
		hall_fini(&h);
	}

	return 0;
 out:
	hall_fini(&h);
	return err;
}


/* What is no request is answered as it deserves, and the connection ends. */
TEST(http_refused)
{
	static const struct {
		const char *request;
		const char *status;
	} bad[] = {
		{ "GET /hello\r\n", "400" },
		{ "GET  /hello HTTP/1.1\r\n", "400" },
		{ "GET /hello HTTP/1.1\r\n\r\n", "400" },
		{ "GET /hello HTTP/2.0\r\nHost: x\r\n\r\n", "505" },
		{ "CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n", "501" },
		{ "POST /echo HTTP/1.1\r\nHost: x\r\n"
		  "Content-Length: -1\r\n\r\n", "400" },
		{ "POST /echo HTTP/1.1\r\nHost: x\r\n"
		  "Content-Length: 99999999999999999999\r\n\r\n", "413" },
		{ "POST /echo HTTP/1.1\r\nHost: x\r\n"
		  "Content-Length: 65537\r\n\r\n", "413" },
		{ "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n", "400" },
		{ "POST /echo HTTP/1.1\r\nHost: x\r\n"
		  "Transfer-Encoding: chunked\r\n\r\nx\r\n", "400" },
		{ "POST /echo HTTP/1.1\r\nHost: x\r\n"
		  "Transfer-Encoding: chunked\r\n\r\n10001\r\n", "413" },
		{ "GET /hello HTTP/1.1\r\nHost: x\r\nExpect: 200\r\n\r\n",
		  "417" },
	};
	struct hall h;
	char line[32];
	int err = 0;

	TEST_ERR(hall_init(&h, 0));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		TEST_ERR(dial(&h));
		say(&h, bad[i].request);
		snprintf(line, sizeof(line), "HTTP/1.1 %s ", bad[i].status);
		TEST_EXPECT(count(&h, line) == 1);
		TEST_EXPECT(count(&h, "HTTP/1.1 ") == 1);
		TEST_EXPECT(count(&h, "Connection: close\r\n") == 1);
		TEST_EXPECT(h.wire.has_ended);
	}
 out:
	hall_fini(&h);
	return err;
}


/* Paths that are refused cost no connection. */
TEST(http_bad_paths)
{
	static const char *const bad[] = {
		"/..%2fetc/passwd", "/%00", "/%c0%ae", "/a/../b", "/%zz",
	};
	struct hall h;
	char text[128];
	int err = 0;

	TEST_ERR(hall_init(&h, 0));
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		snprintf(text, sizeof(text),
			 "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", bad[i]);
		say(&h, text);
		TEST_EXPECT(count(&h, "HTTP/1.1 400 ") == i + 1);
	}
	say(&h, GET("/hello"));
	TEST_EXPECT(ends_with(&h, "hello"));
 out:
	hall_fini(&h);
	return err;
}


TEST(http_allow_and_cors)
{
	struct hall h;
	int err = 0;

	TEST_ERR(hall_init(&h, 0));
	say(&h, "DELETE /hello HTTP/1.1\r\nHost: x\r\n\r\n");
	TEST_EXPECT(count(&h, "HTTP/1.1 405 Method Not Allowed\r\n") == 1);
	TEST_EXPECT(count(&h, "Allow: GET, HEAD, OPTIONS\r\n") == 1);
	forget(&h);
	say(&h, "OPTIONS /hello HTTP/1.1\r\nHost: x\r\n"
		"Origin: https://a.example\r\n\r\n");
	TEST_EXPECT(count(&h, "HTTP/1.1 204 No Content\r\n") == 1);
	TEST_EXPECT(!count(&h, "Access-Control-Allow-Origin"));
	TEST_EXPECT(!count(&h, "Content-Length"));
	forget(&h);
	say(&h, "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
	TEST_EXPECT(count(&h, "HTTP/1.1 204 No Content\r\n") == 1);
 out:
	hall_fini(&h);
	return err;
}


/* Caches keep answers for other pages than the one that asked first. */
TEST(http_origins)
{
	struct hall h;
	int err = 0;

	TEST_ERR(hall_init(&h, 0));
	TEST_ERR(dial_at(&h, 1));
	say(&h, GET("/hello"));
	TEST_EXPECT(count(&h, "Access-Control-Allow-Origin: *\r\n") == 1);
	TEST_EXPECT(!count(&h, "Vary"));

	TEST_ERR(dial_at(&h, 2));
	say(&h, GET("/hello"));
	TEST_EXPECT(!count(&h, "Access-Control"));
	TEST_EXPECT(count(&h, "Vary: Origin\r\n") == 1);
	forget(&h);
	say(&h, "GET /hello HTTP/1.1\r\nHost: x\r\n"
		"Origin: https://b.example\r\n\r\n");
	TEST_EXPECT(!count(&h, "Access-Control"));
	TEST_EXPECT(count(&h, "Vary: Origin\r\n") == 1);
	forget(&h);
	say(&h, "GET /hello HTTP/1.1\r\nHost: x\r\n"
		"Origin: https://a.example\r\n\r\n");
	TEST_EXPECT(count(&h, "Access-Control-Allow-Origin: "
			      "https://a.example\r\n") == 1);
	TEST_EXPECT(count(&h, "Vary: Origin\r\n") == 1);
 out:
	hall_fini(&h);
	return err;
}


TEST(http_expect)
{
	struct hall h;
	int err = 0;

	TEST_ERR(hall_init(&h, 0));
	say(&h, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
		"Expect: 100-continue\r\n\r\n");
	TEST_EXPECT(ends_with(&h, "HTTP/1.1 100 Continue\r\n\r\n"));
	say(&h, "ok");
	TEST_EXPECT(ends_with(&h, "\r\n\r\nok"));
 out:
	hall_fini(&h);
	return err;
}


/* A body of a chunk: whole, in part, not at all. */
TEST(http_chunk)
{
	struct hall h;
	int err = 0;

	TEST_ERR(hall_init(&h, 0));
	say(&h, GET("/chunk"));
	rig_run(&h.rig, 1000);
	TEST_EXPECT(count(&h, "Content-Length: 100000\r\n") == 1);
	TEST_EXPECT(count(&h, "Cache-Control: private, max-age=60\r\n") == 1);
	TEST_EXPECT(h.wire.in.len > CHUNK);
	TEST_MEM(plan.chunk->data, CHUNK,
		 h.wire.in.data + h.wire.in.len - CHUNK, CHUNK);
	forget(&h);
	say(&h, "GET /chunk HTTP/1.1\r\nHost: x\r\n"
		"Range: bytes=26-28\r\n\r\n");
	TEST_EXPECT(count(&h, "HTTP/1.1 206 Partial Content\r\n") == 1);
	TEST_EXPECT(count(&h, "Content-Range: bytes 26-28/100000\r\n") == 1);
	TEST_EXPECT(ends_with(&h, "\r\n\r\nabc"));
	forget(&h);
	say(&h, "GET /chunk HTTP/1.1\r\nHost: x\r\n"
		"Range: bytes=100000-\r\n\r\n");
	TEST_EXPECT(count(&h, "HTTP/1.1 416 ") == 1);
	TEST_EXPECT(count(&h, "Content-Range: bytes */100000\r\n") == 1);
	forget(&h);
	say(&h, "GET /chunk HTTP/1.1\r\nHost: x\r\n"
		"If-None-Match: \"c\"\r\n\r\n");
	TEST_EXPECT(count(&h, "HTTP/1.1 304 Not Modified\r\n") == 1);
	TEST_EXPECT(ends_with(&h, "\r\n\r\n"));
	forget(&h);
	say(&h, "HEAD /chunk HTTP/1.1\r\nHost: x\r\n\r\n");
	TEST_EXPECT(count(&h, "Content-Length: 100000\r\n") == 1);
	TEST_EXPECT(ends_with(&h, "\r\n\r\n"));
 out:
	hall_fini(&h);
	return err;
}


/* An answer that comes later: what was asked behind it waits. */
TEST(http_later)
{
	struct hall h;
	int err = 0;

	TEST_ERR(hall_init(&h, 0));
	say(&h, GET("/later") GET("/hello"));
	TEST_EXPECT(!h.wire.in.len);
	TEST_PTR(plan.x);
	answer_text(plan.x, str("late"));
	rig_run(&h.rig, ANSWER_MS);
	TEST_EXPECT(count(&h, "\r\n\r\nlateHTTP/1.1 200 OK") == 1);
	TEST_EXPECT(ends_with(&h, "hello"));
	TEST_EXPECT(!plan.n_closed);

	/* One who half-closes is still answered, */
	forget(&h);
	say(&h, GET("/later"));
	wire_shut(&h.wire);
	rig_run(&h.rig, ANSWER_MS);
	TEST_PTR(plan.x);
	answer_text(plan.x, str("late"));
	rig_run(&h.rig, ANSWER_MS);
	TEST_EXPECT(count(&h, "Connection: close\r\n") == 1);
	TEST_EXPECT(ends_with(&h, "late"));
	TEST_EXPECT(h.wire.has_ended);

	/* and of one who is gone we are told. */
	rig_run(&h.rig, CHAIN_LINGER_MS);
	TEST_ERR(dial(&h));
	say(&h, GET("/later"));
	TEST_PTR(plan.x);
	chain_close(only_chain(&h), -ECANCELED);
	TEST_EXPECT(plan.n_closed == 1);
	TEST_EXPECT(plan.closed_err == -ECANCELED);
 out:
	hall_fini(&h);
	return err;
}


/* A body that goes on until its end, or the peer's. */
TEST(http_stream)
{
	struct hall h;
	int err = 0;

	TEST_ERR(hall_init(&h, 0));
	for (int i = 0; i < 2; i++) {
		TEST_ERR(dial(&h));
		put_str(&plan.lent, str("one"));
		TEST_ERR(plan.lent.err);
		say(&h, GET("/stream"));
		TEST_EXPECT(count(&h, "Connection: close\r\n") == 1);
		TEST_EXPECT(!count(&h, "Content-Length"));
		TEST_EXPECT(ends_with(&h, "\r\n\r\none"));
		put_str(&plan.lent, str("two"));
		TEST_ERR(plan.lent.err);
		TEST_PTR(plan.x);
		http_exchange_want_output(plan.x);
		rig_run(&h.rig, ANSWER_MS);
		TEST_EXPECT(ends_with(&h, "onetwo"));
		TEST_EXPECT(!plan.n_closed);
		if (i == 0)
			http_exchange_end(plan.x, 0);
		else
			wire_shut(&h.wire);
		rig_run(&h.rig, ANSWER_MS);
		TEST_EXPECT(plan.n_closed == (unsigned)i);
		TEST_EXPECT(i || h.wire.has_ended);
	}

	/* Of HEAD there is no body, and an end at once. */
	TEST_ERR(dial(&h));
	say(&h, "HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n");
	TEST_EXPECT(plan.n_closed == 2);
	TEST_EXPECT(!plan.closed_err);
	TEST_EXPECT(ends_with(&h, "\r\n\r\n"));
 out:
	hall_fini(&h);
	return err;
}


/* Who is slow to ask is told, who only sits there is not. */
TEST(http_slow)
{
	struct hall h;
	int err = 0;

	TEST_ERR(hall_init(&h, 0));
	say(&h, "GET /hello HT");
	for (int i = 0; i < 9; i++) {
		rig_run(&h.rig, 1000);
		say(&h, "T");
	}
	TEST_EXPECT(!h.wire.in.len);
	rig_run(&h.rig, 1000);
	TEST_EXPECT(count(&h, "HTTP/1.1 408 Request Timeout\r\n") == 1);
	TEST_EXPECT(h.wire.has_ended);

	TEST_ERR(dial(&h));
	say(&h, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"
		"some");
	rig_run(&h.rig, 29900);
	TEST_EXPECT(!h.wire.in.len);
	rig_run(&h.rig, 200);
	TEST_EXPECT(count(&h, "HTTP/1.1 408 Request Timeout\r\n") == 1);

	TEST_ERR(dial(&h));
	rig_run(&h.rig, 59900);
	TEST_EXPECT(!h.wire.has_ended);
	rig_run(&h.rig, 200);
	TEST_EXPECT(h.wire.has_ended);
	TEST_EXPECT(!h.wire.in.len);

	/* Who does not take an answer is left, too. */
	TEST_ERR(dial(&h));
	wire_set_deaf(&h.wire, true);
	say(&h, GET("/chunk"));
	rig_run(&h.rig, 30000 + CHUNK / 4 - 100);
	TEST_EXPECT(h.rig.server.hosts[0].chains.n == 1);
	rig_run(&h.rig, 200);
	TEST_EXPECT(!h.rig.server.hosts[0].chains.n);
 out:
	hall_fini(&h);
	return err;
}


/* Who asks on and on and reads nothing is not listened to any more. */
TEST(http_flood)
{
	unsigned n_requests = test_is_starved() ? 10 : 20000;
	struct hall h;
	const struct node *node;
	int err = 0;

	TEST_ERR(hall_init(&h, 0));
	wire_set_deaf(&h.wire, true);
	for (unsigned i = 0; i < n_requests; i++) {
		wire_send(&h.wire, slice(GET("/hello"),
					 sizeof(GET("/hello")) - 1));
		if (!(i % 100))
			rig_run(&h.rig, 1);
	}
	TEST_EXPECT(h.rig.server.hosts[0].chains.n == 1);
	node = only_chain(&h)->near;
	TEST_EXPECT(node->out.control.len < 66000);
	TEST_EXPECT(test_is_starved() || node->out.control.len > 60000);

	wire_set_deaf(&h.wire, false);
	for (int i = 0; i < 100; i++)
		rig_run(&h.rig, 10);
	TEST_EXPECT(count(&h, "HTTP/1.1 200 OK") == n_requests);
 out:
	hall_fini(&h);
	return err;
}


/* Fill the backlog, with one request more that is not looked at.  Returns how
 * many there were. */
static unsigned flood(struct hall *h)
{
	const struct list *chains = &h->rig.server.hosts[0].chains;
	const size_t max = test_is_starved() ? 2000 : 64 * 1024;
	unsigned n = 1;

	for (; chains->n && only_chain(h)->near->out.control.len <= max; n++)
		say(h, GET("/hello"));
	say(h, GET("/hello"));

	return n;
}


/* An answer that is not there yet is not passed over as those before it leave:
 * its request comes while they do. */
TEST(http_flood_later)
{
	enum { MORE = 100 };
	unsigned n_requests;
	struct hall h;
	int err = 0;

	TEST_ERR(hall_init(&h, 100));
	wire_set_deaf(&h.wire, true);
	n_requests = flood(&h);
	wire_send(&h.wire, slice(GET("/later"), sizeof(GET("/later")) - 1));
	for (int i = 0; i < MORE; i++)
		wire_send(&h.wire, slice(GET("/hello"),
					 sizeof(GET("/hello")) - 1));
	wire_set_deaf(&h.wire, false);
	rig_run(&h.rig, 1000);
	TEST_EXPECT(count(&h, "HTTP/1.1 200 OK") == n_requests);
	TEST_PTR(plan.x);
	answer_text(plan.x, str("late"));
	rig_run(&h.rig, 1000);
	TEST_EXPECT(count(&h, "\r\n\r\nlateHTTP/1.1 200 OK") == 1);
	TEST_EXPECT(count(&h, "HTTP/1.1 200 OK") == n_requests + 1 + MORE);
 out:
	hall_fini(&h);
	return err;
}


/* -- a WebSocket -- */

#define WEBSOCKET(path)							\
	"GET " path " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"	\
	"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"		\
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

/* "hi", its mask all zeros. */
static const uint8_t hi[] = { 0x82, 0x82, 0, 0, 0, 0, 'h', 'i' };


/* At once and later, with the first frame behind the handshake. */
TEST(http_upgrade)
{
	const char *text;
	struct hall h;
	int err = 0;

	TEST_ERR(hall_init(&h, 0));
	for (int i = 0; i < 2; i++) {
		TEST_ERR(dial(&h));
		plan.n_closed = 0;
		text = i ? WEBSOCKET("/later") : WEBSOCKET("/websocket");
		wire_send(&h.wire, slice(text, strlen(text)));
		wire_send(&h.wire, slice(hi, sizeof(hi)));
		rig_run(&h.rig, ANSWER_MS);
		if (i) {
			TEST_PTR(plan.x);
			TEST_EXPECT(http_exchange_asks_websocket(plan.x));
			http_exchange_upgrade(plan.x, &echoing, NULL);
			rig_run(&h.rig, ANSWER_MS);
		}
		TEST_EXPECT(count(&h, "HTTP/1.1 101 Switching Protocols"));
		TEST_EXPECT(count(&h, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
		TEST_EXPECT(ends_with(&h, "\r\n\r\n\x82\x02hi"));
		wire_shut(&h.wire);
		rig_run(&h.rig, CHAIN_LINGER_MS);
		TEST_EXPECT(plan.n_closed == 1);
	}
 out:
	hall_fini(&h);
	return err;
}


/* What is no good handshake is refused, and the connection goes on. */
TEST(http_bad_upgrade)
{
	struct hall h;
	int err = 0;

	TEST_ERR(hall_init(&h, 0));
	say(&h, "GET /websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
	TEST_EXPECT(count(&h, "HTTP/1.1 426 "));
	TEST_EXPECT(count(&h, "Sec-WebSocket-Version: 13\r\n"));
	say(&h, "GET /websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
		"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n");
	TEST_EXPECT(count(&h, "HTTP/1.1 400 ") == 1);
	say(&h, GET("/websocket"));
	TEST_EXPECT(count(&h, "HTTP/1.1 400 ") == 2);
	say(&h, GET("/hello"));
	TEST_EXPECT(ends_with(&h, "hello"));
 out:
	hall_fini(&h);
	return err;
}
