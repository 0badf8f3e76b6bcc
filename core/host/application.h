/* Applications: modules (.so) that decide what happens.  This header is what
 * a module is written against; docs/writing-an-application.md walks through
 * one.
 *
 * A module exports one symbol, `sluice_application`.  Its `load` is called
 * once for each application that uses it, and makes what all workers read;
 * its `open` once on each worker, and the hooks with what it returned.  Two
 * applications of one module never share anything. */
#ifndef APPLICATION_H
#define APPLICATION_H

#include "base/log.h"
#include "host/config.h"
#include "host/quota.h"
#include "stack/protocol.h"

/* Grows whenever a struct of the installed headers changes. */
enum { APPLICATION_ABI = 3 };

#define APPLICATION_SYMBOL "sluice_application"

enum { VERDICT_TEXT_MAX = 256 };

struct application;
struct decider;
struct decision;
struct decision_token;
struct factory;
struct host;
struct http_exchange;
struct instance;
struct report;
struct server;
struct session;
struct setup;
struct stream;
struct writer;

enum question_type {
	QUESTION_SESSION,        /* may it connect? */
	QUESTION_PUBLISH,
	QUESTION_PLAY,
	QUESTION_TYPES,
};

enum { DECIDER_KINDS = 2 };      /* of decider.h */

/* What an application is asked; borrowed for the call. */
struct question {
	enum question_type type;
	struct session *session;
	struct str stream;       /* its name, without query */
	struct str query;        /* of the stream's name, still escaped */
	unsigned attempt;        /* 1 and up: asked again after LATER */
	struct decision *decision; /* for decision_defer */
};

enum verdict_kind {
	VERDICT_ALLOW,
	VERDICT_DENY,            /* text: the reason, which the peer is told */
	VERDICT_REDIRECT,        /* text: the stream to take instead */
	VERDICT_LATER,           /* after decision_defer */
};

struct verdict {
	enum verdict_kind kind;
	char text[VERDICT_TEXT_MAX];
	int64_t ends_us;         /* unless DENY: the session ends then, by the
				  * wall clock; 0: it need not */
};

/* A chain that a module adds to those that acceptors can name. */
struct application_chain {
	const char *name;        /* "inboundEcho" */
	const char *protocols;   /* "tcp echo" */
};

struct application_module {
	unsigned abi;            /* APPLICATION_ABI */
	const char *name;

	/* Any of these may be NULL. */
	const struct config_key *keys;              /* its own keys */
	const struct protocol *const *protocols;    /* ended by NULL */
	const struct application_chain *chains;     /* ended by a NULL name */
	const struct decider *decider;              /* for all applications */

	/* Once for each application, on main, as soon as its keys are known:
	 * what is wrong with their values is told by config_fail.  *shared
	 * becomes app->shared, there for prepare and open of the module's
	 * protocols; workers share it.  Nothing outside of the process is
	 * changed if server->is_check.  0, or a negative errno. */
	int (*load)(struct application *app, void **shared);

	/* After all workers, and what its protocols prepared, are gone. */
	void (*unload)(void *shared);

	/* A user name and a password for `user`, and how to use them, as
	 * lines for a person: `sluice --credentials`, and the terminal that
	 * the server was started from.  0, or a negative errno.
	 * Thread: main. */
	int (*credentials)(const struct application *app, struct str user,
			   struct writer *out);

	/* Once on each worker, before anything else: *data is given to the
	 * hooks.  An error (negative errno) stops the start. */
	int (*open)(const struct application *app, struct host *host,
		    void **data);

	/* May it?  NULL: yes. */
	struct verdict (*on_session)(void *data, const struct question *q);
	struct verdict (*on_publish)(void *data, const struct question *q);
	struct verdict (*on_play)(void *data, const struct question *q);

	/* A stream of this application has its name, and will be seen; may
	 * tap it (media/stream.h).  Called on the stream's worker. */
	void (*on_stream)(void *data, struct stream *stream);

	/* A request by HTTP (httpd/http_exchange.h).  True: it is answered, or
	 * will be.  False: none of its routes; others are asked. */
	bool (*on_http)(void *data, struct http_exchange *x);

	/* What a worker has of the module's own, for the API: `objects` says
	 * what they are ("allocations").  describe: at most *max of them,
	 * which is counted down, from place `from` on (0: the first); it
	 * returns the place to go on from, below 2^32, or 0: that was all.
	 * end: that one is to go, for `reason` (static); 0, or -ENOENT. */
	const char *objects;
	size_t (*describe)(void *data, struct report *r, size_t from,
			   size_t *max);
	int (*end)(void *data, uint64_t id, const char *reason);

	/* The session is over. */
	void (*on_close)(void *data, struct session *session);

	/* The configuration was read again, and is right: `next` is what it
	 * says of this application now, with what `load` made of that.  Take
	 * (by reference) what its CONFIG_LIVE keys are about; all the rest
	 * of it is unloaded when each worker has been here.  The instance's
	 * Lua hooks are new ones.  Thread: the worker's. */
	void (*reload)(void *data, struct host *host,
		       const struct application *next);

	/* After its last session. */
	void (*close)(void *data);
};

/* Who decides beside hooks and module (decider.h); NULL: nobody. */
struct decision_maker {
	const struct decider *decider;
	void *conf;
};

/* How much there is of what peers can open; refcounted (mem_ref): when the
 * configuration is read again, it goes on with the application of that name. */
struct application_counts {
	struct quota connections;
	struct quota streams;
	struct quota waiting;    /* viewers without a publisher */
	unsigned scope;          /* in server->per_address */
};

/* One application of the configuration; immutable once workers run. */
struct application {
	struct log_tag log;
	struct server *server;
	struct setup *setup;     /* that it is a part of */
	const struct config_section *section;
	const struct application_module *module;
	const char *name;        /* the configuration's */
	unsigned index;          /* among the applications of its setup */
	void *library;           /* of dlopen */
	bool is_loaded;
	void *shared;            /* the module's: what its load gave */
	const char *hooks[QUESTION_TYPES];  /* paths of Lua functions */
	const char *close_hook;
	struct decision_maker makers[DECIDER_KINDS][QUESTION_TYPES];
	struct application_counts *counts; /* a reference */
	struct instance *instances;        /* owned; one for each worker */
	_Atomic(int64_t) connections_per_address;
	_Atomic(int64_t) decision_timeout_ms;
};

static inline struct verdict verdict_allow(void)
{
	return (struct verdict){ .kind = VERDICT_ALLOW };
}

/* Is this its name, or an alias of it? */
API bool application_is_named(const struct application *app,
			      struct str name);

/* DENY, with a reason that the peer is told (cut to VERDICT_TEXT_MAX). */
API struct verdict verdict_deny(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* The key of the hook for such questions: "onConnect", ... */
API const char *application_hook_key(enum question_type type);

/* Write the keys of the module in the file at `path`.  0, -EBADMSG (*error:
 * why it is none, static or dlerror's) or what the writer says.
 * Thread: main. */
int application_doc(const char *path, bool is_markdown, struct writer *out,
		    const char **error);

/* What was missing when the module `name` was to be built, "libx liby", into
 * `buf`; false: nothing was.  Thread: any, pure. */
bool application_lacks(const char *name, char *buf, size_t size);

/* Load the module of `app` (its section names it) and check its ABI.  Errors
 * are added to the configuration's.  0, -EBADMSG or -ENOMEM.  Thread: main. */
int application_load(struct application *app, struct factory *factory);
void application_unload(struct application *app);

#endif
