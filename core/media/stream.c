/* A stream: what one publisher sends under a name. */
#include "media/stream_int.h"
#include <assert.h>
#include "base/mem.h"
#include "base/text.h"


enum {
	KEPT_FIRST = 64,         /* frames; doubled as needed */
	JUMP_BACK_MS = 1000,     /* a clock that goes back so far was reset */
	JUMP_AHEAD_MS = 10000,   /* beyond what really passed: was set */
	STEP_MS = 20,            /* what a jump is replaced with */
	LINGER_STEP_MS = 1000,
};


/* -- frames kept since the last key frame -- */

static void kept_clear(struct kept_frames *kept)
{
	for (size_t i = 0; i < kept->n; i++)
		chunk_unref(kept->at[i].chunk);

	kept->n = 0;
	kept->bytes = 0;
}


static void kept_add(struct kept_frames *kept, const struct frame *frame,
		     size_t max)
{
	struct frame *at;
	size_t size;

	if (kept->n == kept->size) {
		size = kept->size ? kept->size * 2 : KEPT_FIRST;
		at = mem_resize(kept->at, size * sizeof(*at));
		if (!at) {
			kept_clear(kept);
			return;
		}
		kept->at = at;
		kept->size = size;
	}

	kept->at[kept->n] = *frame;
	chunk_ref(frame->chunk);
	++kept->n;
	kept->bytes += frame->payload.len;

	/* No key frame for so long: a viewer waits for the next one. */
	if (kept->bytes > max)
		kept_clear(kept);
}


/* -- times -- */

/* Where the first frame's time goes, if another publisher was before. */
static void start_clock(struct stream *stream, int64_t input_ms)
{
	stream->has_input = true;
	if (stream->follow_us)
		stream->base_ms = stream->follow_ms + STEP_MS - input_ms +
			(stream->loop->now_us - stream->follow_us) / 1000;
}


static bool is_jump(int64_t step_ms, int64_t real_ms)
{
	return step_ms < -JUMP_BACK_MS || step_ms > real_ms + JUMP_AHEAD_MS;
}


/* Move the clock on as if it had not been set anew.  Only a track's own
 * frames tell: one track may be well ahead of another. */
static void take_out_jump(struct stream *stream, const struct track *track,
			  const struct frame *frame)
{
	int64_t step_ms = frame_ms(frame, frame->dts) + stream->base_ms -
			  frame_ms(frame, track->last_dts);
	int64_t real_ms = (stream->loop->now_us - track->last_us) / 1000;

	if (!is_jump(step_ms, real_ms))
		return;

	stream->base_ms -= step_ms - STEP_MS;
	++stream->n_jumps;
	log_debug(stream, "clock jump ms=%lld", (long long)step_ms);
}


/* Configuration and data often come with time 0 in mid-stream: that is now,
 * and says nothing of the clock. */
static void set_untimed(struct stream *stream, struct frame *frame)
{
	int64_t last_ms = atomic_load(&stream->last_ms);
	bool has_begun = stream->has_input || stream->follow_us;

	frame->dts += stream->base_ms * frame->clock_hz / 1000;
	if (has_begun && is_jump(frame_ms(frame, frame->dts) - last_ms, 0))
		frame->dts = last_ms * frame->clock_hz / 1000;
	frame->pts = frame->dts;
}


/* What came in the span that ends now, and when a group of pictures does. */
static void note_pace(struct stream *stream, struct track *track,
		      const struct frame *frame)
{
	struct track_pace *pace = &track->pace;
	int64_t now_us = stream->loop->now_us;
	int64_t span_us = now_us - pace->from_us;
	int64_t dts_ms = frame_ms(frame, frame->dts);

	if (frame->kind == MEDIA_VIDEO && frame->flags & FRAME_KEY) {
		if (pace->key_frames) {
			pace->gop_ms = dts_ms - pace->key_ms;
			pace->gop_frames = (unsigned)(track->n_frames -
						      pace->key_frames);
		}
		pace->key_frames = track->n_frames;
		pace->key_ms = dts_ms;
	}

	if (pace->from_us && span_us < STREAM_PACE_MS * 1000)
		return;
	if (pace->from_us) {
		uint64_t bytes = track->n_bytes - pace->n_bytes;
		uint64_t frames = track->n_frames - pace->n_frames;
		int64_t span_ms = dts_ms - pace->from_ms;

		pace->bits_per_s = (int64_t)bytes * 8000000 / span_us;
		pace->frames_per_1000s = span_ms > 0
			? (int64_t)frames * 1000000 / span_ms : 0;
	}
	pace->from_us = now_us;
	pace->from_ms = dts_ms;
	pace->n_bytes = track->n_bytes;
	pace->n_frames = track->n_frames;
}


static void set_timed(struct stream *stream, struct track *track,
		      struct frame *frame)
{
	int64_t delay = frame->pts - frame->dts;
	bool is_first = !stream->has_input;

	if (!stream->has_input)
		start_clock(stream, frame_ms(frame, frame->dts));
	else if (track->last_us)
		take_out_jump(stream, track, frame);

	frame->dts += stream->base_ms * frame->clock_hz / 1000;
	if (track->last_us && frame->dts <= track->last_dts &&
	    !(frame->flags & FRAME_OPAQUE)) {
		frame->dts = track->last_dts + 1;
		++track->n_repaired;
	}
	frame->pts = frame->dts + delay;
	if (is_first)
		stream->first_ms = frame_ms(frame, frame->dts);

	track->last_dts = frame->dts;
	track->last_us = stream->loop->now_us;
	++track->n_frames;
	note_pace(stream, track, frame);
}


/* Give the frame the time at which it goes out. */
static void set_time(struct stream *stream, struct track *track,
		     struct frame *frame)
{
	if (frame->flags & FRAME_CONFIG || frame->kind == MEDIA_DATA)
		set_untimed(stream, frame);
	else
		set_timed(stream, track, frame);

	track->n_bytes += frame->payload.len;
	if (frame_ms(frame, frame->dts) > atomic_load(&stream->last_ms))
		atomic_store(&stream->last_ms, frame_ms(frame, frame->dts));
}


/* -- tracks -- */

const struct track *stream_track(const struct stream *stream,
				 enum media_kind kind, uint8_t index)
{
	for (size_t i = 0; i < stream->n_tracks; i++) {
		const struct track *track = &stream->tracks[i];

		if (track->kind == kind && track->index == index)
			return track;
	}

	return NULL;
}


struct frame track_config_frame(const struct track *track, int64_t dts_ms)
{
	unsigned opaque = track->message_type ? FRAME_OPAQUE : 0;

	return (struct frame){
		.kind = track->kind,
		.codec = track->codec,
		.track = track->index,
		.flags = (uint8_t)(FRAME_CONFIG | opaque),
		.message_type = track->message_type,
		.sound = track->sound,
		.clock_hz = 1000,
		.dts = dts_ms,
		.pts = dts_ms,
		.chunk = track->config,
		.payload = track->config_payload,
	};
}


struct frame stream_metadata_frame(const struct stream *stream)
{
	return (struct frame){
		.kind = MEDIA_DATA,
		.flags = FRAME_OPAQUE,
		.clock_hz = 1000,
		.chunk = stream->metadata,
		.payload = stream->metadata_payload,
	};
}


bool stream_is_settled(const struct stream *stream)
{
	bool has_audio = false, has_video = false;

	for (size_t i = 0; i < stream->n_tracks; i++) {
		const struct track *track = &stream->tracks[i];

		has_audio |= track->kind == MEDIA_AUDIO && track->n_frames;
		has_video |= track->kind == MEDIA_VIDEO && track->n_frames;
	}

	if (has_audio && has_video)
		return true;

	return (has_audio || has_video) &&
	       atomic_load(&stream->last_ms) - stream->first_ms >=
		       STREAM_SETTLE_MS;
}


static struct track *need_track(struct stream *stream,
				const struct frame *frame)
{
	const struct track *known = stream_track(stream, frame->kind,
						 frame->track);
	struct track *track;

	if (known)
		return &stream->tracks[known - stream->tracks];
	if (stream->n_tracks == STREAM_TRACKS_MAX)
		return NULL;

	track = &stream->tracks[stream->n_tracks++];
	track->kind = frame->kind;
	track->index = frame->track;
	track->codec = frame->codec;
	stream->has_video |= frame->kind == MEDIA_VIDEO;

	return track;
}


/* Returns false if the track has this very configuration already. */
static bool set_config(struct stream *stream, struct track *track,
		       const struct frame *frame)
{
	if (track->config && track->codec == frame->codec &&
	    str_eq(str_of(track->config_payload), str_of(frame->payload)))
		return false;

	chunk_unref(track->config);
	track->config = chunk_ref(frame->chunk);
	track->config_payload = frame->payload;
	track->codec = frame->codec;
	track->sound = frame->sound;
	track->message_type = frame->message_type;

	for (size_t i = 0; i < stream->n_formats; i++)
		stream_log_next_epoch(stream->formats[i].log);

	return true;
}


/* -- formats -- */

static void wake_all(void *arg)
{
	struct stream *stream = arg;

	for (size_t i = 0; i < stream->n_formats; i++)
		stream_log_wake(stream->formats[i].log);
}


static void close_format(struct stream *stream, struct stream_format *format)
{
	if (format->packager->flush)
		format->packager->flush(format->state, stream, format->log);
	stream_log_end(format->log);
	if (format->packager->close)
		format->packager->close(format->state);
	mem_free(format->state);
	stream_log_unref(format->log);

	*format = stream->formats[--stream->n_formats];
}


static void on_linger(void *arg)
{
	struct stream *stream = arg;
	int64_t now_ms = stream->loop->now_us / 1000;

	for (size_t i = stream->n_formats; i-- > 0;) {
		struct stream_format *format = &stream->formats[i];

		if (stream_log_n_cursors(format->log))
			format->unused_ms = 0;
		else if (!format->unused_ms)
			format->unused_ms = now_ms;
		else if (now_ms - format->unused_ms >= STREAM_LINGER_MS)
			close_format(stream, format);
	}

	if (stream->n_formats)
		timer_start(loop_timers(stream->loop), &stream->linger,
			    LINGER_STEP_MS, on_linger, stream);
}


/* One for all streams of that format.  It is never given back, so that what
 * was counted stays while nobody watches; the registry of metrics frees it. */
static struct metric *need_latency(const struct stream *stream,
				   const struct packager *packager)
{
	const struct metric_conf conf = {
		.type = METRIC_HISTOGRAM,
		.unit = REPORT_US,
		.name = "stream_send_latency",
		.help = "Time from a message of a publisher to its being "
			"sent to the last viewer of a worker",
		.labels = { { "format", packager->name } },
	};
	struct metric *metric = NULL;

	if (stream->metrics && metric_new(&metric, stream->metrics, &conf))
		return NULL;

	return metric;
}


struct stream_format *stream_open_format(struct stream *stream,
					 const struct packager *packager)
{
	struct stream_format *format;

	for (size_t i = 0; i < stream->n_formats; i++) {
		if (stream->formats[i].packager == packager)
			return &stream->formats[i];
	}

	if (stream->n_formats == STREAM_FORMATS_MAX)
		return NULL;

	format = &stream->formats[stream->n_formats];
	memset(format, 0, sizeof(*format));
	format->packager = packager;
	format->log = stream_log_new(stream->loop, stream->n_workers,
				     &stream->limits.log, packager->framing);
	format->state = mem_zalloc(packager->size);
	if (!format->log || !format->state ||
	    packager->open(format->state, stream)) {
		stream_log_unref(format->log);
		mem_free(format->state);
		return NULL;
	}

	stream_log_measure(format->log, need_latency(stream, packager));
	++stream->n_formats;
	for (size_t i = 0; i < stream->kept.n; i++)
		packager->pack(format->state, stream, &stream->kept.at[i],
			       format->log);

	timer_start(loop_timers(stream->loop), &stream->linger,
		    LINGER_STEP_MS, on_linger, stream);

	return format;
}


static void pack_all(struct stream *stream, const struct frame *frame)
{
	for (size_t i = 0; i < stream->n_formats; i++) {
		struct stream_format *format = &stream->formats[i];

		format->packager->pack(format->state, stream, frame,
				       format->log);
	}

	LIST_EACH(&stream->taps, node) {
		struct stream_tap *tap =
			CONTAINER_OF(node, struct stream_tap, node);

		tap->frame(tap, frame);
	}

	if (stream->n_formats)
		loop_before_flush(stream->loop, &stream->wake);
}


/* -- taps -- */

void stream_tap(struct stream *stream, struct stream_tap *tap)
{
	for (size_t i = 0; i < stream->n_tracks; i++) {
		const struct track *track = &stream->tracks[i];
		const struct frame config = track_config_frame(track, 0);

		if (track->config)
			tap->frame(tap, &config);
	}

	for (size_t i = 0; i < stream->kept.n; i++)
		tap->frame(tap, &stream->kept.at[i]);
	list_add(&stream->taps, &tap->node);
}


void stream_untap(struct stream_tap *tap)
{
	list_del(&tap->node);
}


static void end_taps(struct stream *stream)
{
	struct list_node *node;

	while ((node = list_pop(&stream->taps))) {
		struct stream_tap *tap =
			CONTAINER_OF(node, struct stream_tap, node);

		tap->end(tap);
	}
}


/* -- the stream -- */

static void on_evict(struct mail *mail)
{
	struct stream *stream = CONTAINER_OF(mail, struct stream, evict);

	if (!stream->is_closed)
		stream->on_evicted(stream->arg);
	stream_unref(stream);
}


static void destroy(void *arg)
{
	struct stream *stream = arg;

	for (size_t i = 0; i < stream->n_tracks; i++)
		chunk_unref(stream->tracks[i].config);

	kept_clear(&stream->kept);
	mem_free(stream->kept.at);
	chunk_unref(stream->metadata);
	mem_free(stream->vhost);
	mem_free(stream->app);
	mem_free(stream->name);
}


struct stream *stream_new(struct loop *loop, unsigned n_workers,
			  const struct stream_key *key,
			  const struct stream_limits *limits,
			  stream_evicted_fn *on_evicted, void *arg)
{
	struct stream *stream = mem_new(sizeof(*stream), destroy);

	if (!stream)
		return NULL;

	stream->log.category = "stream";
	stream->loop = loop;
	stream->since_us = loop->now_us;
	stream->n_workers = n_workers;
	stream->limits = *limits;
	stream->on_evicted = on_evicted;
	stream->arg = arg;
	stream->wake.fn = wake_all;
	stream->wake.arg = stream;
	stream->evict.fn = on_evict;
	stream->vhost = text_dup(key->vhost);
	stream->app = text_dup(key->app);
	stream->name = text_dup(key->name);
	if (!stream->vhost || !stream->app || !stream->name)
		return mem_unref(stream);

	return stream;
}


struct stream *stream_ref(struct stream *stream)
{
	return mem_ref(stream);
}


struct stream *stream_unref(struct stream *stream)
{
	return mem_unref(stream);
}


void stream_close(struct stream *stream)
{
	if (stream->is_closed)
		return;

	stream->is_closed = true;
	timer_stop(&stream->linger);
	timer_stop(&stream->ready);
	list_del(&stream->wake.node);
	while (stream->n_formats)
		close_format(stream, &stream->formats[0]);
	end_taps(stream);
	kept_clear(&stream->kept);
	stream_answer_waiting(stream, false);
}


int stream_push(struct stream *stream, const struct frame *in)
{
	struct track *track = need_track(stream, in);
	struct frame frame = *in;
	bool is_config = frame.flags & FRAME_CONFIG;
	bool is_start;

	if (!track)
		return -EMSGSIZE;

	if (!is_config && !(frame.flags & FRAME_OPAQUE)) {
		track->codec = frame.codec;
		track->sound = frame.sound;
	}

	set_time(stream, track, &frame);
	if (is_config && !set_config(stream, track, &frame))
		return 0;

	/* Sound can start anywhere, where there is no picture. */
	is_start = frame.kind == MEDIA_VIDEO ||
		   (frame.kind == MEDIA_AUDIO && !stream->has_video &&
		    !is_config);
	if (frame.kind == MEDIA_AUDIO)
		frame.flags &= (uint8_t)~FRAME_KEY;
	if (frame.kind == MEDIA_AUDIO && is_start)
		frame.flags |= FRAME_KEY;

	if (frame.flags & FRAME_KEY && !is_config)
		kept_clear(&stream->kept);
	kept_add(&stream->kept, &frame, stream->limits.log.bytes);
	pack_all(stream, &frame);
	if (stream->waiting.n)
		stream_answer_waiting(stream, false);

	return 0;
}


int stream_set_metadata(struct stream *stream, const struct frame *in)
{
	struct track *track = need_track(stream, in);
	struct frame frame = *in;

	if (!track)
		return -EMSGSIZE;
	if (stream->metadata &&
	    str_eq(str_of(stream->metadata_payload), str_of(in->payload)))
		return 0;

	chunk_unref(stream->metadata);
	stream->metadata = chunk_ref(in->chunk);
	stream->metadata_payload = in->payload;

	/* One who waits for a key frame wants this all the same. */
	frame.flags |= FRAME_CONFIG;
	set_time(stream, track, &frame);
	pack_all(stream, &frame);

	return 0;
}


void stream_follow(struct stream *stream, int64_t ms, int64_t us)
{
	stream->follow_ms = ms;
	stream->follow_us = us;
	stream->has_input = false;
	for (size_t i = 0; i < stream->n_tracks; i++)
		stream->tracks[i].last_us = 0;
	atomic_store(&stream->last_ms, ms);
	kept_clear(&stream->kept);
}
