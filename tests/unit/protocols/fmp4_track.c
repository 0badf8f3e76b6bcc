/* fmp4_track and the sample entries: what is made of configurations.  The
 * boxes are those that ffmpeg 5.1 writes for the same streams, but for ES_ID
 * and bit rates, which a live stream does not know. */
#include "base/writer.h"
#include "fmp4/fmp4_box.h"
#include "fmp4/fmp4_init.h"
#include "test.h"


#define BYTES(...) { (const uint8_t[]) { __VA_ARGS__ },			\
		     sizeof((const uint8_t[]) { __VA_ARGS__ }) }

#define AVCC \
	0x01, 0x64, 0x00, 0x0c, 0xff, 0xe1, 0x00, 0x1a, 0x67, 0x64, 0x00, \
	0x0c, 0xac, 0xd9, 0x41, 0x41, 0x9f, 0x9f, 0x01, 0x10, 0x00, 0x00, \
	0x03, 0x00, 0x10, 0x00, 0x00, 0x03, 0x03, 0x20, 0xf1, 0x42, 0x99, \
	0x60, 0x01, 0x00, 0x06, 0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0, 0xfd, \
	0xf8, 0xf8, 0x00

/* array_completeness of its three arrays: 0 or 0x80. */
#define HVCC(complete) \
	0x01, 0x01, 0x60, 0x00, 0x00, 0x00, 0x90, 0x00, 0x00, 0x00, 0x00, \
	0x00, 0x3c, 0xf0, 0x00, 0xfc, 0xfd, 0xf8, 0xf8, 0x00, 0x00, 0x0f, \
	0x03, 0x20 | complete, 0x00, 0x01, 0x00, 0x18, 0x40, 0x01, 0x0c, \
	0x01, 0xff, 0xff, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, \
	0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x3c, 0x95, 0x98, 0x09, \
	0x21 | complete, 0x00, 0x01, 0x00, 0x2b, 0x42, 0x01, 0x01, 0x01, \
	0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00, \
	0x03, 0x00, 0x3c, 0xa0, 0x0a, 0x08, 0x0b, 0x9f, 0x79, 0x65, 0x66, \
	0x92, 0x4c, 0xaf, 0x01, 0x68, 0x08, 0x00, 0x00, 0x03, 0x00, 0x08, \
	0x00, 0x00, 0x03, 0x00, 0xc8, 0x40, 0x22 | complete, 0x00, 0x01, \
	0x00, 0x07, 0x44, 0x01, 0xc1, 0x72, 0xb4, 0x62, 0x40

#define AV1C \
	0x81, 0x00, 0x0c, 0x00, 0x0a, 0x0b, 0x00, 0x00, 0x00, 0x04, 0x3c, \
	0xfe, 0xcc, 0xda, 0xf9, 0x00, 0x40

#define VPCC 0x00, 0x0b, 0x82, 0x02, 0x02, 0x02, 0x00, 0x00
#define FULL_BOX 0x00, 0x00, 0x00, 0x00
#define ASC 0x11, 0x88, 0x56, 0xe5, 0x00

#define STREAMINFO \
	0x20, 0x00, 0x20, 0x00, 0x00, 0x03, 0xfa, 0x00, 0x08, 0x93, 0x17, \
	0x70, 0x00, 0xf0, 0x00, 0x02, 0xee, 0x00, 0xd0, 0x2e, 0x40, 0x7d, \
	0x9e, 0x9b, 0xea, 0x65, 0xa4, 0x1f, 0x3d, 0x24, 0x7f, 0x92, 0x34, \
	0xcc

#define MP3_ESDS(object) \
	FULL_BOX, 3, 0x80, 0x80, 0x80, 0x1b, 0, 0, 0, \
	4, 0x80, 0x80, 0x80, 0x0d, object, 0x15, \
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0x80, 0x80, 0x80, 1, 2

/* A picture of 65536 pixels to 1 says 0xff, 0xff, 0xc0 here. */
#define AV1C_WIDE(a, b, c) \
	0x81, 0x00, 0x0c, 0x00, 0x0a, 0x08, 0x18, 0x3f, a, b, c, 0, 0, 0

enum { ROW_AVC = 0, ROW_AAC = 7, ROW_AC3 = 12, ROW_EAC3 = 16, ROW_FLAC };

static const struct row {
	const char *text;        /* RFC 6381 */
	enum fmp4_codec codec;
	bool is_inband;
	struct slice config;
	uint32_t a, b;           /* width and height, or rate and channels */
	const char *entry;
	const char *box;         /* in the sample entry */
	struct slice body;       /* of it */
} rows[] = {
	{ "avc1.64000c", FMP4_AVC, false, BYTES(AVCC), 320, 180,
	  "avc1", "avcC", BYTES(AVCC) },
	{ "avc3.64000c", FMP4_AVC, true, BYTES(AVCC), 320, 180,
	  "avc3", "avcC", BYTES(AVCC) },
	{ "hvc1.1.6.L60.90", FMP4_HEVC, false, BYTES(HVCC(0)), 320, 180,
	  "hvc1", "hvcC", BYTES(HVCC(0x80)) },
	{ "hev1.1.6.L60.90", FMP4_HEVC, true, BYTES(HVCC(0)), 320, 180,
	  "hev1", "hvcC", BYTES(HVCC(0)) },
	{ "av01.0.00M.08", FMP4_AV1, true, BYTES(AV1C), 320, 180,
	  "av01", "av1C", BYTES(AV1C) },
	{ "av01.0.00M.08", FMP4_AV1, false,
	  BYTES(AV1C_WIDE(0xff, 0xff, 0x80)), 65535, 1,
	  "av01", "av1C", BYTES(AV1C_WIDE(0xff, 0xff, 0x80)) },
	{ "vp09.00.11.08", FMP4_VP9, false, BYTES(VPCC), 0, 0,
	  "vp09", "vpcC", BYTES(0x01, 0, 0, 0, VPCC) },
	{ "mp4a.40.2", FMP4_AAC, false, BYTES(ASC), 48000, 1,
	  "mp4a", "esds", BYTES(FULL_BOX, 3, 0x80, 0x80, 0x80, 0x25, 0, 0, 0,
				4, 0x80, 0x80, 0x80, 0x17, 0x40, 0x15,
				0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
				5, 0x80, 0x80, 0x80, 5, ASC,
				6, 0x80, 0x80, 0x80, 1, 2) },
	{ "mp4a.6B", FMP4_MP3, false, BYTES(0xff, 0xfb, 0x54, 0xc4), 48000, 1,
	  "mp4a", "esds", BYTES(MP3_ESDS(0x6b)) },
	{ "mp4a.69", FMP4_MP3, false, BYTES(0xff, 0xf3, 0x50, 0x40), 22050, 2,
	  "mp4a", "esds", BYTES(MP3_ESDS(0x69)) },
	{ "opus", FMP4_OPUS, true,
	  BYTES('O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 1, 1, 0x38, 1,
		0x80, 0xbb, 0, 0, 0xfe, 0xff, 0), 48000, 1, "Opus", "dOps",
	  BYTES(0, 1, 1, 0x38, 0, 0, 0xbb, 0x80, 0xff, 0xfe, 0) },
	{ "opus", FMP4_OPUS, false, { NULL, 0 }, 48000, 2, "Opus", "dOps",
	  BYTES(0, 2, 0x0f, 0, 0, 0, 0xbb, 0x80, 0, 0, 0) },
	{ "ac-3", FMP4_AC3, false,
	  BYTES(0x0b, 0x77, 0xb5, 0x0b, 0x1e, 0x40, 0xeb, 0xf8, 0x40, 0x3e),
	  48000, 6, "ac-3", "dac3", BYTES(0x10, 0x3d, 0xe0) },
	{ "ac-3", FMP4_AC3, false, BYTES(0x0b, 0x77, 0, 0, 0x10, 0x40, 0x30),
	  48000, 2, "ac-3", "dac3", BYTES(0x10, 0x0d, 0x00) },
	{ "ac-3", FMP4_AC3, false, BYTES(0x0b, 0x77, 0, 0, 0x10, 0x40, 0x54),
	  48000, 3, "ac-3", "dac3", BYTES(0x10, 0x15, 0x00) },
	{ "ec-3", FMP4_EAC3, false,
	  BYTES(0x0b, 0x77, 7, 0xff, 0x02, 0x80), 48000, 1, "ec-3", "dec3",
	  BYTES(0xc0, 0x00, 0x20, 0x02, 0x00) },
	{ "ec-3", FMP4_EAC3, false,
	  BYTES(0x0b, 0x77, 0x03, 0x7f, 0x3f, 0x87, 0xc0, 0, 0x20, 0xf8),
	  48000, 6, "ec-3", "dec3", BYTES(0x0e, 0x00, 0x20, 0x0f, 0x00) },
	{ "fLaC", FMP4_FLAC, false, BYTES(STREAMINFO), 96000, 1, "fLaC",
	  "dfLa", BYTES(FULL_BOX, 0x80, 0, 0, 0x22, STREAMINFO) },
	{ "fLaC", FMP4_FLAC, false, BYTES('f', 'L', 'a', 'C', 0, 0, 0, 0x22,
					  STREAMINFO, 4, 0, 0, 0),
	  96000, 1, "fLaC", "dfLa",
	  BYTES(FULL_BOX, 0x80, 0, 0, 0x22, STREAMINFO) },
};

enum {
	ENTRIES = 8,             /* in stsd, behind version and n */
	VISUAL_LEN = 78,         /* of an entry, before its boxes */
	AUDIO_LEN = 28,
	AUDIO_RATE = 24,
	AUDIO_BITS = 18,
};


TEST(fmp4_track)
{
	struct writer w = writer(100);
	struct fmp4_track t;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		bool is_video = row->codec <= FMP4_VP9;

		TEST_ERR(fmp4_track_set(&t, row->codec, row->config));
		t.has_inband_sets = row->is_inband;
		TEST_EQ(1, t.id);
		TEST_EQ(is_video, fmp4_track_is_video(&t));
		TEST_EQ(row->a, is_video ? t.width : t.rate_hz);
		TEST_EQ(row->b, is_video ? t.height : t.n_channels);
		TEST_EQ(is_video ? FMP4_VIDEO_HZ : row->a, t.clock_hz);
		TEST_OK(!strcmp(row->entry, fmp4_track_entry(&t)));

		w.len = 0;
		fmp4_track_print_codec(&w, &t);
		TEST_ERR(w.err);
		TEST_MEM(row->text, strlen(row->text), w.data, w.len);
	}
 out:
	writer_fini(&w);
	return err;
}


/* Print the track alone, and find its sample entry. */
static int entry(struct writer *w, const struct fmp4_track *t,
		 struct fmp4_box *box)
{
	struct slice at;
	int err;

	w->len = 0;
	fmp4_init_print(w, t, 1);
	err = w->err ? w->err : fmp4_box_find(writer_slice(w),
		"moov/trak/mdia/minf/stbl/stsd", box);
	if (err)
		return err;

	at = slice_from(box->body, ENTRIES);

	return fmp4_box_next(&at, box);
}


TEST(fmp4_entry)
{
	struct writer w = writer(4096);
	struct fmp4_track t;
	struct fmp4_box box;
	struct slice inside;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];

		TEST_ERR(fmp4_track_set(&t, row->codec, row->config));
		t.has_inband_sets = row->is_inband;
		TEST_ERR(entry(&w, &t, &box));
		TEST_OK(str_is(box.type, row->entry));

		inside = slice_from(box.body, fmp4_track_is_video(&t) ?
				    VISUAL_LEN : AUDIO_LEN);
		TEST_ERR(fmp4_box_find(inside, row->box, &box));
		TEST_MEM(row->body.p, row->body.len, box.body.p,
			 box.body.len);
	}
 out:
	writer_fini(&w);
	return err;
}


/* What the fields in front of the boxes say. */
TEST(fmp4_entry_fields)
{
	static const uint8_t visual[] = {
		0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0x01, 0x40, 0x00, 0xb4, 0, 0x48, 0, 0, 0, 0x48,
		0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 24, 0xff, 0xff,
	};
	static const uint8_t audio[] = {
		0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 1, 0, 16, 0, 0, 0, 0, 0xbb, 0x80, 0, 0,
	};
	struct writer w = writer(4096);
	struct fmp4_track t;
	struct fmp4_box box, pasp;
	int err = 0;

	TEST_ERR(fmp4_track_set(&t, FMP4_AVC, rows[ROW_AVC].config));
	t.sar_width = 0x10203;
	t.sar_height = 5;
	TEST_ERR(entry(&w, &t, &box));
	TEST_MEM(visual, VISUAL_LEN, box.body.p, sizeof(visual));
	TEST_ERR(fmp4_box_find(slice_from(box.body, VISUAL_LEN), "pasp",
			       &pasp));
	TEST_MEM("\0\1\2\3\0\0\0\5", 8, pasp.body.p, pasp.body.len);

	t.sar_height = 0;
	TEST_ERR(entry(&w, &t, &box));
	TEST_EQ(-ENOENT, fmp4_box_find(slice_from(box.body, VISUAL_LEN),
				       "pasp", &pasp));

	TEST_ERR(fmp4_track_set(&t, FMP4_AAC, rows[ROW_AAC].config));
	TEST_ERR(entry(&w, &t, &box));
	TEST_MEM(audio, AUDIO_LEN, box.body.p, sizeof(audio));

	/* 96 kHz does not fit, and FLAC says how long its samples are. */
	TEST_ERR(fmp4_track_set(&t, FMP4_FLAC, rows[ROW_FLAC].config));
	TEST_ERR(entry(&w, &t, &box));
	TEST_EQ(16, box.body.p[AUDIO_BITS + 1]);
	TEST_MEM("\xbb\x80\0", 4, box.body.p + AUDIO_RATE, 4);
 out:
	writer_fini(&w);
	return err;
}


TEST(fmp4_track_bad)
{
	static const uint8_t zeros[FMP4_CONFIG_MAX + 1];
	static const uint8_t no_rate[] = { 0x16, 0x90 };
	static const uint8_t wide[] = { AV1C_WIDE(0xff, 0xff, 0xc0) };
	struct writer w = writer(4096);
	struct fmp4_track t = { .id = 77 };
	int err = 0;

	for (unsigned i = 0; i < FMP4_N_CODECS; i++) {
		struct slice in = i == FMP4_AAC ?
			slice(no_rate, sizeof(no_rate)) : slice(zeros, 20);

		TEST_EQ(-EBADMSG, fmp4_track_set(&t, i, in));
		if (i != FMP4_OPUS)
			TEST_EQ(-EBADMSG, fmp4_track_set(&t, i,
							 slice(NULL, 0)));
		TEST_EQ(-EMSGSIZE, fmp4_track_set(&t, i, slice(zeros,
			sizeof(zeros))));
	}
	TEST_EQ(-ENOTSUP, fmp4_track_set(&t, FMP4_N_CODECS, slice(zeros, 9)));
	TEST_EQ(-EBADMSG, fmp4_track_set(&t, FMP4_AC3, rows[ROW_EAC3].config));
	TEST_EQ(-EBADMSG, fmp4_track_set(&t, FMP4_EAC3, rows[ROW_AC3].config));
	TEST_EQ(-EMSGSIZE, fmp4_track_set(&t, FMP4_AV1,
					  slice(wide, sizeof(wide))));
	TEST_EQ(77, t.id);

	/* A track that nobody checked. */
	t.clock_hz = 1;
	t.config = slice(zeros, 20);
	for (t.codec = FMP4_VP9; t.codec < FMP4_N_CODECS; t.codec++) {
		if (t.codec == FMP4_AAC || t.codec == FMP4_MP3)
			continue;
		fmp4_init_print(&w, &t, 1);
		TEST_ERRNO(-EBADMSG, w.err);
		writer_fini(&w);
	}
	t.codec = FMP4_AVC;
	fmp4_track_print_codec(&w, &t);
	TEST_ERRNO(-EBADMSG, w.err);
 out:
	writer_fini(&w);
	return err;
}
