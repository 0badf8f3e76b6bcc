/* HTTP/2 as a node of a chain, by nghttp2 (RFC 9113).
 *
 * nghttp2 knows frames, flow control and compression; here they become
 * exchanges, and bytes of the chain.  Frames are made when the chain pulls
 * (`output`), so that what waits is bounded by what a connection may have in
 * its outbox. */
#include "httpd/http2_node.h"
#include "base/error.h"
#include "httpd/http2_int.h"
#include "httpd/http_node.h"


static struct http2 *of_node(struct node *node)
{
	return (struct http2 *)node;
}


static struct http2_stream *find(struct http2 *h2, int32_t id)
{
	return nghttp2_session_get_stream_user_data(h2->session, id);
}


void http2_want_output(struct http2 *h2)
{
	chain_want_output(h2->node.chain);
}


static bool is_open(const struct http2 *h2)
{
	return h2->node.chain->state == CHAIN_OPEN;
}


/* -- what nghttp2 tells -- */

/* NOTE: a route may have closed the chain, and what nghttp2 was given goes on:
 * no stream may begin then, or find its route. */

static int on_begin_headers(nghttp2_session *session,
			    const nghttp2_frame *frame, void *arg)
{
	struct http2 *h2 = arg;
	struct http2_stream *s;

	if (!is_open(h2))
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;

	s = http2_stream_new(h2, frame->hd.stream_id);
	if (!s)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;

	nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, s);

	return 0;
}


static int on_header(nghttp2_session *session, const nghttp2_frame *frame,
		     const uint8_t *name, size_t name_len,
		     const uint8_t *value, size_t value_len, uint8_t flags,
		     void *arg)
{
	struct http2_stream *s = find(arg, frame->hd.stream_id);

	(void)session;
	(void)flags;

	/* What comes behind the body is not looked at. */
	if (!s || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;

	return http2_stream_field(s, str_of(slice(name, name_len)),
				  str_of(slice(value, value_len)))
		       ? NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE : 0;
}


static int on_data(nghttp2_session *session, uint8_t flags, int32_t id,
		   const uint8_t *data, size_t len, void *arg)
{
	struct http2_stream *s = find(arg, id);

	(void)session;
	(void)flags;
	if (!is_open(arg))
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	if (s && !s->is_routed)
		put_bytes(&s->body, slice(data, len));

	/* No need to wait for the rest of what is too long already. */
	if (s && !s->is_routed && s->body.err)
		http2_stream_route(s);

	return 0;
}


/* A client that asks and takes back, on and on, or makes us do that, costs us
 * the work. */
static int count_reset(struct http2 *h2)
{
	int64_t now_ms = h2->node.chain->loop->now_us / 1000;

	if (now_ms - h2->resets_from_ms > HTTP2_RESETS_MS) {
		h2->resets_from_ms = now_ms;
		h2->n_resets = 0;
	}
	if (++h2->n_resets <= HTTP2_RESETS_MAX)
		return 0;

	log_info(h2, "takes back too many requests");

	return nghttp2_session_terminate_session(h2->session,
						 NGHTTP2_ENHANCE_YOUR_CALM)
		       ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}


static int on_frame(nghttp2_session *session, const nghttp2_frame *frame,
		    void *arg)
{
	struct http2 *h2 = arg;
	struct http2_stream *s;

	(void)session;
	if (!is_open(h2))
		return NGHTTP2_ERR_CALLBACK_FAILURE;
	if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM) ||
	    (frame->hd.type != NGHTTP2_HEADERS &&
	     frame->hd.type != NGHTTP2_DATA))
		return 0;

	s = find(h2, frame->hd.stream_id);
	if (s && !s->is_routed)
		http2_stream_route(s);

	return 0;
}


static int on_stream_close(nghttp2_session *session, int32_t id,
			   uint32_t code, void *arg)
{
	struct http2_stream *s = find(arg, id);

	(void)session;
	if (s)
		http2_stream_close(s, code ? -ECANCELED : 0);

	return code ? count_reset(arg) : 0;
}


/* -- bytes -- */

static ssize_t http2_input(struct node *node, struct slice in,
			   const struct io_meta *meta)
{
	struct http2 *h2 = of_node(node);
	ssize_t n = nghttp2_session_mem_recv(h2->session, in.p, in.len);

	(void)meta;
	if (!is_open(h2))
		return (ssize_t)in.len;
	if (n < 0) {
		log_info(h2, "malformed: %s", nghttp2_strerror((int)n));
		return -EBADMSG;
	}

	http2_want_output(h2);
	if (!nghttp2_session_want_read(h2->session) &&
	    !nghttp2_session_want_write(h2->session))
		chain_end(node->chain);

	return n;
}


static int http2_output(struct node *node, struct outbox *from)
{
	struct http2 *h2 = of_node(node);
	struct writer *out = outbox_control(&node->out);
	const uint8_t *data;
	ssize_t n;

	(void)from;
	while (out->len < HTTP2_ROOM) {
		n = nghttp2_session_mem_send(h2->session, &data);
		if (n < 0)
			return n == NGHTTP2_ERR_NOMEM ? -ENOMEM : -EBADMSG;
		if (!n)
			break;
		put_bytes(out, slice(data, (size_t)n));
	}

	if (!out->len && is_open(h2) &&
	    !nghttp2_session_want_read(h2->session) &&
	    !nghttp2_session_want_write(h2->session))
		chain_end(node->chain);

	return 0;
}


/* -- life -- */

static uint64_t n_bytes(const struct http2 *h2)
{
	const struct carrier *carrier = h2->node.chain->carrier;

	return carrier->bytes_in + carrier->bytes_out;
}


static void watch_idle(struct http2 *h2);


static void on_idle(void *arg)
{
	struct http2 *h2 = arg;

	if (n_bytes(h2) != h2->idle_bytes) {
		watch_idle(h2);
		return;
	}

	nghttp2_session_terminate_session(h2->session, NGHTTP2_NO_ERROR);
	chain_end(h2->node.chain);
}


static void watch_idle(struct http2 *h2)
{
	h2->idle_bytes = n_bytes(h2);
	timer_start(loop_timers(h2->node.chain->loop), &h2->idle,
		    config_int(h2->binding->app->section, "idleTimeoutMs"),
		    on_idle, h2);
}


static int new_session(struct http2 *h2)
{
	nghttp2_session_callbacks *callbacks;
	int err;

	if (nghttp2_session_callbacks_new(&callbacks))
		return -ENOMEM;

	nghttp2_session_callbacks_set_on_begin_headers_callback(
		callbacks, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(callbacks,
							 on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks,
								  on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks,
							     on_frame);
	nghttp2_session_callbacks_set_on_stream_close_callback(
		callbacks, on_stream_close);
	err = nghttp2_session_server_new(&h2->session, callbacks, h2);
	nghttp2_session_callbacks_del(callbacks);

	return err ? -ENOMEM : 0;
}


static int http2_open(struct node *node, struct binding *binding)
{
	static const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
		  HTTP2_STREAMS_MAX },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HTTP_HEADERS_MAX },
	};
	struct http2 *h2 = of_node(node);
	int err;

	h2->log.category = "http";
	h2->conf = binding_prepared(binding, &http_protocol);
	h2->binding = binding;
	h2->host = binding_host(binding, node->chain);
	err = new_session(h2);
	if (err)
		return err;

	if (nghttp2_submit_settings(h2->session, NGHTTP2_FLAG_NONE, settings,
				    ARRAY_LEN(settings))) {
		nghttp2_session_del(h2->session);
		h2->session = NULL;
		return -ENOMEM;
	}
	watch_idle(h2);
	http2_want_output(h2);

	return 0;
}


static bool http2_event(struct node *node, const struct event *event)
{
	struct http2 *h2 = of_node(node);

	if (event->type == EVENT_CLOSING)
		nghttp2_session_terminate_session(h2->session,
						  NGHTTP2_NO_ERROR);

	return false;
}


static void destroy(void *arg)
{
	nghttp2_session_del(arg);
}


static void http2_close(struct node *node)
{
	struct http2 *h2 = of_node(node);

	if (!h2->session)
		return;

	timer_stop(&h2->idle);
	while (h2->streams.head)
		http2_stream_close(CONTAINER_OF(h2->streams.head,
						struct http2_stream, node),
				   -ECANCELED);

	/* It may be calling us right now. */
	h2->death.fn = destroy;
	h2->death.arg = h2->session;
	loop_bury(node->chain->loop, &h2->death);
}


const struct protocol http2_protocol = {
	.name = "http2",
	.size = sizeof(struct http2),
	.open = http2_open,
	.input = http2_input,
	.output = http2_output,
	.event = http2_event,
	.close = http2_close,
};
