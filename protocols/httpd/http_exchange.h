/* One request and its answer, as routes see them: the same over HTTP/1.1 and
 * HTTP/2.  An application's on_http gets one with its whole body, and answers
 * it, at once or later:
 *
 *	http_exchange_answer     all at once
 *	http_exchange_stream     a body that a source lends, for as long as
 *	                         there is something
 *	http_exchange_upgrade    WebSocket
 *
 * What was asked (request, path, body) is borrowed for the call of on_http;
 * who answers later copies what it needs, sets on_closed, and is told if the
 * client has gone first.  Thread: the connection's worker. */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include "base/chunk.h"
#include "host/application.h"
#include "http/http_request.h"
#include "stack/outbox.h"

enum {
	HTTP_BODY_MAX = 64 * 1024,       /* of a request, bytes */
	HTTP_ANSWER_HEADERS = 8,
	HTTP_LENGTH_OPEN = -1,   /* the body goes on until the source's end */
};

struct http_exchange;
struct http_exchange_ops;
struct websocket;
struct websocket_user;

/* The exchange is over, and gone after this call: the answer has been sent,
 * or (err) never will be. */
typedef void (http_closed_fn)(struct http_exchange *x, int err, void *arg);

struct http_header {
	const char *name;        /* static; NULL ends the list */
	struct str value;
};

/* All borrowed for the call. */
struct http_answer {
	int status;              /* 0: 200 */
	const char *type;        /* media type; NULL: none */
	struct http_header headers[HTTP_ANSWER_HEADERS];

	/* The body of http_exchange_answer: copied, or (not NULL) a chunk,
	 * which gets a reference and is sent without a copy. */
	struct slice body;
	struct chunk *chunk;

	/* Of a status of 200: then conditions, and of a chunk ranges, are
	 * answered as the request asks. */
	struct str etag;         /* `"x"`; empty: none */

	/* Cache-Control: 0: no-store; below: no-cache; above: for so many
	 * seconds, and for any cache if is_public. */
	int64_t max_age_s;
	bool is_public;
	bool is_immutable;
};

struct http_exchange {
	const struct http_exchange_ops *ops;
	struct log_tag log;
	struct host *host;
	const struct binding *binding;
	const struct carrier *carrier;   /* for the addresses of both ends */
	bool is_secure;
	bool is_answered;

	/* Borrowed for the call of on_http; then NULL and empty. */
	const struct http_request *request;
	struct str path;         /* unescaped, begins with "/" */
	struct slice body;

	/* The route's, if the answer is not complete when on_http returns;
	 * may be changed until it is over. */
	http_closed_fn *on_closed;
	void *arg;
};

/* Is the method one of `methods` ("GET HEAD POST")?  If not, it is answered
 * already: 405, or OPTIONS by 204 and what CORS is configured.  HEAD goes
 * with GET: answer as if it was GET. */
API bool http_exchange_allows(struct http_exchange *x, const char *methods);

/* Answer with a whole body. */
API void http_exchange_answer(struct http_exchange *x,
			      const struct http_answer *answer);

/* Answer with a status and why, as application/problem+json (RFC 9457); or
 * with nothing but the status for those that have no body. */
API void http_exchange_problem(struct http_exchange *x, int status,
			       const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Answer with what `source` lends: `len` bytes, or HTTP_LENGTH_OPEN.  The
 * source stays the route's, who takes its hands off at on_closed.  To HEAD
 * only the head is sent, and the exchange is over.  NOTE: that may be within
 * this call.  Set on_closed before. */
API void http_exchange_stream(struct http_exchange *x,
			      const struct http_answer *answer, int64_t len,
			      struct outbox_source *source);

/* The source has something new: send it, before the loop sleeps, or at once
 * (within the loop's flush). */
API void http_exchange_want_output(struct http_exchange *x);
API void http_exchange_flush(struct http_exchange *x);

/* Bring to the processor's cache what http_exchange_flush will need. */
API void http_exchange_prefetch(const struct http_exchange *x);

/* The source will lend no more: what it lent is sent, then the exchange is
 * over.  err: the body remains cut, and the client is made to see that. */
API void http_exchange_end(struct http_exchange *x, int err);

/* Does the client ask for a WebSocket (RFC 6455 s4.2.1)? */
API bool http_exchange_asks_websocket(const struct http_exchange *x);

/* Become a WebSocket, within on_http or later: the exchange is over
 * (on_closed is not called), and `user` hears what follows.  NULL: it could
 * not be, and was answered. */
API struct websocket *http_exchange_upgrade(struct http_exchange *x,
					    const struct websocket_user *user,
					    void *arg);

/* A field of the request: its first value, or the empty text. */
API struct str http_exchange_field(const struct http_exchange *x,
				   const char *name);

/* The value of `name` in the request's query, unescaped into `buf` (`size`
 * bytes, zero-terminated).  Returns its length; -ENOENT, -EBADMSG (an escape
 * that is none), -EMSGSIZE. */
API int http_exchange_query(const struct http_exchange *x, const char *name,
			    char *buf, size_t size);

#endif
