/* Media playlists as text (draft-pantos-hls-rfc8216bis-22 s4.4.3 to s4.4.5).
 * Thread: any, pure. */
#ifndef HLS_PLAYLIST_H
#define HLS_PLAYLIST_H

#include "hls/hls_media.h"

struct writer;

/* EXT-X-SERVER-CONTROL; 0: not said. */
struct hls_control {
	bool can_block_reload;
	int64_t skip_until_us;           /* at least six Target Durations */
	int64_t hold_back_us;            /* at least three */
	int64_t part_hold_back_us;       /* at least two Part Target Durations;
					  * required where there are parts */
};

/* EXT-X-RENDITION-REPORT, of another rendition of the same stream. */
struct hls_report {
	struct str rendition;
	uint64_t last_msn;       /* also of the open segment, if it has parts */
	uint64_t last_part;      /* Part Index in it */
	bool has_parts;
};

struct hls_playlist {
	const struct hls_media *media;
	size_t first;            /* hls_media_first */
	size_t first_part;       /* hls_media_first_part */
	size_t n_skipped;        /* hls_media_skip; 0: no delta update */
	struct hls_control control;
	const struct hls_report *reports;
	size_t n_reports;
	struct str query;        /* hls_query_print: for all it lists */
	bool is_independent;     /* all segments begin with a key frame */
};

/* The control that the draft recommends: blocking reload, and its least Skip
 * Boundary and hold-back (s4.4.3.8); part_target_us: 0 without parts. */
struct hls_control hls_control(unsigned target_s, int64_t part_target_us);

/* The report of `m` for the playlists of other renditions (s4.4.5.4); `m` has
 * a segment, or an open one with a part. */
struct hls_report hls_report(const struct hls_media *m);

/* Print the playlist, whole or as a delta update: a live one, or with
 * EXT-X-ENDLIST.  Appended to `w`, whose error sticks: -ENOMEM or -EMSGSIZE.
 * What the tags need is the version, and no more (s8). */
void hls_playlist_print(struct writer *w, const struct hls_playlist *p);

#endif
