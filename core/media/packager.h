/* A packager turns frames into one wire format, once for all viewers.  All
 * slots are called on the publisher's loop. */
#ifndef PACKAGER_H
#define PACKAGER_H

#include "base/writer.h"
#include "media/frame.h"
#include "media/stream_log.h"

struct stream;

struct packager {
	const char *name;        /* "rtmp", "flv", ... */
	size_t size;             /* of its state */

	/* What log and prologue put before each message (the prologue is
	 * one).  NULL: nothing. */
	stream_framing_fn *framing;

	/* Can a prologue be written yet?  Until then those who want to view
	 * wait, or give up after STREAM_READY_MS.  NULL: at any time. */
	bool (*is_ready)(const struct stream *stream);

	/* The state is zeroed.  0 or a negative errno. */
	int (*open)(void *state, const struct stream *stream);

	/* Append what the frame becomes to the log.  What cannot be had in
	 * this format is left out. */
	void (*pack)(void *state, const struct stream *stream,
		     const struct frame *frame, struct stream_log *log);

	/* Write what a viewer needs before the log: metadata and codec
	 * configuration, with the time of the log's message it starts at. */
	void (*prologue)(void *state, const struct stream *stream,
			 int64_t dts_ms, struct writer *w);

	/* Of the prologue, what stands at the beginning only, not where a
	 * viewer goes on with another log: so many bytes. */
	size_t head_len;

	/* The stream ends: append what was held back so far.  May be NULL. */
	void (*flush)(void *state, const struct stream *stream,
		      struct stream_log *log);

	void (*close)(void *state);
};


/* What the log notes of a frame that becomes one message. */
static inline struct log_entry packager_entry(const struct frame *frame)
{
	bool is_config = frame->flags & FRAME_CONFIG;
	bool is_key = frame->flags & FRAME_KEY;

	return (struct log_entry){
		.dts_ms = frame_ms(frame, frame->dts),
		.kind = (uint8_t)frame->kind,
		.flags = is_config ? ENTRY_CONFIG : is_key ? ENTRY_START : 0,
	};
}

#endif
