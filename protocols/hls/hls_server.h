/* HLS of one application: what its module calls.
 *
 *	load      hls_server_new     once, on main
 *	open      hls_open           on each worker
 *	on_stream hls_publish
 *	on_http   hls_serve          hls_serve.h
 *	close     hls_close
 *	unload    hls_server_free
 *
 * The application's section has the section `hls` of hls_keys. */
#ifndef HLS_SERVER_H
#define HLS_SERVER_H

#include "hls/hls_conf.h"
#include "host/host.h"

struct hls_server;
struct hls;

/* Thread: main.  0 or -ENOMEM. */
API int hls_server_new(struct hls_server **server,
		       const struct application *app);

/* After all workers' hls_close.  NULL is allowed. */
API void hls_server_free(struct hls_server *server);

/* What a worker has of it.  0 or -ENOMEM.  Thread: main, before workers
 * run. */
API int hls_open(struct hls **hls, struct hls_server *server,
		 struct host *host);

/* NULL is allowed.  Thread: main, after workers have stopped. */
API void hls_close(struct hls *hls);

/* Cut the stream into segments from now on, until it ends.  Thread: the
 * stream's worker. */
API void hls_publish(struct hls *hls, struct stream *stream);

#endif
