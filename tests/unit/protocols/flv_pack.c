/* The FLV packager: prologue and messages are one file, whose tags hold the
 * frames that went in. */
#include "flv/flv_pack.h"
#include "flv/flv_frame.h"
#include "flv/flv_reader.h"
#include "media/stream.h"
#include "pack_test.h"
#include "test.h"

enum { TAGS_MAX = 32, BODY_MAX = 1000 };

/* A file, as a player reads it. */
struct film {
	struct flv_file_header header;
	size_t n_tags;
	struct flv_tag tags[TAGS_MAX];
	struct frame frames[TAGS_MAX];   /* flags and times, no payload */
	uint8_t last[TAGS_MAX];          /* byte of the payload */
};


static int push_metadata(struct pack_test *t)
{
	struct frame frame = { .kind = MEDIA_DATA, .flags = FRAME_OPAQUE,
			       .clock_hz = 1000, .dts = 70 };
	int err;

	frame.chunk = chunk_copy(slice("metadata", 8));
	if (!frame.chunk)
		return -ENOMEM;
	frame.payload = chunk_slice(frame.chunk);
	err = stream_set_metadata(t->stream, &frame);
	chunk_unref(frame.chunk);

	return err;
}


static void watch_tag(struct film *film, const struct flv_tag *tag,
		      struct slice body)
{
	struct frame *frame = &film->frames[film->n_tags];

	film->tags[film->n_tags] = *tag;
	film->last[film->n_tags] = body.len ? body.p[body.len - 1] : 0;
	frame->clock_hz = 1000;
	frame->dts = tag->timestamp_ms;
	if (tag->type != FLV_TAG_SCRIPT)
		flv_frame_parse(frame, tag->type, NULL, body);
	++film->n_tags;
}


/* Read what a viewer gets who starts at message `from`. */
static int watch(struct film *film, const struct pack_test *t, size_t from)
{
	struct writer w = writer(1 << 20);
	struct flv_reader f;
	struct flv_tag tag;
	struct slice body;
	struct reader r;
	int err;

	memset(film, 0, sizeof(*film));
	flv_reader_init(&f, BODY_MAX);
	flv_packager.prologue(NULL, t->stream, 500, &w);
	for (size_t i = from; i < t->n_entries; i++)
		put_bytes(&w, t->messages[i]);
	TEST_ERR(w.err);

	r = reader(writer_slice(&w));
	while ((err = flv_reader_next(&f, &r, &tag, &body)) == 1) {
		TEST_OK(film->n_tags < TAGS_MAX);
		watch_tag(film, &tag, body);
	}
	TEST_ERR(err);
	film->header = f.file;
 out:
	flv_reader_fini(&f);
	writer_fini(&w);
	return err;
}


/* Sizes of tags, as they stand behind them. */
static bool has_right_trailer(struct slice message)
{
	struct reader r;

	if (message.len < 4)
		return false;
	r = reader(slice_from(message, message.len - 4));

	return get_be32(&r) == message.len - 4;
}


TEST(flv_pack_makes_a_file)
{
	struct pack_test t;
	struct film film;
	int err;

	TEST_ERR(pack_test_init(&t, NULL));
	t.cts = 80;
	TEST_ERR(push_metadata(&t));
	TEST_ERR(pack_test_config(&t, MEDIA_VIDEO, CODEC_AVC));
	TEST_ERR(pack_test_config(&t, MEDIA_AUDIO, CODEC_AAC));
	TEST_ERR(pack_test_frame(&t, MEDIA_VIDEO, CODEC_AVC, 500, FRAME_KEY));
	TEST_ERR(pack_test_frame(&t, MEDIA_AUDIO, CODEC_AAC, 510, 0));
	TEST_ERR(pack_test_open(&t, &flv_packager));
	TEST_ERR(pack_test_frame(&t, MEDIA_VIDEO, CODEC_AVC, 540, 0));
	TEST_EXPECT(t.n_entries == 3);
	TEST_EQ(ENTRY_START, t.entries[0].flags);
	TEST_EQ(0, t.entries[2].flags);
	for (size_t i = 0; i < t.n_entries; i++)
		TEST_OK(has_right_trailer(t.messages[i]));

	TEST_ERR(watch(&film, &t, 0));
	TEST_OK(film.header.has_audio && film.header.has_video);
	TEST_EXPECT(film.n_tags == 6);
	TEST_EQ(FLV_TAG_SCRIPT, film.tags[0].type);
	TEST_EQ(0, film.tags[0].timestamp_ms);
	TEST_EQ('a', film.last[0]);
	for (size_t i = 1; i <= 2; i++) {
		TEST_EQ(FRAME_CONFIG, film.frames[i].flags & FRAME_CONFIG);
		TEST_EQ(500, film.tags[i].timestamp_ms);
	}
	TEST_EQ(CODEC_AVC, film.frames[3].codec);
	TEST_EQ(FRAME_KEY, film.frames[3].flags);
	TEST_EQ(580, film.frames[3].pts);
	TEST_EQ(CODEC_AAC, film.frames[4].codec);
	TEST_EQ(510, film.frames[4].dts);
	TEST_EQ(540, film.frames[5].dts);
	TEST_EQ(0, film.frames[5].flags);
	for (uint8_t i = 0; i < 3; i++)
		TEST_EQ(i, film.last[3 + i]);
 out:
	pack_test_fini(&t);
	return err;
}


/* Codecs that only Enhanced RTMP has, and a new configuration in between. */
TEST(flv_pack_is_enhanced)
{
	struct pack_test t;
	struct film film;
	int err;

	TEST_ERR(pack_test_init(&t, NULL));
	TEST_ERR(pack_test_config(&t, MEDIA_VIDEO, CODEC_HEVC));
	TEST_ERR(pack_test_frame(&t, MEDIA_VIDEO, CODEC_HEVC, 0, FRAME_KEY));
	TEST_ERR(pack_test_frame(&t, MEDIA_AUDIO, CODEC_OPUS, 10, 0));
	TEST_ERR(pack_test_open(&t, &flv_packager));
	TEST_ERR(pack_test_config(&t, MEDIA_VIDEO, CODEC_AV1));
	TEST_ERR(pack_test_frame(&t, MEDIA_VIDEO, CODEC_AV1, 40, FRAME_KEY));
	TEST_OK(pack_test_epochs_are_told(&t));

	TEST_ERR(watch(&film, &t, 0));
	TEST_EXPECT(film.n_tags == 5);
	TEST_EQ(CODEC_AV1, film.frames[0].codec);
	TEST_EQ(CODEC_HEVC, film.frames[1].codec);
	TEST_EQ(CODEC_OPUS, film.frames[2].codec);
	TEST_EQ(CODEC_AV1, film.frames[3].codec);
	TEST_EQ(FRAME_CONFIG, film.frames[3].flags);
	TEST_EQ(CODEC_AV1, film.frames[4].codec);
	TEST_EQ(FRAME_KEY, film.frames[4].flags);
 out:
	pack_test_fini(&t);
	return err;
}


static int one_kind(enum media_kind kind, enum codec codec)
{
	struct pack_test t;
	struct film film;
	int err;

	TEST_ERR(pack_test_init(&t, NULL));
	TEST_ERR(pack_test_frame(&t, kind, codec, 0, FRAME_KEY));
	TEST_ERR(pack_test_frame(&t, kind, codec, STREAM_SETTLE_MS,
				 FRAME_KEY));
	TEST_ERR(pack_test_open(&t, &flv_packager));
	TEST_ERR(watch(&film, &t, 0));
	TEST_EQ(kind == MEDIA_AUDIO, film.header.has_audio);
	TEST_EQ(kind == MEDIA_VIDEO, film.header.has_video);
	TEST_EXPECT(film.n_tags == 1);
 out:
	pack_test_fini(&t);
	return err;
}


TEST(flv_pack_tells_which_tracks_there_are)
{
	int err = one_kind(MEDIA_AUDIO, CODEC_MP3);

	return err ? err : one_kind(MEDIA_VIDEO, CODEC_H263);
}


/* A body longer than 24 bits can say is left out, and nothing else. */
TEST(flv_pack_leaves_out_what_is_too_long)
{
	struct frame frame = { .kind = MEDIA_VIDEO, .codec = CODEC_AVC,
			       .clock_hz = 1000 };
	struct pack_test t;
	int err;

	TEST_ERR(pack_test_init(&t, NULL));
	TEST_ERR(pack_test_frame(&t, MEDIA_VIDEO, CODEC_AVC, 0, FRAME_KEY));
	TEST_ERR(pack_test_frame(&t, MEDIA_AUDIO, CODEC_AAC, 0, 0));
	TEST_ERR(pack_test_open(&t, &flv_packager));
	frame.chunk = chunk_new(FLV_BODY_MAX);
	TEST_PTR(frame.chunk);
	frame.payload = slice(frame.chunk->data, FLV_BODY_MAX - 4);
	frame.dts = 40;
	err = stream_push(t.stream, &frame);
	chunk_unref(frame.chunk);
	TEST_ERR(err);
	TEST_ERR(pack_test_frame(&t, MEDIA_VIDEO, CODEC_AVC, 80, 0));
	TEST_EXPECT(t.n_entries == 3);
	TEST_EQ(80, t.entries[2].dts_ms);
 out:
	pack_test_fini(&t);
	return err;
}
