/* Sessions: one peer as the applications see it.  Thread: the session's
 * worker, but for session_id's users. */
#ifndef SESSION_H
#define SESSION_H

#include "host/application.h"

enum {
	SESSION_TEXT_MAX = 1024, /* bytes kept of each text a peer sends */
	SESSIONS_MAX = 1 << 24,  /* on one worker */
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

struct session {
	struct log_tag log;      /* category: the protocol's name */
	uint64_t id;             /* {worker, slot, generation} */
	struct host *host;
	struct application *app;
	struct addr peer;
	struct addr local;
	struct session_texts texts;      /* owned */
	unsigned n_published;
	unsigned n_played;
	int64_t opened_us;       /* wall clock */
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

/* The session with that id on this worker, or NULL: it is gone. */
API struct session *session_find(struct host *host, uint64_t id);

#endif
