/* Status codes (RFC 9110 s15).  Thread: any, pure. */
#ifndef HTTP_STATUS_H
#define HTTP_STATUS_H

#include <stdbool.h>

/* What the status line says after the code, static; "Unknown" for a code
 * that this server never sends. */
const char *http_status_reason(int status);

/* May a response with this code have a body at all (RFC 9112 s6.3)? */
bool http_status_has_body(int status);

#endif
