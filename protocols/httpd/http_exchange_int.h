/* What a version of HTTP does for an exchange. */
#ifndef HTTP_EXCHANGE_INT_H
#define HTTP_EXCHANGE_INT_H

#include "httpd/http_exchange.h"

enum {
	HTTP_REQUEST_MS = 30000, /* for a request to be complete */
	HTTP_ANSWER_MS = 30000,  /* for an answer to be taken, */
	HTTP_ANSWER_RATE = 4,    /* and a ms more for so many bytes */
};

enum {
	HTTP_GONE = 499,         /* for the access log: the client went before
				  * there was an answer; nginx calls it so */
};

/* As the functions of http_exchange.h, which check what is the same for all
 * of them first. */
struct http_exchange_ops {
	void (*answer)(struct http_exchange *x,
		       const struct http_answer *answer);
	void (*stream)(struct http_exchange *x,
		       const struct http_answer *answer, int64_t len,
		       struct outbox_source *source);
	void (*want_output)(struct http_exchange *x);
	void (*flush)(struct http_exchange *x);
	void (*prefetch)(const struct http_exchange *x);
	void (*end)(struct http_exchange *x, int err);

	/* What websocket_request_check said of the request; 0: this
	 * makes it one.  NULL: this version has no upgrades. */
	int (*asks_websocket)(const struct http_exchange *x);
	struct websocket *(*upgrade)(struct http_exchange *x,
				     const struct websocket_user *user,
				     void *arg);
};

#endif
