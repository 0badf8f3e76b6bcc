/* Sessions: one peer as the applications see it.  Thread: the session's
 * worker, but for session_id's users. */
#ifndef SESSION_H
#define SESSION_H

#include "host/application.h"

enum {
	SESSION_TEXT_MAX = 1024, /* bytes kept of each text a peer sends */
	SESSIONS_MAX = 1 << 24,  /* on one worker */
	SESSION_ID_TEXT_MAX = 24, /* room for session_id_print */
};

typedef void (session_close_fn)(struct session *session, const char *reason,
				void *arg);

/* What a peer has told of itself; "" if it did not. */
struct session_texts {
	char *vhost;
	char *query;             /* of the application part of its URL */
	char *user_agent;
	char *url;               /* without its query */
};

struct binding;

enum session_role {
	SESSION_PUBLISHES,
	SESSION_PLAYS,
};

/* A stream that a session publishes or plays; embedded by who does it for
 * the session, zeroed before its first use. */
struct session_stream {
	struct list_node node;
	enum session_role role;
	bool has_name;           /* publishes: what it sends is the stream */
	struct str name;         /* borrowed */
	int64_t since_us;        /* wall clock */
};

struct session {
	struct log_tag log;      /* category: the protocol's name */
	uint64_t id;             /* {worker, slot, generation} */
	struct host *host;
	struct application *app;
	struct addr peer;
	struct addr local;
	const struct carrier *carrier;   /* borrowed: its bytes are counted */
	struct session_texts texts;      /* owned */
	struct list streams;             /* session_stream */
	int64_t opened_us;       /* wall clock */
	bool is_open;            /* that was told */
	int64_t ends_us;         /* wall clock; 0: it need not */
	struct timer end;
	session_close_fn *on_kick;
	void *arg;
	struct list decisions;   /* pending ones */
	bool is_guest;           /* came in by another application's door */
};

/* A session of `app` for the peer of `carrier`; category is static text.
 * on_kick is called when an operator ends it.  NULL: no memory. */
API struct session *session_new(struct host *host,
				struct application *app,
				const char *category,
				const struct carrier *carrier,
				session_close_fn *on_kick, void *arg);

/* Connections are counted for the application that `binding` belongs to; if
 * that is another one, count this one for the session's as well.  0, or
 * -EMSGSIZE: a limit is reached. */
API int session_admit(struct session *session, const struct binding *binding);

/* Set one of the texts: a copy of the first SESSION_TEXT_MAX bytes.  0 or
 * -ENOMEM. */
API int session_set_text(char **text, struct str value);

/* End it: pending decisions are cancelled, the application is told.  NULL is
 * allowed; returns NULL. */
API struct session *session_close(struct session *session);

/* The session begins to publish or play the stream `name` (borrowed until
 * the end), and ends to: nothing happens if it does not. */
API void session_stream_start(struct session *session,
			      struct session_stream *stream,
			      enum session_role role, struct str name);
API void session_stream_stop(struct session_stream *stream);

/* What it publishes has the name now, and is the stream that others see; or
 * another publisher has taken the name over. */
API void session_stream_has_name(struct session_stream *stream,
				 bool has_name);

/* Show the application the stream that has the name now: its on_stream. */
API void session_show_stream(struct session *session, struct stream *stream);

/* It was let in: tell so, once.  A decision does, and the first stream. */
API void session_opened(struct session *session);

/* Have it end at that time (wall clock, microseconds), by on_kick: with an
 * earlier one, that counts. */
API void session_end_at(struct session *session, int64_t wall_us);

/* The session with that id on this worker, or NULL: it is gone. */
API struct session *session_find(struct host *host, uint64_t id);

/* An id as people and the API see it: "worker-slot-generation", hexadecimal,
 * "0-2f-1".  buf: SESSION_ID_TEXT_MAX bytes, returned.  parse: 0 and *id, or
 * -EBADMSG.  Thread: any, pure. */
API const char *session_id_print(char *buf, uint64_t id);
API int session_id_parse(uint64_t *id, struct str text);

/* The worker on which the session with that id is, or was. */
API unsigned session_id_worker(uint64_t id);

#endif
