/* avc: records of x264, cut anywhere, and printed again. */
#include "base/chunk.h"
#include "base/writer.h"
#include "codec/avc.h"
#include "test.h"


/* ffmpeg -f lavfi -i testsrc=s=1920x1080:r=30000/1001:d=0.3 -c:v libx264
 * -preset veryfast -bf 2 -pix_fmt yuv420p a.mp4 (its avcC, as all here) */
static const uint8_t high[] = {
	0x01, 0x64, 0x00, 0x28, 0xff, 0xe1, 0x00, 0x19, 0x67, 0x64,
	0x00, 0x28, 0xac, 0xd9, 0x40, 0x78, 0x02, 0x27, 0xe5, 0xc0,
	0x44, 0x00, 0x00, 0x0f, 0xa4, 0x00, 0x03, 0xa9, 0x80, 0x3c,
	0x60, 0xc6, 0x58, 0x01, 0x00, 0x04, 0x68, 0xef, 0x8f, 0xcb,
	0xfd, 0xf8, 0xf8, 0x00,
};

/* ffmpeg -f lavfi -i testsrc=s=176x144:r=15:d=0.3 -c:v libx264
 * -profile:v baseline -pix_fmt yuv420p */
static const uint8_t baseline[] = {
	0x01, 0x42, 0xc0, 0x0a, 0xff, 0xe1, 0x00, 0x16, 0x67, 0x42,
	0xc0, 0x0a, 0xd9, 0x02, 0xc4, 0xec, 0x04, 0x40, 0x00, 0x00,
	0x03, 0x00, 0x40, 0x00, 0x00, 0x07, 0x83, 0xc4, 0x89, 0x92,
	0x01, 0x00, 0x05, 0x68, 0xcb, 0x83, 0xcb, 0x20,
};

/* ffmpeg -f lavfi -i testsrc=s=720x576:r=25:d=0.3 -c:v libx264
 * -flags +ildct+ilme -x264-params tff=1 -pix_fmt yuv422p10le */
static const uint8_t high422[] = {
	0x01, 0x7a, 0x00, 0x1e, 0xff, 0xe1, 0x00, 0x1a, 0x67, 0x7a,
	0x00, 0x1e, 0xb6, 0xcd, 0x94, 0x0b, 0x42, 0x4d, 0x80, 0x88,
	0x00, 0x00, 0x03, 0x00, 0x08, 0x00, 0x00, 0x03, 0x01, 0x90,
	0xf8, 0xa1, 0x4c, 0xb0, 0x01, 0x00, 0x06, 0x68, 0xfb, 0xa3,
	0xcb, 0x22, 0xc0, 0xfe, 0xfa, 0xfa, 0x00,
};

/* ffmpeg -f lavfi -i testsrc=s=640x360:r=25:d=0.3 -c:v libx264 -bf 0
 * -x264-params cqm=jvt -profile:v high -pix_fmt yuv420p */
static const uint8_t no_b[] = {
	0x01, 0x64, 0x00, 0x1e, 0xff, 0xe1, 0x00, 0x1a, 0x67, 0x64,
	0x00, 0x1e, 0xac, 0xb2, 0x01, 0x40, 0x5f, 0xf2, 0xe0, 0x22,
	0x00, 0x00, 0x03, 0x00, 0x02, 0x00, 0x00, 0x03, 0x00, 0x64,
	0x1e, 0x2c, 0x5c, 0x90, 0x01, 0x00, 0x07, 0x68, 0xeb, 0xc3,
	0xcb, 0x30, 0x02, 0xc0, 0xfd, 0xf8, 0xf8, 0x00,
};

/* ffmpeg -f lavfi -i testsrc=s=1920x1080:r=25:d=0.2 -c:v libx264
 * -preset ultrafast -flags +ildct+ilme -x264-params interlaced=1:8x8dct=1:
 * cqm4=6,10,12,14,10,12,14,16,12,14,16,18,14,16,18,200 -pix_fmt yuv420p:
 * fields, cropped from 1088 lines */
static const uint8_t fields[] = {
	0x01, 0x64, 0x00, 0x28, 0xff, 0xe1, 0x00, 0x1a, 0x67, 0x64,
	0x00, 0x28, 0xac, 0xe8, 0x07, 0x80, 0x44, 0xfd, 0xe0, 0x22,
	0x00, 0x00, 0x03, 0x00, 0x02, 0x00, 0x00, 0x03, 0x00, 0x64,
	0x3e, 0x2c, 0x5d, 0x40, 0x01, 0x00, 0x18, 0x68, 0xde, 0x0f,
	0xce, 0x51, 0x12, 0x64, 0xe4, 0xc9, 0x01, 0x2a, 0x4a, 0x22,
	0x4c, 0x9c, 0x99, 0x20, 0x25, 0x48, 0x40, 0x10, 0xc2, 0x00,
	0x87, 0xfd, 0xf8, 0xf8, 0x00,
};

static const struct row {
	struct slice record;
	struct avc_sps want;
} rows[] = {
	{ { high, sizeof(high) },
	  { 100, 0, 40, 1, 8, 8, 1920, 1080, 1, 1, 60000, 2002, false, 2 } },
	{ { baseline, sizeof(baseline) },
	  { 66, 0xc0, 10, 1, 8, 8, 176, 144, 1, 1, 30, 2, false, 0 } },
	{ { high422, sizeof(high422) },
	  { 122, 0, 30, 2, 10, 10, 720, 576, 1, 1, 50, 2, true, 2 } },
	{ { fields, sizeof(fields) },
	  { 100, 0, 40, 1, 8, 8, 1920, 1080, 1, 1, 50, 2, true, 0 } },
	{ { no_b, sizeof(no_b) },
	  { 100, 0, 30, 1, 8, 8, 640, 360, 1, 1, 50, 2, false, 0 } },
};


TEST(avc_sps)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct avc_sps *want = &rows[i].want;
		struct avc_config c;
		struct avc_sps s;

		TEST_ERR(avc_config_parse(rows[i].record, &c));
		TEST_EQ(4, c.nal_len_size);
		TEST_EQ(1, c.n_sps);
		TEST_EQ(1, c.n_pps);
		TEST_EQ(want->profile_idc, c.profile_idc);
		TEST_EQ(want->constraints, c.constraints);
		TEST_EQ(want->level_idc, c.level_idc);

		TEST_ERR(avc_sps_parse(c.sps[0], &s));
		TEST_EQ(want->profile_idc, s.profile_idc);
		TEST_EQ(want->level_idc, s.level_idc);
		TEST_EQ(want->chroma_format, s.chroma_format);
		TEST_EQ(want->bit_depth_luma, s.bit_depth_luma);
		TEST_EQ(want->bit_depth_chroma, s.bit_depth_chroma);
		TEST_EQ(want->width, s.width);
		TEST_EQ(want->height, s.height);
		TEST_EQ(want->sar_width, s.sar_width);
		TEST_EQ(want->sar_height, s.sar_height);
		TEST_EQ(want->rate_num, s.rate_num);
		TEST_EQ(want->rate_den, s.rate_den);
		TEST_EQ(want->is_interlaced, s.is_interlaced);
		TEST_EQ(want->n_reorder, s.n_reorder);
	}
 out:
	return err;
}


TEST(avc_config_round_trip)
{
	struct writer w = writer(1000);
	struct avc_config c, made;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct slice in = rows[i].record;

		TEST_ERR(avc_config_parse(in, &c));
		avc_config_print(&w, &c);
		TEST_ERR(w.err);
		TEST_MEM(in.p, in.len, w.data, w.len);
		writer_drop(&w, w.len);

		TEST_ERR(avc_config_set(&made, c.sps[0], c.pps[0]));
		avc_config_print(&w, &made);
		TEST_ERR(w.err);
		TEST_MEM(in.p, in.len, w.data, w.len);
		writer_drop(&w, w.len);
	}

	TEST_EQ(-EBADMSG, avc_config_set(&made, c.pps[0], c.pps[0]));
	TEST_EQ(-EBADMSG, avc_config_set(&made, c.sps[0], slice(NULL, 0)));
	TEST_EQ(-EBADMSG, avc_config_set(&made, slice(NULL, 0), c.pps[0]));
 out:
	writer_fini(&w);
	return err;
}


/* crtmpserver's defect c: it trusted the lengths of the sets. */
TEST(avc_defect_c_truncated)
{
	struct chunk *alone = NULL;
	struct avc_config c;
	struct avc_sps s;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct slice in = rows[i].record;
		size_t needed;

		TEST_ERR(avc_config_parse(in, &c));
		needed = (size_t)(c.pps[0].p + c.pps[0].len - in.p);

		for (size_t len = 0; len < in.len; len++) {
			alone = chunk_copy(slice(in.p, len));
			TEST_PTR(alone);
			TEST_EQ(len < needed ? -EBADMSG : 0,
				avc_config_parse(chunk_slice(alone), &c));
			alone = chunk_unref(alone);
		}

		TEST_ERR(avc_config_parse(in, &c));
		for (size_t len = 0; len < c.sps[0].len; len++) {
			alone = chunk_copy(slice(c.sps[0].p, len));
			TEST_PTR(alone);
			err = avc_sps_parse(chunk_slice(alone), &s);
			TEST_OK(!err || err == -EBADMSG);
			TEST_OK(err || len > 6);
			err = 0;
			alone = chunk_unref(alone);
		}
	}
 out:
	chunk_unref(alone);
	return err;
}


TEST(avc_config_bad)
{
	static const uint8_t no_sets[] = { 1, 66, 0, 30, 0xff, 0xe0, 0 };
	uint8_t in[256] = { 1, 66, 0, 30, 0xff, 0xe0, AVC_PPS_MAX + 1 };
	struct avc_config c = { .n_sps = 77 };
	int err = 0;

	TEST_EQ(-EMSGSIZE, avc_config_parse(slice(in, sizeof(in)), &c));
	in[6] = 1;               /* an empty picture parameter set */
	TEST_EQ(-EBADMSG, avc_config_parse(slice(in, sizeof(in)), &c));
	in[0] = 0;
	TEST_EQ(-EBADMSG, avc_config_parse(slice(in, sizeof(in)), &c));
	TEST_EQ(77, c.n_sps);

	TEST_ERR(avc_config_parse(slice(no_sets, sizeof(no_sets)), &c));
	TEST_EQ(0, c.n_sps);
	TEST_EQ(0, c.n_pps);
 out:
	return err;
}


/* Scaling lists: one whole, one that ends with its first value, one with its
 * third, one of 8x8; then 40 x 23 macroblocks, cropped to 360 lines. */
TEST(avc_sps_scaling_lists)
{
	static const uint8_t in[] = {
		0x67, 0x64, 0x00, 0x1e, 0xad, 0x88, 0x10, 0x42, 0x09, 0x21,
		0x08, 0x24, 0x84, 0x20, 0x92, 0x10, 0x06, 0x44, 0x23, 0x44,
		0x0b, 0x8f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfa,
		0xd0, 0x14, 0x05, 0xff, 0x2a,
	};
	struct avc_sps s;
	int err = 0;

	TEST_ERR(avc_sps_parse(slice(in, sizeof(in)), &s));
	TEST_EQ(640, s.width);
	TEST_EQ(360, s.height);
	TEST_EQ(0, s.n_reorder);
 out:
	return err;
}


TEST(avc_sps_bad)
{
	/* Baseline, ids 0, poc type 2, one reference frame; then 2^16
	 * macroblocks wide; one macroblock, cropped to 2 pixels, to none. */
	static const uint8_t wide[] = {
		0x67, 66, 0, 30,
		0xda, 0x00, 0x00, 0x40, 0x00, 0x39,
	};
	static const uint8_t narrow[] = {
		0x67, 66, 0, 30, 0xda, 0x7c, 0x47, 0x40,
	};
	static const uint8_t cropped[] = {
		0x67, 66, 0, 30, 0xda, 0x7c, 0x4f, 0x40,
	};
	struct avc_sps s;
	int err = 0;

	TEST_EQ(-EMSGSIZE, avc_sps_parse(slice(wide, sizeof(wide)), &s));
	TEST_ERR(avc_sps_parse(slice(narrow, sizeof(narrow)), &s));
	TEST_EQ(2, s.width);
	TEST_EQ(16, s.height);
	TEST_EQ(-EBADMSG, avc_sps_parse(slice(cropped, sizeof(cropped)), &s));
 out:
	return err;
}
