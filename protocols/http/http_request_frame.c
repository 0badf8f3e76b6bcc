/* Host, body and connection of a request: what its fields mean together
 * (RFC 9112 s3.2, s6, s9.3; RFC 9110 s7.2, s7.8, s8.6, s10.1.1). */
#include "http/http_request_int.h"
#include "http/http_text.h"


static int bad(struct http_request *req, const char *why)
{
	return http_request_refuse(req, -EBADMSG, 400, why);
}


/* One Host, which 1.0 may leave out; an absolute target counts more, but
 * makes a bad Host no better (s3.2, s3.2.2). */
static int read_host(struct http_request *req)
{
	size_t n = http_request_count(req, "Host");

	if (n > 1)
		return bad(req, "more than one Host");
	if (!n && req->minor)
		return bad(req, "no Host");

	memset(&req->host, 0, sizeof(req->host));
	if (n && http_authority_parse(&req->host,
				      http_request_find(req, "Host")))
		return bad(req, "malformed Host");

	if (req->target.form == HTTP_FORM_ABSOLUTE)
		req->host = req->target.authority;

	return 0;
}


/* The one coding we know is chunked, once and last; what comes before it is
 * unknown, what comes after it leaves the body without an end (s6.1, s6.3).
 */
static int read_transfer_encoding(struct http_request *req)
{
	struct http_items items = http_items(req, "Transfer-Encoding");
	struct str item;
	size_t n = 0;
	bool is_chunked = false;

	if (!req->minor)
		return bad(req, "Transfer-Encoding in HTTP/1.0");
	if (http_request_count(req, "Content-Length"))
		return bad(req, "Transfer-Encoding and Content-Length");

	for (; http_items_next(&items, &item); n++) {
		if (is_chunked)
			return bad(req, "chunked is not the last coding");
		is_chunked = http_text_eq(item, str("chunked"));
	}

	if (!is_chunked)
		return bad(req, "the last coding is not chunked");
	if (n > 1)
		return http_request_refuse(req, -ENOTSUP, 501,
					   "unknown transfer coding");

	/* No empty elements, which others may see otherwise. */
	if (http_request_count(req, "Transfer-Encoding") > 1 ||
	    !http_text_eq(http_request_find(req, "Transfer-Encoding"),
			  str("chunked")))
		return bad(req, "malformed Transfer-Encoding");

	req->content_length = -1;

	return 0;
}


/* Said once, in digits.  That of equal ones the first counts (s6.3) is
 * allowed to recipients, and is not done here. */
static int read_content_length(struct http_request *req, int64_t max)
{
	size_t n = http_request_count(req, "Content-Length");
	int err;

	req->content_length = 0;
	if (!n)
		return 0;
	if (n > 1)
		return bad(req, "more than one Content-Length");

	err = http_text_number(&req->content_length,
			       http_request_find(req, "Content-Length"));
	if (err == -EBADMSG)
		return bad(req, "malformed Content-Length");
	if (err || req->content_length > max)
		return http_request_refuse(req, -EMSGSIZE, 413,
					   "body too long");

	return 0;
}


/* RFC 9110 s10.1.1: only of 1.1, only where there is a body to wait for. */
static int read_expect(struct http_request *req)
{
	struct http_items items = http_items(req, "Expect");
	struct str item;

	req->expects_continue = false;
	if (!req->minor)
		return 0;

	while (http_items_next(&items, &item)) {
		if (!http_text_eq(item, str("100-continue")))
			return http_request_refuse(req, -ENOTSUP, 417,
						   "unknown expectation");
		req->expects_continue = req->content_length;
	}

	return 0;
}


/* RFC 9112 s9.3; an upgrade is not for 1.0 (RFC 9110 s7.8). */
static void read_connection(struct http_request *req)
{
	bool asks_close = http_request_lists(req, "Connection", "close");

	req->keeps_alive = !asks_close &&
		(req->minor ||
		 http_request_lists(req, "Connection", "keep-alive"));
	req->asks_upgrade = req->minor &&
		http_request_count(req, "Upgrade") &&
		http_request_lists(req, "Connection", "upgrade");
}


int http_request_frame(struct http_request *req, int64_t body_max)
{
	int err = read_host(req);

	if (err)
		return err;

	if (http_request_count(req, "Transfer-Encoding"))
		err = read_transfer_encoding(req);
	else
		err = read_content_length(req, body_max);
	if (!err)
		err = read_expect(req);
	if (!err)
		read_connection(req);

	return err;
}
