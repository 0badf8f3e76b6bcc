/* The body of audio tags and of RTMP audio messages (flv-f4v-10.1 E.4.2,
 * enhanced-rtmp-v2 "Enhanced Audio"). */
#include "flv/flv_audio.h"
#include "base/reader.h"
#include "flv/flv_modex.h"


enum {
	N_FORMATS = 16,
	RATE_8K = 8000,
	RATE_16K = 16000,
};

static const struct codec {
	const char *name;
	uint32_t fourcc;
} codecs[] = {
	[FLV_AUDIO_UNKNOWN] = { "unknown", 0 },
	[FLV_AUDIO_PCM_NATIVE] = { "pcm_native", 0 },
	[FLV_AUDIO_ADPCM] = { "adpcm", 0 },
	[FLV_AUDIO_MP3] = { "mp3", 0x2e6d7033 },
	[FLV_AUDIO_PCM_LE] = { "pcm", 0 },
	[FLV_AUDIO_NELLYMOSER] = { "nellymoser", 0 },
	[FLV_AUDIO_ALAW] = { "alaw", 0 },
	[FLV_AUDIO_ULAW] = { "ulaw", 0 },
	[FLV_AUDIO_AAC] = { "aac", 0x6d703461 },
	[FLV_AUDIO_SPEEX] = { "speex", 0 },
	[FLV_AUDIO_DEVICE] = { "device", 0 },
	[FLV_AUDIO_OPUS] = { "opus", 0x4f707573 },
	[FLV_AUDIO_AC3] = { "ac3", 0x61632d33 },
	[FLV_AUDIO_EAC3] = { "eac3", 0x65632d33 },
	[FLV_AUDIO_FLAC] = { "flac", 0x664c6143 },
};

/* By SoundFormat; 9, 12 and 13 name no codec. */
static const enum flv_audio_codec formats[N_FORMATS] = {
	[FLV_SOUND_PCM_NATIVE] = FLV_AUDIO_PCM_NATIVE,
	[FLV_SOUND_ADPCM] = FLV_AUDIO_ADPCM,
	[FLV_SOUND_MP3] = FLV_AUDIO_MP3,
	[FLV_SOUND_PCM_LE] = FLV_AUDIO_PCM_LE,
	[FLV_SOUND_NELLYMOSER_16K] = FLV_AUDIO_NELLYMOSER,
	[FLV_SOUND_NELLYMOSER_8K] = FLV_AUDIO_NELLYMOSER,
	[FLV_SOUND_NELLYMOSER] = FLV_AUDIO_NELLYMOSER,
	[FLV_SOUND_ALAW] = FLV_AUDIO_ALAW,
	[FLV_SOUND_ULAW] = FLV_AUDIO_ULAW,
	[FLV_SOUND_AAC] = FLV_AUDIO_AAC,
	[FLV_SOUND_SPEEX] = FLV_AUDIO_SPEEX,
	[FLV_SOUND_MP3_8K] = FLV_AUDIO_MP3,
	[FLV_SOUND_DEVICE] = FLV_AUDIO_DEVICE,
};

static const uint32_t rates_hz[] = { 5512, 11025, 22050, 44100 };


static enum flv_audio_codec by_fourcc(uint32_t fourcc)
{
	for (size_t i = 1; i < ARRAY_LEN(codecs); i++) {
		if (codecs[i].fourcc && codecs[i].fourcc == fourcc)
			return (enum flv_audio_codec)i;
	}

	return FLV_AUDIO_UNKNOWN;
}


static bool is_neutral(const struct flv_audio *a, bool has_modex)
{
	return a->codec != FLV_AUDIO_UNKNOWN && !has_modex &&
		!a->is_multitrack && a->packet <= FLV_AUDIO_SEQUENCE_END;
}


static void parse_legacy(struct reader *r, unsigned first,
			 struct flv_audio *a)
{
	a->sound_rate = (first >> 2) & 0x03;
	a->sound_size = (first >> 1) & 0x01;
	a->sound_type = first & 0x01;
	a->codec = formats[a->format];
	a->packet = FLV_AUDIO_CODED_FRAMES;

	if (a->codec == FLV_AUDIO_AAC) {
		a->packet = get_u8(r);
		if (a->packet > FLV_AUDIO_CODED_FRAMES)
			a->packet = FLV_AUDIO_PACKET_UNKNOWN;
	}

	a->is_opaque = !is_neutral(a, false);
}


/* Multitrack: type and packet type, FourCC, id of the first track. */
static void parse_multitrack(struct reader *r, struct flv_audio *a)
{
	unsigned b = get_u8(r);

	a->is_multitrack = true;
	a->packet = b & 0x0f;
	a->fourcc = get_be32(r);
	a->track_id = get_u8(r);
	if (b >> 4 == FLV_MANY_TRACKS_MANY_CODECS)
		a->fourcc = 0;
}


static int parse_enhanced(struct reader *r, unsigned first,
			  struct flv_audio *a)
{
	struct flv_modex modex;
	int err;

	err = flv_modex_parse(r, first & 0x0f, FLV_AUDIO_MODEX_MAX, &modex);
	if (err)
		return err;

	a->packet = modex.packet;
	a->nano_offset = modex.nano_offset;

	if (a->packet == FLV_AUDIO_MULTITRACK)
		parse_multitrack(r, a);
	else
		a->fourcc = get_be32(r);

	a->codec = by_fourcc(a->fourcc);
	a->is_opaque = !is_neutral(a, modex.n > 0);

	return r->err ? -EBADMSG : 0;
}


/* Nothing behind the header.  An end of sequence is its header, and Opus,
 * AC-3 and MP3 may start a sequence without a configuration. */
static bool is_empty(const struct flv_audio *a, const struct reader *r)
{
	if (reader_left(r) || a->is_opaque)
		return false;

	return a->packet == FLV_AUDIO_CODED_FRAMES ||
		a->codec == FLV_AUDIO_AAC || a->codec == FLV_AUDIO_FLAC;
}


int flv_audio_parse(struct slice body, struct flv_audio *a)
{
	struct flv_audio out = { .codec = FLV_AUDIO_UNKNOWN };
	struct reader r = reader(body);
	unsigned first = get_u8(&r);
	int err;

	if (body.len < 2)
		return -ENOENT;

	out.format = first >> 4;
	if (out.format == FLV_SOUND_EX_HEADER) {
		err = parse_enhanced(&r, first, &out);
		if (err)
			return err;
	}
	else {
		parse_legacy(&r, first, &out);
	}

	if (is_empty(&out, &r) && out.packet != FLV_AUDIO_SEQUENCE_END)
		return -ENOENT;

	out.is_config = out.packet == FLV_AUDIO_SEQUENCE_START ||
		out.packet == FLV_AUDIO_MULTICHANNEL_CONFIG;
	out.payload = out.is_opaque ? body : get_rest(&r);
	*a = out;

	return 0;
}


static int print_enhanced(uint8_t *buf, const struct flv_audio *a)
{
	uint32_t fourcc = codecs[a->codec].fourcc;

	if (!fourcc || a->packet > FLV_AUDIO_SEQUENCE_END)
		return -ENOTSUP;

	buf[0] = (uint8_t)(FLV_SOUND_EX_HEADER << 4 | (unsigned)a->packet);
	buf[1] = (uint8_t)(fourcc >> 24);
	buf[2] = (uint8_t)(fourcc >> 16);
	buf[3] = (uint8_t)(fourcc >> 8);
	buf[4] = (uint8_t)fourcc;

	return 5;
}


int flv_audio_header_print(uint8_t *buf, const struct flv_audio *a)
{
	bool is_aac = a->codec == FLV_AUDIO_AAC;

	if (a->is_opaque)
		return 0;
	if (a->format == FLV_SOUND_EX_HEADER)
		return print_enhanced(buf, a);

	if (a->codec == FLV_AUDIO_UNKNOWN || formats[a->format] != a->codec ||
	    a->packet > FLV_AUDIO_CODED_FRAMES ||
	    (!is_aac && a->packet != FLV_AUDIO_CODED_FRAMES))
		return -ENOTSUP;

	buf[0] = (uint8_t)((unsigned)a->format << 4 |
			   (unsigned)a->sound_rate << 2 |
			   (unsigned)a->sound_size << 1 | a->sound_type);
	if (is_aac)
		buf[1] = (uint8_t)a->packet;

	return is_aac ? 2 : 1;
}


uint32_t flv_audio_rate_hz(const struct flv_audio *a)
{
	switch (a->format) {

	case FLV_SOUND_EX_HEADER:
		return 0;

	case FLV_SOUND_NELLYMOSER_8K:
	case FLV_SOUND_ALAW:
	case FLV_SOUND_ULAW:
	case FLV_SOUND_MP3_8K:
		return RATE_8K;

	case FLV_SOUND_NELLYMOSER_16K:
	case FLV_SOUND_SPEEX:
		return RATE_16K;

	default:
		return rates_hz[a->sound_rate];
	}
}


unsigned flv_audio_n_channels(const struct flv_audio *a)
{
	switch (a->format) {

	case FLV_SOUND_EX_HEADER:
		return 0;

	case FLV_SOUND_NELLYMOSER_8K:
	case FLV_SOUND_NELLYMOSER_16K:
	case FLV_SOUND_SPEEX:
		return 1;

	default:
		return a->sound_type + 1u;
	}
}


/* The first SoundFormat of a codec, or the one for its special rate. */
static int format_for(enum flv_audio_codec codec, uint32_t rate_hz)
{
	if (codec == FLV_AUDIO_MP3 && rate_hz == RATE_8K)
		return FLV_SOUND_MP3_8K;
	if (codec == FLV_AUDIO_NELLYMOSER)
		return rate_hz == RATE_8K ? FLV_SOUND_NELLYMOSER_8K :
			rate_hz == RATE_16K ? FLV_SOUND_NELLYMOSER_16K :
			FLV_SOUND_NELLYMOSER;

	for (int i = 0; i < N_FORMATS; i++) {
		if (codec != FLV_AUDIO_UNKNOWN && formats[i] == codec)
			return i;
	}

	return -ENOTSUP;
}


int flv_audio_set_legacy(struct flv_audio *a, enum flv_audio_codec codec,
			 uint32_t rate_hz, unsigned n_channels)
{
	int format = format_for(codec, rate_hz);
	uint8_t rate = 0;

	if (format < 0)
		return format;

	while (rate + 1u < ARRAY_LEN(rates_hz) && rate_hz > rates_hz[rate])
		++rate;

	a->codec = codec;
	a->format = (enum flv_sound_format)format;
	a->sound_rate = rate;
	a->sound_size = 1;
	a->sound_type = n_channels > 1;
	a->fourcc = 0;

	if (codec == FLV_AUDIO_AAC) {
		a->sound_rate = 3;
		a->sound_type = 1;
	}
	else if (codec == FLV_AUDIO_SPEEX) {
		a->sound_rate = 0;
		a->sound_type = 0;
	}

	return 0;
}


uint32_t flv_audio_fourcc(enum flv_audio_codec codec)
{
	return codecs[codec].fourcc;
}


const char *flv_audio_codec_name(enum flv_audio_codec codec)
{
	return codecs[codec].name;
}
