/* The FLV packagers (flv-f4v-10.1 Annex E). */
#include "flv/flv_pack.h"
#include "flv/flv_frame.h"
#include "media/stream.h"
#include "websocket/websocket_node.h"


enum {
	HEAD_LEN = FLV_FILE_HEADER_LEN + FLV_TAG_TRAILER_LEN,
	AROUND = FLV_TAG_HEADER_LEN + FLV_TAG_TRAILER_LEN,
};

/* A tag in the making. */
struct tag {
	struct flv_tag flv;
	uint8_t header[FLV_FRAME_HEADER_MAX];    /* of its body */
	size_t header_len;
	struct slice payload;
};


static int flv_open(void *state, const struct stream *stream)
{
	(void)state;
	(void)stream;

	return 0;
}


/* False: FLV has no form for the frame. */
static bool make_tag(struct tag *tag, const struct frame *frame)
{
	static const enum flv_tag_type types[] = {
		FLV_TAG_AUDIO, FLV_TAG_VIDEO, FLV_TAG_SCRIPT,
	};
	int len = flv_frame_header_print(tag->header, frame);
	size_t body_len;

	if (len < 0)
		return false;

	body_len = (size_t)len + frame->payload.len;
	if (body_len > FLV_BODY_MAX)
		return false;

	tag->header_len = (size_t)len;
	tag->payload = frame->payload;
	tag->flv = (struct flv_tag){
		.type = types[frame->kind],
		.timestamp_ms = (uint32_t)frame_ms(frame, frame->dts),
		.body_len = (uint32_t)body_len,
	};

	return true;
}


static size_t tag_len(const struct tag *tag)
{
	return AROUND + tag->flv.body_len;
}


/* out: tag_len bytes. */
static void print_tag(uint8_t *out, const struct tag *tag)
{
	flv_tag_header_print(out, &tag->flv);
	out += FLV_TAG_HEADER_LEN;
	memcpy(out, tag->header, tag->header_len);
	out += tag->header_len;
	if (tag->payload.len)
		memcpy(out, tag->payload.p, tag->payload.len);
	out += tag->payload.len;
	flv_tag_trailer_print(out, &tag->flv);
}


static void flv_pack(void *state, const struct stream *stream,
		     const struct frame *frame, struct stream_log *log)
{
	const struct log_entry entry = packager_entry(frame);
	struct tag tag;
	uint8_t *at;

	(void)state;
	(void)stream;

	if (!make_tag(&tag, frame))
		return;

	at = stream_log_begin(log, tag_len(&tag));
	if (!at)
		return;

	print_tag(at, &tag);
	stream_log_commit(log, tag_len(&tag), &entry);
}


static void put_tag(struct writer *w, const struct frame *frame)
{
	struct tag tag;
	uint8_t *room;

	if (!make_tag(&tag, frame))
		return;

	room = put_room(w, tag_len(&tag));
	if (room)
		print_tag(room, &tag);
}


/* Players that are told of a sound or picture that never comes wait for it. */
static struct flv_file_header file_header(const struct stream *stream)
{
	struct flv_file_header h = { .has_audio = false };

	for (size_t i = 0; i < stream->n_tracks; i++) {
		h.has_audio |= stream->tracks[i].kind == MEDIA_AUDIO;
		h.has_video |= stream->tracks[i].kind == MEDIA_VIDEO;
	}

	return h;
}


static void flv_prologue(void *state, const struct stream *stream,
			 int64_t dts_ms, struct writer *w)
{
	const struct flv_file_header header = file_header(stream);
	struct frame frame = stream_metadata_frame(stream);

	(void)state;

	flv_file_header_print(w, &header);
	if (frame.chunk)
		put_tag(w, &frame);

	for (size_t i = 0; i < stream->n_tracks; i++) {
		frame = track_config_frame(&stream->tracks[i], dts_ms);
		if (frame.chunk)
			put_tag(w, &frame);
	}
}


const struct packager flv_packager = {
	.name = "flv",
	.size = 1,
	.is_ready = stream_is_settled,
	.open = flv_open,
	.pack = flv_pack,
	.prologue = flv_prologue,
	.head_len = HEAD_LEN,
};


const struct packager flv_websocket_packager = {
	.name = "flv-websocket",
	.size = 1,
	.framing = websocket_framing,
	.is_ready = stream_is_settled,
	.open = flv_open,
	.pack = flv_pack,
	.prologue = flv_prologue,
	.head_len = HEAD_LEN,
};
