/* A setup: what one reading of the configuration has made: its tree, its
 * applications with their modules, its bindings.  A reload makes another one
 * beside it, and each worker goes over to that; what was opened in the old
 * one (a chain, a session) stays with it until it ends.
 *
 * Immutable once workers run, but for what belongs to one worker.  Main has
 * the newest in server->setup; a worker has the one that it opens new things
 * in in host->setup; what lives already has its own in app->setup. */
#ifndef SETUP_H
#define SETUP_H

#include "host/binding.h"
#include "host/config.h"
#include "stack/factory.h"

struct lua_source;

struct setup {
	struct server *server;
	unsigned number;                 /* 1: that of the start */
	struct lua_source *source;       /* owned; what config was made of */
	struct config *config;           /* owned */
	struct factory factory;          /* server's, and of the modules */
	struct application *apps;        /* owned */
	size_t n_apps;
	struct binding *bindings;        /* owned */
	size_t n_bindings;
	const struct setup *before;      /* the present one, while this is
					  * made */
};

/* Read and check the file at `path`, load the applications, prepare the
 * bindings: all that can go wrong without opening anything.  What stays of
 * `before` (NULL: the start) keeps its counts.
 * Returns 0, or a negative errno; *setup is set whenever there was memory, so
 * that setup_each_error tells why.  Thread: main. */
int setup_new(struct setup **setup, struct server *server, const char *path,
	      const struct setup *before);

/* Its limits are those that count from now on.  Thread: main. */
void setup_apply_limits(struct setup *setup);

/* Free it: nothing lives in it any more.  NULL is allowed, and returned.
 * Thread: main. */
struct setup *setup_free(struct setup *setup);

/* Call fn(text, arg) for each line of what is wrong with the file; err is
 * what setup_new returned. */
void setup_each_error(const struct setup *setup, const char *path, int err,
		      void (*fn)(const char *text, void *arg), void *arg);

/* The binding that listens on that address, or NULL. */
struct binding *setup_find_binding(const struct setup *setup,
				   const struct addr *wanted,
				   bool is_datagram);

/* The application of exactly that name, or NULL. */
API struct application *setup_find_app(const struct setup *setup,
				       struct str name);

#endif
