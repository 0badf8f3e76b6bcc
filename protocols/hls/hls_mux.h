/* Frames in, parts and segments out: of one picture and one sound together,
 * as fragmented MP4 or MPEG-TS.
 *
 * A segment ends at the first key frame after its length, or where it must:
 * none is longer than the Target Duration allows, which the first one sets.
 * A part ends before the frame that would make it too long.  Each duration is
 * the difference of two frames' times, and nothing else.
 *
 * Of several tracks of a kind the first one is taken; sound alone is cut by
 * time.  Pure but for memory: time is an argument.
 * Thread: that of the owner. */
#ifndef HLS_MUX_H
#define HLS_MUX_H

#include "hls/hls_piece.h"
#include "media/frame.h"

struct hls_mux;

/* A piece, borrowed for the call. */
typedef void (hls_piece_fn)(const struct hls_piece *piece, void *arg);

struct hls_mux_conf {
	enum hls_format format;
	int64_t segment_us;      /* at least so long, above 0 */
	int64_t part_us;         /* at most so long, and HLS_PART_SLACK_US;
				  * 0: a segment is one part */
	size_t bytes_max;        /* of a segment, about */
};

enum {
	/* Clocks of a millisecond make parts so much longer, or shorter. */
	HLS_PART_SLACK_US = 1000,

	/* A first segment without a second key frame is cut here, unless
	 * segment_us is more than half of it. */
	HLS_FIRST_MAX_US = 12000000,
};

/* A muxer that waits for its first key frame.  on_piece(piece, arg) is called
 * within the functions below.  Returns 0 and *mux, or -ENOMEM. */
int hls_mux_new(struct hls_mux **mux, const struct hls_mux_conf *conf,
		hls_piece_fn *on_piece, void *arg);

/* NULL is allowed. */
void hls_mux_free(struct hls_mux *mux);

/* The Target Duration that is in force already, for this publisher too: it
 * had one before.  Nothing changes once a segment has ended. */
void hls_mux_set_target(struct hls_mux *mux, unsigned target_s);

/* Take in a frame (borrowed; what is kept gets a reference to its chunk) of
 * any kind: what cannot be had in the format is left out.  A FRAME_CONFIG
 * configures its track; another one than before ends a segment, and begins
 * anew at the next key frame, with a discontinuity.
 * wall_us: when it came, since 1970, UTC.
 * Returns 0, or -ENOMEM: a part is lost, and it goes on at the next key
 * frame. */
int hls_mux_push(struct hls_mux *mux, const struct frame *frame,
		 int64_t wall_us);

/* No more will come: what is gathered becomes the last part.  As above. */
int hls_mux_finish(struct hls_mux *mux);

#endif
