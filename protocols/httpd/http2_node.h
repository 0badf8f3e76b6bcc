/* An HTTP/2 server (RFC 9113) by nghttp2, as the nearest node of a chain:
 * what HTTP/1.1's node becomes when a client begins like that.  Where the
 * library is missing there is none, and such a client gets 505. */
#ifndef HTTP2_NODE_H
#define HTTP2_NODE_H

#include "stack/protocol.h"

#ifdef HAVE_NGHTTP2
#define HTTP2_ALPN "h2 "
extern const struct protocol http2_protocol;
#else
#define HTTP2_ALPN
#endif

/* Do these bytes, the first of a connection, begin like HTTP/2 (s3.4)?
 * Returns 1, 0, or -EAGAIN: they do so far. */
int http2_preface(struct slice in);

#endif
