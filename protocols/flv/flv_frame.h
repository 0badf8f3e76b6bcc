/* Frames in the neutral form, and the bodies of FLV's audio and video tags,
 * which are those of RTMP's messages. */
#ifndef FLV_FRAME_H
#define FLV_FRAME_H

#include "flv/flv_tag.h"
#include "media/frame.h"

enum {
	FLV_FRAME_HEADER_MAX = 16,       /* of a body, before the payload */
};

/* Write the header that makes a body when the frame's payload follows it;
 * opaque frames and data have none.  Thread: any, pure.
 * buf: FLV_FRAME_HEADER_MAX bytes.
 * Returns its length; -ENOTSUP: FLV has no form for this. */
int flv_frame_header_print(uint8_t *buf, const struct frame *frame);

/* The neutral form of an audio or video tag's body, which lies in `chunk`;
 * frame->dts and clock_hz are the caller's.  Returns 0 or an error of
 * flv_audio_parse, flv_video_parse.  Thread: any, pure. */
int flv_frame_parse(struct frame *frame, enum flv_tag_type type,
		    struct chunk *chunk, struct slice body);

#endif
