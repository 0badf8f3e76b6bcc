/* The first frames of a stream, held back until it is settled
 * (stream_is_settled): a container that lists its tracks in front wants all
 * of them there, and a stream tells of them one by one.
 * Thread: the stream's loop. */
#ifndef FRAME_HOLD_H
#define FRAME_HOLD_H

#include "media/frame.h"

struct stream;

enum {
	FRAME_HOLD_MAX = 256,    /* frames; then the wait is over */
};

/* Zeroed, it holds nothing, and waits. */
struct frame_hold {
	bool is_over;
	size_t n;
	struct frame frames[FRAME_HOLD_MAX];     /* each with a reference */
};

/* Take in a coded frame (borrowed) of a stream that is not settled.  Returns
 * false once the wait is over: then the frames in `hold` are due, and after
 * them this one. */
bool frame_hold_take(struct frame_hold *hold, const struct stream *stream,
		     const struct frame *frame);

/* Let go of what it holds; it holds nothing any more. */
void frame_hold_fini(struct frame_hold *hold);

#endif
