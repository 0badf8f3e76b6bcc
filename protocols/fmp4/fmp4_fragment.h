/* Fragments: moof and the header of mdat, with the frames' bytes to follow
 * as they are (ISO/IEC 14496-12 s8.8; 23000-19 s7.3.2), and the boxes that
 * may stand before them. */
#ifndef FMP4_FRAGMENT_H
#define FMP4_FRAGMENT_H

#include "base/error.h"
#include "base/slice.h"
#include "fmp4/fmp4_init.h"

struct writer;

enum {
	FMP4_SAMPLES_MAX = 65536,        /* of one fragment */
	FMP4_PAYLOAD_MAX = 1 << 30,      /* bytes: offsets are signed */
};

/* A frame; times in the track's clock_hz. */
struct fmp4_sample {
	int64_t dts;             /* at least 0, never falling */
	int64_t pts;             /* may be below dts */
	uint32_t size;           /* bytes of payload */
	bool is_key;
};

/* Samples of one track that follow each other, as do their bytes. */
struct fmp4_run {
	uint32_t track_id;
	const struct fmp4_sample *samples;
	size_t n;                /* at least 1 */
	int64_t end_dts;         /* where the last one ends: the dts of the
				  * track's next fragment, if there is no
				  * hole between them */
};

/* Write moof and the header of mdat; the bytes of all samples follow, run by
 * run.  Where all samples of a run share their duration or flags, these are
 * said once.  Thread: any.
 * w: borrowed; holds nothing new on error.  sequence: of the stream's
 * fragments, 1 and growing.  runs: 1 to FMP4_TRACKS_MAX, each of another
 * track.
 * Returns 0; -EBADMSG (times fall, or are below 0), -EMSGSIZE (more than
 * FMP4_SAMPLES_MAX, or than FMP4_PAYLOAD_MAX; a duration above 32 bits, or
 * pts - dts above 31), or w->err. */
int fmp4_fragment_print(struct writer *w, uint32_t sequence,
			const struct fmp4_run *runs, size_t n_runs);

/* Which part of a stream starts here (23000-19 s7.3.2). */
enum fmp4_piece {
	FMP4_SEGMENT,            /* cmfs: of HLS, starts with a key frame */
	FMP4_FRAGMENT,           /* cmff: starts with a key frame */
	FMP4_CHUNK,              /* cmfl: anything */
};

/* Write styp, which may stand before a fragment. */
void fmp4_styp_print(struct writer *w, enum fmp4_piece piece);

/* Write prft, which says when the sample with this decoding time came in;
 * stands before the moof it belongs to (14496-12 s8.16.5).
 * wall_us: since 1970, UTC.  dts: in the track's clock_hz. */
void fmp4_prft_print(struct writer *w, uint32_t track_id, int64_t wall_us,
		     int64_t dts);

/* A message to the page that plays, such as ID3. */
struct fmp4_event {
	struct str scheme;       /* scheme_id_uri, without zeros */
	struct str value;        /* may be empty, without zeros */
	uint32_t clock_hz;
	int64_t pts;             /* of clock_hz, at least 0 */
	uint32_t duration;       /* of clock_hz; UINT32_MAX: unknown */
	uint32_t id;             /* same id, scheme and value: same event */
	struct slice data;
};

/* Write emsg, version 1; stands before a moof (23009-1 s5.10.3.3). */
void fmp4_emsg_print(struct writer *w, const struct fmp4_event *e);

#endif
