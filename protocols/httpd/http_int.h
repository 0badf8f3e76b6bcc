/* What the parts of the HTTP/1.1 node share.  Thread: the loop's. */
#ifndef HTTP_INT_H
#define HTTP_INT_H

#include "host/server.h"
#include "http/http_chunked.h"
#include "http/http_response.h"
#include "httpd/http_exchange_int.h"
#include "httpd/http_reply.h"
#include "httpd/http_route.h"
#include "websocket/websocket_handshake.h"

enum {
	HTTP_HEAD_MS = 10000,    /* for a head to be complete */
	HTTP_BACKLOG_MAX = 64 * 1024,    /* answers waiting to be sent: above
					  * this no request is looked at */
	HTTP_COPY_MAX = 16 * 1024,       /* bodies up to this are copied to
					  * the answers that wait */
};

enum http_state {
	HTTP_READING_HEAD,
	HTTP_READING_BODY,
	HTTP_ANSWERING,          /* one answer is not complete: eats nothing */
	HTTP_ENDING,             /* all was said: the chain ends */
};

/* A body that is sent from a chunk. */
struct http_body {
	struct outbox_source source;
	struct chunk *chunk;     /* a reference, or NULL */
	size_t at, end;
};

struct http {
	struct node node;        /* the head: see protocol.h */
	struct http_exchange x;  /* of the request under way */
	struct outbox_source *stream;    /* the route's, that is being sent */
	enum http_state state;
	uint8_t minor;           /* of the request: HTTP/1.x */
	bool keeps_alive;        /* after this answer */
	bool is_eof;             /* the peer sends no more */
	bool is_routing;         /* within on_http */
	struct http_asked asked;
	int asks_websocket;      /* as websocket_request_check said, and the */
	char accept[WEBSOCKET_ACCEPT_LEN + 1];   /* answer, if it was 0 */
	const struct http_conf *conf;
	struct http_scan scan;
	struct timer deadline;
	struct loop_task next;   /* the answer has left: on with the next */
	struct outbox_source drain;      /* wakes when answers have left: */
	struct loop_task drained;        /* look at requests again */

	/* While a body comes: */
	struct chunk *head;      /* owned: a copy of it */
	struct writer body;
	int64_t body_left;       /* unless it is chunked */
	struct http_chunked chunked;

	struct http_body out;
	char *line;              /* owned: for the access log, or NULL */
	int status;
	int64_t body_len;        /* or HTTP_LENGTH_OPEN: since */
	uint64_t sent_at;        /* so many bytes of the carrier's */
	int64_t asked_us;
};

/* -- http_node.c -- */

/* The answer is complete: read on, or end. */
void http_next(struct http *http);

/* From now on, at most so long. */
void http_set_deadline(struct http *http, int64_t ms);

/* -- http_answer.c -- */
extern const struct http_exchange_ops http_answer_ops;

/* Refuse what is no request, and close. */
void http_refuse(struct http *http, int status, const char *why);

void http_answer_init(struct http *http);

/* Nothing of an answer is sent any more. */
void http_answer_stop(struct http *http);

#endif
