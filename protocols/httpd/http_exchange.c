/* One request and its answer: what is the same for all versions of HTTP. */
#include "httpd/http_exchange.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include "http/http_response.h"
#include "http/http_status.h"
#include "http/http_text.h"
#include "httpd/http_exchange_int.h"


enum {
	DETAIL_MAX = 512,        /* bytes of a problem's text */
	METHODS_MAX = 96,
};

static const char cors_headers[] =
	"Authorization, Content-Type, Last-Event-ID, Range";
static const char cors_max_age[] = "600";


/* Is `method` one of the words of `methods`? */
static bool lists(const char *methods, struct str method)
{
	struct str rest = str(methods);

	while (rest.len) {
		if (str_eq(http_text_cut(&rest, ' '), method))
			return true;
	}

	return false;
}


/* "GET, HEAD, POST, OPTIONS" of "GET POST". */
static void print_allow(char *out, const char *methods)
{
	struct str rest = str(methods);
	int len = 0;

	while (rest.len) {
		struct str m = http_text_cut(&rest, ' ');

		len += snprintf(out + len, (size_t)(METHODS_MAX - len),
				"%.*s, %s", PRINT_STR(m),
				str_is(m, "GET") ? "HEAD, " : "");
	}
	snprintf(out + len, (size_t)(METHODS_MAX - len), "OPTIONS");
}


bool http_exchange_allows(struct http_exchange *x, const char *methods)
{
	struct str method = x->request->method_name;
	bool is_preflight = x->request->method == HTTP_OPTIONS;
	char allow[METHODS_MAX];

	if (x->request->method == HTTP_HEAD)
		method = str("GET");
	if (lists(methods, method))
		return true;

	print_allow(allow, methods);
	http_exchange_answer(x, &(struct http_answer){
		.status = is_preflight ? 204 : 405,
		.headers = {
			{ "Allow", str(allow) },
			{ is_preflight ? "Access-Control-Allow-Methods" : NULL,
			  str(allow) },
			{ "Access-Control-Allow-Headers",
			  str(cors_headers) },
			{ "Access-Control-Max-Age", str(cors_max_age) },
		},
	});

	return false;
}


void http_exchange_answer(struct http_exchange *x,
			  const struct http_answer *answer)
{
	assert(!x->is_answered);
	x->is_answered = true;
	x->on_closed = NULL;
	x->ops->answer(x, answer);
}


void http_exchange_problem(struct http_exchange *x, int status,
			   const char *fmt, ...)
{
	struct http_answer answer = {
		.status = status,
		.type = HTTP_PROBLEM_TYPE,
	};
	struct writer w = writer(DETAIL_MAX * 8);
	char detail[DETAIL_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);

	if (!http_status_has_body(status) ||
	    http_response_problem(&w, status, str(detail)))
		answer.type = NULL;
	else
		answer.body = writer_slice(&w);

	http_exchange_answer(x, &answer);
	writer_fini(&w);
}


void http_exchange_stream(struct http_exchange *x,
			  const struct http_answer *answer, int64_t len,
			  struct outbox_source *source)
{
	assert(!x->is_answered);
	x->is_answered = true;
	x->ops->stream(x, answer, len, source);
}


void http_exchange_want_output(struct http_exchange *x)
{
	x->ops->want_output(x);
}


void http_exchange_flush(struct http_exchange *x)
{
	x->ops->flush(x);
}


void http_exchange_prefetch(const struct http_exchange *x)
{
	x->ops->prefetch(x);
}


void http_exchange_end(struct http_exchange *x, int err)
{
	x->on_closed = NULL;
	x->ops->end(x, err);
}


bool http_exchange_asks_websocket(const struct http_exchange *x)
{
	return x->ops->asks_websocket && x->ops->asks_websocket(x) != -ENOENT;
}


static void refuse_websocket(struct http_exchange *x, int err)
{
	if (err == -ENOTSUP)
		http_exchange_answer(x, &(struct http_answer){
			.status = 426,
			.headers = { { "Sec-WebSocket-Version", str("13") },
				     { "Upgrade", str("websocket") } },
		});
	else
		http_exchange_problem(x, 400, "no good opening handshake "
				      "(RFC 6455 s4.2.1)");
}


struct websocket *http_exchange_upgrade(struct http_exchange *x,
					const struct websocket_user *user,
					void *arg)
{
	int err = x->ops->asks_websocket ? x->ops->asks_websocket(x) : -ENOENT;

	if (err) {
		refuse_websocket(x, err);
		return NULL;
	}

	return x->ops->upgrade(x, user, arg);
}


struct str http_exchange_field(const struct http_exchange *x,
			       const char *name)
{
	return http_request_find(x->request, name);
}


int http_exchange_query(const struct http_exchange *x, const char *name,
			char *buf, size_t size)
{
	return http_target_query_find(x->request->target.query, name, buf,
				      size);
}
