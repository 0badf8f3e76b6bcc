/* http/http_request: what is refused, and with which status. */
#include "http_test.h"

#define H "GET / HTTP/1.1\r\nHost: h\r\n"
#define P "POST / HTTP/1.1\r\nHost: h\r\n"

/* With their length, since some have a NUL. */
#define CASE_OF(status, text) { status, text, sizeof(text) - 1 }

static const struct {
	int status;
	const char *text;
	size_t len;
} refused[] = {
	/* Request lines: judged before anything follows. */
	CASE_OF(400, "GET /\r\n"),
	CASE_OF(400, "GET\r\n"),
	CASE_OF(400, "\r\n\r\n"),
	CASE_OF(400, " GET / HTTP/1.1\r\n"),
	CASE_OF(400, "GET  / HTTP/1.1\r\n"),
	CASE_OF(400, "GET /  HTTP/1.1\r\n"),
	CASE_OF(400, "GET / HTTP/1.1 \r\n"),
	CASE_OF(400, "GET\t/ HTTP/1.1\r\n"),
	CASE_OF(400, "GET / x HTTP/1.1\r\n"),
	CASE_OF(400, "G(T / HTTP/1.1\r\n"),
	CASE_OF(400, "GET /\x7f HTTP/1.1\r\n"),
	CASE_OF(400, "GET /\0 HTTP/1.1\r\n"),
	CASE_OF(400, "GET /\v HTTP/1.1\r\n"),
	CASE_OF(400, "GET /l\xc3\xa4m HTTP/1.1\r\n"),
	CASE_OF(400, "GET /?\xff HTTP/1.1\r\n"),
	CASE_OF(400, "GET /#a HTTP/1.1\r\n"),
	CASE_OF(400, "GET x HTTP/1.1\r\n"),
	CASE_OF(400, "GET / http/1.1\r\n"),
	CASE_OF(400, "GET / HTTP/1\r\n"),
	CASE_OF(400, "GET / HTTP/1.10\r\n"),
	CASE_OF(400, "GET / HTTP/+1.1\r\n"),
	CASE_OF(400, "GET / HTTP/1,1\r\n"),
	CASE_OF(505, "GET / HTTP/0.9\r\n"),
	CASE_OF(505, "GET / HTTP/2.0\r\n"),
	CASE_OF(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
	CASE_OF(400, "GET / HTTP/1.1\n"),
	CASE_OF(400, "GET / HTTP/1.1\r\r\n"),
	CASE_OF(400, "GET / HTTP/1.1\rHost: h\r\n"),
	CASE_OF(400, "\nGET / HTTP/1.1\r\n"),
	CASE_OF(400, "\x16\x03\x01\x02\x00\x01\x00\r\n"),

	/* Targets that are not of their method. */
	CASE_OF(501, "CONNECT h:443 HTTP/1.1\r\n"),
	CASE_OF(400, "CONNECT h HTTP/1.1\r\n"),
	CASE_OF(400, "CONNECT / HTTP/1.1\r\n"),
	CASE_OF(400, "GET h:443 HTTP/1.1\r\n"),
	CASE_OF(400, "GET * HTTP/1.1\r\n"),
	CASE_OF(400, "GET ftp://h/ HTTP/1.1\r\n"),
	CASE_OF(400, "GET http:///x HTTP/1.1\r\n"),
	CASE_OF(400, "GET http://u@h/ HTTP/1.1\r\n"),
	CASE_OF(400, "GET http://h:99999/ HTTP/1.1\r\n"),

	/* Field lines. */
	CASE_OF(400, H "X : y\r\n"),
	CASE_OF(400, H "X\t: y\r\n"),
	CASE_OF(400, H ": y\r\n"),
	CASE_OF(400, H "X\r\n"),
	CASE_OF(400, H "X y: z\r\n"),
	CASE_OF(400, H "X\xc3\xa4: z\r\n"),
	CASE_OF(400, H "X: a\0b\r\n"),
	CASE_OF(400, H "X: a\x7f\r\n"),
	CASE_OF(400, H "X: a\x0b\r\n"),
	CASE_OF(400, H "X: a\rb\r\n"),
	CASE_OF(400, H "X: a\n"),
	CASE_OF(400, H "X: a\r\n b\r\n"),
	CASE_OF(400, H "X: a\r\n\tb\r\n"),
	CASE_OF(400, "GET / HTTP/1.1\r\n Host: h\r\n"),
	CASE_OF(400, H "\n"),
	CASE_OF(400, H "\r\r\n"),

	/* Host. */
	CASE_OF(400, "GET / HTTP/1.1\r\n\r\n"),
	CASE_OF(400, "GET http://h/ HTTP/1.1\r\n\r\n"),
	CASE_OF(400, H "Host: h\r\n\r\n"),
	CASE_OF(400, H "host: i\r\n\r\n"),
	CASE_OF(400, "GET / HTTP/1.0\r\nHost: h\r\nHost: h\r\n\r\n"),
	CASE_OF(400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
	CASE_OF(400, "GET / HTTP/1.1\r\nHost: h, i\r\n\r\n"),
	CASE_OF(400, "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n"),
	CASE_OF(400, "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n"),
	CASE_OF(400, "GET / HTTP/1.1\r\nHost: h:0x50\r\n\r\n"),
	CASE_OF(400, "GET / HTTP/1.1\r\nHost: h:-1\r\n\r\n"),
	CASE_OF(400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"),
	CASE_OF(400, "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n"),
	CASE_OF(400, "GET / HTTP/1.1\r\nHost: [h]\r\n\r\n"),
	CASE_OF(400, "GET / HTTP/1.1\r\nHost: <h>\r\n\r\n"),

	/* Bodies that two readers could end at two places. */
	CASE_OF(400, P "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
		"\r\n"),
	CASE_OF(400, P "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"
		"\r\n"),
	CASE_OF(400, P "Transfer-Encoding:\r\nContent-Length: 5\r\n\r\n"),
	CASE_OF(400, P "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"),
	CASE_OF(400, P "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"),
	CASE_OF(400, P "Content-Length: 5, 5\r\n\r\n"),
	CASE_OF(400, P "Content-Length: 5,6\r\n\r\n"),
	CASE_OF(400, P "Content-Length: -5\r\n\r\n"),
	CASE_OF(400, P "Content-Length: +5\r\n\r\n"),
	CASE_OF(400, P "Content-Length: 0x5\r\n\r\n"),
	CASE_OF(400, P "Content-Length: 5 0\r\n\r\n"),
	CASE_OF(400, P "Content-Length: 5.0\r\n\r\n"),
	CASE_OF(400, P "Content-Length: five\r\n\r\n"),
	CASE_OF(400, P "Content-Length:\r\n\r\n"),
	CASE_OF(413, P "Content-Length: 1001\r\n\r\n"),
	CASE_OF(413, P "Content-Length: 9223372036854775808\r\n\r\n"),
	CASE_OF(413, P "Content-Length: 18446744073709551621\r\n\r\n"),
	CASE_OF(413, P "Content-Length: 99999999999999999999999999999\r\n"
		"\r\n"),
	CASE_OF(400, P "Transfer-Encoding: gzip\r\n\r\n"),
	CASE_OF(400, P "Transfer-Encoding: identity\r\n\r\n"),
	CASE_OF(400, P "Transfer-Encoding: xchunked\r\n\r\n"),
	CASE_OF(400, P "Transfer-Encoding: chunked, gzip\r\n\r\n"),
	CASE_OF(400, P "Transfer-Encoding: chunked, chunked\r\n\r\n"),
	CASE_OF(400, P "Transfer-Encoding: chunked\r\n"
		"Transfer-Encoding: identity\r\n\r\n"),
	CASE_OF(400, P "Transfer-Encoding: chunked\r\n"
		"Transfer-Encoding:\r\n\r\n"),
	CASE_OF(400, P "Transfer-Encoding: ,chunked\r\n\r\n"),
	CASE_OF(400, P "Transfer-Encoding: \"chunked\"\r\n\r\n"),
	CASE_OF(400, P "Transfer-Encoding: chunked;a=b\r\n\r\n"),
	CASE_OF(400, P "Transfer-Encoding: \x0b" "chunked\r\n\r\n"),
	CASE_OF(400, P "Transfer-Encoding : chunked\r\n\r\n"),
	CASE_OF(400, P "X: y\r\n Transfer-Encoding: chunked\r\n\r\n"),
	CASE_OF(501, P "Transfer-Encoding: gzip, chunked\r\n\r\n"),
	CASE_OF(501, P "Transfer-Encoding: gzip\r\n"
		"Transfer-Encoding: chunked\r\n\r\n"),
	CASE_OF(400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),

	CASE_OF(417, P "Expect: 200-ok\r\n\r\n"),
};


static int err_of(int status)
{
	if (status == 400)
		return -EBADMSG;

	return status == 413 || status == 414 || status == 431 ?
		-EMSGSIZE : -ENOTSUP;
}


TEST(http_request_refuse)
{
	struct http_request req;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		int n = http_test_read_n(&req, refused[i].text,
					 refused[i].len);

		if (n != err_of(refused[i].status) ||
		    req.status != refused[i].status || !req.why)
			TEST_FAIL("case %zu: %d, %d: %s", i, n, req.status,
				  refused[i].text);
	}
 out:
	return err;
}


/* Byte by byte the answer is the same, and comes with the same byte. */
TEST(http_request_refuse_cut)
{
	const struct http_limits limits = http_limits(1000);
	struct http_request req;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct http_scan scan = { 0 };
		int n = -EAGAIN;

		for (size_t len = 1; n == -EAGAIN && len <= refused[i].len;
		     len++)
			n = http_request_read(&req, &scan,
					      slice(refused[i].text, len),
					      &limits);
		if (n != err_of(refused[i].status) ||
		    req.status != refused[i].status)
			TEST_FAIL("case %zu: %d: %s", i, n,
				  refused[i].text);
	}
 out:
	return err;
}


/* What goes to the access log. */
TEST(http_request_why)
{
	struct http_request req;
	int err = 0;

	TEST_EQ(-EBADMSG, http_test_read(&req, H "X: a\r\n b\r\n"));
	TEST_STR("folded field line", str(req.why));
	TEST_EQ(-EBADMSG, http_test_read(&req, H "X : a\r\n"));
	TEST_STR("field name is no token before a colon", str(req.why));
 out:
	return err;
}
