/* flv_video: bodies of video tags, legacy and Enhanced RTMP. */
#include "base/chunk.h"
#include "flv/flv_video.h"
#include "test.h"


enum {
	KEY = FLV_FRAME_KEY,
	INTER = FLV_FRAME_INTER,
	START = FLV_VIDEO_SEQUENCE_START,
	CODED = FLV_VIDEO_CODED_FRAMES,
	END = FLV_VIDEO_SEQUENCE_END,
	CODED_X = FLV_VIDEO_CODED_FRAMES_X,
};

/* What is checked of each body; `head` is the length of its header. */
static const struct row {
	const char *name;
	uint8_t in[16];
	size_t len;
	size_t head;
	enum flv_video_codec codec;
	int frame, packet;
	int32_t composition_ms;
	bool is_key, is_config, is_opaque;
} rows[] = {
	{ "avc config", { 0x17, 0, 0, 0, 0, 1, 0x64 }, 7, 5,
	  FLV_VIDEO_AVC, KEY, START, 0, false, true, false },
	{ "avc key", { 0x17, 1, 0, 0, 0x50, 0xaa }, 6, 5,
	  FLV_VIDEO_AVC, KEY, CODED, 80, true, false, false },
	{ "avc inter, before its time", { 0x27, 1, 0xff, 0xff, 0xfe, 1 }, 6, 5,
	  FLV_VIDEO_AVC, INTER, CODED, -2, false, false, false },
	{ "avc far ahead", { 0x27, 1, 0x7f, 0xff, 0xff, 1 }, 6, 5,
	  FLV_VIDEO_AVC, INTER, CODED, 0x7fffff, false, false, false },
	{ "avc far behind", { 0x27, 1, 0x80, 0, 0, 1 }, 6, 5,
	  FLV_VIDEO_AVC, INTER, CODED, -0x800000, false, false, false },
	{ "avc disposable", { 0x37, 1, 0, 0, 0, 1 }, 6, 5,
	  FLV_VIDEO_AVC, FLV_FRAME_DISPOSABLE, CODED, 0, false, false, false },
	{ "avc generated key", { 0x47, 1, 0, 0, 0, 1 }, 6, 5, FLV_VIDEO_AVC,
	  FLV_FRAME_GENERATED_KEY, CODED, 0, true, false, false },
	{ "avc end", { 0x17, 2, 0, 0, 0 }, 5, 5,
	  FLV_VIDEO_AVC, KEY, END, 0, false, false, false },
	{ "avc unknown packet", { 0x17, 3, 0, 0, 0, 1 }, 6, 0, FLV_VIDEO_AVC,
	  KEY, FLV_VIDEO_PACKET_UNKNOWN, 0, false, false, true },
	{ "hevc config, id 12", { 0x1c, 0, 0, 0, 0, 1 }, 6, 5,
	  FLV_VIDEO_HEVC, KEY, START, 0, false, true, false },
	{ "hevc inter, id 12", { 0x2c, 1, 0, 0, 9, 1 }, 6, 5,
	  FLV_VIDEO_HEVC, INTER, CODED, 9, false, false, false },
	{ "av1 key, id 13", { 0x1d, 1, 0, 0, 0, 1 }, 6, 5,
	  FLV_VIDEO_AV1, KEY, CODED, 0, true, false, false },
	{ "h263 key", { 0x12, 0, 0 }, 3, 1,
	  FLV_VIDEO_H263, KEY, CODED, 0, true, false, false },
	{ "h263 disposable", { 0x32, 0, 0 }, 3, 1, FLV_VIDEO_H263,
	  FLV_FRAME_DISPOSABLE, CODED, 0, false, false, false },
	{ "vp6 inter", { 0x24, 0, 0 }, 3, 1,
	  FLV_VIDEO_VP6, INTER, CODED, 0, false, false, false },
	{ "unknown id, key", { 0x19, 0, 0 }, 3, 0,
	  FLV_VIDEO_UNKNOWN, KEY, CODED, 0, true, false, true },
	{ "command", { 0x57, 0 }, 2, 0, FLV_VIDEO_AVC,
	  FLV_FRAME_COMMAND, CODED, 0, false, false, true },

	{ "ex hevc config", { 0x90, 'h', 'v', 'c', '1', 1, 2 }, 7, 5,
	  FLV_VIDEO_HEVC, KEY, START, 0, false, true, false },
	{ "ex hevc key", { 0x91, 'h', 'v', 'c', '1', 0xff, 0xff, 0xff, 7 }, 9,
	  8, FLV_VIDEO_HEVC, KEY, CODED, -1, true, false, false },
	{ "ex hevc inter X", { 0xa3, 'h', 'v', 'c', '1', 7 }, 6, 5,
	  FLV_VIDEO_HEVC, INTER, CODED_X, 0, false, false, false },
	{ "ex avc key", { 0x91, 'a', 'v', 'c', '1', 0, 0, 3, 7 }, 9, 8,
	  FLV_VIDEO_AVC, KEY, CODED, 3, true, false, false },
	{ "ex vvc inter", { 0xa1, 'v', 'v', 'c', '1', 0, 0, 3, 7 }, 9, 8,
	  FLV_VIDEO_VVC, INTER, CODED, 3, false, false, false },
	{ "ex av1 key", { 0x91, 'a', 'v', '0', '1', 7 }, 6, 5,
	  FLV_VIDEO_AV1, KEY, CODED, 0, true, false, false },
	{ "ex vp9 end", { 0x92, 'v', 'p', '0', '9' }, 5, 5,
	  FLV_VIDEO_VP9, KEY, END, 0, false, false, false },
	{ "ex vp8 inter", { 0xa1, 'v', 'p', '0', '8', 7 }, 6, 5,
	  FLV_VIDEO_VP8, INTER, CODED, 0, false, false, false },
	{ "ex unknown fourcc", { 0x91, 'a', 'b', 'c', 'd', 7 }, 6, 0,
	  FLV_VIDEO_UNKNOWN, KEY, CODED, 0, true, false, true },
	{ "ex unknown config", { 0x90, 'a', 'b', 'c', 'd', 7 }, 6, 0,
	  FLV_VIDEO_UNKNOWN, KEY, START, 0, false, true, true },
	{ "ex metadata, frame type ignored",
	  { 0xd4, 'h', 'v', 'c', '1', 2 }, 6, 0, FLV_VIDEO_HEVC,
	  FLV_FRAME_COMMAND, FLV_VIDEO_METADATA, 0, false, false, true },
	{ "ex mpeg2ts start", { 0x95, 'a', 'v', '0', '1', 2 }, 6, 0,
	  FLV_VIDEO_AV1, KEY, FLV_VIDEO_MPEG2TS_START, 0, false, true, true },
	{ "ex command", { 0xd1, 1 }, 2, 0, FLV_VIDEO_UNKNOWN,
	  FLV_FRAME_COMMAND, CODED, 0, false, false, true },
	{ "ex command, a start by its number", { 0xd0, 1 }, 2, 0,
	  FLV_VIDEO_UNKNOWN, FLV_FRAME_COMMAND, START, 0, false, false, true },
	{ "ex reserved packet", { 0x9f, 'a', 'v', '0', '1', 2 }, 6, 0,
	  FLV_VIDEO_AV1, KEY, 15, 0, false, false, true },
	{ "multitrack config, one track",
	  { 0x96, 0x00, 'a', 'v', 'c', '1', 3, 1, 2 }, 9, 0,
	  FLV_VIDEO_AVC, KEY, START, 0, false, true, true },
	{ "multitrack key, many codecs",
	  { 0x96, 0x21, 'a', 'v', 'c', '1', 3, 0, 0, 1, 2 }, 11, 0,
	  FLV_VIDEO_UNKNOWN, KEY, CODED, 0, true, false, true },
	{ "modex, then a key frame",
	  { 0x97, 2, 0x0f, 0x42, 0x3f, 0x01, 'a', 'v', '0', '1', 7 }, 11, 0,
	  FLV_VIDEO_AV1, KEY, CODED, 0, true, false, true },
};


TEST(flv_video_bodies)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		uint8_t head[FLV_VIDEO_HEADER_MAX];
		struct flv_video v;

		err = flv_video_parse(slice(row->in, row->len), &v);
		if (err || v.codec != row->codec ||
		    (int)v.frame != row->frame ||
		    (int)v.packet != row->packet ||
		    v.composition_ms != row->composition_ms ||
		    v.is_key != row->is_key ||
		    v.is_config != row->is_config ||
		    v.is_opaque != row->is_opaque)
			TEST_FAIL("%s: %s codec %s frame %d packet %d "
				  "composition %d", row->name,
				  error_text(err),
				  flv_video_codec_name(v.codec),
				  (int)v.frame, (int)v.packet,
				  (int)v.composition_ms);

		/* Header and payload are the body again. */
		TEST_EQ(row->head, flv_video_header_print(head, &v));
		TEST_MEM(row->in, row->head, head, row->head);
		TEST_MEM(row->in + row->head, row->len - row->head,
			 v.payload.p, v.payload.len);
	}
 out:
	return err;
}


/* crtmpserver's defect c: it looked at byte 1 of
 * frames of 0 and 1 bytes.  Each body stands alone in memory, so that a
 * sanitizer sees a read beyond it. */
TEST(flv_video_defect_c_empty_bodies)
{
	static const struct {
		uint8_t in[9];
		size_t len;
		int err;
	} short_rows[] = {
		{ { 0 }, 0, -ENOENT },
		{ { 0x17 }, 1, -ENOENT },
		{ { 0x12 }, 1, -ENOENT },
		{ { 0x90 }, 1, -ENOENT },
		{ { 0x57 }, 1, -ENOENT },
		{ { 0x17, 0, 0, 0, 0 }, 5, -ENOENT },
		{ { 0x17, 1, 0, 0, 0 }, 5, -ENOENT },
		{ { 0x17, 1, 0, 0 }, 4, -EBADMSG },
		{ { 0x17, 0 }, 2, -EBADMSG },
		{ { 0x17, 2 }, 2, 0 },
		{ { 0x91, 'h', 'v', 'c' }, 4, -EBADMSG },
		{ { 0x90, 'h', 'v', 'c', '1' }, 5, -ENOENT },
		{ { 0x91, 'h', 'v', 'c', '1', 0, 0 }, 7, -EBADMSG },
		{ { 0x91, 'h', 'v', 'c', '1', 0, 0, 0 }, 8, -ENOENT },
		{ { 0x92, 'h', 'v', 'c', '1' }, 5, 0 },
		{ { 0x97, 0xff, 0xff, 0xff, 0 }, 5, -EBADMSG },
		{ { 0x96, 0x00, 'a', 'v', 'c', '1' }, 6, -EBADMSG },
	};
	struct chunk *alone = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(short_rows); i++) {
		struct flv_video v = { .track_id = 99 };
		int got;

		alone = chunk_copy(slice(short_rows[i].in,
					 short_rows[i].len));
		TEST_PTR(alone);
		got = flv_video_parse(chunk_slice(alone), &v);
		if (got != short_rows[i].err)
			TEST_FAIL("row %zu: %s", i, error_text(got));
		TEST_OK(!got || v.track_id == 99);
		alone = chunk_unref(alone);
	}
 out:
	chunk_unref(alone);
	return err;
}


TEST(flv_video_truncated)
{
	struct chunk *alone = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t len = 0; len < rows[i].len; len++) {
			struct flv_video v;
			int got;

			alone = chunk_copy(slice(rows[i].in, len));
			TEST_PTR(alone);
			got = flv_video_parse(chunk_slice(alone), &v);
			TEST_OK(got == 0 || got == -ENOENT ||
				got == -EBADMSG);
			alone = chunk_unref(alone);
		}
	}
 out:
	chunk_unref(alone);
	return err;
}


TEST(flv_video_modex)
{
	static const uint8_t nested[] = {
		0xa7, 0, 0xee, 0x17, 2, 0x0f, 0x42, 0x3f, 0x03,
		'h', 'v', 'c', '1', 1,
	};
	uint8_t many[1 + 3 * (FLV_VIDEO_MODEX_MAX + 1) + 5] = { 0x97 };
	uint8_t big[1 + 3 + 300 + 1 + 5] = { 0x97, 0xff, 0x01, 0x2b };
	struct flv_video v;
	int err = 0;

	TEST_ERR(flv_video_parse(slice(nested, sizeof(nested)), &v));
	TEST_EQ(999999, v.nano_offset);
	TEST_EQ(FLV_VIDEO_HEVC, v.codec);
	TEST_EQ(FLV_VIDEO_CODED_FRAMES_X, v.packet);
	TEST_OK(v.is_opaque && !v.is_key);

	for (size_t i = 0; i <= FLV_VIDEO_MODEX_MAX; i++)
		many[1 + 3 * i + 2] = 0xf7;
	TEST_EQ(-EMSGSIZE, flv_video_parse(slice(many, sizeof(many)), &v));
	many[1 + 3 * (FLV_VIDEO_MODEX_MAX - 1) + 2] = 0xf0;
	TEST_ERR(flv_video_parse(slice(many, sizeof(many)), &v));
	TEST_OK(v.is_config && v.is_opaque);

	big[1 + 3 + 300] = 0x01;
	memcpy(big + 1 + 3 + 300 + 1, "av01", 4);
	TEST_ERR(flv_video_parse(slice(big, sizeof(big)), &v));
	TEST_EQ(FLV_VIDEO_AV1, v.codec);
	TEST_OK(v.is_key);
 out:
	return err;
}


TEST(flv_video_multitrack)
{
	static const uint8_t in[] = {
		0x96, 0x11, 'h', 'v', 'c', '1', 3, 0, 0, 1, 2,
	};
	struct flv_video v;
	int err = 0;

	TEST_ERR(flv_video_parse(slice(in, sizeof(in)), &v));
	TEST_OK(v.is_multitrack && v.is_key && v.is_enhanced);
	TEST_EQ(3, v.track_id);
	TEST_EQ(flv_video_fourcc(FLV_VIDEO_HEVC), v.fourcc);
 out:
	return err;
}


TEST(flv_video_print_refuses)
{
	static const struct {
		struct flv_video v;
		int want;
	} print_rows[] = {
		{ { .codec = FLV_VIDEO_H263, .is_enhanced = true,
		    .packet = FLV_VIDEO_CODED_FRAMES }, -ENOTSUP },
		{ { .codec = FLV_VIDEO_VP9,
		    .packet = FLV_VIDEO_CODED_FRAMES }, -ENOTSUP },
		{ { .codec = FLV_VIDEO_H263,
		    .packet = FLV_VIDEO_SEQUENCE_START }, -ENOTSUP },
		{ { .codec = FLV_VIDEO_UNKNOWN,
		    .packet = FLV_VIDEO_CODED_FRAMES }, -ENOTSUP },
		{ { .codec = FLV_VIDEO_AVC, .is_enhanced = true,
		    .packet = FLV_VIDEO_METADATA }, -ENOTSUP },
		{ { .codec = FLV_VIDEO_AVC, .packet = FLV_VIDEO_CODED_FRAMES,
		    .composition_ms = 0x800000 }, -EMSGSIZE },
		{ { .codec = FLV_VIDEO_AVC, .packet = FLV_VIDEO_CODED_FRAMES,
		    .composition_ms = -0x800001 }, -EMSGSIZE },
		{ { .codec = FLV_VIDEO_AVC, .packet = FLV_VIDEO_CODED_FRAMES_X,
		    .composition_ms = 1 }, -EMSGSIZE },
		{ { .codec = FLV_VIDEO_AV1, .is_enhanced = true,
		    .packet = FLV_VIDEO_CODED_FRAMES,
		    .composition_ms = 1 }, -EMSGSIZE },
		{ { .codec = FLV_VIDEO_AVC, .packet = FLV_VIDEO_CODED_FRAMES_X,
		    .frame = FLV_FRAME_KEY }, 5 },
	};
	uint8_t head[FLV_VIDEO_HEADER_MAX];
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(print_rows); i++)
		TEST_EQ(print_rows[i].want,
			flv_video_header_print(head, &print_rows[i].v));

	TEST_MEM("\27\1\0\0\0", 5, head, 5);
 out:
	return err;
}
