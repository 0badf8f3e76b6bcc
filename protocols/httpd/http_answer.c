/* Answers as HTTP/1.1 prints them (RFC 9112 s4 to s7). */
#include "base/clock.h"
#include "base/error.h"
#include "httpd/http_int.h"
#include "websocket/websocket_node.h"


static struct http *of_exchange(struct http_exchange *x)
{
	return CONTAINER_OF(x, struct http, x);
}


static const struct http *seen(const struct http_exchange *x)
{
	const char *p = (const char *)x - offsetof(struct http, x);

	return (const struct http *)(const void *)p;
}


/* -- a body in a chunk -- */

static struct http_body *of_source(struct outbox_source *source)
{
	return CONTAINER_OF(source, struct http_body, source);
}


static int body_peek(struct outbox_source *source, struct iovec *iov,
		     int n_iov, size_t room, bool one_message)
{
	struct http_body *body = of_source(source);
	size_t len = body->end - body->at;

	(void)n_iov;
	(void)one_message;
	if (!len)
		return 0;

	source->has_more = len > room;
	iov[0].iov_base = body->chunk->data + body->at;
	iov[0].iov_len = len < room ? len : room;

	return 1;
}


static void body_consume(struct outbox_source *source, size_t len)
{
	struct http_body *body = of_source(source);
	struct http *http = CONTAINER_OF(body, struct http, out);

	body->at += len;
	if (body->at == body->end)
		loop_before_flush(http->node.chain->loop, &http->next);
}


static bool body_is_inside(struct outbox_source *source)
{
	(void)source;

	return false;
}


static const struct outbox_source_ops body_ops = {
	.peek = body_peek,
	.consume = body_consume,
	.is_inside = body_is_inside,
};


void http_answer_init(struct http *http)
{
	http->x.ops = &http_answer_ops;
	http->out.source.ops = &body_ops;
}


void http_answer_stop(struct http *http)
{
	if (http->stream)
		outbox_del(&http->node.out, http->stream);
	http->stream = NULL;
	if (http->out.chunk)
		outbox_del(&http->node.out, &http->out.source);
	http->out.chunk = chunk_unref(http->out.chunk);
}


/* -- heads -- */

static void put_field(void *arg, const char *name, struct str value)
{
	http_response_field(arg, name, value);
}


/* Print the head of the answer; `reply` says what it became. */
static void put_head(struct http *http, const struct http_answer *answer,
		     int64_t len, const struct http_reply *reply)
{
	struct writer *w = outbox_control(&http->node.out);
	const struct http_response response = {
		.status = reply->status,
		.minor = http->minor,
		.keeps_alive = http->keeps_alive && !http->is_eof,
		.now_s = clock_wall_us() / 1000000,
		.length = reply->len == HTTP_LENGTH_OPEN ? HTTP_LENGTH_CLOSE
							 : reply->len,
	};

	http_response_begin(w, &response);
	http_reply_fields(reply, answer, len, &http->asked, put_field, w);
	http_response_end(w);

	http->keeps_alive = !http_response_is_last(&response);
	http->status = reply->status;
	http->body_len = reply->has_body ? reply->len : 0;
	metric_add(http->conf->answers[reply->status / 100 - 1], 1);
}


static struct http_reply judge(const struct http *http,
			       const struct http_answer *answer, int64_t len)
{
	return http_reply(answer, len, &http->asked, http->x.request,
			  clock_wall_us() / 1000000);
}


/* -- bodies -- */

static void await_taking(struct http *http, int64_t len)
{
	http_set_deadline(http, HTTP_ANSWER_MS + len / HTTP_ANSWER_RATE);
}


static void send_chunk(struct http *http, struct chunk *take_chunk,
		       const struct http_reply *reply)
{
	http->out.chunk = take_chunk;
	http->out.at = reply->from;
	http->out.end = reply->from + (size_t)reply->len;
	outbox_add(&http->node.out, &http->out.source);
	http->state = HTTP_ANSWERING;
	await_taking(http, reply->len);
}


static void answer(struct http_exchange *x, const struct http_answer *a)
{
	struct http *http = of_exchange(x);
	size_t len = a->chunk ? a->chunk->len : a->body.len;
	struct http_reply reply = judge(http, a, (int64_t)len);
	struct chunk *chunk = NULL;

	if (reply.has_body && a->chunk)
		chunk = chunk_ref(a->chunk);
	else if (reply.has_body && len > HTTP_COPY_MAX)
		chunk = chunk_copy(a->body);
	if (reply.has_body && len > HTTP_COPY_MAX && !chunk) {
		chain_close(http->node.chain, -ENOMEM);
		return;
	}

	put_head(http, a, (int64_t)len, &reply);
	if (chunk)
		send_chunk(http, chunk, &reply);
	else if (reply.has_body)
		put_bytes(outbox_control(&http->node.out), a->body);

	chain_want_output(http->node.chain);
	if (!chunk)
		http_next(http);
}


static void stream(struct http_exchange *x, const struct http_answer *a,
		   int64_t len, struct outbox_source *source)
{
	struct http *http = of_exchange(x);
	struct http_reply reply = judge(http, a, len);
	http_closed_fn *on_closed = x->on_closed;
	void *arg = x->arg;

	put_head(http, a, len, &reply);
	chain_want_output(http->node.chain);
	if (reply.has_body) {
		http->stream = source;
		outbox_add(&http->node.out, source);
		http->state = HTTP_ANSWERING;
		if (reply.len == HTTP_LENGTH_OPEN)
			timer_stop(&http->deadline);
		else
			await_taking(http, reply.len);
		return;
	}

	x->on_closed = NULL;
	if (on_closed)
		on_closed(x, 0, arg);
	http_next(http);
}


static void want_output(struct http_exchange *x)
{
	chain_want_output(of_exchange(x)->node.chain);
}


static void flush(struct http_exchange *x)
{
	chain_flush(of_exchange(x)->node.chain);
}


static void prefetch(const struct http_exchange *x)
{
	chain_prefetch(seen(x)->node.chain);
}


static void end(struct http_exchange *x, int err)
{
	struct http *http = of_exchange(x);

	http_answer_stop(http);
	if (err)
		chain_close(http->node.chain, err);
	else
		loop_before_flush(http->node.chain->loop, &http->next);
}


/* The opening handshake's answer (RFC 6455 s4.2.2). */
static void put_accept(struct http *http)
{
	struct writer *w = outbox_control(&http->node.out);
	const struct http_response response = { .status = 101 };

	http_response_begin(w, &response);
	http_response_field(w, "Upgrade", str("websocket"));
	http_response_field(w, "Connection", str("Upgrade"));
	http_response_field(w, "Sec-WebSocket-Accept", str(http->accept));
	http_response_end(w);
	metric_add(http->conf->answers[0], 1);
}


static int asks_websocket(const struct http_exchange *x)
{
	return seen(x)->asks_websocket;
}


static struct websocket *upgrade(struct http_exchange *x,
				 const struct websocket_user *user, void *arg)
{
	static const struct protocol *const heirs[] = { &websocket_protocol };
	struct http *http = of_exchange(x);
	struct node *heir;

	if (chain_replace(&http->node, heirs, 1, &heir)) {
		http_exchange_problem(x, 503, "out of memory");
		return NULL;
	}

	websocket_set_user(websocket_of(heir), user, arg);
	put_accept(http);
	http->status = 101;
	http->state = HTTP_ENDING;
	x->is_answered = true;
	x->on_closed = NULL;

	return websocket_of(heir);
}


const struct http_exchange_ops http_answer_ops = {
	.answer = answer,
	.stream = stream,
	.want_output = want_output,
	.flush = flush,
	.prefetch = prefetch,
	.end = end,
	.asks_websocket = asks_websocket,
	.upgrade = upgrade,
};


void http_refuse(struct http *http, int status, const char *why)
{
	http->keeps_alive = false;
	http->asked = (struct http_asked){ .method = HTTP_OTHER };
	http->minor = 1;
	http_exchange_problem(&http->x, status, "%s", why);
}
