/* The head of a response (RFC 9112 s4 to s6, RFC 9110 s6.6, s15), and error
 * bodies (RFC 9457).
 *
 *	http_response_begin(&w, &response);
 *	http_response_field(&w, "Content-Type", str("video/x-flv"));
 *	http_response_end(&w);
 *
 * Errors stick in the writer: test w.err once, and send nothing if it is
 * set.  Thread: any, pure. */
#ifndef HTTP_RESPONSE_H
#define HTTP_RESPONSE_H

#include "base/slice.h"
#include "base/writer.h"

enum {
	HTTP_LENGTH_CHUNKED = -1,        /* to 1.0: until the end */
	HTTP_LENGTH_CLOSE = -2,  /* the body ends with the connection */
};

struct http_response {
	int status;              /* 100 .. 599 */
	uint8_t minor;           /* of the request; 0: it cannot read chunks */
	bool keeps_alive;        /* the request and we would go on */
	int64_t now_s;           /* for Date, since 1970-01-01 UTC */
	int64_t length;          /* of the body, or one of the above; nothing
	                          * is said for a status without a body */
};

/* Is the body sent in chunks? */
bool http_response_is_chunked(const struct http_response *r);

/* Must the connection be closed behind this response? */
bool http_response_is_last(const struct http_response *r);

/* Append the status line, Date, and what tells how long the body is and
 * whether the connection goes on.  After 1xx there is only the status line:
 * an upgrade says Connection and Upgrade itself. */
void http_response_begin(struct writer *w, const struct http_response *r);

/* Append one field.  A name that is no token, or a value with anything like
 * CR, LF or NUL in it, adds nothing and sets w->err to -EBADMSG, if it is
 * not set: no text of a peer can become a field of its own. */
void http_response_field(struct writer *w, const char *name,
			 struct str value);

/* Append the empty line. */
void http_response_end(struct writer *w);

/* Append the body of an error, application/problem+json: its status and the
 * title of that, and `detail` (any bytes), if not empty.  The type is
 * about:blank, which need not be said (RFC 9457 s4.2.1).  Returns 0, -ENOMEM
 * or -EMSGSIZE. */
API int http_response_problem(struct writer *w, int status,
			      struct str detail);

#define HTTP_PROBLEM_TYPE "application/problem+json"

#endif
