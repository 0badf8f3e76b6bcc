/* Whole transport streams: what is written is read again. */
#include "mpegts/mpegts_reader.h"
#include "mpegts/mpegts_writer.h"
#include "random.h"
#include "test.h"

enum {
	OUT_MAX = 1 << 20,
	UNIT_MAX = 1 << 16,
	N_FRAMES = 60,
	FRAME_MS = 40,
	KEY_EVERY = 25,
	AUDIO_FRAMES = 2,        /* to each of video */
};

static const uint8_t avcc[] = {
	1, 66, 0xc0, 30, 0xff, 0xe1, 0, 4, 0x67, 66, 0xc0, 30,
	1, 0, 2, 0x68, 0xce,
};
static const uint8_t aac_lc[] = { 0x11, 0x90 };
static const struct mpegts_track_conf video_conf = { .codec = CODEC_AVC };

/* What a run over a stream saw. */
struct seen {
	uint64_t sum;            /* of all units and what is said of them */
	size_t n_units;
	size_t n_keys;
	size_t n_broken;
	uint64_t last_pts;
	struct mpegts_counts counts;
};


static int configure(struct mpegts_writer *m, size_t i, const void *config,
		     size_t len)
{
	struct frame frame = {
		.flags = FRAME_CONFIG,
		.clock_hz = 1000,
		.payload = slice(config, len),
	};
	struct writer none = writer(0);

	return mpegts_writer_frame(m, i, &frame, &none);
}


static int put(struct mpegts_writer *m, size_t i, int64_t ms, size_t len,
	       bool is_key, struct writer *w)
{
	uint8_t data[8192] = { 0 };
	struct frame frame = {
		.flags = is_key ? FRAME_KEY : 0,
		.clock_hz = 1000,
		.dts = ms,
		.pts = m->tracks[i].conf.codec == CODEC_AVC ? ms + 80 : ms,
		.payload = slice(data, len),
	};

	if (m->tracks[i].conf.codec == CODEC_AVC) {
		size_t nal_len = len - 4;

		data[2] = (uint8_t)(nal_len >> 8);
		data[3] = (uint8_t)nal_len;
		data[4] = is_key ? 0x65 : 0x41;
		memset(data + 5, 0x55, nal_len - 1);
	}

	return mpegts_writer_frame(m, i, &frame, w);
}


/* A video and an audio track, configured. */
static int open_two(struct mpegts_writer *m, uint32_t pack)
{
	struct mpegts_track_conf audio = {
		.codec = CODEC_AAC, .language = "eng", .pack = pack,
	};
	int err;

	mpegts_writer_init(m, MPEGTS_LEAD);
	err = mpegts_writer_add(m, &audio);
	if (!err && mpegts_writer_add(m, &video_conf) != 1)
		err = -EINVAL;
	if (!err)
		err = configure(m, 0, aac_lc, sizeof(aac_lc));

	return err ? err : configure(m, 1, avcc, sizeof(avcc));
}


/* Frames from `ms` on, of lengths that look random. */
static int put_frames(struct mpegts_writer *m, int64_t ms, struct writer *w)
{
	struct test_random random = { 3 };
	int err = 0;

	for (int i = 0; !err && i < N_FRAMES; i++, ms += FRAME_MS) {
		err = put(m, 1, ms, 6 + test_below(&random, 2000),
			  !(i % KEY_EVERY), w);
		for (int j = 0; !err && j < AUDIO_FRAMES; j++)
			err = put(m, 0, ms + 20 * j,
				  1 + test_below(&random, 400), false, w);
	}

	return err ? err : mpegts_writer_flush(m, w);
}


static void see(struct seen *s, const struct mpegts_unit *u)
{
	s->sum = s->sum * 31 + mpegts_crc32(u->payload);
	s->sum = s->sum * 31 + u->header.pts;
	s->sum = s->sum * 31 + u->header.dts + u->pid;
	s->n_units++;
	s->n_keys += u->type == MPEGTS_AVC && u->is_random_access;
	s->n_broken += u->is_broken;
	s->last_pts = u->header.pts;
}


/* Read `all` in pieces of 1 to `step_max` bytes. */
static int read_all(struct slice all, size_t step_max, struct seen *s)
{
	struct test_random random = { step_max };
	struct mpegts_reader m;
	struct mpegts_unit unit;
	int n = 0;

	*s = (struct seen) { .sum = 1 };
	mpegts_reader_init(&m, UNIT_MAX);
	while (all.len && n >= 0) {
		size_t len = 1 + test_below(&random, step_max);
		struct reader r;

		len = len < all.len ? len : all.len;
		r = reader(slice(all.p, len));
		while ((n = mpegts_reader_next(&m, &r, &unit)) > 0)
			see(s, &unit);
		all = slice_from(all, len);
	}
	while (n >= 0 && mpegts_reader_flush(&m, &unit))
		see(s, &unit);
	s->counts = m.counts;
	mpegts_reader_fini(&m);

	return n < 0 ? n : 0;
}


TEST(mpegts_stream)
{
	static struct mpegts_writer m;
	struct writer w = writer(OUT_MAX);
	struct seen s, again;
	int err;

	TEST_ERR(open_two(&m, 0));
	TEST_ERR(put_frames(&m, 0, &w));
	TEST_EQ(0, w.len % MPEGTS_PACKET_LEN);

	TEST_ERR(read_all(writer_slice(&w), w.len, &s));
	TEST_EQ(w.len / MPEGTS_PACKET_LEN, s.counts.n_packets);
	TEST_EQ(N_FRAMES * (1 + AUDIO_FRAMES), s.n_units);
	TEST_EQ((N_FRAMES + KEY_EVERY - 1) / KEY_EVERY, s.n_keys);
	TEST_EQ(0, s.n_broken + s.counts.n_lost + s.counts.n_malformed +
		s.counts.n_skipped + s.counts.n_repeated);

	for (size_t step = 1; step < 1000; step = step * 3 + 1) {
		if (test_is_starved() && step > 1)
			break;
		TEST_ERR(read_all(writer_slice(&w), step, &again));
		TEST_EQ(s.sum, again.sum);
		TEST_EQ(s.n_units, again.n_units);
	}
 out:
	mpegts_writer_fini(&m);
	writer_fini(&w);
	return err;
}


/* The same frames, gathered: fewer units and packets, the same bytes. */
TEST(mpegts_stream_packed)
{
	static struct mpegts_writer m;
	struct writer plain = writer(OUT_MAX), packed = writer(OUT_MAX);
	struct seen s;
	int err;

	TEST_ERR(open_two(&m, 0));
	TEST_ERR(put_frames(&m, 0, &plain));
	mpegts_writer_fini(&m);

	TEST_ERR(open_two(&m, 200 * 90));
	TEST_ERR(put_frames(&m, 0, &packed));
	TEST_ERR(read_all(writer_slice(&packed), 1000, &s));
	TEST_EQ(N_FRAMES + N_FRAMES * FRAME_MS / 200, s.n_units);
	TEST_EQ(0, s.counts.n_lost);
	TEST_OK(packed.len < plain.len);
 out:
	mpegts_writer_fini(&m);
	writer_fini(&plain);
	writer_fini(&packed);
	return err;
}


/* 33 bits wrap in the middle; the clock is exactly the lead before. */
TEST(mpegts_stream_wrap)
{
	static struct mpegts_writer m;
	static const int64_t wrap_ms = (1ll << 33) / 90;
	struct writer w = writer(OUT_MAX);
	struct mpegts_packet p;
	struct mpegts_pes h;
	size_t n_clocks = 0;
	int64_t last = 0;
	int err;

	TEST_ERR(open_two(&m, 0));
	TEST_ERR(put_frames(&m, wrap_ms - 1000, &w));

	for (size_t at = 0; at < w.len; at += MPEGTS_PACKET_LEN) {
		struct reader r;
		int64_t dts;

		TEST_ERR(mpegts_packet_parse(slice(w.data + at,
						   MPEGTS_PACKET_LEN), &p));
		if (!p.has_pcr)
			continue;

		r = reader(p.payload);
		TEST_EQ(MPEGTS_PID_TRACK + 1, p.pid);
		TEST_ERR(mpegts_pes_header_parse(&r, &h));
		TEST_EQ(h.dts, (p.pcr / 300 + MPEGTS_LEAD) &
			((1ull << 33) - 1));
		dts = mpegts_time_near((wrap_ms - 1000) * 90, h.dts);
		TEST_EQ((wrap_ms - 1000 + FRAME_MS * (int64_t)n_clocks) * 90 +
			MPEGTS_LEAD, dts);
		TEST_OK(!n_clocks || dts > last);
		last = dts;
		++n_clocks;
	}
	TEST_EQ(N_FRAMES, n_clocks);
 out:
	mpegts_writer_fini(&m);
	writer_fini(&w);
	return err;
}


/* Take packets away, repeat some, put dirt between: counted, and each unit
 * that is not as it was is marked. */
TEST(mpegts_stream_damaged)
{
	static struct mpegts_writer m;
	struct test_random random = { 5 };
	struct writer w = writer(OUT_MAX), bad = writer(2 * OUT_MAX);
	size_t n_dirt = 0, n_twice = 0;
	struct seen s;
	int err;

	TEST_ERR(open_two(&m, 0));
	TEST_ERR(put_frames(&m, 0, &w));
	for (size_t at = 0; at < w.len; at += MPEGTS_PACKET_LEN) {
		struct slice p = slice(w.data + at, MPEGTS_PACKET_LEN);

		put_bytes(&bad, p);
		if (test_once_in(&random, 8) && p.p[1] & 1) {
			put_bytes(&bad, p);
			++n_twice;
		}
		if (test_once_in(&random, 8)) {
			put_be24(&bad, 0);
			n_dirt += 3;
		}
	}
	TEST_ERR(bad.err);
	TEST_ERR(read_all(writer_slice(&bad), 500, &s));
	TEST_EQ(n_dirt, s.counts.n_skipped);
	TEST_EQ(n_twice, s.counts.n_repeated);
	TEST_EQ(0, s.counts.n_lost + s.n_broken);
	TEST_EQ(N_FRAMES * (1 + AUDIO_FRAMES), s.n_units);

	writer_drop(&bad, bad.len);
	for (size_t at = 0; at < w.len; at += MPEGTS_PACKET_LEN) {
		if (at && !(at / MPEGTS_PACKET_LEN % 40))
			continue;
		put_bytes(&bad, slice(w.data + at, MPEGTS_PACKET_LEN));
	}
	TEST_ERR(bad.err);
	TEST_ERR(read_all(writer_slice(&bad), 500, &s));
	TEST_OK(s.counts.n_lost >= 4 && s.n_broken >= 3);
	TEST_OK(s.n_units >= N_FRAMES * (1 + AUDIO_FRAMES) - 20);
 out:
	mpegts_writer_fini(&m);
	writer_fini(&w);
	writer_fini(&bad);
	return err;
}
