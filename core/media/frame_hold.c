/* The first frames of a stream, held back until its tracks are known. */
#include "media/frame_hold.h"
#include "media/stream.h"


static bool has_both_kinds(const struct stream *stream)
{
	bool has[MEDIA_DATA + 1] = { false };

	for (size_t i = 0; i < stream->n_tracks; i++)
		has[stream->tracks[i].kind] = true;

	return has[MEDIA_AUDIO] && has[MEDIA_VIDEO];
}


void frame_hold_init(struct frame_hold *hold, const struct stream *stream)
{
	uint64_t n = 0;

	for (size_t i = 0; i < stream->n_tracks; i++)
		n += stream->tracks[i].n_frames;

	hold->n = 0;
	hold->is_over = has_both_kinds(stream) || n > FRAME_HOLD_MAX;
}


bool frame_hold_take(struct frame_hold *hold, const struct stream *stream,
		     const struct frame *frame)
{
	const struct frame *first = hold->frames;

	if (hold->is_over)
		return false;

	hold->is_over = has_both_kinds(stream) || hold->n == FRAME_HOLD_MAX ||
			(hold->n && frame_ms(frame, frame->dts) -
			 frame_ms(first, first->dts) >= FRAME_HOLD_MS);
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
