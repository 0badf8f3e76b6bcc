/* An FLV file as something to publish. */
#include "clip.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "media.h"
#include "wire.h"

enum {
	FILE_HEADER_LEN = 9,
	TAG_HEADER_LEN = 11,
	TAG_SIZE_LEN = 4,        /* of the previous tag, behind each */
	TAG_TYPE_MASK = 0x1f,
	CODEC_AVC = 7,
	CODEC_AAC = 10,
	FRAME_KEY = 1,
	PACKET_CONFIG = 0,
	PACKET_FRAME = 1,
};


static int read_file(uint8_t **bytes, size_t *len, const char *path)
{
	FILE *f = fopen(path, "rb");
	long size;
	int err = 0;

	if (!f)
		return -errno;

	if (fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0) {
		err = -EIO;
		goto close;
	}
	rewind(f);
	*len = (size_t)size;
	*bytes = malloc(*len + 1);
	if (!*bytes)
		err = -ENOMEM;
	else if (fread(*bytes, 1, *len, f) != *len)
		err = -EIO;
 close:
	fclose(f);

	return err;
}


static int add_frame(struct clip *clip, const struct clip_frame *frame)
{
	struct clip_frame *frames;
	size_t n = clip->n_frames;

	if (frame->len > MEDIA_FRAME_MAX / 2)
		return -EMSGSIZE;

	/* Grows at each power of two. */
	if (!(n & (n - 1))) {
		frames = realloc(clip->frames, (n ? 2 * n : 1) *
				 sizeof(*frames));
		if (!frames)
			return -ENOMEM;
		clip->frames = frames;
	}
	clip->frames[clip->n_frames++] = *frame;
	clip->n_video += frame->is_video;
	clip->n_audio += !frame->is_video;

	return 0;
}


/* A video or audio tag: codec and kind are in its first two bytes. */
static int add_media(struct clip *clip, bool is_video, const uint8_t *p,
		     uint32_t len, uint32_t ms)
{
	struct clip_frame frame = { p, len, ms, is_video, false };
	struct clip_config *config = is_video ? &clip->video_config :
		&clip->audio_config;

	if (len < (is_video ? 5 : 2))
		return 0;
	if (is_video ? (p[0] & 0x8f) != CODEC_AVC : p[0] >> 4 != CODEC_AAC)
		return -ENOTSUP;

	if (p[1] == PACKET_CONFIG) {
		config->p = p;
		config->len = len;
		return 0;
	}
	if (p[1] != PACKET_FRAME)
		return 0;
	frame.is_key = is_video && p[0] >> 4 == FRAME_KEY;

	return add_frame(clip, &frame);
}


static int add_tags(struct clip *clip, size_t len)
{
	const uint8_t *p = clip->bytes, *end = p + len;
	uint32_t n, ms;
	int err = 0;

	if (len < FILE_HEADER_LEN || memcmp(p, "FLV", 3) ||
	    wire_be32(p + 5) > len)
		return -EBADMSG;

	p += wire_be32(p + 5) + TAG_SIZE_LEN;
	while (!err && end - p >= TAG_HEADER_LEN) {
		n = wire_be32(p) & 0xffffff;
		ms = wire_be32(p + 4) >> 8 | (uint32_t)p[7] << 24;
		if (n > (size_t)(end - p) - TAG_HEADER_LEN)
			break;

		switch (p[0] & TAG_TYPE_MASK) {
		case WIRE_DATA:
			clip->metadata.p = p + TAG_HEADER_LEN;
			clip->metadata.len = n;
			break;
		case WIRE_VIDEO:
		case WIRE_AUDIO:
			err = add_media(clip, (p[0] & TAG_TYPE_MASK) ==
					WIRE_VIDEO, p + TAG_HEADER_LEN, n, ms);
			break;
		default:
			break;
		}
		n += TAG_HEADER_LEN + TAG_SIZE_LEN;
		p += n < (size_t)(end - p) ? n : (size_t)(end - p);
	}

	return err;
}


/* The frames of each kind by their number, and how long it all lasts. */
static int index_frames(struct clip *clip)
{
	uint32_t n_video = 0, n_audio = 0, last_ms = 0;
	const struct clip_frame *frame;

	clip->video = calloc(clip->n_video + 1u, sizeof(*clip->video));
	clip->audio = calloc(clip->n_audio + 1u, sizeof(*clip->audio));
	if (!clip->video || !clip->audio)
		return -ENOMEM;

	for (size_t i = 0; i < clip->n_frames; i++) {
		frame = &clip->frames[i];
		if (frame->is_video)
			clip->video[n_video++] = frame;
		else
			clip->audio[n_audio++] = frame;
		if (frame->ms > last_ms)
			last_ms = frame->ms;
	}
	clip->duration_ms = last_ms + last_ms / n_video + 1;

	return 0;
}


int clip_open(struct clip *clip, const char *path)
{
	size_t len = 0;
	int err;

	memset(clip, 0, sizeof(*clip));
	err = read_file(&clip->bytes, &len, path);
	if (err)
		return err;

	err = add_tags(clip, len);
	if (!err && (!clip->n_video || !clip->video_config.p))
		err = -ENOTSUP;

	return err ? err : index_frames(clip);
}


void clip_close(struct clip *clip)
{
	free(clip->bytes);
	free(clip->frames);
	free(clip->video);
	free(clip->audio);
	memset(clip, 0, sizeof(*clip));
}
