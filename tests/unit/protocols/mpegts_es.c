/* Frames into the forms that transport streams hold. */
#include "mpegts/mpegts_es.h"
#include "mpegts/mpegts_psi.h"
#include "test.h"

static const struct sound no_sound = { 0 };

static const uint8_t avcc[] = {
	1, 66, 0xc0, 30, 0xff, 0xe1, 0, 4, 0x67, 66, 0xc0, 30,
	1, 0, 2, 0x68, 0xce,
};


static int put(const struct mpegts_es *es, unsigned flags, struct slice s,
	       struct writer *w)
{
	struct frame frame = { .flags = (uint8_t)flags, .payload = s };

	writer_drop(w, w->len);

	return mpegts_es_put(es, &frame, w);
}


TEST(mpegts_es_avc)
{
	static const uint8_t key[] = {
		0, 0, 0, 2, 0x09, 0x10, 0, 0, 0, 2, 6, 5, 0, 0, 0, 1, 0x65,
	};
	static const uint8_t key_out[] = {
		0, 0, 0, 1, 0x09, 0xf0, 0, 0, 0, 1, 0x67, 66, 0xc0, 30,
		0, 0, 0, 1, 0x68, 0xce, 0, 0, 1, 6, 5, 0, 0, 1, 0x65,
	};
	static const uint8_t own[] = {
		0, 0, 0, 1, 0x68, 0, 0, 0, 1, 0x67, 0, 0, 0, 1, 0x65,
	};
	static const uint8_t own_out[] = {
		0, 0, 0, 1, 0x09, 0xf0, 0, 0, 0, 1, 0x68, 0, 0, 0, 1, 0x67,
		0, 0, 1, 0x65,
	};
	static const uint8_t other_out[] = {
		0, 0, 0, 1, 0x09, 0xf0, 0, 0, 1, 6, 5, 0, 0, 1, 0x65,
	};
	struct writer w = writer(1000);
	struct mpegts_es es;
	int err;

	TEST_ERR(mpegts_es_init(&es, CODEC_AVC, &no_sound));
	TEST_ERRNO(-EPROTO, put(&es, 0, slice(key, sizeof(key)), &w));
	TEST_ERRNO(-EBADMSG, mpegts_es_configure(&es, slice(avcc, 5)));
	TEST_ERR(mpegts_es_configure(&es, slice(avcc, sizeof(avcc))));

	TEST_ERR(put(&es, FRAME_KEY, slice(key, sizeof(key)), &w));
	TEST_MEM(key_out, sizeof(key_out), w.data, w.len);
	TEST_ERR(put(&es, FRAME_KEY, slice(own, sizeof(own)), &w));
	TEST_MEM(own_out, sizeof(own_out), w.data, w.len);
	/* half of them is not enough */
	TEST_ERR(put(&es, FRAME_KEY, slice(own + 5, 10), &w));
	TEST_EQ(6 + 8 + 6 + 5 + 4, w.len);
	TEST_ERR(put(&es, 0, slice(key, sizeof(key)), &w));
	TEST_MEM(other_out, sizeof(other_out), w.data, w.len);

	/* what was in force remains so */
	TEST_ERRNO(-EBADMSG, mpegts_es_configure(&es, slice(avcc, 5)));
	TEST_ERR(put(&es, FRAME_KEY, slice(key, sizeof(key)), &w));
	TEST_EQ(sizeof(key_out), w.len);

	TEST_ERRNO(-EBADMSG, put(&es, 0, slice(key, 16), &w));
	TEST_EQ(0, w.len);
 out:
	mpegts_es_fini(&es);
	writer_fini(&w);
	return err;
}


TEST(mpegts_es_hevc)
{
	static const uint8_t hvcc[] = {
		1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93, 0xf0, 0, 0xfc,
		0xfd, 0xf8, 0xf8, 0, 0, 0x0f, 3, /* arrays */
		0x20, 0, 1, 0, 3, 0x40, 1, 7,    /* VPS */
		0x21, 0, 1, 0, 3, 0x42, 1, 8,    /* SPS */
		0x27, 0, 1, 0, 3, 0x4e, 1, 5,    /* SEI */
	};
	static const uint8_t key[] = { 0, 0, 0, 3, 0x26, 1, 9 };
	static const uint8_t key_out[] = {
		0, 0, 0, 1, 0x46, 0x01, 0x50, 0, 0, 0, 1, 0x40, 1, 7,
		0, 0, 0, 1, 0x42, 1, 8, 0, 0, 1, 0x26, 1, 9,
	};
	uint8_t d[MPEGTS_DESCRIPTORS_MAX];
	struct writer w = writer(1000);
	struct mpegts_es es;
	int err;

	TEST_ERR(mpegts_es_init(&es, CODEC_HEVC, &no_sound));
	TEST_ERR(mpegts_es_configure(&es, slice(hvcc, sizeof(hvcc))));
	TEST_ERR(put(&es, FRAME_KEY, slice(key, sizeof(key)), &w));
	TEST_MEM(key_out, sizeof(key_out), w.data, w.len);
	TEST_EQ(MPEGTS_HEVC, mpegts_es_type(&es, &no_sound));
	TEST_MEM("\5\4HEVC", 6, d, mpegts_es_descriptors(&es, d));
 out:
	mpegts_es_fini(&es);
	writer_fini(&w);
	return err;
}


TEST(mpegts_es_aac)
{
	/* HE-AAC: ADTS says the core's rate, 24 kHz */
	static const uint8_t he[] = { 0x2b, 0x11, 0x88, 0x00 };
	static const uint8_t low_delay[] = { 0xba, 0x10, 0 };
	uint8_t raw[ADTS_FRAME_MAX] = { 1, 2, 3 };
	struct writer w = writer(10000);
	struct adts_header h;
	struct mpegts_es es;
	struct reader r;
	int err;

	TEST_ERR(mpegts_es_init(&es, CODEC_AAC, &no_sound));
	TEST_ERRNO(-EPROTO, put(&es, 0, slice(raw, 3), &w));
	TEST_ERRNO(-ENOTSUP, mpegts_es_configure(&es, slice(low_delay, 3)));
	TEST_ERR(mpegts_es_configure(&es, slice(he, sizeof(he))));
	TEST_ERR(put(&es, 0, slice(raw, 3), &w));
	r = reader(writer_slice(&w));
	TEST_ERR(adts_header_parse(&r, &h));
	TEST_EQ(24000, h.rate_hz);
	TEST_EQ(2, h.object_type);
	TEST_EQ(2, h.channel_config);
	TEST_EQ(10, h.frame_len);
	TEST_MEM(raw, 3, r.p, reader_left(&r));

	TEST_ERR(put(&es, 0, slice(raw, ADTS_FRAME_MAX - 7), &w));
	TEST_ERRNO(-EMSGSIZE, put(&es, 0, slice(raw, ADTS_FRAME_MAX - 6),
				  &w));
	TEST_EQ(0, w.len);
 out:
	mpegts_es_fini(&es);
	writer_fini(&w);
	return err;
}


TEST(mpegts_es_opus)
{
	static const uint8_t surround[] =
		"OpusHead\1\6\0\0\0\0\0\0\0\0\1\4\2\0\4\1\2\3\5";
	static const uint8_t strange[] =
		"OpusHead\1\6\0\0\0\0\0\0\0\0\1\4\2\0\1\2\3\4\5";
	static const uint8_t control[] = { 0x7f, 0xe0, 255, 255, 0 };
	static const struct sound mono = { 48000, 16, 1 };
	uint8_t packet[510] = { 9 }, d[MPEGTS_DESCRIPTORS_MAX];
	struct writer w = writer(1000);
	struct mpegts_es es;
	int err;

	TEST_ERR(mpegts_es_init(&es, CODEC_OPUS, &mono));
	TEST_EQ(1, es.n_channels);
	TEST_ERR(mpegts_es_configure(&es, slice(NULL, 0)));
	TEST_ERR(put(&es, 0, slice(packet, 510), &w));
	TEST_EQ(5 + 510, w.len);
	TEST_MEM(control, 5, w.data, 5);
	TEST_ERR(put(&es, 0, slice(packet, 254), &w));
	TEST_EQ(254, w.data[2]);
	TEST_MEM(packet, 254, w.data + 3, w.len - 3);

	TEST_ERRNO(-EBADMSG, mpegts_es_configure(&es, slice(surround, 20)));
	TEST_ERRNO(-ENOTSUP, mpegts_es_configure(&es, slice(strange, 27)));
	TEST_EQ(1, es.n_channels);
	TEST_ERR(mpegts_es_configure(&es, slice(surround, 27)));
	TEST_MEM("\5\4Opus\x7f\2\x80\6", 10, d, mpegts_es_descriptors(&es, d));
	TEST_EQ(MPEGTS_PRIVATE, mpegts_es_type(&es, &no_sound));
 out:
	mpegts_es_fini(&es);
	writer_fini(&w);
	return err;
}


TEST(mpegts_es_types)
{
	static const struct sound low = { 22050, 16, 2 };
	uint8_t d[MPEGTS_DESCRIPTORS_MAX];
	struct mpegts_es es;
	int err;

	TEST_ERRNO(-ENOTSUP, mpegts_es_init(&es, CODEC_VP8, &no_sound));
	TEST_ERRNO(-ENOTSUP, mpegts_es_init(&es, CODEC_FLAC, &no_sound));
	TEST_ERR(mpegts_es_init(&es, CODEC_MP3, &no_sound));
	TEST_EQ(MPEGTS_MPEG1_AUDIO, mpegts_es_type(&es, &no_sound));
	TEST_EQ(MPEGTS_MPEG2_AUDIO, mpegts_es_type(&es, &low));
	TEST_EQ(0, mpegts_es_descriptors(&es, d));
	TEST_ERR(mpegts_es_init(&es, CODEC_AC3, &no_sound));
	TEST_EQ(MPEGTS_AC3, mpegts_es_type(&es, &no_sound));
	TEST_MEM("\5\4AC-3", 6, d, mpegts_es_descriptors(&es, d));
	TEST_ERR(mpegts_es_init(&es, CODEC_EAC3, &no_sound));
	TEST_EQ(MPEGTS_EAC3, mpegts_es_type(&es, &no_sound));
	TEST_MEM("\5\4EAC3", 6, d, mpegts_es_descriptors(&es, d));
 out:
	return err;
}
