/* The packager of transport streams: where a viewer can start, what is held
 * back, and that nothing is lost, doubled or out of order on the way. */
#include "mpegts/mpegts_pack.h"
#include "codec/aac.h"
#include "mpegts/mpegts_reader.h"
#include "pack_test.h"
#include "test.h"

enum { UNIT_MAX = 1 << 20 };

/* What a viewer makes of the messages from one on. */
struct seen {
	size_t n_units;
	size_t n_video;
	size_t n_audio;          /* ADTS frames */
	size_t n_keys;
	int64_t first_video;     /* pts, ms */
	struct mpegts_counts counts;
};


static size_t count_adts(struct slice units)
{
	size_t n = 0;

	while (units.len >= ADTS_HEADER_LEN) {
		struct reader r = reader(units);
		struct adts_header h;

		if (adts_header_parse(&r, &h) || h.frame_len > units.len)
			break;
		units = slice_from(units, h.frame_len);
		++n;
	}

	return n;
}


static void see(struct seen *seen, const struct mpegts_unit *unit)
{
	++seen->n_units;
	if (unit->type == MPEGTS_ADTS) {
		seen->n_audio += count_adts(unit->payload);
		return;
	}

	if (!seen->n_video++)
		seen->first_video = (int64_t)unit->header.pts / 90;
	seen->n_keys += unit->is_random_access;
}


/* Returns 0 or -ENOMEM. */
static int watch(struct seen *seen, const struct pack_test *t, size_t from)
{
	static struct mpegts_reader m;
	struct mpegts_unit unit;
	struct reader r;
	int err = 0;

	*seen = (struct seen){ 0 };
	mpegts_reader_init(&m, UNIT_MAX);
	for (size_t i = from; i < t->n_entries && err >= 0; i++) {
		r = reader(t->messages[i]);
		while ((err = mpegts_reader_next(&m, &r, &unit)) > 0)
			see(seen, &unit);
	}
	while (err >= 0 && mpegts_reader_flush(&m, &unit))
		see(seen, &unit);
	seen->counts = m.counts;
	mpegts_reader_fini(&m);

	return err < 0 ? err : 0;
}


/* Both configurations, then 2 s: a key frame each second, sound between. */
static int push_clip(struct pack_test *t)
{
	int err = pack_test_config(t, MEDIA_VIDEO, CODEC_AVC);

	if (!err)
		err = pack_test_config(t, MEDIA_AUDIO, CODEC_AAC);
	for (int ms = 0; ms < 2000 && !err; ms += 20) {
		err = pack_test_frame(t, MEDIA_AUDIO, CODEC_AAC, ms, 0);
		if (!err && ms % 40 == 0)
			err = pack_test_frame(t, MEDIA_VIDEO, CODEC_AVC, ms,
					      ms % 1000 ? 0 : FRAME_KEY);
	}

	return err;
}


TEST(mpegts_pack_clip)
{
	struct pack_test t;
	struct seen seen;
	size_t n_starts = 0;
	int err;

	TEST_ERR(pack_test_init(&t, &mpegts_packager));
	TEST_ERR(push_clip(&t));
	pack_test_flush(&t);

	for (size_t i = 0; i < t.n_entries; i++) {
		struct slice m = t.messages[i];

		TEST_EXPECT(m.len % MPEGTS_PACKET_LEN == 0);
		if (t.entries[i].flags & ENTRY_CONFIG)
			TEST_EXPECT(m.len == MPEGTS_PACKET_LEN);
		if (!(t.entries[i].flags & ENTRY_START))
			continue;

		/* tables, then the key frame: from here all is there */
		++n_starts;
		TEST_EQ(0, m.p[1] & 0x1f);
		TEST_EQ(0, m.p[2]);
		TEST_ERR(watch(&seen, &t, i));
		TEST_EXPECT(seen.n_keys == 3 - n_starts);
		TEST_EXPECT(seen.n_video == 25 * (3 - n_starts));
		TEST_EQ(0, seen.counts.n_lost + seen.counts.n_malformed);
		TEST_EQ(1000 * (int64_t)(n_starts - 1) + 500,
			seen.first_video);
	}
	TEST_EXPECT(n_starts == 2);

	TEST_ERR(watch(&seen, &t, 0));
	TEST_EXPECT(seen.n_video == 50);
	TEST_EXPECT(seen.n_audio == 100);
	TEST_EXPECT(seen.n_units < 50 + 100 / 2);
	TEST_EXPECT(pack_test_epochs_are_told(&t));
 out:
	pack_test_fini(&t);
	return err;
}


/* One that nobody watched is opened with what the stream kept. */
TEST(mpegts_pack_late)
{
	struct pack_test t;
	struct seen seen;
	int err;

	TEST_ERR(pack_test_init(&t, NULL));
	TEST_ERR(push_clip(&t));
	TEST_ERR(pack_test_open(&t, &mpegts_packager));
	pack_test_flush(&t);
	TEST_EXPECT(t.n_entries > 0);
	TEST_EXPECT(t.entries[0].flags == ENTRY_START);
	TEST_ERR(watch(&seen, &t, 0));
	TEST_EXPECT(seen.n_video == 25);
	TEST_EXPECT(seen.n_audio == 49);
	TEST_EQ(0, seen.counts.n_lost);
 out:
	pack_test_fini(&t);
	return err;
}


/* Sound alone: tables twice a second, each a place to start. */
TEST(mpegts_pack_audio)
{
	struct pack_test t;
	struct seen seen;
	size_t n_starts = 0;
	int err;

	TEST_ERR(pack_test_init(&t, &mpegts_packager));
	TEST_ERR(pack_test_config(&t, MEDIA_AUDIO, CODEC_AAC));
	for (int ms = 0; ms < 2000; ms += 20)
		TEST_ERR(pack_test_frame(&t, MEDIA_AUDIO, CODEC_AAC, ms, 0));
	pack_test_flush(&t);
	for (size_t i = 0; i < t.n_entries; i++)
		n_starts += !!(t.entries[i].flags & ENTRY_START);
	TEST_EXPECT(n_starts == 4);
	TEST_ERR(watch(&seen, &t, 0));
	TEST_EXPECT(seen.n_audio == 100);
	TEST_EXPECT(seen.n_video == 0);
 out:
	pack_test_fini(&t);
	return err;
}


/* A picture that has no form here does not keep the sound from starting. */
TEST(mpegts_pack_left_out)
{
	struct pack_test t;
	struct seen seen;
	bool can_start = false;
	int err;

	TEST_ERR(pack_test_init(&t, &mpegts_packager));
	TEST_ERR(pack_test_config(&t, MEDIA_VIDEO, CODEC_AV1));
	TEST_ERR(pack_test_config(&t, MEDIA_AUDIO, CODEC_AAC));
	for (int ms = 0; ms < 400; ms += 20) {
		TEST_ERR(pack_test_frame(&t, MEDIA_VIDEO, CODEC_AV1, ms,
					 FRAME_KEY));
		TEST_ERR(pack_test_frame(&t, MEDIA_AUDIO, CODEC_AAC, ms, 0));
		TEST_ERR(pack_test_frame(&t, MEDIA_DATA, CODEC_UNKNOWN, ms,
					 FRAME_OPAQUE));
	}
	pack_test_flush(&t);
	for (size_t i = 0; i < t.n_entries; i++)
		can_start |= t.entries[i].flags & ENTRY_START;
	TEST_EXPECT(can_start);
	TEST_EXPECT(pack_test_epochs_are_told(&t));
	TEST_ERR(watch(&seen, &t, 0));
	TEST_EXPECT(seen.n_audio == 20);
	TEST_EXPECT(seen.n_units < 20);
 out:
	pack_test_fini(&t);
	return err;
}


/* Sound that comes without its picture waits for it a while; a codec that
 * changes changes the tables. */
TEST(mpegts_pack_changes)
{
	struct pack_test t;
	struct seen seen;
	size_t before;
	int err;

	TEST_ERR(pack_test_init(&t, &mpegts_packager));
	TEST_ERR(pack_test_config(&t, MEDIA_AUDIO, CODEC_AAC));
	for (int ms = 0; ms < 200; ms += 20)
		TEST_ERR(pack_test_frame(&t, MEDIA_AUDIO, CODEC_AAC, ms, 0));
	TEST_EXPECT(t.n_entries == 1);
	TEST_ERR(pack_test_config(&t, MEDIA_VIDEO, CODEC_AVC));
	TEST_ERR(pack_test_frame(&t, MEDIA_VIDEO, CODEC_AVC, 200,
				 FRAME_KEY));
	before = t.n_entries;
	TEST_ERR(watch(&seen, &t, 0));
	TEST_EXPECT(seen.n_video == 1 && seen.n_audio == 10);

	TEST_ERR(pack_test_config(&t, MEDIA_VIDEO, CODEC_HEVC));
	TEST_ERR(pack_test_frame(&t, MEDIA_VIDEO, CODEC_HEVC, 240,
				 FRAME_KEY));
	TEST_EXPECT(pack_test_epochs_are_told(&t));
	TEST_EXPECT(t.n_entries > before + 1);
	TEST_EXPECT(t.messages[before].len == 2 * MPEGTS_PACKET_LEN);
	TEST_ERR(watch(&seen, &t, before));
	TEST_EXPECT(seen.n_video == 1 && seen.n_keys == 1);
 out:
	pack_test_fini(&t);
	return err;
}
