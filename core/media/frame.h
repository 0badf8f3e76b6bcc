/* The neutral form of media: what every source is turned into, and every
 * packager takes.  Video frames are length-prefixed NAL units (or the codec's
 * own unit), audio frames raw, without ADTS or the like; their codec
 * configuration is kept on the track. */
#ifndef FRAME_H
#define FRAME_H

#include "base/chunk.h"

enum media_kind {
	MEDIA_AUDIO,
	MEDIA_VIDEO,
	MEDIA_DATA,
};

enum codec {
	CODEC_UNKNOWN,
	/* video */
	CODEC_H263,      /* Sorenson */
	CODEC_SCREEN,
	CODEC_VP6,
	CODEC_VP6A,
	CODEC_SCREEN2,
	CODEC_AVC,
	CODEC_HEVC,
	CODEC_VVC,
	CODEC_VP8,
	CODEC_VP9,
	CODEC_AV1,
	/* audio */
	CODEC_PCM,       /* native byte order */
	CODEC_ADPCM,
	CODEC_MP3,
	CODEC_PCM_LE,
	CODEC_NELLYMOSER,
	CODEC_G711A,
	CODEC_G711U,
	CODEC_AAC,
	CODEC_SPEEX,
	CODEC_OPUS,
	CODEC_AC3,
	CODEC_EAC3,
	CODEC_FLAC,
};

enum frame_flag {
	FRAME_KEY = 1,        /* decoding can start here */
	FRAME_CONFIG = 2,     /* the track's configuration, no picture */
	FRAME_OPAQUE = 4,     /* a message only RTMP and FLV can carry */
	FRAME_DISPOSABLE = 8, /* nothing refers to it */
	FRAME_END = 16,       /* end of sequence */
};

/* Sound as its container says it; 0: unknown. */
struct sound {
	uint32_t rate_hz;
	uint8_t bits;
	uint8_t n_channels;
};

/* One frame, by value; whoever keeps a copy keeps a reference to `chunk`. */
struct frame {
	enum media_kind kind;
	enum codec codec;
	uint8_t track;           /* 0 and up, for each kind */
	uint8_t flags;           /* enum frame_flag */
	uint8_t message_type;    /* of FRAME_OPAQUE: the RTMP message's */
	struct sound sound;      /* audio */
	uint32_t clock_hz;       /* of dts and pts: RTMP 1000, TS 90000 */
	int64_t dts;
	int64_t pts;
	struct chunk *chunk;     /* holds the payload; shared, immutable */
	struct slice payload;    /* in `chunk` */
};


/* What people call the codec ("h264", "aac"), or "unknown"; and the kind:
 * "audio", "video", "data".  Static. */
API const char *codec_name(enum codec codec);
API const char *media_kind_name(enum media_kind kind);

/* `ticks` of the frame's clock, in milliseconds. */
static inline int64_t frame_ms(const struct frame *frame, int64_t ticks)
{
	return frame->clock_hz == 1000 ? ticks
				       : ticks * 1000 / frame->clock_hz;
}

#endif
