/* Media with stamps. */
#include "media.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "clip.h"
#include "wire.h"

enum {
	PATTERN_LEN = 2 * MEDIA_FRAME_MAX,
	CHECK_LEN = 16,          /* looked at, at each end of a run */
	STAMP_LEN = 39,
	UUID_LEN = 16,
	VIDEO_TAG_LEN = 5,
	AUDIO_TAG_LEN = 2,
	VIDEO_STAMP = VIDEO_TAG_LEN + 4 + 3 + UUID_LEN,
	AUDIO_STAMP = AUDIO_TAG_LEN + 2,
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
	const struct clip *clip; /* borrowed; NULL: made up */
	uint8_t pattern[PATTERN_LEN];
};


struct media *media_new(const struct clip *clip)
{
	struct media *media = malloc(sizeof(*media));
	uint64_t x = 0x9e3779b97f4a7c15;

	if (!media)
		return NULL;

	media->clip = clip;
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


static size_t head_len(const struct stamp *s)
{
	return s->is_video ? MEDIA_VIDEO_HEAD : MEDIA_AUDIO_HEAD;
}


static size_t tag_len(const struct stamp *s)
{
	return s->is_video ? VIDEO_TAG_LEN : AUDIO_TAG_LEN;
}


/* The frame of the clip, which begins anew when it is over. */
static const struct clip_frame *clip_frame(const struct clip *clip,
					   const struct stamp *s)
{
	if (s->is_video)
		return clip->video[s->n_video % clip->n_video];

	return clip->n_audio ? clip->audio[s->n_audio % clip->n_audio] : NULL;
}


/* What follows the head of this frame, s->len - head_len(s) bytes; NULL if
 * there is no frame of that length. */
static const uint8_t *content_of(const struct media *media,
				 const struct stamp *s)
{
	const struct clip_frame *frame;
	uint32_t x;

	if (media->clip) {
		frame = clip_frame(media->clip, s);
		return frame && frame->len + head_len(s) ==
			s->len + tag_len(s) ? frame->p + tag_len(s) : NULL;
	}

	x = s->publisher * 2654435761u + s->n_video * 40503u +
		s->n_audio * 769u + s->is_video;

	return media->pattern + x % (PATTERN_LEN - MEDIA_FRAME_MAX);
}


void media_next(const struct media *media, struct stamp *s)
{
	const struct clip *clip = media->clip;
	uint64_t n = (uint64_t)s->n_video + s->n_audio;
	const struct clip_frame *frame = &clip->frames[n % clip->n_frames];

	s->is_video = frame->is_video;
	s->is_key = frame->is_key;
	s->len = (uint32_t)(frame->len - tag_len(s) + head_len(s));
	s->media_ms = (uint32_t)(n / clip->n_frames) * clip->duration_ms +
		frame->ms;
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


/* Tag and SEI of a video frame, the composition time as in the clip. */
static void put_video_head(struct wire_out *out, const struct media *media,
			   const struct stamp *s)
{
	if (media->clip) {
		wire_put(out, clip_frame(media->clip, s)->p, VIDEO_TAG_LEN);
	} else {
		wire_put_u8(out, s->is_key ? VIDEO_TAG_KEY : VIDEO_TAG_INTER);
		wire_put_be(out, PACKET_RAW << 24, 4);
	}

	wire_put_be(out, 3 + UUID_LEN + STAMP_LEN + 1, 4);
	wire_put_u8(out, NAL_SEI);
	wire_put_u8(out, SEI_USER_DATA);
	wire_put_u8(out, UUID_LEN + STAMP_LEN);
	wire_put(out, uuid, sizeof(uuid));
	put_stamp(out, s);
	wire_put_u8(out, SEI_END);
	assert(out->len == MEDIA_VIDEO_HEAD);
}


static void put_audio_head(struct wire_out *out, const struct stamp *s)
{
	wire_put_u8(out, AUDIO_TAG);
	wire_put_u8(out, PACKET_RAW);
	wire_put_u8(out, AAC_DATA_ELEMENT);
	wire_put_u8(out, STAMP_LEN);
	put_stamp(out, s);
	assert(out->len == MEDIA_AUDIO_HEAD);
}


void media_write(const struct media *media, const struct stamp *s, uint8_t *p)
{
	struct wire_out out = { p, 0, s->len };
	const uint8_t *content = content_of(media, s);

	if (s->is_video)
		put_video_head(&out, media, s);
	else
		put_audio_head(&out, s);
	wire_put(&out, content, s->len - out.len);
	if (media->clip || !s->is_video)
		return;

	/* A slice of the right length, so that parsers find their way. */
	wire_put_be32(p + MEDIA_VIDEO_HEAD, s->len - MEDIA_VIDEO_MIN + 1);
	p[MEDIA_VIDEO_MIN - 1] = s->is_key ? NAL_IDR : NAL_SLICE;
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
	if (is_video && s->len < MEDIA_VIDEO_MIN)
		return -EBADMSG;

	return s->len == len && len <= MEDIA_FRAME_MAX ? 0 : -EBADMSG;
}


bool media_check(const struct media *media, const struct stamp *s,
		 size_t offset, const uint8_t *p, size_t len,
		 bool is_thorough)
{
	const uint8_t *want = content_of(media, s);
	size_t skip = media->clip || !s->is_video ? head_len(s) :
		MEDIA_VIDEO_MIN;
	size_t cut = offset < skip ? skip - offset : 0;

	if (!want)
		return false;
	if (cut >= len)
		return true;

	p += cut;
	len -= cut;
	want += offset + cut - head_len(s);
	if (is_thorough || len <= 2 * CHECK_LEN)
		return !memcmp(p, want, len);

	return !memcmp(p, want, CHECK_LEN) &&
		!memcmp(p + len - CHECK_LEN, want + len - CHECK_LEN,
			CHECK_LEN);
}


const uint8_t *media_video_config(const struct media *media, size_t *len)
{
	*len = media->clip ? media->clip->video_config.len :
		sizeof(video_config);

	return media->clip ? media->clip->video_config.p : video_config;
}


const uint8_t *media_audio_config(const struct media *media, size_t *len)
{
	*len = media->clip ? media->clip->audio_config.len :
		sizeof(audio_config);

	return media->clip ? media->clip->audio_config.p : audio_config;
}
