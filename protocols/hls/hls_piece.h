/* What the muxer makes of frames: the parts of segments, as bytes, and what
 * playlists say of them. */
#ifndef HLS_PIECE_H
#define HLS_PIECE_H

#include "base/chunk.h"
#include "hls/hls_media.h"

enum { HLS_CODECS_MAX = 128 };   /* bytes of a CODECS text, with its zero */

/* What is in segments that follow each other; counted, immutable. */
struct hls_tracks {
	struct chunk *init;      /* owned: their section; NULL: of MPEG-TS */
	char codecs[HLS_CODECS_MAX];     /* RFC 6381; "" if unknown */
	unsigned width, height;  /* 0: no video, or unknown */
	bool has_video;
};

/* One part; a segment is a run of them, and its bytes are theirs.  All
 * borrowed: who keeps it keeps references. */
struct hls_piece {
	struct chunk *bytes;
	struct hls_tracks *tracks;
	struct hls_part part;
	int64_t date_us;         /* of its first sample, since 1970, UTC */
	unsigned n_pictures;     /* frames of video */
	bool starts_segment;
	bool starts_with_key;
	bool has_discontinuity;  /* before it, which starts a segment */
	bool ends_segment;
	unsigned target_s;       /* Target Duration of its publisher, once the
				  * first segment ends; else 0 */
};

#endif
