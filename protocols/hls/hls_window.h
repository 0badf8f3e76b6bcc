/* The window: the newest segments of one life, and the snapshots of it that
 * requests are answered from.
 *
 * A window is its owner's.  A snapshot is immutable, and counted: any thread
 * may hold one as long as it likes, and all that it lists is there. */
#ifndef HLS_WINDOW_H
#define HLS_WINDOW_H

#include "hls/hls_piece.h"

enum { HLS_SEGMENTS_KEPT = 256 };        /* at most */

struct hls_parts;
struct hls_whole;

struct hls_window_conf {
	enum hls_format format;
	int64_t window_us;       /* how much a playlist lists, about */
	int64_t part_target_us;  /* 0: no parts */
	size_t bytes_max;        /* of all that is kept */
};

/* A whole segment, and its parts as long as they are kept. */
struct hls_kept {
	struct hls_whole *whole; /* a reference */
	struct hls_parts *parts; /* a reference, or NULL */
};

struct hls_window {
	struct hls_window_conf conf;
	uint32_t life;
	bool is_idle;            /* nobody reads it: keep what a first reader
				  * needs, no more; may change at any time */
	unsigned target_s;       /* 0: no segment so far */
	struct hls_kept kept[HLS_SEGMENTS_KEPT];
	size_t n_kept;
	uint64_t first_msn;      /* of kept[0] */
	uint64_t n_discontinuities;      /* of all before it */
	uint64_t next_part;
	uint64_t init;           /* number of `tracks` */
	struct hls_tracks *tracks;       /* the newest; a reference */
	size_t bytes;            /* kept; parts apart from segments */

	struct hls_kept open;    /* the segment being made: without bytes,
				  * parts with room; NULL: there is none */
	bool is_torn;            /* something was lost before the next one */
	bool is_ended;
};

/* What a request is answered from. */
struct hls_snapshot {
	struct hls_media media;  /* within this snapshot */
	size_t first;            /* to be listed */
	bool is_live;            /* there is a publisher; set by who shares it
				  * first */
	bool is_independent;     /* all listed begin with a key frame */
	unsigned frames_per_ks;  /* in 1000 s; 0: unknown */
	const struct hls_tracks *tracks; /* the newest listed, or NULL */

	/* owned */
	struct hls_kept *kept;   /* as media.segments, and the open one */
	struct hls_segment *segments;
	struct chunk *open_init; /* section of the open segment, or NULL */
};

/* What the rendition is called. */
struct str hls_rendition(void);

/* An empty window.  life: of hls_name, unlike the one before. */
void hls_window_init(struct hls_window *window,
		     const struct hls_window_conf *conf, uint32_t life);
void hls_window_fini(struct hls_window *window);

/* Take in the next piece.  One that starts a segment ends the open one, if
 * that did not.  Returns 0, or -ENOMEM: it is lost, and the rest of its
 * segment is. */
int hls_window_add(struct hls_window *window, const struct hls_piece *piece);

/* No more will come in this life. */
void hls_window_end(struct hls_window *window);

/* The window as it is now, with one reference, or NULL: no memory. */
struct hls_snapshot *hls_window_snapshot(const struct hls_window *window);

struct hls_snapshot *hls_snapshot_ref(struct hls_snapshot *snapshot);
struct hls_snapshot *hls_snapshot_unref(struct hls_snapshot *snapshot);

/* Is there something to list? */
static inline bool hls_snapshot_is_ready(const struct hls_snapshot *s)
{
	return s && s->media.n_segments;
}

/* The bytes of a section, segment or part, borrowed from the snapshot.
 * Returns as hls_media_find. */
int hls_snapshot_find(const struct hls_snapshot *snapshot,
		      const struct hls_name *name, struct chunk **chunk);

#endif
