/* What a media playlist is made of: the segments of one rendition, and the
 * arithmetic over them that says what is listed, skipped and waited for
 * (draft-pantos-hls-rfc8216bis-22 s6.2).
 *
 * Durations are differences of timestamps that were rounded to microseconds,
 * not rounded differences: then no error adds up over segments.
 * Thread: any, pure. */
#ifndef HLS_MEDIA_H
#define HLS_MEDIA_H

#include "hls/hls_name.h"
#include "hls/hls_request.h"

enum {
	HLS_BLOCK_TARGETS = 3,   /* a request that waited for more target
				  * durations is answered 503 (s6.2.5.2) */
};

#define HLS_NO_DATE INT64_MIN

struct hls_part {
	int64_t duration_us;
	bool is_independent;     /* has a frame where decoding can start */
	bool is_gap;             /* is not available */
};

struct hls_segment {
	int64_t duration_us;     /* of the open one: so far, as its parts */
	int64_t date_us;         /* of its first sample, since 1970, UTC; or
				  * HLS_NO_DATE */
	uint64_t n_bytes;
	uint64_t init;           /* number of its section, fMP4 */
	uint64_t first_part;     /* number of parts[0] in this life */
	const struct hls_part *parts;    /* borrowed; may be dropped, with
				  * n_parts, once hls_media_keep says so */
	size_t n_parts;
	bool has_discontinuity;  /* before it */
	bool is_gap;             /* lost: not to be asked for */
};

struct hls_media {
	struct str rendition;    /* as hls_rendition_is_legal; borrowed */
	enum hls_format format;
	uint32_t life;           /* of hls_name */
	const struct hls_segment *segments;      /* borrowed: the whole ones,
				  * oldest first, none missing between */
	size_t n_segments;
	const struct hls_segment *open;  /* the one being made, or NULL */
	uint64_t first_msn;      /* of segments[0], or of `open` */
	uint64_t n_discontinuities;      /* of all segments before these */
	uint64_t next_part;      /* number that the next part will have */
	unsigned target_s;       /* Target Duration: at least 1, never changed
				  * in a life */
	int64_t part_target_us;  /* Part Target Duration; 0: no parts */
	bool is_ended;           /* no more will come */
};

/* The Target Duration that segments of up to this long need: rounded to the
 * nearest second, at least 1 (s4.4.3.1). */
unsigned hls_target_s(int64_t duration_us);

/* The first segment to list: the fewest that last for `window_us`, and never
 * less than three Target Durations (s6.2.2).  It never goes back when
 * segments are added.  An index of m->segments, or n_segments if there are
 * none. */
size_t hls_media_first(const struct hls_media *m, int64_t window_us);

/* The first segment whose parts are listed; those of the ones before ended
 * more than three Target Durations from the end of the playlist (s6.2.2).
 * Of one segment all parts are listed, or none. */
size_t hls_media_first_part(const struct hls_media *m, size_t first);

/* How many segments, from `first` on, a delta update leaves out: those that
 * end further than the Skip Boundary from the end of the last whole segment
 * (s6.2.5.1).  0: answer with the whole playlist. */
size_t hls_media_skip(const struct hls_media *m, size_t first,
		      int64_t skip_until_us);

/* The first segment that must still be there for clients that read an older
 * playlist: for its own duration and that of the longest playlist that had it;
 * its parts for six Target Durations, three of them after they have left the
 * playlist (s6.2.2). */
size_t hls_media_keep(const struct hls_media *m, int64_t window_us);

/* EXT-X-DISCONTINUITY-SEQUENCE of a playlist that begins with the segment
 * `first` (s6.2.2). */
uint64_t hls_media_discontinuity(const struct hls_media *m, size_t first);

/* Can this request be answered now (s6.2.5.2)?  Without _HLS_msn, or once
 * the stream has ended, it always can.
 * Returns 0; -EAGAIN: when the next segment or part is there, ask again, up to
 * HLS_BLOCK_TARGETS; -EBADMSG: too far in the future, answer 400. */
int hls_media_wait(const struct hls_media *m, const struct hls_request *q);

/* Find what a client asks for by name: a section, segment or part.
 *
 * segment: on 0, an index of m->segments that has it, or n_segments: `open`.
 * part: on 0, of a part: an index of that segment's parts.
 *
 * Returns 0; -EAGAIN: the part that EXT-X-PRELOAD-HINT speaks of, answer when
 * it is whole (s6.2.6); -ENOENT: of another rendition, life or format, not
 * there any more or not yet, or a gap: answer 404. */
int hls_media_find(const struct hls_media *m, const struct hls_name *name,
		   size_t *segment, size_t *part);

/* The average bit rate of the segments from `first` on (s4.1), bits/s. */
uint64_t hls_media_average_bps(const struct hls_media *m, size_t first);

/* The peak segment bit rate: the largest of any run of segments that lasts
 * between a half and one and a half Target Durations and half a second
 * (s4.1); where none does, the average. */
uint64_t hls_media_peak_bps(const struct hls_media *m, size_t first);

/* How long caches should keep an answer (s B.1).  is_waited: the request had
 * to block, or could have; is_found: answered with 200. */
int64_t hls_cache_us(bool is_playlist, bool is_waited, bool is_found,
		     unsigned target_s);

#endif
