/* What the parts of http_request share. */
#ifndef HTTP_REQUEST_INT_H
#define HTTP_REQUEST_INT_H

#include "http/http_request.h"

/* Say why; returns `err`.  why: static. */
int http_request_refuse(struct http_request *req, int err, int status,
			const char *why);

/* What the fields mean together: whose host it is, how long the body is,
 * what becomes of the connection.  Returns 0, or an error of
 * http_request_read(). */
int http_request_frame(struct http_request *req, int64_t body_max);

#endif
