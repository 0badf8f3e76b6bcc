/* What the server and its parts say of themselves (base/report.h): for the
 * API, the console and the metrics. */
#ifndef DESCRIBE_H
#define DESCRIBE_H

#include "base/report.h"
#include "host/session.h"

struct binding;
struct setup;

/* Which sessions are meant: all that fit every text that is not empty. */
struct session_filter {
	struct str app;          /* the application's name */
	struct str stream;       /* one that it publishes or plays */
	struct str protocol;
	struct str address;      /* the peer's, without port */
	struct str user_agent;   /* a part of it, in any case */
};

/* Thread: the session's worker, for both. */
API void session_describe(struct report *r, const struct session *session);
API bool session_fits(const struct session *session,
		      const struct session_filter *filter);

/* Thread of all below: any. */

API void application_describe(struct report *r,
			      const struct application *app);

/* An acceptor line. */
API void binding_describe(struct report *r, const struct binding *binding);

/* One worker: its load, its turns, its sessions. */
API void worker_describe(struct report *r, const struct host *host);

/* The server alone, or with its workers; and with its applications and
 * acceptors if all are asked for, as samples are. */
enum describe_depth {
	DESCRIBE_SERVER,
	DESCRIBE_WORKERS,
	DESCRIBE_ALL,
};

/* setup: that of the caller's host (host->setup), or application. */
API void server_describe(struct report *r, const struct setup *setup,
			 enum describe_depth depth);

/* The configuration as it is in force: every key with its value or default;
 * of secrets only whether they are set. */
API void config_describe(struct report *r, const struct config *config);

#endif
