/* What the parts of the HTTP/2 node share: the connection and its streams,
 * each of which is one exchange.  Thread: the loop's. */
#ifndef HTTP2_INT_H
#define HTTP2_INT_H

#include <nghttp2/nghttp2.h>
#include "host/server.h"
#include "httpd/http_exchange_int.h"
#include "httpd/http_reply.h"
#include "httpd/http_route.h"

enum {
	HTTP2_STREAMS_MAX = 100, /* at once, of a connection */
	HTTP2_ROOM = 64 * 1024,  /* bytes of frames made ready at once */
	HTTP2_RESETS_MAX = 1000, /* streams that a client may take back, */
	HTTP2_RESETS_MS = 10000, /* within this */
};

struct http2 {
	struct node node;        /* the head: see protocol.h */
	struct log_tag log;
	const struct http_conf *conf;
	struct binding *binding;
	struct host *host;
	nghttp2_session *session;        /* owned */
	struct list streams;     /* struct http2_stream */
	struct timer idle;
	uint64_t idle_bytes;     /* in and out, when it was started */
	int64_t resets_from_ms;
	unsigned n_resets;       /* since then */
	struct loop_task death;
};

struct http2_stream {
	struct http_exchange x;
	struct list_node node;
	struct http2 *h2;
	int32_t id;
	struct http_asked asked;
	struct writer method, path, authority;   /* of the request, */
	struct writer fields;    /* as HTTP/1.1 would say them, */
	struct writer body;      /* and its body */
	bool is_routed;
	struct outbox_source *source;    /* lends the answer's body, or */
	struct chunk *chunk;     /* holds it: a reference */
	size_t at, end;          /* in the chunk */
	bool has_ended;          /* the source has */
	int status;
	uint64_t n_sent;         /* bytes of the body */
	int64_t asked_us;
	struct timer deadline;   /* of the request, then of the answer */
	struct loop_task death;
};

/* -- http2_node.c -- */

/* Frames were submitted: send them. */
void http2_want_output(struct http2 *h2);

/* -- http2_stream.c -- */

/* A stream for a request that begins.  NULL: no memory. */
struct http2_stream *http2_stream_new(struct http2 *h2, int32_t id);

/* It is over; err as http_closed_fn. */
void http2_stream_close(struct http2_stream *s, int err);

/* A field of the request, pseudo-fields first (s8.3.1).  0 or -ENOMEM. */
int http2_stream_field(struct http2_stream *s, struct str name,
		       struct str value);

/* The request is complete. */
void http2_stream_route(struct http2_stream *s);

#endif
