/* Frames into elementary streams: H.264 Annex B (ISO/IEC 13818-1 s2.14),
 * HEVC (s2.17), ADTS, AC-3 and E-AC-3 by ATSC A/52 Annex A and G, Opus by
 * OpusTS (the draft for ETSI of 2013; no number was ever given to it). */
#include "mpegts/mpegts_es.h"
#include "codec/avc.h"
#include "codec/hevc.h"
#include "codec/nal.h"
#include "codec/opus.h"
#include "mpegts/mpegts_pes.h"
#include "mpegts/mpegts_psi.h"


enum {
	OPUS_CONTROL = 0x7fe0,   /* 11 bits of prefix; no flags */
	OPUS_LACING = 0xff,
	OPUS_CHANNELS_MAX = 8,
	DVB_OPUS = 0x80,         /* descriptor_tag_extension */
	MPEG1_RATE_MIN = 32000,
	ALL_AVC_SETS = 3,        /* of set_bit(): SPS, PPS */
	ALL_HEVC_SETS = 7,       /* VPS, SPS, PPS */
};

/* Any picture may follow (H.264 table 7-5, HEVC table 7-2). */
static const uint8_t avc_delimiter[] = { 0, 0, 0, 1, 0x09, 0xf0 };
static const uint8_t hevc_delimiter[] = { 0, 0, 0, 1, 0x46, 0x01, 0x50 };

/* Mapping family 1 as encoders use it, which a channel count says. */
static const struct {
	uint8_t n_coupled;
	uint8_t mapping[OPUS_CHANNELS_MAX];
} opus_layouts[] = {
	{ 0, { 0 } },
	{ 1, { 0, 1 } },
	{ 1, { 0, 2, 1 } },
	{ 2, { 0, 1, 2, 3 } },
	{ 2, { 0, 4, 1, 2, 3 } },
	{ 2, { 0, 4, 1, 2, 3, 5 } },
	{ 2, { 0, 4, 1, 2, 3, 5, 6 } },
	{ 3, { 0, 6, 1, 2, 3, 4, 5, 7 } },
};


int mpegts_es_init(struct mpegts_es *es, enum codec codec,
		   const struct sound *sound)
{
	*es = (struct mpegts_es) {
		.codec = codec,
		.sets = writer(MPEGTS_SETS_MAX),
	};

	switch (codec) {

	case CODEC_AVC:
	case CODEC_HEVC:
	case CODEC_AAC:
		return 0;

	case CODEC_OPUS:
		es->n_channels = sound->n_channels == 1 ? 1 : 2;
		es->is_configured = true;
		return 0;

	case CODEC_MP3:
	case CODEC_AC3:
	case CODEC_EAC3:
		es->is_configured = true;
		return 0;

	default:
		return -ENOTSUP;
	}
}


void mpegts_es_fini(struct mpegts_es *es)
{
	writer_fini(&es->sets);
}


/* -- NAL units -- */

static bool is_delimiter(enum codec codec, struct slice nal)
{
	if (codec == CODEC_AVC)
		return nal_avc_type(nal) == NAL_AVC_AUD;

	return nal_hevc_type(nal) == NAL_HEVC_AUD;
}


/* A bit for each kind of parameter set, 0 for other units. */
static unsigned set_bit(enum codec codec, struct slice nal)
{
	unsigned first = NAL_AVC_SPS, last = NAL_AVC_PPS, type;

	if (codec == CODEC_AVC) {
		type = nal_avc_type(nal);
	}
	else {
		type = nal_hevc_type(nal);
		first = NAL_HEVC_VPS;
		last = NAL_HEVC_PPS;
	}

	return type >= first && type <= last ? 1u << (type - first) : 0;
}


/* A start code of four bytes where one must be (H.264 B.1.2). */
static void put_nal(struct writer *w, struct slice nal, bool is_long)
{
	if (is_long)
		put_u8(w, 0);
	put_be24(w, 1);
	put_bytes(w, nal);
}


/* -- configurations -- */

/* Replace the parameter sets, or keep those before on an error. */
static int take_sets(struct mpegts_es *es, struct writer *take_w,
		     unsigned nal_len_size)
{
	int err = take_w->err;

	if (err) {
		writer_fini(take_w);
		return err;
	}

	writer_fini(&es->sets);
	es->sets = *take_w;
	es->nal_len_size = nal_len_size;
	es->is_configured = true;

	return 0;
}


static int configure_avc(struct mpegts_es *es, struct slice config)
{
	struct writer w = writer(MPEGTS_SETS_MAX);
	struct avc_config c;
	int err = avc_config_parse(config, &c);

	if (err)
		return err;

	for (size_t i = 0; i < c.n_sps; i++)
		put_nal(&w, c.sps[i], true);
	for (size_t i = 0; i < c.n_pps; i++)
		put_nal(&w, c.pps[i], true);

	return take_sets(es, &w, c.nal_len_size);
}


static int configure_hevc(struct mpegts_es *es, struct slice config)
{
	struct writer w = writer(MPEGTS_SETS_MAX);
	struct hevc_config c;
	int err = hevc_config_parse(config, &c);

	if (err)
		return err;

	/* the SEI of a record, an encoder's name for one, is not repeated */
	for (size_t i = 0; i < c.n_nals; i++) {
		if (set_bit(CODEC_HEVC, c.nals[i].data))
			put_nal(&w, c.nals[i].data, true);
	}

	return take_sets(es, &w, c.nal_len_size);
}


static int configure_aac(struct mpegts_es *es, struct slice config)
{
	uint8_t header[ADTS_HEADER_LEN];
	struct aac_config c;
	int err = aac_config_parse(config, &c);

	if (!err)
		err = adts_header_print(header, &c, 0);
	if (err)
		return err;

	es->aac = c;
	es->is_configured = true;

	return 0;
}


static int configure_opus(struct mpegts_es *es, struct slice config)
{
	struct opus_config c;
	size_t n;

	if (!config.len)
		return 0;
	if (opus_config_parse(config, &c))
		return -EBADMSG;

	n = c.n_channels;
	if (c.mapping_family &&
	    (c.mapping_family != 1 || n > OPUS_CHANNELS_MAX ||
	     c.n_coupled != opus_layouts[n - 1].n_coupled ||
	     c.n_streams + c.n_coupled != c.n_channels ||
	     memcmp(c.mapping.p, opus_layouts[n - 1].mapping, n)))
		return -ENOTSUP;

	es->n_channels = c.n_channels;

	return 0;
}


int mpegts_es_configure(struct mpegts_es *es, struct slice config)
{
	switch (es->codec) {

	case CODEC_AVC:
		return configure_avc(es, config);

	case CODEC_HEVC:
		return configure_hevc(es, config);

	case CODEC_AAC:
		return configure_aac(es, config);

	case CODEC_OPUS:
		return configure_opus(es, config);

	default:
		return 0;
	}
}


/* -- access units -- */

/* Returns 0 and set_bit() of all units, or -EBADMSG. */
static int find_sets(const struct mpegts_es *es, struct slice left,
		     unsigned *sets)
{
	struct slice nal;
	int err;

	*sets = 0;
	while (!(err = nal_next(&left, es->nal_len_size, &nal)))
		*sets |= set_bit(es->codec, nal);

	return err == -ENOENT ? 0 : err;
}


static int put_video(const struct mpegts_es *es, const struct frame *frame,
		     struct writer *w)
{
	unsigned all = es->codec == CODEC_AVC ? ALL_AVC_SETS : ALL_HEVC_SETS;
	struct slice left = frame->payload, nal;
	unsigned sets;
	int err = find_sets(es, left, &sets);

	if (err)
		return err;

	if (es->codec == CODEC_AVC)
		put_bytes(w, slice(avc_delimiter, sizeof(avc_delimiter)));
	else
		put_bytes(w, slice(hevc_delimiter, sizeof(hevc_delimiter)));
	if ((frame->flags & FRAME_KEY) && sets != all)
		put_bytes(w, writer_slice(&es->sets));
	while (!nal_next(&left, es->nal_len_size, &nal)) {
		if (!is_delimiter(es->codec, nal))
			put_nal(w, nal, set_bit(es->codec, nal));
	}

	return w->err;
}


static int put_aac(const struct mpegts_es *es, struct slice raw,
		   struct writer *w)
{
	uint8_t header[ADTS_HEADER_LEN];
	int err = adts_header_print(header, &es->aac, raw.len);

	if (err)
		return err;

	put_bytes(w, slice(header, sizeof(header)));
	put_bytes(w, raw);

	return w->err;
}


static int put_opus(struct slice packet, struct writer *w)
{
	size_t n = packet.len;

	put_be16(w, OPUS_CONTROL);
	for (; n >= OPUS_LACING; n -= OPUS_LACING)
		put_u8(w, OPUS_LACING);
	put_u8(w, (unsigned)n);
	put_bytes(w, packet);

	return w->err;
}


int mpegts_es_put(const struct mpegts_es *es, const struct frame *frame,
		  struct writer *w)
{
	if (!es->is_configured)
		return -EPROTO;

	switch (es->codec) {

	case CODEC_AVC:
	case CODEC_HEVC:
		return put_video(es, frame, w);

	case CODEC_AAC:
		return put_aac(es, frame->payload, w);

	case CODEC_OPUS:
		return put_opus(frame->payload, w);

	default:
		put_bytes(w, frame->payload);
		return w->err;
	}
}


/* -- what the tables say -- */

uint8_t mpegts_es_type(const struct mpegts_es *es, const struct sound *sound)
{
	switch (es->codec) {

	case CODEC_AVC:
		return MPEGTS_AVC;

	case CODEC_HEVC:
		return MPEGTS_HEVC;

	case CODEC_AAC:
		return MPEGTS_ADTS;

	case CODEC_MP3:
		return sound->rate_hz && sound->rate_hz < MPEG1_RATE_MIN ?
			MPEGTS_MPEG2_AUDIO : MPEGTS_MPEG1_AUDIO;

	case CODEC_AC3:
		return MPEGTS_AC3;

	case CODEC_EAC3:
		return MPEGTS_EAC3;

	default:
		return MPEGTS_PRIVATE;
	}
}


uint8_t mpegts_es_stream_id(const struct mpegts_es *es)
{
	switch (es->codec) {

	case CODEC_AVC:
	case CODEC_HEVC:
		return MPEGTS_VIDEO_0;

	case CODEC_AAC:
	case CODEC_MP3:
		return MPEGTS_AUDIO_0;

	default:
		return MPEGTS_PRIVATE_1;
	}
}


static size_t registration_print(uint8_t *buf, const char *fourcc)
{
	buf[0] = MPEGTS_REGISTRATION;
	buf[1] = 4;
	memcpy(buf + 2, fourcc, 4);

	return 6;
}


size_t mpegts_es_descriptors(const struct mpegts_es *es, uint8_t *buf)
{
	size_t n;

	switch (es->codec) {

	case CODEC_HEVC:
		return registration_print(buf, "HEVC");

	case CODEC_AC3:
		return registration_print(buf, "AC-3");

	case CODEC_EAC3:
		return registration_print(buf, "EAC3");

	case CODEC_OPUS:
		n = registration_print(buf, "Opus");
		buf[n++] = MPEGTS_EXTENSION;
		buf[n++] = 2;
		buf[n++] = DVB_OPUS;
		buf[n++] = es->n_channels;
		return n;

	default:
		return 0;
	}
}
