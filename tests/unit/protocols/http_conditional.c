/* http/http_conditional, http/http_accept. */
#include "http/http_conditional.h"
#include "base/writer.h"
#include "http/http_accept.h"
#include "http_test.h"

#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define MODIFIED "Sun, 06 Nov 1994 08:49:37 GMT"
#define AFTER "Sunday, 06-Nov-94 08:49:38 GMT"

enum { MODIFIED_S = 784111777, NOW_S = 1700000000 };

static const struct http_validators strong = {
	{ "\"a\\\"", 4 }, MODIFIED_S, true, true
};
static const struct http_validators weak = {
	{ "W/\"a\\\"", 6 }, MODIFIED_S, true, true
};
static const struct http_validators none = { { NULL, 0 }, 0, false, false };

static const struct {
	const char *method, *fields;
	const struct http_validators *v;
	int status;
} cases[] = {
	{ "GET", "", &strong, 0 },
	{ "GET", "If-None-Match: \"a\\\"\r\n", &strong, 304 },
	{ "HEAD", "If-None-Match: \"x,y\" ,, W/\"a\\\"\r\n", &strong, 304 },
	{ "GET", "If-None-Match: \"x\"\r\nIf-None-Match: \"a\\\"\r\n", &weak,
	  304 },
	{ "PUT", "If-None-Match: \"a\\\"\r\n", &strong, 412 },
	{ "GET", "If-None-Match: \"b\"\r\n", &strong, 0 },
	{ "GET", "If-None-Match: a\\\r\n", &strong, 0 },
	{ "GET", "If-None-Match: \"x\" \"a\\\"\r\n", &strong, 0 },
	{ "GET", "If-None-Match: \"a\\\r\n", &strong, 0 },
	{ "GET", "If-None-Match: w/\"a\\\"\r\n", &strong, 0 },
	{ "GET", "If-None-Match: *\r\n", &strong, 304 },
	{ "PUT", "If-None-Match: *\r\n", &strong, 412 },
	{ "PUT", "If-None-Match: *\r\n", &none, 0 },
	{ "PUT", "If-Match: \"a\\\"\r\n", &strong, 0 },
	{ "PUT", "If-Match: \"a\\\"\r\n", &weak, 412 },
	{ "PUT", "If-Match: W/\"a\\\"\r\n", &weak, 412 },
	{ "PUT", "If-Match: \"b\"\r\n", &strong, 412 },
	{ "PUT", "If-Match: *\r\n", &weak, 0 },
	{ "PUT", "If-Match: *\r\n", &none, 412 },
	{ "GET", "If-Modified-Since: " MODIFIED "\r\n", &weak, 304 },
	{ "GET", "If-Modified-Since: " AFTER "\r\n", &weak, 304 },
	{ "GET", "If-Modified-Since: " BEFORE "\r\n", &weak, 0 },
	{ "POST", "If-Modified-Since: " AFTER "\r\n", &weak, 0 },
	{ "GET", "If-Modified-Since: yesterday\r\n", &weak, 0 },
	{ "GET", "If-Modified-Since: " AFTER "\r\nIf-None-Match: \"b\"\r\n",
	  &strong, 0 },
	{ "GET", "If-Modified-Since: " AFTER "\r\n", &none, 0 },
	{ "PUT", "If-Unmodified-Since: " BEFORE "\r\n", &strong, 412 },
	{ "PUT", "If-Unmodified-Since: " MODIFIED "\r\n", &strong, 0 },
	{ "PUT", "If-Unmodified-Since: " BEFORE "\r\nIf-Match: *\r\n",
	  &strong, 0 },
	{ "GET", "If-Match: \"b\"\r\nIf-None-Match: \"a\\\"\r\n", &strong,
	  412 },
};


/* Read a request of these fields into `req`, whose texts are in `w`. */
static int make(struct http_request *req, struct writer *w,
		const char *method, const char *fields)
{
	int n;

	w->len = 0;
	put_fmt(w, "%s / HTTP/1.1\r\nHost: h\r\n%s\r\n", method, fields);
	if (w->err)
		return w->err;

	n = http_test_read_n(req, (char *)w->data, w->len);

	return n < 0 ? n : 0;
}


TEST(http_conditional_check)
{
	struct http_request req;
	struct writer w = writer(1000);
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int status;

		TEST_ERR(make(&req, &w, cases[i].method, cases[i].fields));
		status = http_conditional_check(&req, cases[i].v, NOW_S);
		if (status != cases[i].status)
			TEST_FAIL("case %zu: %d: %s", i, status,
				  cases[i].fields);
	}
 out:
	writer_fini(&w);
	return err;
}


static const struct {
	const char *method, *fields;
	bool is_strong, is_weak;         /* Range counts for either */
} ranges[] = {
	{ "GET", "Range: x\r\n", true, true },
	{ "HEAD", "Range: x\r\n", false, false },
	{ "GET", "", false, false },
	{ "GET", "Range: x\r\nRange: y\r\n", false, false },
	{ "GET", "Range: x\r\nIf-Range: \"a\\\"\r\n", true, false },
	{ "GET", "Range: x\r\nIf-Range: \"a\\\", \"b\"\r\n", false, false },
	{ "GET", "Range: x\r\nIf-Range: W/\"a\\\"\r\n", false, false },
	{ "GET", "Range: x\r\nIf-Range: " MODIFIED "\r\n", true, true },
	{ "GET", "Range: x\r\nIf-Range: " AFTER "\r\n", false, false },
	{ "GET", "Range: x\r\nIf-Range:\r\n", false, false },
};


TEST(http_conditional_range)
{
	struct http_request req;
	struct writer w = writer(1000);
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
		TEST_ERR(make(&req, &w, ranges[i].method, ranges[i].fields));
		TEST_EQ(ranges[i].is_strong,
			http_conditional_has_range(&req, &strong, NOW_S));
		TEST_EQ(ranges[i].is_weak,
			http_conditional_has_range(&req, &weak, NOW_S));
	}
 out:
	writer_fini(&w);
	return err;
}


TEST(http_accept_type)
{
	struct http_request req;
	struct writer w = writer(1000);
	int err = 0;

	TEST_ERR(make(&req, &w, "GET", ""));
	TEST_EQ(1000, http_accept_type(&req, str("text/html")));

	TEST_ERR(make(&req, &w, "GET", "Accept: text/*;q=0.3, */*; q=0.05\r\n"
		      "Accept: text/HTML;level=1;Q=0.7, image/png;q=1.000, "
		      "a/b;q=2, a/c;q=0.1234, a/d;q=x, a/e;q=1.001\r\n"));
	TEST_EQ(700, http_accept_type(&req, str("text/html")));
	TEST_EQ(300, http_accept_type(&req, str("text/plain")));
	TEST_EQ(1000, http_accept_type(&req, str("image/png")));
	TEST_EQ(50, http_accept_type(&req, str("application/json")));
	TEST_EQ(0, http_accept_type(&req, str("a/b")));
	TEST_EQ(0, http_accept_type(&req, str("a/c")));
	TEST_EQ(0, http_accept_type(&req, str("a/d")));
	TEST_EQ(0, http_accept_type(&req, str("a/e")));

	TEST_ERR(make(&req, &w, "GET", "Accept: text/html\r\n"));
	TEST_EQ(0, http_accept_type(&req, str("text/plain")));
 out:
	writer_fini(&w);
	return err;
}


TEST(http_accept_encoding)
{
	struct http_request req;
	struct writer w = writer(1000);
	int err = 0;

	TEST_ERR(make(&req, &w, "GET", ""));
	TEST_EQ(0, http_accept_encoding(&req, str("gzip")));
	TEST_EQ(1000, http_accept_encoding(&req, str("identity")));

	TEST_ERR(make(&req, &w, "GET", "Accept-Encoding: br, gzip;q=0.8\r\n"));
	TEST_EQ(800, http_accept_encoding(&req, str("gzip")));
	TEST_EQ(1000, http_accept_encoding(&req, str("identity")));

	TEST_ERR(make(&req, &w, "GET", "Accept-Encoding: gzip, *;q=0\r\n"));
	TEST_EQ(1000, http_accept_encoding(&req, str("gzip")));
	TEST_EQ(0, http_accept_encoding(&req, str("identity")));
 out:
	writer_fini(&w);
	return err;
}
