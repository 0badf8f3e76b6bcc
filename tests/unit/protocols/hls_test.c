/* Streams for the HLS tests. */
#include "hls_test.h"
#include "base/mem.h"


enum { SOUND_HZ = 48000, SOUND_FRAME = 1024 };


static void on_piece(const struct hls_piece *piece, void *arg)
{
	struct hls_test *t = arg;
	struct hls_piece *kept;

	if (t->n == HLS_TEST_PIECES)
		return;

	kept = &t->pieces[t->n++].piece;
	*kept = *piece;
	chunk_ref(piece->bytes);
	mem_ref(piece->tracks);
}


int hls_test_init(struct hls_test *t, const struct hls_mux_conf *conf)
{
	memset(t, 0, sizeof(*t));
	t->video = CODEC_VP9;

	return hls_mux_new(&t->mux, conf, on_piece, t);
}


void hls_test_fini(struct hls_test *t)
{
	hls_mux_free(t->mux);
	t->mux = NULL;
	while (t->n) {
		--t->n;
		chunk_unref(t->pieces[t->n].piece.bytes);
		mem_unref(t->pieces[t->n].piece.tracks);
	}
}


static int push(struct hls_test *t, struct frame *frame, struct slice bytes)
{
	int err;

	frame->chunk = chunk_copy(bytes);
	if (!frame->chunk)
		return -ENOMEM;

	frame->payload = chunk_slice(frame->chunk);
	err = hls_mux_push(t->mux, frame, t->wall_us + frame->dts * 1000);
	chunk_unref(frame->chunk);

	return err;
}


static enum codec codec_of(const struct hls_test *t, enum media_kind kind)
{
	return kind == MEDIA_VIDEO ? t->video : CODEC_AAC;
}


int hls_test_config(struct hls_test *t, enum media_kind kind,
		    unsigned variant)
{
	/* 640x360 and its like (x264). */
	static const uint8_t avcc[] = {
		1, 0x42, 0xc0, 0x1e, 0xff, 0xe1, 0, 24,
		0x67, 0x42, 0xc0, 0x1e, 0xd9, 0x00, 0xa0, 0x2f, 0xf9, 0x70,
		0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00,
		0x32, 0x0f, 0x16, 0x2e,
		1, 0, 4, 0x68, 0xcb, 0x83, 0xcb,
	};
	uint8_t vpcc[] = { 0, 11, 0x82, 2, 2, 2, 0, 0 };
	uint8_t asc[] = { 0x11, 0x90 };
	struct slice bytes = slice(asc, sizeof(asc));
	struct frame frame = {
		.kind = kind,
		.codec = codec_of(t, kind),
		.flags = FRAME_CONFIG,
		.clock_hz = 1000,
	};

	vpcc[1] = (uint8_t)(11 + variant);
	asc[1] = (uint8_t)(variant ? 0x88 : 0x90);
	if (kind == MEDIA_VIDEO && t->video == CODEC_VP9)
		bytes = slice(vpcc, sizeof(vpcc));
	else if (kind == MEDIA_VIDEO)
		bytes = slice(avcc, sizeof(avcc));

	return push(t, &frame, bytes);
}


int hls_test_frame(struct hls_test *t, enum media_kind kind, int64_t ms,
		   bool is_key)
{
	/* A NAL unit with its length, if anybody looks. */
	const uint8_t bytes[] = { 0, 0, 0, 5, is_key ? 0x65 : 0x41,
				  (uint8_t)kind, (uint8_t)(ms >> 16),
				  (uint8_t)(ms >> 8), (uint8_t)ms };
	struct frame frame = {
		.kind = kind,
		.codec = codec_of(t, kind),
		.flags = is_key ? FRAME_KEY : 0,
		.clock_hz = 1000,
		.dts = ms,
		.pts = ms,
	};

	return push(t, &frame, slice(bytes, sizeof(bytes)));
}


int hls_test_clip(struct hls_test *t, int64_t from_ms, unsigned fps,
		  unsigned gop, unsigned n, bool has_sound)
{
	int64_t sound_ms = 0;
	int err = 0;

	for (unsigned i = 0, s = 0; i < n && !err; i++) {
		int64_t ms = ((int64_t)i * 1000 + fps / 2) / fps;

		for (; has_sound && sound_ms <= ms && !err; s++) {
			err = hls_test_frame(t, MEDIA_AUDIO,
					     from_ms + sound_ms, false);
			sound_ms = (int64_t)(s + 1) * SOUND_FRAME * 1000 /
				   SOUND_HZ;
		}
		if (!err)
			err = hls_test_frame(t, MEDIA_VIDEO, from_ms + ms,
					     i % gop == 0);
	}

	return err;
}
