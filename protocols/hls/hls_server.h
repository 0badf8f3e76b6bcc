/* HLS of an application: what its module calls.
 *
 *	load      hls_server_new     on main
 *	open      hls_open           on each worker
 *	on_stream hls_publish
 *	on_http   hls_serve          hls_serve.h
 *	close     hls_close
 *	unload    hls_server_unref
 *
 * The application's section has the section `hls` of hls_keys.  When the
 * configuration is read again, the application of the same name goes on with
 * the same hls_server: streams that are published go on being served. */
#ifndef HLS_SERVER_H
#define HLS_SERVER_H

#include "hls/hls_conf.h"
#include "host/host.h"

struct hls_server;
struct hls;

/* HLS of one application on one worker; embedded by its instance. */
struct hls_site {
	const struct application *app;
	struct hls_conf conf;
	struct hls *hls;         /* NULL: not open */
};

/* before: of the application that this one replaces, or NULL.  Thread: main.
 * 0 or -ENOMEM. */
API int hls_server_new(struct hls_server **server,
		       const struct application *app,
		       struct hls_server *before);

/* After hls_close on all workers.  NULL is allowed. */
API void hls_server_unref(struct hls_server *server);

/* Thread: the host's, or main before workers run. */
API void hls_open(struct hls_site *site, struct hls_server *server,
		  const struct application *app, struct host *host);

/* Nothing happens if it is not open.  Thread: the host's, or main after
 * workers have stopped. */
API void hls_close(struct hls_site *site);

/* Cut the stream into segments from now on, until it ends.  Thread: the
 * stream's worker. */
API void hls_publish(const struct hls_site *site, struct stream *stream);

#endif
