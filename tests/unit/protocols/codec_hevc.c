/* hevc: records of x265, cut anywhere, and printed again. */
#include "base/chunk.h"
#include "base/writer.h"
#include "codec/hevc.h"
#include "codec/nal.h"
#include "test.h"


/* ffmpeg -f lavfi -i testsrc=s=1920x1080:r=25:d=0.2 -c:v libx265
 * -preset ultrafast -pix_fmt yuv420p a.mp4 (its hvcC, without the SEI array
 * that names the encoder, as all here) */
static const uint8_t main_profile[] = {
	0x01, 0x01, 0x60, 0x00, 0x00, 0x00, 0x90, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x78, 0xf0, 0x00, 0xfc, 0xfd, 0xf8, 0xf8, 0x00,
	0x00, 0x0f, 0x03, 0x20, 0x00, 0x01, 0x00, 0x18, 0x40, 0x01,
	0x0c, 0x01, 0xff, 0xff, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00,
	0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x78, 0x95,
	0x94, 0x09, 0x21, 0x00, 0x01, 0x00, 0x2b, 0x42, 0x01, 0x01,
	0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03,
	0x00, 0x00, 0x03, 0x00, 0x78, 0xa0, 0x03, 0xc0, 0x80, 0x11,
	0x07, 0xcb, 0x96, 0x56, 0x54, 0xa4, 0xc2, 0xf0, 0x16, 0x80,
	0x80, 0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x0c, 0x84,
	0x22, 0x00, 0x01, 0x00, 0x06, 0x44, 0x01, 0xc0, 0x73, 0xc1,
	0x89,
};

/* ffmpeg -f lavfi -i testsrc=s=854x480:r=25:d=0.2 -c:v libx265
 * -preset ultrafast -pix_fmt yuv420p10le */
static const uint8_t main10[] = {
	0x01, 0x02, 0x20, 0x00, 0x00, 0x00, 0x90, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x5a, 0xf0, 0x00, 0xfc, 0xfd, 0xfa, 0xfa, 0x00,
	0x00, 0x0f, 0x03, 0x20, 0x00, 0x01, 0x00, 0x18, 0x40, 0x01,
	0x0c, 0x01, 0xff, 0xff, 0x02, 0x20, 0x00, 0x00, 0x03, 0x00,
	0x90, 0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x5a, 0x95,
	0x94, 0x09, 0x21, 0x00, 0x01, 0x00, 0x2c, 0x42, 0x01, 0x01,
	0x02, 0x20, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03,
	0x00, 0x00, 0x03, 0x00, 0x5a, 0xa0, 0x06, 0xc2, 0x01, 0xe1,
	0xcd, 0xb6, 0x59, 0x59, 0x52, 0x93, 0x0b, 0xc0, 0x5a, 0x02,
	0x00, 0x00, 0x03, 0x00, 0x02, 0x00, 0x00, 0x03, 0x00, 0x32,
	0x10, 0x22, 0x00, 0x01, 0x00, 0x06, 0x44, 0x01, 0xc0, 0x73,
	0xc1, 0x89,
};

/* ffmpeg -f lavfi -i testsrc=s=854x480:r=25:d=0.4 -c:v libx265
 * -preset ultrafast -x265-params temporal-layers=1:bframes=3:info=0
 * -pix_fmt yuv422p10le */
static const uint8_t layers[] = {
	0x01, 0x04, 0x08, 0x00, 0x00, 0x00, 0x9d, 0x08, 0x00, 0x00,
	0x00, 0x00, 0x5a, 0xf0, 0x00, 0xfc, 0xfe, 0xfa, 0xfa, 0x00,
	0x00, 0x13, 0x03, 0x20, 0x00, 0x01, 0x00, 0x1b, 0x40, 0x01,
	0x0c, 0x02, 0xff, 0xff, 0x04, 0x08, 0x00, 0x00, 0x03, 0x00,
	0x9d, 0x08, 0x00, 0x00, 0x03, 0x00, 0x00, 0x5a, 0x00, 0x00,
	0x95, 0x94, 0xac, 0xa0, 0x48, 0x21, 0x00, 0x01, 0x00, 0x2f,
	0x42, 0x01, 0x02, 0x04, 0x08, 0x00, 0x00, 0x03, 0x00, 0x9d,
	0x08, 0x00, 0x00, 0x03, 0x00, 0x00, 0x5a, 0x00, 0x00, 0xb0,
	0x06, 0xc2, 0x01, 0xe1, 0xcd, 0xb6, 0x59, 0x59, 0x4a, 0xca,
	0x94, 0x98, 0x5e, 0x02, 0xd0, 0x10, 0x00, 0x00, 0x03, 0x00,
	0x10, 0x00, 0x00, 0x03, 0x01, 0x90, 0x80, 0x22, 0x00, 0x01,
	0x00, 0x06, 0x44, 0x01, 0xc0, 0x73, 0xc1, 0x89,
};

static const struct row {
	struct slice record;
	uint8_t profile, level, n_layers, chroma, depth;
	uint32_t width, height;
	unsigned n_reorder;
} rows[] = {
	{ { main_profile, sizeof(main_profile) },
	  1, 120, 1, 1, 8, 1920, 1080, 2 },
	{ { main10, sizeof(main10) }, 2, 90, 1, 1, 10, 854, 480, 2 },
	{ { layers, sizeof(layers) }, 4, 90, 2, 2, 10, 854, 480, 2 },
};


TEST(hevc_sps)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		struct hevc_config c;
		struct hevc_sps s;

		TEST_ERR(hevc_config_parse(row->record, &c));
		TEST_EQ(4, c.nal_len_size);
		TEST_EQ(3, c.n_nals);
		TEST_EQ(row->profile, c.profile.idc);
		TEST_EQ(row->level, c.profile.level_idc);
		TEST_EQ(row->n_layers, c.n_temporal_layers);
		TEST_EQ(row->chroma, c.chroma_format);
		TEST_EQ(row->depth, c.bit_depth_luma);
		TEST_EQ(row->depth, c.bit_depth_chroma);
		TEST_EQ(0, hevc_config_find(&c, NAL_HEVC_SEI_PREFIX).len);

		TEST_ERR(hevc_sps_parse(hevc_config_find(&c, NAL_HEVC_SPS),
					&s));
		TEST_EQ(row->profile, s.profile.idc);
		TEST_EQ(row->level, s.profile.level_idc);
		TEST_OK(c.profile.compatibility == s.profile.compatibility);
		TEST_OK(c.profile.constraints == s.profile.constraints);
		TEST_EQ(row->n_layers, s.n_temporal_layers);
		TEST_EQ(row->chroma, s.chroma_format);
		TEST_EQ(row->depth, s.bit_depth_luma);
		TEST_EQ(row->width, s.width);
		TEST_EQ(row->height, s.height);
		TEST_EQ(row->n_reorder, s.n_reorder);
		TEST_EQ(25, s.rate_num);
		TEST_EQ(1, s.rate_den);
		TEST_EQ(1, s.sar_width);
		TEST_EQ(1, s.sar_height);
	}
 out:
	return err;
}


/* ffmpeg -f lavfi -i testsrc=s=854x480:r=50:d=0.3 -vf setsar=4/3,interlace
 * -c:v libx265 -preset slow -x265-params
 * scaling-list=default:bframes=4:info=0:ltr=1 -pix_fmt yuv420p (its SPS) */
TEST(hevc_sps_vui)
{
	static const uint8_t in[] = {
		0x42, 0x01, 0x01, 0x01, 0x60, 0x00, 0x00, 0x03, 0x00, 0x90,
		0x00, 0x00, 0x03, 0x00, 0x00, 0x03, 0x00, 0x5a, 0xa0, 0x06,
		0xb2, 0x01, 0xe1, 0xd7, 0x96, 0x56, 0x69, 0x24, 0xe5, 0x78,
		0x73, 0x40, 0x40, 0x00, 0x00, 0x03, 0x00, 0x40, 0x00, 0x00,
		0x06, 0x42,
	};
	struct hevc_sps s;
	int err;

	TEST_ERR(hevc_sps_parse(slice(in, sizeof(in)), &s));
	TEST_EQ(854, s.width);
	TEST_EQ(4, s.sar_width);
	TEST_EQ(3, s.sar_height);
	TEST_EQ(25, s.rate_num);
	TEST_EQ(1, s.rate_den);

	/* cut in the middle of it: not said */
	TEST_ERR(hevc_sps_parse(slice(in, sizeof(in) - 6), &s));
	TEST_EQ(854, s.width);
	TEST_EQ(0, s.rate_num);
	TEST_EQ(0, s.sar_width);
 out:
	return err;
}


TEST(hevc_config_round_trip)
{
	struct writer w = writer(1000);
	struct hevc_config c, made;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct slice in = rows[i].record;

		TEST_ERR(hevc_config_parse(in, &c));
		hevc_config_print(&w, &c);
		TEST_ERR(w.err);
		TEST_MEM(in.p, in.len, w.data, w.len);
		writer_drop(&w, w.len);

		TEST_ERR(hevc_config_set(&made, c.nals[0].data,
					 c.nals[1].data, c.nals[2].data));
		for (size_t k = 0; k < made.n_nals; k++)
			made.nals[k].is_complete = c.nals[k].is_complete;
		hevc_config_print(&w, &made);
		TEST_ERR(w.err);
		TEST_MEM(in.p, in.len, w.data, w.len);
		writer_drop(&w, w.len);
	}

	/* Two SPS share an array. */
	made.nals[2] = made.nals[1];
	hevc_config_print(&w, &made);
	TEST_ERR(w.err);
	TEST_ERR(hevc_config_parse(writer_slice(&w), &c));
	TEST_EQ(2, w.data[22]);
	TEST_EQ(3, c.n_nals);
	TEST_EQ(NAL_HEVC_SPS, c.nals[2].type);

	TEST_EQ(-EBADMSG, hevc_config_set(&made, c.nals[0].data,
					  c.nals[0].data, c.nals[0].data));
 out:
	writer_fini(&w);
	return err;
}


TEST(hevc_truncated)
{
	struct chunk *alone = NULL;
	struct hevc_config c;
	struct hevc_sps s;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct slice in = rows[i].record, sps;

		for (size_t len = 0; len < in.len; len++) {
			alone = chunk_copy(slice(in.p, len));
			TEST_PTR(alone);
			TEST_EQ(-EBADMSG,
				hevc_config_parse(chunk_slice(alone), &c));
			alone = chunk_unref(alone);
		}

		TEST_ERR(hevc_config_parse(in, &c));
		sps = hevc_config_find(&c, NAL_HEVC_SPS);
		for (size_t len = 0; len < sps.len; len++) {
			alone = chunk_copy(slice(sps.p, len));
			TEST_PTR(alone);
			err = hevc_sps_parse(chunk_slice(alone), &s);
			TEST_OK(!err || err == -EBADMSG);
			TEST_OK(err || len > 20);
			err = 0;
			alone = chunk_unref(alone);
		}
	}
 out:
	chunk_unref(alone);
	return err;
}


TEST(hevc_config_bad)
{
	uint8_t in[sizeof(main10)];
	struct hevc_config c = { .n_nals = 77 };
	int err = 0;

	memcpy(in, main10, sizeof(in));
	in[0] = 2;
	TEST_EQ(-EBADMSG, hevc_config_parse(slice(in, sizeof(in)), &c));
	in[0] = 0;               /* as drafts had it */
	TEST_ERR(hevc_config_parse(slice(in, sizeof(in)), &c));

	c.n_nals = 77;
	in[24] = 0;
	in[25] = 1;
	in[27] = 0;              /* an empty VPS */
	in[22] = 1;
	TEST_EQ(-EBADMSG, hevc_config_parse(slice(in, sizeof(in)), &c));
	in[25] = HEVC_NALS_MAX + 1;
	TEST_EQ(-EMSGSIZE, hevc_config_parse(slice(in, sizeof(in)), &c));
	TEST_EQ(77, c.n_nals);
 out:
	return err;
}
