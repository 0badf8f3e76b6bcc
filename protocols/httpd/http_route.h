/* Which application answers a request: what an acceptor line says of it.
 * The same for every version of HTTP. */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "base/metric.h"
#include "httpd/http_exchange.h"

enum { HTTP_STATUS_CLASSES = 5 };  /* 1xx .. 5xx */

/* What all chains of an acceptor line share; immutable. */
struct http_conf {
	const struct application **apps; /* owned; who is asked, in order */
	size_t n_apps;
	const struct config_section *section;
	bool has_access_log;
	struct metric *answers[HTTP_STATUS_CLASSES];     /* owned */
};

/* Read the line of `binding`.  0, -EBADMSG (told as an error of the
 * configuration) or -ENOMEM.  Thread: main. */
int http_conf_new(struct http_conf **conf, struct binding *binding);

/* NULL is allowed. */
void http_conf_free(struct http_conf *conf);

/* Have the request of `x` (x->request is set) answered by an application, or
 * by what is wrong with it.  x->path is valid only within.  Thread: the
 * connection's. */
void http_route(struct http_exchange *x, const struct http_conf *conf);

/* What to say to the page behind Origin: a static text or one of the
 * configuration's; "": it may not read the answer, others may; NULL: nobody
 * may. */
const char *http_route_origin(const struct http_conf *conf,
			      const struct http_request *req);

#endif
