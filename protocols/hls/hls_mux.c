/* Where segments and parts are cut. */
#include "hls/hls_mux_int.h"
#include "base/mem.h"


enum {
	SECOND_US = 1000000,
	DRIVER_LOST_US = 10 * SECOND_US,
	FRAMES_FIRST = 64,       /* room in a lane; doubled as needed */
	INTERVAL_SHARE = 8,      /* of a new interval in the average: 1/8 */
	STEPS_A_SECOND = 5,      /* of sound; else there is a hole */
	SLEW_US = 1000,          /* by which dates follow the clock, */
	SLEW_FROM_US = 100000,   /* a segment, if they are so far off */
};


int64_t hls_frame_us(const struct frame *frame, int64_t ticks)
{
	int64_t hz = frame->clock_hz;

	return ticks / hz * SECOND_US + ticks % hz * SECOND_US / hz;
}


/* -- lanes -- */

void hls_lane_drop(struct hls_lane *lane, size_t n)
{
	for (size_t i = 0; i < n; i++)
		chunk_unref(lane->frames[i].chunk);

	/* A lane that had no frame has no memory either. */
	if (!n)
		return;

	lane->n -= n;
	if (lane->n)
		memmove(lane->frames, lane->frames + n,
			lane->n * sizeof(lane->frames[0]));
}


/* How long its frames last, to judge by the last two; 0: there was a hole. */
static void note_step(struct hls_lane *lane, const struct frame *frame)
{
	if (!lane->n)
		return;

	lane->step = frame->dts - lane->frames[lane->n - 1].dts;
	if (lane->step > frame->clock_hz / STEPS_A_SECOND)
		lane->step = 0;
}


static int lane_add(struct hls_lane *lane, const struct frame *frame)
{
	struct frame *frames;
	size_t size;

	if (lane->n == lane->size) {
		size = lane->size ? lane->size * 2 : FRAMES_FIRST;
		frames = mem_resize(lane->frames, size * sizeof(*frames));
		if (!frames)
			return -ENOMEM;
		lane->frames = frames;
		lane->size = size;
	}

	note_step(lane, frame);
	lane->frames[lane->n] = *frame;
	chunk_ref(frame->chunk);
	++lane->n;

	return 0;
}


static void lane_fini(struct hls_lane *lane)
{
	if (lane->n)
		hls_lane_drop(lane, lane->n);
	mem_free(lane->frames);
	chunk_unref(lane->config);
}


/* The lane of a frame that the format can carry, or NULL. */
static struct hls_lane *lane_of(struct hls_mux *m, const struct frame *frame)
{
	struct hls_lane *lane;

	if (frame->kind == MEDIA_DATA ||
	    frame->flags & (FRAME_OPAQUE | FRAME_END) ||
	    !hls_codec_is_known(m->conf.format, frame->codec))
		return NULL;

	lane = &m->lanes[frame->kind == MEDIA_VIDEO ? HLS_VIDEO : HLS_AUDIO];
	if (!lane->is_known) {
		lane->is_known = true;
		lane->track = frame->track;
	}

	return lane->track == frame->track ? lane : NULL;
}


/* -- cutting -- */

static void drop_all(struct hls_mux *m)
{
	for (int i = 0; i < HLS_LANES; i++)
		hls_lane_drop(&m->lanes[i], m->lanes[i].n);
	m->part_bytes = 0;
}


/* Begin anew, at the next key frame. */
static void wait_for_key(struct hls_mux *m)
{
	drop_all(m);
	m->is_waiting = true;
	m->is_broken = true;
}


/* The length that no segment may exceed. */
static int64_t longest_us(const struct hls_mux *m)
{
	int64_t twice = 2 * m->conf.segment_us;

	if (m->target_s)
		return (int64_t)m->target_s * SECOND_US + SECOND_US / 2 - 1;

	return twice > HLS_FIRST_MAX_US ? twice : HLS_FIRST_MAX_US;
}


static void note_target(struct hls_mux *m, int64_t duration_us)
{
	unsigned least = hls_target_s(m->conf.segment_us);

	if (m->target_s)
		return;

	m->target_s = hls_target_s(duration_us);
	if (m->target_s < least)
		m->target_s = least;
}


/* End the part, and the segment too. */
static int cut(struct hls_mux *m, const struct hls_cut *c)
{
	struct hls_piece piece = {
		.part.duration_us = c->end_us - m->part_us,
		.part.is_independent = m->has_key,
		.date_us = m->date_us + (m->part_us - m->segment_us),
		.n_pictures = (unsigned)m->lanes[HLS_VIDEO].n,
		.starts_segment = m->is_first_part,
		.starts_with_key = m->starts_with_key,
		.has_discontinuity = m->is_first_part && m->is_broken,
		.ends_segment = c->ends_segment,
	};
	int err = m->tracks ? 0 : hls_mux_make_tracks(m);

	if (!err)
		err = hls_mux_write(m, c, &piece.bytes);
	if (err) {
		wait_for_key(m);
		return err == -ENOMEM ? err : 0;
	}

	if (c->ends_segment)
		note_target(m, c->end_us - m->segment_us);
	piece.target_s = m->target_s;
	piece.tracks = m->tracks;
	m->on_piece(&piece, m->arg);
	chunk_unref(piece.bytes);

	m->is_broken = false;
	m->is_first_part = false;
	m->segment_bytes += m->part_bytes;
	m->part_bytes = 0;

	return 0;
}


static void start_part(struct hls_mux *m, int64_t us)
{
	m->part_us = us;
	m->has_key = false;
}


static void start_segment(struct hls_mux *m, int64_t us, bool is_key,
			  int64_t wall_us)
{
	int64_t off;

	/* Dates follow the frames' clock, not the network's moods; what
	 * that clock loses in days is made up for. */
	m->date_us += us - m->segment_us;
	off = wall_us - m->date_us;
	if (m->is_broken)
		m->date_us = wall_us;
	else if (off > SLEW_FROM_US)
		m->date_us += SLEW_US;
	else if (off < -SLEW_FROM_US)
		m->date_us -= SLEW_US;

	m->segment_us = us;
	m->segment_bytes = 0;
	m->is_first_part = true;
	m->starts_with_key = is_key;
	start_part(m, us);
}


/* Where the driver's last frame probably ends. */
static int64_t probable_end(const struct hls_mux *m)
{
	int64_t end = m->last_us + (m->interval_us ? m->interval_us : 1);
	int64_t most = m->segment_us + longest_us(m);

	return end < most ? end : most;
}


/* End the segment without knowing what comes next. */
static int end_segment(struct hls_mux *m)
{
	const struct hls_cut c = {
		.end_us = probable_end(m),
		.ends_segment = true,
	};
	int err = 0;

	if (!m->is_waiting)
		err = cut(m, &c);
	wait_for_key(m);

	return err;
}


/* Is `us`, a frame's time, the end of the segment?  A key frame is taken also
 * before its time, if the one after it would come too late. */
static bool is_segment_due(const struct hls_mux *m, int64_t us, bool is_key)
{
	int64_t so_far = us - m->segment_us, most = longest_us(m);

	if (is_key && so_far + m->interval_us / 2 >= m->conf.segment_us)
		return true;
	if (is_key && so_far >= m->conf.segment_us / 2 &&
	    so_far + m->gop_us > most)
		return true;

	return so_far + m->interval_us > most ||
	       m->segment_bytes + m->part_bytes > m->conf.bytes_max;
}


/* Would the part be too long with one more frame? */
static bool is_part_due(const struct hls_mux *m, int64_t us, int64_t tick_us)
{
	if (tick_us > HLS_PART_SLACK_US)
		tick_us = HLS_PART_SLACK_US;

	return m->conf.part_us && us - m->part_us + m->interval_us >
				  m->conf.part_us + tick_us;
}


static void note_interval(struct hls_mux *m, int64_t us, bool is_key)
{
	int64_t step = us - m->last_us;

	if (!m->interval_us)
		m->interval_us = step;
	else
		m->interval_us += (step - m->interval_us) / INTERVAL_SHARE;

	if (is_key && us - m->key_us > m->gop_us)
		m->gop_us = us - m->key_us;
}


/* A frame of the driver is next: cut before it, if it is time to. */
static int cut_before(struct hls_mux *m, const struct frame *frame,
		      int64_t us, bool is_key, int64_t wall_us)
{
	struct hls_cut c = { .next = frame, .end_us = us };
	int err;

	if (us - m->segment_us > longest_us(m)) {
		/* A hole. */
		err = end_segment(m);
		if (!is_key)
			return err;
		m->is_waiting = false;
		start_segment(m, us, is_key, wall_us);
		return err;
	}

	note_interval(m, us, is_key);
	c.ends_segment = is_segment_due(m, us, is_key);
	if (c.ends_segment) {
		err = cut(m, &c);
		if (!m->is_waiting || is_key) {
			m->is_waiting = false;
			start_segment(m, us, is_key, wall_us);
		}
		return err;
	}
	if (!is_part_due(m, us, SECOND_US / frame->clock_hz))
		return 0;

	err = cut(m, &c);
	if (!m->is_waiting)
		start_part(m, us);

	return err;
}


static int push_driver(struct hls_mux *m, const struct frame *frame,
		       int64_t wall_us)
{
	int64_t us = hls_frame_us(frame, frame->dts);
	bool is_key = frame->kind == MEDIA_AUDIO || frame->flags & FRAME_KEY;
	int err = 0;

	if (m->is_waiting && !is_key) {
		m->last_us = us;
		return 0;
	}

	if (m->is_waiting) {
		m->is_waiting = false;
		m->interval_us = 0;
		start_segment(m, us, is_key, wall_us);
	} else {
		err = cut_before(m, frame, us, is_key, wall_us);
	}

	m->last_us = us;
	if (is_key)
		m->key_us = us;
	m->has_key |= is_key;

	return err;
}


/* -- frames -- */

/* Its configuration is another one: what follows is another thing. */
static int configure(struct hls_mux *m, struct hls_lane *lane,
		     const struct frame *frame)
{
	int err = 0;

	if (lane->is_ready && lane->codec == frame->codec &&
	    str_eq(str_of(lane->config_payload), str_of(frame->payload)))
		return 0;

	if (lane->is_in)
		err = end_segment(m);
	if (lane->is_in || lane->n) {
		wait_for_key(m);
		hls_mux_forget_tracks(m);
	}

	chunk_unref(lane->config);
	lane->config = chunk_ref(frame->chunk);
	lane->config_payload = frame->payload;
	lane->codec = frame->codec;
	lane->sound = frame->sound;
	lane->step = 0;
	lane->is_ready = true;

	return err;
}


/* Codecs whose frames tell all that a decoder must know. */
static bool has_no_config(enum codec codec)
{
	return codec == CODEC_MP3 || codec == CODEC_AC3 ||
	       codec == CODEC_EAC3;
}


/* Of these two, which one cuts? */
static void choose_driver(struct hls_mux *m)
{
	unsigned driver = m->lanes[HLS_VIDEO].has_frames ? HLS_VIDEO
							 : HLS_AUDIO;

	if (driver == m->driver)
		return;

	m->driver = driver;
	wait_for_key(m);
	m->gop_us = 0;
}


/* Pictures that come no more would hold up the sound: it goes on alone, till
 * there is one again. */
static int check_driver(struct hls_mux *m, const struct frame *frame)
{
	struct hls_lane *driver = &m->lanes[m->driver];
	int err;

	if (hls_frame_us(frame, frame->dts) - m->last_us <= DRIVER_LOST_US &&
	    m->part_bytes <= m->conf.bytes_max)
		return 0;

	err = end_segment(m);
	hls_mux_forget_tracks(m);
	driver->has_frames = false;
	choose_driver(m);

	return err;
}


/* A frame of a lane that was not there before. */
static int begin_lane(struct hls_mux *m, struct hls_lane *lane)
{
	int err = 0;

	if (m->tracks) {
		err = end_segment(m);
		hls_mux_forget_tracks(m);
	}
	lane->has_frames = true;
	choose_driver(m);

	return err;
}


static int push_coded(struct hls_mux *m, struct hls_lane *lane,
		      const struct frame *frame, int64_t wall_us)
{
	int err = 0;

	if (!lane->has_frames)
		err = begin_lane(m, lane);
	if (!err && lane != &m->lanes[m->driver])
		err = check_driver(m, frame);
	if (!err && lane == &m->lanes[m->driver])
		err = push_driver(m, frame, wall_us);
	if (err || m->is_waiting)
		return err;

	err = lane_add(lane, frame);
	if (err) {
		wait_for_key(m);
		return err;
	}
	m->part_bytes += frame->payload.len;

	return 0;
}


int hls_mux_push(struct hls_mux *m, const struct frame *frame,
		 int64_t wall_us)
{
	struct hls_lane *lane = lane_of(m, frame);
	bool is_config = frame->flags & FRAME_CONFIG;
	int err = 0;

	if (!lane || (!is_config && (!frame->payload.len || frame->dts < 0)))
		return 0;
	if (is_config)
		return configure(m, lane, frame);

	if (lane->is_ready && lane->codec != frame->codec)
		lane->is_ready = false;
	if (!lane->is_ready && has_no_config(frame->codec))
		err = configure(m, lane, frame);

	return err || !lane->is_ready ? err
				      : push_coded(m, lane, frame, wall_us);
}


int hls_mux_finish(struct hls_mux *m)
{
	return end_segment(m);
}


/* -- the muxer -- */

void hls_mux_set_target(struct hls_mux *m, unsigned target_s)
{
	if (!m->target_s)
		m->target_s = target_s;
}


int hls_mux_new(struct hls_mux **mp, const struct hls_mux_conf *conf,
		hls_piece_fn *on_piece, void *arg)
{
	struct hls_mux *m = mem_zalloc(sizeof(*m));

	if (!m)
		return -ENOMEM;

	m->conf = *conf;
	m->on_piece = on_piece;
	m->arg = arg;
	m->driver = HLS_AUDIO;
	m->is_waiting = true;
	m->is_broken = true;
	*mp = m;

	return 0;
}


void hls_mux_free(struct hls_mux *m)
{
	if (!m)
		return;

	for (int i = 0; i < HLS_LANES; i++)
		lane_fini(&m->lanes[i]);
	hls_mux_forget_tracks(m);
	mem_free(m);
}
