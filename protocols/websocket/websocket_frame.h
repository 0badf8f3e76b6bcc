/* Frames of RFC 6455: their headers, read and written, and the mask over
 * the payload of what clients send.  No extension is ever agreed upon, so
 * that the reserved bits are zero.  Thread: any, pure. */
#ifndef WEBSOCKET_FRAME_H
#define WEBSOCKET_FRAME_H

#include "base/error.h"
#include "base/slice.h"

enum {
	WEBSOCKET_HEADER_MAX = 14,       /* with a length of 64 bits, a mask */
	WEBSOCKET_MASK_LEN = 4,
	WEBSOCKET_CONTROL_MAX = 125,     /* payload of close, ping, pong */
};

/* s11.8; all others are reserved. */
enum websocket_opcode {
	WEBSOCKET_CONTINUATION = 0x0,
	WEBSOCKET_TEXT = 0x1,
	WEBSOCKET_BINARY = 0x2,
	WEBSOCKET_CLOSE = 0x8,
	WEBSOCKET_PING = 0x9,
	WEBSOCKET_PONG = 0xa,
};

enum websocket_role {
	WEBSOCKET_CLIENT,                /* masks all it sends */
	WEBSOCKET_SERVER,                /* masks nothing */
};

struct websocket_frame {
	enum websocket_opcode opcode;
	bool is_final;                   /* of its message */
	uint8_t mask[WEBSOCKET_MASK_LEN];        /* of a server: zero */
	size_t header_len;               /* the payload begins here */
	uint64_t len;                    /* of the payload */
};

/* Close, ping and pong, which may stand between the frames of a message. */
static inline bool websocket_opcode_is_control(enum websocket_opcode opcode)
{
	return opcode & 0x8;
}

/* Read the header at the start of `in`, which may end anywhere (s5.2).
 *
 * sender: who sent it.  max: the longest payload that is taken, in bytes.
 * frame: filled on 0, else unchanged.
 *
 * Returns 0; -EAGAIN (not all there, and nothing wrong so far); -EBADMSG: a
 * reserved bit or opcode, a client without mask, a server with one, a control
 * frame that is long or a fragment, a length not in its shortest form or
 * above 63 bits: close with 1002; -EMSGSIZE: longer than `max`, close with
 * 1009. */
int websocket_frame_read(struct slice in, enum websocket_role sender,
			 uint64_t max, struct websocket_frame *frame);

/* Write the header of a frame that a server sends, without mask.
 * out: WEBSOCKET_HEADER_MAX bytes; len: of the payload, below 2^63.
 * Returns the header's length, 2 to 10. */
size_t websocket_frame_write(uint8_t *out, enum websocket_opcode opcode,
			     bool is_final, uint64_t len);

/* Put the mask over `in`, or take it off, which is the same (s5.3).
 * out: in.len bytes, either those of `in` or none of them.
 * at: where in the frame's payload `in` begins. */
void websocket_frame_mask(uint8_t *out, struct slice in,
			  const uint8_t mask[WEBSOCKET_MASK_LEN],
			  uint64_t at);

#endif
