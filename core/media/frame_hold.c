/* The first frames of a stream, held back until it is settled. */
#include "media/frame_hold.h"
#include "media/stream.h"


bool frame_hold_take(struct frame_hold *hold, const struct stream *stream,
		     const struct frame *frame)
{
	hold->is_over |= hold->n == FRAME_HOLD_MAX ||
			 stream_is_settled(stream);
	if (hold->is_over)
		return false;

	chunk_ref(frame->chunk);
	hold->frames[hold->n++] = *frame;

	return true;
}


void frame_hold_fini(struct frame_hold *hold)
{
	for (size_t i = 0; i < hold->n; i++)
		chunk_unref(hold->frames[i].chunk);

	hold->n = 0;
	hold->is_over = true;
}
