/* The FLV file (flv-f4v-10.1 Annex E): its header, the headers of its tags,
 * and a reader for a stream of bytes.  The bodies of audio and video tags are
 * those of RTMP messages: flv_audio.h, flv_video.h. */
#ifndef FLV_TAG_H
#define FLV_TAG_H

#include "base/reader.h"
#include "base/writer.h"

enum {
	FLV_FILE_HEADER_LEN = 9,
	FLV_TAG_HEADER_LEN = 11,
	FLV_TAG_TRAILER_LEN = 4,    /* PreviousTagSize */
	FLV_BODY_MAX = 0xffffff,    /* what 24 bits can say */
	FLV_DATA_OFFSET_MAX = 4096, /* longest file header we skip */
};

/* E.4.1, the same numbers as RTMP's message types.  A reader passes on what
 * it does not know. */
enum flv_tag_type {
	FLV_TAG_AUDIO = 8,
	FLV_TAG_VIDEO = 9,
	FLV_TAG_SCRIPT = 18,
};

struct flv_file_header {
	bool has_audio;          /* what the file says, often wrongly */
	bool has_video;
	uint32_t data_offset;    /* length of the header, at least 9 */
};

struct flv_tag {
	enum flv_tag_type type;  /* any value of 5 bits */
	bool is_filtered;        /* encrypted (Annex F): not to be parsed */
	uint32_t timestamp_ms;   /* 32 bits, wraps; like RTMP's */
	uint32_t stream_id;      /* 24 bits, always 0 in files */
	uint32_t body_len;       /* at most FLV_BODY_MAX */
};

/* Read the fixed part of the file header; what follows it up to data_offset
 * is the caller's to skip.  Thread: any, pure.
 * r: borrowed, at byte 0 of the file; left behind the 9 bytes.
 * h: filled on success only.
 * Returns 0; -EAGAIN (short; nothing has changed), -EBADMSG (not FLV, or
 * DataOffset below 9), -EMSGSIZE (above FLV_DATA_OFFSET_MAX).  E.2. */
int flv_file_header_parse(struct reader *r, struct flv_file_header *h);

/* Write the file header and PreviousTagSize0: 13 bytes.  Thread: any, pure.
 * w: borrowed; its error sticks as always.  h: data_offset is not looked at.
 * E.2, E.3. */
void flv_file_header_print(struct writer *w, const struct flv_file_header *h);

/* Read the 11 bytes before a tag's body.  Thread: any, pure.
 * r: borrowed; left at the body.  t: filled on success only.
 * Returns 0, or -EAGAIN (short; nothing has changed).  E.4.1. */
int flv_tag_header_parse(struct reader *r, struct flv_tag *t);

/* Write the 11 bytes before a tag's body.  Thread: any, pure.
 * buf: FLV_TAG_HEADER_LEN bytes, filled.  t: borrowed, in range. */
void flv_tag_header_print(uint8_t *buf, const struct flv_tag *t);

/* Write PreviousTagSize, which follows the body.  Thread: any, pure.
 * buf: FLV_TAG_TRAILER_LEN bytes, filled.  t: the tag before it.  E.3. */
void flv_tag_trailer_print(uint8_t *buf, const struct flv_tag *t);

#endif
