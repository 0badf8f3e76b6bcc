/* fmp4_init: ftyp and moov of one and of two tracks. */
#include "base/reader.h"
#include "base/writer.h"
#include "fmp4/fmp4_box.h"
#include "fmp4/fmp4_init.h"
#include "test.h"


static const uint8_t vpcc[] = { 0, 11, 0x82, 2, 2, 2, 0, 0 };
static const uint8_t asc[] = { 0x12, 0x10 };

enum {
	TKHD_ID = 12,
	TKHD_VOLUME = 36,
	TKHD_WIDTH = 76,
	TKHD_HEIGHT = 80,
	MVHD_NEXT_ID = 96,
	MVHD_LEN = 100,
	TKHD_LEN = 84,
	TREX_LEN = 24,
};

/* Of mono AAC at 48 kHz: ffmpeg 5.1 and Chromium's MSE play it. */
static const uint8_t golden[] = {
	0, 0, 0, 0x1c, 'f', 't', 'y', 'p', 'i', 's', 'o', '6', 0, 0, 0, 0,
	'i', 's', 'o', '6', 'm', 'p', '4', '1', 'c', 'm', 'f', 'c',
	0, 0, 2, 0x40, 'm', 'o', 'o', 'v',
	0, 0, 0, 0x6c, 'm', 'v', 'h', 'd', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 3, 0xe8, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2,
	0, 0, 1, 0xa4, 't', 'r', 'a', 'k',
	0, 0, 0, 0x5c, 't', 'k', 'h', 'd', 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0,
	0, 0, 1, 0x40, 'm', 'd', 'i', 'a',
	0, 0, 0, 0x20, 'm', 'd', 'h', 'd', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0xbb, 0x80, 0, 0, 0, 0, 0x55, 0xc4, 0, 0,
	0, 0, 0, 0x26, 'h', 'd', 'l', 'r', 0, 0, 0, 0, 0, 0, 0, 0, 0x73, 0x6f,
	0x75, 0x6e, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x41, 0x75, 0x64,
	0x69, 0x6f, 0,
	0, 0, 0, 0xf2, 'm', 'i', 'n', 'f',
	0, 0, 0, 0x10, 's', 'm', 'h', 'd', 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0x24, 'd', 'i', 'n', 'f',
	0, 0, 0, 0x1c, 'd', 'r', 'e', 'f', 0, 0, 0, 0, 0, 0, 0, 1,
	0, 0, 0, 0x0c, 'u', 'r', 'l', ' ', 0, 0, 0, 1,
	0, 0, 0, 0xb6, 's', 't', 'b', 'l',
	0, 0, 0, 0x6a, 's', 't', 's', 'd', 0, 0, 0, 0, 0, 0, 0, 1,
	0, 0, 0, 0x5a, 'm', 'p', '4', 'a', 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 1, 0, 0x10, 0, 0, 0, 0, 0xbb, 0x80, 0, 0,
	0, 0, 0, 0x36, 'e', 's', 'd', 's', 0, 0, 0, 0, 3, 0x80, 0x80, 0x80,
	0x25, 0, 0, 0, 4, 0x80, 0x80, 0x80, 0x17, 0x40, 0x15, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 5, 0x80, 0x80, 0x80, 5, 0x11, 0x88, 0x56, 0xe5, 0,
	6, 0x80, 0x80, 0x80, 1, 2,
	0, 0, 0, 0x10, 's', 't', 't', 's', 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0x10, 's', 't', 's', 'c', 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0x14, 's', 't', 's', 'z', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0x10, 's', 't', 'c', 'o', 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0x28, 'm', 'v', 'e', 'x',
	0, 0, 0, 0x20, 't', 'r', 'e', 'x', 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1,
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};


static uint32_t be32(struct slice s, size_t at)
{
	struct reader r = reader(slice_from(s, at));

	return get_be32(&r);
}


static int make(struct fmp4_track tracks[2])
{
	int err = fmp4_track_set(&tracks[0], FMP4_VP9,
				 slice(vpcc, sizeof(vpcc)));

	if (!err)
		err = fmp4_track_set(&tracks[1], FMP4_AAC,
				     slice(asc, sizeof(asc)));
	tracks[0].id = 7;
	tracks[0].width = 720;
	tracks[0].height = 576;
	tracks[0].sar_width = 64;
	tracks[0].sar_height = 45;
	tracks[1].id = 3;

	return err;
}


/* One trak: its number, size, timescale and kind. */
static int check_trak(struct slice trak, const struct fmp4_track *t)
{
	bool is_video = fmp4_track_is_video(t);
	struct fmp4_box box;
	int err = 0;

	TEST_ERR(fmp4_box_find(trak, "tkhd", &box));
	TEST_EQ(TKHD_LEN, box.body.len);
	TEST_EQ(3, be32(box.body, 0));
	TEST_EQ(t->id, be32(box.body, TKHD_ID));
	TEST_EQ(is_video ? 0 : 0x01000000, be32(box.body, TKHD_VOLUME));
	TEST_EQ(is_video ? 1024 << 16 : 0, be32(box.body, TKHD_WIDTH));
	TEST_EQ(t->height << 16, be32(box.body, TKHD_HEIGHT));

	TEST_ERR(fmp4_box_find(trak, "mdia/mdhd", &box));
	TEST_EQ(t->clock_hz, be32(box.body, 12));
	TEST_ERR(fmp4_box_find(trak, "mdia/hdlr", &box));
	TEST_MEM(is_video ? "vide" : "soun", 4, box.body.p + 8, 4);
	TEST_EQ(0, box.body.p[box.body.len - 1]);
	TEST_ERR(fmp4_box_find(trak, is_video ? "mdia/minf/vmhd" :
			       "mdia/minf/smhd", &box));
	TEST_EQ(is_video ? 12 : 8, box.body.len);
	TEST_ERR(fmp4_box_find(trak, "mdia/minf/dinf/dref", &box));
	TEST_MEM("\0\0\0\0\0\0\0\1\0\0\0\14url \0\0\0\1", 20, box.body.p,
		 box.body.len);
	TEST_ERR(fmp4_box_find(trak, "mdia/minf/stbl/stsz", &box));
	TEST_EQ(12, box.body.len);
	TEST_ERR(fmp4_box_find(trak, "mdia/minf/stbl/stco", &box));
	TEST_EQ(8, box.body.len);
 out:
	return err;
}


TEST(fmp4_init)
{
	struct writer w = writer(4096);
	struct fmp4_track tracks[2];
	struct fmp4_box box;
	struct slice at, moov;
	int err = 0;

	TEST_ERR(make(tracks));
	fmp4_init_print(&w, tracks, 2);
	TEST_ERR(w.err);

	at = writer_slice(&w);
	TEST_ERR(fmp4_box_next(&at, &box));
	TEST_OK(str_is(box.type, "ftyp"));
	TEST_MEM("iso6\0\0\0\0iso6mp41", 16, box.body.p, box.body.len);
	TEST_ERR(fmp4_box_next(&at, &box));
	TEST_OK(str_is(box.type, "moov") && !at.len);

	moov = box.body;
	TEST_ERR(fmp4_box_next(&moov, &box));
	TEST_OK(str_is(box.type, "mvhd"));
	TEST_EQ(MVHD_LEN, box.body.len);
	TEST_EQ(8, be32(box.body, MVHD_NEXT_ID));
	for (size_t i = 0; i < 2; i++) {
		TEST_ERR(fmp4_box_next(&moov, &box));
		TEST_OK(str_is(box.type, "trak"));
		TEST_ERR(check_trak(box.body, &tracks[i]));
	}

	TEST_ERR(fmp4_box_next(&moov, &box));
	TEST_OK(str_is(box.type, "mvex") && !moov.len);
	at = box.body;
	for (size_t i = 0; i < 2; i++) {
		TEST_ERR(fmp4_box_next(&at, &box));
		TEST_OK(str_is(box.type, "trex"));
		TEST_EQ(TREX_LEN, box.body.len);
		TEST_EQ(tracks[i].id, be32(box.body, 4));
		TEST_EQ(1, be32(box.body, 8));
	}
	TEST_EQ(0, at.len);
 out:
	writer_fini(&w);
	return err;
}


/* One track is CMAF; a full writer says so, and stays in its bounds. */
TEST(fmp4_init_one)
{
	struct writer w = writer(4096), small = writer(0);
	struct fmp4_track tracks[2];
	struct fmp4_box box;
	int err = 0;

	TEST_ERR(make(tracks));
	fmp4_init_print(&w, tracks + 1, 1);
	TEST_ERR(w.err);
	TEST_ERR(fmp4_box_find(writer_slice(&w), "ftyp", &box));
	TEST_MEM("iso6\0\0\0\0iso6mp41cmfc", 20, box.body.p, box.body.len);

	for (size_t i = 0; i < w.len && !test_is_starved(); i++) {
		small = writer(i);
		fmp4_init_print(&small, tracks + 1, 1);
		TEST_EQ(-EMSGSIZE, small.err);
		writer_fini(&small);
	}
 out:
	writer_fini(&w);
	writer_fini(&small);
	return err;
}


TEST(fmp4_init_bytes)
{
	static const uint8_t config[] = { 0x11, 0x88, 0x56, 0xe5, 0 };
	struct writer w = writer(4096);
	struct fmp4_track t;
	int err = 0;

	TEST_ERR(fmp4_track_set(&t, FMP4_AAC, slice(config, sizeof(config))));
	fmp4_init_print(&w, &t, 1);
	TEST_ERR(w.err);
	TEST_MEM(golden, sizeof(golden), w.data, w.len);
 out:
	writer_fini(&w);
	return err;
}
