/* A stream: what one publisher sends under a name.  It keeps the tracks'
 * configuration and the frames since the last key frame, and a log for each
 * format in use.  It belongs to the publisher's loop; others reach it by a
 * stream_attach, which travels there and back. */
#ifndef STREAM_H
#define STREAM_H

#include "base/log.h"
#include "base/metric.h"
#include "media/packager.h"

enum {
	STREAM_TRACKS_MAX = 32,
	STREAM_FORMATS_MAX = 16,
	STREAM_NAME_MAX = 255,      /* bytes of each part of its key */
	STREAM_LINGER_MS = 10000,   /* of a log that nobody reads */
	STREAM_PACE_MS = 2000,      /* that rates are taken over */
	STREAM_SETTLE_MS = 500,     /* for sound and picture to come */
	STREAM_READY_MS = 5000,     /* for a packager to be ready */
};

/* How much a track brings: looked at every STREAM_PACE_MS, and told of the
 * span before; and its groups of pictures, from one key frame to the next. */
struct track_pace {
	int64_t from_us;            /* of the loop: when this span began; 0:
				     * nothing came so far */
	int64_t from_ms;            /* its first dts */
	uint64_t n_bytes;           /* of the track, then */
	uint64_t n_frames;
	int64_t bits_per_s;         /* of the span before */
	int64_t frames_per_1000s;
	int64_t key_ms;             /* dts of the newest key frame */
	uint64_t key_frames;        /* n_frames, then; 0: there was none */
	int64_t gop_ms;             /* the last whole group; 0: none so far */
	unsigned gop_frames;
};

struct track {
	enum media_kind kind;
	enum codec codec;
	uint8_t index;              /* as in the frames: 0 and up per kind */
	struct sound sound;
	struct chunk *config;       /* owned; NULL: none so far */
	struct slice config_payload; /* in `config` */
	uint8_t message_type;       /* of an opaque configuration, or 0 */
	int64_t last_dts;           /* as it went out */
	int64_t last_us;            /* of the loop, then; 0: no time so far */
	uint64_t n_frames;
	uint64_t n_bytes;
	uint64_t n_repaired;        /* frames with a changed dts */
	struct track_pace pace;
};

/* Who a stream is, in the registry.  Borrowed. */
struct stream_key {
	struct str vhost;           /* may be empty */
	struct str app;
	struct str name;            /* without its query */
};

struct stream_limits {
	struct stream_log_limits log;
	int merge_ms;               /* -1: as the load has it */
};

typedef void (stream_evicted_fn)(void *arg);

struct kept_frames {
	struct frame *at;           /* owned; each with a reference */
	size_t n;
	size_t size;
	size_t bytes;
};

struct stream_format {
	const struct packager *packager;
	void *state;                /* owned */
	struct stream_log *log;     /* owned */
	int64_t unused_ms;          /* since when nobody reads it; 0: read */
};

/* One who takes the frames themselves, to do with them what is no log: cut
 * segments, write files.  Embedded; zeroed but for its callbacks, which are
 * called on the stream's loop, and push nothing. */
struct stream_tap {
	struct list_node node;

	/* A frame, as it goes out; borrowed. */
	void (*frame)(struct stream_tap *tap, const struct frame *frame);

	/* No more will come; the tap is off already. */
	void (*end)(struct stream_tap *tap);

	/* Who has viewers of its own says how many, and of what ("hls"); or
	 * both are NULL. */
	unsigned (*n_viewers)(const struct stream_tap *tap);
	const char *format;
};

struct stream {
	struct log_tag log;
	struct loop *loop;
	unsigned n_workers;
	char *vhost, *app, *name;   /* owned */
	struct stream_limits limits;
	bool is_closed;
	bool has_video;
	size_t n_tracks;
	struct track tracks[STREAM_TRACKS_MAX];
	struct chunk *metadata;     /* a reference; NULL: none so far */
	struct slice metadata_payload; /* body of onMetaData, AMF0 */
	struct kept_frames kept;
	size_t n_formats;
	struct stream_format formats[STREAM_FORMATS_MAX];
	struct list taps;           /* stream_tap */
	struct list waiting;        /* stream_attach: for a packager */
	struct timer ready;         /* while they do */
	int64_t base_ms;            /* added to all times, as they go out */
	int64_t first_ms;           /* the first that went out */
	int64_t follow_ms;          /* the time that the one before ended at */
	int64_t follow_us;          /* and when that was, or 0 */
	atomic_int_fast64_t last_ms; /* the newest that went out; any thread */
	bool has_input;
	uint64_t n_jumps;           /* of the publisher's clock */
	struct loop_task wake;
	struct timer linger;
	struct mail evict;          /* the registry gave its name away */
	struct metrics *metrics;    /* the registry's; or NULL */
	uint64_t publisher;         /* id of its session; 0: has none */
	int64_t since_us;           /* of the loop: when it was made */
	size_t slot;                /* the registry's: 0, or index + 1 */
	stream_evicted_fn *on_evicted;
	void *arg;
};

/* A stream of that key (copied) on `loop`, with one reference, or NULL.
 * on_evicted is called on the loop when another publisher takes the name. */
API struct stream *stream_new(struct loop *loop, unsigned n_workers,
			      const struct stream_key *key,
			      const struct stream_limits *limits,
			      stream_evicted_fn *on_evicted, void *arg);

API struct stream *stream_ref(struct stream *stream);
API struct stream *stream_unref(struct stream *stream);

/* The publisher is gone: end all logs.  The owner's reference remains.
 * Thread: the stream's loop. */
API void stream_close(struct stream *stream);

/* Take in one frame (borrowed; what is kept gets a reference to its chunk).
 * Times may be off: each track's dts is made to grow, jumps of the clock are
 * taken out.  Returns 0, -EMSGSIZE (too many tracks) or -ENOMEM; the frame is
 * lost then, the stream goes on.  Thread: the stream's loop. */
API int stream_push(struct stream *stream, const struct frame *frame);

/* The metadata of the stream from now on: frame->payload is the body of an
 * onMetaData message (AMF0), frame->kind MEDIA_DATA, FRAME_OPAQUE.  Viewers
 * get it at once, later ones before all else.  Returns as stream_push. */
API int stream_set_metadata(struct stream *stream, const struct frame *frame);

/* Go on where another stream ended, ms in its times, at loop time us.  Of what
 * was pushed before only the configuration remains. */
API void stream_follow(struct stream *stream, int64_t ms, int64_t us);

/* The track of a frame's kind and index, or NULL.  Thread: as above. */
API const struct track *stream_track(const struct stream *stream,
				     enum media_kind kind, uint8_t index);

/* What a prologue tells: a track's configuration, at dts_ms; the metadata, at
 * 0, since ffmpeg takes that of another time for subtitles.  The payload is
 * empty if there is none; borrowed.  Thread: as above. */
API struct frame track_config_frame(const struct track *track,
				    int64_t dts_ms);
API struct frame stream_metadata_frame(const struct stream *stream);

/* Are the tracks known: have both sound and picture come, or one of them for
 * STREAM_SETTLE_MS?  Thread: as above. */
API bool stream_is_settled(const struct stream *stream);

/* What is told of a stream beside what it knows itself, inside of its own
 * description and of each track's.  Slots may be NULL. */
struct stream_extra {
	void (*stream)(struct report *r, const struct stream *stream,
		       void *arg);
	void (*track)(struct report *r, const struct track *track, void *arg);
	void *arg;
};

/* Describe the stream; extra: may be NULL.  Thread: the stream's loop. */
API void stream_describe(struct report *r, const struct stream *stream,
			 const struct stream_extra *extra);

/* Give `tap` the configurations, the frames since the last key frame, and all
 * that comes, until stream_untap or its end.  Thread: as above. */
API void stream_tap(struct stream *stream, struct stream_tap *tap);
API void stream_untap(struct stream_tap *tap);

/* -- attaching a viewer -- */

struct stream_attach;

/* Called on the viewer's loop.  err 0: open a cursor now, within this call,
 * by stream_attach_open; -ENOENT: the stream has ended; -EAGAIN: what its
 * packager needs has not come in time; -ENOMEM. */
typedef void (stream_attach_fn)(struct stream_attach *attach, int err,
				void *arg);

/* Ask for a place in the stream's log of `packager`'s format, for a viewer on
 * `loop`; goes_on: it has had another log of that format before.  fn is called
 * later, unless it is cancelled.  NULL: no memory.  Thread: that of `loop`. */
API struct stream_attach *stream_attach(struct stream *stream,
					const struct packager *packager,
					struct loop *loop, bool goes_on,
					stream_attach_fn *fn, void *arg);

/* Open `cursor` there, at the last key frame. */
API void stream_attach_open(struct stream_attach *attach,
			    struct stream_cursor *cursor);

/* fn will not be called. */
API void stream_attach_cancel(struct stream_attach *attach);

#endif
