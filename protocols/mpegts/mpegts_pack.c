/* The packager of transport streams. */
#include "mpegts/mpegts_pack.h"
#include "media/frame_hold.h"
#include "media/stream.h"
#include "mpegts/mpegts_packet.h"
#include "mpegts/mpegts_writer.h"
#include "websocket/websocket_node.h"


enum {
	OUT_MAX = 2 * MPEGTS_UNIT_MAX,   /* a message, at most */
	PID_AT = 1,                      /* in a packet: 13 bits */
	NONE = -1,
};

/* Which of the stream's tracks a track of the writer is. */
struct source {
	enum media_kind kind;
	uint8_t index;
};

struct mpegts_pack {
	struct mpegts_writer writer;
	struct source sources[MPEGTS_TRACKS_MAX];
	struct writer out;       /* owned: the message being made */
	struct frame_hold hold;
	bool has_tracks;         /* those that were known at the start */
	bool is_begun;           /* a frame was written */
};


/* -- tracks -- */

static int find_track(const struct mpegts_pack *p, enum media_kind kind,
		      uint8_t index)
{
	for (size_t i = 0; i < p->writer.n_tracks; i++) {
		if (p->sources[i].kind == kind &&
		    p->sources[i].index == index)
			return (int)i;
	}

	return NONE;
}


/* What nobody could play is not announced: codecs without a form here, and
 * those whose configuration is missing, or cannot be said. */
static bool can_carry(const struct track *track)
{
	struct mpegts_es es;
	int err;

	if (track->kind == MEDIA_DATA || track->message_type)
		return false;

	err = mpegts_es_init(&es, track->codec, &track->sound);
	if (err)
		return false;

	if (track->config)
		err = mpegts_es_configure(&es, track->config_payload);
	if (!es.is_configured)
		err = -EPROTO;
	mpegts_es_fini(&es);

	return !err;
}


static void configure(struct mpegts_pack *p, size_t i,
		      const struct track *track)
{
	const struct frame config = {
		.kind = track->kind,
		.codec = track->codec,
		.flags = FRAME_CONFIG,
		.clock_hz = 1000,
		.payload = track->config_payload,
	};

	mpegts_writer_frame(&p->writer, i, &config, &p->out);
}


static void update_track(struct mpegts_pack *p, const struct track *track)
{
	const struct mpegts_track_conf conf = {
		.codec = track->codec,
		.sound = track->sound,
		.pack = track->kind == MEDIA_AUDIO ? MPEGTS_PACK_AUDIO : 0,
	};
	struct mpegts_writer *m = &p->writer;
	int i = find_track(p, track->kind, track->index);

	if (!can_carry(track))
		return;

	if (i == NONE) {
		i = mpegts_writer_add(m, &conf);
		if (i < 0)
			return;
		p->sources[i] = (struct source) { track->kind, track->index };
	}
	else if (m->tracks[i].conf.codec != track->codec) {
		mpegts_writer_change(m, (size_t)i, &conf, &p->out);
	}

	configure(p, (size_t)i, track);
}


/* The writer's track for the frame, if it can take it; or NONE. */
static int ready_track(const struct mpegts_pack *p,
		       const struct frame *frame)
{
	int i = find_track(p, frame->kind, frame->track);
	const struct mpegts_track *t = &p->writer.tracks[i == NONE ? 0 : i];

	return i != NONE && t->conf.codec == frame->codec &&
	       t->es.is_configured ? i : NONE;
}


static int need_track(struct mpegts_pack *p, const struct stream *stream,
		      const struct frame *frame)
{
	const struct track *track;
	int i = ready_track(p, frame);

	if (i != NONE)
		return i;

	track = stream_track(stream, frame->kind, frame->track);
	if (track)
		update_track(p, track);

	return ready_track(p, frame);
}


/* -- messages -- */

static void drop_out(struct mpegts_pack *p)
{
	writer_drop(&p->out, p->out.len);
	p->out.err = 0;
}


/* Append what lies in p->out to the log, as one message. */
static void put_message(struct mpegts_pack *p, const struct frame *frame,
			unsigned flags, struct stream_log *log)
{
	const struct log_entry entry = {
		.dts_ms = frame_ms(frame, frame->dts),
		.kind = (uint8_t)frame->kind,
		.flags = (uint8_t)flags,
	};
	size_t len = p->out.len;
	uint8_t *at;

	if (len && !p->out.err && (at = stream_log_begin(log, len))) {
		memcpy(at, p->out.data, len);
		stream_log_commit(log, len, &entry);
	}
	drop_out(p);
}


static bool begins_with_tables(const struct writer *out)
{
	return out->len && !(out->data[PID_AT] & 0x1f) &&
	       out->data[PID_AT + 1] == MPEGTS_PID_PAT;
}


/* A packet that readers pass over. */
static void put_null(struct writer *w)
{
	const struct mpegts_packet null = {
		.pid = MPEGTS_PID_NULL,
		.has_payload = true,
	};
	uint8_t *room = put_room(w, MPEGTS_PACKET_LEN);

	if (room)
		mpegts_packet_print(room, &null);
}


/* Every configuration is a new epoch of the log, and needs its message.  Of
 * the tables, only those that all tracks are in are ever shown: players do
 * not like them to change. */
static void pack_config(struct mpegts_pack *p, const struct stream *stream,
			const struct frame *frame, struct stream_log *log)
{
	const struct track *track = stream_track(stream, frame->kind,
						 frame->track);

	if (track && p->has_tracks)
		update_track(p, track);
	if (p->is_begun)
		mpegts_writer_tables(&p->writer, &p->out);
	else
		put_null(&p->out);
	put_message(p, frame, ENTRY_CONFIG, log);
}


/* A key frame is a message of its own: what was gathered goes before it. */
static void pack_coded(struct mpegts_pack *p, const struct stream *stream,
		       const struct frame *frame, struct stream_log *log)
{
	struct mpegts_writer *m = &p->writer;
	int i = need_track(p, stream, frame);
	bool has_clock = i == (int)m->pcr_track;
	bool can_start = has_clock && (frame->kind == MEDIA_AUDIO ||
				       frame->flags & FRAME_KEY);

	if (i == NONE)
		return;

	if (can_start && frame->kind == MEDIA_VIDEO) {
		mpegts_writer_flush(m, &p->out);
		put_message(p, frame, 0, log);
	}

	mpegts_writer_frame(m, (size_t)i, frame, &p->out);
	p->is_begun = true;
	can_start &= begins_with_tables(&p->out);
	put_message(p, frame, can_start ? ENTRY_START : 0, log);
}


/* -- the beginning -- */

/* All tracks that are known come before the first frame.  A viewer may have
 * seen another publisher until now: counters and clock begin anew. */
static void begin(struct mpegts_pack *p, const struct stream *stream,
		  struct stream_log *log)
{
	for (size_t i = 0; i < stream->n_tracks; i++)
		update_track(p, &stream->tracks[i]);
	mpegts_writer_jump(&p->writer, &p->out);
	p->has_tracks = true;

	for (size_t i = 0; i < p->hold.n; i++)
		pack_coded(p, stream, &p->hold.frames[i], log);
	frame_hold_fini(&p->hold);
}


/* -- the packager -- */

static int mpegts_open(void *state, const struct stream *stream)
{
	struct mpegts_pack *p = state;

	mpegts_writer_init(&p->writer, MPEGTS_LEAD);
	p->out = writer(OUT_MAX);
	if (stream_is_settled(stream))
		begin(p, stream, NULL);

	return 0;
}


static void mpegts_pack(void *state, const struct stream *stream,
			const struct frame *frame, struct stream_log *log)
{
	struct mpegts_pack *p = state;

	if (frame->flags & FRAME_CONFIG) {
		pack_config(p, stream, frame, log);
		return;
	}
	if (frame->kind == MEDIA_DATA || frame->flags & FRAME_OPAQUE)
		return;
	if (frame_hold_take(&p->hold, stream, frame))
		return;

	if (!p->has_tracks)
		begin(p, stream, log);
	pack_coded(p, stream, frame, log);
}


/* Where a viewer starts, there are tables. */
static void mpegts_prologue(void *state, const struct stream *stream,
			    int64_t dts_ms, struct writer *w)
{
	(void)state;
	(void)stream;
	(void)dts_ms;
	(void)w;
}


static void mpegts_flush(void *state, const struct stream *stream,
			 struct stream_log *log)
{
	const struct frame end = {
		.kind = MEDIA_AUDIO,
		.clock_hz = 1000,
		.dts = atomic_load(&stream->last_ms),
	};
	struct mpegts_pack *p = state;

	if (p->hold.n)
		begin(p, stream, log);
	mpegts_writer_flush(&p->writer, &p->out);
	put_message(p, &end, 0, log);
}


static void mpegts_close(void *state)
{
	struct mpegts_pack *p = state;

	frame_hold_fini(&p->hold);
	mpegts_writer_fini(&p->writer);
	writer_fini(&p->out);
}


const struct packager mpegts_packager = {
	.name = "mpegts",
	.size = sizeof(struct mpegts_pack),
	.is_ready = stream_is_settled,
	.open = mpegts_open,
	.pack = mpegts_pack,
	.prologue = mpegts_prologue,
	.flush = mpegts_flush,
	.close = mpegts_close,
};


const struct packager mpegts_websocket_packager = {
	.name = "mpegts-websocket",
	.size = sizeof(struct mpegts_pack),
	.framing = websocket_framing,
	.is_ready = stream_is_settled,
	.open = mpegts_open,
	.pack = mpegts_pack,
	.prologue = mpegts_prologue,
	.flush = mpegts_flush,
	.close = mpegts_close,
};
