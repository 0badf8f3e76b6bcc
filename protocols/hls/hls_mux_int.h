/* What cuts (hls_mux.c) and what writes (hls_mux_write.c) share. */
#ifndef HLS_MUX_INT_H
#define HLS_MUX_INT_H

#include "hls/hls_mux.h"
#include "mpegts/mpegts_writer.h"

enum { HLS_VIDEO, HLS_AUDIO, HLS_LANES };

/* The one track of a kind. */
struct hls_lane {
	bool is_known;           /* `track` is which one */
	bool is_ready;           /* its configuration is known */
	bool has_frames;         /* one came at least */
	bool is_in;              /* of mux->tracks */
	uint8_t track;           /* frame->track */
	enum codec codec;
	struct sound sound;
	struct chunk *config;    /* a reference */
	struct slice config_payload;

	struct frame *frames;    /* owned, of this part; each with a
				  * reference */
	size_t n, size;
	int64_t step;            /* from its last frame but one to the last, in
				  * the frames' clock; 0: unknown */
	uint32_t clock_hz;       /* fMP4: of its track */
	int ts_index;            /* MPEG-TS: of mpegts_writer */
};

struct hls_mux {
	struct hls_mux_conf conf;
	hls_piece_fn *on_piece;
	void *arg;
	struct hls_lane lanes[HLS_LANES];
	unsigned driver;         /* the lane whose frames cut */
	struct hls_tracks *tracks;       /* a reference; NULL: to be made */
	uint32_t sequence;       /* of fragments */
	struct mpegts_writer ts;
	bool has_ts;

	bool is_waiting;         /* for a key frame */
	bool is_broken;          /* the next segment does not continue */
	unsigned target_s;       /* 0: not known yet */

	/* Times of the driver, in microseconds. */
	int64_t last_us;         /* its last frame's */
	int64_t interval_us;     /* between frames, about; 0: unknown */
	int64_t gop_us;          /* between key frames, the longest so far */
	int64_t key_us;          /* the last key frame's */
	int64_t segment_us;      /* the open segment's first frame's */
	int64_t part_us;         /* the open part's */

	size_t part_bytes, segment_bytes;
	bool is_first_part;      /* of its segment */
	bool has_key;            /* in the open part */
	bool starts_with_key;    /* the open segment */
	int64_t date_us;         /* date at segment_us */
};

/* `ticks` of the frame's clock in microseconds, or at `hz`. */
int64_t hls_frame_us(const struct frame *frame, int64_t ticks);

/* Can the format carry it? */
bool hls_codec_is_known(enum hls_format format, enum codec codec);

/* Make m->tracks of the lanes that had frames.  0, -ENOMEM, or what makes
 * the configurations unfit. */
int hls_mux_make_tracks(struct hls_mux *m);

/* Where a part ends. */
struct hls_cut {
	const struct frame *next;        /* the driver's next one, or NULL:
					  * nothing continues it */
	int64_t end_us;          /* when that is, or probably would be */
	bool ends_segment;
};

/* Write what is gathered: all of the driver's frames and those of the other
 * lane, but for the last one of these, if it is not known where that ends.
 * The frames written are dropped.
 * Returns 0 and *chunk (a reference), or a negative errno. */
int hls_mux_write(struct hls_mux *m, const struct hls_cut *cut,
		  struct chunk **chunk);

/* Drop the first n frames. */
void hls_lane_drop(struct hls_lane *lane, size_t n);

/* Forget the tracks, and what wrote them. */
void hls_mux_forget_tracks(struct hls_mux *m);

#endif
