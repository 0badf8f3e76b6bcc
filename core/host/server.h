/* The server: everything that main makes and hands down. */
#ifndef SERVER_H
#define SERVER_H

#include "base/metric.h"
#include "host/host.h"
#include "host/notice.h"
#include "host/setup.h"
#include "media/registry.h"
#include "stack/factory.h"

enum { SERVER_WORKERS_MAX = 64 };

struct server {
	struct log_tag log;
	struct setup *setup;             /* owned; the newest.  Main's: a worker
					  * has its host's, or its application's
					  * setup */
	struct factory factory;          /* what is built in */
	struct registry registry;
	struct metrics metrics;          /* of all that anybody counts */
	struct log_appenders *appenders; /* main's; NULL: it has none */
	struct notices notices;
	atomic_bool is_draining;         /* applications take nothing new that
					  * another server can have */
	struct quota connections;
	struct keyed_quota *per_address; /* owned */
	char *path;                      /* owned; of the configuration */
	atomic_uint n_reloads;           /* that succeeded, */
	atomic_uint n_failed_reloads;    /* and that did not */
	/* The last that may fail of a reload, or NULL: the log.  Main's. */
	int (*on_reload)(struct server *server, const struct setup *next,
			 void *arg);
	void *on_reload_arg;
	unsigned n_scopes;               /* of it: one for each application */
	int64_t started_us;              /* wall clock */
	unsigned n_workers;
	struct host *hosts;              /* owned; one per worker */
	unsigned n_hosts;                /* 0 until they are opened */
	bool is_check;                   /* only read and say what is wrong */

	/* How workers wait; NULL: as the configuration has it (tests). */
	int (*new_backend)(struct backend **backend, void *arg);
	void *new_backend_arg;
};

/* Read and check the configuration at `path`, load the applications, prepare
 * the bindings: all that can go wrong without opening anything.  The factory
 * knows the built-in protocols already.  0, or a negative errno; what is
 * wrong with the file was printed to standard error.  Thread: main. */
int server_init(struct server *server, const char *path);
void server_fini(struct server *server);

/* Open the sockets. */
int server_listen(struct server *server);

/* Make the hosts, which take over the sockets; no worker runs yet. */
int server_open_hosts(struct server *server);

/* The same, and start the workers. */
int server_start(struct server *server);

/* Take nothing new that another server can have, or do again; tell so.
 * Thread: any. */
API void server_drain(struct server *server, bool is_draining);

/* Stop them: peers are told, connections closed.  Returns within 2 s. */
void server_stop(struct server *server);

/* The application that a client means, who came by an acceptor of
 * `of_acceptor`: that one by its name, an alias, or no name at all.  The
 * acceptors of a default application also lead to all others, and to itself
 * for a name that nobody has; those of others lead nowhere else: NULL.
 * Thread: any. */
API struct application *server_find_app(struct application *of_acceptor,
					struct str name);

#endif
