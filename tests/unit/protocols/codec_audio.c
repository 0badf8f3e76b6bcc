/* opus, ac3, flac. */
#include "base/chunk.h"
#include "base/writer.h"
#include "codec/ac3.h"
#include "codec/flac.h"
#include "codec/opus.h"
#include "test.h"


/* ffmpeg -f lavfi -i sine=d=0.2:r=48000 -c:a libopus -ac 2 */
static const uint8_t stereo[] = {
	'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 0x01, 0x02, 0x38, 0x01,
	0x80, 0xbb, 0x00, 0x00, 0x00, 0x00, 0x00,
};

/* ffmpeg -f lavfi -i anullsrc=cl=5.1:r=48000:d=0.2 -c:a libopus
 * -mapping_family 1 */
static const uint8_t surround[] = {
	'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 0x01, 0x06, 0x38, 0x01,
	0x80, 0xbb, 0x00, 0x00, 0x00, 0x00, 0x01, 0x04, 0x02, 0x00, 0x04,
	0x01, 0x02, 0x03, 0x05,
};

/* ffmpeg -f lavfi -i sine=d=0.2:r=48000 -c:a flac -ar 44100 a.mp4 */
static const uint8_t streaminfo[] = {
	0x12, 0x00, 0x12, 0x00, 0x00, 0x04, 0xec, 0x00, 0x05, 0x55, 0x0a,
	0xc4, 0x40, 0xf0, 0x00, 0x00, 0x22, 0x74, 0x3a, 0x84, 0xc0, 0x16,
	0xc2, 0x9c, 0x67, 0x9a, 0x96, 0x10, 0x7a, 0x64, 0x53, 0x34, 0x37,
	0x8f,
};


TEST(opus_configs)
{
	struct writer w = writer(100);
	struct opus_config c;
	int err = 0;

	TEST_ERR(opus_config_parse(slice(stereo, sizeof(stereo)), &c));
	TEST_EQ(2, c.n_channels);
	TEST_EQ(312, c.pre_skip);
	TEST_EQ(48000, c.input_hz);
	TEST_EQ(0, c.gain_q8);
	TEST_EQ(1, c.n_streams);
	TEST_EQ(1, c.n_coupled);
	opus_config_print(&w, &c);
	TEST_ERR(w.err);
	TEST_MEM(stereo, sizeof(stereo), w.data, w.len);
	writer_drop(&w, w.len);

	TEST_ERR(opus_config_parse(slice(surround, sizeof(surround)), &c));
	TEST_EQ(6, c.n_channels);
	TEST_EQ(1, c.mapping_family);
	TEST_EQ(4, c.n_streams);
	TEST_EQ(2, c.n_coupled);
	TEST_EQ(6, c.mapping.len);
	opus_config_print(&w, &c);
	TEST_ERR(w.err);
	TEST_MEM(surround, sizeof(surround), w.data, w.len);
	writer_drop(&w, w.len);

	opus_config_set(&c, 1);
	c.gain_q8 = -256;
	opus_config_print(&w, &c);
	TEST_ERR(w.err);
	TEST_ERR(opus_config_parse(writer_slice(&w), &c));
	TEST_EQ(1, c.n_channels);
	TEST_EQ(0, c.n_coupled);
	TEST_EQ(-256, c.gain_q8);
	TEST_EQ(OPUS_PRE_SKIP, c.pre_skip);
 out:
	writer_fini(&w);
	return err;
}


TEST(opus_bad)
{
	static const struct {
		size_t at;
		uint8_t v;
	} rows[] = {
		{ 0, 'o' },      /* magic */
		{ 8, 16 },       /* version */
		{ 9, 0 },        /* channels */
		{ 9, 7 },        /* more channels than the mapping has */
		{ 18, 0 },       /* six channels in family 0 */
		{ 19, 0 },       /* no streams */
		{ 20, 5 },       /* more coupled than streams */
		{ 26, 6 },       /* a channel that is not decoded */
	};
	struct chunk *alone = NULL;
	struct opus_config c;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t in[sizeof(surround)];

		memcpy(in, surround, sizeof(in));
		in[rows[i].at] = rows[i].v;
		TEST_EQ(-EBADMSG, opus_config_parse(slice(in, sizeof(in)),
						    &c));
	}

	for (size_t len = 0; len < sizeof(surround); len++) {
		alone = chunk_copy(slice(surround, len));
		TEST_PTR(alone);
		TEST_EQ(-EBADMSG, opus_config_parse(chunk_slice(alone), &c));
		alone = chunk_unref(alone);
	}
 out:
	chunk_unref(alone);
	return err;
}


/* ffmpeg -f lavfi -i anullsrc=cl=5.1:r=48000 -c:a ac3, cl=stereo:r=44100;
 * -c:a eac3, cl=5.1:r=48000, cl=mono:r=32000; the third
 * (the second with LFE) and the last are made up. */
TEST(ac3_headers)
{
	static const struct {
		uint8_t in[8];
		struct ac3_header want;
	} rows[] = {
		{ { 0x0b, 0x77, 0x28, 0x19, 0x1e, 0x40, 0xeb, 0xf8 },
		  { false, 48000, 6, 1536 } },
		{ { 0x0b, 0x77, 0xa1, 0x7a, 0x54, 0x40, 0x43, 0xe1 },
		  { false, 44100, 2, 1536 } },
		{ { 0x0b, 0x77, 0xa1, 0x7a, 0x54, 0x40, 0x47, 0xe1 },
		  { false, 44100, 3, 1536 } },
		{ { 0x0b, 0x77, 0x03, 0x7f, 0x3f, 0x87, 0xc0, 0x00 },
		  { true, 48000, 6, 1536 } },
		{ { 0x0b, 0x77, 0x01, 0x1f, 0xb2, 0x87, 0xc0, 0x00 },
		  { true, 32000, 1, 1536 } },
		{ { 0x0b, 0x77, 0x01, 0x1f, 0xd4, 0x87, 0xc0, 0x00 },
		  { true, 22050, 2, 1536 } },
	};
	struct ac3_header h;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct ac3_header *want = &rows[i].want;

		TEST_ERR(ac3_header_parse(slice(rows[i].in, 8), &h));
		TEST_EQ(want->is_eac3, h.is_eac3);
		TEST_EQ(want->rate_hz, h.rate_hz);
		TEST_EQ(want->n_channels, h.n_channels);
		TEST_EQ(want->n_samples, h.n_samples);

		for (size_t len = 0; len < 6; len++)
			TEST_EQ(-EBADMSG,
				ac3_header_parse(slice(rows[i].in, len), &h));
	}
 out:
	return err;
}


TEST(ac3_bad)
{
	static const uint8_t bad[][8] = {
		{ 0x77, 0x0b, 0x28, 0x19, 0x1e, 0x40, 0xeb, 0xf8 },
		{ 0x0b, 0x77, 0x28, 0x19, 0xde, 0x40, 0xeb, 0xf8 },
		{ 0x0b, 0x77, 0x28, 0x19, 0x1e, 0xf8, 0xeb, 0xf8 },
		{ 0x0b, 0x77, 0x03, 0x7f, 0xff, 0x87, 0xc0, 0x00 },
	};
	struct ac3_header h;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		TEST_EQ(-EBADMSG, ac3_header_parse(slice(bad[i], 8), &h));
 out:
	return err;
}


TEST(flac_config)
{
	static const uint8_t head[] = { 'f', 'L', 'a', 'C', 0x80, 0, 0, 34 };
	uint8_t file[sizeof(head) + sizeof(streaminfo)];
	struct flac_config c;
	int err = 0;

	memcpy(file, head, sizeof(head));
	memcpy(file + sizeof(head), streaminfo, sizeof(streaminfo));

	for (size_t at = 0; at <= sizeof(head); at += sizeof(head)) {
		struct slice in = slice(file + at, sizeof(file) - at);

		TEST_ERR(flac_config_parse(in, &c));
		TEST_EQ(44100, c.rate_hz);
		TEST_EQ(1, c.n_channels);
		TEST_EQ(16, c.n_bits);
		TEST_EQ(4608, c.block_max);

		for (size_t len = 0; len < in.len; len++)
			TEST_EQ(-EBADMSG,
				flac_config_parse(slice(in.p, len), &c));
	}

	file[4] = 0x81;          /* another block first */
	TEST_EQ(-EBADMSG, flac_config_parse(slice(file, sizeof(file)), &c));
 out:
	return err;
}
