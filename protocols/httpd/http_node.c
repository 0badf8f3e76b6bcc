/* HTTP/1.1 as a node of a chain: one request after the other (RFC 9112).
 *
 * A head is read where it lies, in the carrier's bytes; a body is gathered,
 * since only the API has bodies, and small ones.  While an answer is under way
 * nothing is eaten, so pipelined requests wait in the carrier, bounded. */
#include "httpd/http_node.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/text.h"
#include "httpd/http2_node.h"
#include "httpd/http_int.h"


static struct http *of_node(struct node *node)
{
	return (struct http *)node;
}


static bool is_open(const struct http *http)
{
	return http->node.chain->state == CHAIN_OPEN;
}


/* -- deadlines -- */

static void on_deadline(void *arg)
{
	struct http *http = arg;

	/* Only who has begun to ask is told. */
	if (http->state == HTTP_READING_BODY || http->scan.seen) {
		http->scan = (struct http_scan){ 0 };
		http_refuse(http, 408, "the request is too slow");
	} else {
		chain_close(http->node.chain, -ETIMEDOUT);
	}
}


void http_set_deadline(struct http *http, int64_t ms)
{
	timer_start(loop_timers(http->node.chain->loop), &http->deadline, ms,
		    on_deadline, http);
}


static void await_request(struct http *http)
{
	http->state = HTTP_READING_HEAD;
	http_set_deadline(http, config_int(http->x.binding->app->section,
					   "idleTimeoutMs"));
}


/* -- the access log -- */

/* Without the query, which may hold a token. */
static void remember(struct http *http, const struct http_request *req)
{
	struct writer w = writer(HTTP_LINE_MAX * 2);

	http->status = HTTP_GONE;
	http->body_len = 0;
	http->asked_us = http->node.chain->loop->now_us;
	http->sent_at = http->node.chain->carrier->bytes_out;
	if (!http->conf->has_access_log)
		return;

	put_fmt(&w, "%.*s %.*s", PRINT_STR(req->method_name),
		PRINT_STR(req->target.path));
	http->line = text_dup(str_of(writer_slice(&w)));
	writer_fini(&w);
}


static void log_access(struct http *http)
{
	const struct chain *chain = http->node.chain;
	uint64_t n = (uint64_t)http->body_len;
	char peer[ADDR_TEXT_MAX];

	if (!http->line)
		return;

	if (http->body_len == HTTP_LENGTH_OPEN)
		n = chain->carrier->bytes_out - http->sent_at;
	log_info(&http->x, "%s %s %d %llu bytes %lld ms",
		 addr_print_ip(&chain->carrier->peer, peer), http->line,
		 http->status, (unsigned long long)n,
		 (long long)((chain->loop->now_us - http->asked_us) / 1000));
	http->line = mem_free(http->line);
}


/* -- from one request to the next -- */

static void end(struct http *http)
{
	http->state = HTTP_ENDING;
	timer_stop(&http->deadline);
	chain_end(http->node.chain);
}


/* Requests may have come meanwhile, or the peer's end. */
static void look_on(struct http *http)
{
	chain_resume(http->node.chain);
	if (http->is_eof && is_open(http) && http->state < HTTP_ANSWERING)
		end(http);
}


void http_next(struct http *http)
{
	http_answer_stop(http);
	log_access(http);
	http->x.is_answered = false;

	if (!http->keeps_alive) {
		end(http);
		return;
	}

	await_request(http);
	if (!http->is_routing)
		look_on(http);
}


/* The answer under way has left. */
static void on_next(void *arg)
{
	struct http *http = arg;

	if (is_open(http) && http->state == HTTP_ANSWERING)
		http_next(http);
}


/* Those that were too many have left; another one may be under way. */
static void on_drained(void *arg)
{
	struct http *http = arg;

	if (!is_open(http))
		return;

	outbox_del(&http->node.out, &http->drain);
	look_on(http);
}


/* -- requests -- */

/* It may become a WebSocket when the request is gone. */
static void look_for_websocket(struct http *http,
			       const struct http_request *req)
{
	const struct websocket_request q = {
		.method = req->method_name,
		.is_http10 = !req->minor,
		.host = http_request_find(req, "Host"),
		.upgrade = http_request_find(req, "Upgrade"),
		.connection = str(req->asks_upgrade ? "Upgrade" : ""),
		.key = http_request_find(req, "Sec-WebSocket-Key"),
		.version = http_request_find(req, "Sec-WebSocket-Version"),
	};

	http->asks_websocket = req->asks_upgrade ? websocket_request_check(&q)
						 : -ENOENT;
	if (!http->asks_websocket)
		websocket_accept_print(http->accept, q.key);
}


static void route(struct http *http, const struct http_request *req,
		  struct slice body)
{
	struct http_exchange *x = &http->x;

	http->state = HTTP_ANSWERING;
	timer_stop(&http->deadline);
	http->minor = req->minor;
	http->keeps_alive = req->keeps_alive;
	http->asked.method = req->method;
	http->asked.origin = http_route_origin(http->conf, req);
	look_for_websocket(http, req);
	remember(http, req);

	x->request = req;
	x->body = body;
	http->is_routing = true;
	http_route(x, http->conf);
	http->is_routing = false;
	x->request = NULL;
	x->body = slice(NULL, 0);
}


static void drop_body(struct http *http)
{
	http->head = chunk_unref(http->head);
	writer_fini(&http->body);
}


static int begin_body(struct http *http, const struct http_request *req,
		      struct slice head)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	http->head = chunk_copy(head);
	if (!http->head)
		return -ENOMEM;

	http->body = writer(HTTP_BODY_MAX);
	http->body_left = req->content_length;
	http_chunked_init(&http->chunked, HTTP_BODY_MAX);
	http->state = HTTP_READING_BODY;
	http_set_deadline(http, HTTP_REQUEST_MS);
	if (req->expects_continue) {
		put_str(outbox_control(&http->node.out), str(go_on));
		chain_want_output(http->node.chain);
	}

	return 0;
}


/* The head was read from other bytes before: it is a good one. */
static void on_body(struct http *http)
{
	const struct http_limits limits = http_limits(HTTP_BODY_MAX);
	struct http_request req;
	struct http_scan scan = { 0 };

	http_request_read(&req, &scan, chunk_slice(http->head), &limits);
	route(http, &req, writer_slice(&http->body));
	drop_body(http);
}


/* The client speaks HTTP/2: so will we. */
static int become_http2(struct http *http)
{
#ifdef HAVE_NGHTTP2
	static const struct protocol *const heirs[] = { &http2_protocol };
	struct node *heir;

	timer_stop(&http->deadline);
	http->state = HTTP_ENDING;

	return chain_replace(&http->node, heirs, 1, &heir);
#else
	http_refuse(http, 505, "HTTP/2 is not supported here");

	return 0;
#endif
}


static ssize_t eat_head(struct http *http, struct slice in)
{
	const struct http_limits limits = http_limits(HTTP_BODY_MAX);
	bool was_begun = http->scan.seen;
	int n = http2_preface(in), err = 0;
	struct http_request req;

	if (n > 0)
		return become_http2(http);
	if (!n)
		n = http_request_read(&req, &http->scan, in, &limits);

	if (n == -EAGAIN) {
		if (!was_begun)
			http_set_deadline(http, HTTP_HEAD_MS);
		http->scan.seen += !http->scan.seen;
		return 0;
	}
	if (n < 0) {
		http_refuse(http, req.status, req.why);
		return (ssize_t)in.len;
	}

	if (req.content_length)
		err = begin_body(http, &req, slice(in.p, (size_t)n));
	else
		route(http, &req, slice(NULL, 0));

	return err ? err : n;
}


static ssize_t eat_counted(struct http *http, struct slice in)
{
	size_t n = (uint64_t)http->body_left < in.len
			   ? (size_t)http->body_left : in.len;

	put_bytes(&http->body, slice(in.p, n));
	http->body_left -= (int64_t)n;
	if (!http->body_left)
		on_body(http);

	return (ssize_t)n;
}


static ssize_t eat_chunked(struct http *http, struct slice in)
{
	struct slice rest = in, data;
	int err = http_chunked_read(&http->chunked, &rest, &data);

	if (err) {
		http_refuse(http, err == -EMSGSIZE ? 413 : 400,
			    "the body is malformed, or too long");
		return (ssize_t)in.len;
	}

	put_bytes(&http->body, data);
	if (http->chunked.state == HTTP_CHUNKED_DONE)
		on_body(http);

	return (ssize_t)(in.len - rest.len);
}


static ssize_t eat(struct http *http, struct slice in)
{
	ssize_t n;

	if (http->state == HTTP_READING_HEAD)
		return eat_head(http, in);

	n = http->body_left < 0 ? eat_chunked(http, in)
				: eat_counted(http, in);

	return http->body.err ? http->body.err : n;
}


/* Does it look at requests: no answer is under way, nor do too many wait? */
static bool is_reading(struct http *http)
{
	if (!is_open(http) || http->state > HTTP_READING_BODY)
		return false;
	if (outbox_control(&http->node.out)->len <= HTTP_BACKLOG_MAX)
		return true;

	if (!http->drain.node.list)
		outbox_add(&http->node.out, &http->drain);

	return false;
}


static ssize_t http_input(struct node *node, struct slice in,
			  const struct io_meta *meta)
{
	struct http *http = of_node(node);
	size_t n = 0;

	(void)meta;
	while (n < in.len && is_reading(http)) {
		ssize_t eaten = eat(http, slice_from(in, n));

		if (eaten < 0)
			return eaten;
		if (!eaten)
			break;
		n += (size_t)eaten;
	}

	return is_open(http) ? (ssize_t)n : (ssize_t)in.len;
}


/* -- answers that wait have left: look at requests again -- */

static struct http *of_drain(struct outbox_source *source)
{
	return CONTAINER_OF(source, struct http, drain);
}


static int drain_peek(struct outbox_source *source, struct iovec *iov,
		      int n_iov, size_t room, bool one_message)
{
	struct http *http = of_drain(source);

	(void)iov;
	(void)n_iov;
	(void)room;
	(void)one_message;
	source->has_more = true;
	if (!outbox_control(&http->node.out)->len)
		loop_before_flush(http->node.chain->loop, &http->drained);

	return 0;
}


static void drain_consume(struct outbox_source *source, size_t len)
{
	(void)source;
	(void)len;
}


static bool drain_is_inside(struct outbox_source *source)
{
	(void)source;

	return false;
}


static const struct outbox_source_ops drain_ops = {
	.peek = drain_peek,
	.consume = drain_consume,
	.is_inside = drain_is_inside,
};


/* -- life -- */

static int http_open(struct node *node, struct binding *binding)
{
	struct http *http = of_node(node);
	struct http_exchange *x = &http->x;

	http->conf = binding_prepared(binding, &http_protocol);
	http->next.fn = on_next;
	http->next.arg = http;
	http->drained.fn = on_drained;
	http->drained.arg = http;
	http->drain.ops = &drain_ops;
	x->log.category = "http";
	x->binding = binding;
	x->host = binding_host(binding, node->chain);
	x->carrier = node->chain->carrier;
	x->is_secure = node->far != NULL;
	http_answer_init(http);
	chain_set_two_way(node->chain);
	await_request(http);

	return 0;
}


/* Whoever half-closes after a request still gets its answer, but for those
 * that never end: there it means that nobody listens any more. */
static void on_eof(struct http *http)
{
	http->is_eof = true;
	if (http->stream && http->body_len == HTTP_LENGTH_OPEN)
		chain_close(http->node.chain, 0);
	else if (http->state < HTTP_ANSWERING)
		look_on(http);
}


static bool http_event(struct node *node, const struct event *event)
{
	struct http *http = of_node(node);

	if (event->type == EVENT_EOF)
		on_eof(http);

	return false;
}


static void http_close(struct node *node)
{
	struct http *http = of_node(node);
	struct http_exchange *x = &http->x;
	http_closed_fn *on_closed = x->on_closed;

	http_answer_stop(http);
	x->on_closed = NULL;
	if (on_closed)
		on_closed(x, -ECANCELED, x->arg);
	log_access(http);
	if (http->drain.node.list)
		outbox_del(&node->out, &http->drain);
	timer_stop(&http->deadline);
	list_del(&http->next.node);
	list_del(&http->drained.node);
	drop_body(http);
}


static int http_prepare(struct binding *binding, void **prepared)
{
	struct http_conf *conf = NULL;
	int err = http_conf_new(&conf, binding);

	*prepared = conf;

	return err;
}


static void http_release(void *prepared)
{
	http_conf_free(prepared);
}


const struct protocol http_protocol = {
	.name = "http",
	.size = sizeof(struct http),
	.input_max = HTTP_HEAD_MAX + 2,
	.alpn = HTTP2_ALPN "http/1.1",
	.keys = "alsoServes allowOrigins accessLog",
	.open = http_open,
	.input = http_input,
	.event = http_event,
	.close = http_close,
	.prepare = http_prepare,
	.release = http_release,
};
