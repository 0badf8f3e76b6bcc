/* What becomes of an answer, seen from what was asked: conditions, ranges,
 * HEAD, CORS.  Every version of HTTP prints it in its own way.
 * Thread: any, pure. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "base/writer.h"
#include "httpd/http_exchange.h"

/* What of a request is still needed when it is answered later. */
struct http_asked {
	enum http_method method;
	const char *origin;      /* http_route_origin */
};

struct http_reply {
	int status;
	size_t from;             /* of the body: where to begin, */
	int64_t len;             /* and how much, or HTTP_LENGTH_OPEN */
	bool has_body;           /* and whether it is sent at all */
};

typedef void (http_put_fn)(void *arg, const char *name, struct str value);

/* Judge `answer`, whose body has `len` bytes or is HTTP_LENGTH_OPEN.
 * req: NULL if it is gone by now: then there are no conditions or ranges.
 * now_s: since 1970. */
struct http_reply http_reply(const struct http_answer *answer, int64_t len,
			     const struct http_asked *asked,
			     const struct http_request *req, int64_t now_s);

/* Call put(arg, name, value) for each field but those that frame the body. */
void http_reply_fields(const struct http_reply *reply,
		       const struct http_answer *answer, int64_t len,
		       const struct http_asked *asked, http_put_fn *put,
		       void *arg);

#endif
