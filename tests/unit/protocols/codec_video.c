/* av1, vp9, and the MIME strings of all. */
#include "base/chunk.h"
#include "base/writer.h"
#include "codec/aac.h"
#include "codec/av1.h"
#include "codec/avc.h"
#include "codec/hevc.h"
#include "codec/rfc6381.h"
#include "codec/vp9.h"
#include "test.h"


/* ffmpeg -f lavfi -i testsrc=s=320x180:r=25:d=0.1 -c:v libaom-av1
 * -pix_fmt yuv420p a.mp4 (its av1C) */
static const uint8_t aom[] = {
	0x81, 0x00, 0x0c, 0x00, 0x0a, 0x0b, 0x00, 0x00, 0x00, 0x04, 0x3c,
	0xfe, 0xcc, 0xda, 0xf9, 0x00, 0x40,
};

/* ffmpeg -f lavfi -i testsrc=s=640x360:r=25:d=0.1 -c:v libsvtav1
 * -pix_fmt yuv420p10le a.mp4 */
static const uint8_t svt[] = {
	0x81, 0x01, 0x4c, 0x00, 0x0a, 0x0b, 0x00, 0x00, 0x00, 0x0c, 0xc4,
	0xff, 0x67, 0x00, 0xbe, 0x10, 0x10,
};

/* ffmpeg -f lavfi -i testsrc=s=320x180:r=25:d=0.1 -c:v libvpx-vp9 a.mp4 (its
 * vpcC, with version and flags) */
static const uint8_t vpcc[] = {
	0x01, 0x00, 0x00, 0x00, 0x00, 0x0b, 0x82, 0x02, 0x02, 0x02, 0x00,
	0x00,
};


TEST(av1_configs)
{
	static const struct {
		struct slice in;
		uint8_t level, depth;
		uint32_t width, height;
	} rows[] = {
		{ { aom, sizeof(aom) }, 0, 8, 320, 180 },
		{ { svt, sizeof(svt) }, 1, 10, 640, 360 },
	};
	struct writer w = writer(100);
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct slice in = rows[i].in;
		struct av1_sequence s;
		struct av1_config c;

		TEST_ERR(av1_config_parse(in, &c));
		TEST_EQ(0, c.profile);
		TEST_EQ(rows[i].level, c.level);
		TEST_EQ(rows[i].depth, c.bit_depth);
		TEST_OK(c.is_subsampled_x && c.is_subsampled_y);
		TEST_OK(!c.is_monochrome && !c.is_high_tier);

		TEST_ERR(av1_sequence_find(c.obus, &s));
		TEST_EQ(rows[i].level, s.level);
		TEST_EQ(rows[i].width, s.width);
		TEST_EQ(rows[i].height, s.height);

		av1_config_print(&w, &c);
		TEST_ERR(w.err);
		TEST_MEM(in.p, in.len, w.data, w.len);
		writer_drop(&w, w.len);
	}
 out:
	writer_fini(&w);
	return err;
}


TEST(av1_truncated)
{
	struct chunk *alone = NULL;
	struct av1_sequence s;
	struct av1_config c;
	int err = 0;

	for (size_t len = 0; len <= sizeof(aom); len++) {
		alone = chunk_copy(slice(aom, len));
		TEST_PTR(alone);
		TEST_EQ(len < AV1_CONFIG_HEAD_LEN ? -EBADMSG : 0,
			av1_config_parse(chunk_slice(alone), &c));
		if (len >= AV1_CONFIG_HEAD_LEN)
			TEST_EQ(len == AV1_CONFIG_HEAD_LEN ? -ENOENT :
				len < sizeof(aom) ? -EBADMSG : 0,
				av1_sequence_find(c.obus, &s));
		alone = chunk_unref(alone);
	}

	for (size_t len = 0; len < 7; len++) {
		alone = chunk_copy(slice(aom + 6, len));
		TEST_PTR(alone);
		TEST_EQ(-EBADMSG,
			av1_sequence_parse(chunk_slice(alone), &s));
		alone = chunk_unref(alone);
	}
 out:
	chunk_unref(alone);
	return err;
}


TEST(av1_obus)
{
	static const uint8_t in[] = {
		0x12, 0x00,                    /* temporal delimiter */
		0x36, 0x48, 0x81, 0x00, 0xaa,  /* frame, layers, long size */
		0x28, 0xbb, 0xcc,              /* metadata up to the end */
	};
	static const uint8_t endless[] = {
		0x12, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00,
	};
	struct slice units = slice(in, sizeof(in));
	struct av1_obu obu;
	int err = 0;

	TEST_ERR(av1_obu_next(&units, &obu));
	TEST_EQ(AV1_OBU_TEMPORAL_DELIMITER, obu.type);
	TEST_EQ(0, obu.payload.len);
	TEST_ERR(av1_obu_next(&units, &obu));
	TEST_EQ(AV1_OBU_FRAME, obu.type);
	TEST_EQ(2, obu.temporal_id);
	TEST_EQ(1, obu.spatial_id);
	TEST_MEM("\xaa", 1, obu.payload.p, obu.payload.len);
	TEST_ERR(av1_obu_next(&units, &obu));
	TEST_EQ(AV1_OBU_METADATA, obu.type);
	TEST_EQ(2, obu.payload.len);
	TEST_EQ(-ENOENT, av1_obu_next(&units, &obu));

	units = slice(endless, sizeof(endless));
	TEST_EQ(-EBADMSG, av1_obu_next(&units, &obu));
	TEST_EQ(sizeof(endless), units.len);
	units = slice("\x92\0", 2);
	TEST_EQ(-EBADMSG, av1_obu_next(&units, &obu));
 out:
	return err;
}


/* Timing, a decoder model and two operating points with all they may have,
 * put together by hand: s5.5.1. */
TEST(av1_sequence_long)
{
	static const uint8_t in[] = {
		0x24, 0x00, 0x00, 0x0f, 0xa4, 0x00, 0x03, 0xa9, 0x82, 0xa9,
		0x00, 0x00, 0x03, 0xe9, 0x4a, 0x61, 0x10, 0x16, 0xea, 0xad,
		0x55, 0xb8, 0x80, 0x96, 0xaa, 0xd5, 0x5b, 0xdd, 0x77, 0xfe,
		0x3f,
	};
	struct av1_sequence s;
	int err = 0;

	TEST_ERR(av1_sequence_parse(slice(in, sizeof(in)), &s));
	TEST_EQ(1, s.profile);
	TEST_EQ(13, s.level);
	TEST_OK(s.is_high_tier && !s.is_still);
	TEST_EQ(3840, s.width);
	TEST_EQ(1600, s.height);
	TEST_EQ(60000, s.rate_num);
	TEST_EQ(2002, s.rate_den);

	for (size_t len = 0; len < sizeof(in); len++)
		TEST_EQ(-EBADMSG, av1_sequence_parse(slice(in, len), &s));
 out:
	return err;
}


TEST(vp9_configs)
{
	struct writer w = writer(100);
	struct vp9_config c;
	int err = 0;

	for (size_t at = 0; at <= 4; at += 4) {
		struct slice in = slice_from(slice(vpcc, sizeof(vpcc)), at);

		TEST_ERR(vp9_config_parse(in, &c));
		TEST_EQ(0, c.profile);
		TEST_EQ(11, c.level);
		TEST_EQ(8, c.bit_depth);
		TEST_EQ(1, c.chroma_format);
		TEST_EQ(2, c.matrix);

		for (size_t len = 0; len < in.len; len++)
			TEST_EQ(-EBADMSG,
				vp9_config_parse(slice(in.p, len), &c));
	}

	TEST_ERR(vp9_config_parse(slice(vpcc, sizeof(vpcc)), &c));
	vp9_config_print(&w, &c);
	TEST_ERR(w.err);
	TEST_MEM(vpcc, sizeof(vpcc), w.data, w.len);

	w.data[4] = 4;           /* profile */
	TEST_EQ(-EBADMSG, vp9_config_parse(writer_slice(&w), &c));
	w.data[4] = 0;
	w.data[6] = 0x92;        /* bit depth 9 */
	TEST_EQ(-EBADMSG, vp9_config_parse(writer_slice(&w), &c));
 out:
	writer_fini(&w);
	return err;
}


/* ffmpeg -f lavfi -i testsrc=s=320x180:r=25:d=0.1 -c:v libvpx-vp9 -pix_fmt X,
 * X being yuv420p, yuv444p12 (322x182), gbrp; and libvpx: the first bytes. */
TEST(vp9_keys)
{
	static const struct {
		uint8_t in[10];
		struct vp9_key want;
	} rows[] = {
		{ { 0x82, 0x49, 0x83, 0x42, 0x00, 0x13, 0xf0, 0x0b, 0x36,
		    0x0c }, { 0, 8, 1, false, 320, 180 } },
		{ { 0xb1, 0x24, 0xc1, 0xa1, 0x40, 0x00, 0xa0, 0x80, 0x5a,
		    0xb0 }, { 3, 12, 3, false, 322, 182 } },
		{ { 0xa2, 0x49, 0x83, 0x42, 0xe0, 0x13, 0xf0, 0x0b, 0x36,
		    0x10 }, { 1, 8, 3, true, 320, 180 } },
	};
	static const uint8_t vp8[] = {
		0x30, 0x51, 0x00, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0x00,
	};
	struct vp9_key k = { .profile = 9 };
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct vp9_key *want = &rows[i].want;
		struct slice in = slice(rows[i].in, sizeof(rows[i].in));

		TEST_ERR(vp9_key_parse(in, &k));
		TEST_EQ(want->profile, k.profile);
		TEST_EQ(want->bit_depth, k.bit_depth);
		TEST_EQ(want->chroma_format, k.chroma_format);
		TEST_EQ(want->is_full_range, k.is_full_range);
		TEST_EQ(want->width, k.width);
		TEST_EQ(want->height, k.height);
		for (size_t len = 0; len < 8; len++)
			TEST_EQ(-EBADMSG,
				vp9_key_parse(slice(in.p, len), &k));
	}

	TEST_EQ(-ENOENT, vp9_key_parse(slice("\x86", 1), &k));
	TEST_EQ(-EBADMSG, vp9_key_parse(slice("\x42", 1), &k));
	TEST_EQ(-EBADMSG, vp9_key_parse(slice("\x82\x49\x83\x43", 4), &k));

	TEST_ERR(vp8_key_parse(slice(vp8, sizeof(vp8)), &k));
	TEST_EQ(320, k.width);
	TEST_EQ(180, k.height);
	for (size_t len = 0; len < sizeof(vp8); len++)
		TEST_EQ(-EBADMSG, vp8_key_parse(slice(vp8, len), &k));
	TEST_EQ(-ENOENT, vp8_key_parse(slice("\x31", 1), &k));

	TEST_EQ(11, vp9_level(320, 180));
	TEST_EQ(40, vp9_level(1920, 1080));
	TEST_EQ(50, vp9_level(2560, 1440));
	TEST_EQ(60, vp9_level(65536, 65536));
 out:
	return err;
}


TEST(rfc6381_strings)
{
	struct avc_config avc = { 100, 0, 31, 4, 0, 0, { { 0 } }, { { 0 } } };
	struct hevc_profile hevc = {
		0, false, 1, 0x60000000, 0xb00000000000, 93,
	};
	struct hevc_profile high = {
		1, true, 4, 0x08000000, 0x9d0800000000, 150,
	};
	struct aac_config aac = { .object_type = AAC_LC };
	struct av1_config av1;
	struct vp9_config vp9;
	struct writer w = writer(200);
	int err = 0;

	TEST_ERR(av1_config_parse(slice(svt, sizeof(svt)), &av1));
	TEST_ERR(vp9_config_parse(slice(vpcc, sizeof(vpcc)), &vp9));

	rfc6381_print_avc(&w, &avc);
	put_u8(&w, ' ');
	rfc6381_print_hevc(&w, &hevc);
	put_u8(&w, ' ');
	rfc6381_print_hevc(&w, &high);
	put_u8(&w, ' ');
	rfc6381_print_av1(&w, &av1);
	put_u8(&w, ' ');
	rfc6381_print_vp9(&w, &vp9);
	for (int i = 0; i < 3; i++) {
		aac.has_sbr = i > 0;
		aac.has_ps = i > 1;
		put_u8(&w, ' ');
		rfc6381_print_aac(&w, &aac);
	}
	TEST_ERR(w.err);
	TEST_OK(str_is(str_of(writer_slice(&w)),
		       "avc1.64001f hvc1.1.6.L93.B0 hvc1.A4.10.H150.9D.8 "
		       "av01.0.01M.10 vp09.00.11.08 "
		       "mp4a.40.2 mp4a.40.5 mp4a.40.29"));
 out:
	writer_fini(&w);
	return err;
}
