/* The body of video tags and of RTMP video messages (flv-f4v-10.1 E.4.3,
 * enhanced-rtmp-v2 "Enhanced Video"). */
#include "flv/flv_video.h"
#include "base/reader.h"
#include "flv/flv_modex.h"


enum {
	EX_HEADER = 0x80,

	COMPOSITION_MIN = -0x800000,
	COMPOSITION_MAX = 0x7fffff,
};

/* How a codec's frames carry their composition time. */
enum form {
	FORM_PLAIN,              /* nowhere; legacy: no packet type either */
	FORM_COMPOSED,           /* SI24, in both headers */
	FORM_LEGACY_COMPOSED,    /* SI24, in the legacy header only */
};

/* Ids 12 and 13 are no standard: Chinese encoders and CDNs have used them
 * for HEVC and AV1 with AVC's header since before Enhanced RTMP. */
static const struct codec {
	const char *name;
	uint32_t fourcc;
	uint8_t id;
	enum form form;
} codecs[] = {
	[FLV_VIDEO_UNKNOWN] = { "unknown", 0, 0, FORM_PLAIN },
	[FLV_VIDEO_H263] = { "h263", 0, 2, FORM_PLAIN },
	[FLV_VIDEO_SCREEN] = { "screen", 0, 3, FORM_PLAIN },
	[FLV_VIDEO_VP6] = { "vp6", 0, 4, FORM_PLAIN },
	[FLV_VIDEO_VP6A] = { "vp6a", 0, 5, FORM_PLAIN },
	[FLV_VIDEO_SCREEN2] = { "screen2", 0, 6, FORM_PLAIN },
	[FLV_VIDEO_AVC] = { "avc", 0x61766331, 7, FORM_COMPOSED },
	[FLV_VIDEO_HEVC] = { "hevc", 0x68766331, 12, FORM_COMPOSED },
	[FLV_VIDEO_VVC] = { "vvc", 0x76766331, 0, FORM_COMPOSED },
	[FLV_VIDEO_AV1] = { "av1", 0x61763031, 13, FORM_LEGACY_COMPOSED },
	[FLV_VIDEO_VP8] = { "vp8", 0x76703038, 0, FORM_PLAIN },
	[FLV_VIDEO_VP9] = { "vp9", 0x76703039, 0, FORM_PLAIN },
};


static enum flv_video_codec by_id(unsigned id)
{
	for (size_t i = 1; i < ARRAY_LEN(codecs); i++) {
		if (codecs[i].id && codecs[i].id == id)
			return (enum flv_video_codec)i;
	}

	return FLV_VIDEO_UNKNOWN;
}


static enum flv_video_codec by_fourcc(uint32_t fourcc)
{
	for (size_t i = 1; i < ARRAY_LEN(codecs); i++) {
		if (codecs[i].fourcc && codecs[i].fourcc == fourcc)
			return (enum flv_video_codec)i;
	}

	return FLV_VIDEO_UNKNOWN;
}


static int32_t get_si24(struct reader *r)
{
	uint32_t v = get_be24(r);

	return (int32_t)(v ^ 0x800000) - 0x800000;
}


static bool is_coded(const struct flv_video *v)
{
	return v->packet == FLV_VIDEO_CODED_FRAMES ||
		v->packet == FLV_VIDEO_CODED_FRAMES_X;
}


static bool is_start(const struct flv_video *v)
{
	return v->packet == FLV_VIDEO_SEQUENCE_START ||
		v->packet == FLV_VIDEO_MPEG2TS_START;
}


/* Whether header and payload say all, so that other formats can take it. */
static bool is_neutral(const struct flv_video *v, bool has_modex)
{
	return v->codec != FLV_VIDEO_UNKNOWN && !has_modex &&
		!v->is_multitrack && v->frame != FLV_FRAME_COMMAND &&
		v->packet <= FLV_VIDEO_CODED_FRAMES_X;
}


/* AVCPacketType and CompositionTime; an end of sequence often comes without
 * its time, and CodedFramesX is no legacy form. */
static int legacy_packet(struct reader *r, struct flv_video *v)
{
	int32_t composition_ms;

	v->packet = get_u8(r);
	if (v->packet == FLV_VIDEO_SEQUENCE_END && reader_left(r) < 3) {
		get_rest(r);
		return 0;
	}

	composition_ms = get_si24(r);
	if (v->packet == FLV_VIDEO_CODED_FRAMES)
		v->composition_ms = composition_ms;

	if (v->packet > FLV_VIDEO_SEQUENCE_END) {
		v->packet = FLV_VIDEO_PACKET_UNKNOWN;
		v->is_opaque = true;
	}

	return r->err ? -EBADMSG : 0;
}


/* The rest of a body whose first byte was `first`. */
static int parse_legacy(struct reader *r, unsigned first, struct flv_video *v)
{
	v->codec_id = first & 0x0f;
	v->codec = by_id(v->codec_id);
	v->packet = FLV_VIDEO_CODED_FRAMES;
	v->is_opaque = !is_neutral(v, false);

	if (v->frame == FLV_FRAME_COMMAND ||
	    codecs[v->codec].form == FORM_PLAIN)
		return 0;

	return legacy_packet(r, v);
}


/* Multitrack: type and packet type, FourCC, id of the first track. */
static void parse_multitrack(struct reader *r, struct flv_video *v)
{
	unsigned b = get_u8(r);

	v->is_multitrack = true;
	v->packet = b & 0x0f;
	v->fourcc = get_be32(r);
	v->track_id = get_u8(r);
	if (b >> 4 == FLV_MANY_TRACKS_MANY_CODECS)
		v->fourcc = 0;
	v->codec = by_fourcc(v->fourcc);
}


static int parse_enhanced(struct reader *r, unsigned first,
			  struct flv_video *v)
{
	struct flv_modex modex;
	int err;

	v->is_enhanced = true;
	err = flv_modex_parse(r, first & 0x0f, FLV_VIDEO_MODEX_MAX, &modex);
	if (err)
		return err;

	v->packet = modex.packet;
	v->nano_offset = modex.nano_offset;

	if (v->packet == FLV_VIDEO_METADATA) {
		v->fourcc = get_be32(r);
		v->codec = by_fourcc(v->fourcc);
	}
	else if (v->frame == FLV_FRAME_COMMAND) {
		get_u8(r);
	}
	else if (v->packet == FLV_VIDEO_MULTITRACK) {
		parse_multitrack(r, v);
	}
	else {
		v->fourcc = get_be32(r);
		v->codec = by_fourcc(v->fourcc);
		if (v->packet == FLV_VIDEO_CODED_FRAMES &&
		    codecs[v->codec].form == FORM_COMPOSED)
			v->composition_ms = get_si24(r);
	}

	v->is_opaque = !is_neutral(v, modex.n > 0);

	return r->err ? -EBADMSG : 0;
}


int flv_video_parse(struct slice body, struct flv_video *v)
{
	struct flv_video out = { .codec = FLV_VIDEO_UNKNOWN };
	struct reader r = reader(body);
	unsigned first = get_u8(&r);
	bool is_empty;
	int err;

	if (body.len < 2)
		return -ENOENT;

	out.frame = (first >> 4) & 0x07;
	err = first & EX_HEADER ? parse_enhanced(&r, first, &out) :
		parse_legacy(&r, first, &out);
	if (err)
		return err;

	/* An end of sequence is its header; all else is what follows it. */
	is_empty = !reader_left(&r) && out.packet != FLV_VIDEO_SEQUENCE_END;
	if (is_empty && !out.is_opaque)
		return -ENOENT;

	out.is_config = is_start(&out) && out.frame != FLV_FRAME_COMMAND;
	out.is_key = is_coded(&out) && (out.frame == FLV_FRAME_KEY ||
					out.frame == FLV_FRAME_GENERATED_KEY);
	out.payload = out.is_opaque ? body : get_rest(&r);
	*v = out;

	return 0;
}


static size_t print_be(uint8_t *p, size_t n, uint32_t v)
{
	for (size_t i = n; i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;

	return n;
}


/* -EMSGSIZE if the composition time cannot be said where it must be. */
static int check_composition(const struct flv_video *v, bool has_place)
{
	if (!has_place)
		return v->composition_ms ? -EMSGSIZE : 0;
	if (v->composition_ms < COMPOSITION_MIN ||
	    v->composition_ms > COMPOSITION_MAX)
		return -EMSGSIZE;

	return 0;
}


static int print_enhanced(uint8_t *buf, const struct flv_video *v)
{
	const struct codec *codec = &codecs[v->codec];
	bool has_place = v->packet == FLV_VIDEO_CODED_FRAMES &&
		codec->form == FORM_COMPOSED;
	size_t n = 1;
	int err;

	if (!codec->fourcc || v->packet > FLV_VIDEO_CODED_FRAMES_X)
		return -ENOTSUP;
	err = check_composition(v, has_place);
	if (err)
		return err;

	buf[0] = (uint8_t)(EX_HEADER | (unsigned)v->frame << 4 |
			   (unsigned)v->packet);
	n += print_be(buf + n, 4, codec->fourcc);
	if (has_place)
		n += print_be(buf + n, 3, (uint32_t)v->composition_ms);

	return (int)n;
}


static int print_legacy(uint8_t *buf, const struct flv_video *v)
{
	const struct codec *codec = &codecs[v->codec];
	bool has_packet = codec->form != FORM_PLAIN;
	enum flv_video_packet packet = v->packet;
	size_t n = 1;
	int err;

	/* The neutral form may say X; here it is a time of zero. */
	if (packet == FLV_VIDEO_CODED_FRAMES_X)
		packet = FLV_VIDEO_CODED_FRAMES;
	if (!codec->id || packet > FLV_VIDEO_SEQUENCE_END ||
	    (!has_packet && packet != FLV_VIDEO_CODED_FRAMES))
		return -ENOTSUP;
	err = check_composition(v, has_packet &&
				v->packet == FLV_VIDEO_CODED_FRAMES);
	if (err)
		return err;

	buf[0] = (uint8_t)((unsigned)v->frame << 4 | codec->id);
	if (has_packet) {
		buf[n++] = (uint8_t)packet;
		n += print_be(buf + n, 3, (uint32_t)v->composition_ms);
	}

	return (int)n;
}


int flv_video_header_print(uint8_t *buf, const struct flv_video *v)
{
	if (v->is_opaque)
		return 0;

	return v->is_enhanced ? print_enhanced(buf, v) : print_legacy(buf, v);
}


uint32_t flv_video_fourcc(enum flv_video_codec codec)
{
	return codecs[codec].fourcc;
}


const char *flv_video_codec_name(enum flv_video_codec codec)
{
	return codecs[codec].name;
}
