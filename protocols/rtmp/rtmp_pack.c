/* The RTMP packager, and its inverse. */
#include "rtmp/rtmp_pack.h"
#include "base/reader.h"
#include "flv/flv_audio.h"
#include "flv/flv_video.h"
#include "media/stream.h"
#include "rtmp/rtmp_chunk.h"
#include "rtmp/rtmp_control.h"


enum {
	CSID_AUDIO = 4,
	CSID_DATA = 5,
	CSID_VIDEO = 6,
	HEADER_MAX = 16,         /* of an FLV body */
	STREAM_ID_AT = 8,        /* in a fmt 0 header with a 1-byte csid */
	EXTRA = 0x40,            /* configuration beside that of track 0 */
	MULTITRACK = 0x80,       /* such tracks are numbered from here */
};

struct emitter {
	uint8_t *at;
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


/* The header that stands before the payload: its length, or an error. */
static int print_header(uint8_t *buf, const struct frame *frame)
{
	if (frame->flags & FRAME_OPAQUE)
		return 0;

	return frame->kind == MEDIA_VIDEO ? print_video_header(buf, frame)
					  : print_audio_header(buf, frame);
}


static struct rtmp_header chunk_header(const struct frame *frame, size_t len)
{
	static const uint8_t csids[] = { CSID_AUDIO, CSID_VIDEO, CSID_DATA };
	static const uint8_t types[] = { RTMP_AUDIO, RTMP_VIDEO, RTMP_DATA };

	return (struct rtmp_header){
		.csid = csids[frame->kind],
		.timestamp = (uint32_t)frame_ms(frame, frame->dts),
		.len = (uint32_t)len,
		.type = types[frame->kind],
		.stream_id = RTMP_STREAM_ID_OUT,
	};
}


static int emit(void *arg, struct slice run)
{
	struct emitter *e = arg;

	memcpy(e->at, run.p, run.len);
	e->at += run.len;

	return 0;
}


static uint8_t entry_flags(const struct frame *frame)
{
	if (frame->flags & FRAME_CONFIG)
		return ENTRY_CONFIG;

	return frame->flags & FRAME_KEY ? ENTRY_START : 0;
}


static int rtmp_open(void *state, const struct stream *stream)
{
	(void)state;
	(void)stream;

	return 0;
}


static void rtmp_pack(void *state, const struct stream *stream,
		      const struct frame *frame, struct stream_log *log)
{
	uint8_t buf[HEADER_MAX];
	int len = print_header(buf, frame);
	struct slice parts[] = { slice(buf, 0), frame->payload };
	const struct log_entry entry = {
		.dts_ms = frame_ms(frame, frame->dts),
		.kind = (uint8_t)frame->kind,
		.flags = entry_flags(frame),
	};
	struct rtmp_header header;
	struct emitter e;
	size_t size;

	(void)state;
	(void)stream;

	if (len < 0)
		return;

	parts[0].len = (size_t)len;
	header = chunk_header(frame, parts[0].len + parts[1].len);
	size = rtmp_chunk_written_len(&header, RTMP_CHUNK_SIZE_OUT);
	e.at = stream_log_begin(log, size);
	if (!e.at)
		return;

	rtmp_chunk_write(&header, parts, ARRAY_LEN(parts),
			 RTMP_CHUNK_SIZE_OUT, emit, &e);
	stream_log_commit(log, size, &entry);
}


static int emit_to_writer(void *arg, struct slice run)
{
	put_bytes(arg, run);

	return 0;
}


static void put_frame(struct writer *w, const struct frame *frame)
{
	uint8_t buf[HEADER_MAX];
	int len = print_header(buf, frame);
	struct slice parts[] = { slice(buf, 0), frame->payload };
	struct rtmp_header header;

	if (len < 0)
		return;

	parts[0].len = (size_t)len;
	header = chunk_header(frame, parts[0].len + parts[1].len);
	rtmp_chunk_write(&header, parts, ARRAY_LEN(parts),
			 RTMP_CHUNK_SIZE_OUT, emit_to_writer, w);
}


static void rtmp_prologue(void *state, const struct stream *stream,
			  int64_t dts_ms, struct writer *w)
{
	/* Its time is 0: ffmpeg takes one of another time for subtitles. */
	const struct frame metadata = {
		.kind = MEDIA_DATA,
		.flags = FRAME_OPAQUE,
		.clock_hz = 1000,
		.payload = stream->metadata_payload,
	};

	(void)state;

	if (stream->metadata)
		put_frame(w, &metadata);

	for (size_t i = 0; i < stream->n_tracks; i++) {
		const struct track *track = &stream->tracks[i];
		const struct frame config = {
			.kind = track->kind,
			.codec = track->codec,
			.flags = (uint8_t)(FRAME_CONFIG |
					   (track->message_type ? FRAME_OPAQUE
								: 0)),
			.sound = track->sound,
			.clock_hz = 1000,
			.dts = dts_ms,
			.pts = dts_ms,
			.payload = track->config_payload,
		};

		if (track->config)
			put_frame(w, &config);
	}
}


const struct packager rtmp_packager = {
	.name = "rtmp",
	.size = 1,
	.open = rtmp_open,
	.pack = rtmp_pack,
	.prologue = rtmp_prologue,
};


void rtmp_pack_set_stream_id(uint8_t *bytes, size_t len, uint32_t id)
{
	while (len >= STREAM_ID_AT + 4) {
		struct reader r = reader(slice(bytes + 1, 7));
		struct rtmp_header header = { .csid = CSID_AUDIO };
		size_t n;

		header.timestamp = get_be24(&r);
		header.len = get_be24(&r);
		n = rtmp_chunk_written_len(&header, RTMP_CHUNK_SIZE_OUT);

		for (int i = 0; i < 4; i++)
			bytes[STREAM_ID_AT + i] = (uint8_t)(id >> 8 * i);

		n = n < len ? n : len;
		bytes += n;
		len -= n;
	}
}


/* -- bodies to frames -- */

static uint8_t track_of(bool is_multitrack, uint8_t id, bool is_extra)
{
	if (is_multitrack)
		return (uint8_t)(MULTITRACK | id);

	return is_extra ? EXTRA : 0;
}


static int unpack_video(struct frame *frame, struct slice body)
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


static int unpack_audio(struct frame *frame, struct slice body)
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


int rtmp_unpack(struct frame *frame, uint8_t type, struct chunk *chunk,
		struct slice body)
{
	int err;

	frame->chunk = chunk;
	frame->message_type = 0;
	frame->pts = frame->dts;
	err = type == RTMP_VIDEO ? unpack_video(frame, body)
				 : unpack_audio(frame, body);
	if (!err && frame->flags & FRAME_OPAQUE)
		frame->message_type = type;

	return err;
}
