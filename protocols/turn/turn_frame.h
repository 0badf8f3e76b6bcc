/* Where one message ends and the next begins on a stream between a TURN
 * client and its server: STUN messages and ChannelData, told apart by their
 * first two bits (RFC 8656 s12.5, RFC 8489 s6.2.2); and ChannelData in a
 * datagram.  Thread: any, pure. */
#ifndef TURN_FRAME_H
#define TURN_FRAME_H

#include "base/error.h"
#include "base/slice.h"

enum {
	TURN_CHANNEL_HEADER_LEN = 4,
	TURN_FRAME_MAX = 20 + 0xfffc,    /* no frame is longer than this */
	TURN_CHANNEL_MIN = 0x4000,
	TURN_CHANNEL_MAX = 0x4fff,       /* RFC 8656 s12, */
	TURN_CHANNEL_MAX_5766 = 0x7fff,  /* and as it was in RFC 5766 s11 */
};

enum turn_frame_kind {
	TURN_FRAME_STUN,
	TURN_FRAME_CHANNEL,
};

struct turn_frame {
	enum turn_frame_kind kind;
	size_t len;              /* what it takes in the stream: header and
				  * padding included */
	struct slice body;       /* borrowed.  STUN: the whole message;
				  * ChannelData: the application's data, which
				  * may be empty */
	uint16_t channel;        /* of ChannelData */
};

/* What the server takes. */
struct turn_frame_limits {
	size_t len;              /* of a frame, its header and padding
				  * included; small before the client has
				  * authenticated, TURN_FRAME_MAX at most */
	uint16_t channel;        /* TURN_CHANNEL_MAX, or the older one */
};

/* Read the frame at the start of `in`, the unread bytes of a stream, where
 * ChannelData is padded to a multiple of four.
 * frame: filled on 0, else unchanged; borrows `in`.
 * Returns 0, -EAGAIN (not all there yet), -EBADMSG (neither of both, or a
 * channel number beyond the limit, whose length nobody knows) or -EMSGSIZE
 * (longer than the limit, which the header tells already).  The last two leave
 * no place to go on from: close. */
int turn_frame_read(struct slice in, const struct turn_frame_limits *limits,
		    struct turn_frame *frame);

/* Read a datagram whose first two bits are 01: ChannelData with or without
 * padding; bytes behind it are not looked at (s12.6).
 * channel_max: as in turn_frame_limits.
 * Returns 0 and *channel and *data, borrowed, or -EBADMSG (too short for what
 * it says, or another number): drop it. */
int turn_frame_read_datagram(struct slice in, uint16_t channel_max,
			     uint16_t *channel, struct slice *data);

#endif
