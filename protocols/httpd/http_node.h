/* An HTTP/1.1 server (RFC 9112) as the nearest node of a chain. */
#ifndef HTTP_NODE_H
#define HTTP_NODE_H

#include "stack/protocol.h"

extern const struct protocol http_protocol;

#endif
