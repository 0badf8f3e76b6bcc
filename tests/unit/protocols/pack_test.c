/* A stream, a packager, and the messages that it made so far. */
#include "pack_test.h"
#include "base/mem.h"
#include "io/fake.h"
#include "media/stream.h"
#include "media/stream_log_int.h"

static const uint8_t avcc[] = {
	0x01, 0x64, 0x00, 0x1e, 0xff, 0xe1, 0x00, 0x1a, 0x67, 0x64,
	0x00, 0x1e, 0xac, 0xb2, 0x01, 0x40, 0x5f, 0xf2, 0xe0, 0x22,
	0x00, 0x00, 0x03, 0x00, 0x02, 0x00, 0x00, 0x03, 0x00, 0x64,
	0x1e, 0x2c, 0x5c, 0x90, 0x01, 0x00, 0x07, 0x68, 0xeb, 0xc3,
	0xcb, 0x30, 0x02, 0xc0, 0xfd, 0xf8, 0xf8, 0x00,
};
static const uint8_t hvcc[] = {
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
static const uint8_t av1c[] = {
	0x81, 0x00, 0x0c, 0x00, 0x0a, 0x0b, 0x00, 0x00, 0x00, 0x04, 0x3c,
	0xfe, 0xcc, 0xda, 0xf9, 0x00, 0x40,
};
static const uint8_t vpcc[] = {
	0x00, 0x00, 0x82, 0x02, 0x02, 0x02, 0x00, 0x00,
};
static const uint8_t aac[] = { 0x11, 0x90 };     /* LC, 48 kHz, stereo */

/* Payloads, without their last byte: AVC, VP9, key or not; HEVC, MP3. */
static const uint8_t avc_key[] = { 0, 0, 0, 2, 0x65 };
static const uint8_t avc_inter[] = { 0, 0, 0, 2, 0x41 };
static const uint8_t hevc_key[] = { 0, 0, 0, 3, 0x26, 1 };
static const uint8_t vp9_key[] = {
	0x82, 0x49, 0x83, 0x42, 0x00, 0x13, 0xf0, 0x0b, 0x36, 0x0c,
};
static const uint8_t vp9_inter[] = { 0x86 };
static const uint8_t mp3[] = { 0xff, 0xfb, 0x90, 0x64, 1, 2, 3 };
static const uint8_t any[20] = { 0 };


static struct slice config_of(enum codec codec)
{
	switch (codec) {

	case CODEC_AVC:  return slice(avcc, sizeof(avcc));
	case CODEC_HEVC: return slice(hvcc, sizeof(hvcc));
	case CODEC_AV1:  return slice(av1c, sizeof(av1c));
	case CODEC_VP9:  return slice(vpcc, sizeof(vpcc));
	case CODEC_AAC:  return slice(aac, sizeof(aac));
	default:         return slice(aac, 0);
	}
}


static struct slice payload_of(enum codec codec, unsigned flags)
{
	switch (codec) {

	case CODEC_AVC:
		return flags & FRAME_KEY ? slice(avc_key, sizeof(avc_key))
					 : slice(avc_inter, sizeof(avc_inter));

	case CODEC_VP9:
		return flags & FRAME_KEY ? slice(vp9_key, sizeof(vp9_key))
					 : slice(vp9_inter, sizeof(vp9_inter));

	case CODEC_HEVC: return slice(hevc_key, sizeof(hevc_key));
	case CODEC_MP3:  return slice(mp3, sizeof(mp3));
	default:         return slice(any, sizeof(any));
	}
}


/* Look at the log anew. */
static void collect(struct pack_test *t)
{
	struct log_block *block;

	if (!t->log && t->stream->n_formats)
		t->log = mem_ref(t->stream->formats[0].log);

	t->n_entries = 0;
	for (block = t->log ? t->log->oldest : NULL; block;
	     block = atomic_load(&block->next)) {
		unsigned n = atomic_load(&block->n_entries);

		for (unsigned i = 0; i < n; i++) {
			struct log_entry *e = &block->entries[i];

			if (t->n_entries == PACK_TEST_MAX)
				return;
			t->entries[t->n_entries] = *e;
			t->messages[t->n_entries++] =
				slice(block->data + e->at, e->len);
		}
	}
}


static void on_evicted(void *arg)
{
	(void)arg;
}


static void on_attached(struct stream_attach *attach, int err, void *arg)
{
	(void)attach;
	*(int *)arg = err;
}


int pack_test_open(struct pack_test *t, const struct packager *packager)
{
	if (!stream_attach(t->stream, packager, &t->loop, false, on_attached,
			   &t->err))
		return -ENOMEM;
	fake_run(t->fake, 1000);
	collect(t);

	return t->err;
}


int pack_test_init(struct pack_test *t, const struct packager *packager)
{
	static const struct stream_key key = {
		{ NULL, 0 }, { "live", 4 }, { "a", 1 },
	};
	static const struct stream_limits limits = { { 1 << 24, 60000 }, 0 };
	struct backend *backend;
	int err;

	memset(t, 0, sizeof(*t));
	err = fake_new(&t->fake, &(struct fake_conf){ .seed = 1 });
	if (!err)
		err = fake_backend_new(&backend, t->fake);
	if (!err)
		err = loop_init(&t->loop, backend);
	if (err)
		return err;

	t->stream = stream_new(&t->loop, 1, &key, &limits, on_evicted, NULL);
	if (!t->stream)
		return -ENOMEM;

	return packager ? pack_test_open(t, packager) : 0;
}


void pack_test_fini(struct pack_test *t)
{
	if (t->stream)
		stream_close(t->stream);
	if (t->fake)
		fake_settle(t->fake);
	stream_unref(t->stream);
	stream_log_unref(t->log);
	if (t->loop.backend)
		loop_fini(&t->loop);
	fake_free(t->fake);
}


static int push(struct pack_test *t, struct frame *frame,
		struct slice payload, size_t extra)
{
	int err;

	frame->clock_hz = 1000;
	frame->chunk = chunk_new(payload.len + extra);
	if (!frame->chunk)
		return -ENOMEM;

	memcpy(frame->chunk->data, payload.p, payload.len);
	if (extra)
		frame->chunk->data[payload.len] = t->n_frames++;
	frame->chunk->len = payload.len + extra;
	frame->payload = chunk_slice(frame->chunk);
	err = stream_push(t->stream, frame);
	chunk_unref(frame->chunk);
	collect(t);

	return err;
}


int pack_test_config(struct pack_test *t, enum media_kind kind,
		     enum codec codec)
{
	struct frame frame = { .kind = kind, .codec = codec,
			       .flags = FRAME_CONFIG };

	return push(t, &frame, config_of(codec), 0);
}


int pack_test_frame(struct pack_test *t, enum media_kind kind,
		    enum codec codec, int64_t ms, unsigned flags)
{
	struct frame frame = {
		.kind = kind,
		.codec = codec,
		.flags = (uint8_t)flags,
		.sound = { 48000, 16, 2 },
		.dts = ms,
		.pts = kind == MEDIA_VIDEO ? ms + t->cts : ms,
	};

	return push(t, &frame, payload_of(codec, flags), 1);
}


void pack_test_flush(struct pack_test *t)
{
	stream_close(t->stream);
	collect(t);
}


bool pack_test_epochs_are_told(const struct pack_test *t)
{
	uint32_t epoch = t->n_entries ? t->entries[0].epoch : 0;

	for (size_t i = 0; i < t->n_entries; i++) {
		const struct log_entry *e = &t->entries[i];

		if (e->epoch != epoch &&
		    (e->epoch != epoch + 1 || !(e->flags & ENTRY_CONFIG)))
			return false;
		epoch = e->epoch;
	}

	return true;
}
