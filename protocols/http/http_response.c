/* The head of a response (RFC 9112 s4 to s6), and error bodies. */
#include "http/http_response.h"
#include "base/report.h"
#include "http/http_date.h"
#include "http/http_status.h"
#include "http/http_text.h"


static bool has_body(const struct http_response *r)
{
	return http_status_has_body(r->status);
}


bool http_response_is_chunked(const struct http_response *r)
{
	return has_body(r) && r->length == HTTP_LENGTH_CHUNKED && r->minor;
}


/* Only a length of its own, or chunks, end a body within a connection. */
bool http_response_is_last(const struct http_response *r)
{
	bool has_end = !has_body(r) || r->length >= 0 ||
		http_response_is_chunked(r);

	return r->status >= 200 && (!r->keeps_alive || !has_end);
}


/* Whatever the request's version, ours is 1.1 (RFC 9110 s6.2). */
void http_response_begin(struct writer *w, const struct http_response *r)
{
	char date[HTTP_DATE_SIZE];

	put_fmt(w, "HTTP/1.1 %d %s\r\n", r->status,
		http_status_reason(r->status));
	if (r->status < 200)
		return;

	put_fmt(w, "Date: %s\r\n", http_date_print(date, r->now_s));

	if (http_response_is_chunked(r))
		put_str(w, str("Transfer-Encoding: chunked\r\n"));
	else if (has_body(r) && r->length >= 0)
		put_fmt(w, "Content-Length: %lld\r\n", (long long)r->length);

	if (http_response_is_last(r))
		put_str(w, str("Connection: close\r\n"));
	else if (!r->minor)
		put_str(w, str("Connection: keep-alive\r\n"));
}


void http_response_field(struct writer *w, const char *name, struct str value)
{
	if (!http_text_is_token(str(name)) || !http_text_is_value(value)) {
		w->err = w->err ? w->err : -EBADMSG;
		return;
	}

	put_str(w, str(name));
	put_str(w, str(": "));
	put_str(w, value);
	http_response_end(w);
}


void http_response_end(struct writer *w)
{
	put_str(w, str("\r\n"));
}


int http_response_problem(struct writer *w, int status, struct str detail)
{
	struct report r;

	report_init(&r, REPORT_JSON, w);
	report_open(&r, NULL);
	report_text(&r, "title", str(http_status_reason(status)));
	report_gauge(&r, "status", REPORT_PLAIN, status, "");
	if (detail.len)
		report_text(&r, "detail", detail);
	report_close(&r);

	return report_fini(&r);
}
