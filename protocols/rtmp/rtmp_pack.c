/* The RTMP packager. */
#include "rtmp/rtmp_pack.h"
#include "base/reader.h"
#include "flv/flv_frame.h"
#include "media/stream.h"
#include "rtmp/rtmp_chunk.h"
#include "rtmp/rtmp_control.h"


enum {
	CSID_AUDIO = 4,
	CSID_DATA = 5,
	CSID_VIDEO = 6,
	STREAM_ID_AT = 8,        /* in a fmt 0 header with a 1-byte csid */
};

struct emitter {
	uint8_t *at;
};


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


static int rtmp_open(void *state, const struct stream *stream)
{
	(void)state;
	(void)stream;

	return 0;
}


static void rtmp_pack(void *state, const struct stream *stream,
		      const struct frame *frame, struct stream_log *log)
{
	uint8_t buf[FLV_FRAME_HEADER_MAX];
	int len = flv_frame_header_print(buf, frame);
	struct slice parts[] = { slice(buf, 0), frame->payload };
	const struct log_entry entry = packager_entry(frame);
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
	uint8_t buf[FLV_FRAME_HEADER_MAX];
	int len = flv_frame_header_print(buf, frame);
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
	struct frame frame = stream_metadata_frame(stream);

	(void)state;

	if (frame.chunk)
		put_frame(w, &frame);

	for (size_t i = 0; i < stream->n_tracks; i++) {
		frame = track_config_frame(&stream->tracks[i], dts_ms);
		if (frame.chunk)
			put_frame(w, &frame);
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
