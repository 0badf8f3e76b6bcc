/* A track from the configuration of its codec. */
#include "fmp4/fmp4_track.h"
#include "base/reader.h"
#include "base/writer.h"
#include "codec/aac.h"
#include "codec/ac3.h"
#include "codec/av1.h"
#include "codec/avc.h"
#include "codec/flac.h"
#include "codec/hevc.h"
#include "codec/nal.h"
#include "codec/opus.h"
#include "codec/rfc6381.h"
#include "codec/vp9.h"
#include "fmp4/fmp4_int.h"


enum {
	STEREO = 2,
	MP3_MPEG1_HZ = 32000,    /* and above */
};

static const struct {
	const char *entry;
	const char *inband;      /* the entry with has_inband_sets */
	const char *codec;       /* RFC 6381, where nothing varies */
} codecs[FMP4_N_CODECS] = {
	[FMP4_AVC] = { "avc1", "avc3", NULL },
	[FMP4_HEVC] = { "hvc1", "hev1", NULL },
	[FMP4_AV1] = { "av01", "av01", NULL },
	[FMP4_VP9] = { "vp09", "vp09", NULL },
	[FMP4_AAC] = { "mp4a", "mp4a", NULL },
	[FMP4_MP3] = { "mp4a", "mp4a", NULL },
	[FMP4_OPUS] = { "Opus", "Opus", "opus" },
	[FMP4_AC3] = { "ac-3", "ac-3", "ac-3" },
	[FMP4_EAC3] = { "ec-3", "ec-3", "ec-3" },
	[FMP4_FLAC] = { "fLaC", "fLaC", "fLaC" },
};


static int set_size(struct fmp4_track *t, uint32_t width, uint32_t height)
{
	if (width > UINT16_MAX || height > UINT16_MAX)
		return -EMSGSIZE;

	t->width = (uint16_t)width;
	t->height = (uint16_t)height;

	return 0;
}


/* A parameter set that cannot be read leaves the size unknown: a decoder may
 * still know more of it than we do. */
static int set_avc(struct fmp4_track *t)
{
	struct avc_config c;
	struct avc_sps sps;
	int err = avc_config_parse(t->config, &c);

	if (err || !c.n_sps || avc_sps_parse(c.sps[0], &sps))
		return err;

	t->sar_width = sps.sar_width;
	t->sar_height = sps.sar_height;

	return set_size(t, sps.width, sps.height);
}


static int set_hevc(struct fmp4_track *t)
{
	struct hevc_config c;
	struct hevc_sps sps;
	int err = hevc_config_parse(t->config, &c);

	if (err || hevc_sps_parse(hevc_config_find(&c, NAL_HEVC_SPS), &sps))
		return err;

	return set_size(t, sps.width, sps.height);
}


static int set_av1(struct fmp4_track *t)
{
	struct av1_config c;
	struct av1_sequence s;
	int err = av1_config_parse(t->config, &c);

	if (err || av1_sequence_find(c.obus, &s))
		return err;

	return set_size(t, s.width, s.height);
}


static int set_aac(struct fmp4_track *t)
{
	struct aac_config c;
	int err = aac_config_parse(t->config, &c);

	if (err)
		return err;

	t->rate_hz = c.rate_hz;
	t->n_channels = c.n_channels;

	return 0;
}


/* A frame header of Layer III (ISO/IEC 11172-3 s2.4.1.3, 13818-3). */
static int set_mp3(struct fmp4_track *t)
{
	static const uint16_t rates_hz[] = { 44100, 48000, 32000, 0 };
	static const uint8_t shifts[] = { 2, 0, 1, 0 }; /* 2.5, -, 2, 1 */
	struct reader r = reader(t->config);
	uint32_t head = get_be32(&r);
	unsigned version = head >> 19 & 3, layer = head >> 17 & 3;

	t->rate_hz = (uint32_t)rates_hz[head >> 10 & 3] >> shifts[version];
	t->n_channels = (head >> 6 & 3) == 3 ? 1 : STEREO;
	if (r.err || head >> 21 != 0x7ff || version == 1 || layer != 1 ||
	    !t->rate_hz)
		return -EBADMSG;

	return 0;
}


static int set_opus(struct fmp4_track *t)
{
	struct opus_config c;
	int err = 0;

	t->rate_hz = OPUS_CLOCK_HZ;
	t->n_channels = STEREO;
	if (t->config.len) {
		err = opus_config_parse(t->config, &c);
		t->n_channels = err ? 0 : c.n_channels;
	}

	return err;
}


static int set_ac3(struct fmp4_track *t)
{
	struct ac3_header h;
	int err = ac3_header_parse(t->config, &h);

	if (err)
		return err;
	if (h.is_eac3 != (t->codec == FMP4_EAC3))
		return -EBADMSG;

	t->rate_hz = h.rate_hz;
	t->n_channels = h.n_channels;

	return 0;
}


static int set_flac(struct fmp4_track *t)
{
	struct flac_config c;
	int err = flac_config_parse(t->config, &c);

	if (err)
		return err;

	t->rate_hz = c.rate_hz;
	t->n_channels = c.n_channels;

	return 0;
}


static int set(struct fmp4_track *t)
{
	struct vp9_config vp9;

	switch (t->codec) {

	case FMP4_AVC:  return set_avc(t);
	case FMP4_HEVC: return set_hevc(t);
	case FMP4_AV1:  return set_av1(t);
	case FMP4_VP9:  return vp9_config_parse(t->config, &vp9);
	case FMP4_AAC:  return set_aac(t);
	case FMP4_MP3:  return set_mp3(t);
	case FMP4_OPUS: return set_opus(t);
	case FMP4_AC3:
	case FMP4_EAC3: return set_ac3(t);
	case FMP4_FLAC: return set_flac(t);

	case FMP4_N_CODECS:
	default:
		return -ENOTSUP;
	}
}


enum fmp4_codec fmp4_codec_of(enum codec codec)
{
	switch (codec) {

	case CODEC_AVC:  return FMP4_AVC;
	case CODEC_HEVC: return FMP4_HEVC;
	case CODEC_AV1:  return FMP4_AV1;
	case CODEC_VP9:  return FMP4_VP9;
	case CODEC_AAC:  return FMP4_AAC;
	case CODEC_MP3:  return FMP4_MP3;
	case CODEC_OPUS: return FMP4_OPUS;
	case CODEC_AC3:  return FMP4_AC3;
	case CODEC_EAC3: return FMP4_EAC3;
	case CODEC_FLAC: return FMP4_FLAC;
	default:         return FMP4_N_CODECS;
	}
}


int fmp4_track_set(struct fmp4_track *t, enum fmp4_codec codec,
		   struct slice config)
{
	struct fmp4_track out = { .codec = codec, .id = 1, .config = config };
	int err = config.len > FMP4_CONFIG_MAX ? -EMSGSIZE : set(&out);

	if (err)
		return err;

	out.clock_hz = fmp4_track_is_video(&out) ? FMP4_VIDEO_HZ :
		out.rate_hz;
	*t = out;

	return 0;
}


bool fmp4_track_is_video(const struct fmp4_track *t)
{
	return t->codec <= FMP4_VP9;
}


const char *fmp4_track_entry(const struct fmp4_track *t)
{
	return t->has_inband_sets ? codecs[t->codec].inband :
		codecs[t->codec].entry;
}


enum fmp4_mp3 fmp4_mp3_type(const struct fmp4_track *t)
{
	return t->rate_hz < MP3_MPEG1_HZ ? FMP4_MP3_MPEG2 : FMP4_MP3_MPEG1;
}


/* Those whose text depends on the configuration. */
static int print_config(struct writer *w, const struct fmp4_track *t)
{
	union {
		struct avc_config avc;
		struct hevc_config hevc;
		struct av1_config av1;
		struct vp9_config vp9;
		struct aac_config aac;
	} c;
	int err;

	switch (t->codec) {

	case FMP4_AVC:
		err = avc_config_parse(t->config, &c.avc);
		if (!err)
			rfc6381_print_avc(w, &c.avc);
		return err;

	case FMP4_HEVC:
		err = hevc_config_parse(t->config, &c.hevc);
		if (!err)
			rfc6381_print_hevc(w, &c.hevc.profile);
		return err;

	case FMP4_AV1:
		err = av1_config_parse(t->config, &c.av1);
		if (!err)
			rfc6381_print_av1(w, &c.av1);
		return err;

	case FMP4_VP9:
		err = vp9_config_parse(t->config, &c.vp9);
		if (!err)
			rfc6381_print_vp9(w, &c.vp9);
		return err;

	case FMP4_AAC:
		err = aac_config_parse(t->config, &c.aac);
		if (!err)
			rfc6381_print_aac(w, &c.aac);
		return err;

	case FMP4_MP3:
		put_fmt(w, "mp4a.%02X", fmp4_mp3_type(t));
		return 0;

	default:
		put_str(w, str(codecs[t->codec].codec));
		return 0;
	}
}


void fmp4_track_print_codec(struct writer *w, const struct fmp4_track *t)
{
	size_t at = w->len;
	int err = print_config(w, t);

	if (err && !w->err)
		w->err = err;
	else if (t->has_inband_sets && fmp4_track_is_video(t) && !w->err)
		memcpy(w->data + at, fmp4_track_entry(t), 4);
}
