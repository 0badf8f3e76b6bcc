/* Frames in the neutral form, and the bodies of FLV's tags. */
#include "flv/flv_frame.h"
#include "flv/flv_audio.h"
#include "flv/flv_video.h"


enum {
	EXTRA = 0x40,            /* configuration beside that of track 0 */
	MULTITRACK = 0x80,       /* such tracks are numbered from here */
};


/* -- codecs: ours and FLV's -- */

static const struct {
	enum codec ours;
	enum flv_video_codec flv;
} videos[] = {
	{ CODEC_H263, FLV_VIDEO_H263 },
	{ CODEC_SCREEN, FLV_VIDEO_SCREEN },
	{ CODEC_VP6, FLV_VIDEO_VP6 },
	{ CODEC_VP6A, FLV_VIDEO_VP6A },
	{ CODEC_SCREEN2, FLV_VIDEO_SCREEN2 },
	{ CODEC_AVC, FLV_VIDEO_AVC },
	{ CODEC_HEVC, FLV_VIDEO_HEVC },
	{ CODEC_VVC, FLV_VIDEO_VVC },
	{ CODEC_VP8, FLV_VIDEO_VP8 },
	{ CODEC_VP9, FLV_VIDEO_VP9 },
	{ CODEC_AV1, FLV_VIDEO_AV1 },
};

static const struct {
	enum codec ours;
	enum flv_audio_codec flv;
} audios[] = {
	{ CODEC_PCM, FLV_AUDIO_PCM_NATIVE },
	{ CODEC_ADPCM, FLV_AUDIO_ADPCM },
	{ CODEC_MP3, FLV_AUDIO_MP3 },
	{ CODEC_PCM_LE, FLV_AUDIO_PCM_LE },
	{ CODEC_NELLYMOSER, FLV_AUDIO_NELLYMOSER },
	{ CODEC_G711A, FLV_AUDIO_ALAW },
	{ CODEC_G711U, FLV_AUDIO_ULAW },
	{ CODEC_AAC, FLV_AUDIO_AAC },
	{ CODEC_SPEEX, FLV_AUDIO_SPEEX },
	{ CODEC_OPUS, FLV_AUDIO_OPUS },
	{ CODEC_AC3, FLV_AUDIO_AC3 },
	{ CODEC_EAC3, FLV_AUDIO_EAC3 },
	{ CODEC_FLAC, FLV_AUDIO_FLAC },
};


static enum codec video_codec(enum flv_video_codec flv)
{
	for (size_t i = 0; i < ARRAY_LEN(videos); i++) {
		if (videos[i].flv == flv)
			return videos[i].ours;
	}

	return CODEC_UNKNOWN;
}


static enum codec audio_codec(enum flv_audio_codec flv)
{
	for (size_t i = 0; i < ARRAY_LEN(audios); i++) {
		if (audios[i].flv == flv)
			return audios[i].ours;
	}

	return CODEC_UNKNOWN;
}


static bool is_legacy_video(enum flv_video_codec codec)
{
	return codec <= FLV_VIDEO_AVC;
}


/* -- frames to bodies -- */

static int print_video_header(uint8_t *buf, const struct frame *frame)
{
	struct flv_video v = { .frame = FLV_FRAME_INTER,
			       .packet = FLV_VIDEO_CODED_FRAMES };

	for (size_t i = 0; i < ARRAY_LEN(videos); i++) {
		if (videos[i].ours == frame->codec)
			v.codec = videos[i].flv;
	}

	v.is_enhanced = !is_legacy_video(v.codec);
	if (frame->flags & (FRAME_KEY | FRAME_CONFIG))
		v.frame = FLV_FRAME_KEY;
	else if (frame->flags & FRAME_DISPOSABLE)
		v.frame = FLV_FRAME_DISPOSABLE;

	if (frame->flags & FRAME_CONFIG)
		v.packet = FLV_VIDEO_SEQUENCE_START;
	else if (frame->flags & FRAME_END)
		v.packet = FLV_VIDEO_SEQUENCE_END;
	else
		v.composition_ms = (int32_t)frame_ms(frame, frame->pts -
								   frame->dts);

	return flv_video_header_print(buf, &v);
}


static int print_audio_header(uint8_t *buf, const struct frame *frame)
{
	struct flv_audio a = { .packet = FLV_AUDIO_CODED_FRAMES };

	for (size_t i = 0; i < ARRAY_LEN(audios); i++) {
		if (audios[i].ours == frame->codec)
			a.codec = audios[i].flv;
	}

	if (flv_audio_set_legacy(&a, a.codec, frame->sound.rate_hz,
				 frame->sound.n_channels))
		a.format = FLV_SOUND_EX_HEADER;
	else if (frame->sound.bits)
		a.sound_size = frame->sound.bits == 16;

	if (frame->flags & FRAME_CONFIG)
		a.packet = FLV_AUDIO_SEQUENCE_START;
	else if (frame->flags & FRAME_END)
		a.packet = FLV_AUDIO_SEQUENCE_END;

	return flv_audio_header_print(buf, &a);
}


int flv_frame_header_print(uint8_t *buf, const struct frame *frame)
{
	if (frame->flags & FRAME_OPAQUE)
		return 0;

	return frame->kind == MEDIA_VIDEO ? print_video_header(buf, frame)
					  : print_audio_header(buf, frame);
}


/* -- bodies to frames -- */

static uint8_t track_of(bool is_multitrack, uint8_t id, bool is_extra)
{
	if (is_multitrack)
		return (uint8_t)(MULTITRACK | id);

	return is_extra ? EXTRA : 0;
}


static int parse_video(struct frame *frame, struct slice body)
{
	struct flv_video v;
	int err = flv_video_parse(body, &v);

	if (err)
		return err;

	frame->kind = MEDIA_VIDEO;
	frame->codec = video_codec(v.codec);
	frame->track = track_of(v.is_multitrack, v.track_id,
				v.is_opaque && v.is_config);
	frame->flags = (uint8_t)((v.is_key ? FRAME_KEY : 0) |
				 (v.is_config ? FRAME_CONFIG : 0) |
				 (v.is_opaque ? FRAME_OPAQUE : 0));
	if (v.frame == FLV_FRAME_DISPOSABLE)
		frame->flags |= FRAME_DISPOSABLE;
	if (v.packet == FLV_VIDEO_SEQUENCE_END)
		frame->flags |= FRAME_END;
	if (!v.is_opaque)
		frame->pts += v.composition_ms;
	frame->payload = v.payload;

	return 0;
}


static int parse_audio(struct frame *frame, struct slice body)
{
	struct flv_audio a;
	int err = flv_audio_parse(body, &a);

	if (err)
		return err;

	frame->kind = MEDIA_AUDIO;
	frame->codec = audio_codec(a.codec);
	frame->track = track_of(a.is_multitrack, a.track_id,
				a.is_opaque && a.is_config);
	frame->flags = (uint8_t)((a.is_config ? FRAME_CONFIG : 0) |
				 (a.is_opaque ? FRAME_OPAQUE : 0));
	if (a.packet == FLV_AUDIO_SEQUENCE_END)
		frame->flags |= FRAME_END;
	frame->sound.rate_hz = flv_audio_rate_hz(&a);
	frame->sound.n_channels = (uint8_t)flv_audio_n_channels(&a);
	frame->sound.bits = a.sound_size ? 16 : 8;
	frame->payload = a.payload;

	return 0;
}


int flv_frame_parse(struct frame *frame, enum flv_tag_type type,
		    struct chunk *chunk, struct slice body)
{
	int err;

	frame->chunk = chunk;
	frame->message_type = 0;
	frame->pts = frame->dts;
	err = type == FLV_TAG_VIDEO ? parse_video(frame, body)
				    : parse_audio(frame, body);
	if (!err && frame->flags & FRAME_OPAQUE)
		frame->message_type = (uint8_t)type;

	return err;
}
