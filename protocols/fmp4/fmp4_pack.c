/* The packager of fragmented MP4. */
#include "fmp4/fmp4_pack.h"
#include "codec/vp9.h"
#include "fmp4/fmp4_fragment.h"
#include "fmp4/fmp4_int.h"
#include "media/frame_hold.h"
#include "media/stream.h"
#include "websocket/websocket_node.h"


enum {
	OUT_MAX = 1 << 20,       /* an init segment, at most */
	FIRST_MS = 20,           /* a frame's duration, if nothing tells */
	BEHIND_MAX = 32,         /* frames that wait for a key frame */
};

struct source {
	enum media_kind kind;
	uint8_t index;           /* of the stream's track */
	enum codec codec;
	struct chunk *config;    /* a reference: track.config lies in it */
	struct fmp4_track track;
	struct frame held;       /* with a reference; no chunk: none */
	int64_t held_ms;         /* the newest time of all, when it came */
	int64_t duration;        /* of the frame before, in ticks; or 0 */
};

struct fmp4_pack {
	struct frame_hold hold;
	struct writer out;       /* owned: an init segment, or a header */
	size_t n_sources;
	struct source sources[FMP4_TRACKS_MAX];
	size_t n_behind;         /* sound that came while a key frame is held:
				  * one who starts there wants it, too */
	struct frame behind[BEHIND_MAX]; /* each with a reference */
	bool has_tracks;         /* those that were known at the start */
	bool is_told;            /* viewers have the init segment in force */
	uint32_t sequence;
	int64_t newest_ms;       /* of all frames */
};


/* -- tracks -- */

/* Codecs whose frames say it all. */
static bool is_frame_config(enum codec codec)
{
	return codec == CODEC_MP3 || codec == CODEC_AC3 ||
	       codec == CODEC_EAC3;
}


static struct source *find_source(struct fmp4_pack *p, enum media_kind kind,
				  uint8_t index)
{
	for (size_t i = 0; i < p->n_sources; i++) {
		struct source *s = &p->sources[i];

		if (s->kind == kind && s->index == index)
			return s;
	}

	return NULL;
}


static struct source *first_video(struct fmp4_pack *p)
{
	for (size_t i = 0; i < p->n_sources; i++) {
		if (p->sources[i].kind == MEDIA_VIDEO)
			return &p->sources[i];
	}

	return NULL;
}


/* Make the track of `config`, which lies in `chunk`.  Returns false if it is
 * none that can be carried; then all is as it was. */
static bool set_source(struct fmp4_pack *p, const struct track *track,
		       struct chunk *chunk, struct slice config)
{
	struct source *s = find_source(p, track->kind, track->index);
	struct fmp4_track t;

	if (!s && p->n_sources == FMP4_TRACKS_MAX)
		return false;
	if (fmp4_track_set(&t, fmp4_codec_of(track->codec), config))
		return false;

	if (!s)
		s = &p->sources[p->n_sources++];
	t.id = (uint32_t)(s - p->sources) + 1;
	chunk_ref(chunk);
	chunk_unref(s->config);
	s->config = chunk;
	s->track = t;
	s->kind = track->kind;
	s->index = track->index;
	s->codec = track->codec;
	s->duration = 0;
	p->is_told = false;

	return true;
}


/* VP9's record knows no size: that is in the key frames. */
static bool set_vp9(struct fmp4_pack *p, const struct track *track,
		    const struct frame *frame)
{
	struct source *s;
	struct vp9_key k;

	if (!track->config || vp9_key_parse(frame->payload, &k) ||
	    k.width > UINT16_MAX || k.height > UINT16_MAX ||
	    !set_source(p, track, track->config, track->config_payload))
		return false;

	s = find_source(p, track->kind, track->index);
	s->track.width = (uint16_t)k.width;
	s->track.height = (uint16_t)k.height;

	return true;
}


/* Has a key frame another size than the one before, or another record? */
static bool is_new_vp9(const struct source *s, const struct track *track,
		       const struct frame *frame)
{
	struct vp9_key k;

	return s->codec == CODEC_VP9 && frame->flags & FRAME_KEY &&
	       !vp9_key_parse(frame->payload, &k) &&
	       (k.width != s->track.width || k.height != s->track.height ||
		track->config != s->config);
}


/* Take the track's configuration; frame: one of its frames, or NULL. */
static bool update_source(struct fmp4_pack *p, const struct track *track,
			  const struct frame *frame)
{
	if (track->kind == MEDIA_DATA || track->message_type)
		return false;
	if (track->codec == CODEC_VP9)
		return frame && set_vp9(p, track, frame);
	if (is_frame_config(track->codec))
		return frame && set_source(p, track, frame->chunk,
					   frame->payload);
	if (!track->config && track->codec != CODEC_OPUS)
		return false;

	return set_source(p, track, track->config, track->config_payload);
}


static struct source *need_source(struct fmp4_pack *p,
				  const struct stream *stream,
				  const struct frame *frame)
{
	struct source *s = find_source(p, frame->kind, frame->track);
	const struct track *track;

	if (s && s->codec == frame->codec && s->codec != CODEC_VP9)
		return s;

	track = stream_track(stream, frame->kind, frame->track);
	if (s && track && s->codec == frame->codec &&
	    !is_new_vp9(s, track, frame))
		return s;
	if (!track || track->codec != frame->codec ||
	    !update_source(p, track, frame))
		return NULL;

	return find_source(p, frame->kind, frame->track);
}


/* -- messages -- */

/* Append what lies in p->out, and `payload`, to the log as one message. */
static void put_message(struct fmp4_pack *p, const struct log_entry *entry,
			struct slice payload, struct stream_log *log)
{
	size_t len = p->out.len + payload.len;
	uint8_t *at;

	if (!p->out.err && (at = stream_log_begin(log, len))) {
		memcpy(at, p->out.data, p->out.len);
		if (payload.len)
			memcpy(at + p->out.len, payload.p, payload.len);
		stream_log_commit(log, len, entry);
	}
	writer_drop(&p->out, p->out.len);
	p->out.err = 0;
}


/* Into `w`: the init segment of all tracks. */
static void put_init(const struct fmp4_pack *p, struct writer *w)
{
	struct fmp4_track tracks[FMP4_TRACKS_MAX];

	for (size_t i = 0; i < p->n_sources; i++)
		tracks[i] = p->sources[i].track;
	if (p->n_sources)
		fmp4_init_print(w, tracks, p->n_sources);
}


static void put_init_message(struct fmp4_pack *p, enum media_kind kind,
			     int64_t dts_ms, struct stream_log *log)
{
	const struct log_entry entry = {
		.dts_ms = dts_ms,
		.kind = (uint8_t)kind,
		.flags = ENTRY_CONFIG,
	};

	put_init(p, &p->out);
	p->is_told = !p->out.err;
	put_message(p, &entry, slice(NULL, 0), log);
}


static int64_t ticks(const struct source *s, const struct frame *frame,
		     int64_t time)
{
	int64_t hz = frame->clock_hz, out_hz = s->track.clock_hz;

	return time / hz * out_hz + time % hz * out_hz / hz;
}


/* Where a viewer can begin: sound alone can anywhere. */
static bool is_start(struct fmp4_pack *p, const struct source *s)
{
	const struct source *video = first_video(p);

	return video ? s == video && s->held.flags & FRAME_KEY : true;
}


/* Write the frame that is held; it lasts until end_dts. */
static void put_held(struct fmp4_pack *p, struct source *s, int64_t end_dts,
		     struct stream_log *log)
{
	const struct frame *frame = &s->held;
	const struct fmp4_sample sample = {
		.dts = ticks(s, frame, frame->dts),
		.pts = ticks(s, frame, frame->pts),
		.size = (uint32_t)frame->payload.len,
		.is_key = frame->kind == MEDIA_AUDIO ||
			  frame->flags & FRAME_KEY,
	};
	const struct fmp4_run run = { s->track.id, &sample, 1, end_dts };
	const struct log_entry entry = {
		.dts_ms = frame_ms(frame, frame->dts),
		.kind = (uint8_t)frame->kind,
		.flags = is_start(p, s) ? ENTRY_START : 0,
	};

	if (!p->is_told)
		put_init_message(p, frame->kind, entry.dts_ms, log);
	if (!fmp4_fragment_print(&p->out, ++p->sequence, &run, 1))
		put_message(p, &entry, frame->payload, log);

	p->out.err = 0;
	s->duration = end_dts - sample.dts;
	s->held.chunk = chunk_unref(s->held.chunk);
}


/* The next one is not known: as long as the one before. */
static void put_last(struct fmp4_pack *p, struct source *s,
		     struct stream_log *log)
{
	int64_t dts;

	if (!s->held.chunk)
		return;

	dts = ticks(s, &s->held, s->held.dts);
	if (!s->duration)
		s->duration = (int64_t)s->track.clock_hz * FIRST_MS / 1000;
	put_held(p, s, dts + s->duration, log);
}


/* Write what has been held for so long that its next frame will be late. */
static void put_late(struct fmp4_pack *p, struct stream_log *log)
{
	for (size_t i = 0; i < p->n_sources; i++) {
		struct source *s = &p->sources[i];
		int64_t lasts = (int64_t)s->track.clock_hz *
				FMP4_PACK_LAST_MS / 1000;

		if (s->held.chunk &&
		    p->newest_ms - s->held_ms > FMP4_PACK_LATE_MS)
			put_held(p, s, ticks(s, &s->held, s->held.dts) +
				 lasts, log);
	}
}


/* -- frames -- */

/* A frame goes out when the next one of its track comes. */
static void pack_frame(struct fmp4_pack *p, const struct stream *stream,
		       const struct frame *frame, struct stream_log *log)
{
	struct source *s = find_source(p, frame->kind, frame->track);

	if (s && (s->codec != frame->codec || frame->flags & FRAME_END))
		put_last(p, s, log);
	s = need_source(p, stream, frame);
	if (!s || frame->dts < 0 || !frame->payload.len ||
	    frame->flags & FRAME_END)
		return;

	if (s->held.chunk)
		put_held(p, s, ticks(s, frame, frame->dts), log);
	chunk_ref(frame->chunk);
	s->held = *frame;
	s->held_ms = p->newest_ms;
}


static bool is_key_held(struct fmp4_pack *p)
{
	const struct source *video = first_video(p);

	return video && video->held.chunk && video->held.flags & FRAME_KEY;
}


/* What came behind a key frame goes on, once that has gone out. */
static void pack_behind(struct fmp4_pack *p, const struct stream *stream,
			struct stream_log *log)
{
	if (is_key_held(p))
		return;

	for (size_t i = 0; i < p->n_behind; i++) {
		pack_frame(p, stream, &p->behind[i], log);
		chunk_unref(p->behind[i].chunk);
	}
	p->n_behind = 0;
}


/* Let it go on now. */
static void release_behind(struct fmp4_pack *p, const struct stream *stream,
			   struct stream_log *log)
{
	if (p->n_behind)
		put_last(p, first_video(p), log);
	pack_behind(p, stream, log);
}


static void pack_coded(struct fmp4_pack *p, const struct stream *stream,
		       const struct frame *frame, struct stream_log *log)
{
	int64_t ms = frame_ms(frame, frame->dts);

	if (ms > p->newest_ms)
		p->newest_ms = ms;
	if (p->n_behind == BEHIND_MAX)
		release_behind(p, stream, log);

	if (frame->kind == MEDIA_AUDIO && is_key_held(p)) {
		chunk_ref(frame->chunk);
		p->behind[p->n_behind++] = *frame;
	}
	else {
		pack_frame(p, stream, frame, log);
	}
	put_late(p, log);
	pack_behind(p, stream, log);
}


/* Every configuration is a new epoch of the log, and needs its message: a box
 * that says nothing, after which all others may come. */
static void put_epoch(struct fmp4_pack *p, const struct frame *frame,
		      struct stream_log *log)
{
	const struct log_entry entry = {
		.dts_ms = frame_ms(frame, frame->dts),
		.kind = (uint8_t)frame->kind,
		.flags = ENTRY_CONFIG,
	};

	fmp4_box_close(&p->out, fmp4_box_open(&p->out, "free"));
	put_message(p, &entry, slice(NULL, 0), log);
}


static void pack_config(struct fmp4_pack *p, const struct stream *stream,
			const struct frame *frame, struct stream_log *log)
{
	struct source *s = find_source(p, frame->kind, frame->track);
	const struct track *track = stream_track(stream, frame->kind,
						 frame->track);
	bool was_told = p->is_told;

	put_epoch(p, frame, log);
	if (!p->has_tracks || !track)
		return;

	release_behind(p, stream, log);
	if (s)
		put_last(p, s, log);
	update_source(p, track, NULL);
	if (was_told && !p->is_told)
		put_init_message(p, frame->kind,
				 frame_ms(frame, frame->dts), log);
}


/* -- the beginning -- */

/* All tracks that are known come before the first frame, which may be `next`
 * (or NULL).  Viewers learn of them by the prologue, for which they wait as
 * we did. */
static void begin(struct fmp4_pack *p, const struct stream *stream,
		  const struct frame *next, struct stream_log *log)
{
	p->has_tracks = true;
	for (size_t i = 0; i < stream->n_tracks; i++)
		update_source(p, &stream->tracks[i], NULL);
	for (size_t i = 0; i < p->hold.n; i++)
		need_source(p, stream, &p->hold.frames[i]);
	if (next)
		need_source(p, stream, next);
	p->is_told = true;

	for (size_t i = 0; i < p->hold.n; i++)
		pack_coded(p, stream, &p->hold.frames[i], log);
	frame_hold_fini(&p->hold);
}


/* -- the packager -- */

static int fmp4_open(void *state, const struct stream *stream)
{
	struct fmp4_pack *p = state;

	p->out = writer(OUT_MAX);
	if (stream_is_settled(stream))
		begin(p, stream, NULL, NULL);

	return 0;
}


static void fmp4_pack(void *state, const struct stream *stream,
		      const struct frame *frame, struct stream_log *log)
{
	struct fmp4_pack *p = state;

	if (frame->flags & FRAME_CONFIG) {
		pack_config(p, stream, frame, log);
		return;
	}
	if (frame->kind == MEDIA_DATA || frame->flags & FRAME_OPAQUE)
		return;
	if (frame_hold_take(&p->hold, stream, frame))
		return;

	if (!p->has_tracks)
		begin(p, stream, frame, log);
	pack_coded(p, stream, frame, log);
}


static void fmp4_prologue(void *state, const struct stream *stream,
			  int64_t dts_ms, struct writer *w)
{
	const struct fmp4_pack *p = state;

	(void)stream;
	(void)dts_ms;
	put_init(p, w);
}


static void fmp4_flush(void *state, const struct stream *stream,
		       struct stream_log *log)
{
	struct fmp4_pack *p = state;

	if (p->hold.n)
		begin(p, stream, NULL, log);
	release_behind(p, stream, log);
	for (size_t i = 0; i < p->n_sources; i++)
		put_last(p, &p->sources[i], log);
}


static void fmp4_close(void *state)
{
	struct fmp4_pack *p = state;

	frame_hold_fini(&p->hold);
	for (size_t i = 0; i < p->n_behind; i++)
		chunk_unref(p->behind[i].chunk);
	for (size_t i = 0; i < p->n_sources; i++) {
		chunk_unref(p->sources[i].config);
		chunk_unref(p->sources[i].held.chunk);
	}
	writer_fini(&p->out);
}


const struct packager fmp4_packager = {
	.name = "fmp4",
	.size = sizeof(struct fmp4_pack),
	.is_ready = stream_is_settled,
	.open = fmp4_open,
	.pack = fmp4_pack,
	.prologue = fmp4_prologue,
	.flush = fmp4_flush,
	.close = fmp4_close,
};


const struct packager fmp4_websocket_packager = {
	.name = "fmp4-websocket",
	.size = sizeof(struct fmp4_pack),
	.framing = websocket_framing,
	.is_ready = stream_is_settled,
	.open = fmp4_open,
	.pack = fmp4_pack,
	.prologue = fmp4_prologue,
	.flush = fmp4_flush,
	.close = fmp4_close,
};
