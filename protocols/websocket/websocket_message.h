/* Messages out of frames: what may follow what (RFC 6455 s5.4, s5.5), the
 * mask taken off, text checked while it arrives.
 *
 *	err = websocket_frame_read(in, WEBSOCKET_CLIENT, max, &frame);
 *	...
 *	err = websocket_message_open(&m, &frame, max);
 *	in = slice_from(in, frame.header_len);
 *	...
 *	err = websocket_message_take(&m, out, piece);    until !m.n_left
 *	...
 *	if (!m.n_left && websocket_message_is_whole(&m))
 *		... a message of the kind m.opcode, or a control frame
 *
 * It stores no payload: that is the caller's, who limits it.
 * Thread: any, pure. */
#ifndef WEBSOCKET_MESSAGE_H
#define WEBSOCKET_MESSAGE_H

#include "websocket/websocket_frame.h"
#include "websocket/websocket_utf8.h"

/* Zeroed, it is ready for the first frame. */
struct websocket_message {
	enum websocket_opcode opcode;    /* of the frame's message: never
					  * WEBSOCKET_CONTINUATION once a frame
					  * was opened */
	uint64_t n_left;                 /* what the frame still lacks */
	struct websocket_frame frame;    /* the last one opened */
	enum websocket_opcode pending;   /* kind of the data message whose
					  * final frame was not opened yet, or
					  * WEBSOCKET_CONTINUATION */
	uint64_t len;                    /* of the data message so far */
	struct websocket_utf8 text;      /* whole between messages */
	bool is_closed;                  /* a close frame was opened */
};

/* Begin with the payload of `frame`; that of the one before was taken.
 * max: the longest data message that is taken, in bytes, over all frames.
 * Returns 0; -EPROTO: a continuation of nothing, a new message within one, or
 * anything after a close frame: close with 1002; -EMSGSIZE: close with 1009.
 * On error nothing has changed. */
int websocket_message_open(struct websocket_message *m,
			   const struct websocket_frame *frame,
			   uint64_t max);

/* Take the mask off the next `in` of the frame's payload, at most n_left
 * bytes, which may be none: also a frame without payload is taken once.
 * out: in.len bytes, either those of `in` or none of them.
 * Returns 0, or -EBADMSG: a text is no UTF-8: close with 1007. */
int websocket_message_take(struct websocket_message *m, uint8_t *out,
			   struct slice in);

/* Does the frame end its message?  Control frames always do. */
static inline bool
websocket_message_is_whole(const struct websocket_message *m)
{
	return m->frame.is_final;
}

#endif
