/* A viewer over HTTP or WebSocket, from its request to its end. */
#ifndef HTTPLIVE_INT_H
#define HTTPLIVE_INT_H

#include "host/decision.h"
#include "host/server.h"
#include "httpd/http_exchange.h"
#include "media/viewer.h"
#include "rtmp/rtmp_url.h"

struct httplive_format {
	const char *extension;
	const char *type;        /* media type */
	const struct packager *http;
	const struct packager *websocket;
};

struct httplive {
	struct outbox_source source;
	struct http_exchange *x;         /* NULL: it has become a WebSocket */
	struct chain *chain;             /* of ws */
	struct websocket *ws;            /* NULL: HTTP */
	bool is_sending;                 /* the source is asked */
	bool is_over;
	struct viewer viewer;

	const struct httplive_format *format;
	bool wants_websocket;
	bool is_waiting;                 /* counts in the quota */
	struct session *session;         /* owned */
	struct session_stream use;
	struct decision decision;
	struct chunk *raw;               /* owned: name and query */
	struct chunk *name;              /* owned: once it plays */
	struct loop_task death;
};

/* -- httplive_player.c -- */

/* View the stream of that name (`other`, if not empty, instead). */
void httplive_play(struct httplive *p, struct str other);

/* Become a WebSocket.  Only within on_http. */
void httplive_upgrade(struct httplive *p);

/* Answer by a status, or close what has become a WebSocket. */
void httplive_refuse(struct httplive *p, int status, const char *why);

/* An operator ends it. */
void httplive_kick(struct session *session, const char *reason, void *arg);

/* The exchange is over: http_closed_fn. */
void httplive_on_closed(struct http_exchange *x, int err, void *arg);

void httplive_free(struct httplive *p);

#endif
