/* Requests for playlists, sections, segments and parts. */
#ifndef HLS_SERVE_H
#define HLS_SERVE_H

#include <stdbool.h>
#include "base/api.h"

struct hls_site;
struct http_exchange;

/* Answer `x`, at once or later, if its path is /<app>/<stream>/<name> with a
 * name of hls_name.h, and <app> a name of this application.  False: it is
 * none of these.  Thread: the worker's. */
API bool hls_serve(const struct hls_site *site, struct http_exchange *x);

#endif
