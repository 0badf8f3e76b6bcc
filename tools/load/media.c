/* Made-up media with stamps. */
#include "media.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "wire.h"

enum {
	PATTERN_LEN = 2 * MEDIA_FRAME_MAX,
	CHECK_LEN = 16,          /* looked at, at each end of a run */
	STAMP_LEN = 39,
	UUID_LEN = 16,
	VIDEO_STAMP = 5 + 4 + 3 + UUID_LEN,
	AUDIO_STAMP = 2 + 2,
	VIDEO_TAG_KEY = 0x17,    /* key frame, AVC (FLV E.4.3.1) */
	VIDEO_TAG_INTER = 0x27,
	AUDIO_TAG = 0xaf,        /* AAC, 44 kHz, 16 bit, stereo */
	PACKET_RAW = 1,          /* not a sequence header */
	NAL_SLICE = 0x41,
	NAL_IDR = 0x65,
	NAL_SEI = 6,
	SEI_USER_DATA = 5,
	SEI_END = 0x80,
	AAC_DATA_ELEMENT = 0x81, /* ID_DSE, tag 0, byte aligned */
};

static const uint8_t uuid[UUID_LEN] = {
	0x73, 0x6c, 0x75, 0x69, 0x63, 0x65, 0x4c, 0x8d,
	0xa3, 0x5f, 0x6c, 0x6f, 0x61, 0x64, 0x74, 0x31
};

static const uint8_t magic[] = { 'S', 'L', 'd', '1' };

static const uint8_t video_config[] = {
	VIDEO_TAG_KEY, 0, 0, 0, 0,
	1, 0x64, 0, 0x1e, 0xff,
	0xe1, 0, 24,
	0x67, 0x64, 0x00, 0x1e, 0xac, 0xd9, 0x40, 0xa0, 0x2f, 0xf9, 0x70, 0x11,
	0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x32, 0x0f, 0x16,
	1, 0, 6,
	0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0,
	0xfd, 0xf8, 0xf8, 0
};

static const uint8_t audio_config[] = { AUDIO_TAG, 0, 0x11, 0x90 };

struct media {
	uint8_t pattern[PATTERN_LEN];
};


struct media *media_new(void)
{
	struct media *media = malloc(sizeof(*media));
	uint64_t x = 0x9e3779b97f4a7c15;

	if (!media)
		return NULL;

	for (size_t i = 0; i < PATTERN_LEN; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		media->pattern[i] = (uint8_t)(x >> 32);
	}

	return media;
}


void media_free(struct media *media)
{
	free(media);
}


/* What stands at byte 0 of this frame, if it were pattern from there on. */
static const uint8_t *pattern_of(const struct media *media,
				 const struct stamp *s)
{
	uint32_t x = s->publisher * 2654435761u + s->n_video * 40503u +
		s->n_audio * 769u + s->is_video;

	return media->pattern + x % (PATTERN_LEN - MEDIA_FRAME_MAX);
}


static void put_groups(struct wire_out *out, uint64_t v, unsigned n)
{
	while (n--)
		wire_put_u8(out, 0x80 | (unsigned)(v >> (7 * n) & 0x7f));
}


static void put_stamp(struct wire_out *out, const struct stamp *s)
{
	wire_put(out, magic, sizeof(magic));
	put_groups(out, s->publisher, 5);
	put_groups(out, s->n_video, 5);
	put_groups(out, s->n_audio, 5);
	put_groups(out, s->media_ms, 5);
	put_groups(out, s->len, 5);
	put_groups(out, (uint64_t)s->sent_us, 10);
}


void media_write(const struct media *media, const struct stamp *s, uint8_t *p)
{
	struct wire_out out = { p, 0, s->len };

	if (s->is_video) {
		wire_put_u8(&out, s->is_key ? VIDEO_TAG_KEY : VIDEO_TAG_INTER);
		wire_put_be(&out, PACKET_RAW << 24, 4);
		wire_put_be(&out, 3 + UUID_LEN + STAMP_LEN + 1, 4);
		wire_put_u8(&out, NAL_SEI);
		wire_put_u8(&out, SEI_USER_DATA);
		wire_put_u8(&out, UUID_LEN + STAMP_LEN);
		wire_put(&out, uuid, sizeof(uuid));
		put_stamp(&out, s);
		wire_put_u8(&out, SEI_END);
		wire_put_be(&out, s->len - (uint32_t)out.len - 4, 4);
		wire_put_u8(&out, s->is_key ? NAL_IDR : NAL_SLICE);
		assert(out.len == MEDIA_VIDEO_HEAD);
	} else {
		wire_put_u8(&out, AUDIO_TAG);
		wire_put_u8(&out, PACKET_RAW);
		wire_put_u8(&out, AAC_DATA_ELEMENT);
		wire_put_u8(&out, STAMP_LEN);
		put_stamp(&out, s);
		assert(out.len == MEDIA_AUDIO_HEAD);
	}

	wire_put(&out, pattern_of(media, s) + out.len, s->len - out.len);
}


static uint64_t get_groups(const uint8_t **p, unsigned n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 7 | (*(*p)++ & 0x7f);

	return v;
}


int media_read(struct stamp *s, bool is_video, const uint8_t *head,
	       size_t head_len, size_t len)
{
	const uint8_t *p = head + (is_video ? VIDEO_STAMP : AUDIO_STAMP);

	if (len < (is_video ? MEDIA_VIDEO_HEAD : MEDIA_AUDIO_HEAD))
		return -EBADMSG;
	if (head_len < (is_video ? MEDIA_VIDEO_HEAD : MEDIA_AUDIO_HEAD))
		return -EAGAIN;
	if (memcmp(p, magic, sizeof(magic)))
		return -EBADMSG;

	p += sizeof(magic);
	s->publisher = (uint32_t)get_groups(&p, 5);
	s->n_video = (uint32_t)get_groups(&p, 5);
	s->n_audio = (uint32_t)get_groups(&p, 5);
	s->media_ms = (uint32_t)get_groups(&p, 5);
	s->len = (uint32_t)get_groups(&p, 5);
	s->sent_us = (int64_t)get_groups(&p, 10);
	s->is_video = is_video;
	s->is_key = is_video && head[0] == VIDEO_TAG_KEY;

	return s->len == len && len <= MEDIA_FRAME_MAX ? 0 : -EBADMSG;
}


bool media_check(const struct media *media, const struct stamp *s,
		 size_t offset, const uint8_t *p, size_t len,
		 bool is_thorough)
{
	const uint8_t *want = pattern_of(media, s);
	size_t head = s->is_video ? MEDIA_VIDEO_HEAD : MEDIA_AUDIO_HEAD;
	size_t cut = offset < head ? head - offset : 0;

	if (cut >= len)
		return true;

	p += cut;
	len -= cut;
	want += offset + cut;
	if (is_thorough || len <= 2 * CHECK_LEN)
		return !memcmp(p, want, len);

	return !memcmp(p, want, CHECK_LEN) &&
		!memcmp(p + len - CHECK_LEN, want + len - CHECK_LEN,
			CHECK_LEN);
}


const uint8_t *media_video_config(size_t *len)
{
	*len = sizeof(video_config);

	return video_config;
}


const uint8_t *media_audio_config(size_t *len)
{
	*len = sizeof(audio_config);

	return audio_config;
}
