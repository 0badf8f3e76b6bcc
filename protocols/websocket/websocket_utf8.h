/* UTF-8 that comes in pieces cut anywhere (RFC 3629 s4).  What cannot become
 * text any more is refused at its first wrong byte, as RFC 6455 s8.1 lets
 * one do before a message is complete.  Thread: any, pure. */
#ifndef WEBSOCKET_UTF8_H
#define WEBSOCKET_UTF8_H

#include "base/slice.h"

/* Zeroed, it is at the start of a text. */
struct websocket_utf8 {
	uint8_t n_left;          /* bytes that the last character lacks */
	uint8_t min, max;        /* what the next of them may be */
};

/* Take the next piece.  False: no text goes on, or begins, like that. */
bool websocket_utf8_take(struct websocket_utf8 *u, struct slice s);

/* May the text end here, not within a character? */
static inline bool websocket_utf8_is_whole(const struct websocket_utf8 *u)
{
	return !u->n_left;
}

#endif
