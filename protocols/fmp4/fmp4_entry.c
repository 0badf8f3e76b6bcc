/* Sample entries with the boxes of their codecs (ISO/IEC 14496-12 s12.1.3,
 * s12.2.3; 14496-14 s5.6; 14496-15; the codecs' own documents). */
#include "base/writer.h"
#include "codec/flac.h"
#include "codec/hevc.h"
#include "codec/nal.h"
#include "codec/opus.h"
#include "codec/vp9.h"
#include "fmp4/fmp4_int.h"
#include "fmp4/fmp4_track.h"


enum {
	DPI_72 = 0x00480000,     /* 16.16 */
	NAME_LEN = 32,           /* compressorname */
	DEPTH = 24,
	SAMPLE_BITS = 16,
	DEFAULT_CHANNELS = 2,
};

/* ISO/IEC 14496-1 s7.2.2.1, s7.2.6. */
enum {
	TAG_ES = 3,
	TAG_DECODER_CONFIG = 4,
	TAG_DECODER_SPECIFIC = 5,
	TAG_SL_CONFIG = 6,
	TAG_LEN = 5,             /* tag and a length of four bytes */
	ES_LEN = 3,
	DECODER_CONFIG_LEN = 13,
	OBJECT_AAC = 0x40,
	STREAM_AUDIO = 0x15,     /* streamType 5, not upstream, reserved 1 */
	SL_MP4 = 2,
};

enum {
	FLAC_SIGNATURE_LEN = 4,
	FLAC_HEADER_LEN = 4,
	FLAC_INFO_LEN = 34,
	FLAC_LAST_INFO = 0x80,   /* STREAMINFO, and no block behind it */
};


static void fail(struct writer *w, int err)
{
	if (!w->err)
		w->err = err;
}


static void put_box(struct writer *w, const char *type, struct slice body)
{
	size_t box = fmp4_box_open(w, type);

	put_bytes(w, body);
	fmp4_box_close(w, box);
}


/* hvc1 says that all parameter sets are in the record (14496-15 s8.4.1.1),
 * yet encoders seldom set the flag of it. */
static void put_hvcc(struct writer *w, const struct fmp4_track *t)
{
	struct hevc_config c;
	size_t box;

	if (t->has_inband_sets || hevc_config_parse(t->config, &c)) {
		put_box(w, "hvcC", t->config);
		return;
	}

	for (size_t i = 0; i < c.n_nals; i++) {
		if (c.nals[i].type >= NAL_HEVC_VPS &&
		    c.nals[i].type <= NAL_HEVC_PPS)
			c.nals[i].is_complete = true;
	}

	box = fmp4_box_open(w, "hvcC");
	hevc_config_print(w, &c);
	fmp4_box_close(w, box);
}


static void put_vpcc(struct writer *w, struct slice config)
{
	struct vp9_config c;
	size_t box;
	int err = vp9_config_parse(config, &c);

	if (err) {
		fail(w, err);
		return;
	}

	box = fmp4_box_open(w, "vpcC");
	vp9_config_print(w, &c);
	fmp4_box_close(w, box);
}


/* A length in four bytes of seven bits: any length fits. */
static void put_tag(struct writer *w, unsigned tag, size_t len)
{
	put_u8(w, tag);
	put_u8(w, 0x80u | (len >> 21 & 0x7f));
	put_u8(w, 0x80u | (len >> 14 & 0x7f));
	put_u8(w, 0x80u | (len >> 7 & 0x7f));
	put_u8(w, len & 0x7f);
}


static void put_esds(struct writer *w, unsigned object, struct slice config)
{
	size_t specific_len = config.len ? TAG_LEN + config.len : 0;
	size_t decoder_len = DECODER_CONFIG_LEN + specific_len;
	size_t box = fmp4_full_box_open(w, "esds", 0, 0);

	put_tag(w, TAG_ES, ES_LEN + TAG_LEN + decoder_len + TAG_LEN + 1);
	put_be16(w, 0);          /* ES_ID: the track's, in files */
	put_u8(w, 0);

	put_tag(w, TAG_DECODER_CONFIG, decoder_len);
	put_u8(w, object);
	put_u8(w, STREAM_AUDIO);
	put_be24(w, 0);          /* bufferSizeDB, maxBitrate, avgBitrate: */
	put_be32(w, 0);          /* not known of a live stream */
	put_be32(w, 0);
	if (config.len) {
		put_tag(w, TAG_DECODER_SPECIFIC, config.len);
		put_bytes(w, config);
	}

	put_tag(w, TAG_SL_CONFIG, 1);
	put_u8(w, SL_MP4);
	fmp4_box_close(w, box);
}


/* Encapsulation of Opus in ISO Base Media File Format s4.3.2: OpusHead with
 * the other byte order. */
static void put_dops(struct writer *w, const struct fmp4_track *t)
{
	struct opus_config c;
	size_t box;
	int err = 0;

	opus_config_set(&c, t->n_channels == 1 ? 1 : DEFAULT_CHANNELS);
	if (t->config.len)
		err = opus_config_parse(t->config, &c);
	if (err) {
		fail(w, err);
		return;
	}

	box = fmp4_box_open(w, "dOps");
	put_u8(w, 0);
	put_u8(w, c.n_channels);
	put_be16(w, c.pre_skip);
	put_be32(w, c.input_hz);
	put_be16(w, (uint16_t)c.gain_q8);
	put_u8(w, c.mapping_family);
	if (c.mapping_family) {
		put_u8(w, c.n_streams);
		put_u8(w, c.n_coupled);
		put_bytes(w, c.mapping);
	}
	fmp4_box_close(w, box);
}


/* Encapsulation of FLAC in ISO Base Media File Format s3.3.2. */
static void put_dfla(struct writer *w, struct slice config)
{
	struct flac_config c;
	size_t box;
	int err = flac_config_parse(config, &c);

	if (err) {
		fail(w, err);
		return;
	}

	if (str_is(str_of(slice(config.p, FLAC_SIGNATURE_LEN)), "fLaC"))
		config = slice_from(config,
				    FLAC_SIGNATURE_LEN + FLAC_HEADER_LEN);

	box = fmp4_full_box_open(w, "dfLa", 0, 0);
	put_u8(w, FLAC_LAST_INFO);
	put_be24(w, FLAC_INFO_LEN);
	put_bytes(w, slice(config.p, FLAC_INFO_LEN));
	fmp4_box_close(w, box);
}


static void put_config(struct writer *w, const struct fmp4_track *t)
{
	switch (t->codec) {

	case FMP4_AVC:
		put_box(w, "avcC", t->config);
		break;

	case FMP4_HEVC:
		put_hvcc(w, t);
		break;

	case FMP4_AV1:
		put_box(w, "av1C", t->config);
		break;

	case FMP4_VP9:
		put_vpcc(w, t->config);
		break;

	case FMP4_AAC:
		put_esds(w, OBJECT_AAC, t->config);
		break;

	case FMP4_MP3:
		put_esds(w, fmp4_mp3_type(t), slice(NULL, 0));
		break;

	case FMP4_OPUS:
		put_dops(w, t);
		break;

	case FMP4_AC3:
		fmp4_ac3_print(w, t->config);
		break;

	case FMP4_EAC3:
		fmp4_eac3_print(w, t->config);
		break;

	case FMP4_FLAC:
		put_dfla(w, t->config);
		break;

	case FMP4_N_CODECS:
	default:
		fail(w, -ENOTSUP);
	}
}


static void put_visual(struct writer *w, const struct fmp4_track *t)
{
	fmp4_put_zeros(w, 2 + 2 + 12);   /* pre_defined, reserved */
	put_be16(w, t->width);
	put_be16(w, t->height);
	put_be32(w, DPI_72);
	put_be32(w, DPI_72);
	put_be32(w, 0);
	put_be16(w, 1);                  /* frame_count */
	fmp4_put_zeros(w, NAME_LEN);
	put_be16(w, DEPTH);
	put_be16(w, 0xffff);             /* pre_defined */
	put_config(w, t);

	if (t->sar_width && t->sar_height) {
		size_t box = fmp4_box_open(w, "pasp");

		put_be32(w, t->sar_width);
		put_be32(w, t->sar_height);
		fmp4_box_close(w, box);
	}
}


static unsigned sample_bits(const struct fmp4_track *t)
{
	struct flac_config c;

	if (t->codec == FMP4_FLAC && !flac_config_parse(t->config, &c))
		return c.n_bits;

	return SAMPLE_BITS;
}


static void put_audio(struct writer *w, const struct fmp4_track *t)
{
	uint32_t rate_hz = t->rate_hz;

	/* 16.16: what does not fit is halved, as FLAC's document has it. */
	while (rate_hz > UINT16_MAX)
		rate_hz /= 2;

	put_be32(w, 0);                  /* reserved */
	put_be32(w, 0);
	put_be16(w, t->n_channels ? t->n_channels : DEFAULT_CHANNELS);
	put_be16(w, sample_bits(t));
	put_be32(w, 0);
	put_be32(w, rate_hz << 16);
	put_config(w, t);
}


void fmp4_entry_print(struct writer *w, const struct fmp4_track *t)
{
	size_t box = fmp4_box_open(w, fmp4_track_entry(t));

	fmp4_put_zeros(w, 6);
	put_be16(w, 1);                  /* data_reference_index */
	if (fmp4_track_is_video(t))
		put_visual(w, t);
	else
		put_audio(w, t);
	fmp4_box_close(w, box);
}
