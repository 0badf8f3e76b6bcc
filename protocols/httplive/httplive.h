/* Playing a live stream over HTTP: a body without an end, or messages of a
 * WebSocket on the same path. */
#ifndef HTTPLIVE_H
#define HTTPLIVE_H

#include "httpd/http_exchange.h"

/* Serve the stream that the path of `x` names,
 *
 *	/<application>/<stream>.flv?<query>     video/x-flv
 *	                       .ts              video/mp2t
 *	                       .mp4             video/mp4, in fragments
 *
 * to a viewer who came to `app`, whose on_http calls this: the application is
 * found as server_find_app does.  The query reaches the hooks; vhost=x in it
 * means the stream of that name of virtual host x.
 *
 * Returns true: it is answered, or will be; false: no such path, or no such
 * application.  Thread: the connection's. */
API bool httplive_serve(struct http_exchange *x,
			const struct application *app);

#endif
