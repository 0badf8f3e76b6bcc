/* The head of a request, as a server reads it (RFC 9112 s2, s3, s5, s6, s9).
 *
 * Strict: whatever two readers could understand in two ways is refused, with
 * the status to answer; the connection is to be closed then.
 *
 * Results are borrowed from the input.  Thread: any, pure. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "http/http_target.h"

enum {
	HTTP_LINE_MAX = 8192,    /* request line (RFC 9112 s3: at least 8000) */
	HTTP_HEADERS_MAX = 16384,        /* all field lines */
	HTTP_FIELDS_MAX = 100,   /* number of field lines */
	HTTP_HEAD_MAX = HTTP_LINE_MAX + HTTP_HEADERS_MAX,
};

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_PATCH,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_OTHER,
};

struct http_limits {
	size_t line;             /* 1 .. HTTP_LINE_MAX, with CR LF */
	size_t headers;          /* 1 .. HTTP_HEADERS_MAX, with CR LF */
	size_t fields;           /* 0 .. HTTP_FIELDS_MAX */
	int64_t body;            /* that Content-Length may announce */
};

/* What has been looked at of a head that is not complete; zeroed: nothing. */
struct http_scan {
	size_t line;             /* where the current line starts */
	size_t seen;             /* bytes known to hold no more line ends */
	size_t headers;          /* where field lines start; 0: not yet */
	size_t n_fields;
};

struct http_field {
	struct str name;         /* as it was written */
	struct str value;        /* trimmed */
};

struct http_request {
	enum http_method method;
	struct str method_name;
	struct http_target target;
	struct http_authority host;      /* of the target, else of Host */
	uint8_t minor;           /* of HTTP/1.x: 0, or 1 for all above */

	int64_t content_length;  /* of the body; 0: none; -1: chunked */
	bool keeps_alive;        /* the connection may go on afterwards */
	bool expects_continue;   /* it waits for 100 before it sends its body */
	bool asks_upgrade;       /* Connection says so; see the field Upgrade */

	struct http_field fields[HTTP_FIELDS_MAX];
	size_t n_fields;

	/* Why it was refused: what to answer, and one static line. */
	int status;
	const char *why;
};

/* The limits above, and bodies up to `body` bytes. */
struct http_limits http_limits(int64_t body);

/* Read one request line and its field lines, to the empty line.
 *
 * scan: zeroed before a request; kept by the caller while the head is not
 * complete, so that no byte is searched twice.  in: from the first byte of
 * the request on, more of it at each call (the bytes may have moved).
 * limits: the same at each call of a request.  req: filled on success, its
 * texts borrowed from `in`; else only its status and why mean something.
 *
 * Returns the length of the head (`scan` is zeroed for the next request), or
 * -EAGAIN: not complete, only `scan` has changed.  All else refuses the
 * request, with req->status and req->why:
 *
 *	-EBADMSG   400
 *	-EMSGSIZE  413 body, 414 request line, 431 field lines
 *	-ENOTSUP   417 Expect, 501 CONNECT or transfer coding, 505 version
 *
 * Lines are judged as soon as they are complete, so a bad request line is
 * refused before anything follows it. */
int http_request_read(struct http_request *req, struct http_scan *scan,
		      struct slice in, const struct http_limits *limits);

/* The value of the first field `name`, in any case; its p is NULL if there
 * is none. */
struct str http_request_find(const struct http_request *req,
			     const char *name);

/* How many fields have this name? */
size_t http_request_count(const struct http_request *req, const char *name);

/* Walk the elements of a list that may be spread over several fields:
 *
 *	struct http_items items = http_items(req, "Accept");
 *
 *	while (http_items_next(&items, &item))
 */
struct http_items {
	const struct http_request *req;
	const char *name;
	size_t next;             /* field to look at */
	struct str rest;         /* of the field before it */
};

struct http_items http_items(const struct http_request *req,
			     const char *name);
bool http_items_next(struct http_items *items, struct str *item);

/* Is `token` an element of the list, ASCII case aside? */
bool http_request_lists(const struct http_request *req, const char *name,
			const char *token);

#endif
