/* The bytes of parts: fragments of MP4 (moof and mdat, one a part) or packets
 * of a transport stream. */
#include "hls/hls_mux_int.h"
#include "base/mem.h"
#include "base/writer.h"
#include "codec/rfc6381.h"
#include "fmp4/fmp4_fragment.h"


enum {
	SECOND_US = 1000000,
	PACK = 9000,             /* 0.1 s of sound in a PES packet, 90 kHz */
	INIT_MAX = 1 << 20,
};


/* -- codecs -- */

bool hls_codec_is_known(enum hls_format format, enum codec codec)
{
	const struct sound sound = { 0 };
	struct mpegts_es es = { 0 };
	int err;

	if (format == HLS_FMP4)
		return fmp4_codec_of(codec) != FMP4_N_CODECS;

	err = mpegts_es_init(&es, codec, &sound);
	if (!err)
		mpegts_es_fini(&es);

	return !err;
}


/* -- tracks -- */

static void destroy_tracks(void *arg)
{
	struct hls_tracks *tracks = arg;

	chunk_unref(tracks->init);
}


void hls_mux_forget_tracks(struct hls_mux *m)
{
	m->tracks = mem_unref(m->tracks);
	for (int i = 0; i < HLS_LANES; i++)
		m->lanes[i].is_in = false;
	if (m->has_ts)
		mpegts_writer_fini(&m->ts);
	m->has_ts = false;
}


static int describe(struct hls_mux *m, struct fmp4_track *tracks, size_t *n)
{
	int err = 0;

	*n = 0;
	for (int i = 0; i < HLS_LANES && !err; i++) {
		struct hls_lane *lane = &m->lanes[i];
		struct fmp4_track *t = &tracks[*n];

		if (!lane->is_ready || !lane->has_frames)
			continue;

		err = fmp4_track_set(t, fmp4_codec_of(lane->codec),
				     lane->config_payload);
		t->id = (uint32_t)i + 1;
		lane->clock_hz = t->clock_hz;
		lane->is_in = true;
		++*n;
	}

	return err ? err : *n ? 0 : -EPROTO;
}


/* What is not known is not said. */
static void print_codecs(char *out, const struct fmp4_track *t, size_t n)
{
	struct writer w = writer(HLS_CODECS_MAX - 1);

	for (size_t i = 0; i < n; i++) {
		if (i)
			put_str(&w, str(","));
		fmp4_track_print_codec(&w, &t[i]);
	}
	if (!w.err)
		memcpy(out, w.data, w.len);
	writer_fini(&w);
}


static int make_init(struct hls_tracks *tracks, const struct fmp4_track *t,
		     size_t n)
{
	struct writer w = writer(INIT_MAX);
	int err;

	fmp4_init_print(&w, t, n);
	err = w.err;
	if (!err) {
		tracks->init = chunk_copy(writer_slice(&w));
		err = tracks->init ? 0 : -ENOMEM;
	}
	writer_fini(&w);

	return err;
}


static int configure_ts(struct hls_mux *m, const struct hls_lane *lane)
{
	const struct frame config = {
		.kind = lane == m->lanes ? MEDIA_VIDEO : MEDIA_AUDIO,
		.codec = lane->codec,
		.flags = FRAME_CONFIG,
		.sound = lane->sound,
		.clock_hz = 1000,
		.chunk = lane->config,
		.payload = lane->config_payload,
	};
	struct writer none = writer(0);

	return mpegts_writer_frame(&m->ts, (size_t)lane->ts_index, &config,
				   &none);
}


static int open_ts(struct hls_mux *m)
{
	int err = 0;

	mpegts_writer_init(&m->ts, MPEGTS_LEAD);
	m->has_ts = true;
	for (int i = 0; i < HLS_LANES && !err; i++) {
		struct hls_lane *lane = &m->lanes[i];
		const struct mpegts_track_conf conf = {
			.codec = lane->codec,
			.sound = lane->sound,
			.pack = i == HLS_AUDIO ? PACK : 0,
		};

		if (!lane->is_in)
			continue;
		lane->ts_index = mpegts_writer_add(&m->ts, &conf);
		err = lane->ts_index < 0 ? lane->ts_index
					 : configure_ts(m, lane);
	}

	return err;
}


int hls_mux_make_tracks(struct hls_mux *m)
{
	struct fmp4_track t[HLS_LANES];
	size_t n;
	int err = describe(m, t, &n);

	if (err) {
		hls_mux_forget_tracks(m);
		return err;
	}

	m->tracks = mem_new(sizeof(*m->tracks), destroy_tracks);
	if (!m->tracks)
		return -ENOMEM;

	m->tracks->has_video = fmp4_track_is_video(&t[0]);
	m->tracks->width = t[0].width;
	m->tracks->height = t[0].height;
	print_codecs(m->tracks->codecs, t, n);
	err = m->conf.format == HLS_FMP4 ? make_init(m->tracks, t, n)
					 : open_ts(m);
	if (err)
		hls_mux_forget_tracks(m);

	return err;
}


/* -- fragments -- */

static int64_t at_hz(const struct frame *frame, int64_t ticks, int64_t hz)
{
	int64_t own = frame->clock_hz;

	return ticks / own * hz + ticks % own * hz / own;
}


/* How many of the frames go out now.  Sound must reach as far as pictures do:
 * a player that finds a few milliseconds missing at the end of a segment
 * fetches it again and again (hls.js 1.5 to 1.7). */
static size_t n_due(const struct hls_mux *m, const struct hls_lane *lane,
		    const struct hls_cut *cut)
{
	bool is_driver = lane == &m->lanes[m->driver];

	if (!lane->is_in)
		return 0;
	if (!lane->n || is_driver || !cut->next || m->has_ts)
		return lane->n;

	return lane->step > 0 ? lane->n : lane->n - 1;
}


/* Where the frame after the last one that is due begins. */
static int64_t end_of(const struct hls_mux *m, const struct hls_lane *lane,
		      size_t n, const struct hls_cut *cut)
{
	const struct frame *last = &lane->frames[n - 1];
	int64_t hz = lane->clock_hz, at = at_hz(last, last->dts, hz);

	if (lane == &m->lanes[m->driver] && cut->next)
		return at_hz(cut->next, cut->next->dts, hz);
	if (lane == &m->lanes[m->driver])
		return cut->end_us / SECOND_US * hz +
		       cut->end_us % SECOND_US * hz / SECOND_US;
	if (n < lane->n)
		return at_hz(last, last[1].dts, hz);

	return at + at_hz(last, lane->step, hz);
}


static size_t fill_run(const struct hls_mux *m, const struct hls_lane *lane,
		       size_t n, const struct hls_cut *cut,
		       struct fmp4_run *run, struct fmp4_sample *samples)
{
	size_t len = 0;

	run->track_id = (uint32_t)(lane - m->lanes) + 1;
	run->samples = samples;
	run->n = n;
	run->end_dts = end_of(m, lane, n, cut);
	for (size_t i = 0; i < n; i++) {
		const struct frame *f = &lane->frames[i];

		samples[i] = (struct fmp4_sample){
			.dts = at_hz(f, f->dts, lane->clock_hz),
			.pts = at_hz(f, f->pts, lane->clock_hz),
			.size = (uint32_t)f->payload.len,
			.is_key = f->kind == MEDIA_AUDIO ||
				  f->flags & FRAME_KEY,
		};
		len += f->payload.len;
	}
	if (run->end_dts < samples[n - 1].dts)
		run->end_dts = samples[n - 1].dts;

	return len;
}


static struct chunk *join(const struct hls_mux *m, struct slice head,
			  size_t len, const size_t n[HLS_LANES])
{
	struct chunk *chunk = chunk_new(head.len + len);
	uint8_t *p;

	if (!chunk)
		return NULL;

	memcpy(chunk->data, head.p, head.len);
	p = chunk->data + head.len;
	for (int i = 0; i < HLS_LANES; i++) {
		for (size_t j = 0; j < n[i]; j++) {
			struct slice s = m->lanes[i].frames[j].payload;

			memcpy(p, s.p, s.len);
			p += s.len;
		}
	}
	chunk->len = chunk->size;

	return chunk;
}


static int write_fragment(struct hls_mux *m, const struct hls_cut *cut,
			  const size_t n[HLS_LANES], struct chunk **chunk)
{
	struct writer w = writer(SIZE_MAX / 2);
	struct fmp4_sample *samples;
	struct fmp4_run runs[HLS_LANES];
	size_t n_runs = 0, at = 0, len = 0;
	int err;

	samples = mem_alloc((n[0] + n[1]) * sizeof(*samples));
	if (!samples)
		return -ENOMEM;

	for (int i = 0; i < HLS_LANES; i++) {
		if (!n[i])
			continue;
		len += fill_run(m, &m->lanes[i], n[i], cut,
				&runs[n_runs++], samples + at);
		at += n[i];
	}

	err = fmp4_fragment_print(&w, ++m->sequence, runs, n_runs);
	if (!err) {
		*chunk = join(m, writer_slice(&w), len, n);
		err = *chunk ? 0 : -ENOMEM;
	}
	writer_fini(&w);
	mem_free(samples);

	return err;
}


/* -- packets -- */

/* The lane whose next frame is the earlier one; i: how far they are. */
static int next_lane(const struct hls_mux *m, const size_t n[HLS_LANES],
		     const size_t i[HLS_LANES])
{
	const struct frame *v = m->lanes[HLS_VIDEO].frames;
	const struct frame *a = m->lanes[HLS_AUDIO].frames;

	if (i[HLS_VIDEO] == n[HLS_VIDEO])
		return HLS_AUDIO;
	if (i[HLS_AUDIO] == n[HLS_AUDIO])
		return HLS_VIDEO;

	v += i[HLS_VIDEO];
	a += i[HLS_AUDIO];

	return hls_frame_us(v, v->dts) <= hls_frame_us(a, a->dts)
		       ? HLS_VIDEO : HLS_AUDIO;
}


static int write_packets(struct hls_mux *m, const size_t n[HLS_LANES],
			 struct chunk **chunk)
{
	struct writer w = writer(SIZE_MAX / 2);
	size_t i[HLS_LANES] = { 0 };
	int err;

	if (m->is_broken)
		mpegts_writer_jump(&m->ts, &w);
	if (m->is_first_part)
		mpegts_writer_tables(&m->ts, &w);

	/* A frame that makes no sense is left out. */
	while (!w.err && i[0] + i[1] < n[0] + n[1]) {
		int l = next_lane(m, n, i);
		const struct hls_lane *lane = &m->lanes[l];

		mpegts_writer_frame(&m->ts, (size_t)lane->ts_index,
				    &lane->frames[i[l]++], &w);
	}
	mpegts_writer_flush(&m->ts, &w);

	err = w.err;
	if (!err) {
		*chunk = chunk_copy(writer_slice(&w));
		err = *chunk ? 0 : -ENOMEM;
	}
	writer_fini(&w);

	return err;
}


int hls_mux_write(struct hls_mux *m, const struct hls_cut *cut,
		  struct chunk **chunk)
{
	size_t n[HLS_LANES];
	int err;

	for (int i = 0; i < HLS_LANES; i++)
		n[i] = n_due(m, &m->lanes[i], cut);

	err = m->has_ts ? write_packets(m, n, chunk)
			: write_fragment(m, cut, n, chunk);
	for (int i = 0; i < HLS_LANES && !err; i++)
		hls_lane_drop(&m->lanes[i], n[i]);

	return err;
}
