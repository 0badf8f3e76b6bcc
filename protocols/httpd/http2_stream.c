/* One stream of HTTP/2: an exchange (RFC 9113 s8).
 *
 * A request is put in the words of HTTP/1.1, and read by the same strict
 * reader: what is refused there is refused here, and there is one set of
 * rules. */
#include <stdio.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "http/http_date.h"
#include "http/http_text.h"
#include "httpd/http2_int.h"


enum {
	FIELDS_MAX = 32,         /* of an answer */
	NAME_MAX = 64,
};

/* The fields of an answer, for nghttp2, which copies them. */
struct fields {
	nghttp2_nv at[FIELDS_MAX];
	size_t n;
	char names[FIELDS_MAX][NAME_MAX];
	struct writer values;    /* so that they stay until all are there */
	size_t from[FIELDS_MAX]; /* in `values` */
};


static struct http2_stream *of_exchange(struct http_exchange *x)
{
	return CONTAINER_OF(x, struct http2_stream, x);
}


/* -- deadlines -- */

static void on_deadline(void *arg)
{
	struct http2_stream *s = arg;

	nghttp2_submit_rst_stream(s->h2->session, NGHTTP2_FLAG_NONE, s->id,
				  NGHTTP2_CANCEL);
	http2_want_output(s->h2);
}


static void set_deadline(struct http2_stream *s, int64_t ms)
{
	timer_start(loop_timers(s->h2->node.chain->loop), &s->deadline, ms,
		    on_deadline, s);
}


/* -- the request -- */

static struct writer *pseudo_field(struct http2_stream *s, struct str name)
{
	if (str_is(name, ":method"))
		return &s->method;
	if (str_is(name, ":path"))
		return &s->path;

	return str_is(name, ":authority") ? &s->authority : NULL;
}


int http2_stream_field(struct http2_stream *s, struct str name,
		       struct str value)
{
	struct writer *w = pseudo_field(s, name);

	/* The reader refuses it. */
	if (!http_text_is_value(value))
		value = str("\x01");

	if (w) {
		put_str(w, value);
	} else if (name.len && name.p[0] != ':' &&
		   !str_is(name, "content-length") &&
		   !(s->authority.len && str_is(name, "host"))) {
		w = &s->fields;
		put_fmt(w, "%.*s: %.*s\r\n", PRINT_STR(name),
			PRINT_STR(value));
	}

	return w && w->err == -ENOMEM ? -ENOMEM : 0;
}


/* The request as HTTP/1.1 would say it. */
static void print_head(const struct http2_stream *s, struct writer *w)
{
	struct str authority = str_of(writer_slice(&s->authority));

	put_fmt(w, "%.*s %.*s HTTP/1.1\r\n",
		PRINT_STR(str_of(writer_slice(&s->method))),
		PRINT_STR(str_of(writer_slice(&s->path))));
	if (authority.len)
		put_fmt(w, "host: %.*s\r\n", PRINT_STR(authority));
	put_bytes(w, writer_slice(&s->fields));
	put_str(w, str("\r\n"));
}


static bool has_room(const struct http2_stream *s)
{
	return !s->method.err && !s->path.err && !s->authority.err &&
	       !s->fields.err;
}


/* Read it from `head`, or answer why it cannot be. */
static bool read_request(struct http2_stream *s, struct http_request *req,
			 struct slice head)
{
	const struct http_limits limits = http_limits(HTTP_BODY_MAX);
	struct http_scan scan = { 0 };
	int n = http_request_read(req, &scan, head, &limits);

	if (n == (int)head.len)
		return true;

	if (n < 0 && n != -EAGAIN)
		http_exchange_problem(&s->x, req->status, "%s", req->why);
	else
		http_exchange_problem(&s->x, 400, "malformed");

	return false;
}


static void route(struct http2_stream *s, const struct http_request *req)
{
	struct http_exchange *x = &s->x;

	s->asked.method = req->method;
	s->asked.origin = http_route_origin(s->h2->conf, req);
	x->request = req;
	x->body = writer_slice(&s->body);
	http_route(x, s->h2->conf);
	x->request = NULL;
	x->body = slice(NULL, 0);
	writer_fini(&s->body);
}


void http2_stream_route(struct http2_stream *s)
{
	struct writer head = writer(HTTP_HEAD_MAX);
	struct http_request req;

	s->is_routed = true;
	s->status = HTTP_GONE;
	timer_stop(&s->deadline);
	s->asked_us = s->h2->node.chain->loop->now_us;
	print_head(s, &head);
	if (!has_room(s) || head.err)
		http_exchange_problem(&s->x, 431, "too many fields");
	else if (s->body.err)
		http_exchange_problem(&s->x, 413, "the body is too long");
	else if (read_request(s, &req, writer_slice(&head)))
		route(s, &req);
	writer_fini(&head);
}


/* -- the answer's head -- */

static void put_field(void *arg, const char *name, struct str value)
{
	struct fields *f = arg;
	size_t len = strlen(name);

	if (f->n == FIELDS_MAX || len >= NAME_MAX ||
	    !http_text_is_value(value))
		return;

	for (size_t i = 0; i <= len; i++)
		f->names[f->n][i] = (char)(name[i] >= 'A' && name[i] <= 'Z'
						   ? name[i] + 'a' - 'A'
						   : name[i]);
	f->from[f->n] = f->values.len;
	put_str(&f->values, value);
	f->at[f->n].namelen = len;
	f->at[f->n++].valuelen = value.len;
}


static void put_frame_fields(struct fields *f, const struct http_reply *reply)
{
	char text[HTTP_DATE_SIZE];

	snprintf(text, sizeof(text), "%d", reply->status);
	put_field(f, ":status", str(text));
	http_date_print(text, clock_wall_us() / 1000000);
	put_field(f, "date", str(text));
	if (reply->len >= 0 && reply->status != 204 && reply->status != 304) {
		snprintf(text, sizeof(text), "%lld", (long long)reply->len);
		put_field(f, "content-length", str(text));
	}
}


static void resolve(struct fields *f)
{
	for (size_t i = 0; i < f->n; i++) {
		f->at[i].name = (uint8_t *)f->names[i];
		f->at[i].value = f->values.data + f->from[i];
	}
}


/* -- the answer's body -- */

static ssize_t read_chunk(struct http2_stream *s, uint8_t *buf, size_t room,
			  uint32_t *flags)
{
	size_t n = s->end - s->at < room ? s->end - s->at : room;

	memcpy(buf, s->chunk->data + s->at, n);
	s->at += n;
	if (s->at == s->end)
		*flags |= NGHTTP2_DATA_FLAG_EOF;

	return (ssize_t)n;
}


static ssize_t read_source(struct http2_stream *s, uint8_t *buf, size_t room,
			   uint32_t *flags)
{
	struct iovec iov[OUTBOX_IOV];
	size_t len = 0;
	int n = 0;

	if (s->source)
		n = s->source->ops->peek(s->source, iov, OUTBOX_IOV, room,
					 false);

	/* What is lent may be a little more than there is room for. */
	for (int i = 0; i < n; i++) {
		size_t part = iov[i].iov_len < room - len ? iov[i].iov_len
							  : room - len;

		memcpy(buf + len, iov[i].iov_base, part);
		len += part;
	}
	if (len)
		s->source->ops->consume(s->source, len);
	else if (!s->has_ended)
		return NGHTTP2_ERR_DEFERRED;

	if (s->has_ended && !len)
		*flags |= NGHTTP2_DATA_FLAG_EOF;

	return (ssize_t)len;
}


static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *buf,
			 size_t room, uint32_t *flags,
			 nghttp2_data_source *source, void *arg)
{
	struct http2_stream *s = source->ptr;
	ssize_t n;

	(void)session;
	(void)id;
	(void)arg;
	n = s->chunk ? read_chunk(s, buf, room, flags)
		     : read_source(s, buf, room, flags);
	if (n > 0)
		s->n_sent += (uint64_t)n;

	return n;
}


static void submit(struct http2_stream *s, const struct http_answer *answer,
		   int64_t len, const struct http_reply *reply)
{
	const nghttp2_data_provider body = {
		.source = { .ptr = s },
		.read_callback = read_body,
	};
	struct fields f = { .values = writer(HTTP_HEADERS_MAX) };
	int err;

	put_frame_fields(&f, reply);
	http_reply_fields(reply, answer, len, &s->asked, put_field, &f);
	resolve(&f);
	err = f.values.err;
	if (!err)
		err = nghttp2_submit_response(s->h2->session, s->id, f.at,
					      f.n, reply->has_body ? &body
								   : NULL);
	writer_fini(&f.values);
	if (err)
		nghttp2_submit_rst_stream(s->h2->session, NGHTTP2_FLAG_NONE,
					  s->id, NGHTTP2_INTERNAL_ERROR);

	/* What goes on until its end has none. */
	if (reply->has_body && reply->len >= 0)
		set_deadline(s, HTTP_ANSWER_MS + reply->len /
						 HTTP_ANSWER_RATE);
	s->status = reply->status;
	metric_add(s->h2->conf->answers[reply->status / 100 - 1], 1);
	http2_want_output(s->h2);
}


static struct http_reply judge(const struct http2_stream *s,
			       const struct http_answer *answer, int64_t len)
{
	return http_reply(answer, len, &s->asked, s->x.request,
			  clock_wall_us() / 1000000);
}


/* -- as an exchange -- */

static void answer(struct http_exchange *x, const struct http_answer *a)
{
	struct http2_stream *s = of_exchange(x);
	size_t len = a->chunk ? a->chunk->len : a->body.len;
	struct http_reply reply = judge(s, a, (int64_t)len);

	if (reply.has_body) {
		s->chunk = a->chunk ? chunk_ref(a->chunk)
				    : chunk_copy(a->body);
		s->at = reply.from;
		s->end = reply.from + (size_t)reply.len;
	}
	if (reply.has_body && !s->chunk)
		nghttp2_submit_rst_stream(s->h2->session, NGHTTP2_FLAG_NONE,
					  s->id, NGHTTP2_INTERNAL_ERROR);
	else
		submit(s, a, (int64_t)len, &reply);
}


static void stream(struct http_exchange *x, const struct http_answer *a,
		   int64_t len, struct outbox_source *source)
{
	struct http2_stream *s = of_exchange(x);
	struct http_reply reply = judge(s, a, len);

	s->source = reply.has_body ? source : NULL;
	submit(s, a, len, &reply);
}


static void want_output(struct http_exchange *x)
{
	struct http2_stream *s = of_exchange(x);

	nghttp2_session_resume_data(s->h2->session, s->id);
	http2_want_output(s->h2);
}


static void flush(struct http_exchange *x)
{
	struct http2_stream *s = of_exchange(x);

	nghttp2_session_resume_data(s->h2->session, s->id);
	chain_flush(s->h2->node.chain);
}


static void prefetch(const struct http_exchange *x)
{
	(void)x;
}


static void end(struct http_exchange *x, int err)
{
	struct http2_stream *s = of_exchange(x);

	s->source = NULL;
	s->has_ended = true;
	if (err)
		nghttp2_submit_rst_stream(s->h2->session, NGHTTP2_FLAG_NONE,
					  s->id, NGHTTP2_INTERNAL_ERROR);
	want_output(x);
}


static const struct http_exchange_ops ops = {
	.answer = answer,
	.stream = stream,
	.want_output = want_output,
	.flush = flush,
	.prefetch = prefetch,
	.end = end,
};


/* -- life -- */

struct http2_stream *http2_stream_new(struct http2 *h2, int32_t id)
{
	struct http2_stream *s = mem_zalloc(sizeof(*s));

	if (!s)
		return NULL;

	s->h2 = h2;
	s->id = id;
	s->method = writer(HTTP_LINE_MAX);
	s->path = writer(HTTP_LINE_MAX);
	s->authority = writer(HTTP_LINE_MAX);
	s->fields = writer(HTTP_HEADERS_MAX);
	s->body = writer(HTTP_BODY_MAX);
	s->x = (struct http_exchange){
		.ops = &ops,
		.log = { .category = "http" },
		.host = h2->host,
		.binding = h2->binding,
		.carrier = h2->node.chain->carrier,
		.is_secure = h2->node.far != NULL,
	};
	list_add(&h2->streams, &s->node);
	set_deadline(s, HTTP_REQUEST_MS);

	return s;
}


static void log_access(const struct http2_stream *s)
{
	struct str path = str_of(writer_slice(&s->path));
	char peer[ADDR_TEXT_MAX];

	/* Without the query, which may hold a token. */
	path = http_text_cut(&path, '?');
	log_info(&s->x, "%s %.*s %.*s %d %llu bytes %lld ms",
		 addr_print_ip(&s->x.carrier->peer, peer),
		 PRINT_STR(str_of(writer_slice(&s->method))), PRINT_STR(path),
		 s->status, (unsigned long long)s->n_sent,
		 (long long)((s->h2->node.chain->loop->now_us -
			      s->asked_us) / 1000));
}


static void destroy(void *arg)
{
	struct http2_stream *s = arg;

	writer_fini(&s->method);
	writer_fini(&s->path);
	writer_fini(&s->authority);
	writer_fini(&s->fields);
	writer_fini(&s->body);
	chunk_unref(s->chunk);
	mem_free(s);
}


void http2_stream_close(struct http2_stream *s, int err)
{
	http_closed_fn *on_closed = s->x.on_closed;

	list_del(&s->node);
	timer_stop(&s->deadline);
	s->source = NULL;
	s->x.on_closed = NULL;
	if (on_closed)
		on_closed(&s->x, err, s->x.arg);
	if (s->is_routed && s->h2->conf->has_access_log)
		log_access(s);

	s->death.fn = destroy;
	s->death.arg = s;
	loop_bury(s->h2->node.chain->loop, &s->death);
}
