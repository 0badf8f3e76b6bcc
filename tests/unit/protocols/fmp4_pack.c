/* The packager of fragmented MP4: every frame is there, lasts until the next
 * one of its track, and stands behind the init segment it needs. */
#include "fmp4/fmp4_pack.h"
#include "base/reader.h"
#include "fmp4/fmp4_box.h"
#include "media/stream.h"
#include "pack_test.h"
#include "test.h"
#include "websocket/websocket_frame.h"

enum {
	TRACKS = 2,
	TRUN_VALUES_AT = 12,     /* behind flags, count, data offset */
	CTS = 80,
};

/* What a viewer makes of the messages from one on. */
struct seen {
	size_t n_inits;
	size_t n_frames[TRACKS + 1];     /* by track_ID */
	int64_t end[TRACKS + 1];         /* where the last one ends */
	size_t n_holes;                  /* between frames of a track */
	size_t n_bad;
	uint8_t last_byte;               /* of the last payload */
};


static uint32_t be32(struct slice s, size_t at)
{
	struct reader r = reader(slice_from(s, at));

	return get_be32(&r);
}


/* The one sample of `moof`; what is shared by all stands in tfhd. */
static void see_fragment(struct seen *seen, struct slice moof,
			 struct slice mdat)
{
	struct fmp4_box tfhd, tfdt, trun;
	int64_t dts, duration;
	uint32_t id;

	if (fmp4_box_find(moof, "traf/tfhd", &tfhd) ||
	    fmp4_box_find(moof, "traf/tfdt", &tfdt) ||
	    fmp4_box_find(moof, "traf/trun", &trun) ||
	    be32(trun.body, 4) != 1 || !mdat.len) {
		++seen->n_bad;
		return;
	}

	id = be32(tfhd.body, 4);
	duration = be32(tfhd.body, 8);
	dts = (int64_t)be32(tfdt.body, 4) << 32 | be32(tfdt.body, 8);
	if (id > TRACKS || !seen->n_inits) {
		++seen->n_bad;
		return;
	}

	seen->n_holes += seen->n_frames[id] && seen->end[id] != dts;
	seen->end[id] = dts + duration;
	++seen->n_frames[id];
	seen->last_byte = mdat.p[mdat.len - 1];
}


/* The prologue is looked at elsewhere. */
static void watch(struct seen *seen, const struct pack_test *t, size_t from)
{
	*seen = (struct seen){ .n_inits = 1 };
	for (size_t i = from; i < t->n_entries; i++) {
		struct slice left = t->messages[i];
		struct fmp4_box box, moof = { .type = { NULL, 0 } };

		while (!fmp4_box_next(&left, &box)) {
			seen->n_inits += str_is(box.type, "moov");
			if (str_is(box.type, "moof"))
				moof = box;
			if (str_is(box.type, "mdat"))
				see_fragment(seen, moof.body, box.body);
		}
		seen->n_bad += left.len != 0;
	}
}


static int prologue(const struct pack_test *t, struct writer *w)
{
	const struct stream_format *f = &t->stream->formats[0];

	f->packager->prologue(f->state, t->stream, 0, w);

	return w->err;
}


/* How many tracks are of that size? */
static size_t count_size(struct slice init, uint32_t width, uint32_t height)
{
	struct fmp4_box box, tkhd;
	size_t n = 0;

	if (fmp4_box_find(init, "moov", &box))
		return 0;
	for (struct slice left = box.body; !fmp4_box_next(&left, &box);) {
		if (!fmp4_box_find(box.body, "tkhd", &tkhd))
			n += be32(tkhd.body, 76) == width << 16 &&
			     be32(tkhd.body, 80) == height << 16;
	}

	return n;
}


static int push_clip(struct pack_test *t, enum codec video, enum codec audio)
{
	int err = 0;

	t->cts = CTS;
	err = pack_test_config(t, MEDIA_VIDEO, video);
	if (!err && audio != CODEC_MP3)
		err = pack_test_config(t, MEDIA_AUDIO, audio);
	for (int ms = 0; ms < 2000 && !err; ms += 20) {
		err = pack_test_frame(t, MEDIA_AUDIO, audio, ms, 0);
		if (!err && ms % 40 == 0)
			err = pack_test_frame(t, MEDIA_VIDEO, video, ms,
					      ms % 1000 ? 0 : FRAME_KEY);
	}

	return err;
}


TEST(fmp4_pack_clip)
{
	struct pack_test t;
	struct seen seen;
	size_t n_starts = 0;
	int err;

	TEST_ERR(pack_test_init(&t, &fmp4_packager));
	TEST_ERR(push_clip(&t, CODEC_AVC, CODEC_AAC));
	pack_test_flush(&t);

	watch(&seen, &t, 0);
	TEST_EXPECT(seen.n_inits == 1);
	TEST_EXPECT(seen.n_frames[1] == 50);
	TEST_EXPECT(seen.n_frames[2] == 100);
	TEST_EXPECT(seen.end[1] == 2000 * 90);
	TEST_EXPECT(seen.end[2] == 2000 * 48);
	TEST_EXPECT(seen.n_holes == 0);
	TEST_EQ(0, seen.n_bad);
	TEST_EXPECT(pack_test_epochs_are_told(&t));

	for (size_t i = 0; i < t.n_entries; i++) {
		if (!(t.entries[i].flags & ENTRY_START))
			continue;
		TEST_EQ(MEDIA_VIDEO, t.entries[i].kind);
		TEST_EQ(1000 * (int64_t)n_starts, t.entries[i].dts_ms);
		++n_starts;
	}
	TEST_EXPECT(n_starts == 2);
 out:
	pack_test_fini(&t);
	return err;
}


/* For a WebSocket each message has its header. */
TEST(fmp4_pack_framed)
{
	struct pack_test t;
	int err;

	TEST_ERR(pack_test_init(&t, &fmp4_websocket_packager));
	TEST_ERR(push_clip(&t, CODEC_AVC, CODEC_AAC));
	for (size_t i = 0; i < t.n_entries; i++) {
		struct websocket_frame f;

		TEST_ERR(websocket_frame_read(t.messages[i], WEBSOCKET_SERVER,
					      UINT16_MAX, &f));
		TEST_OK(f.is_final && f.opcode == WEBSOCKET_BINARY);
		TEST_EQ(t.messages[i].len, f.header_len + f.len);
	}
 out:
	pack_test_fini(&t);
	return err;
}


/* One who comes later gets the init segment first, and no second one. */
TEST(fmp4_pack_late)
{
	struct pack_test t;
	struct writer w = writer(4096);
	struct fmp4_box box;
	struct seen seen;
	struct slice moov;
	size_t n_traks = 0;
	int err;

	TEST_ERR(pack_test_init(&t, NULL));
	TEST_ERR(push_clip(&t, CODEC_HEVC, CODEC_AAC));
	TEST_ERR(pack_test_open(&t, &fmp4_packager));
	TEST_ERR(prologue(&t, &w));
	TEST_EXPECT(!fmp4_box_find(writer_slice(&w), "moov", &box));
	for (moov = box.body; !fmp4_box_next(&moov, &box);)
		n_traks += str_is(box.type, "trak");
	TEST_EQ(2, n_traks);

	pack_test_flush(&t);
	TEST_EXPECT(t.n_entries > 0);
	watch(&seen, &t, 0);
	TEST_EXPECT(seen.n_inits == 1);
	TEST_EXPECT(seen.n_frames[1] == 25);
	TEST_EXPECT(seen.n_frames[2] == 49);
	TEST_EXPECT(seen.n_holes == 0);
	TEST_EQ(0, seen.n_bad);
 out:
	writer_fini(&w);
	pack_test_fini(&t);
	return err;
}


/* A frame is held until the next one, and no longer than it must be. */
TEST(fmp4_pack_held)
{
	struct pack_test t;
	struct seen seen;
	size_t before;
	int err;

	TEST_ERR(pack_test_init(&t, &fmp4_packager));
	TEST_ERR(pack_test_config(&t, MEDIA_VIDEO, CODEC_AVC));
	TEST_ERR(pack_test_config(&t, MEDIA_AUDIO, CODEC_AAC));
	TEST_ERR(pack_test_frame(&t, MEDIA_AUDIO, CODEC_AAC, 0, 0));
	TEST_ERR(pack_test_frame(&t, MEDIA_VIDEO, CODEC_AVC, 0, FRAME_KEY));
	watch(&seen, &t, 0);
	TEST_EXPECT(seen.n_frames[1] == 0);
	TEST_ERR(pack_test_frame(&t, MEDIA_VIDEO, CODEC_AVC, 50, 0));
	watch(&seen, &t, 0);
	TEST_EXPECT(seen.n_frames[1] == 1);
	TEST_EXPECT(seen.end[1] == 50 * 90);

	/* the next picture does not come, sound goes on */
	for (int ms = 40; ms <= 300; ms += 20)
		TEST_ERR(pack_test_frame(&t, MEDIA_AUDIO, CODEC_AAC, ms, 0));
	watch(&seen, &t, 0);
	TEST_EXPECT(seen.n_frames[1] == 1);
	TEST_ERR(pack_test_frame(&t, MEDIA_AUDIO, CODEC_AAC, 320, 0));
	watch(&seen, &t, 0);
	TEST_EXPECT(seen.n_frames[1] == 2);
	TEST_EXPECT(seen.end[1] == (50 + FMP4_PACK_LAST_MS) * 90);

	/* an end of sequence lets go at once */
	TEST_ERR(pack_test_frame(&t, MEDIA_VIDEO, CODEC_AVC, 800, 0));
	before = t.n_entries;
	TEST_ERR(pack_test_frame(&t, MEDIA_VIDEO, CODEC_AVC, 801,
				 FRAME_END));
	TEST_EXPECT(t.n_entries == before + 1);
 out:
	pack_test_fini(&t);
	return err;
}


/* Another configuration: what was held goes first, then the init segment. */
TEST(fmp4_pack_changes)
{
	struct pack_test t;
	struct seen seen;
	size_t before;
	int err;

	TEST_ERR(pack_test_init(&t, &fmp4_packager));
	TEST_ERR(push_clip(&t, CODEC_AVC, CODEC_AAC));
	before = t.n_entries;
	TEST_ERR(pack_test_config(&t, MEDIA_VIDEO, CODEC_HEVC));
	TEST_EXPECT(t.n_entries == before + 3);
	TEST_EXPECT(t.entries[before + 2].flags == ENTRY_CONFIG);
	TEST_EXPECT(pack_test_epochs_are_told(&t));
	watch(&seen, &t, 0);
	TEST_EXPECT(seen.n_inits == 2 && seen.n_frames[1] == 50);

	TEST_ERR(pack_test_frame(&t, MEDIA_VIDEO, CODEC_HEVC, 2000,
				 FRAME_KEY));
	pack_test_flush(&t);
	watch(&seen, &t, 0);
	TEST_EXPECT(seen.n_frames[1] == 51);
	TEST_EXPECT(seen.n_inits == 2);
	TEST_EXPECT(seen.n_holes == 0);
 out:
	pack_test_fini(&t);
	return err;
}


/* VP9's size is in its key frames: the track has it. */
TEST(fmp4_pack_vp9)
{
	struct writer w = writer(4096);
	struct pack_test t;
	int err;

	TEST_ERR(pack_test_init(&t, &fmp4_packager));
	TEST_ERR(push_clip(&t, CODEC_VP9, CODEC_AAC));
	TEST_ERR(prologue(&t, &w));
	TEST_EXPECT(count_size(writer_slice(&w), 320, 180) == 1);
 out:
	writer_fini(&w);
	pack_test_fini(&t);
	return err;
}


/* Codecs with a configuration of their own kind, or none; and sound alone,
 * which waits for a picture no longer than it must. */
TEST(fmp4_pack_codecs)
{
	static const struct {
		enum codec video, audio;
		size_t n_first, n_second;        /* frames by track */
	} rows[] = {
		{ CODEC_AV1, CODEC_OPUS, 50, 100 },
		{ CODEC_VP9, CODEC_AAC, 100, 50 },
		{ CODEC_AVC, CODEC_MP3, 50, 100 },
		{ CODEC_VP8, CODEC_AAC, 100, 0 },
		{ CODEC_HEVC, CODEC_G711A, 50, 0 },
	};
	struct pack_test t;
	struct seen seen;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool can_start = false;

		TEST_ERR(pack_test_init(&t, &fmp4_packager));
		TEST_ERR(push_clip(&t, rows[i].video, rows[i].audio));
		pack_test_flush(&t);
		watch(&seen, &t, 0);
		TEST_EXPECT(seen.n_frames[1] == rows[i].n_first);
		TEST_EXPECT(seen.n_frames[2] == rows[i].n_second);
		TEST_EXPECT(seen.n_inits == 1);
		TEST_EQ(0, seen.n_bad);
		for (size_t k = 0; k < t.n_entries; k++)
			can_start |= t.entries[k].flags & ENTRY_START;
		TEST_EXPECT(can_start);
		pack_test_fini(&t);
	}

	TEST_ERR(pack_test_init(&t, &fmp4_packager));
	for (int ms = 0; ms < 600; ms += 20)
		TEST_ERR(pack_test_frame(&t, MEDIA_AUDIO, CODEC_MP3, ms, 0));
	watch(&seen, &t, 0);
	TEST_EXPECT(seen.n_frames[1] == 29);
	TEST_EXPECT(seen.n_inits == 1);
 out:
	pack_test_fini(&t);
	return err;
}
