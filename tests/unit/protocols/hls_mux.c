/* Where segments and parts are cut, and that nothing is lost between them. */
#include "hls/hls_mux.h"
#include "fmp4/fmp4_box.h"
#include "hls_test.h"
#include "mpegts/mpegts_packet.h"

enum { SECOND = 1000000, MS = 1000 };

static const struct hls_mux_conf plain = {
	.format = HLS_FMP4, .segment_us = 2 * SECOND, .bytes_max = 1 << 20,
};
static const struct hls_mux_conf parts = {
	.format = HLS_FMP4, .segment_us = 2 * SECOND, .part_us = 300 * MS,
	.bytes_max = 1 << 20,
};


static int64_t sum_us(const struct hls_test *t, size_t from, size_t to)
{
	int64_t us = 0;

	for (size_t i = from; i < to; i++)
		us += t->pieces[i].piece.part.duration_us;

	return us;
}


/* How many frames are in a piece: 9 bytes each. */
static size_t n_frames_in(const struct hls_piece *piece)
{
	struct fmp4_box mdat;

	if (fmp4_box_find(chunk_slice(piece->bytes), "mdat", &mdat))
		return 0;

	return mdat.body.len / 9;
}


static size_t n_frames(const struct hls_test *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += n_frames_in(&t->pieces[i].piece);

	return n;
}


static int start(struct hls_test *t, const struct hls_mux_conf *conf)
{
	int err = hls_test_init(t, conf);

	if (!err)
		err = hls_test_config(t, MEDIA_VIDEO, 0);
	if (!err)
		err = hls_test_config(t, MEDIA_AUDIO, 0);

	return err;
}


/* Segments begin with key frames; durations are differences of times. */
TEST(hls_mux_segments)
{
	static struct hls_test t;
	int err;

	TEST_ERR(start(&t, &plain));
	t.wall_us = 5 * SECOND;

	/* What comes before the first key frame cannot be seen. */
	TEST_ERR(hls_test_frame(&t, MEDIA_VIDEO, 900, false));
	TEST_ERR(hls_test_frame(&t, MEDIA_AUDIO, 900, false));

	/* 29 frames a second, a key frame each 1034 ms: every second one. */
	TEST_ERR(hls_test_clip(&t, 1000, 29, 30, 29 * 10, true));
	TEST_ERR(hls_mux_finish(t.mux));
	TEST_EQ(5, t.n);
	for (size_t i = 0; i < t.n; i++) {
		const struct hls_piece *p = &t.pieces[i].piece;

		TEST_OK(p->starts_segment && p->ends_segment);
		TEST_OK(p->starts_with_key && p->part.is_independent);
		TEST_EQ(i == 0, p->has_discontinuity);
		TEST_OK(p->tracks == t.pieces[0].piece.tracks);
		TEST_OK(p->tracks->has_video && p->tracks->init);
		TEST_EQ(6 * SECOND + sum_us(&t, 0, i), p->date_us);
		TEST_EQ(2, p->target_s);
		if (i + 1 < t.n)
			TEST_EQ(60, p->n_pictures);
	}
	TEST_EQ(2069 * MS, t.pieces[0].piece.part.duration_us);
	TEST_EQ(8276 * MS, sum_us(&t, 0, 4));
	TEST_EQ(29 * 10 + 468 - 1, n_frames(&t)); /* one came too early */
 out:
	hls_test_fini(&t);
	return err;
}


/* Parts are as long as they may be, and a segment is its parts. */
TEST(hls_mux_parts)
{
	static struct hls_test t;
	int64_t segment = 0;
	int err;

	TEST_ERR(start(&t, &parts));
	TEST_ERR(hls_test_clip(&t, 0, 30, 60, 30 * 6, true));
	TEST_ERR(hls_mux_finish(t.mux));
	TEST_EQ(3 * 7, t.n);
	for (size_t i = 0; i < t.n; i++) {
		const struct hls_piece *p = &t.pieces[i].piece;

		TEST_EQ(i % 7 == 0, p->starts_segment);
		TEST_EQ(i % 7 == 0, p->part.is_independent);
		TEST_EQ(i % 7 == 6, p->ends_segment);
		TEST_OK(i % 7 == 6 || p->part.duration_us == 300 * MS);
		segment += p->part.duration_us;
		if (i % 7 == 6)
			TEST_OK(i + 1 == t.n || segment == 2 * SECOND);
		if (p->ends_segment)
			segment = 0;
	}
	TEST_EQ(180 + 280 - 1, n_frames(&t));
 out:
	hls_test_fini(&t);
	return err;
}


/* Sound is not held back until its next frame is there: a segment's reaches
 * as far as its pictures, else players fetch it again. */
TEST(hls_mux_sound_reaches_end)
{
	static struct hls_test t;
	int err;

	TEST_ERR(start(&t, &parts));
	TEST_ERR(hls_test_clip(&t, 0, 30, 60, 30 * 4, true));

	/* 300 ms: 9 pictures, and all the sound that came with them. */
	TEST_EXPECT(t.n > 0);
	TEST_EQ(9 + 14, n_frames_in(&t.pieces[0].piece));
 out:
	hls_test_fini(&t);
	return err;
}


/* No part exceeds the target, whatever the rate, and all but the last of a
 * segment have most of it. */
TEST(hls_mux_part_lengths)
{
	static const unsigned rates[] = { 10, 15, 24, 25, 30, 48, 50, 60 };
	static struct hls_test t;
	int err = 0;

	for (size_t r = 0; r < ARRAY_LEN(rates); r++) {
		unsigned fps = rates[r];

		TEST_ERR(start(&t, &parts));
		TEST_ERR(hls_test_clip(&t, 0, fps, 2 * fps, fps * 9, false));
		for (size_t i = 0; i < t.n; i++) {
			const struct hls_part *p = &t.pieces[i].piece.part;

			TEST_OK(p->duration_us <= 300 * MS +
				HLS_PART_SLACK_US);
			TEST_OK(t.pieces[i].piece.ends_segment ||
				p->duration_us > 300 * MS -
				SECOND / (int64_t)fps - 2 * MS);
		}
		TEST_OK(t.n > 24);
		hls_test_fini(&t);
	}
 out:
	hls_test_fini(&t);
	return err;
}


/* The first segment says how long one may be: later ones are cut without a
 * key frame, rather than longer. */
TEST(hls_mux_target)
{
	static struct hls_test t;
	int err;

	TEST_ERR(start(&t, &plain));
	TEST_ERR(hls_test_clip(&t, 0, 25, 50, 75, false));
	TEST_ERR(hls_test_clip(&t, 3000, 25, 1000, 25 * 12, false));
	TEST_OK(t.n >= 6);
	TEST_EQ(2, t.pieces[0].piece.target_s);
	for (size_t i = 0; i < t.n; i++) {
		const struct hls_piece *p = &t.pieces[i].piece;

		TEST_OK(p->part.duration_us < 2500 * MS);
		TEST_EQ(i < 3, p->starts_with_key);
		TEST_OK(!p->has_discontinuity || !i);
	}
	hls_test_fini(&t);

	/* Without a second key frame the first one ends too. */
	TEST_ERR(start(&t, &plain));
	TEST_ERR(hls_test_clip(&t, 0, 25, 10000, 25 * 20, false));
	TEST_EQ(1, t.n);
	TEST_EQ(12 * SECOND, t.pieces[0].piece.part.duration_us);
	TEST_EQ(12, t.pieces[0].piece.target_s);
	hls_test_fini(&t);

	/* Another publisher had one already. */
	TEST_ERR(start(&t, &plain));
	hls_mux_set_target(t.mux, 4);
	TEST_ERR(hls_test_clip(&t, 0, 25, 10000, 25 * 10, false));
	TEST_EQ(2, t.n);
	TEST_EQ(4, t.pieces[0].piece.target_s);
	TEST_EQ(4480 * MS, t.pieces[0].piece.part.duration_us);
 out:
	hls_test_fini(&t);
	return err;
}


/* Key frames at odd times: the earlier one, if the next comes too late. */
TEST(hls_mux_early_key)
{
	static struct hls_test t;
	int err;

	TEST_ERR(start(&t, &plain));
	TEST_ERR(hls_test_clip(&t, 0, 25, 45, 25 * 20, false));
	for (size_t i = 0; i < t.n; i++)
		TEST_OK(t.pieces[i].piece.starts_with_key);
	TEST_EQ(5, t.n);
	TEST_EQ(3600 * MS, t.pieces[0].piece.part.duration_us);
	TEST_EQ(3600 * MS, t.pieces[4].piece.part.duration_us);
 out:
	hls_test_fini(&t);
	return err;
}


/* Sound alone is cut by time; pictures that come later are taken in. */
TEST(hls_mux_sound)
{
	static struct hls_test t;
	int err;

	TEST_ERR(hls_test_init(&t, &parts));
	TEST_ERR(hls_test_config(&t, MEDIA_AUDIO, 0));
	for (int64_t i = 0; i < 500; i++)
		TEST_ERR(hls_test_frame(&t, MEDIA_AUDIO, i * 64 / 3, false));
	TEST_EQ(37, t.n);
	TEST_EQ(2005 * MS, sum_us(&t, 0, 7));
	TEST_OK(t.pieces[6].piece.ends_segment);
	TEST_OK(!t.pieces[0].piece.tracks->has_video);
	TEST_OK(t.pieces[9].piece.part.is_independent);

	TEST_ERR(hls_test_config(&t, MEDIA_VIDEO, 0));
	TEST_ERR(hls_test_clip(&t, 10700, 25, 25, 60, true));
	TEST_OK(t.pieces[37].piece.ends_segment);
	TEST_OK(t.pieces[38].piece.starts_segment);
	TEST_OK(t.pieces[38].piece.has_discontinuity);
	TEST_OK(t.pieces[38].piece.tracks->has_video);
	TEST_OK(!t.pieces[39].piece.has_discontinuity);
	hls_test_fini(&t);

	/* Pictures that end do not take the sound with them. */
	TEST_ERR(start(&t, &parts));
	TEST_ERR(hls_test_clip(&t, 0, 25, 25, 26, true));
	for (int64_t ms = 1060; ms < 20000; ms += 20)
		TEST_ERR(hls_test_frame(&t, MEDIA_AUDIO, ms, false));
	TEST_OK(t.n > 20);
	TEST_OK(!t.pieces[t.n - 1].piece.tracks->has_video);
 out:
	hls_test_fini(&t);
	return err;
}


/* Another configuration: another section, after a discontinuity. */
TEST(hls_mux_configuration)
{
	static struct hls_test t;
	int err;

	TEST_ERR(start(&t, &plain));
	TEST_ERR(hls_test_clip(&t, 0, 25, 25, 80, true));
	TEST_EQ(1, t.n);
	TEST_ERR(hls_test_config(&t, MEDIA_VIDEO, 0));
	TEST_ERR(hls_test_config(&t, MEDIA_AUDIO, 0));
	TEST_EQ(1, t.n);
	TEST_ERR(hls_test_config(&t, MEDIA_VIDEO, 1));
	TEST_EQ(2, t.n);
	TEST_EQ(1200 * MS, t.pieces[1].piece.part.duration_us);
	TEST_ERR(hls_test_frame(&t, MEDIA_VIDEO, 3240, false));
	TEST_ERR(hls_test_clip(&t, 3280, 25, 25, 51, true));
	TEST_EQ(3, t.n);
	TEST_OK(t.pieces[2].piece.has_discontinuity);
	TEST_OK(t.pieces[2].piece.tracks != t.pieces[1].piece.tracks);
	TEST_EQ(3280 * MS, t.pieces[2].piece.date_us);
 out:
	hls_test_fini(&t);
	return err;
}


/* Nothing for so long: a discontinuity, and no segment that long. */
TEST(hls_mux_hole)
{
	static struct hls_test t;
	int err;

	TEST_ERR(start(&t, &plain));
	TEST_ERR(hls_test_clip(&t, 0, 25, 50, 60, false));
	TEST_ERR(hls_test_clip(&t, 8000, 25, 50, 60, false));
	TEST_EQ(3, t.n);
	TEST_EQ(400 * MS, t.pieces[1].piece.part.duration_us);
	TEST_OK(t.pieces[2].piece.has_discontinuity);
	TEST_EQ(2 * SECOND, t.pieces[2].piece.part.duration_us);
 out:
	hls_test_fini(&t);
	return err;
}


/* A segment is cut when it has grown too large. */
TEST(hls_mux_bytes)
{
	struct hls_mux_conf small = plain;
	static struct hls_test t;
	int err;

	small.bytes_max = 100;
	TEST_ERR(start(&t, &small));
	TEST_ERR(hls_test_clip(&t, 0, 25, 50, 45, false));
	TEST_EQ(3, t.n);
	TEST_EQ(480 * MS, t.pieces[0].piece.part.duration_us);
 out:
	hls_test_fini(&t);
	return err;
}


/* Each segment of a transport stream can be read by itself. */
TEST(hls_mux_ts)
{
	struct hls_mux_conf conf = parts;
	static struct hls_test t;
	int err;

	conf.format = HLS_TS;
	TEST_ERR(hls_test_init(&t, &conf));
	t.video = CODEC_AVC;
	TEST_ERR(hls_test_config(&t, MEDIA_VIDEO, 0));
	TEST_ERR(hls_test_config(&t, MEDIA_AUDIO, 0));
	TEST_ERR(hls_test_clip(&t, 0, 30, 60, 30 * 6, true));
	TEST_EQ(20, t.n);
	for (size_t i = 0; i < t.n; i++) {
		struct slice s = chunk_slice(t.pieces[i].piece.bytes);
		struct mpegts_packet packet;

		TEST_EQ(0, s.len % MPEGTS_PACKET_LEN);
		TEST_OK(!t.pieces[i].piece.tracks->init);
		TEST_ERR(mpegts_packet_parse(slice(s.p, MPEGTS_PACKET_LEN),
					     &packet));
		if (t.pieces[i].piece.starts_segment)
			TEST_EQ(MPEGTS_PID_PAT, packet.pid);
	}
	TEST_EXPECT(!strcmp(t.pieces[0].piece.tracks->codecs,
			    "avc1.42c01e,mp4a.40.2"));
 out:
	hls_test_fini(&t);
	return err;
}
