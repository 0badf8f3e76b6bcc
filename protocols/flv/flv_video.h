/* The body of a video tag, which is that of an RTMP video message: legacy
 * (flv-f4v-10.1 E.4.3) and Enhanced RTMP v1 and v2 (enhanced-rtmp-v2,
 * "Enhanced Video"). */
#ifndef FLV_VIDEO_H
#define FLV_VIDEO_H

#include "base/error.h"
#include "base/slice.h"

enum {
	FLV_VIDEO_HEADER_MAX = 8,   /* frame type, FourCC, SI24 */
	FLV_VIDEO_MODEX_MAX = 16,   /* ModEx packets in one body */
};

enum flv_video_codec {
	FLV_VIDEO_UNKNOWN,
	FLV_VIDEO_H263,          /* Sorenson's */
	FLV_VIDEO_SCREEN,
	FLV_VIDEO_VP6,
	FLV_VIDEO_VP6A,
	FLV_VIDEO_SCREEN2,
	FLV_VIDEO_AVC,
	FLV_VIDEO_HEVC,
	FLV_VIDEO_VVC,
	FLV_VIDEO_AV1,
	FLV_VIDEO_VP8,
	FLV_VIDEO_VP9,
};

/* VideoFrameType, the numbers of the wire; 0, 6 and 7 are reserved. */
enum flv_video_frame {
	FLV_FRAME_KEY = 1,
	FLV_FRAME_INTER = 2,
	FLV_FRAME_DISPOSABLE = 3,
	FLV_FRAME_GENERATED_KEY = 4,
	FLV_FRAME_COMMAND = 5,
};

/* VideoPacketType, the numbers of the wire; 0 to 2 are AVCPacketType's too,
 * and a codec that has none has only coded frames. */
enum flv_video_packet {
	FLV_VIDEO_SEQUENCE_START = 0,
	FLV_VIDEO_CODED_FRAMES = 1,
	FLV_VIDEO_SEQUENCE_END = 2,
	FLV_VIDEO_CODED_FRAMES_X = 3,
	FLV_VIDEO_METADATA = 4,
	FLV_VIDEO_MPEG2TS_START = 5,
	FLV_VIDEO_MULTITRACK = 6,
	FLV_VIDEO_MODEX = 7,
	FLV_VIDEO_PACKET_UNKNOWN = 16,  /* legacy, above 2 */
};

struct flv_video {
	enum flv_video_codec codec;
	enum flv_video_frame frame;
	enum flv_video_packet packet;  /* inside of ModEx and Multitrack */
	bool is_enhanced;        /* FourCC; else the legacy header */
	uint8_t codec_id;        /* legacy CodecID, 0 if enhanced */
	uint32_t fourcc;         /* 0 if legacy, or if each track has its own */
	int32_t composition_ms;  /* pts - dts, signed 24 bits; coded frames */
	uint8_t track_id;        /* of the first track, if multitrack */
	bool is_multitrack;
	uint32_t nano_offset;    /* ModEx TimestampOffsetNano, or 0 */
	bool is_key;             /* coded, and a player can start here */
	bool is_config;          /* the decoder's configuration */
	bool is_opaque;          /* to be carried as it is */
	struct slice payload;    /* borrowed; the whole body if opaque */
};

/* Take a body apart.  What the neutral form cannot express (multitrack,
 * ModEx, metadata, MPEG-2 TS start, command frames, a codec or packet type
 * that we do not know) is opaque: its payload is the whole body, while key
 * and config flags are right.  Thread: any, pure.
 * body: borrowed.  v: filled on success only.
 * Returns 0; -ENOENT: there is no frame in it (an empty body, a header with
 * nothing behind it: common, and to be ignored); -EBADMSG: cut within its
 * header; -EMSGSIZE: more than FLV_VIDEO_MODEX_MAX. */
int flv_video_parse(struct slice body, struct flv_video *v);

/* Write the header that makes a body when v->payload follows it; looks at
 * codec, frame, packet, is_enhanced, composition_ms, is_opaque (then there
 * is nothing to write).  Thread: any, pure.
 * buf: FLV_VIDEO_HEADER_MAX bytes.
 * Returns the header's length; -ENOTSUP: the codec or packet has no such
 * form; -EMSGSIZE: composition_ms does not fit 24 bits, or is not 0 where
 * the form has no place for it. */
int flv_video_header_print(uint8_t *buf, const struct flv_video *v);

/* The FourCC of Enhanced RTMP, or 0.  Thread: any, pure. */
uint32_t flv_video_fourcc(enum flv_video_codec codec);

/* "avc", "hevc", ... for logs and lists; static.  Thread: any, pure. */
const char *flv_video_codec_name(enum flv_video_codec codec);

#endif
