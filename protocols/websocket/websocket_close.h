/* Close frames: why an end of a connection goes (RFC 6455 s5.5.1, s7.4).
 * Thread: any, pure. */
#ifndef WEBSOCKET_CLOSE_H
#define WEBSOCKET_CLOSE_H

#include "websocket/websocket_frame.h"

/* s7.4.1, and 1012 to 1014 of IANA's registry. */
enum websocket_code {
	WEBSOCKET_NORMAL = 1000,
	WEBSOCKET_GOING_AWAY = 1001,     /* the server stops, a page is left */
	WEBSOCKET_PROTOCOL_ERROR = 1002,
	WEBSOCKET_UNSUPPORTED = 1003,    /* text where bytes are meant */
	WEBSOCKET_NO_CODE = 1005,        /* never sent: the frame was empty */
	WEBSOCKET_LOST = 1006,           /* never sent: there was no frame */
	WEBSOCKET_BAD_DATA = 1007,       /* text that is none */
	WEBSOCKET_POLICY = 1008,
	WEBSOCKET_TOO_BIG = 1009,
	WEBSOCKET_NO_EXTENSION = 1010,   /* clients only */
	WEBSOCKET_SERVER_ERROR = 1011,
	WEBSOCKET_RESTART = 1012,
	WEBSOCKET_TRY_LATER = 1013,
	WEBSOCKET_BAD_GATEWAY = 1014,
};

enum {
	WEBSOCKET_REASON_MAX = WEBSOCKET_CONTROL_MAX - 2,
	WEBSOCKET_CLOSE_FRAME_MAX = 2 + WEBSOCKET_CONTROL_MAX,
};

struct websocket_close {
	uint16_t code;           /* what the peer said, or WEBSOCKET_NO_CODE */
	struct str reason;       /* UTF-8, for a log; borrowed, may be empty */
	uint16_t answer;         /* to answer with; WEBSOCKET_NO_CODE: with an
				  * empty frame */
};

/* May a close frame carry it (s7.4.1, s7.4.2)? */
bool websocket_code_is_legal(unsigned code);

/* The code to close with after an error of websocket_frame_read or
 * websocket_message_open; anything else is an error of the server. */
enum websocket_code websocket_code_of(int err);

/* Read the payload of a close frame, its mask taken off.
 * close: filled in any case, so that close->answer can be sent.
 * Returns 0, or -EBADMSG: half a code, one that nobody may send (both to be
 * answered with 1002), or a reason that is no UTF-8 (1007). */
int websocket_close_read(struct slice payload, struct websocket_close *close);

/* Write a whole close frame of a server.
 * out: WEBSOCKET_CLOSE_FRAME_MAX bytes.
 * code: legal, or WEBSOCKET_NO_CODE for an empty frame.  reason: UTF-8, cut
 * after the last character that has room.
 * Returns the frame's length. */
size_t websocket_close_write(uint8_t *out, unsigned code, struct str reason);

#endif
