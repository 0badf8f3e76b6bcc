/* What becomes of an answer, seen from what was asked. */
#include "httpd/http_reply.h"
#include <stdio.h>
#include "http/http_conditional.h"
#include "http/http_range.h"
#include "http/http_status.h"


enum { VALUE_MAX = 128 };        /* room for a field's value of our own */


/* One range of a body is served; who asks for several gets all of it, as RFC
 * 9110 s14.2 lets us. */
static void choose_range(struct http_reply *reply,
			 const struct http_validators *v,
			 const struct http_request *req, int64_t len,
			 int64_t now_s)
{
	struct http_range ranges[HTTP_RANGES_MAX];
	int n;

	if (!http_conditional_has_range(req, v, now_s))
		return;

	n = http_range_parse(ranges, http_request_find(req, "Range"), len);
	if (n == -ENOENT) {
		reply->status = 416;
		reply->len = 0;
	} else if (n == 1) {
		reply->status = 206;
		reply->from = (size_t)ranges[0].from;
		reply->len = ranges[0].len;
	}
}


static void judge(struct http_reply *reply, const struct http_answer *answer,
		  const struct http_request *req, int64_t now_s)
{
	const struct http_validators v = {
		.etag = answer->etag,
		.exists = true,
	};
	int64_t len = reply->len;
	int status = http_conditional_check(req, &v, now_s);

	if (status) {
		reply->status = status;
		reply->len = 0;
	} else if (answer->chunk) {
		choose_range(reply, &v, req, len, now_s);
	}
}


struct http_reply http_reply(const struct http_answer *answer, int64_t len,
			     const struct http_asked *asked,
			     const struct http_request *req, int64_t now_s)
{
	struct http_reply reply = {
		.status = answer->status ? answer->status : 200,
		.len = len,
	};

	if (reply.status == 200 && req && len >= 0)
		judge(&reply, answer, req, now_s);

	reply.has_body = asked->method != HTTP_HEAD && reply.len &&
			 http_status_has_body(reply.status);

	return reply;
}


static void put_cache_control(const struct http_answer *answer,
			      http_put_fn *put, void *arg)
{
	char value[VALUE_MAX] = "no-store";

	if (answer->max_age_s < 0)
		snprintf(value, sizeof(value), "no-cache");
	else if (answer->max_age_s)
		snprintf(value, sizeof(value), "%s, max-age=%lld%s",
			 answer->is_public ? "public" : "private",
			 (long long)answer->max_age_s,
			 answer->is_immutable ? ", immutable" : "");

	put(arg, "Cache-Control", str(value));
}


static void put_range(const struct http_reply *reply, int64_t len,
		      http_put_fn *put, void *arg)
{
	const struct http_range range = {
		.from = (int64_t)reply->from,
		.len = reply->len,
	};
	struct writer w = writer(VALUE_MAX);

	http_range_write(&w, reply->status == 206 ? &range : NULL, len);
	if (!w.err)
		put(arg, "Content-Range", str_of(writer_slice(&w)));
	writer_fini(&w);
}


/* Pages of other origins that may read the answer (Fetch, CORS protocol). */
static void put_origin(const char *origin, http_put_fn *put, void *arg)
{
	if (*origin) {
		put(arg, "Access-Control-Allow-Origin", str(origin));
		put(arg, "Access-Control-Expose-Headers",
		    str("Content-Length, Content-Range, Date, ETag, "
			"Location, Retry-After"));
	}
	if (strcmp(origin, "*"))
		put(arg, "Vary", str("Origin"));
}


void http_reply_fields(const struct http_reply *reply,
		       const struct http_answer *answer, int64_t len,
		       const struct http_asked *asked, http_put_fn *put,
		       void *arg)
{
	put(arg, "Server", str("sluice"));
	if (answer->type && reply->status != 416 && reply->status != 412)
		put(arg, "Content-Type", str(answer->type));
	if (answer->etag.len)
		put(arg, "ETag", answer->etag);
	if (answer->chunk && reply->status == 200)
		put(arg, "Accept-Ranges", str("bytes"));
	if (reply->status == 206 || reply->status == 416)
		put_range(reply, len, put, arg);
	put_cache_control(answer, put, arg);
	put(arg, "X-Content-Type-Options", str("nosniff"));
	if (asked->origin)
		put_origin(asked->origin, put, arg);
	for (const struct http_header *h = answer->headers;
	     h < answer->headers + HTTP_ANSWER_HEADERS && h->name; h++)
		put(arg, h->name, h->value);
}
