/* flv_audio: bodies of audio tags, legacy and Enhanced RTMP. */
#include "base/chunk.h"
#include "flv/flv_audio.h"
#include "test.h"


enum {
	START = FLV_AUDIO_SEQUENCE_START,
	CODED = FLV_AUDIO_CODED_FRAMES,
	END = FLV_AUDIO_SEQUENCE_END,
};

/* What is checked of each body; `head` is the length of its header. */
static const struct row {
	const char *name;
	uint8_t in[16];
	size_t len;
	size_t head;
	enum flv_audio_codec codec;
	int packet;
	uint32_t rate_hz;
	unsigned n_channels;
	bool is_config, is_opaque;
} rows[] = {
	{ "aac config", { 0xaf, 0, 0x12, 0x10 }, 4, 2,
	  FLV_AUDIO_AAC, START, 44100, 2, true, false },
	{ "aac raw", { 0xaf, 1, 0x21 }, 3, 2,
	  FLV_AUDIO_AAC, CODED, 44100, 2, false, false },
	{ "aac raw, odd bits", { 0xa2, 1, 0x21 }, 3, 2,
	  FLV_AUDIO_AAC, CODED, 5512, 1, false, false },
	{ "aac unknown packet", { 0xaf, 2, 0x21 }, 3, 0, FLV_AUDIO_AAC,
	  FLV_AUDIO_PACKET_UNKNOWN, 44100, 2, false, true },
	{ "mp3", { 0x2f, 0xff, 0xfb }, 3, 1,
	  FLV_AUDIO_MP3, CODED, 44100, 2, false, false },
	{ "mp3 8k", { 0xe2, 0xff, 0xe3 }, 3, 1,
	  FLV_AUDIO_MP3, CODED, 8000, 1, false, false },
	{ "speex", { 0xb2, 1 }, 2, 1,
	  FLV_AUDIO_SPEEX, CODED, 16000, 1, false, false },
	{ "alaw", { 0x72, 1 }, 2, 1,
	  FLV_AUDIO_ALAW, CODED, 8000, 1, false, false },
	{ "ulaw stereo", { 0x8f, 1 }, 2, 1,
	  FLV_AUDIO_ULAW, CODED, 8000, 2, false, false },
	{ "pcm", { 0x37, 1, 2 }, 3, 1,
	  FLV_AUDIO_PCM_LE, CODED, 11025, 2, false, false },
	{ "pcm native", { 0x0a, 1, 2 }, 3, 1,
	  FLV_AUDIO_PCM_NATIVE, CODED, 22050, 1, false, false },
	{ "adpcm", { 0x1a, 1, 2 }, 3, 1,
	  FLV_AUDIO_ADPCM, CODED, 22050, 1, false, false },
	{ "nellymoser 16k", { 0x4e, 1 }, 2, 1,
	  FLV_AUDIO_NELLYMOSER, CODED, 16000, 1, false, false },
	{ "nellymoser 8k", { 0x52, 1 }, 2, 1,
	  FLV_AUDIO_NELLYMOSER, CODED, 8000, 1, false, false },
	{ "nellymoser", { 0x66, 1 }, 2, 1,
	  FLV_AUDIO_NELLYMOSER, CODED, 11025, 1, false, false },
	{ "device", { 0xff, 1 }, 2, 1,
	  FLV_AUDIO_DEVICE, CODED, 44100, 2, false, false },
	{ "reserved", { 0xcf, 1 }, 2, 0,
	  FLV_AUDIO_UNKNOWN, CODED, 44100, 2, false, true },

	{ "ex opus start", { 0x90, 'O', 'p', 'u', 's', 'O' }, 6, 5,
	  FLV_AUDIO_OPUS, START, 0, 0, true, false },
	{ "ex opus start, empty", { 0x90, 'O', 'p', 'u', 's' }, 5, 5,
	  FLV_AUDIO_OPUS, START, 0, 0, true, false },
	{ "ex opus", { 0x91, 'O', 'p', 'u', 's', 0xfc }, 6, 5,
	  FLV_AUDIO_OPUS, CODED, 0, 0, false, false },
	{ "ex end", { 0x92, 'm', 'p', '4', 'a' }, 5, 5,
	  FLV_AUDIO_AAC, END, 0, 0, false, false },
	{ "ex aac start", { 0x90, 'm', 'p', '4', 'a', 0x12, 0x10 }, 7, 5,
	  FLV_AUDIO_AAC, START, 0, 0, true, false },
	{ "ex flac", { 0x91, 'f', 'L', 'a', 'C', 0xff }, 6, 5,
	  FLV_AUDIO_FLAC, CODED, 0, 0, false, false },
	{ "ex ac-3", { 0x91, 'a', 'c', '-', '3', 0x0b }, 6, 5,
	  FLV_AUDIO_AC3, CODED, 0, 0, false, false },
	{ "ex e-ac-3", { 0x91, 'e', 'c', '-', '3', 0x0b }, 6, 5,
	  FLV_AUDIO_EAC3, CODED, 0, 0, false, false },
	{ "ex mp3", { 0x91, '.', 'm', 'p', '3', 0xff }, 6, 5,
	  FLV_AUDIO_MP3, CODED, 0, 0, false, false },
	{ "ex unknown fourcc", { 0x90, 'a', 'b', 'c', 'd', 1 }, 6, 0,
	  FLV_AUDIO_UNKNOWN, START, 0, 0, true, true },
	{ "ex multichannel",
	  { 0x94, 'O', 'p', 'u', 's', 1, 6, 0, 0, 0, 0x3f }, 11, 0,
	  FLV_AUDIO_OPUS, FLV_AUDIO_MULTICHANNEL_CONFIG, 0, 0, true, true },
	{ "ex reserved packet", { 0x93, 'O', 'p', 'u', 's', 1 }, 6, 0,
	  FLV_AUDIO_OPUS, 3, 0, 0, false, true },
	{ "multitrack start",
	  { 0x95, 0x10, 'm', 'p', '4', 'a', 1, 0, 0, 2, 0x12, 0x10 }, 12, 0,
	  FLV_AUDIO_AAC, START, 0, 0, true, true },
	{ "multitrack, many codecs",
	  { 0x95, 0x21, 'm', 'p', '4', 'a', 1, 0, 0, 1, 9 }, 11, 0,
	  FLV_AUDIO_UNKNOWN, CODED, 0, 0, false, true },
	{ "modex", { 0x97, 2, 0, 0, 9, 0x01, 'O', 'p', 'u', 's', 1 }, 11, 0,
	  FLV_AUDIO_OPUS, CODED, 0, 0, false, true },
};


TEST(flv_audio_bodies)
{
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		uint8_t head[FLV_AUDIO_HEADER_MAX];
		struct flv_audio a;

		err = flv_audio_parse(slice(row->in, row->len), &a);
		if (err || a.codec != row->codec ||
		    (int)a.packet != row->packet ||
		    flv_audio_rate_hz(&a) != row->rate_hz ||
		    flv_audio_n_channels(&a) != row->n_channels ||
		    a.is_config != row->is_config ||
		    a.is_opaque != row->is_opaque)
			TEST_FAIL("%s: %s codec %s packet %d rate %u",
				  row->name, error_text(err),
				  flv_audio_codec_name(a.codec),
				  (int)a.packet, flv_audio_rate_hz(&a));

		/* Header and payload are the body again. */
		TEST_EQ(row->head, flv_audio_header_print(head, &a));
		TEST_MEM(row->in, row->head, head, row->head);
		TEST_MEM(row->in + row->head, row->len - row->head,
			 a.payload.p, a.payload.len);
	}
 out:
	return err;
}


/* crtmpserver's defect c, as in flv_video.c. */
TEST(flv_audio_defect_c_empty_bodies)
{
	static const struct {
		uint8_t in[6];
		size_t len;
		int err;
	} short_rows[] = {
		{ { 0 }, 0, -ENOENT },
		{ { 0xaf }, 1, -ENOENT },
		{ { 0x2f }, 1, -ENOENT },
		{ { 0x90 }, 1, -ENOENT },
		{ { 0xaf, 0 }, 2, -ENOENT },
		{ { 0xaf, 1 }, 2, -ENOENT },
		{ { 0x91, 'O', 'p', 'u' }, 4, -EBADMSG },
		{ { 0x91, 'O', 'p', 'u', 's' }, 5, -ENOENT },
		{ { 0x90, 'm', 'p', '4', 'a' }, 5, -ENOENT },
		{ { 0x90, 'f', 'L', 'a', 'C' }, 5, -ENOENT },
		{ { 0x97, 3, 0, 0 }, 4, -EBADMSG },
		{ { 0x95, 0x01, 'm', 'p' }, 4, -EBADMSG },
	};
	struct chunk *alone = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(short_rows); i++) {
		struct flv_audio a = { .track_id = 99 };
		int got;

		alone = chunk_copy(slice(short_rows[i].in,
					 short_rows[i].len));
		TEST_PTR(alone);
		got = flv_audio_parse(chunk_slice(alone), &a);
		if (got != short_rows[i].err)
			TEST_FAIL("row %zu: %s", i, error_text(got));
		TEST_OK(!got || a.track_id == 99);
		alone = chunk_unref(alone);
	}
 out:
	chunk_unref(alone);
	return err;
}


TEST(flv_audio_truncated)
{
	struct chunk *alone = NULL;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t len = 0; len < rows[i].len; len++) {
			struct flv_audio a;
			int got;

			alone = chunk_copy(slice(rows[i].in, len));
			TEST_PTR(alone);
			got = flv_audio_parse(chunk_slice(alone), &a);
			TEST_OK(got == 0 || got == -ENOENT ||
				got == -EBADMSG);
			alone = chunk_unref(alone);
		}
	}
 out:
	chunk_unref(alone);
	return err;
}


TEST(flv_audio_legacy_choice)
{
	static const struct {
		enum flv_audio_codec codec;
		uint32_t rate_hz;
		unsigned n_channels;
		uint8_t first;
	} choices[] = {
		{ FLV_AUDIO_AAC, 48000, 1, 0xaf },
		{ FLV_AUDIO_MP3, 44100, 2, 0x2f },
		{ FLV_AUDIO_MP3, 22050, 1, 0x2a },
		{ FLV_AUDIO_MP3, 8000, 1, 0xe6 },
		{ FLV_AUDIO_SPEEX, 16000, 1, 0xb2 },
		{ FLV_AUDIO_ULAW, 8000, 1, 0x86 },
		{ FLV_AUDIO_NELLYMOSER, 16000, 1, 0x4a },
		{ FLV_AUDIO_NELLYMOSER, 8000, 1, 0x56 },
		{ FLV_AUDIO_NELLYMOSER, 22050, 2, 0x6b },
	};
	uint8_t head[FLV_AUDIO_HEADER_MAX];
	struct flv_audio a = { .packet = FLV_AUDIO_CODED_FRAMES };
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
		TEST_ERR(flv_audio_set_legacy(&a, choices[i].codec,
					      choices[i].rate_hz,
					      choices[i].n_channels));
		TEST_OK(flv_audio_header_print(head, &a) > 0);
		TEST_EQ(choices[i].first, head[0]);
	}

	TEST_EQ(-ENOTSUP, flv_audio_set_legacy(&a, FLV_AUDIO_OPUS, 48000, 2));
	TEST_EQ(-ENOTSUP, flv_audio_set_legacy(&a, FLV_AUDIO_UNKNOWN, 1, 2));

	a.codec = FLV_AUDIO_OPUS;
	TEST_EQ(-ENOTSUP, flv_audio_header_print(head, &a));
	a.format = FLV_SOUND_EX_HEADER;
	a.packet = FLV_AUDIO_MULTICHANNEL_CONFIG;
	TEST_EQ(-ENOTSUP, flv_audio_header_print(head, &a));
 out:
	return err;
}
