/* The application admin: what its parts share. */
#ifndef ADMIN_APP_H
#define ADMIN_APP_H

#include "admin_events.h"
#include "admin_token.h"
#include "host/gather.h"
#include "host/server.h"
#include "http/http_response.h"
#include "httpd/http_exchange.h"

enum {
	ADMIN_CACHE_MS = 100,    /* how old an answer may be */
	ADMIN_REPORT_MAX = 4 << 20,      /* bytes of one that is not gathered */
	ADMIN_LIMIT = 100,       /* objects of a list, if nothing is said */
	ADMIN_NAME_MAX = 256,    /* of a filter, with its zero */
};

/* An answer that many ask for: made once in ADMIN_CACHE_MS. */
struct admin_cache {
	struct chunk *chunk;     /* a reference, or NULL */
	int64_t until_us;        /* of the loop */
};

/* app->shared. */
struct admin_shared {
	struct admin_tokens tokens;
	bool is_metrics_open;
};

/* On one worker. */
struct admin {
	struct log_tag log;
	const struct application *app;
	struct admin_shared *shared;
	struct host *host;
	struct server *server;
	struct admin_cache server_answer;
	struct admin_cache metrics_answer;
	struct admin_events events;
};

extern const struct config_key admin_keys[];

/* -- admin_dispatch.c -- */

/* Answer a request for the API; false: it is for something else. */
bool admin_dispatch(struct admin *admin, struct http_exchange *x);

/* -- admin_answer.c: answers -- */

/* A problem with a field more than http_exchange_problem has. */
void admin_answer_problem(struct http_exchange *x, int status,
			  const char *name, const char *value,
			  const char *detail);

/* 204: done, and there is nothing to say. */
void admin_answer_nothing(struct http_exchange *x);

typedef void (admin_describe_fn)(struct report *r, struct admin *admin);

/* A report that `describe` makes here and now; cache: NULL, or where it is
 * kept for a moment. */
void admin_answer_report(struct admin *admin, struct http_exchange *x,
			 enum report_format format,
			 admin_describe_fn *describe,
			 struct admin_cache *cache);

/* Read the body of `x` (admin_json.h).  False: it was answered. */
struct admin_field;
bool admin_read_body(struct http_exchange *x, struct admin_field *fields);

/* The value of a key of the query, "" if it has none, into `buf` of
 * ADMIN_NAME_MAX bytes.  False: it was answered. */
bool admin_query(struct http_exchange *x, const char *key, char *buf,
		 struct str *value);

/* -- admin_gather.c: answers that all workers have a part in -- */

/* Ask for a page as the query says: limit, after.  False: it was
 * answered, and conf->query is freed. */
bool admin_gather_page(struct http_exchange *x, struct gather_conf *conf);

/* Answer with what it finds (nothing: 404, or 204 for a job without output).
 * conf: but for done and arg; conf->query is taken over. */
void admin_gather(struct admin *admin, struct http_exchange *x,
		  const struct gather_conf *conf);

/* -- handlers, by file -- */
typedef void (admin_handle_fn)(struct admin *admin, struct http_exchange *x,
			       const struct admin_args *args);

admin_handle_fn admin_get_health, admin_get_openapi;
admin_handle_fn admin_get_server, admin_get_workers, admin_get_applications;
admin_handle_fn admin_get_acceptors, admin_get_counters, admin_get_config;
admin_handle_fn admin_get_metrics, admin_post_drain, admin_post_reload;
admin_handle_fn admin_get_streams, admin_get_stream;
admin_handle_fn admin_get_sessions, admin_get_session, admin_delete_session;
admin_handle_fn admin_get_allocations, admin_delete_allocation;
admin_handle_fn admin_get_events;
admin_handle_fn admin_get_log, admin_get_log_level, admin_put_log_level;

#endif
