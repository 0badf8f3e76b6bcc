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
