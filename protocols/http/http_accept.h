/* What a client would like to get (RFC 9110 s12).  Thread: any, pure. */
#ifndef HTTP_ACCEPT_H
#define HTTP_ACCEPT_H

#include "http/http_request.h"

enum {
	HTTP_QUALITY_MAX = 1000, /* q=1 */
};

/* How much it would like this media type, `type/subtype` without parameters:
 * 0 (not at all) .. HTTP_QUALITY_MAX, by the most specific range that fits
 * (s12.5.1).  Without Accept anything is fine. */
unsigned http_accept_type(const struct http_request *req, struct str type);

/* The same for a content coding, "identity" being none (s12.5.3).  Without
 * Accept-Encoding only identity is fine: the RFC allows all then, but who
 * says nothing often knows nothing. */
unsigned http_accept_encoding(const struct http_request *req,
			      struct str coding);

#endif
