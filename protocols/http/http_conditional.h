/* Conditional requests (RFC 9110 s8.8, s13).  Thread: any, pure. */
#ifndef HTTP_CONDITIONAL_H
#define HTTP_CONDITIONAL_H

#include "http/http_request.h"

/* What is known of the representation that would be sent. */
struct http_validators {
	struct str etag;         /* `"x"` or `W/"x"`; empty: none */
	int64_t modified_s;      /* since 1970-01-01 UTC, if has_modified */
	bool has_modified;
	bool exists;             /* false: the request would create it */
};

/* Judge If-Match, If-Unmodified-Since, If-None-Match and If-Modified-Since,
 * in the order of s13.2.2.  now_s: for dates with two digits.
 * Returns 0: go on; 304: not modified (GET and HEAD only); or 412. */
int http_conditional_check(const struct http_request *req,
			   const struct http_validators *v, int64_t now_s);

/* Does the field Range count: it is there, once, on GET, and If-Range, if
 * there is one, holds (s13.1.5, s14.2)? */
bool http_conditional_has_range(const struct http_request *req,
				const struct http_validators *v,
				int64_t now_s);

#endif
