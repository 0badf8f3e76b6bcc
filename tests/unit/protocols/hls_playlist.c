/* Playlists as text: the draft's examples with our names, and each tag. */
#include "base/writer.h"
#include "hls/hls_multivariant.h"
#include "hls/hls_playlist.h"
#include "test.h"

enum { TEXT_MAX = 65536 };


static int expect(const struct hls_playlist *p, const char *want)
{
	struct writer w = writer(TEXT_MAX);
	int err = 0;

	hls_playlist_print(&w, p);
	TEST_ERR(w.err);
	if (!str_is(str_of(writer_slice(&w)), want))
		TEST_FAIL("%.*s", PRINT_STR(str_of(writer_slice(&w))));
 out:
	writer_fini(&w);
	return err;
}


/* s9.1 and s9.2: plain playlists of TS. */
TEST(hls_playlist_plain)
{
	static const struct hls_segment ended[] = {
		{ .duration_us = 9009000, .date_us = HLS_NO_DATE },
		{ .duration_us = 9009000, .date_us = HLS_NO_DATE },
		{ .duration_us = 3003000, .date_us = HLS_NO_DATE },
	};
	static const struct hls_segment live[] = {
		{ .duration_us = 7975000, .date_us = HLS_NO_DATE },
		{ .duration_us = 7941000, .date_us = HLS_NO_DATE },
		{ .duration_us = 7975000, .date_us = HLS_NO_DATE },
	};
	struct hls_media m = {
		.rendition = str("v"), .life = 0xa, .segments = ended,
		.n_segments = 3, .target_s = 10, .is_ended = true,
	};
	struct hls_playlist p = { .media = &m };
	int err = 0;

	TEST_ERR(expect(&p, "#EXTM3U\n"
			"#EXT-X-VERSION:3\n"
			"#EXT-X-TARGETDURATION:10\n"
			"#EXT-X-MEDIA-SEQUENCE:0\n"
			"#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
			"#EXTINF:9.009,\n"
			"v-0000000a-0.ts\n"
			"#EXTINF:9.009,\n"
			"v-0000000a-1.ts\n"
			"#EXTINF:3.003,\n"
			"v-0000000a-2.ts\n"
			"#EXT-X-ENDLIST\n"));

	m.segments = live;
	m.first_msn = 2680;
	m.target_s = 8;
	m.is_ended = false;
	TEST_ERR(expect(&p, "#EXTM3U\n"
			"#EXT-X-VERSION:3\n"
			"#EXT-X-TARGETDURATION:8\n"
			"#EXT-X-MEDIA-SEQUENCE:2680\n"
			"#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
			"#EXTINF:7.975,\n"
			"v-0000000a-2680.ts\n"
			"#EXTINF:7.941,\n"
			"v-0000000a-2681.ts\n"
			"#EXTINF:7.975,\n"
			"v-0000000a-2682.ts\n"));
 out:
	return err;
}


static const struct hls_part parts[] = {
	{ 2000040, true, false }, { 2000040, false, false },
	{ 2000040, true, false }, { 500010, false, false },
};

static const struct hls_segment low_latency[] = {
	{ .duration_us = 4000080, .date_us = HLS_NO_DATE },
	{ .duration_us = 4000080, .date_us = HLS_NO_DATE },
	{ .duration_us = 4000080, .date_us = HLS_NO_DATE,
	  .parts = parts, .n_parts = 2, .first_part = 98 },
	{ .duration_us = 4000080, .date_us = HLS_NO_DATE,
	  .parts = parts, .n_parts = 2, .first_part = 100 },
	{ .duration_us = 2500050, .date_us = HLS_NO_DATE,
	  .parts = parts + 2, .n_parts = 2, .first_part = 102 },
	{ .duration_us = 4000080, .date_us = HLS_NO_DATE, .init = 1,
	  .parts = parts, .n_parts = 2, .first_part = 104,
	  .has_discontinuity = true },
};

static const struct hls_segment low_latency_open = {
	.date_us = HLS_NO_DATE, .init = 1, .parts = parts, .n_parts = 1,
	.first_part = 106,
};

static const struct hls_media low_latency_media = {
	.rendition = { "v", 1 }, .format = HLS_FMP4, .life = 0xa,
	.segments = low_latency, .n_segments = 6, .open = &low_latency_open,
	.first_msn = 268, .n_discontinuities = 3, .next_part = 107,
	.target_s = 4, .part_target_us = 2000040,
};


/* s9.11; the window alone says whose parts are still there. */
TEST(hls_playlist_low_latency)
{
	const struct hls_media *m = &low_latency_media;
	const struct hls_report report = { str("lo"), 274, 1, true };
	struct hls_playlist p = {
		.media = m, .first_part = hls_media_first_part(m, 0),
		.control = hls_control(4, m->part_target_us),
		.reports = &report, .n_reports = 1,
	};
	int err = 0;

	TEST_ERR(expect(&p, "#EXTM3U\n"
			"#EXT-X-VERSION:6\n"
			"#EXT-X-TARGETDURATION:4\n"
			"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,"
			"CAN-SKIP-UNTIL=24.000,PART-HOLD-BACK=6.00012\n"
			"#EXT-X-PART-INF:PART-TARGET=2.00004\n"
			"#EXT-X-MEDIA-SEQUENCE:268\n"
			"#EXT-X-DISCONTINUITY-SEQUENCE:3\n"
			"#EXT-X-MAP:URI=\"v-0000000a-0.mp4\"\n"
			"#EXTINF:4.00008,\n"
			"v-0000000a-268.m4s\n"
			"#EXTINF:4.00008,\n"
			"v-0000000a-269.m4s\n"
			"#EXTINF:4.00008,\n"
			"v-0000000a-270.m4s\n"
			"#EXT-X-PART:DURATION=2.00004,INDEPENDENT=YES,"
			"URI=\"v-0000000a-p100.m4s\"\n"
			"#EXT-X-PART:DURATION=2.00004,"
			"URI=\"v-0000000a-p101.m4s\"\n"
			"#EXTINF:4.00008,\n"
			"v-0000000a-271.m4s\n"
			"#EXT-X-PART:DURATION=2.00004,INDEPENDENT=YES,"
			"URI=\"v-0000000a-p102.m4s\"\n"
			"#EXT-X-PART:DURATION=0.50001,"
			"URI=\"v-0000000a-p103.m4s\"\n"
			"#EXTINF:2.50005,\n"
			"v-0000000a-272.m4s\n"
			"#EXT-X-DISCONTINUITY\n"
			"#EXT-X-MAP:URI=\"v-0000000a-1.mp4\"\n"
			"#EXT-X-PART:DURATION=2.00004,INDEPENDENT=YES,"
			"URI=\"v-0000000a-p104.m4s\"\n"
			"#EXT-X-PART:DURATION=2.00004,"
			"URI=\"v-0000000a-p105.m4s\"\n"
			"#EXTINF:4.00008,\n"
			"v-0000000a-273.m4s\n"
			"#EXT-X-PART:DURATION=2.00004,INDEPENDENT=YES,"
			"URI=\"v-0000000a-p106.m4s\"\n"
			"#EXT-X-PRELOAD-HINT:TYPE=PART,"
			"URI=\"v-0000000a-p107.m4s\"\n"
			"#EXT-X-RENDITION-REPORT:URI=\"lo.m3u8\","
			"LAST-MSN=274,LAST-PART=1\n"));
 out:
	return err;
}


/* The version grows, the sequences stay, what was skipped is not told. */
TEST(hls_playlist_delta)
{
	struct hls_playlist p = {
		.media = &low_latency_media, .first = 1, .first_part = 6,
		.query = str("t=1&u"),
	};
	int err = 0;

	p.n_skipped = hls_media_skip(p.media, p.first, 4000080);
	TEST_ERR(expect(&p, "#EXTM3U\n"
			"#EXT-X-VERSION:9\n"
			"#EXT-X-TARGETDURATION:4\n"
			"#EXT-X-PART-INF:PART-TARGET=2.00004\n"
			"#EXT-X-MEDIA-SEQUENCE:269\n"
			"#EXT-X-DISCONTINUITY-SEQUENCE:3\n"
			"#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n"
			"#EXTINF:2.50005,\n"
			"v-0000000a-272.m4s?t=1&u\n"
			"#EXT-X-DISCONTINUITY\n"
			"#EXT-X-MAP:URI=\"v-0000000a-1.mp4?t=1&u\"\n"
			"#EXTINF:4.00008,\n"
			"v-0000000a-273.m4s?t=1&u\n"
			"#EXT-X-PART:DURATION=2.00004,INDEPENDENT=YES,"
			"URI=\"v-0000000a-p106.m4s?t=1&u\"\n"
			"#EXT-X-PRELOAD-HINT:TYPE=PART,"
			"URI=\"v-0000000a-p107.m4s?t=1&u\"\n"));
 out:
	return err;
}


/* Gaps, dates, key frames; the first part of all. */
TEST(hls_playlist_tags)
{
	static const struct hls_part lost[] = { { 500000, false, true } };
	static const struct hls_segment one[] = {
		{ .duration_us = 500000, .date_us = 1266562463031999,
		  .parts = lost, .n_parts = 1, .is_gap = true },
	};
	static const struct hls_segment empty = { .date_us = 1 };
	struct hls_media m = {
		.rendition = str("v"), .format = HLS_TS, .segments = one,
		.n_segments = 1, .open = &empty, .target_s = 1,
		.part_target_us = 500000, .next_part = 1,
	};
	struct hls_playlist p = {
		.media = &m, .is_independent = true,
		.control = { .hold_back_us = 3000000 },
	};
	int err = 0;

	TEST_ERR(expect(&p, "#EXTM3U\n"
			"#EXT-X-VERSION:3\n"
			"#EXT-X-TARGETDURATION:1\n"
			"#EXT-X-INDEPENDENT-SEGMENTS\n"
			"#EXT-X-SERVER-CONTROL:HOLD-BACK=3.000\n"
			"#EXT-X-PART-INF:PART-TARGET=0.500\n"
			"#EXT-X-MEDIA-SEQUENCE:0\n"
			"#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
			"#EXT-X-PROGRAM-DATE-TIME:2010-02-19T06:54:23.031Z\n"
			"#EXT-X-PART:DURATION=0.500,GAP=YES,"
			"URI=\"v-00000000-p0.ts\"\n"
			"#EXT-X-GAP\n"
			"#EXTINF:0.500,\n"
			"v-00000000-0.ts\n"
			"#EXT-X-PRELOAD-HINT:TYPE=PART,"
			"URI=\"v-00000000-p1.ts\"\n"));

	m.n_segments = 0;
	m.format = HLS_FMP4;
	m.open = &one[0];
	p.control.hold_back_us = 0;
	TEST_ERR(expect(&p, "#EXTM3U\n"
			"#EXT-X-VERSION:6\n"
			"#EXT-X-TARGETDURATION:1\n"
			"#EXT-X-INDEPENDENT-SEGMENTS\n"
			"#EXT-X-PART-INF:PART-TARGET=0.500\n"
			"#EXT-X-MEDIA-SEQUENCE:0\n"
			"#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
			"#EXT-X-MAP:URI=\"v-00000000-0.mp4\"\n"
			"#EXT-X-PROGRAM-DATE-TIME:2010-02-19T06:54:23.031Z\n"
			"#EXT-X-PART:DURATION=0.500,GAP=YES,"
			"URI=\"v-00000000-p0.m4s\"\n"
			"#EXT-X-PRELOAD-HINT:TYPE=PART,"
			"URI=\"v-00000000-p1.m4s\"\n"));
 out:
	return err;
}


/* The last part stands in the open segment, or ended the one before. */
TEST(hls_report_of_media)
{
	struct hls_media m = low_latency_media;
	struct hls_report r = hls_report(&m);
	int err = 0;

	TEST_EQ(274, r.last_msn);
	TEST_EQ(0, r.last_part);
	TEST_OK(r.has_parts && str_is(r.rendition, "v"));

	m.open = NULL;
	r = hls_report(&m);
	TEST_EQ(273, r.last_msn);
	TEST_EQ(1, r.last_part);

	m.part_target_us = 0;
	m.open = &low_latency_open;
	r = hls_report(&m);
	TEST_EQ(273, r.last_msn);
	TEST_OK(!r.has_parts);
 out:
	return err;
}


/* s9.4 and s9.6, and what a peer may have called a language. */
TEST(hls_multivariant)
{
	static const struct hls_variant variants[] = {
		{ .rendition = { "hi", 2 }, .peak_bps = 7680000,
		  .average_bps = 6000000, .audio = { "aac", 3 },
		  .codecs = { "avc1.64001f,mp4a.40.2", 21 },
		  .width = 1920, .height = 1080, .frames_per_ks = 29970 },
		{ .rendition = { "audio", 5 }, .peak_bps = 65000,
		  .codecs = { "mp4a.40.5", 9 }, .audio = { "aac", 3 } },
		{ .rendition = { "lo", 2 }, .peak_bps = 1280000,
		  .frames_per_ks = 60000, .width = 640 },
	};
	static const struct hls_audio audio[] = {
		{ .rendition = { "audio", 5 }, .group = { "aac", 3 },
		  .name = { "English", 7 }, .language = { "en", 2 },
		  .n_channels = 2, .is_default = true },
		{ .group = { "aac", 3 }, .name = { "a\"b\nc", 5 } },
	};
	const struct hls_multivariant p = {
		.variants = variants, .n_variants = 3, .audio = audio,
		.n_audio = 2, .query = str("t=1"), .is_independent = true,
	};
	struct writer w = writer(TEXT_MAX);
	int err = 0;

	hls_multivariant_print(&w, &p);
	TEST_ERR(w.err);
	TEST_OK(str_is(str_of(writer_slice(&w)), "#EXTM3U\n"
		"#EXT-X-INDEPENDENT-SEGMENTS\n"
		"#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"aac\",NAME=\"English\","
		"LANGUAGE=\"en\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"2\","
		"URI=\"audio.m3u8?t=1\"\n"
		"#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"aac\",NAME=\"a_b_c\","
		"DEFAULT=NO,AUTOSELECT=NO\n"
		"#EXT-X-STREAM-INF:BANDWIDTH=7680000,"
		"AVERAGE-BANDWIDTH=6000000,"
		"CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1920x1080,"
		"FRAME-RATE=29.970,AUDIO=\"aac\"\n"
		"hi.m3u8?t=1\n"
		"#EXT-X-STREAM-INF:BANDWIDTH=65000,CODECS=\"mp4a.40.5\","
		"AUDIO=\"aac\"\n"
		"audio.m3u8?t=1\n"
		"#EXT-X-STREAM-INF:BANDWIDTH=1280000,FRAME-RATE=60.000\n"
		"lo.m3u8?t=1\n"));
 out:
	writer_fini(&w);
	return err;
}
