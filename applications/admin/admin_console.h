/* The console: the page at "/", and the files it is made of. */
#ifndef ADMIN_CONSOLE_H
#define ADMIN_CONSOLE_H

#include <stdbool.h>

struct http_exchange;

/* Answer a request for one of them; false: it is for something else.  They
 * hold no secret: what they show, the API tells to who has a token.
 * Thread: the exchange's. */
bool admin_console_on_http(struct http_exchange *x);

#endif
