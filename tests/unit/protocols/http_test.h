/* What the cases of http_* share. */
#ifndef HTTP_TEST_H
#define HTTP_TEST_H

#include "http/http_request.h"
#include "test.h"

/* A text must be equal to `want`. */
#define TEST_STR(want, got)						\
	do {								\
		struct str got_ = got;					\
		if (!str_is(got_, want))				\
			TEST_FAIL("want %s, got %.*s", want,		\
				  PRINT_STR(got_));			\
	} while (0)


/* Read a whole head of `len` bytes. */
static inline int http_test_read_n(struct http_request *req, const char *text,
				   size_t len)
{
	const struct http_limits limits = http_limits(1000);
	struct http_scan scan = { 0 };

	return http_request_read(req, &scan, slice(text, len), &limits);
}


static inline int http_test_read(struct http_request *req, const char *text)
{
	return http_test_read_n(req, text, strlen(text));
}

#endif
